/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs code that may be undefined, instruction by instruction, at EL1 or EL0 of either VTL. */
#ifndef CONTRACT_PROBE_H
#define CONTRACT_PROBE_H

#include <stdint.h>

/* What an instruction did: a byte for each in the map. */
#define PROBE_RAN 0x00u
#define PROBE_TRAPPED 0x80u /* with the class of ESR_EL1 */
#define PROBE_UNDEFINED PROBE_TRAPPED

/* probe.S knows the layout. */
struct probe {
    uint64_t code;  /* ends with RET; may change X0..X8 */
    uint64_t el0;   /* at EL0, if not 0 */
    uint8_t *map;   /* one byte an instruction, cleared by the caller */
    uint64_t value; /* X0 before and after */
    uint64_t count; /* instructions that trapped */
};

/* X0..X17 change, ESR_EL1, ELR_EL1, SPSR_EL1 and FAR_EL1 where an instruction traps or code runs at EL0. */
void probe_run(struct probe *probe);

/* sweep_code.S: MRS XZR of every encoding with op0 2 and 3, in the order of op0, op1, CRn, CRm, op2. */
#define SWEEP_COUNT 32768u
extern const uint32_t sweep_code[SWEEP_COUNT];

#endif /* CONTRACT_PROBE_H */
