/* SPDX-License-Identifier: BSD-3-Clause */
/* fp.S: the vector registers to memory and back, between fp_open() and fp_close(). */
#ifndef REFHV_FP_REGISTERS_H
#define REFHV_FP_REGISTERS_H

#include "cpu.h"
#include "el2_regs.h"

#include <stdbool.h>
#include <stdint.h>

#define FP_VECTOR_COUNT 32u
#define FP_PREDICATE_COUNT 16u
#define FP_VECTOR_BYTES_MAX 256u

/* Z0 to Z31 and P0 to P15 follow each other at the length that they have. FFR, where with_ffr, is one more predicate. */
struct fp_area {
    _Alignas(16) uint8_t z[FP_VECTOR_COUNT * FP_VECTOR_BYTES_MAX];
    uint8_t p[(FP_PREDICATE_COUNT + 1) * FP_VECTOR_BYTES_MAX / 8];
};

/* SVE registers at the current vector length, whose bytes are returned. */
uint64_t fp_sve_save(struct fp_area *area, bool with_ffr);
void fp_sve_load(const struct fp_area *area, bool with_ffr);

/* Q0 to Q31, one every stride bytes. */
void fp_q_save(void *to, uint64_t stride);
void fp_q_load(const void *from, uint64_t stride);

/* CPTR_EL2 as it is while VTL0 runs: it traps nothing of the unit, at EL2 neither. fp_close() takes what this was. */
static inline uint64_t fp_open(void)
{
    const uint64_t closed = read_cptr_el2();

    write_cptr_el2(cpu.traps[SLOT_VTL0].cptr);
    isb();
    return closed;
}

static inline void fp_close(uint64_t closed)
{
    write_cptr_el2(closed);
    isb();
}

#endif /* REFHV_FP_REGISTERS_H */
