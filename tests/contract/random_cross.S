/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A crossing with X0 to X30, NZCV and Q0 to Q31 all live: see struct live in random.c, whose layout this file knows.
 * SP, which is private, is the block's address on the way. The registers of enum critical, SP and SPSel excepted, are
 * set and looked at as in rows_cross.S.
 */
#include "rows_cross_asm.h"

#define LIVE_X 0x000
#define LIVE_FOUND_X 0x100
#define LIVE_KEPT 0x200
#define LIVE_CROSS 0x270
#define LIVE_WITH_Q 0x278
#define LIVE_Q 0x280
#define LIVE_FOUND_Q 0x480

    .arch_extension fp
    .arch_extension simd

    .macro q_all op, base
    \op q0, q1, [\base, #0]
    \op q2, q3, [\base, #32]
    \op q4, q5, [\base, #64]
    \op q6, q7, [\base, #96]
    \op q8, q9, [\base, #128]
    \op q10, q11, [\base, #160]
    \op q12, q13, [\base, #192]
    \op q14, q15, [\base, #224]
    \op q16, q17, [\base, #256]
    \op q18, q19, [\base, #288]
    \op q20, q21, [\base, #320]
    \op q22, q23, [\base, #352]
    \op q24, q25, [\base, #384]
    \op q26, q27, [\base, #416]
    \op q28, q29, [\base, #448]
    \op q30, q31, [\base, #480]
    .endm

    .macro x_all op, at
    \op x0, x1, [sp, #\at]
    \op x2, x3, [sp, #\at + 16]
    \op x4, x5, [sp, #\at + 32]
    \op x6, x7, [sp, #\at + 48]
    \op x8, x9, [sp, #\at + 64]
    \op x10, x11, [sp, #\at + 80]
    \op x12, x13, [sp, #\at + 96]
    \op x14, x15, [sp, #\at + 112]
    \op x16, x17, [sp, #\at + 128]
    \op x18, x19, [sp, #\at + 144]
    \op x20, x21, [sp, #\at + 160]
    \op x22, x23, [sp, #\at + 176]
    \op x24, x25, [sp, #\at + 192]
    \op x26, x27, [sp, #\at + 208]
    \op x28, x29, [sp, #\at + 224]
    .endm

/* random_cross(x0: enum crossing, x1: block) */
    .section .text.random_cross, "ax"
    .global random_cross
    .type random_cross, %function
random_cross:
    add x8, x1, #LIVE_KEPT
    stp x18, x19, [x8]
    stp x20, x21, [x8, #0x10]
    stp x22, x23, [x8, #0x20]
    stp x24, x25, [x8, #0x30]
    stp x26, x27, [x8, #0x40]
    stp x28, x29, [x8, #0x50]
    mov x9, sp
    stp x30, x9, [x8, #0x60]
    mrs x9, sctlr_el1
    mrs x10, cpacr_el1
    mrs x11, vbar_el1
    mrs x12, daif
    ldr x8, [x1, #LIVE_CROSS]
    stp x9, x10, [x8, #CROSS_OWN]
    stp x11, x12, [x8, #CROSS_OWN + 0x10]

    ldr x9, [x1, #LIVE_WITH_Q]
    cbz x9, 1f
    add x9, x1, #LIVE_Q
    q_all ldp, x9
1:  mov sp, x1
    adr x7, random_crossings
    add x7, x7, x0, lsl #7
    ldp x9, x10, [x8, #CROSS_WANT + SCTLR]
    ldr x11, [x8, #CROSS_WANT + VBAR]
    ldp x12, x13, [x8, #CROSS_WANT + DAIF]
    msr sctlr_el1, x9
    msr cpacr_el1, x10
    msr vbar_el1, x11
    msr daif, x12
    msr nzcv, x13
    isb
    mrs x9, sctlr_el1
    mrs x10, cpacr_el1
    stp x9, x10, [x8, #CROSS_SET + SCTLR]
    mrs x9, vbar_el1
    str x9, [x8, #CROSS_SET + VBAR]
    mrs x9, daif
    mrs x10, nzcv
    stp x9, x10, [x8, #CROSS_SET + DAIF]
    br x7

    .macro crossing instruction:vararg
    .balign 128
    ldr x30, [sp, #LIVE_X + 240]
    x_all ldp, LIVE_X
    \instruction
    b random_arrived
    .endm

/* In the order of enum crossing. */
    .balign 128
random_crossings:
    crossing str x0, [x1]
    .balign 128
    ldr x30, [sp, #LIVE_X + 240]
    x_all ldp, LIVE_X
    .global random_spin
random_spin:
    b random_spin
    crossing hvc #2
    crossing hvc #0
    crossing hvc #3

    .global random_arrived
random_arrived:
    x_all stp, LIVE_FOUND_X
    str x30, [sp, #LIVE_FOUND_X + 240]
    mrs x9, nzcv
    mrs x10, daif
    msr daifset, #0xf
    mrs x11, sctlr_el1
    mrs x12, cpacr_el1
    mrs x13, vbar_el1
    mov x1, sp
    ldr x8, [x1, #LIVE_CROSS]
    stp x11, x12, [x8, #CROSS_FOUND + SCTLR]
    str x13, [x8, #CROSS_FOUND + VBAR]
    stp x10, x9, [x8, #CROSS_FOUND + DAIF]
    ldp x9, x10, [x8, #CROSS_OWN]
    ldp x11, x12, [x8, #CROSS_OWN + 0x10]
    msr sctlr_el1, x9
    msr cpacr_el1, x10
    msr vbar_el1, x11
    isb
    ldr x9, [x1, #LIVE_WITH_Q]
    cbz x9, 1f
    add x8, x1, #LIVE_FOUND_Q
    q_all stp, x8
1:  add x8, x1, #LIVE_KEPT
    ldp x30, x9, [x8, #0x60]
    mov sp, x9
    msr daif, x12
    ldp x18, x19, [x8]
    ldp x20, x21, [x8, #0x10]
    ldp x22, x23, [x8, #0x20]
    ldp x24, x25, [x8, #0x30]
    ldp x26, x27, [x8, #0x40]
    ldp x28, x29, [x8, #0x50]
    ret
