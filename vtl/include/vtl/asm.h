/* SPDX-License-Identifier: BSD-3-Clause */
/* Macros of every assembly file: functions with unwind data and a landing pad, stops, addresses. */
#ifndef VTL_ASM_H
#define VTL_ASM_H

#include "registers_asm.h"

/* clang-format off */
/* The default, .eh_frame, would be loaded; boot/paravane.ld keeps only what isn't. */
.cfi_sections .debug_frame

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
 * Records of profiling, trace and branches that a lower VTL left enabled must not go into VTL2's
 * memory, nor VTL2's branches into them. Only where the CPU has them and EL1 owns them: bit 4 (P)
 * of a buffer's ID register says that it does not. What was on its way when the buffer was turned
 * off is there, or dropped, after the barriers: PSB CSYNC and TSB CSYNC, hints so that any
 * assembler knows them, and DSB. Never before: with the buffer on, they would send it through
 * VTL2's translation. Arm ARM, the chapters on the Statistical Profiling, Trace Buffer and Branch
 * Record Buffer Extensions; ID_AA64DFR0_EL1 fields PMSVer 35:32, TraceBuffer 47:44, BRBE 55:52.
 * Clobbers x9, x10.
 */
#define PSB_CSYNC hint #17
#define TSB_CSYNC hint #18

.macro PROFILING_OFF
    mrs     x9, id_aa64dfr0_el1
    ubfx    x10, x9, #32, #4
    cbz     x10, 1f
    MRS_ROW x10, pmbidr_el1
    tbnz    x10, #4, 1f
    MSR_ROW pmblimitr_el1, xzr
1:
    ubfx    x10, x9, #44, #4
    cbz     x10, 2f
    MRS_ROW x10, trbidr_el1
    tbnz    x10, #4, 2f
    MSR_ROW trblimitr_el1, xzr
2:
    ubfx    x10, x9, #52, #4
    cbz     x10, 3f
    MSR_ROW brbcr_el1, xzr
3:
    isb
    PSB_CSYNC
    TSB_CSYNC
    dsb     nsh
.endm
/* clang-format on */

#endif /* VTL_ASM_H */
