/* SPDX-License-Identifier: BSD-3-Clause */
/* Entered by PC alone: no stack, no vectors. */

    .section .text.probe_entry, "ax"
    .global probe_entry
    .type probe_entry, %function
probe_entry:
    stp x18, x29, [x0]
    mov x2, sp
    stp x30, x2, [x0, #16]
    mrs x2, nzcv
    mrs x3, daif
    stp x2, x3, [x0, #32]
    mrs x2, currentel
    str x2, [x0, #48]
    mov x18, #0x5151
    movk x18, #0x5151, lsl #16
    movk x18, #0x5151, lsl #32
    movk x18, #0x5151, lsl #48
    mov x29, #0x5252
    movk x29, #0x5252, lsl #16
    movk x29, #0x5252, lsl #32
    movk x29, #0x5252, lsl #48
    mov x30, #0x5353
    movk x30, #0x5353, lsl #16
    movk x30, #0x5353, lsl #32
    movk x30, #0x5353, lsl #48
    mov x2, #0x90000000
    msr nzcv, x2
    mov x1, #0x0800
    movk x1, #0x0900, lsl #16
    str x0, [x1]
    .global probe_after
probe_after:
1:  str x0, [x1]
    b 1b

/* Rings for ever, one store after the other, at whatever EL. */
    .section .text.probe_doorbells, "ax"
    .global probe_doorbells
    .type probe_doorbells, %function
probe_doorbells:
    mov x1, #0x0800
    movk x1, #0x0900, lsl #16
    str x0, [x1]
    nop
    nop
    str x0, [x1]
    nop
    nop
1:  str x0, [x1]
    b 1b
