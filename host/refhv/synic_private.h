/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared by synic.c and stimer.c. Locks: the SynIC lock of a VP and VTL is never held across the vGIC, whose
 * locks come before it (spinlock.h).
 */
#ifndef REFHV_SYNIC_PRIVATE_H
#define REFHV_SYNIC_PRIVATE_H

#include "synic.h"

void synic_lock(const struct vp *vp, unsigned slot);
void synic_unlock(const struct vp *vp, unsigned slot);

/* A rising edge on the line, as VMBus's and the timers' interrupts are described to guests. */
void synic_raise(struct vp *vp, unsigned slot, uint32_t intid);

uint32_t stimer_read(struct vp *vp, unsigned slot, uint32_t name, uint64_t *value);
uint32_t stimer_write(struct vp *vp, unsigned slot, uint32_t name, uint64_t value);

/* Posts again what found its slot occupied. */
void stimer_retry(struct vp *vp, unsigned slot);

#endif /* REFHV_SYNIC_PRIVATE_H */
