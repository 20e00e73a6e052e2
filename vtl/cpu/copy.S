/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Access to memory that may not be there. A data abort anywhere between guest_access_start and
 * guest_access_end continues at guest_access_fault (vectors.S), so nothing here may use the stack
 * or x30. Every function returns enum pv_status in w0.
 */
#include "vtl/asm.h"

#define PV_OK 0
#define PV_INVALID 1
#define PV_FAULT 6

.section .text.guest_access, "ax", %progbits
.balign 64
.global guest_access_start
guest_access_start:

.macro ACCESS_FUNC name
    .global \name
    .type \name, %function
\name:
    .cfi_startproc
    bti     c
.endm

/*
 * vtl_copy(x0 to, x1 from, x2 bytes): forward. Guest RAM and ours are Normal memory: no alignment
 * is needed.
 */
ACCESS_FUNC vtl_copy
    subs    x2, x2, #64
    b.lo    2f
1:
    ldp     x3, x4, [x1]
    ldp     x5, x6, [x1, #16]
    ldp     x7, x8, [x1, #32]
    ldp     x9, x10, [x1, #48]
    add     x1, x1, #64
    stp     x3, x4, [x0]
    stp     x5, x6, [x0, #16]
    stp     x7, x8, [x0, #32]
    stp     x9, x10, [x0, #48]
    add     x0, x0, #64
    subs    x2, x2, #64
    b.hs    1b
2:
    adds    x2, x2, #56
    b.mi    4f
3:
    ldr     x3, [x1], #8
    str     x3, [x0], #8
    subs    x2, x2, #8
    b.pl    3b
4:
    adds    x2, x2, #8
    b.eq    6f
5:
    ldrb    w3, [x1], #1
    strb    w3, [x0], #1
    subs    x2, x2, #1
    b.ne    5b
6:
    mov     w0, #PV_OK
    ret
ENDFUNC vtl_copy

/* vtl_load(x0 from, w1 bytes, x2 value): one access of that size. */
ACCESS_FUNC vtl_load
    cmp     w1, #8
    b.eq    8f
    cmp     w1, #4
    b.eq    4f
    cmp     w1, #2
    b.eq    2f
    cmp     w1, #1
    b.ne    guest_access_invalid
    ldrb    w3, [x0]
    b       9f
2:
    ldrh    w3, [x0]
    b       9f
4:
    ldr     w3, [x0]
    b       9f
8:
    ldr     x3, [x0]
9:
    str     x3, [x2]
    mov     w0, #PV_OK
    ret
ENDFUNC vtl_load

/* vtl_store(x0 to, w1 bytes, x2 value). */
ACCESS_FUNC vtl_store
    cmp     w1, #8
    b.eq    8f
    cmp     w1, #4
    b.eq    4f
    cmp     w1, #2
    b.eq    2f
    cmp     w1, #1
    b.ne    guest_access_invalid
    strb    w2, [x0]
    b       9f
2:
    strh    w2, [x0]
    b       9f
4:
    str     w2, [x0]
    b       9f
8:
    str     x2, [x0]
9:
    mov     w0, #PV_OK
    ret
ENDFUNC vtl_store

/* Gone to by branch: from a function above, and from vectors.S. x30 is that function's. */
.type guest_access_invalid, %function
guest_access_invalid:
    .cfi_startproc
    mov     w0, #PV_INVALID
    ret
ENDFUNC guest_access_invalid

.global guest_access_end
guest_access_end:

.global guest_access_fault
.type guest_access_fault, %function
guest_access_fault:
    .cfi_startproc
    mov     w0, #PV_FAULT
    ret
ENDFUNC guest_access_fault
