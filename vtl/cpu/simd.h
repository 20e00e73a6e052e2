/* SPDX-License-Identifier: BSD-3-Clause */
/* VTL0's Q registers in the unit. n below 32. */
#ifndef VTL_CPU_SIMD_H
#define VTL_CPU_SIMD_H

#include <stdint.h>

void simd_q_read(uint64_t n, uint8_t value[16]);
void simd_q_write(uint64_t n, const uint8_t value[16]);

#endif /* VTL_CPU_SIMD_H */
