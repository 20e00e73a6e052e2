/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's clock: a PL031 that has been running since 1970 and counts VTL2's monotonic time.
 *
 * Source: Arm DDI 0224C. The match interrupt comes when VTL2 looks: at an access to the device.
 * Passing over the match value counts as reaching it, however late VTL2 looks.
 */
#include "devices/devices.h"
#include "primecell.h"
#include "vtl/untrusted.h"

#define NS_PER_S UINT64_C(1000000000)
#define WORD_MASK UINT64_C(0xffffffff)
#define REGISTER_COUNT 8u
#define CR_RUNNING 1u
#define INTERRUPT 1u

static uint32_t counter(const struct pl031 *rtc)
{
    return (uint32_t)(rtc->offset_s + vtl_time_ns() / NS_PER_S);
}

static void counter_set(struct pl031 *rtc, uint32_t value)
{
    rtc->offset_s = (value - vtl_time_ns() / NS_PER_S) & WORD_MASK;
}

/* Raises the match if it lies in (seen, now], modulo 2^32. */
static void match_evaluate(struct pl031 *rtc)
{
    uint32_t now = counter(rtc);
    uint32_t distance = rtc->match - rtc->seen;

    if (distance != 0 && distance <= now - rtc->seen) {
        rtc->ris = INTERRUPT;
    }
    rtc->seen = now;
}

/* After the counter or the match was written: equal at this moment is a match. */
static void match_restart(struct pl031 *rtc)
{
    rtc->seen = counter(rtc);
    if (rtc->seen == rtc->match) {
        rtc->ris = INTERRUPT;
    }
}

static void line_update(struct pl031 *rtc)
{
    bool level = (rtc->ris & rtc->imsc) != 0;

    if (level != rtc->line && vtl_line_set(rtc->intid, level) == PV_OK) {
        rtc->line = level;
    }
}

static uint32_t dr_read(struct pl031 *rtc)
{
    return rtc->seen;
}

static uint32_t mr_read(struct pl031 *rtc)
{
    return rtc->match;
}

static void mr_write(struct pl031 *rtc, uint32_t value)
{
    rtc->match = value;
    match_restart(rtc);
}

static uint32_t lr_read(struct pl031 *rtc)
{
    return rtc->load;
}

static void lr_write(struct pl031 *rtc, uint32_t value)
{
    rtc->load = value;
    counter_set(rtc, value);
    match_restart(rtc);
}

/* Once started, only a reset stops it (3.3.4): writes do nothing. */
static uint32_t cr_read(struct pl031 *rtc)
{
    (void)rtc;
    return CR_RUNNING;
}

static uint32_t imsc_read(struct pl031 *rtc)
{
    return rtc->imsc;
}

static void imsc_write(struct pl031 *rtc, uint32_t value)
{
    rtc->imsc = value & INTERRUPT;
}

static uint32_t ris_read(struct pl031 *rtc)
{
    return rtc->ris;
}

static uint32_t mis_read(struct pl031 *rtc)
{
    return rtc->ris & rtc->imsc;
}

static void icr_write(struct pl031 *rtc, uint32_t value)
{
    rtc->ris &= ~value;
}

/* By word from 0: DR, MR, LR, CR, IMSC, RIS, MIS, ICR. The wrong direction reads zero, or does
 * nothing. */
static const struct {
    uint32_t (*read)(struct pl031 *rtc);
    void (*write)(struct pl031 *rtc, uint32_t value);
} registers[REGISTER_COUNT] = {
    {dr_read, NULL},         {mr_read, mr_write}, {lr_read, lr_write}, {cr_read, NULL},
    {imsc_read, imsc_write}, {ris_read, NULL},    {mis_read, NULL},    {NULL, icr_write},
};

void pl031_init(struct pl031 *rtc, uint32_t intid, uint32_t now_s)
{
    *rtc = (struct pl031){.intid = intid, .load = now_s};
    counter_set(rtc, now_s);
    rtc->seen = now_s;
}

bool pl031_mmio(void *device, struct mmio_access *access)
{
    static const uint8_t periph[4] = {0x31, 0x10, 0x04, 0x00};
    struct pl031 *rtc = device;
    uint64_t index = access->offset / 4;

    if (access->bytes > 4 || access->offset % 4 != 0) {
        return false;
    }
    if (index >= REGISTER_COUNT) {
        if (!access->write) {
            access->value = primecell_id(periph, access->offset);
        }
        return true;
    }
    vtl_lock(&rtc->lock);
    match_evaluate(rtc);
    if (access->write && registers[index].write != NULL) {
        registers[index].write(rtc, (uint32_t)access->value);
    } else if (!access->write && registers[index].read != NULL) {
        access->value = registers[index].read(rtc);
    }
    line_update(rtc);
    vtl_unlock(&rtc->lock);
    return true;
}
PV_UNTRUSTED(pl031_mmio, guest, "");
