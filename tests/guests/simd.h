/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The FP and SIMD state of the guest simd, and its accesses. Its C is compiled without FP
 * registers, so what is loaded stays live until it is stored.
 */
#ifndef GUEST_SIMD_H
#define GUEST_SIMD_H

/*
 * Offsets in struct simd_state, for simd_state.S. Registers lie in a row, each of its present
 * length.
 */
#define SIMD_Z 0
#define SIMD_P 8192
#define SIMD_FFR 8704
#define SIMD_ZT0 8768
#define SIMD_FPCR 8832
#define SIMD_FPSR 8840
#define SIMD_ZA 8896

#define SIMD_LDR_Q 5 /* the registers of the two accesses by Q register */
#define SIMD_STR_Q 6

#ifndef __ASSEMBLER__

#include <stdint.h>

#define SIMD_VL_MAX 256u /* bytes */

struct simd_state {
    uint8_t z[32 * SIMD_VL_MAX];
    uint8_t p[16 * SIMD_VL_MAX / 8];
    uint8_t ffr[SIMD_VL_MAX / 8];
    uint8_t unused[32];
    uint8_t zt0[64];
    uint64_t fpcr;
    uint64_t fpsr;
    uint64_t unused2[6];
    uint8_t za[SIMD_VL_MAX * SIMD_VL_MAX];
} __attribute__((aligned(64)));

/* Z as 32 Q registers: on a CPU without SVE. */
void simd_load_q(const struct simd_state *state);
void simd_store_q(struct simd_state *state);
/* Z and P of the present vector length, FPCR and FPSR; and FFR, where it may be used. */
void simd_load_z(const struct simd_state *state);
void simd_store_z(struct simd_state *state);
void simd_load_ffr(const struct simd_state *state);
void simd_store_ffr(struct simd_state *state);
/* ZA, of which rows are lines of rows bytes. */
void simd_load_za(const struct simd_state *state, uint64_t rows);
void simd_store_za(struct simd_state *state, uint64_t rows);
void simd_load_zt0(const struct simd_state *state);
void simd_store_zt0(struct simd_state *state);

/* Bytes of a vector now; of a streaming one. */
uint64_t simd_vl(void);
uint64_t simd_svl(void);

/* LDR and STR of 16 bytes: no syndrome (Arm ARM D19.2.37, ISV). */
void simd_ldr_q(uint64_t address);
void simd_str_q(uint64_t address);

#endif

#endif /* GUEST_SIMD_H */
