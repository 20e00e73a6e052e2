/* SPDX-License-Identifier: BSD-3-Clause */
/* Exceptions that refhv puts on the active VTL, as hardware would take them to EL1 (Arm ARM D1.3.2). */
#include "arm64.h"
#include "cpu.h"
#include "el2_regs.h"
#include "vp.h"

/* Offset of the synchronous vector by where the exception comes from (Arm ARM table D1-6). */
static uint64_t vector_offset(uint64_t pstate)
{
    if ((pstate & PSTATE_AARCH32) != 0) {
        return 0x600;
    }
    switch (pstate & PSTATE_MODE_MASK) {
    case PSTATE_EL0T:
        return 0x400;
    case PSTATE_EL1T:
        return 0x000;
    default:
        return 0x200;
    }
}

/* PSTATE on taking an exception to EL1 (Arm ARM, AArch64.TakeException). */
static uint64_t entry_pstate(uint64_t old)
{
    const uint64_t sctlr = read_sctlr_el1();
    uint64_t pstate =
        (old & (PSTATE_NZCV_MASK | PSTATE_DIT | PSTATE_PAN)) | PSTATE_DAIF | PSTATE_EL1H;

    if ((old & PSTATE_AARCH32) != 0) {
        pstate &= ~PSTATE_DIT;
    }
    if (cpu.pan && (sctlr & SCTLR_SPAN) == 0) {
        pstate |= PSTATE_PAN;
    }
    if (cpu.ssbs && (sctlr & SCTLR_DSSBS) != 0) {
        pstate |= PSTATE_SSBS;
    }
    if (cpu.mte) {
        pstate |= PSTATE_TCO;
    }
    return pstate;
}

/* Aborts come with the current-EL class; from EL0 hardware reports the lower-EL one. */
static uint64_t syndrome_for(uint64_t esr, bool from_el0)
{
    const uint64_t class = ESR_EC(esr);

    if (from_el0 && (class == ESR_EC_DATA_ABORT || class == ESR_EC_INSTR_ABORT)) {
        return esr - (UINT64_C(1) << ESR_EC_SHIFT);
    }
    return esr;
}

void exception_inject(struct vp *vp, uint64_t esr, uint64_t far)
{
    const bool from_el0 = PSTATE_EL(vp->pstate) == 0;

    write_esr_el1(syndrome_for(esr, from_el0));
    write_far_el1(far);
    write_elr_el1(vp->pc);
    write_spsr_el1(vp->pstate);
    vp->pc = read_vbar_el1() + vector_offset(vp->pstate);
    vp->pstate = entry_pstate(vp->pstate);
}
