/* SPDX-License-Identifier: BSD-3-Clause */
    .arch_extension sve

    .macro each op
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    \op p\n, [x0]
    add x0, x0, #32
    .endr
    .endm

    .section .text.predicates, "ax"
    .global predicates_load
    .type predicates_load, %function
predicates_load:
    add x1, x0, #512
    ldr p0, [x1]
    wrffr p0.b
    each ldr
    ret

    .global predicates_store
    .type predicates_store, %function
predicates_store:
    each str
    rdffr p0.b
    str p0, [x0]
    ret
