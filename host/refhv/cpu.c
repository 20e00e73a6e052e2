/* SPDX-License-Identifier: BSD-3-Clause */
#include "cpu.h"

#include "arm64.h"
#include "el2_regs.h"
#include "vp.h"

struct cpu_features cpu;

extern const uint8_t refhv_vectors[];

/* PMUVer, ID_AA64DFR0_EL1[11:8]: FEAT_PMUv3p1 has MDCR_EL2.HPMD, FEAT_PMUv3p5 HCCD; 0xf is no PMUv3. */
#define PMU_P1 4u
#define PMU_P5 6u
#define PMU_OTHER 15u

static void features_probe(void)
{
    const uint64_t pfr0 = read_id_aa64pfr0_el1();
    const uint64_t pfr1 = read_id_aa64pfr1_el1();
    const uint64_t isar1 = read_id_aa64isar1_el1();
    const uint64_t isar2 = read_id_aa64isar2_el1();
    const uint64_t pmu = ID_FIELD(read_id_aa64dfr0_el1(), 8);

    cpu.aarch32_el0 = ID_FIELD(pfr0, 0) == 2;
    cpu.sve = ID_FIELD(pfr0, 32) != 0;
    cpu.sme = ID_FIELD(pfr1, 24) != 0;
    cpu.fa64 = cpu.sme && read_id_aa64smfr0_el1() >> 63 != 0;
    cpu.mte = ID_FIELD(pfr1, 8) >= 2;
    cpu.ssbs = ID_FIELD(pfr1, 4) != 0;
    cpu.pan = ID_FIELD(read_id_aa64mmfr1_el1(), 20) != 0;
    cpu.ras = ID_FIELD(pfr0, 28) != 0;
    cpu.pmu = pmu != 0 && pmu != PMU_OTHER;
    cpu.pauth = ID_FIELD(isar1, 4) != 0 || ID_FIELD(isar1, 8) != 0 || ID_FIELD(isar2, 12) != 0;
}

/* Most cores have nothing in these IMPLEMENTATION DEFINED registers: what takes no one holds no state of a VTL. */
static void auxiliary_probe(void)
{
    write_afsr0_el1(~UINT64_C(0));
    write_afsr1_el1(~UINT64_C(0));
    write_amair_el1(~UINT64_C(0));
    isb();
    cpu.auxiliary = (read_afsr0_el1() | read_afsr1_el1() | read_amair_el1()) != 0;
    write_afsr0_el1(0);
    write_afsr1_el1(0);
    write_amair_el1(0);
}

static void switched_choose(void)
{
    cpu.switched = (cpu.pauth ? CPU_PAUTH : 0) | (cpu.auxiliary ? CPU_AUXILIARY : 0) |
                   (cpu.pmu ? CPU_PMU : 0) | (cpu.ras ? CPU_RAS : 0) | (cpu.sme ? CPU_SME : 0);
}

/* What is undefined in both VTLs, and what VTL2 does not have besides (Arm ARM D19.2.34 CPTR_EL2, D19.3.18 MDCR_EL2). */
static void traps_choose(void)
{
    const uint64_t pfr0 = read_id_aa64pfr0_el1();
    const uint64_t dfr0 = read_id_aa64dfr0_el1();
    const uint64_t pmu = cpu.pmu ? ID_FIELD(dfr0, 8) : 0;
    struct cpu_traps *vtl0 = &cpu.traps[SLOT_VTL0];
    struct cpu_traps *vtl2 = &cpu.traps[SLOT_VTL2];

    vtl0->vttbr = stage2_vttbr(SLOT_VTL0);
    vtl2->vttbr = stage2_vttbr(SLOT_VTL2);
    vtl0->cptr = CPTR_RES1 & ~(cpu.sve ? CPTR_TZ : 0) & ~(cpu.sme ? CPTR_TSM : 0);
    vtl0->cptr |= ID_FIELD(dfr0, 4) != 0 ? CPTR_TTA : 0;
    vtl0->cptr |= ID_FIELD(pfr0, 44) != 0 ? CPTR_TAM : 0;
    vtl2->cptr = vtl0->cptr | CPTR_TZ | CPTR_TSM | (cpu_lends_fp() ? CPTR_TFP : 0);
    /* All PMU counters are VTL0's: HPMN keeps its reset value, their number. They don't count what EL2 does. */
    vtl0->mdcr = read_mdcr_el2() & MDCR_HPMN_MASK;
    vtl0->mdcr |= (pmu >= PMU_P1 ? MDCR_HPMD : 0) | (pmu >= PMU_P5 ? MDCR_HCCD : 0);
    vtl0->mdcr |= ID_FIELD(dfr0, 32) != 0 ? MDCR_TPMS : 0;
    vtl0->mdcr |= ID_FIELD(dfr0, 40) != 0 ? MDCR_TTRF : 0;
    vtl2->mdcr = vtl0->mdcr | MDCR_TPM | MDCR_TPMCR | MDCR_TDA | MDCR_TDOSA | MDCR_TDRA;
}

/* Vector lengths: as long as the CPU has; LEN is clamped by hardware. */
static void vector_length_init(void)
{
    write_cptr_el2(cpu.traps[SLOT_VTL0].cptr);
    isb();
    if (cpu.sve) {
        write_zcr_el2(0xf);
    }
    if (cpu.sme) {
        const uint64_t fa64 = UINT64_C(1) << 31;
        const uint64_t ezt0 = UINT64_C(1) << 30;
        write_smcr_el2(0xf | fa64 | ezt0);
    }
}

/* Bits that trap while zero keep what registers.def calls absent undefined: TCR2, PIR, POR, GCS, BRB*, and so on. */
static void fine_grained_init(void)
{
    const uint64_t level = ID_FIELD(read_id_aa64mmfr0_el1(), 56);

    if (level != 0) {
        const uint64_t open = cpu.sme ? HFGXTR_NSMPRI | HFGXTR_NTPIDR2 : 0;
        write_hfgrtr_el2(open);
        write_hfgwtr_el2(open);
        write_hfgitr_el2(0);
        write_hdfgrtr_el2(0);
        write_hdfgwtr_el2(0);
    }
    if (level >= 2) {
        write_hfgrtr2_el2(0);
        write_hfgwtr2_el2(0);
        write_hfgitr2_el2(0);
        write_hdfgrtr2_el2(0);
        write_hdfgwtr2_el2(0);
    }
    if (ID_FIELD(read_id_aa64mmfr1_el1(), 40) != 0) {
        const uint64_t copies = ID_FIELD(read_id_aa64isar2_el1(), 16) != 0 ? HCRX_MSCEN : 0;
        const uint64_t nmi = ID_FIELD(read_id_aa64pfr1_el1(), 36) != 0 ? HCRX_TALLINT : 0;
        write_hcrx_el2(copies | nmi);
    }
    if (ID_FIELD(read_id_aa64pfr0_el1(), 40) != 0) {
        write_mpam2_el2(MPAM2_TRAPS);
    }
}

static uint64_t hcr_choose(void)
{
    uint64_t hcr = HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TWI | HCR_TID3 | HCR_TSC |
                   HCR_TIDCP | HCR_TACR | HCR_RW;

    if (ID_FIELD(read_id_aa64mmfr1_el1(), 16) != 0) {
        hcr |= HCR_TLOR;
    }
    if (cpu.ras) {
        hcr |= HCR_TERR;
    }
    if (cpu.mte) {
        hcr |= HCR_TID5;
    }
    if (cpu.pauth) {
        hcr |= HCR_APK | HCR_API;
    }
    return hcr;
}

void cpu_init(struct vp *vp)
{
    if (vp->index == 0) {
        features_probe();
        auxiliary_probe();
        switched_choose();
        traps_choose();
    }
    write_tpidr_el2((uint64_t)(uintptr_t)vp);
    write_vbar_el2((uint64_t)(uintptr_t)refhv_vectors);
    write_vpidr_el2(read_midr_el1());
    vp->mpidr = read_mpidr_el1();
    vp->x29_x30_private = !machine.options.x29_x30_shared;
    write_vmpidr_el2(vp->mpidr);
    write_hstr_el2(0);
    write_mdcr_el2(cpu.traps[SLOT_VTL0].mdcr);
    vector_length_init();
    fine_grained_init();
    if (cpu.ras) {
        write_vdisr_el2(0);
        write_vsesr_el2(0);
    }
    write_hcr_el2(hcr_choose());
    isb();
}

uint64_t cpu_guest_pstate(uint64_t pstate)
{
    const uint64_t mode = pstate & (PSTATE_AARCH32 | PSTATE_MODE_MASK);

    if (mode == PSTATE_EL1H || mode == PSTATE_EL0T || mode == PSTATE_EL1T ||
        (mode == PSTATE_AARCH32 && cpu.aarch32_el0)) {
        return pstate;
    }
    return (pstate & ~(PSTATE_AARCH32 | PSTATE_MODE_MASK)) | PSTATE_EL1H | PSTATE_IL;
}
