/* SPDX-License-Identifier: BSD-3-Clause */
/* Helpers of the intercept path that only the exit handlers use; the rest is in vp.h. */
#ifndef REFHV_INTERCEPT_H
#define REFHV_INTERCEPT_H

#include <stdbool.h>
#include <stdint.h>

struct vp;

/*
 * Where an address of the active VTL lies in GPA space; false if its stage 1 faults. As a read at EL1, who may read
 * whatever is mapped (PAN has no part in it): a page that EL0 may only execute would fault as a read at EL0.
 */
bool intercept_translate(uint64_t address, uint64_t *gpa);

/*
 * intercept_memory() for what guests exit for most: a data abort with a syndrome (ISV), a translation fault of the access
 * itself, on what is not memory.
 */
void intercept_device(struct vp *vp, uint64_t esr, uint64_t far, uint64_t gpa);

/* Tells VTL2 that SINTs of VTL0 it asked about can take a message again. False if there was no room to. */
bool intercept_sint_deliverable(struct vp *vp, uint16_t sints);

#endif /* REFHV_INTERCEPT_H */
