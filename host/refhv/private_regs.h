/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EL1 and EL0 registers that a VTL switch saves and restores: the private ones of TLFS vsm "Private State"
 * (ARM64), one row each: field, encoding, Hyper-V register number (0: none published), reset value.
 * The general timer and GIC registers have their own places (timer.h, gic.h).
 */
#ifndef REFHV_PRIVATE_REGS_H
#define REFHV_PRIVATE_REGS_H

#include "arm64.h"
#include "hv_register.h"

#include <stdint.h>

/*
 * On every Armv8.0 core. FPCR and FPSR go by their encodings: under -mgeneral-regs-only newer clangs don't know
 * their names.
 */
#define PRIVATE_REGS_BASE(ROW)                                         \
    ROW(sp_el0, sp_el0, HV_REGISTER_SP_EL0, 0)                         \
    ROW(sp_el1, sp_el1, HV_REGISTER_SP_EL1, 0)                         \
    ROW(sctlr_el1, sctlr_el1, HV_REGISTER_SCTLR_EL1, SCTLR_RES1)       \
    ROW(actlr_el1, actlr_el1, HV_REGISTER_ACTLR_EL1, 0)                \
    ROW(cpacr_el1, cpacr_el1, HV_REGISTER_CPACR_EL1, 0)                \
    ROW(ttbr0_el1, ttbr0_el1, HV_REGISTER_TTBR0_EL1, 0)                \
    ROW(ttbr1_el1, ttbr1_el1, HV_REGISTER_TTBR1_EL1, 0)                \
    ROW(tcr_el1, tcr_el1, HV_REGISTER_TCR_EL1, 0)                      \
    ROW(esr_el1, esr_el1, HV_REGISTER_ESR_EL1, 0)                      \
    ROW(far_el1, far_el1, HV_REGISTER_FAR_EL1, 0)                      \
    ROW(par_el1, par_el1, HV_REGISTER_PAR_EL1, 0)                      \
    ROW(mair_el1, mair_el1, HV_REGISTER_MAIR_EL1, 0)                   \
    ROW(vbar_el1, vbar_el1, HV_REGISTER_VBAR_EL1, 0)                   \
    ROW(contextidr_el1, contextidr_el1, HV_REGISTER_CONTEXTIDR_EL1, 0) \
    ROW(tpidr_el1, tpidr_el1, HV_REGISTER_TPIDR_EL1, 0)                \
    ROW(tpidrro_el0, tpidrro_el0, HV_REGISTER_TPIDRRO_EL0, 0)          \
    ROW(tpidr_el0, tpidr_el0, HV_REGISTER_TPIDR_EL0, 0)                \
    ROW(fpcr, s3_3_c4_c4_0, HV_REGISTER_FPCR, 0)                       \
    ROW(fpsr, s3_3_c4_c4_1, HV_REGISTER_FPSR, 0)                       \
    ROW(spsr_el1, spsr_el1, HV_REGISTER_SPSR_EL1, 0)                   \
    ROW(elr_el1, elr_el1, HV_REGISTER_ELR_EL1, 0)                      \
    ROW(afsr0_el1, afsr0_el1, HV_REGISTER_AFSR0_EL1, 0)                \
    ROW(afsr1_el1, afsr1_el1, 0, 0)                                    \
    ROW(amair_el1, amair_el1, HV_REGISTER_AMAIR_EL1, 0)                \
    ROW(csselr_el1, csselr_el1, HV_REGISTER_CSSELR_EL1, 0)             \
    ROW(mdscr_el1, mdscr_el1, 0, 0)

/* FEAT_PAuth. Register numbers: TLFS datatypes/hv_register_name, ARM64. */
#define PRIVATE_REGS_PAUTH(ROW)               \
    ROW(apiakeylo, s3_0_c2_c1_0, 0x4002du, 0) \
    ROW(apiakeyhi, s3_0_c2_c1_1, 0x4002cu, 0) \
    ROW(apibkeylo, s3_0_c2_c1_2, 0x4002fu, 0) \
    ROW(apibkeyhi, s3_0_c2_c1_3, 0x4002eu, 0) \
    ROW(apdakeylo, s3_0_c2_c2_0, 0x40027u, 0) \
    ROW(apdakeyhi, s3_0_c2_c2_1, 0x40026u, 0) \
    ROW(apdbkeylo, s3_0_c2_c2_2, 0x40029u, 0) \
    ROW(apdbkeyhi, s3_0_c2_c2_3, 0x40028u, 0) \
    ROW(apgakeylo, s3_0_c2_c3_0, 0x4002bu, 0) \
    ROW(apgakeyhi, s3_0_c2_c3_1, 0x4002au, 0)

struct private_regs {
#define ROW(field, encoding, number, reset) uint64_t field;
    PRIVATE_REGS_BASE(ROW)
    PRIVATE_REGS_PAUTH(ROW)
#undef ROW
};

#endif /* REFHV_PRIVATE_REGS_H */
