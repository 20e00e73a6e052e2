/* SPDX-License-Identifier: BSD-3-Clause */
/* Entries from vectors.S: a guest's exit on this CPU, all general registers stored in vp. */
#ifndef REFHV_EXIT_H
#define REFHV_EXIT_H

#include <stdint.h>

struct vp;

void exit_sync(struct vp *vp);
void exit_irq(struct vp *vp);
void exit_serror(struct vp *vp);

/* What this VP does next: takes starts, switches VTL, idles, injects, lists interrupts. Returns when the active VTL
 * can enter; vectors.S then loads it. Needed where vp->attention is set only. */
void vp_resume(struct vp *vp);

/* An exception taken from EL2 itself. */
__attribute__((noreturn)) void exit_own_exception(uint64_t kind, uint64_t esr, uint64_t elr,
                                                  uint64_t far, uint64_t sp);

#endif /* REFHV_EXIT_H */
