/* SPDX-License-Identifier: BSD-3-Clause */
/* EL2 registers that the core of refhv uses, and their fields. Source: Arm ARM DDI 0487K.a, D19.2. */
#ifndef REFHV_EL2_REGS_H
#define REFHV_EL2_REGS_H

#include "registers_el1.h"

SYSREG(esr_el2)
SYSREG(far_el2)
SYSREG(hpfar_el2)
SYSREG(hcr_el2)
SYSREG(cptr_el2)
SYSREG(mdcr_el2)
SYSREG(hstr_el2)
SYSREG(vbar_el2)
SYSREG(tpidr_el2)
SYSREG_AS(switched_vttbr, vttbr_el2)
SYSREG(vpidr_el2)
SYSREG(vmpidr_el2)
SYSREG_AS(hcrx_el2, s3_4_c1_c2_2)
SYSREG_AS(hfgrtr_el2, s3_4_c1_c1_4)
SYSREG_AS(hfgwtr_el2, s3_4_c1_c1_5)
SYSREG_AS(hfgitr_el2, s3_4_c1_c1_6)
SYSREG_AS(hdfgrtr_el2, s3_4_c3_c1_4)
SYSREG_AS(hdfgwtr_el2, s3_4_c3_c1_5)
SYSREG_AS(hfgrtr2_el2, s3_4_c3_c1_2)
SYSREG_AS(hfgwtr2_el2, s3_4_c3_c1_3)
SYSREG_AS(hfgitr2_el2, s3_4_c3_c1_7)
SYSREG_AS(hdfgrtr2_el2, s3_4_c3_c1_0)
SYSREG_AS(hdfgwtr2_el2, s3_4_c3_c1_1)
SYSREG_AS(mpam2_el2, s3_4_c10_c5_0)
SYSREG_AS(vsesr_el2, s3_4_c5_c2_3)
SYSREG_AS(vdisr_el2, s3_4_c12_c1_1)
SYSREG_AS(zcr_el2, s3_4_c1_c2_0)
SYSREG_AS(smcr_el2, s3_4_c1_c2_6)

#define HCR_VM (UINT64_C(1) << 0)
#define HCR_SWIO (UINT64_C(1) << 1)
#define HCR_FMO (UINT64_C(1) << 3)
#define HCR_IMO (UINT64_C(1) << 4)
#define HCR_AMO (UINT64_C(1) << 5)
#define HCR_VSE (UINT64_C(1) << 8)
#define HCR_TWI (UINT64_C(1) << 13)
#define HCR_TID3 (UINT64_C(1) << 18)
#define HCR_TSC (UINT64_C(1) << 19)
#define HCR_TIDCP (UINT64_C(1) << 20)
#define HCR_TACR (UINT64_C(1) << 21)
#define HCR_RW (UINT64_C(1) << 31)
#define HCR_TLOR (UINT64_C(1) << 35)
#define HCR_TERR (UINT64_C(1) << 36)
#define HCR_APK (UINT64_C(1) << 40)
#define HCR_API (UINT64_C(1) << 41)
#define HCR_TID5 (UINT64_C(1) << 58)
#define HCRX_TALLINT (UINT64_C(1) << 6)
#define HCRX_MSCEN (UINT64_C(1) << 11)

/* Traps of MPAM1_EL1, MPAM0_EL1 and MPAMIDR_EL1; MPAMSM_EL1's is while-zero. */
#define MPAM2_TRAPS ((UINT64_C(1) << 49) | (UINT64_C(1) << 48) | (UINT64_C(1) << 58))

/* E2H 0. Bits 8 and 12 are TZ and TSM where the CPU has SVE and SME. */
#define CPTR_RES1 UINT64_C(0x33ff)
#define CPTR_TZ (UINT64_C(1) << 8)
#define CPTR_TFP (UINT64_C(1) << 10)
#define CPTR_TSM (UINT64_C(1) << 12)
#define CPTR_TTA (UINT64_C(1) << 20)
#define CPTR_TAM (UINT64_C(1) << 30)

#define MDCR_HPMN_MASK UINT64_C(0x1f)
#define MDCR_TPMCR (UINT64_C(1) << 5)
#define MDCR_TPM (UINT64_C(1) << 6)
#define MDCR_TDA (UINT64_C(1) << 9)
#define MDCR_TDOSA (UINT64_C(1) << 10)
#define MDCR_TDRA (UINT64_C(1) << 11)
#define MDCR_TPMS (UINT64_C(1) << 14)
#define MDCR_HPMD (UINT64_C(1) << 17)
#define MDCR_TTRF (UINT64_C(1) << 19)
#define MDCR_HCCD (UINT64_C(1) << 23)

/* Fine-grained trap bits that trap while 0: TPIDR2_EL0, SMPRI_EL1. */
#define HFGXTR_NSMPRI (UINT64_C(1) << 54)
#define HFGXTR_NTPIDR2 (UINT64_C(1) << 55)

#define ID_FIELD(value, shift) (((value) >> (shift)) & 0xfu)

#endif /* REFHV_EL2_REGS_H */
