/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Architecture constants that both sides of the contract need: exception syndromes, PSTATE,
 * SCTLR_EL1.
 *
 * Source: Arm ARM (DDI 0487K.a), D19.2.37 ESR_EL1, C5.2.19 SPSR_EL1, D19.2.118 SCTLR_EL1, D19.2.99
 * MPIDR_EL1.
 */
#ifndef VTL_ABI_ARM64_H
#define VTL_ABI_ARM64_H

#include <stdint.h>

/* ESR_ELx. */
#define ESR_EC_SHIFT 26
#define ESR_EC_MASK UINT64_C(0x3f)
#define ESR_IL (UINT64_C(1) << 25)
#define ESR_ISS_MASK UINT64_C(0x1ffffff)
#define ESR_EC(esr) (((esr) >> ESR_EC_SHIFT) & ESR_EC_MASK)

#define ESR_EC_UNKNOWN 0x00u
#define ESR_EC_WFX 0x01u
#define ESR_EC_FP 0x07u
#define ESR_EC_SVC64 0x15u
#define ESR_EC_HVC64 0x16u
#define ESR_EC_SMC64 0x17u
#define ESR_EC_SYSREG 0x18u
#define ESR_EC_SVE 0x19u
#define ESR_EC_PAC_FAIL 0x1cu
#define ESR_EC_INSTR_ABORT_LOWER 0x20u
#define ESR_EC_INSTR_ABORT 0x21u
#define ESR_EC_DATA_ABORT_LOWER 0x24u
#define ESR_EC_DATA_ABORT 0x25u
#define ESR_EC_BRK64 0x3cu

/* Data and instruction aborts: ISS. */
#define ESR_ISV (UINT64_C(1) << 24)
#define ESR_SAS_SHIFT 22
#define ESR_SAS_MASK UINT64_C(0x3)
#define ESR_SSE (UINT64_C(1) << 21)
#define ESR_SRT_SHIFT 16
#define ESR_SRT_MASK UINT64_C(0x1f)
#define ESR_SF (UINT64_C(1) << 15)
#define ESR_FNV (UINT64_C(1) << 10)
#define ESR_CM (UINT64_C(1) << 8)
#define ESR_S1PTW (UINT64_C(1) << 7)
#define ESR_WNR (UINT64_C(1) << 6)
#define ESR_FSC_MASK UINT64_C(0x3f)
#define ESR_FSC_TYPE_MASK UINT64_C(0x3c)
#define ESR_FSC_TRANSLATION 0x04u
#define ESR_FSC_ACCESS 0x08u
#define ESR_FSC_PERMISSION 0x0cu
#define ESR_FSC_EXTERNAL 0x10u

/* PSTATE as SPSR_ELx holds it. */
#define PSTATE_MODE_MASK UINT64_C(0xf)
#define PSTATE_EL0T UINT64_C(0x0)
#define PSTATE_EL1T UINT64_C(0x4)
#define PSTATE_EL1H UINT64_C(0x5)
#define PSTATE_AARCH32 (UINT64_C(1) << 4)
#define PSTATE_F (UINT64_C(1) << 6)
#define PSTATE_I (UINT64_C(1) << 7)
#define PSTATE_A (UINT64_C(1) << 8)
#define PSTATE_D (UINT64_C(1) << 9)
#define PSTATE_DAIF (PSTATE_D | PSTATE_A | PSTATE_I | PSTATE_F)
#define PSTATE_BTYPE_MASK (UINT64_C(3) << 10)
#define PSTATE_SSBS (UINT64_C(1) << 12)
#define PSTATE_ALLINT (UINT64_C(1) << 13)
#define PSTATE_IL (UINT64_C(1) << 20)
#define PSTATE_SS (UINT64_C(1) << 21)
#define PSTATE_PAN (UINT64_C(1) << 22)
#define PSTATE_UAO (UINT64_C(1) << 23)
#define PSTATE_DIT (UINT64_C(1) << 24)
#define PSTATE_TCO (UINT64_C(1) << 25)
#define PSTATE_NZCV_MASK (UINT64_C(0xf) << 28)
#define PSTATE_EL(pstate) (((pstate) >> 2) & 3u)

/* SCTLR_EL1. */
#define SCTLR_M (UINT64_C(1) << 0)
#define SCTLR_C (UINT64_C(1) << 2)
#define SCTLR_SA (UINT64_C(1) << 3)
#define SCTLR_ITD (UINT64_C(1) << 7)
#define SCTLR_SED (UINT64_C(1) << 8)
#define SCTLR_I (UINT64_C(1) << 12)
#define SCTLR_WXN (UINT64_C(1) << 19)
#define SCTLR_SPAN (UINT64_C(1) << 23)
#define SCTLR_BT1 (UINT64_C(1) << 36)
#define SCTLR_DSSBS (UINT64_C(1) << 44)
/* RES1 on Armv8.0: LSMAOE, nTLSMD, SPAN, EIS, TSCXT, EOS. */
#define SCTLR_RES1 UINT64_C(0x30d00800)

/* MPIDR_EL1. */
#define MPIDR_RES1 (UINT64_C(1) << 31)
#define MPIDR_AFFINITY_MASK UINT64_C(0xff00ffffff)

#endif /* VTL_ABI_ARM64_H */
