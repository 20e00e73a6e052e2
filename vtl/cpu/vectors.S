/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EL1 vectors. VTL2 runs with everything masked, so it expects three exceptions: a data abort in
 * copy.S, which continues at guest_access_fault, the first use of the FP and SIMD unit since
 * VTL2 was entered, and the SMC of hv/hypercall.S where the machine has none. All others end in panic_exception, on the emergency stack, so that a stack
 * overflow into a guard page is reported like anything else.
 *
 * Nothing is pushed: TPIDR_EL0 and TPIDRRO_EL0 hold x0 and x1. Both are private to VTL2 (TLFS vsm)
 * and EL0 is never run. Source: Arm ARM D1.3 (exceptions), D19.2.37 (ESR_EL1).
 *
 * The unwind data names the frame record of the interrupted function, as x29 is not touched: its
 * caller comes next, with a signed return address. Once on the emergency stack, there is a record
 * of the interrupted place itself.
 */
#include "vtl/asm.h"
#include "cpu.h"

#define EC_UNKNOWN 0x00
#define EC_SIMD 0x07
#define EC_DATA_ABORT 0x25

.section .text.vectors, "ax", %progbits
.balign 2048
.global vtl_vectors
.type vtl_vectors, %function
vtl_vectors:
    .cfi_startproc
    .cfi_def_cfa x29, 16
    .cfi_offset x29, -16
    .cfi_offset x30, -8
    .cfi_negate_ra_state

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
    cmp     x0, #EC_SIMD
    b.eq    vector_simd
    cmp     x0, #EC_UNKNOWN
    b.eq    vector_undefined
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
    b       vector_fatal

/* An SMC without EL3 and without a trap (Arm ARM, SMC): x0 = SMCCC_NOT_SUPPORTED, and on behind it. */
vector_undefined:
    mrs     x0, elr_el1
    ADDRESS x1, hv_smc
    cmp     x0, x1
    b.ne    1b
    add     x0, x0, #4
    msr     elr_el1, x0
    mov     x0, #-1
    mrs     x1, tpidrro_el0
    eret
    dsb     nsh
    isb

/*
 * CPACR_EL1 is zero until here. Taken already, the trap is none of ours and would come again. Where
 * the hypervisor keeps VTL2 off the unit too, the first store is its turn.
 */
vector_simd:
    mrs     x0, tpidr_el1
    ldr     w1, [x0, #CPU_SIMD_TAKEN]
    cbnz    w1, 1b
    mov     x1, #CPACR_FPEN
    msr     cpacr_el1, x1
    isb
    add     x1, x0, #CPU_SIMD_Q
    st1     {v0.16b-v3.16b}, [x1], #64
    st1     {v4.16b-v7.16b}, [x1], #64
    st1     {v8.16b-v11.16b}, [x1], #64
    st1     {v12.16b-v15.16b}, [x1], #64
    st1     {v16.16b-v19.16b}, [x1], #64
    st1     {v20.16b-v23.16b}, [x1], #64
    st1     {v24.16b-v27.16b}, [x1], #64
    st1     {v28.16b-v31.16b}, [x1], #64
    mov     w1, #1
    str     w1, [x0, #CPU_SIMD_TAKEN]
    mrs     x0, tpidr_el0
    mrs     x1, tpidrro_el0
    eret
    dsb     nsh
    isb

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
    mrs     x3, elr_el1
    stp     x29, x3, [sp, #-16]!
    mov     x0, x1
    mov     x29, sp
    .cfi_negate_ra_state            /* ELR is not signed */
    bl      panic_exception
    brk     #3
    .cfi_negate_ra_state

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
    .cfi_endproc
    .size vtl_vectors, . - vtl_vectors
