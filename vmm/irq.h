/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL2's own interrupts, as the run loop takes them.
 */
#ifndef VMM_IRQ_H
#define VMM_IRQ_H

#include "vmm/vmm.h"

/*
 * What one turn of the run loop takes at most: so many, and none after this time, as a handler may take as long
 * as a turn of its device's does. What is left brings VTL2 back at once.
 */
#define IRQ_TURN_MAX 16u
#define IRQ_TURN_NS UINT64_C(100000)

/* Takes what is pending on this VP and calls its handlers; returns how many had none. */
uint32_t irq_dispatch(void);

#endif /* VMM_IRQ_H */
