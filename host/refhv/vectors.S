/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EL2 exception vectors (Arm ARM D1.3.1): a guest's exit stores its general registers, ELR and SPSR in the
 * struct vp that TPIDR_EL2 points to, calls C, and loads them again; vp_resume() in between only if it is wanted.
 *
 * SP_EL2 is the CPU's stack, left where it was at the eret; x18 is the guest's and reserved in C.
 */
#include "vp_offsets.h"

    .macro vector_entry label
    .balign 0x80
\label:
    .endm

    /* A guest's exit: everything is stored, C decides. The vector's 32 instructions hold all of it. */
    .macro guest_exit label, handler
    vector_entry \label
    stp     x0, x1, [sp, #-16]!
    mrs     x0, tpidr_el2
    stp     x2, x3, [x0, #VP_X(2)]
    stp     x4, x5, [x0, #VP_X(4)]
    stp     x6, x7, [x0, #VP_X(6)]
    stp     x8, x9, [x0, #VP_X(8)]
    stp     x10, x11, [x0, #VP_X(10)]
    stp     x12, x13, [x0, #VP_X(12)]
    stp     x14, x15, [x0, #VP_X(14)]
    stp     x16, x17, [x0, #VP_X(16)]
    stp     x18, x19, [x0, #VP_X(18)]
    stp     x20, x21, [x0, #VP_X(20)]
    stp     x22, x23, [x0, #VP_X(22)]
    stp     x24, x25, [x0, #VP_X(24)]
    stp     x26, x27, [x0, #VP_X(26)]
    stp     x28, x29, [x0, #VP_X(28)]
    mrs     x2, elr_el2
    mrs     x3, spsr_el2
    stp     x30, x2, [x0, #VP_X(30)]
    str     x3, [x0, #VP_PSTATE]
    ldp     x2, x3, [sp], #16
    stp     x2, x3, [x0, #VP_X(0)]
    mov     x29, xzr
    bl      \handler
    b       vp_next
    .org    \label + 0x80
    .endm

    /* refhv's own exception: nothing to return to. x0 kind. */
    .macro own_exception label, kind
    vector_entry \label
    mov     x0, #\kind
    b       own_common
    .endm

    .section .text.vectors, "ax"
    .balign 0x800
    .global refhv_vectors
refhv_vectors:
    own_exception el2t_sync, 0
    own_exception el2t_irq, 1
    own_exception el2t_fiq, 2
    own_exception el2t_serror, 3
    own_exception el2h_sync, 4
    own_exception el2h_irq, 5
    own_exception el2h_fiq, 6
    own_exception el2h_serror, 7
    guest_exit el1_64_sync, exit_sync
    guest_exit el1_64_irq, exit_irq
    guest_exit el1_64_fiq, exit_irq
    guest_exit el1_64_serror, exit_serror
    guest_exit el0_32_sync, exit_sync
    guest_exit el0_32_irq, exit_irq
    guest_exit el0_32_fiq, exit_irq
    guest_exit el0_32_serror, exit_serror
    .balign 0x80

vp_attended:
    bl      vp_resume
    mrs     x0, tpidr_el2
    b       vp_load

/* void vp_enter(struct vp *vp): the first entry on this CPU; does not return. */
    .global vp_enter
    .type vp_enter, %function
vp_enter:
    bti     c
    b       vp_load
vp_next:
    mrs     x0, tpidr_el2
    ldr     w1, [x0, #VP_ATTENTION]
    cbnz    w1, vp_attended
vp_load:
    ldp     x2, x3, [x0, #VP_PC]
    msr     elr_el2, x2
    msr     spsr_el2, x3
    ldp     x2, x3, [x0, #VP_X(2)]
    ldp     x4, x5, [x0, #VP_X(4)]
    ldp     x6, x7, [x0, #VP_X(6)]
    ldp     x8, x9, [x0, #VP_X(8)]
    ldp     x10, x11, [x0, #VP_X(10)]
    ldp     x12, x13, [x0, #VP_X(12)]
    ldp     x14, x15, [x0, #VP_X(14)]
    ldp     x16, x17, [x0, #VP_X(16)]
    ldp     x18, x19, [x0, #VP_X(18)]
    ldp     x20, x21, [x0, #VP_X(20)]
    ldp     x22, x23, [x0, #VP_X(22)]
    ldp     x24, x25, [x0, #VP_X(24)]
    ldp     x26, x27, [x0, #VP_X(26)]
    ldp     x28, x29, [x0, #VP_X(28)]
    ldr     x30, [x0, #VP_X(30)]
    ldp     x0, x1, [x0, #VP_X(0)]
    eret
    dsb     nsh
    isb

/* The stack may be what is wrong: the last words go on another, one for all CPUs. */
own_common:
    mrs     x1, esr_el2
    mrs     x2, elr_el2
    mrs     x3, far_el2
    mov     x4, sp
    adrp    x5, last_stack_top
    add     x5, x5, :lo12:last_stack_top
    mov     sp, x5
    b       exit_own_exception

    .section .bss.last_stack, "aw", %nobits
    .balign 16
    .space  4096
last_stack_top:
