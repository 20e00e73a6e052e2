/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One crossing from a VTL to the other and back, with the registers set that code can't do without: see
 * struct cross in rows_cross.h, whose layout this file knows. Nothing on the way needs the stack, and what comes
 * back needs no register that a broken switch could have changed.
 */
#include "rows_cross_asm.h"

/* \to = this VP's block. */
    .macro block_address to, scratch
    adrp \to, cross_blocks
    add \to, \to, :lo12:cross_blocks
    mrs \scratch, mpidr_el1
    and \scratch, \scratch, #7
    add \to, \to, \scratch, lsl #CROSS_BITS
    .endm

    .section .text.cross, "ax"
    .global cross
    .type cross, %function
/* cross(x0: enum crossing). Its X0 is what X0 holds on arrival. */
cross:
    block_address x8, x9
    stp x18, x19, [x8, #CROSS_KEPT]
    stp x20, x21, [x8, #CROSS_KEPT + 0x10]
    stp x22, x23, [x8, #CROSS_KEPT + 0x20]
    stp x24, x25, [x8, #CROSS_KEPT + 0x30]
    stp x26, x27, [x8, #CROSS_KEPT + 0x40]
    stp x28, x29, [x8, #CROSS_KEPT + 0x50]
    mov x9, sp
    stp x30, x9, [x8, #CROSS_KEPT + 0x60]
    mrs x9, sctlr_el1
    mrs x10, cpacr_el1
    mrs x11, vbar_el1
    mrs x12, daif
    stp x9, x10, [x8, #CROSS_OWN]
    stp x11, x12, [x8, #CROSS_OWN + 0x10]

    ldp x9, x10, [x8, #CROSS_WANT + SCTLR]
    ldp x11, x12, [x8, #CROSS_WANT + VBAR]
    ldp x13, x14, [x8, #CROSS_WANT + SPSEL]
    ldr x15, [x8, #CROSS_WANT + NZCV]
    msr sctlr_el1, x9
    msr cpacr_el1, x10
    msr vbar_el1, x11
    mov sp, x12
    msr spsel, x13
    msr daif, x14
    msr nzcv, x15
    isb
    mrs x9, sctlr_el1
    mrs x10, cpacr_el1
    stp x9, x10, [x8, #CROSS_SET + SCTLR]
    mrs x11, vbar_el1
    stp x11, x12, [x8, #CROSS_SET + VBAR]
    mrs x13, spsel
    mrs x14, daif
    stp x13, x14, [x8, #CROSS_SET + SPSEL]
    mrs x15, nzcv
    str x15, [x8, #CROSS_SET + NZCV]

/* The crossings lie 16 bytes apart. No instruction here changes NZCV. */
    adr x10, crossings
    add x10, x10, x0, lsl #4
    ldp x0, x1, [x8, #CROSS_X]
    ldp x2, x9, [x8, #CROSS_X + 0x10]
    br x10
    .balign 16
crossings:
    str x0, [x1]
    b cross_arrived
    nop
    nop
    .global cross_spin
cross_spin:
    b cross_spin
    nop
    nop
    nop
    hvc #2
    b cross_arrived
    nop
    nop
    hvc #0
    b cross_arrived
    nop
    nop
    hvc #3

    .global cross_arrived
cross_arrived:
    mrs x9, nzcv
    mrs x10, daif
    msr daifset, #0xf
    mrs x11, spsel
    msr spsel, #1
    mov x12, sp
    mrs x13, sctlr_el1
    mrs x14, cpacr_el1
    mrs x15, vbar_el1
    block_address x8, x16
    stp x13, x14, [x8, #CROSS_FOUND + SCTLR]
    stp x15, x12, [x8, #CROSS_FOUND + VBAR]
    stp x11, x10, [x8, #CROSS_FOUND + SPSEL]
    str x9, [x8, #CROSS_FOUND + NZCV]

    ldp x9, x10, [x8, #CROSS_OWN]
    ldp x11, x12, [x8, #CROSS_OWN + 0x10]
    msr sctlr_el1, x9
    msr cpacr_el1, x10
    msr vbar_el1, x11
    ldp x30, x9, [x8, #CROSS_KEPT + 0x60]
    mov sp, x9
    msr daif, x12
    isb
    ldp x18, x19, [x8, #CROSS_KEPT]
    ldp x20, x21, [x8, #CROSS_KEPT + 0x10]
    ldp x22, x23, [x8, #CROSS_KEPT + 0x20]
    ldp x24, x25, [x8, #CROSS_KEPT + 0x30]
    ldp x26, x27, [x8, #CROSS_KEPT + 0x40]
    ldp x28, x29, [x8, #CROSS_KEPT + 0x50]
    ret
