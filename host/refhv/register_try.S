/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bool register_try(uint64_t (*access)(uint64_t value), uint64_t *value): *value becomes access(*value). False if the
 * access was undefined: a CPU without the register, or without that many of it. For accesses by name, which are rare;
 * the vectors are exchanged meanwhile. refhv's interrupts are masked at all times.
 */
#define EC_SHIFT 26 /* ESR_EC_SHIFT */
#define VECTOR_CURRENT_SYNC 0x200

    .section .text.register_try, "ax"
    .global register_try
    .type register_try, %function
    .balign 4
register_try:
    bti     c
    stp     x29, x30, [sp, #-32]!
    stp     x19, x20, [sp, #16]
    mov     x29, sp
    mov     x19, x1
    mov     x2, x0
    ldr     x0, [x1]
    mrs     x20, vbar_el2
    adr     x3, try_vectors
    msr     vbar_el2, x3
    isb
    mov     x18, xzr            /* the guest's is stored, and C does not use it */
    blr     x2
    msr     vbar_el2, x20
    isb
    str     x0, [x19]
    cmp     x18, #0
    cset    w0, eq
    ldp     x19, x20, [sp, #16]
    ldp     x29, x30, [sp], #32
    ret
    .size register_try, . - register_try

/* An undefined instruction is stepped over, and x18 tells. All else is refhv's own exception. */
    .section .text.try_vectors, "ax"
    .balign 0x800
try_vectors:
    .rept   4
    b       refhv_vectors + VECTOR_CURRENT_SYNC
    .balign 0x80
    .endr
    mrs     x18, esr_el2
    lsr     x18, x18, #EC_SHIFT
    cbnz    x18, 1f
    mrs     x18, elr_el2
    add     x18, x18, #4
    msr     elr_el2, x18
    eret
    dsb     nsh
    isb
1:  b       refhv_vectors + VECTOR_CURRENT_SYNC
    .balign 0x80
    .rept   11
    b       refhv_vectors + VECTOR_CURRENT_SYNC
    .balign 0x80
    .endr
