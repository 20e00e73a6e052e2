/* SPDX-License-Identifier: BSD-3-Clause */
/* The copy of memcpy and vtl_copy, which differ in what a fault is. */
#ifndef VTL_CPU_COPY_UP_H
#define VTL_CPU_COPY_UP_H

/* clang-format off */
/* 64 bytes from x1 to x3, both moved on: all loaded before any is stored. */
.macro COPY_BLOCK
    ldp     x6, x7, [x1, #16]
    ldp     x8, x9, [x1, #32]
    ldp     x10, x11, [x1, #48]
    ldp     x4, x5, [x1], #64
    stp     x6, x7, [x3, #16]
    stp     x8, x9, [x3, #32]
    stp     x10, x11, [x3, #48]
    stp     x4, x5, [x3], #64
.endm

/*
 * x2 bytes from x1 to x3, upwards, each once, in pieces that get smaller: each access is as aligned
 * as both sides are, up to 8. Clobbers x1 to x11 and the flags.
 */
.macro COPY_UP
    subs    x2, x2, #128
    b.lo    2f
1:
    COPY_BLOCK
    COPY_BLOCK
    subs    x2, x2, #128
    b.hs    1b
2:
    /* Below 128 are left, and x2's low seven bits still say how many. */
    tbz     x2, #6, 3f
    COPY_BLOCK
3:
    tbz     x2, #5, 4f
    ldp     x6, x7, [x1, #16]
    ldp     x4, x5, [x1], #32
    stp     x6, x7, [x3, #16]
    stp     x4, x5, [x3], #32
4:
    tbz     x2, #4, 5f
    ldp     x4, x5, [x1], #16
    stp     x4, x5, [x3], #16
5:
    tbz     x2, #3, 6f
    ldr     x4, [x1], #8
    str     x4, [x3], #8
6:
    tbz     x2, #2, 7f
    ldr     w4, [x1], #4
    str     w4, [x3], #4
7:
    tbz     x2, #1, 8f
    ldrh    w4, [x1], #2
    strh    w4, [x3], #2
8:
    tbz     x2, #0, 9f
    ldrb    w4, [x1]
    strb    w4, [x3]
9:
.endm
/* clang-format on */

#endif /* VTL_CPU_COPY_UP_H */
