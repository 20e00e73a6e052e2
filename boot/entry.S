/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The image's first byte. In: MMU off, EL1h, x0 = offset of the parameter area from here, x1 =
 * offset of the guest page, x2 = offset of the policy page. Relocates the image to where it lies,
 * clears bss, turns the MMU on, and calls boot_main(image base, parameter offset, guest page offset,
 * policy offset). Registers kept: x19 parameter offset, x20 guest page offset, x21 image base, x22
 * policy offset.
 */
#include "vtl/asm.h"

/* ELF for the Arm 64-bit Architecture (IHI 0056), 5.7.15; Elf64_Rela. */
#define R_AARCH64_RELATIVE 1027
#define RELA_BYTES 24

    .section .text.entry, "ax", %progbits
    .global paravane_entry
    .type paravane_entry, %function
paravane_entry:
    .cfi_startproc
    .cfi_undefined x30
    msr     daifset, #0xf
    msr     spsel, #1
    mov     x19, x0
    mov     x20, x1
    mov     x22, x2
    adr     x21, paravane_entry
    PROFILING_OFF
    ADDRESS x0, vtl_vectors
    msr     vbar_el1, x0
    ADDRESS x0, cpus
    msr     tpidr_el1, x0
    msr     cpacr_el1, xzr
    isb

    /* Linked at 0, so a relative relocation's value is base plus addend. */
    ADDRESS x0, __rela_start
    ADDRESS x1, __rela_end
1:
    cmp     x0, x1
    b.hs    2f
    ldp     x2, x3, [x0]
    ldr     x4, [x0, #16]
    cmp     x3, #R_AARCH64_RELATIVE
    b.ne    relocation_unknown
    add     x4, x4, x21
    str     x4, [x21, x2]
    add     x0, x0, #RELA_BYTES
    b       1b
2:
    ADDRESS x0, __bss_start
    ADDRESS x1, __bss_end
3:
    cmp     x0, x1
    b.hs    4f
    stp     xzr, xzr, [x0], #16
    b       3b
4:
    ADDRESS x0, __boot_stack_top
    mov     sp, x0
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, x21
    bl      cpu_early
    ADDRESS x0, cpu_translation
    bl      cpu_enable
    mov     x0, x21
    mov     x1, x19
    bl      cpu_early_secrets
    ADDRESS x0, cpus
    bl      cpu_sign
    mov     x0, x21
    mov     x1, x19
    mov     x2, x20
    mov     x3, x22
    bl      boot_main
relocation_unknown:
    brk     #2
    .cfi_endproc
    .size paravane_entry, . - paravane_entry
