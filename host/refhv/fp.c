/* SPDX-License-Identifier: BSD-3-Clause */
#include "fp.h"

#include "arm64.h"
#include "cpu.h"
#include "el2_regs.h"
#include "fp_registers.h"
#include "mutation.h"
#include "vp.h"

#include <stddef.h>
#include <string.h>

_Static_assert(offsetof(struct fp_area, p) == 8192, "P_OFFSET of fp.S");

#define UNDEFINED_SYNDROME (((uint64_t)ESR_EC_UNKNOWN << ESR_EC_SHIFT) | ESR_IL)

#define SVCR_SM UINT64_C(1)

/* What VTL0 has beyond Q0 to Q31, while VTL2 uses the unit. */
struct fp_state {
    bool
        vectors; /* area holds Z, P and FFR; else the CPU has none outside streaming mode, and VTL0 was outside */
    bool ffr;       /* FFR too: not in streaming mode without FEAT_SME_FA64 */
    bool streaming; /* PSTATE.SM. ZA stays in the CPU: VTL2 has no instruction that reaches it */
    uint64_t vector_bytes;
    struct fp_area area;
};

static struct fp_state states[MACHINE_CPU_MAX];

static uint64_t svcr(void)
{
    return cpu.sme ? read_svcr() : 0;
}

/* A write of PSTATE.SM that changes it zeroes Z, P and FFR, and sets FPSR (Arm ARM, ResetSVEState). */
static void streaming_set(bool on)
{
    const uint64_t fpsr = read_fpsr();

    write_svcr((read_svcr() & ~SVCR_SM) | (on ? SVCR_SM : 0));
    isb();
    write_fpsr(fpsr);
}

/* refhv_mutant loses what belongs to the broken row. */
static void mutate(struct fp_state *state)
{
    if (BROKEN(z0)) {
        memset(state->area.z, 0x5a, sizeof(state->area.z));
    }
    if (BROKEN(p0)) {
        memset(state->area.p, 0x5a, FP_PREDICATE_COUNT * state->vector_bytes / 8);
    }
    if (BROKEN(ffr)) {
        memset(state->area.p + FP_PREDICATE_COUNT * state->vector_bytes / 8, 0,
               state->vector_bytes / 8);
    }
    if (BROKEN(svcr)) {
        state->streaming = false;
    }
}

/* The unit is open at EL2 from here to the eret, and to VTL2 after it, SVE and SME excepted. */
static void take(struct vp *vp)
{
    struct fp_state *state = &states[vp->index];

    (void)fp_open();
    state->streaming = (svcr() & SVCR_SM) != 0;
    state->vectors = cpu.sve || state->streaming;
    state->ffr = cpu.sve && (!state->streaming || cpu.fa64);
    if (state->vectors) {
        state->vector_bytes = fp_sve_save(&state->area, state->ffr);
    }
    if (state->streaming) {
        streaming_set(false);
        fp_q_load(state->area.z, state->vector_bytes);
    }
    mutate(state);
    fp_close(cpu.traps[SLOT_VTL2].cptr & ~CPTR_TFP);
    vp->unusual |= VP_FP_LENT;
}

void fp_trap(struct vp *vp, uint64_t esr)
{
    (void)esr;
    if (vp->active == SLOT_VTL2 && cpu_lends_fp() && (vp->unusual & VP_FP_LENT) == 0) {
        take(vp);
    } else {
        exception_inject(vp, UNDEFINED_SYNDROME, 0);
    }
}

void fp_give_back(struct vp *vp)
{
    struct fp_state *state = &states[vp->index];

    if (state->vectors) {
        fp_q_save(state->area.z, state->vector_bytes);
    }
    if (state->streaming) {
        streaming_set(true);
    }
    if (state->vectors) {
        fp_sve_load(&state->area, state->ffr);
    }
    vp->unusual &= ~VP_FP_LENT;
}

void fp_reset(struct vp *vp)
{
    const uint64_t closed = fp_open();

    states[vp->index].vectors = false;
    states[vp->index].streaming = false;
    if (cpu.sme) {
        write_svcr(0);
    }
    fp_close(closed);
}

void fp_q_get(struct vp *vp, unsigned n, struct hv_register_value *value)
{
    struct hv_register_value all[FP_VECTOR_COUNT];
    const uint64_t closed = fp_open();

    (void)vp;
    fp_q_save(all, sizeof(all[0]));
    fp_close(closed);
    *value = all[n];
}

/* A write to Qn zeroes the rest of Zn: VTL0's rest is put away meanwhile, as if VTL2 wrote. */
void fp_q_set(struct vp *vp, unsigned n, const struct hv_register_value *value)
{
    struct hv_register_value all[FP_VECTOR_COUNT];
    const uint64_t closed = fp_open();
    const bool lend = cpu_lends_fp() && (vp->unusual & VP_FP_LENT) == 0;

    if (lend) {
        take(vp);
        (void)fp_open();
    }
    fp_q_save(all, sizeof(all[0]));
    all[n] = *value;
    fp_q_load(all, sizeof(all[0]));
    if (lend) {
        const uint64_t fpsr = read_fpsr();
        fp_give_back(vp);
        write_fpsr(fpsr);
    }
    fp_close(closed);
}
