/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timers. CNTV belongs to the active VTL in hardware. Deadlines that CNTHP_EL2 watches: VTL2's CNTV while VTL0 runs,
 * both VTLs' CNTP (trapped), the synthetic timers. VTL0's CNTV needs no watch while VTL2 runs: VTL0 does not preempt
 * VTL2, and the loaded timer asserts by itself. Time is CNTPCT ticks; CNTVOFF_EL2 is 0.
 */
#ifndef REFHV_TIMER_H
#define REFHV_TIMER_H

#include "stage2.h"

#include <stdbool.h>
#include <stdint.h>

struct vp;

struct vtimer {
    uint64_t cntv_ctl;
    uint64_t cntv_cval;
    uint64_t cntkctl;
    uint64_t cntp_ctl;
    uint64_t cntp_cval;
    bool loaded;    /* CNTV and CNTKCTL are in the hardware, not here */
    bool cntv_line; /* what timer.c last told the vGIC about the inactive slot's CNTV ... */
    bool cntp_line; /* ... and about CNTP */
};

void timer_cpu_init(void);

/* The switch of CNTV and CNTKCTL is in timer_switch.h. */

/* The physical CNTV (active slot) or CNTHP interrupt has fired on this CPU. */
void timer_cntv_fired(struct vp *vp);
void timer_cnthp_fired(struct vp *vp);

/* Sets CNTHP to the earliest deadline that hardware does not watch by itself; before an entry that vp_attend() asked to
 * be looked at, and before idle. Cheap when nothing changed since the last call. */
void timer_program(struct vp *vp);

/* Trapped CNTP_CTL_EL0 (0), CNTP_CVAL_EL0 (1), CNTP_TVAL_EL0 (2) of the active slot. */
uint64_t timer_cntp_read(struct vp *vp, unsigned which);
void timer_cntp_write(struct vp *vp, unsigned which, uint64_t value);

/* Is the slot's CNTV interrupt condition true now: enabled, not masked, expired? */
bool timer_cntv_asserted(const struct vp *vp, unsigned slot);

/* Somebody other than the guest has changed the fields of the inactive slot's struct vtimer. */
void timer_changed(struct vp *vp, unsigned slot);

/* Hyper-V reference time, 100 ns units since refhv started. */
uint64_t timer_reference_time(void);

#endif /* REFHV_TIMER_H */
