/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ways into a program: VTL2 on the boot VP (_start), VTL0 (vtl0_entry), and exceptions in either.
 * Everything is PC-relative; _start applies the image's relocations.
 */

    .section .text.entry, "ax"

/* X0: offset of the device tree from the image's first byte. X1: of the guest page. */
    .global _start
    .type _start, %function
_start:
    mov x20, x0
    adrp x19, __image_start
    add x19, x19, :lo12:__image_start
    mov x0, x19
    mov x1, x19
    bl relocate
    mrs x21, mpidr_el1
    and x21, x21, #0xff
    mov x0, x21
    bl vp_prepare
    add x0, x19, x20
    bl rt_main
1:  wfi
    b 1b

/* vtl0_start: X0..X2 arguments, X9 function. */
    .global vtl0_entry
    .type vtl0_entry, %function
vtl0_entry:
    mov x10, x0
    mov x11, x1
    mov x12, x2
    mov x13, x9
    mrs x0, mpidr_el1
    and x0, x0, #0xff
    bl vp_prepare
    mov x0, x10
    mov x1, x11
    mov x2, x12
    blr x13
    bl vtl0_returned
1:  b 1b

/* vtl0_cpu_on: where VTL0's own PSCI CPU_ON starts a VP. X0: the context. */
    .global vtl0_cpu_on
    .type vtl0_cpu_on, %function
vtl0_cpu_on:
    mov x10, x0
    mrs x0, mpidr_el1
    and x0, x0, #0xff
    bl vp_prepare
    mov x0, x10
    bl vtl0_cpu_on_main
1:  b 1b

    .macro ventry index
    .balign 0x80
    sub sp, sp, #0x120
    stp x0, x1, [sp, #0x00]
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

exception_common:
    stp x2, x3, [sp, #0x10]
    stp x4, x5, [sp, #0x20]
    stp x6, x7, [sp, #0x30]
    stp x8, x9, [sp, #0x40]
    stp x10, x11, [sp, #0x50]
    stp x12, x13, [sp, #0x60]
    stp x14, x15, [sp, #0x70]
    stp x16, x17, [sp, #0x80]
    stp x18, x19, [sp, #0x90]
    stp x29, x30, [sp, #0xa0]
    mrs x1, esr_el1
    mrs x2, far_el1
    mrs x3, elr_el1
    mrs x4, spsr_el1
    stp x1, x2, [sp, #0xc0]
    stp x3, x4, [sp, #0xd0]
    add x1, sp, #0xc0
    bl exception_handle
    ldp x3, x4, [sp, #0xd0]
    msr elr_el1, x3
    msr spsr_el1, x4
    ldp x2, x3, [sp, #0x10]
    ldp x4, x5, [sp, #0x20]
    ldp x6, x7, [sp, #0x30]
    ldp x8, x9, [sp, #0x40]
    ldp x10, x11, [sp, #0x50]
    ldp x12, x13, [sp, #0x60]
    ldp x14, x15, [sp, #0x70]
    ldp x16, x17, [sp, #0x80]
    ldp x18, x19, [sp, #0x90]
    ldp x29, x30, [sp, #0xa0]
    ldp x0, x1, [sp, #0x00]
    add sp, sp, #0x120
    eret
