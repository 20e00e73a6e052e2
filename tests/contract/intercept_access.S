/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One access each, entered by PC in VTL0: X1 address, X5 and X6 data. Then the doorbell, with X7
 * = X5 + 1 to show that VTL0 uses what it got.
 */
    .arch_extension fp
    .arch_extension simd
    .arch_extension lse

    .macro access name, instruction:vararg
    .section .text.access_\name, "ax"
    .global access_\name
    .type access_\name, %function
access_\name:
    \instruction
    add x7, x5, #1
    mov x10, #0x0800
    movk x10, #0x0900, lsl #16
1:  str x5, [x10]
    b 1b
    .endm

    access ldrb, ldrb w5, [x1]
    access ldrh, ldrh w5, [x1]
    access ldrw, ldr w5, [x1]
    access ldrx, ldr x5, [x1]
    access ldrsb, ldrsb x5, [x1]
    access ldrsh_w, ldrsh w5, [x1]
    access ldrsw, ldrsw x5, [x1]
    access ldtr, ldtr x5, [x1]
    access ldar, ldar w5, [x1]
    access strb, strb w5, [x1]
    access strh, strh w5, [x1]
    access strw, str w5, [x1]
    access strx, str x5, [x1]
    access strz, str xzr, [x1]
    access stlr, stlr x5, [x1]
    access str_x29, str x29, [x1]
    access ldp, ldp x5, x6, [x1]
    access stp, stp x5, x6, [x1]
    access ldr_post, ldr x5, [x1], #8
    access str_pre, str x5, [x1, #8]!
    access ldr_q, ldr q5, [x1]
    access str_q, str q5, [x1]
    access ldadd, ldadd x5, x6, [x1]
    access nothing, nop

/* Hypercall 0x5D (unknown connection), both conventions. */
    .section .text.call_smccc, "ax"
    .global call_smccc
    .type call_smccc, %function
call_smccc:
    hvc #0
    b access_nothing

    .section .text.call_native, "ax"
    .global call_native
    .type call_native, %function
call_native:
    hvc #1
    b access_nothing

    .section .text.call_vtl, "ax"
    .global call_vtl
    .type call_vtl, %function
call_vtl:
    hvc #2
    .global call_vtl_after
call_vtl_after:
    b access_nothing
