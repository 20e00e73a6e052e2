/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the columns of registers.def mean, and what code makes of them.
 *
 * A client writes one macro a saver or class and pastes the column's word to it: for instance
 *     #define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
 *         FIELD_##saver(name)
 * so that a row that moves to another class moves in all generated code at once.
 */
#ifndef VTL_ABI_REGISTERS_H
#define VTL_ABI_REGISTERS_H

#include <stdint.h>

/*
 * class: what a VTL may rely on.
 *   PRIVATE  each VTL has its own; neither sees or changes the other's
 *   SHARED   one for both: VTL2 finds VTL0's value, VTL0 finds what VTL2 left. Read-only ones are the CPU's
 *   GUARDED  shared, and VTL0 could aim it at VTL2: off from before VTL2's first store to its return
 *   TRAPPED  the hypervisor answers, for each VTL apart
 *   ABSENT   undefined in both VTLs
 */
#define REGISTER_CLASSES(X) X(PRIVATE) X(SHARED) X(GUARDED) X(TRAPPED) X(ABSENT)

/*
 * saver: who makes it so.
 *   NONE     nobody: it holds no state of a VTL
 *   SWITCH   the hypervisor, at each switch
 *   EXIT     the hypervisor, with the general registers of an exit
 *   PSTATE   the hypervisor, in SPSR_EL2
 *   TIMER, GIC   the hypervisor, with the VTL's timer or GIC CPU interface
 *   SERROR   the hypervisor, while an SError waits for one of the VTLs
 *   LAZY     the hypervisor, at VTL2's first use of FP and SIMD after an entry, and at the return then
 *   HELD     VTL0's stays in the CPU; VTL2 is not offered the feature and finds zero or an undefined access
 *   VTL2     VTL2 saves it after an entry and loads it before the return
 *   GUARD    VTL2 turns it off at its entry and back on before the return
 *   TRAP     the hypervisor, on each access
 */
#define REGISTER_SAVERS(X) \
    X(NONE)                \
    X(SWITCH) X(EXIT) X(PSTATE) X(TIMER) X(GIC) X(SERROR) X(LAZY) X(HELD) X(VTL2) X(GUARD) X(TRAP)

/* access: RW, RO, WO; EL2: named only at EL2 (at EL1 it is SP); DEBUG_STATE: only in debug state. */
#define REGISTER_ACCESSES(X) X(RW) X(RO) X(WO) X(EL2) X(DEBUG_STATE)

/*
 * feature: what brings the register, and where ID registers tell of it: word, ID register, shift, least value.
 * AUXILIARY: on every CPU, and nothing but zero on most: its contents are IMPLEMENTATION DEFINED.
 */
#define REGISTER_FEATURES(X)                   \
    X(BASE, none, 0, 0)                        \
    X(DEBUG, none, 0, 0)                       \
    X(AUXILIARY, none, 0, 0)                   \
    X(GIC, id_aa64pfr0_el1, 24, 1)             \
    X(CCIDX, id_aa64mmfr2_el1, 20, 1)          \
    X(RNG, id_aa64isar0_el1, 60, 1)            \
    X(PAN, id_aa64mmfr1_el1, 20, 1)            \
    X(UAO, id_aa64mmfr2_el1, 4, 1)             \
    X(DIT, id_aa64pfr0_el1, 48, 1)             \
    X(SSBS, id_aa64pfr1_el1, 4, 2)             \
    X(MTE_INSTRUCTIONS, id_aa64pfr1_el1, 8, 1) \
    X(MTE, id_aa64pfr1_el1, 8, 2)              \
    X(PAUTH, id_aa64isar1_el1, 4, 1)           \
    X(SVE, id_aa64pfr0_el1, 32, 1)             \
    X(SME, id_aa64pfr1_el1, 24, 1)             \
    X(ECV, id_aa64mmfr0_el1, 60, 1)            \
    X(PMU, id_aa64dfr0_el1, 8, 1)              \
    X(SPE, id_aa64dfr0_el1, 32, 1)             \
    X(TRBE, id_aa64dfr0_el1, 44, 1)            \
    X(TRF, id_aa64dfr0_el1, 40, 1)             \
    X(BRBE, id_aa64dfr0_el1, 52, 1)            \
    X(RAS, id_aa64pfr0_el1, 28, 1)             \
    X(AMU, id_aa64pfr0_el1, 44, 1)             \
    X(MPAM, id_aa64pfr0_el1, 40, 1)            \
    X(SCXT, id_aa64pfr0_el1, 56, 2)            \
    X(NMI, id_aa64pfr1_el1, 36, 1)             \
    X(GCS, id_aa64pfr1_el1, 44, 1)             \
    X(THE, id_aa64pfr1_el1, 48, 1)             \
    X(PFAR, id_aa64pfr1_el1, 60, 1)            \
    X(FPMR, id_aa64pfr2_el1, 32, 1)            \
    X(LOR, id_aa64mmfr1_el1, 16, 1)            \
    X(LS64, id_aa64isar1_el1, 60, 3)           \
    X(TCR2, id_aa64mmfr3_el1, 0, 1)            \
    X(SCTLR2, id_aa64mmfr3_el1, 4, 1)          \
    X(S1PIE, id_aa64mmfr3_el1, 8, 1)           \
    X(S1POE, id_aa64mmfr3_el1, 16, 1)          \
    X(AIE, id_aa64mmfr3_el1, 24, 1)            \
    X(DEBUGV8P9, id_aa64dfr0_el1, 0, 11)       \
    X(PMUV3P9, id_aa64dfr0_el1, 8, 9)          \
    X(EBEP, id_aa64dfr1_el1, 48, 1)            \
    X(STEP2, id_aa64dfr2_el1, 0, 1)            \
    X(ITE, id_aa64dfr1_el1, 44, 1)

/* source: why the row is as it is. */
#define REGISTER_SOURCES(X)                                                                                         \
    X(TLFS_PRIVATE, "TLFS vsm, Private State (ARM64)")                                                              \
    X(TLFS_SHARED, "TLFS vsm, Shared State (ARM64)")                                                                \
    X(TLFS_X29, "TLFS vsm, Private State; public code has it shared: either is right (C1)")                         \
    X(TLFS_UPPER_Z,                                                                                                 \
      "TLFS vsm, Private State; its warning that upper Z bits may be lost is not used (C4)")                        \
    X(TLFS_SME, "TLFS vsm, Private State: SME state, read as all of it (C5)")                                       \
    X(TLFS_SPE, "TLFS vsm, Shared State: SPE (C6)")                                                                 \
    X(ARM_STATELESS, "Arm ARM: the same for all software, not writable")                                            \
    X(ARM_VIEW, "Arm ARM: a view of private state")                                                                 \
    X(HERE_EL1,                                                                                                     \
      "decided here: no source says (C8); state of EL1 and EL0 belongs to the VTL like its neighbours")             \
    X(HERE_PAUTH,                                                                                                   \
      "decided here: no source says (C8); a key that VTL0 could read or set signs nothing")                         \
    X(HERE_MTE, "decided here: tags would be memory state that both VTLs can write; hidden")                        \
    X(HERE_ACTLR,                                                                                                   \
      "decided here: TLFS has it private; it is IMPLEMENTATION DEFINED and may be the whole core's: reads as zero") \
    X(HERE_CNTP, "decided here: no source says (C8); the hypervisor emulates one for each VTL")                     \
    X(HERE_RAS,                                                                                                     \
      "decided here: no source says (C8); no error records, so that VTL0 can raise none against VTL2")              \
    X(HERE_BUFFER, "decided here: no source says; as SPE (C6)")                                                     \
    X(HERE_HIDDEN, "decided here: no source says; not offered until its state is switched")

enum register_class {
#define X(word) REGISTER_CLASS_##word,
    REGISTER_CLASSES(X)
#undef X
};

enum register_saver {
#define X(word) REGISTER_SAVER_##word,
    REGISTER_SAVERS(X)
#undef X
};

enum register_access {
#define X(word) REGISTER_ACCESS_##word,
    REGISTER_ACCESSES(X)
#undef X
};

enum register_feature {
#define X(word, id, shift, least) REGISTER_FEATURE_##word,
    REGISTER_FEATURES(X)
#undef X
};

/* The register as an operand of MRS and MSR: any assembler takes it, whatever it knows by name. */
#define REGISTER_OPERAND(op0, op1, crn, crm, op2) "S" #op0 "_" #op1 "_C" #crn "_C" #crm "_" #op2

/* The register as ESR_ELx.ISS of class 0x18 names it, Rt and direction clear (Arm ARM D19.2.37). */
#define REGISTER_ISS(op0, op1, crn, crm, op2)                                      \
    (((uint32_t)(op0) << 20) | ((uint32_t)(op2) << 17) | ((uint32_t)(op1) << 14) | \
     ((uint32_t)(crn) << 10) | ((uint32_t)(crm) << 1))
#define REGISTER_ISS_MASK UINT32_C(0x3ffc1e)

#endif /* VTL_ABI_REGISTERS_H */
