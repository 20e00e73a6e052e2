/* SPDX-License-Identifier: BSD-3-Clause */
/* The switch's part of timer.c, inline: CNTV and CNTKCTL of a VTL out of the hardware and into it. */
#ifndef REFHV_TIMER_SWITCH_H
#define REFHV_TIMER_SWITCH_H

#include "mutation.h"
#include "registers_el1.h"
#include "vp.h"

#define CNT_CTL_ENABLE UINT64_C(1)
#define CNT_CTL_IMASK UINT64_C(2)
#define CNT_CTL_ISTATUS UINT64_C(4)
#define CNT_CTL_SET (CNT_CTL_ENABLE | CNT_CTL_IMASK)

/* Saved with its condition met: VTL2's interrupt must be seen, whether or not the physical one was taken. */
void timer_saved_asserted(struct vp *vp, unsigned slot);

/* VTL2's CNTV is saved and will assert: CNTHP watches from now on. */
void timer_watch(struct vp *vp);

/* The slot's are loaded. */
static inline void timer_save(struct vp *vp, unsigned slot)
{
    struct vtimer *timer = &vp->vtl[slot].timer;
    const uint64_t ctl = read_cntv_ctl_el0();
    const uint64_t cval = read_cntv_cval_el0();
    const uint64_t cntkctl = read_cntkctl_el1();

    if (!BROKEN(cntv_ctl_el0)) {
        write_cntv_ctl_el0(0);
    }
    timer->cntv_ctl = ctl & CNT_CTL_SET;
    timer->cntv_cval = cval;
    timer->cntkctl = cntkctl;
    timer->loaded = false;
    if (__builtin_expect(
            (ctl & (CNT_CTL_SET | CNT_CTL_ISTATUS)) == (CNT_CTL_ENABLE | CNT_CTL_ISTATUS), false)) {
        timer_saved_asserted(vp, slot);
    } else if (slot == SLOT_VTL2 && (ctl & CNT_CTL_SET) == CNT_CTL_ENABLE) {
        timer_watch(vp);
    }
}

/* The other slot's are not loaded. */
static inline void timer_load(struct vp *vp, unsigned slot)
{
    struct vtimer *timer = &vp->vtl[slot].timer;
    const uint64_t ctl = timer->cntv_ctl;

    if (!BROKEN(cntv_cval_el0)) {
        write_cntv_cval_el0(timer->cntv_cval);
    }
    if (!BROKEN(cntkctl_el1)) {
        write_cntkctl_el1(timer->cntkctl);
    }
    if (!BROKEN(cntv_ctl_el0)) {
        write_cntv_ctl_el0(ctl);
    }
    timer->loaded = true;
    timer->cntv_line = false;
}

#endif /* REFHV_TIMER_SWITCH_H */
