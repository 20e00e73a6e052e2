/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Turning a CPU on: translation, pointer authentication, and where CPUs other than the boot CPU
 * begin. Source: Arm ARM D8 (translation), D8.10 (TLB maintenance); PSCI DEN0022 CPU_ON: MMU off,
 * interrupts masked.
 */
#include "vtl/asm.h"
#include "cpu.h"

/* SCTLR_EL1.EnIA */
#define SCTLR_ENIA_BIT 0x80000000

/* void cpu_enable(const struct cpu_translation *): the MMU on, identity mapped. Clobbers x1-x4. */
FUNC cpu_enable
    ldp     x1, x2, [x0, #TRANSLATION_TTBR0]
    ldp     x3, x4, [x0, #TRANSLATION_MAIR]
    msr     mair_el1, x3
    msr     tcr_el1, x2
    msr     ttbr0_el1, x1
    msr     ttbr1_el1, xzr
    isb
    tlbi    vmalle1
    dsb     nsh
    ic      iallu
    dsb     nsh
    isb
    msr     sctlr_el1, x4
    isb
    ret
ENDFUNC cpu_enable

/*
 * void cpu_sign(const struct cpu *): this CPU's key for return addresses, if it has FEAT_PAuth.
 * In assembly because no signed function may be live across it. Clobbers x1, x2.
 */
FUNC cpu_sign
    mrs     x1, id_aa64isar1_el1
    ubfx    x1, x1, #4, #8          /* APA and API */
    MRS_ROW x2, id_aa64isar2_el1    /* APA3 */
    and     x2, x2, #0xf000
    orr     x1, x1, x2
    cbz     x1, 1f
    ldp     x1, x2, [x0, #CPU_KEY]
    MSR_ROW apiakeylo_el1, x1
    MSR_ROW apiakeyhi_el1, x2
    mrs     x1, sctlr_el1
    orr     x1, x1, #SCTLR_ENIA_BIT
    msr     sctlr_el1, x1
    isb
1:
    mov     x1, xzr
    mov     x2, xzr
    ret
ENDFUNC cpu_sign

/* PSCI CPU_ON comes here: x0 = struct cpu. The stack is usable from the MMU on. */
FUNC secondary_entry
    .cfi_undefined x30
    msr     daifset, #0xf
    msr     spsel, #1
    PROFILING_OFF
    ADDRESS x1, vtl_vectors
    msr     vbar_el1, x1
    msr     cpacr_el1, xzr
    isb
    mov     x19, x0
    msr     tpidr_el1, x19
    ADDRESS x0, cpu_translation
    bl      cpu_enable
    ldr     x1, [x19, #CPU_STACK_TOP]
    mov     sp, x1
    mov     x0, x19
    bl      cpu_sign
    mov     x29, xzr
    mov     x30, xzr
    mov     x0, x19
    bl      cpu_secondary_main
    brk     #1
ENDFUNC secondary_entry
