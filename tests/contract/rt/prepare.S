/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every way into a program needs: the image's relocations applied, a VP's stack and vectors. Also of
 * the programs in tests/guests.
 */

#define R_AARCH64_RELATIVE 1027

    .section .text.prepare, "ax"

/* relocate(x0: where the image is, x1: the address it is to run at). Clobbers x2..x7. */
    .global relocate
    .type relocate, %function
relocate:
    adrp x2, __rela_start
    add x2, x2, :lo12:__rela_start
    adrp x3, __rela_end
    add x3, x3, :lo12:__rela_end
1:  cmp x2, x3
    b.hs 2f
    ldp x4, x5, [x2], #16
    ldr x6, [x2], #8
    cmp w5, #R_AARCH64_RELATIVE
    b.ne 1b
    add x6, x6, x1
    str x6, [x0, x4]
    b 1b
2:  ret

/* vp_prepare(x0: index): stack, vectors, FP. */
    .global vp_prepare
    .type vp_prepare, %function
vp_prepare:
    adrp x1, rt_vp_stack_bytes
    add x1, x1, :lo12:rt_vp_stack_bytes
    ldp x2, x3, [x1]            /* sizeof(struct vp), offset of the end of its stack */
    adrp x1, vps
    add x1, x1, :lo12:vps
    madd x1, x0, x2, x1
    add x1, x1, x3
    msr spsel, #1
    mov sp, x1
    adrp x1, vectors
    add x1, x1, :lo12:vectors
    msr vbar_el1, x1
    mov x1, #(3 << 20)
    msr cpacr_el1, x1
    mov x29, xzr
    isb
    ret

/* PSCI CPU_ON starts VTL2 of another VP here. X0: its index. */
    .global vp_entry
    .type vp_entry, %function
vp_entry:
    mov x19, x0
    bl vp_prepare
    mov x0, x19
    bl vp_main
1:  wfi
    b 1b
