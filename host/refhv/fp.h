/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SIMD, SVE and SME registers. Q0 to Q31 are one set for both VTLs and stay in the CPU. What VTL0 has beyond them
 * (upper bits of Z0 to Z31, P0 to P15, FFR, streaming mode) is its own: on a CPU that has it, CPTR_EL2 traps VTL2's
 * first use of the unit after an entry, VTL0's waits in memory from then on, and the return gives it back with the low
 * 128 bits that VTL2 left (reference section 8.4, C4 and C5). A CPU without SVE and SME lends nothing.
 *
 * Everything here is for the VP that the calling CPU runs.
 */
#ifndef REFHV_FP_H
#define REFHV_FP_H

#include "hv_hypercall.h"

#include <stdint.h>

struct vp;

/* An access that CPTR_EL2 trapped, class 0x07: VTL2 gets the unit, or an undefined instruction. */
void fp_trap(struct vp *vp, uint64_t esr);

/* For the switch, where VP_FP_LENT is set: VTL0 gets its own back. CPTR_EL2 is VTL0's already; FPSR is nobody's after. */
void fp_give_back(struct vp *vp);

/* VTL0 starts anew on this VP: out of streaming mode, ZA off; vector registers are what they happen to be. */
void fp_reset(struct vp *vp);

/* Qn by name: n is 0 to 31. */
void fp_q_get(struct vp *vp, unsigned n, struct hv_register_value *value);
void fp_q_set(struct vp *vp, unsigned n, const struct hv_register_value *value);

#endif /* REFHV_FP_H */
