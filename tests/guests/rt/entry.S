/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's start as an arm64 Linux Image, its exception vectors, and the way into and out of the code
 * that guest_run runs. Layout of the frame: struct guest_state.
 */
#include "callee_saved.inc"

#define STATE_SP 0xf8
#define STATE_PC 0x100
#define STATE_ESR 0x110
#define STATE_VECTOR 0x120
#define STATE_BYTES 0x130
#define IMAGE_FLAGS 0xa /* 4 KiB pages, anywhere in memory: booting.rst 4 */

    .section .text.entry, "ax"

    .global _start
    .type _start, %function
_start:
1:  b primary_entry
    .long 0
    .quad 0
    .quad __image_end - 1b
    .quad IMAGE_FLAGS
    .quad 0
    .quad 0
    .quad 0
    .ascii "ARM\x64"
    .long 0

/* X0: the device tree. */
primary_entry:
    mov x20, x0
    adrp x19, __image_start
    add x19, x19, :lo12:__image_start
    mov x0, x19
    mov x1, x19
    bl relocate
    mrs x0, mpidr_el1
    and x0, x0, #0xff
    bl vp_prepare
    mov x0, x20
    bl guest_boot
1:  wfi
    b 1b

    .macro ventry index
    .balign 0x80
    sub sp, sp, #STATE_BYTES
    stp x0, x1, [sp]
    mov x0, #\index
    b exception_common
    .endm

    .section .text.vectors, "ax"
    .balign 0x800
    .global vectors
vectors:
    .set vector_index, 0
    .rept 16
    ventry vector_index
    .set vector_index, vector_index + 1
    .endr

/* op x2..x29 of the state that base points to. */
    .macro move_registers op, base
    \op x2, x3, [\base, #0x10]
    \op x4, x5, [\base, #0x20]
    \op x6, x7, [\base, #0x30]
    \op x8, x9, [\base, #0x40]
    \op x10, x11, [\base, #0x50]
    \op x12, x13, [\base, #0x60]
    \op x14, x15, [\base, #0x70]
    \op x16, x17, [\base, #0x80]
    \op x18, x19, [\base, #0x90]
    \op x20, x21, [\base, #0xa0]
    \op x22, x23, [\base, #0xb0]
    \op x24, x25, [\base, #0xc0]
    \op x26, x27, [\base, #0xd0]
    \op x28, x29, [\base, #0xe0]
    .endm

exception_common:
    move_registers stp, sp
    mrs x1, sp_el0
    stp x30, x1, [sp, #STATE_SP - 8]
    mrs x1, elr_el1
    mrs x2, spsr_el1
    stp x1, x2, [sp, #STATE_PC]
    mrs x1, esr_el1
    mrs x2, far_el1
    stp x1, x2, [sp, #STATE_ESR]
    stp x0, xzr, [sp, #STATE_VECTOR]
    mov x0, sp
    bl guest_exception
    ldp x1, x2, [sp, #STATE_PC]
    msr elr_el1, x1
    msr spsr_el1, x2
    ldp x30, x1, [sp, #STATE_SP - 8]
    msr sp_el0, x1
    move_registers ldp, sp
    ldp x0, x1, [sp]
    add sp, sp, #STATE_BYTES
    eret

/*
 * guest_enter(x0: state). Leaves by ERET; guest_exception brings it back to guest_enter_end with the
 * stack as it is here, since the code uses SP_EL0.
 */
    .section .text.guest_enter, "ax"
    .global guest_enter
    .type guest_enter, %function
guest_enter:
    push_callee_saved
    mov x30, x0
    ldp x0, x1, [x30, #STATE_PC]
    msr elr_el1, x0
    msr spsr_el1, x1
    ldr x0, [x30, #STATE_SP]
    msr sp_el0, x0
    move_registers ldp, x30
    ldp x0, x1, [x30]
    ldr x30, [x30, #STATE_SP - 8]
    eret
    .global guest_enter_end
guest_enter_end:
    pop_callee_saved
    ret
    .size guest_enter, . - guest_enter
