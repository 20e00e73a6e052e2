/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Deferred work, as VTL2's timer calls for it.
 */
#ifndef VMM_WORK_H
#define VMM_WORK_H

#include "vmm/vmm.h"

/* What one interrupt of the timer runs at most; what is left is due after the pause. */
#define WORK_TURN_MAX 4u

/* Runs what is due on this VP, and sets its timer to what comes next. */
void work_run(void);

#endif /* VMM_WORK_H */
