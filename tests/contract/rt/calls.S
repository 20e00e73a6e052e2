/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls into the hypervisor that show every register they touch: raw_hvcN, raw_smcN (X0..X17)
 * and the VTL return (X0..X30, NZCV, and vector registers).
 */

/* x19..x30 are kept on the stack: setting a register that the VTLs share may change them here. */
#include "callee_saved.inc"

    .macro raw_call name, instruction:vararg
    .section .text.\name, "ax"
    .global \name
    .type \name, %function
\name:
    push_callee_saved
    stp x0, x18, [sp, #-16]!
    mov x30, x0
    ldp x0, x1, [x30, #0]
    ldp x2, x3, [x30, #16]
    ldp x4, x5, [x30, #32]
    ldp x6, x7, [x30, #48]
    ldp x8, x9, [x30, #64]
    ldp x10, x11, [x30, #80]
    ldp x12, x13, [x30, #96]
    ldp x14, x15, [x30, #112]
    ldp x16, x17, [x30, #128]
    \instruction
    ldr x30, [sp]
    ldr x18, [sp, #8]
    stp x0, x1, [x30, #0]
    stp x2, x3, [x30, #16]
    stp x4, x5, [x30, #32]
    stp x6, x7, [x30, #48]
    stp x8, x9, [x30, #64]
    stp x10, x11, [x30, #80]
    stp x12, x13, [x30, #96]
    stp x14, x15, [x30, #112]
    stp x16, x17, [x30, #128]
    add sp, sp, #16
    pop_callee_saved
    ret
    .endm

    raw_call raw_hvc0, hvc #0
    raw_call raw_hvc1, hvc #1
    raw_call raw_hvc2, hvc #2
    raw_call raw_hvc3, hvc #3
    raw_call raw_hvc4, hvc #4
    raw_call raw_hvc5, hvc #5
    raw_call raw_hvc_ffff, hvc #0xffff
    raw_call raw_smc0, .inst 0xd4000003
    raw_call raw_smc1, .inst 0xd4000023

    .macro load_vtl_regs
    ldr x0, [x30, #248]
    msr nzcv, x0
    ldp x0, x1, [x30, #0]
    ldp x2, x3, [x30, #16]
    ldp x4, x5, [x30, #32]
    ldp x6, x7, [x30, #48]
    ldp x8, x9, [x30, #64]
    ldp x10, x11, [x30, #80]
    ldp x12, x13, [x30, #96]
    ldp x14, x15, [x30, #112]
    ldp x16, x17, [x30, #128]
    ldp x18, x19, [x30, #144]
    ldp x20, x21, [x30, #160]
    ldp x22, x23, [x30, #176]
    ldp x24, x25, [x30, #192]
    ldp x26, x27, [x30, #208]
    ldp x28, x29, [x30, #224]
    ldr x30, [x30, #240]
    .endm

/* The stack pointer is VTL2's own; the address of the block is at its top. Ends with x0 = block. */
    .macro store_vtl_regs
    stp x0, x30, [sp, #-16]!
    ldr x0, [sp, #16]
    stp x1, x2, [x0, #8]
    stp x3, x4, [x0, #24]
    stp x5, x6, [x0, #40]
    stp x7, x8, [x0, #56]
    stp x9, x10, [x0, #72]
    stp x11, x12, [x0, #88]
    stp x13, x14, [x0, #104]
    stp x15, x16, [x0, #120]
    stp x17, x18, [x0, #136]
    stp x19, x20, [x0, #152]
    stp x21, x22, [x0, #168]
    stp x23, x24, [x0, #184]
    stp x25, x26, [x0, #200]
    stp x27, x28, [x0, #216]
    str x29, [x0, #232]
    ldp x1, x2, [sp], #16
    str x1, [x0, #0]
    str x2, [x0, #240]
    mrs x1, nzcv
    str x1, [x0, #248]
    .endm

    .section .text.vtl_return, "ax"
    .global vtl_return
    .type vtl_return, %function
vtl_return:
    push_callee_saved
    stp x0, x18, [sp, #-16]!
    mov x30, x0
    load_vtl_regs
    hvc #3
    store_vtl_regs
    ldr x18, [sp, #8]
    add sp, sp, #16
    pop_callee_saved
    ret

/* The SMCCC form of a switch: X0 is the function. */
    .macro smccc_switch name, function
    .section .text.\name, "ax"
    .global \name
    .type \name, %function
\name:
    push_callee_saved
    stp x0, x18, [sp, #-16]!
    mov x30, x0
    load_vtl_regs
    movz w0, #(\function & 0xffff)
    movk w0, #(\function >> 16), lsl #16
    hvc #0
    store_vtl_regs
    ldr x18, [sp, #8]
    add sp, sp, #16
    pop_callee_saved
    ret
    .endm

    smccc_switch vtl_call_smccc, 0xc6000011
    smccc_switch vtl_return_smccc, 0xc6000012

    .arch_extension fp
    .arch_extension simd

    .macro fp_move op
    \op q0, q1, [x1, #0]
    \op q2, q3, [x1, #32]
    \op q4, q5, [x1, #64]
    \op q6, q7, [x1, #96]
    \op q8, q9, [x1, #128]
    \op q10, q11, [x1, #160]
    \op q12, q13, [x1, #192]
    \op q14, q15, [x1, #224]
    \op q16, q17, [x1, #256]
    \op q18, q19, [x1, #288]
    \op q20, q21, [x1, #320]
    \op q22, q23, [x1, #352]
    \op q24, q25, [x1, #384]
    \op q26, q27, [x1, #416]
    \op q28, q29, [x1, #448]
    \op q30, q31, [x1, #480]
    .endm

    .macro load_fp
    fp_move ldp
    add x2, x1, #512
    ldp x2, x3, [x2]
    msr fpcr, x2
    msr fpsr, x3
    .endm

    .macro store_fp
    fp_move stp
    mrs x2, fpcr
    mrs x3, fpsr
    add x4, x1, #512
    stp x2, x3, [x4]
    .endm

    .section .text.fp_load, "ax"
    .global fp_load
    .type fp_load, %function
fp_load:
    mov x1, x0
    load_fp
    ret

    .section .text.fp_store, "ax"
    .global fp_store
    .type fp_store, %function
fp_store:
    mov x1, x0
    store_fp
    ret

    .section .text.vtl_return_fp, "ax"
    .global vtl_return_fp
    .type vtl_return_fp, %function
vtl_return_fp:
    push_callee_saved
    stp x1, xzr, [sp, #-16]!
    stp x0, x18, [sp, #-16]!
    load_fp
    mov x30, x0
    load_vtl_regs
    hvc #3
    store_vtl_regs
    ldr x1, [sp, #16]
    store_fp
    ldr x18, [sp, #8]
    add sp, sp, #32
    pop_callee_saved
    ret
