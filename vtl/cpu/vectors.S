/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EL1 vectors. VTL2 runs with everything masked, so the only exception it expects is a data abort
 * in copy.S, which continues at guest_access_fault. All others end in panic_exception, on the
 * emergency stack, so that a stack overflow into a guard page is reported like anything else.
 *
 * Nothing is pushed: TPIDR_EL0 and TPIDRRO_EL0 hold x0 and x1. Both are private to VTL2 (TLFS vsm)
 * and EL0 is never run. Source: Arm ARM D1.3 (exceptions), D19.2.37 (ESR_EL1).
 */
#include "vtl/asm.h"
#include "cpu.h"

#define EC_DATA_ABORT 0x25

.section .text.vectors, "ax", %progbits
.balign 2048
.global vtl_vectors
vtl_vectors:

.macro VENTRY number, target
    .balign 128
    msr     tpidr_el0, x0
    msr     tpidrro_el0, x1
    mov     x0, #\number
    b       \target
.endm

    VENTRY  0, vector_fatal
    VENTRY  1, vector_fatal
    VENTRY  2, vector_fatal
    VENTRY  3, vector_fatal
    VENTRY  4, vector_sync
    VENTRY  5, vector_fatal
    VENTRY  6, vector_fatal
    VENTRY  7, vector_fatal
    VENTRY  8, vector_fatal
    VENTRY  9, vector_fatal
    VENTRY  10, vector_fatal
    VENTRY  11, vector_fatal
    VENTRY  12, vector_fatal
    VENTRY  13, vector_fatal
    VENTRY  14, vector_fatal
    VENTRY  15, vector_fatal
    .balign 128

vector_sync:
    mrs     x0, esr_el1
    ubfx    x0, x0, #26, #6
    cmp     x0, #EC_DATA_ABORT
    b.ne    1f
    mrs     x0, elr_el1
    ADDRESS x1, guest_access_start
    cmp     x0, x1
    b.lo    1f
    ADDRESS x1, guest_access_end
    cmp     x0, x1
    b.hs    1f
    ADDRESS x1, guest_access_fault
    msr     elr_el1, x1
    mrs     x0, tpidr_el0
    mrs     x1, tpidrro_el0
    eret
    dsb     nsh
    isb
1:
    mov     x0, #4

/*
 * x0 = vector number. The registers go to this CPU's own record; then one CPU reports. Others, and
 * the reporting one if it faults again, don't come back. With the MMU off, memory takes no
 * exclusives and only the boot CPU runs: the token is then not taken.
 */
vector_fatal:
    mrs     x1, tpidr_el1
    add     x1, x1, #CPU_RECORD
    stp     x2, x3, [x1, #16]
    stp     x4, x5, [x1, #32]
    stp     x6, x7, [x1, #48]
    stp     x8, x9, [x1, #64]
    stp     x10, x11, [x1, #80]
    stp     x12, x13, [x1, #96]
    stp     x14, x15, [x1, #112]
    stp     x16, x17, [x1, #128]
    stp     x18, x19, [x1, #144]
    stp     x20, x21, [x1, #160]
    stp     x22, x23, [x1, #176]
    stp     x24, x25, [x1, #192]
    stp     x26, x27, [x1, #208]
    stp     x28, x29, [x1, #224]
    mrs     x2, tpidr_el0
    mrs     x3, tpidrro_el0
    stp     x2, x3, [x1]
    mov     x2, sp
    stp     x30, x2, [x1, #240]
    mrs     x2, elr_el1
    mrs     x3, spsr_el1
    stp     x2, x3, [x1, #256]
    mrs     x2, esr_el1
    mrs     x3, far_el1
    stp     x2, x3, [x1, #272]
    str     x0, [x1, #288]
    mrs     x2, sctlr_el1
    tbz     x2, #0, 3f
    ADDRESS x2, panic_token
    mrs     x3, tpidr_el1
1:
    ldaxr   x4, [x2]
    cbnz    x4, 2f
    stlxr   w5, x3, [x2]
    cbnz    w5, 1b
    b       3f
2:
    cmp     x4, x3
    b.eq    panic_nested
    b       panic_wait
3:
    ADDRESS x2, __emergency_stack_top
    mov     sp, x2
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, x1
    b       panic_exception

/* Out of line: the linker keeps both near. */
panic_wait:
    wfe
    b       panic_wait

/* A fault while reporting: the crash registers by fast hypercalls, no memory. x1 = record. */
panic_nested:
    mrs     x6, elr_el1
    mrs     x7, esr_el1
    mov     x19, #0x210             /* GuestCrashP0: ELR, then P1: ESR, then Ctl: notify */
    mov     x20, x7
    bl      panic_register
    mov     x19, #0x211
    mov     x6, x20
    bl      panic_register
    mov     x19, #0x215
    mov     x6, #(1 << 63)
    bl      panic_register
    b       panic_wait

/* HvCallSetVpRegisters(x19 = x6), fast, SMCCC form (reference 1.3). */
panic_register:
    mov     x0, #0x0001
    movk    x0, #0x4600, lsl #16
    mov     x1, #0x0051
    movk    x1, #0x0001, lsl #16
    movk    x1, #0x0001, lsl #32
    mov     x2, #-1
    mov     x3, #0xfffe
    movk    x3, #0xffff, lsl #16
    mov     x4, x19
    mov     x5, xzr
    mov     x7, xzr
    hvc     #0
    ret
