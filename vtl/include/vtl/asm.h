/* SPDX-License-Identifier: BSD-3-Clause */
/* Macros of every assembly file: functions with unwind data and a landing pad, stops, addresses. */
#ifndef VTL_ASM_H
#define VTL_ASM_H

/* clang-format off */
.macro FUNC name
    .section .text.\name, "ax", %progbits
    .balign 16
    .global \name
    .type \name, %function
\name:
    .cfi_startproc
    bti     c
.endm

.macro ENDFUNC name
    .cfi_endproc
    .size \name, . - \name
.endm

/* Address of a symbol of the image, wherever the image runs. */
.macro ADDRESS register, symbol
    adrp    \register, \symbol
    add     \register, \register, :lo12:\symbol
.endm

/*
 * Profiling and trace buffers that a lower VTL left enabled must not write into VTL2's memory. Only
 * usable where the CPU has them and EL1 owns them: bit 4 (P) of the buffer's ID register says that
 * it does not. Arm ARM D19.7 (SPE), D19.9 (TRBE); ID_AA64DFR0_EL1 fields PMSVer 35:32, TraceBuffer
 * 47:44. Clobbers x9, x10. PMBIDR_EL1, PMBLIMITR_EL1, TRBIDR_EL1, TRBLIMITR_EL1 by encoding.
 */
.macro PROFILING_OFF
    mrs     x9, id_aa64dfr0_el1
    ubfx    x10, x9, #32, #4
    cbz     x10, 1f
    mrs     x10, s3_0_c9_c10_7
    tbnz    x10, #4, 1f
    msr     s3_0_c9_c10_0, xzr
1:
    ubfx    x10, x9, #44, #4
    cbz     x10, 2f
    mrs     x10, s3_0_c9_c11_7
    tbnz    x10, #4, 2f
    msr     s3_0_c9_c11_0, xzr
2:
    isb
.endm
/* clang-format on */

#endif /* VTL_ASM_H */
