/* SPDX-License-Identifier: BSD-3-Clause */
/* VTL0's Q registers by number: in the unit, or where vectors.S has put them. */
#include "cpu/simd.h"

#include <string.h>

void simd_q_read(unsigned n, uint8_t value[SIMD_Q_BYTES])
{
    const struct cpu *cpu = cpu_current();

    if (cpu->simd_taken != 0) {
        memcpy(value, cpu->simd_q[n], SIMD_Q_BYTES);
    } else {
        simd_unit_read(n, value);
    }
}

void simd_q_write(unsigned n, const uint8_t value[SIMD_Q_BYTES])
{
    struct cpu *cpu = cpu_current();

    if (cpu->simd_taken != 0) {
        memcpy(cpu->simd_q[n], value, SIMD_Q_BYTES);
    } else {
        simd_unit_write(n, value);
    }
}
