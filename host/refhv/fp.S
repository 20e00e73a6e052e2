/* SPDX-License-Identifier: BSD-3-Clause */
/* The vector registers to memory and back: fp_registers.h. */
#define P_OFFSET 8192 /* of struct fp_area: fp.c asserts it */

    .arch_extension sve

    .macro function name
    .section .text.\name, "ax"
    .global \name
    .type \name, %function
    .balign 4
\name:
    bti     c
    .endm

    .macro end_function name
    ret
    .size \name, . - \name
    .endm

    .macro each_vector operation
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \operation z\n, [x0, #\n, mul vl]
    .endr
    .endm

    .macro each_q operation
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    \operation q\n, [x0]
    add     x0, x0, x1
    .endr
    .endm

    .macro each_predicate operation
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    \operation p\n, [x2, #\n, mul vl]
    .endr
    .endm

/* x0 area, w1 with FFR; returns the bytes of a vector. */
function fp_sve_save
    add     x2, x0, #P_OFFSET
    each_vector str
    each_predicate str
    cbz     w1, 1f
    rdffr   p0.b
    str     p0, [x2, #16, mul vl]
    ldr     p0, [x2]
1:  rdvl    x0, #1
end_function fp_sve_save

/* x0 area, w1 with FFR. */
function fp_sve_load
    add     x2, x0, #P_OFFSET
    cbz     w1, 1f
    ldr     p0, [x2, #16, mul vl]
    wrffr   p0.b
1:  each_vector ldr
    each_predicate ldr
end_function fp_sve_load

/* x0 memory, x1 stride. */
function fp_q_save
    each_q  str
end_function fp_q_save

function fp_q_load
    each_q  ldr
end_function fp_q_load
