/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The C library's memcpy, memmove, memset and memcmp, in the place of picolibc's, which go byte by
 * byte where the two sides are not aligned alike. Nothing is secret in how long they take.
 *
 * Memory is Device memory while the MMU is off, and what an access there is not aligned to is a
 * fault (Arm ARM B2.8.2). What mmu_early runs calls none of these; but the compiler may, for a struct.
 * So: every access is as aligned as both sides are, up to 8. Pieces go from large to small, or the
 * other way round from an end, and nothing is accessed twice.
 */
#include "vtl/asm.h"
#include "copy_up.inc"

/* void *memcpy(x0 to, x1 from, x2 bytes): x0 stays. */
FUNC memcpy
    mov     x3, x0
    COPY_UP
    ret
ENDFUNC memcpy

/*
 * void *memmove(x0 to, x1 from, x2 bytes): memcpy does it if `to` does not begin within `from`, as
 * it loads each block before it stores it and goes upwards. Else downwards, the small pieces first.
 */
FUNC memmove
    sub     x3, x0, x1
    cmp     x3, x2
    b.hs    memcpy
    add     x1, x1, x2
    add     x3, x0, x2
    tbz     x2, #0, 1f
    ldrb    w4, [x1, #-1]!
    strb    w4, [x3, #-1]!
1:
    tbz     x2, #1, 2f
    ldrh    w4, [x1, #-2]!
    strh    w4, [x3, #-2]!
2:
    tbz     x2, #2, 3f
    ldr     w4, [x1, #-4]!
    str     w4, [x3, #-4]!
3:
    tbz     x2, #3, 4f
    ldr     x4, [x1, #-8]!
    str     x4, [x3, #-8]!
4:
    tbz     x2, #4, 5f
    ldp     x4, x5, [x1, #-16]!
    stp     x4, x5, [x3, #-16]!
5:
    tbz     x2, #5, 6f
    ldp     x4, x5, [x1, #-16]
    ldp     x6, x7, [x1, #-32]!
    stp     x4, x5, [x3, #-16]
    stp     x6, x7, [x3, #-32]!
6:
    lsr     x2, x2, #6
    cbz     x2, 8f
7:
    ldp     x4, x5, [x1, #-16]
    ldp     x6, x7, [x1, #-32]
    ldp     x8, x9, [x1, #-48]
    ldp     x10, x11, [x1, #-64]!
    stp     x4, x5, [x3, #-16]
    stp     x6, x7, [x3, #-32]
    stp     x8, x9, [x3, #-48]
    stp     x10, x11, [x3, #-64]!
    subs    x2, x2, #1
    b.ne    7b
8:
    ret
ENDFUNC memmove

/* void *memset(x0 to, w1 value, x2 bytes) */
FUNC memset
    and     x1, x1, #0xff
    orr     x1, x1, x1, lsl #8
    orr     x1, x1, x1, lsl #16
    orr     x1, x1, x1, lsl #32
    mov     x3, x0
    subs    x2, x2, #64
    b.lo    2f
1:
    stp     x1, x1, [x3]
    stp     x1, x1, [x3, #16]
    stp     x1, x1, [x3, #32]
    stp     x1, x1, [x3, #48]
    add     x3, x3, #64
    subs    x2, x2, #64
    b.hs    1b
2:
    tbz     x2, #5, 3f
    stp     x1, x1, [x3], #16
    stp     x1, x1, [x3], #16
3:
    tbz     x2, #4, 4f
    stp     x1, x1, [x3], #16
4:
    tbz     x2, #3, 5f
    str     x1, [x3], #8
5:
    tbz     x2, #2, 6f
    str     w1, [x3], #4
6:
    tbz     x2, #1, 7f
    strh    w1, [x3], #2
7:
    tbz     x2, #0, 8f
    strb    w1, [x3]
8:
    ret
ENDFUNC memset

/* int memcmp(x0 a, x1 b, x2 bytes): the first byte that differs decides, so words are turned round. */
FUNC memcmp
    subs    x2, x2, #8
    b.lo    2f
1:
    ldr     x3, [x0], #8
    ldr     x4, [x1], #8
    cmp     x3, x4
    b.ne    5f
    subs    x2, x2, #8
    b.hs    1b
2:
    adds    x2, x2, #8
    b.eq    4f
3:
    ldrb    w3, [x0], #1
    ldrb    w4, [x1], #1
    cmp     w3, w4
    b.ne    6f
    subs    x2, x2, #1
    b.ne    3b
4:
    mov     w0, wzr
    ret
5:
    rev     x3, x3
    rev     x4, x4
    cmp     x3, x4
6:
    cset    w0, hi
    csinv   w0, w0, wzr, hs
    ret
ENDFUNC memcmp
