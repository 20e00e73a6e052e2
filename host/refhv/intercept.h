/* SPDX-License-Identifier: BSD-3-Clause */
/* Helpers of the intercept path that only the exit handlers use; the rest is in vp.h. */
#ifndef REFHV_INTERCEPT_H
#define REFHV_INTERCEPT_H

#include <stdbool.h>
#include <stdint.h>

struct vp;

/* The GPA of a stage 2 abort of the active VTL; false if it can't be told (the guest changed its tables). */
bool intercept_fault_gpa(uint64_t esr, uint64_t far, uint64_t *gpa);

/* Tells VTL2 that SINTs of VTL0 it asked about can take a message again. False if there was no room to. */
bool intercept_sint_deliverable(struct vp *vp, uint16_t sints);

#endif /* REFHV_INTERCEPT_H */
