/* SPDX-License-Identifier: BSD-3-Clause */
#include "cpu.h"

#include "arm64.h"
#include "el2_regs.h"
#include "vp.h"

struct cpu_features cpu;

extern const uint8_t refhv_vectors[];

static void features_probe(void)
{
    const uint64_t pfr0 = read_id_aa64pfr0();
    const uint64_t pfr1 = read_id_aa64pfr1();
    const uint64_t isar1 = read_id_aa64isar1();
    const uint64_t isar2 = read_id_aa64isar2();

    cpu.aarch32_el0 = ID_FIELD(pfr0, 0) == 2;
    cpu.sve = ID_FIELD(pfr0, 32) != 0;
    cpu.sme = ID_FIELD(pfr1, 24) != 0;
    cpu.mte = ID_FIELD(pfr1, 8) >= 2;
    cpu.ssbs = ID_FIELD(pfr1, 4) != 0;
    cpu.pan = ID_FIELD(read_id_aa64mmfr1(), 20) != 0;
    cpu.pauth = ID_FIELD(isar1, 4) != 0 || ID_FIELD(isar1, 8) != 0 || ID_FIELD(isar2, 12) != 0;
    cpu.cptr = CPTR_RES1 & ~(cpu.sve ? CPTR_TZ : 0) & ~(cpu.sme ? CPTR_TSM : 0);
    /* All PMU counters stay the guest's: HPMN keeps its reset value, the number of counters. */
    cpu.mdcr = read_mdcr_el2() & MDCR_HPMN_MASK;
}

/* Vector lengths: as long as the CPU has; LEN is clamped by hardware. */
static void vector_length_init(void)
{
    write_cptr_el2(cpu.cptr);
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

static void fine_grained_init(void)
{
    if (ID_FIELD(read_id_aa64mmfr0(), 56) != 0) {
        const uint64_t open = cpu.sme ? HFGXTR_NSMPRI | HFGXTR_NTPIDR2 : 0;
        write_hfgrtr_el2(open);
        write_hfgwtr_el2(open);
        write_hfgitr_el2(0);
        write_hdfgrtr_el2(0);
        write_hdfgwtr_el2(0);
    }
    if (ID_FIELD(read_id_aa64mmfr1(), 40) != 0) {
        write_hcrx_el2(ID_FIELD(read_id_aa64isar2(), 16) != 0 ? HCRX_MSCEN : 0);
    }
}

void cpu_init(struct vp *vp)
{
    if (vp->index == 0) {
        features_probe();
    }
    write_tpidr_el2((uint64_t)(uintptr_t)vp);
    write_vbar_el2((uint64_t)(uintptr_t)refhv_vectors);
    write_vpidr_el2(read_midr_el1());
    vp->mpidr = read_mpidr_el1();
    write_vmpidr_el2(vp->mpidr);
    write_hstr_el2(0);
    write_mdcr_el2(cpu.mdcr);
    vector_length_init();
    fine_grained_init();

    uint64_t hcr = HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TWI | HCR_TID3 | HCR_TSC |
                   HCR_TIDCP | HCR_RW;
    if (ID_FIELD(read_id_aa64mmfr1(), 16) != 0) {
        hcr |= HCR_TLOR;
    }
    if (cpu.pauth) {
        hcr |= HCR_APK | HCR_API;
    }
    write_hcr_el2(hcr);
    isb();
}

void cpu_trap_vtl(unsigned slot)
{
    if (slot == SLOT_VTL2) {
        write_cptr_el2(cpu.cptr | CPTR_TZ | CPTR_TSM);
        write_mdcr_el2(cpu.mdcr | MDCR_TPM | MDCR_TPMCR | MDCR_TDA | MDCR_TDOSA | MDCR_TDRA);
    } else {
        write_cptr_el2(cpu.cptr);
        write_mdcr_el2(cpu.mdcr);
    }
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
