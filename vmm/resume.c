/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Moves VTL0 past an instruction, or into an exception: the only code that writes its PC.
 */
#include "resume.h"

/* AArch32: T32 state, and ITSTATE in its two pieces (DDI 0487 C5.2.19, G1.2.5). */
#define PSTATE32_T (UINT64_C(1) << 5)
#define PSTATE32_IT_LOW_SHIFT 25
#define PSTATE32_IT_HIGH_SHIFT 10
#define PSTATE32_IT_MASK (UINT64_C(3) << PSTATE32_IT_LOW_SHIFT | UINT64_C(0x3f) << 10)

/* ITAdvance() of the Arm ARM: one instruction of the IT block is done. */
static uint64_t it_advance(uint64_t pstate)
{
    uint64_t it =
        ((pstate >> PSTATE32_IT_LOW_SHIFT) & 3) | ((pstate >> PSTATE32_IT_HIGH_SHIFT) & 0x3f) << 2;

    it = (it & 7) == 0 ? 0 : (it & 0xe0) | ((it << 1) & 0x1f);
    return (pstate & ~PSTATE32_IT_MASK) | (it & 3) << PSTATE32_IT_LOW_SHIFT |
           (it >> 2) << PSTATE32_IT_HIGH_SHIFT;
}

/* PSTATE as it is after an instruction that is no branch: BTYPE and the single-step bit clear. */
static uint64_t pstate_after(uint64_t pstate)
{
    pstate &= ~PSTATE_SS;
    if ((pstate & PSTATE_AARCH32) == 0) {
        return pstate & ~PSTATE_BTYPE_MASK;
    }
    return (pstate & PSTATE32_T) != 0 ? it_advance(pstate) : pstate;
}

enum pv_status resume_advance(struct vtl_vp *vp, const struct vtl_exit *exit)
{
    uint64_t pstate = pstate_after(exit->pstate);
    uint64_t pc = exit->pc.raw + 4;

    if ((exit->pstate & PSTATE_AARCH32) != 0) {
        pc = (exit->pc.raw + (exit->instruction_bytes == 2 ? 2u : 4u)) & UINT64_C(0xffffffff);
    }
    if (pstate != exit->pstate) {
        enum pv_status status = vtl_register_set(vp, VTL_PSTATE, pstate);

        if (status != PV_OK) {
            return status;
        }
    }
    return vtl_pc_set(vp, gva(pc));
}

enum pv_status resume_abort(struct vtl_vp *vp, const struct vtl_exit *exit)
{
    /* "Synchronous External abort, not on translation table walk": also for a walk (S1PTW), since
     * what the exit holds is the level of stage 2, not the level of the walk. */
    uint64_t iss = ESR_FSC_EXTERNAL;
    uint64_t ec = ESR_EC_DATA_ABORT;

    if (exit->memory.access == VTL_EXECUTE) {
        ec = ESR_EC_INSTR_ABORT;
    } else {
        iss |= exit->memory.esr & (ESR_WNR | ESR_CM);
    }
    if (!exit->memory.gva_valid) {
        iss |= ESR_FNV;
    }
    return vtl_exception_inject(vp, ec << ESR_EC_SHIFT | ESR_IL | iss,
                                exit->memory.gva_valid ? exit->memory.gva : gva(0));
}

enum pv_status resume_undefined(struct vtl_vp *vp)
{
    return vtl_exception_inject(vp, (uint64_t)ESR_EC_UNKNOWN << ESR_EC_SHIFT | ESR_IL, gva(0));
}
