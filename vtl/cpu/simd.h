/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL0's Q registers. VTL2's own code has no use for the unit; code compiled for it is
 * cryptography. Its first instruction after an entry traps, and vectors.S puts VTL0's registers
 * into struct cpu and opens the unit; the next VTL return puts them back and closes it. An exit
 * without cryptography pays nothing but the look at simd_taken.
 */
#ifndef VTL_CPU_SIMD_H
#define VTL_CPU_SIMD_H

#include "cpu/cpu.h"
#include "cpu/sysreg.h"

/* Wherever they are. n below 32. */
void simd_q_read(unsigned n, uint8_t value[SIMD_Q_BYTES]);
void simd_q_write(unsigned n, const uint8_t value[SIMD_Q_BYTES]);

/* simd.S: one register of the unit, if it is VTL0's; all of them back, if it is not. */
void simd_unit_read(uint64_t n, uint8_t value[SIMD_Q_BYTES]);
void simd_unit_write(uint64_t n, const uint8_t value[SIMD_Q_BYTES]);
void simd_give_back(void);

/* Last thing before a VTL return; asked for by before_return of struct cpu. */
static inline void simd_leave(void)
{
    if (((const struct cpu *)(uintptr_t)read_tpidr_el1())->simd_taken != 0) {
        simd_give_back();
    }
}

#endif /* VTL_CPU_SIMD_H */
