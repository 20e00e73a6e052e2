/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Synthetic timers. Source: TLFS timers. The VP's own CPU runs them; another CPU sets those of a VTL that is
 * off, under the lock.
 */
#include "gic.h"
#include "hv_hypercall.h"
#include "synic_private.h"
#include "timer.h"
#include "vp.h"

#include <string.h>

/* On arm64 the vector is a PPI: the field's top three bits are reserved (reference section 3.3). */
#define VECTOR_MASK UINT64_C(0x1f)
#define VECTOR_FIRST 16u
#define SINT_MASK UINT64_C(0xf)
#define CONFIG_KNOWN                                                                  \
    (HV_STIMER_ENABLE | HV_STIMER_PERIODIC | HV_STIMER_LAZY | HV_STIMER_AUTO_ENABLE | \
     VECTOR_MASK << HV_STIMER_VECTOR_SHIFT | HV_STIMER_DIRECT | SINT_MASK << HV_STIMER_SINT_SHIFT)

/* 100 us: a guest's shorter period would leave the VP nothing but its timer. */
#define PERIOD_MIN UINT64_C(1000)

struct timer_message {
    uint32_t index;
    uint32_t zero;
    uint64_t expiration;
    uint64_t delivery;
};

static uint32_t sint_of(uint64_t config)
{
    return (uint32_t)(config >> HV_STIMER_SINT_SHIFT & SINT_MASK);
}

static uint32_t vector_of(uint64_t config)
{
    return (uint32_t)(config >> HV_STIMER_VECTOR_SHIFT & VECTOR_MASK);
}

static uint64_t period_of(uint64_t count)
{
    return count < PERIOD_MIN ? PERIOD_MIN : count;
}

static void arm(struct synic *synic, unsigned index)
{
    const uint64_t config = synic->stimer[index].config;
    const uint64_t count = synic->stimer[index].count;

    synic->timed = synic->timed || (config & HV_STIMER_ENABLE) != 0;
    synic->stimer[index].expired = 0;
    if ((config & HV_STIMER_ENABLE) == 0 || count == 0) {
        synic->stimer[index].deadline = 0;
    } else if ((config & HV_STIMER_PERIODIC) == 0) {
        synic->stimer[index].deadline = count;
    } else if (__builtin_add_overflow(timer_reference_time(), period_of(count),
                                      &synic->stimer[index].deadline)) {
        synic->stimer[index].deadline = UINT64_MAX;
    }
}

static uint32_t config_write(struct synic *synic, unsigned index, uint64_t value)
{
    const bool direct = (value & HV_STIMER_DIRECT) != 0;

    if ((value & ~CONFIG_KNOWN) != 0 ||
        (direct && (value & HV_STIMER_ENABLE) != 0 && vector_of(value) < VECTOR_FIRST)) {
        return HV_STATUS_INVALID_REGISTER_VALUE;
    }
    /* TLFS timers: a message timer with SINT 0 can't be enabled. */
    if (!direct && sint_of(value) == 0) {
        value &= ~HV_STIMER_ENABLE;
    }
    synic->stimer[index].config = value;
    arm(synic, index);
    return HV_STATUS_SUCCESS;
}

static uint32_t count_write(struct synic *synic, unsigned index, uint64_t value)
{
    uint64_t *config = &synic->stimer[index].config;

    synic->stimer[index].count = value;
    if (value == 0) {
        *config &= ~HV_STIMER_ENABLE;
    } else if ((*config & HV_STIMER_AUTO_ENABLE) != 0) {
        return config_write(synic, index, *config | HV_STIMER_ENABLE);
    }
    arm(synic, index);
    return HV_STATUS_SUCCESS;
}

static bool is_stimer(uint32_t name)
{
    return name >= HV_REGISTER_STIMER_CONFIG(0) &&
           name <= HV_REGISTER_STIMER_COUNT(HV_STIMER_COUNT - 1);
}

uint32_t stimer_read(struct vp *vp, unsigned slot, uint32_t name, uint64_t *value)
{
    if (!is_stimer(name)) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    const struct synic *synic = &vp->vtl[slot].synic;
    const unsigned index = (name - HV_REGISTER_STIMER_CONFIG(0)) / 2;
    *value = name == HV_REGISTER_STIMER_CONFIG(index) ? synic->stimer[index].config
                                                      : synic->stimer[index].count;
    return HV_STATUS_SUCCESS;
}

uint32_t stimer_write(struct vp *vp, unsigned slot, uint32_t name, uint64_t value)
{
    if (!is_stimer(name)) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    struct synic *synic = &vp->vtl[slot].synic;
    const unsigned index = (name - HV_REGISTER_STIMER_CONFIG(0)) / 2;
    synic_lock(vp, slot);
    const uint32_t status = name == HV_REGISTER_STIMER_CONFIG(index)
                                ? config_write(synic, index, value)
                                : count_write(synic, index, value);
    synic_unlock(vp, slot);
    vp_attend(vp); /* another deadline, perhaps */
    if (vp != vp_current()) {
        gic_kick(vp);
    }
    return status;
}

/* True if the timer's time has come; it then waits for its next, if it is periodic. */
static bool expire(struct synic *synic, unsigned index, uint64_t now)
{
    const uint64_t deadline = synic->stimer[index].deadline;

    if (deadline == 0 || deadline > now) {
        return false;
    }
    synic->stimer[index].expired = deadline;
    if ((synic->stimer[index].config & HV_STIMER_PERIODIC) != 0) {
        /* Missed periods become one expiry. */
        const uint64_t period = period_of(synic->stimer[index].count);
        const uint64_t next = period - (now - deadline) % period;
        synic->stimer[index].deadline = next > UINT64_MAX - now ? UINT64_MAX : now + next;
    } else {
        synic->stimer[index].deadline = 0;
        synic->stimer[index].config &= ~HV_STIMER_ENABLE;
    }
    return true;
}

/* A message whose slot is occupied waits for the guest's EOM. */
static void deliver(struct vp *vp, unsigned slot, unsigned index)
{
    struct synic *synic = &vp->vtl[slot].synic;
    const uint64_t config = synic->stimer[index].config;
    const struct timer_message payload = {
        .index = index,
        .expiration = synic->stimer[index].expired,
        .delivery = timer_reference_time(),
    };
    struct hv_message message = {
        .type = HV_MESSAGE_TIMER_EXPIRED,
        .payload_size = sizeof(payload),
    };

    if ((config & HV_STIMER_DIRECT) != 0) {
        synic->stimer[index].expired = 0;
        synic_raise(vp, slot, vector_of(config));
        return;
    }
    memcpy(message.payload, &payload, sizeof(payload));
    if (synic_post(vp, slot, sint_of(config), &message) != HV_STATUS_OBJECT_IN_USE) {
        synic->stimer[index].expired = 0;
    }
}

void stimer_retry(struct vp *vp, unsigned slot)
{
    for (unsigned i = 0; i < HV_STIMER_COUNT; i++) {
        if (vp->vtl[slot].synic.stimer[i].expired != 0) {
            deliver(vp, slot, i);
        }
    }
}

static void run_slot(struct vp *vp, unsigned slot, uint64_t now)
{
    struct synic *synic = &vp->vtl[slot].synic;

    for (unsigned i = 0; i < HV_STIMER_COUNT; i++) {
        synic_lock(vp, slot);
        const bool due = expire(synic, i, now);
        synic_unlock(vp, slot);
        if (due) {
            deliver(vp, slot, i);
        }
    }
}

void synic_timers_run(struct vp *vp)
{
    const uint64_t now = timer_reference_time();

    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        run_slot(vp, slot, now);
    }
}

uint64_t synic_timers_next(const struct vp *vp)
{
    uint64_t next = 0;

    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        for (unsigned i = 0; i < HV_STIMER_COUNT && vp->vtl[slot].synic.timed; i++) {
            const uint64_t deadline = vp->vtl[slot].synic.stimer[i].deadline;
            if (deadline != 0 && (next == 0 || deadline < next)) {
                next = deadline;
            }
        }
    }
    return next;
}
