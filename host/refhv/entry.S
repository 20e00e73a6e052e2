/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From reset to C: the arm64 Image header (Linux Documentation/arch/arm64/booting.rst), the boot
 * CPU's entry, that of the image's copy at the top of memory, and that of the other CPUs. All come
 * in at EL2, MMU off, and leave with EL2's own map on and a stack.
 */
#define STACK_STRIDE 0x5000 /* REFHV_STACK_STRIDE */
#define CPU_MAX 8           /* MACHINE_CPU_MAX */

#define CURRENT_EL2 (2 << 2)
#define HCR_RW (1 << 31)
#define CPTR_RES1 0x33ff
/* RES1 of SCTLR_EL2 with E2H = 0: bits 29, 28, 23, 22, 18, 16, 11, 5, 4 (Arm ARM D19.2.119). */
#define SCTLR_RES1 0x30c50830
#define SCTLR_M (1 << 0)
#define SCTLR_C (1 << 2)
#define SCTLR_SA (1 << 3)
#define SCTLR_I (1 << 12)
#define SCTLR_WXN (1 << 19)
#define SCTLR_ON (SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I | SCTLR_WXN)
/*
 * 39 bits of address from level 1, 4 KiB granule, tables write-back and inner shareable; bits 31,
 * 23 RES1.
 */
#define TCR_BASE ((1 << 31) | (1 << 23) | (3 << 12) | (1 << 10) | (1 << 8) | 25)
#define TCR_PS_SHIFT 16
#define TCR_PS_MAX 5 /* 48 bits */
/* Attribute 0: normal, write-back; attribute 1: device nGnRE. */
#define MAIR 0x04ff

/* ELF for the Arm 64-bit Architecture (IHI 0056), 5.7.15; Elf64_Rela. */
#define R_AARCH64_RELATIVE 1027
#define RELA_BYTES 24

    .macro function name
    .section .text.\name, "ax"
    .global \name
    .type \name, %function
    .balign 4
\name:
    bti c
    .endm

    .macro end_function name
    .size \name, . - \name
    .endm

    .macro constant register, value
    movz \register, #((\value) & 0xffff)
    movk \register, #(((\value) >> 16) & 0xffff), lsl #16
    .endm

    .section .head, "ax"
head:
    b primary_entry
    .long 0
    .quad 0                                     /* text_offset */
    .quad refhv_image_end - head                /* image_size: .bss and stacks too */
    .quad 0x2                                   /* little endian, 4 KiB pages, near RAM base */
    .quad 0
    .quad 0
    .quad 0
    .ascii "ARM\x64"
    .long 0

    /* x0: device tree. The header gives no other argument a meaning. */
function primary_entry
    mov x1, xzr
    b common_entry
end_function primary_entry

    /*
     * The copy's entry, out of a running image: turns the MMU off and goes there. x0: device tree;
     * x1: the image that runs now; x2: the copy, clean to the point of coherency.
     */
function refhv_restart
    constant x3, SCTLR_RES1
    msr sctlr_el2, x3
    isb
    ic iallu
    dsb nsh
    isb
    adrp x3, refhv_image_start
    adrp x4, common_entry
    add x4, x4, #:lo12:common_entry
    sub x4, x4, x3
    add x2, x2, x4
    br x2
end_function refhv_restart

    /* x0: device tree; x1: where the image was before, 0 for nowhere. */
function common_entry
    mov x19, x0
    mov x20, x1
    bl el2_quiet
    bl relocate

    /*
     * EL2's tables while caches are off; lines that a boot loader may have left would hide them
     * later.
     */
    adrp x0, refhv_el2_tables_start
    adrp x1, refhv_el2_tables_end
    bl clear_uncached

    adrp x0, refhv_stacks_start
    add x0, x0, #STACK_STRIDE & 0xfff000
    mov sp, x0
    mov x29, xzr
    mov x30, xzr
    bl el2_mmu_build
    adrp x0, refhv_el2_tables_start
    adrp x1, refhv_el2_tables_end
    bl invalidate
    adrp x0, refhv_stacks_start
    adrp x1, refhv_stacks_end
    bl invalidate
    bl mmu_on

    adrp x0, refhv_bss_start
    add x0, x0, #:lo12:refhv_bss_start
    adrp x1, refhv_bss_end
1:  stp xzr, xzr, [x0], #16
    cmp x0, x1
    b.lo 1b

    /*
     * A stack guard that differs from start to start: the counter, spread over the word, low byte
     * zero.
     */
    mrs x1, cntpct_el0
    constant x2, 0x7f4a7c15
    movk x2, #0x79b9, lsl #32
    movk x2, #0x9e37, lsl #48
    mul x1, x1, x2
    eor x1, x1, x1, lsr #29
    bic x1, x1, #0xff
    adrp x2, __stack_chk_guard
    str x1, [x2, #:lo12:__stack_chk_guard]

    mov x0, x19
    mov x1, x20
    mov x29, xzr
    bl refhv_main
    b park
end_function common_entry

    /* x0: index of the CPU, the context id of PSCI CPU_ON. */
function refhv_secondary_entry
    mov x19, x0
    cmp x19, #CPU_MAX
    b.hs park
    bl el2_quiet
    adrp x0, refhv_stacks_start
    constant x1, STACK_STRIDE
    add x2, x19, #1
    madd x0, x2, x1, x0
    mov sp, x0
    mov x29, xzr
    bl mmu_on
    mov x0, x19
    bl refhv_secondary_main
    b park
end_function refhv_secondary_entry

    /* Nothing traps, nothing interrupts, EL2 without VHE and without translation. Uses x1. */
function el2_quiet
    msr daifset, #0xf
    mrs x1, CurrentEL
    cmp x1, #CURRENT_EL2
    b.ne park
    msr spsel, #1
    constant x1, HCR_RW
    msr hcr_el2, x1             /* E2H = 0, also where the CPU has VHE */
    isb
    constant x1, SCTLR_RES1
    msr sctlr_el2, x1
    constant x1, CPTR_RES1
    msr cptr_el2, x1
    isb
    ret
end_function el2_quiet

    /* Turns on the map of el2_mmu.c. Uses x1, x2. */
function mmu_on
    adrp x1, refhv_el2_tables_start /* its first page is the root: el2_mmu.c asserts it */
    msr ttbr0_el2, x1
    mov x1, #MAIR
    msr mair_el2, x1
    constant x1, TCR_BASE
    mrs x2, id_aa64mmfr0_el1
    and x2, x2, #0xf
    cmp x2, #TCR_PS_MAX
    b.ls 1f
    mov x2, #TCR_PS_MAX
1:  orr x1, x1, x2, lsl #TCR_PS_SHIFT
    msr tcr_el2, x1
    tlbi alle2
    ic iallu
    dsb nsh
    isb
    constant x1, SCTLR_ON
    msr sctlr_el2, x1
    isb
    ret
end_function mmu_on

    /*
     * Linked at 0, so a relative relocation's value is base plus addend. Uses x0 to x5; ends with
     * the other kinds, which there is no console yet to speak of.
     */
function relocate
    adrp x5, refhv_image_start
    adrp x0, refhv_rela_start
    add x0, x0, #:lo12:refhv_rela_start
    adrp x1, refhv_rela_end
    add x1, x1, #:lo12:refhv_rela_end
1:  cmp x0, x1
    b.hs 2f
    ldp x2, x3, [x0]
    ldr x4, [x0, #16]
    cmp x3, #R_AARCH64_RELATIVE
    b.ne park
    add x4, x4, x5
    str x4, [x5, x2]
    add x0, x0, #RELA_BYTES
    b 1b
2:  adrp x0, refhv_relocated_start
    adrp x1, refhv_rodata_end
    b invalidate
end_function relocate

    /* Zeroes [x0, x1), whole pages, with caches off. Uses x2. */
function clear_uncached
    mov x2, x0
1:  stp xzr, xzr, [x2], #16
    cmp x2, x1
    b.lo 1b
    b invalidate
end_function clear_uncached

    /* Drops what caches hold of [x0, x1). Uses x2, x3. */
function invalidate
    dsb sy
    mrs x2, ctr_el0
    ubfx x2, x2, #16, #4
    mov x3, #4
    lsl x2, x3, x2              /* bytes of the smallest data cache line */
1:  dc ivac, x0
    add x0, x0, x2
    cmp x0, x1
    b.lo 1b
    dsb sy
    ret
end_function invalidate

function park
1:  wfe
    b 1b
end_function park

    .section .bss.stacks, "aw", %nobits
    .balign 4096
    .space CPU_MAX * STACK_STRIDE
