/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The vector unit in unit tests: what fp.S moves, and what a change of PSTATE.SM does to it (Arm ARM, ResetSVEState).
 * An access while CPTR_EL2 traps the unit ends the test. Needs the register file of fake_sysreg.c.
 */
#ifndef FAKE_FP_H
#define FAKE_FP_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_VECTOR_BYTES 32u           /* outside streaming mode */
#define FAKE_STREAMING_VECTOR_BYTES 64u /* in it */

struct fake_fp {
    uint8_t z[32][FAKE_STREAMING_VECTOR_BYTES];
    uint8_t p[16][FAKE_STREAMING_VECTOR_BYTES / 8];
    uint8_t ffr[FAKE_STREAMING_VECTOR_BYTES / 8];
    unsigned ffr_in_streaming; /* accesses that only FEAT_SME_FA64 allows */
};

extern struct fake_fp fake_fp;

/* After fake_sysreg_reset(). Every byte differs from its neighbours. */
void fake_fp_reset(void);

/* What an instruction of a guest does: Qn is written, the rest of Zn becomes zero. */
void fake_fp_write_q(unsigned n, uint8_t byte);

#endif /* FAKE_FP_H */
