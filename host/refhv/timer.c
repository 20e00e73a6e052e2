/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers of both VTLs. Source: Arm ARM DDI 0487K.a, D11.2 (Generic Timer), D19.12; reference time: Hyper-V TLFS,
 * timers.
 *
 * The line of a timer is a function of its registers and the time: nothing remembers that it fired. cntv_line
 * and cntp_line only say that CNTHP need not watch a deadline any more.
 */
#include "timer.h"

#include "console.h"
#include "gic.h"
#include "timer_switch.h"

#include <stddef.h>

SYSREG(cnthp_ctl_el2)
SYSREG(cnthp_cval_el2)
SYSREG(cnthctl_el2)
SYSREG(cntvoff_el2)

/* CNTHCTL_EL2 with E2H 0: the counter is the guest's to read, CNTP's registers trap. */
#define CNTHCTL_EL1PCTEN UINT64_C(1)

#define CNTP_CTL 0u
#define CNTP_CVAL 1u
#define CNTP_TVAL 2u

#define REFERENCE_HZ UINT64_C(10000000)
#define NEVER UINT64_MAX

/* A synthetic timer that stays due (its message slot is taken) is tried again this often, not at once. */
#define RETRY_HZ UINT64_C(20000)

/* Per CPU; its own CPU only. */
struct timer_cpu {
    uint64_t programmed;     /* deadline in CNTHP, or NEVER */
    uint64_t synthetic;      /* synic_timers_next at the last timer_program */
    uint64_t synthetic_from; /* not before */
    bool dirty;              /* deadlines must be looked at */
};

static struct timer_cpu timer_cpus[MACHINE_CPU_MAX];
static uint64_t frequency;
static uint64_t start_ticks;

void timer_cpu_init(void)
{
    if (frequency == 0) {
        /* The first CPU, before the others start. */
        frequency = read_cntfrq_el0();
        if (frequency == 0) {
            console_fatal("the firmware has not set CNTFRQ_EL0");
        }
        start_ticks = read_cntpct_el0();
    }
    timer_cpus[vp_current()->index] = (struct timer_cpu){.programmed = NEVER, .dirty = true};
    write_cnthctl_el2(CNTHCTL_EL1PCTEN);
    write_cntvoff_el2(0);
    write_cntv_ctl_el0(0);
    write_cnthp_ctl_el2(0);
}

static bool due(uint64_t ctl, uint64_t cval, uint64_t now)
{
    return (ctl & CNT_CTL_SET) == CNT_CTL_ENABLE && now >= cval;
}

bool timer_cntv_asserted(const struct vp *vp, unsigned slot)
{
    const struct vtimer *timer = &vp->vtl[slot].timer;

    if (timer->loaded) {
        return (read_cntv_ctl_el0() & (CNT_CTL_SET | CNT_CTL_ISTATUS)) ==
               (CNT_CTL_ENABLE | CNT_CTL_ISTATUS);
    }
    return due(timer->cntv_ctl, timer->cntv_cval, read_cntpct_el0());
}

/* A deadline is another. */
static void reprogram(struct vp *vp)
{
    timer_cpus[vp->index].dirty = true;
    vp_attend(vp);
}

void timer_saved_asserted(struct vp *vp, unsigned slot)
{
    vp->vtl[slot].timer.cntv_line = true;
    /* Where the physical interrupt is not taken yet, it will not come any more. */
    if (!vgic_cntv_outstanding(vp, slot)) {
        (void)vgic_set_line(slot, vp, GIC_PPI_CNTV, true);
    }
}

/* CNTHP may fire before a deadline, which costs a look at all of them, but never after. */
void timer_watch(struct vp *vp)
{
    if (vp->vtl[SLOT_VTL2].timer.cntv_cval < timer_cpus[vp->index].programmed) {
        reprogram(vp);
    }
}

void timer_cntv_fired(struct vp *vp)
{
    vgic_cntv_fired(vp);
}

/* ---- CNTP, trapped ---- */

static void cntp_drive(struct vp *vp, unsigned slot)
{
    struct vtimer *timer = &vp->vtl[slot].timer;
    const bool line = due(timer->cntp_ctl, timer->cntp_cval, read_cntpct_el0());

    if (line != timer->cntp_line) {
        timer->cntp_line = line;
        (void)vgic_set_line(slot, vp, GIC_PPI_CNTP, line);
    }
}

void timer_changed(struct vp *vp, unsigned slot)
{
    vp->vtl[slot].timer.cntv_line = false;
    reprogram(vp);
    cntp_drive(vp, slot);
}

uint64_t timer_cntp_read(struct vp *vp, unsigned which)
{
    const struct vtimer *timer = &vp->vtl[vp->active].timer;
    const uint64_t now = read_cntpct_el0();

    switch (which) {
    case CNTP_CTL:
        return timer->cntp_ctl | (now >= timer->cntp_cval ? CNT_CTL_ISTATUS : 0);
    case CNTP_CVAL:
        return timer->cntp_cval;
    case CNTP_TVAL:
        return (uint32_t)(timer->cntp_cval - now);
    default:
        return 0;
    }
}

void timer_cntp_write(struct vp *vp, unsigned which, uint64_t value)
{
    struct vtimer *timer = &vp->vtl[vp->active].timer;

    switch (which) {
    case CNTP_CTL:
        timer->cntp_ctl = value & CNT_CTL_SET;
        break;
    case CNTP_CVAL:
        timer->cntp_cval = value;
        break;
    case CNTP_TVAL:
        timer->cntp_cval = read_cntpct_el0() + (uint64_t)(int64_t)(int32_t)(uint32_t)value;
        break;
    default:
        return;
    }
    reprogram(vp);
    cntp_drive(vp, vp->active);
}

/* ---- Deadlines ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Reference time to counter value, rounded up; NEVER if it is beyond the counter. */
static uint64_t ticks_of_reference(uint64_t reference)
{
    const uint64_t seconds = reference / REFERENCE_HZ;
    const uint64_t rest = reference % REFERENCE_HZ;
    uint64_t ticks;

    if (__builtin_mul_overflow(seconds, frequency, &ticks) ||
        __builtin_add_overflow(ticks, (rest * frequency + REFERENCE_HZ - 1) / REFERENCE_HZ,
                               &ticks) ||
        __builtin_add_overflow(ticks, start_ticks, &ticks)) {
        return NEVER;
    }
    return ticks;
}

static uint64_t earliest(const struct vp *vp, const struct timer_cpu *cpu)
{
    const struct vtimer *vtl2 = &vp->vtl[SLOT_VTL2].timer;
    uint64_t deadline = NEVER;

    if (!vtl2->loaded && (vtl2->cntv_ctl & CNT_CTL_SET) == CNT_CTL_ENABLE && !vtl2->cntv_line) {
        deadline = vtl2->cntv_cval;
    }
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        const struct vtimer *timer = &vp->vtl[slot].timer;
        if ((timer->cntp_ctl & CNT_CTL_SET) == CNT_CTL_ENABLE && !timer->cntp_line) {
            deadline = earlier(deadline, timer->cntp_cval);
        }
    }
    if (cpu->synthetic != 0) {
        uint64_t synthetic = ticks_of_reference(cpu->synthetic);
        synthetic = synthetic > cpu->synthetic_from ? synthetic : cpu->synthetic_from;
        deadline = earlier(deadline, synthetic);
    }
    return deadline;
}

void timer_program(struct vp *vp)
{
    struct timer_cpu *cpu = &timer_cpus[vp->index];
    const uint64_t synthetic = synic_timers_next(vp);

    if (!cpu->dirty && synthetic == cpu->synthetic) {
        return;
    }
    cpu->dirty = false;
    cpu->synthetic = synthetic;
    const uint64_t deadline = earliest(vp, cpu);
    if (deadline == cpu->programmed) {
        return;
    }
    cpu->programmed = deadline;
    if (deadline == NEVER) {
        write_cnthp_ctl_el2(0);
    } else {
        write_cnthp_cval_el2(deadline);
        write_cnthp_ctl_el2(CNT_CTL_ENABLE);
    }
}

void timer_cnthp_fired(struct vp *vp)
{
    struct timer_cpu *cpu = &timer_cpus[vp->index];
    const uint64_t now = read_cntpct_el0();

    write_cnthp_ctl_el2(0);
    cpu->programmed = NEVER;
    reprogram(vp);
    cpu->synthetic_from = now + frequency / RETRY_HZ;
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        struct vtimer *timer = &vp->vtl[slot].timer;
        if (!timer->loaded && !timer->cntv_line && due(timer->cntv_ctl, timer->cntv_cval, now)) {
            timer->cntv_line = true;
            (void)vgic_set_line(slot, vp, GIC_PPI_CNTV, true);
        }
        cntp_drive(vp, slot);
    }
    synic_timers_run(vp);
}

uint64_t timer_reference_time(void)
{
    const uint64_t ticks = read_cntpct_el0() - start_ticks;

    return ticks / frequency * REFERENCE_HZ + ticks % frequency * REFERENCE_HZ / frequency;
}
