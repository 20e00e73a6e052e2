/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Access to memory that may not be there. A data abort anywhere between guest_access_start and
 * guest_access_end continues at guest_access_fault (vectors.S), so nothing here may use the stack
 * or x30. Every function returns enum pv_status in w0.
 */
#include "vtl/asm.h"
#include "copy_up.inc"

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
    mov     x3, x0
    COPY_UP
    mov     w0, #PV_OK
    ret
ENDFUNC vtl_copy

/* vtl_load(x0 from, w1 bytes, x2 value): one access of that size. Two first: an index of a ring. */
ACCESS_FUNC vtl_load
    cmp     w1, #2
    b.ne    1f
    ldrh    w3, [x0]
    str     x3, [x2]
    mov     w0, #PV_OK
    ret
1:
    cmp     w1, #4
    b.eq    4f
    cmp     w1, #8
    b.eq    8f
    cmp     w1, #1
    b.ne    guest_access_invalid
    ldrb    w3, [x0]
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
    cmp     w1, #2
    b.ne    1f
    strh    w2, [x0]
    mov     w0, #PV_OK
    ret
1:
    cmp     w1, #4
    b.eq    4f
    cmp     w1, #8
    b.eq    8f
    cmp     w1, #1
    b.ne    guest_access_invalid
    strb    w2, [x0]
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
