/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exceptions at EL1h with a stack or vectors that are nobody's. Both functions leave the runtime's vectors
 * and stack as they were; IRQs are masked.
 */
#include "callee_saved.inc"

/*
 * Vectors that do with registers alone: X19 counts, X20 is how often, X21 where to go then. Every slot
 * pushes to the stack, and where that is nobody's it is here again, in the middle of its own handler.
 */
    .section .text.hostile_vectors, "ax"
    .balign 0x800
stack_vectors:
    .rept 16
    .balign 0x80
    add x19, x19, #1
    cmp x19, x20
    b.hs 1f
    stp x29, x30, [sp, #-16]!
    add sp, sp, #16
    eret
1:  br x21
    .endr

/*
 * stack_attack(x0: SP_EL1, x1: how many exceptions): BRK with that stack. How many came.
 */
    .section .text.stack_attack, "ax"
    .global stack_attack
    .type stack_attack, %function
stack_attack:
    push_callee_saved
    mov x22, sp
    mrs x23, vbar_el1
    mov x19, xzr
    mov x20, x1
    adr x21, 1f
    adrp x2, stack_vectors
    add x2, x2, :lo12:stack_vectors
    msr vbar_el1, x2
    isb
    mov sp, x0
    brk #2
1:  mov sp, x22
    msr vbar_el1, x23
    isb
    mov x0, x19
    pop_callee_saved
    ret
    .size stack_attack, . - stack_attack

/*
 * vectors_attack(x0: VBAR_EL1): BRK with those vectors. Comes back when another VP has put the page
 * recover_vectors there; else never.
 */
    .section .text.vectors_attack, "ax"
    .global vectors_attack
    .type vectors_attack, %function
vectors_attack:
    push_callee_saved
    mov x22, sp
    mrs x23, vbar_el1
    adr x21, 1f
    msr vbar_el1, x0
    isb
    brk #2
1:  mov sp, x22
    msr vbar_el1, x23
    isb
    pop_callee_saved
    ret
    .size vectors_attack, . - vectors_attack

/* A page: X21 is where to go, from every slot. */
    .section .data.hostile_recover, "aw"
    .balign 4096
    .global recover_vectors
recover_vectors:
    .rept 512
    br x21
    nop
    .endr
