/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every general register live across an event. Xn = 0x0a00 + n in each quarter; X1 holds the
 * doorbell's address, where the event is a store.
 */

    .macro fill n
    mov x\n, #(0x0a00 + \n)
    movk x\n, #(0x0a00 + \n), lsl #16
    movk x\n, #(0x0a00 + \n), lsl #32
    movk x\n, #(0x0a00 + \n), lsl #48
    .endm

    .macro fill_all
    mov x0, #0xa0000000
    msr nzcv, x0
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
    fill \n
    .endr
    .endm

    .macro gpr name
    .section .text.gpr_\name, "ax"
    .global gpr_\name
    .type gpr_\name, %function
gpr_\name:
    fill_all
    .endm

    gpr intercept
    mov x1, #0x0800
    movk x1, #0x0900, lsl #16
    .global gpr_intercept_at
gpr_intercept_at:
    str x0, [x1]
    b gpr_store

    gpr interrupt
    .global gpr_interrupt_at
gpr_interrupt_at:
    b gpr_interrupt_at
    .global gpr_interrupt_on
gpr_interrupt_on:
    b gpr_store

    gpr vtl_call
    hvc #2
    .global gpr_vtl_call_after
gpr_vtl_call_after:
    b gpr_store

    .section .text.gpr_store, "ax"
gpr_store:
    msr tpidr_el0, x0
    adrp x0, gpr_after
    add x0, x0, :lo12:gpr_after
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
    stp x29, x30, [x0, #232]
    mrs x1, tpidr_el0
    str x1, [x0]
    mov x1, sp
    mrs x2, nzcv
    stp x1, x2, [x0, #248]
    mov x1, #0x0800
    movk x1, #0x0900, lsl #16
1:  str x0, [x1]
    b 1b
