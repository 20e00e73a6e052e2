/* SPDX-License-Identifier: BSD-3-Clause */
/* How long an attack keeps its own VP, and whether the others go on meanwhile. */
#include "hostile.h"

#define BEAT_MS 1u
#define LONGEST_NS 1000000u /* design: no VP is kept from its guest for longer */
/* With -icount QEMU runs one VP after another, and takes a turn away after 100 ms at the latest. */
#define GAP_NS 250000000u
#define BEATS_WANTED 2u

static uint64_t started;
static uint64_t longest;
static const char *longest_what;

static struct {
    volatile uint32_t stop;
    volatile uint64_t beats;
    volatile uint64_t gap; /* longest between two, counter ticks */
    uint64_t marked;
    bool on;
} hearts[RT_VP_MAX];

/* The timer's deadline has QEMU end the other's turn, which with -icount may be a long one. */
void rest(void)
{
    sysreg_write_cntv_cval_el0(counter_now() + counter_ms(BEAT_MS));
    sysreg_write_cntv_ctl_el0(3); /* enabled, masked */
    give_way();
}

void pause_ms(uint64_t milliseconds)
{
    uint64_t end = counter_now() + counter_ms(milliseconds);

    gic_enable(INTID_VTIMER, false);
    while (counter_now() < end) {
        sysreg_write_cntv_cval_el0(end);
        sysreg_write_cntv_ctl_el0(1); /* enabled; irq_take masks it */
        __asm__ volatile("wfi" ::: "memory");
        (void)irq_take();
    }
    sysreg_write_cntv_ctl_el0(0);
    gic_disable(INTID_VTIMER);
}

bool time_is_instructions(void)
{
    return board_told("icount");
}

void time_start(void)
{
    started = counter_now();
}

void time_stop(const char *what)
{
    uint64_t ticks = counter_now() - started;

    if (ticks > longest) {
        longest = ticks;
        longest_what = what;
    }
}

void time_report(const char *name)
{
    if (longest_what != NULL && time_is_instructions()) {
        check_way(longest_what);
        note("longest, instructions", guest_ns(longest));
        check_way(name);
        check_true("time none keeps its VP for longer than 1,000,000 instructions",
                   guest_ns(longest) <= LONGEST_NS);
        check_way("");
    }
    longest = 0;
    longest_what = NULL;
}

static uint64_t beat(uint64_t index)
{
    uint64_t last = counter_now();
    uint16_t seen = vps[index].irq_count[INTID_VTIMER];

    gic_enable(INTID_VTIMER, false);
    gic_enable(SGI_OTHERS, true);
    sysreg_write_cntv_cval_el0(last + counter_ms(BEAT_MS));
    sysreg_write_cntv_ctl_el0(1);
    while (hearts[index].stop == 0) {
        __asm__ volatile("wfi" ::: "memory");
        irq_unmask();
        irq_mask();
        if (vps[index].irq_count[INTID_VTIMER] != seen) {
            uint64_t now = counter_now();

            seen = vps[index].irq_count[INTID_VTIMER];
            if (now - last > hearts[index].gap) {
                hearts[index].gap = now - last;
            }
            last = now;
            hearts[index].beats++;
            sysreg_write_cntv_cval_el0(now + counter_ms(BEAT_MS));
            sysreg_write_cntv_ctl_el0(1);
        }
    }
    sysreg_write_cntv_ctl_el0(0);
    gic_disable(INTID_VTIMER);
    return 0;
}

void beats_start(uint32_t first)
{
    for (uint32_t i = first; i < board.vp_count; i++) {
        hearts[i].stop = 0;
        hearts[i].on = true;
        vp_run(i, beat, i);
        __asm__ volatile("sev");
    }
}

void beats_stop(void)
{
    uint64_t value;

    for (uint32_t i = 1; i < board.vp_count; i++) {
        if (hearts[i].on) {
            hearts[i].stop = 1;
            hearts[i].on = false;
            check_true("time a VP ends its heartbeat when told", vp_join(i, &value));
        }
    }
}

void beats_mark(void)
{
    for (uint32_t i = 1; i < board.vp_count; i++) {
        hearts[i].marked = hearts[i].beats;
        hearts[i].gap = 0;
    }
}

static bool went_on(uint32_t index)
{
    uint64_t end = counter_now() + counter_ms(2000);

    while (hearts[index].on && hearts[index].beats < hearts[index].marked + BEATS_WANTED) {
        if (counter_now() > end) {
            return false;
        }
        rest();
    }
    return true;
}

bool beats_went_on(void)
{
    bool all = true;

    for (uint32_t i = 1; i < board.vp_count; i++) {
        all &= went_on(i);
    }
    return all;
}

void beats_check(const char *name)
{
    check_way(name);
    for (uint32_t i = 1; i < board.vp_count; i++) {
        if (!hearts[i].on) {
            continue;
        }
        check_true("time another VP's heart beats", went_on(i));
        if (time_is_instructions()) {
            uint64_t gap = guest_ns(hearts[i].gap);

            note("longest time between two beats, ns", gap);
            check_true("time another VP's beats come in time", gap <= GAP_NS);
        }
    }
    check_way("");
}
