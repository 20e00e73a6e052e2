/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The VTL switch: private state of the one VTL out of the hardware, that of the other in; shared state stays.
 * Which is which: TLFS vsm, "Private State" and "Shared State" (ARM64); see README.md for what TLFS leaves open.
 */
#include "cpu.h"
#include "el2_regs.h"
#include "fp.h"
#include "gic.h"
#include "hv_message.h"
#include "mutation.h"
#include "private_switch.h"
#include "timer_switch.h"
#include "vgic_switch.h"
#include "vp.h"

#define COLD __attribute__((noinline, cold)) static

#define PMCR_E UINT64_C(1)

/* The compiler counts from here on: near enough to load and store in pairs. */
ALWAYS_INLINE struct vtl_state *vtl_at(struct vp *vp, unsigned slot)
{
    struct vtl_state *vtl = &vp->vtl[slot];

    __asm__("" : "+r"(vtl));
    return vtl;
}

ALWAYS_INLINE void slot_save(struct vp *vp, unsigned slot, uint32_t has)
{
    struct vtl_state *vtl = vtl_at(vp, slot);

    /* All loads before all stores: the compiler can't know that the two don't overlap. */
    const uint64_t x18 = vp->x[18];
    const uint64_t x29 = vp->x[29];
    const uint64_t x30 = vp->x[30];
    const uint64_t pc = vp->pc;
    const uint64_t pstate = vp->pstate;

    vtl->x18 = x18;
    vtl->x29 = x29;
    vtl->x30 = x30;
    vtl->pc = pc;
    vtl->pstate = pstate;
    private_save(&vtl->regs, has);
    timer_save(vp, slot);
    vgic_save(vp, slot);
}

ALWAYS_INLINE void slot_load(struct vp *vp, unsigned slot, uint32_t has, const bool from_other)
{
    struct vtl_state *vtl = vtl_at(vp, slot);

    const uint64_t x18 = vtl->x18;
    const uint64_t x29 = vtl->x29;
    const uint64_t x30 = vtl->x30;
    const uint64_t pc = vtl->pc;
    const uint64_t pstate = vtl->pstate;

    vp->active = slot;
    if (!(from_other && BROKEN(x18))) {
        vp->x[18] = x18;
    }
    if (vp->x29_x30_private && !(from_other && BROKEN(x29))) {
        vp->x[29] = x29;
        vp->x[30] = x30;
    }
    if (!(from_other && BROKEN(pc))) {
        vp->pc = pc;
    }
    vp->pstate = MUTATED_PSTATE(pstate, from_other ? vp->pstate : pstate);
    private_load(&vtl->regs, has, from_other);
    timer_load(vp, slot);
    vgic_load(vp, slot);
}

/* What the running VTL may reach. In effect for EL2 after an isb, for a guest anyway. */
ALWAYS_INLINE void traps_set(unsigned slot)
{
    const struct cpu_traps traps = cpu.traps[slot];

    write_cptr_el2(traps.cptr);
    write_mdcr_el2(traps.mdcr);
    write_switched_vttbr(traps.vttbr);
}

/* ---- What is not usual ---- */

/* VTL0's counters stand still while VTL2 runs. */
COLD void pmu_pause(struct vp *vp, uint64_t pmcr)
{
    if (!BROKEN(pmcr_el0)) {
        write_pmcr_el0(pmcr & ~PMCR_E);
        vp->unusual |= VP_PMU_PAUSED;
    }
}

/* VTL0 gets back what it had before the entry. */
COLD void vtl2_undo(struct vp *vp)
{
    if ((vp->unusual & VP_FP_LENT) != 0) {
        fp_give_back(vp);
    }
    if ((vp->unusual & VP_PMU_PAUSED) != 0) {
        write_pmcr_el0(read_pmcr_el0() | PMCR_E);
        vp->unusual &= ~VP_PMU_PAUSED;
    }
}

static void pmu_reset(struct vp *vp)
{
    if (cpu.pmu) {
        write_pmcr_el0(read_pmcr_el0() & ~PMCR_E);
        vp->unusual &= ~VP_PMU_PAUSED;
    }
}

static void serror_save(struct vtl_serror *serror)
{
    serror->pending = (read_hcr_el2() & HCR_VSE) != 0;
    if (cpu.ras) {
        serror->syndrome = read_vsesr_el2();
        serror->deferred = read_vdisr_el2();
    }
}

static void serror_load(const struct vtl_serror *serror)
{
    const uint64_t hcr = read_hcr_el2() & ~HCR_VSE;

    write_hcr_el2(hcr | (serror->pending ? HCR_VSE : 0));
    if (cpu.ras) {
        write_vsesr_el2(serror->syndrome);
        write_vdisr_el2(serror->deferred);
    }
}

/* A virtual SError and DISR_EL1 are the VTL's to which they happened, until neither VTL has anything in them. */
COLD void serror_exchange(struct vp *vp, unsigned from, unsigned to)
{
    struct vtl_serror *saved = &vp->vtl[from].serror;
    const struct vtl_serror *loaded = &vp->vtl[to].serror;

    if (BROKEN(disr_el1)) {
        return;
    }
    serror_save(saved);
    serror_load(loaded);
    if (!saved->pending && !loaded->pending && (saved->deferred | loaded->deferred) == 0) {
        vp->unusual &= ~VP_SERROR;
    }
}

void switch_serror(struct vp *vp, uint64_t esr)
{
    if (cpu.ras) {
        write_vsesr_el2(esr & ESR_ISS_MASK);
    }
    write_hcr_el2(read_hcr_el2() | HCR_VSE);
    vp->unusual |= VP_SERROR;
}

/* DISR_EL1, which EL1 may write at any time, is VDISR_EL2 to a guest (Arm ARM, HCR_EL2.AMO). */
ALWAYS_INLINE bool deferred_error(uint32_t has)
{
    return (has & CPU_RAS) != 0 && read_vdisr_el2() != 0;
}

/* ---- The switch ---- */

ALWAYS_INLINE void to_vtl2(struct vp *vp, uint32_t has)
{
    slot_load(vp, SLOT_VTL2, has, true);
    if ((has & CPU_PMU) != 0) {
        const uint64_t pmcr = read_pmcr_el0();
        if (UNLIKELY((pmcr & PMCR_E) != 0)) {
            pmu_pause(vp, pmcr);
        }
    }
    if (UNLIKELY((vp->unusual & VP_SERROR) != 0 || deferred_error(has))) {
        vp->unusual |= VP_SERROR;
        serror_exchange(vp, SLOT_VTL0, SLOT_VTL2);
    }
    traps_set(SLOT_VTL2);
}

/* CPTR_EL2 is VTL0's from before VTL2's FPCR and FPSR are read: it traps them at EL2 too. */
ALWAYS_INLINE void from_vtl2(struct vp *vp, uint32_t has)
{
    traps_set(SLOT_VTL0);
    isb();
    slot_save(vp, SLOT_VTL2, has);
    if (UNLIKELY(vp->unusual != 0 || deferred_error(has))) {
        vtl2_undo(vp);
        vp->unusual |= VP_SERROR;
        serror_exchange(vp, SLOT_VTL2, SLOT_VTL0);
    }
}

/* The first load of a slot on this CPU since it was off: of the other, which is off now, nothing is kept apart. */
void switch_load_first(struct vp *vp, unsigned slot)
{
    const uint32_t has = cpu.switched;
    const unsigned other = slot == SLOT_VTL2 ? SLOT_VTL0 : SLOT_VTL2;

    if (vp->vtl[other].gic.loaded) {
        if (other == SLOT_VTL2) {
            from_vtl2(vp, has);
        } else {
            slot_save(vp, SLOT_VTL0, has);
        }
    }
    if (slot == SLOT_VTL2) {
        to_vtl2(vp, has);
    } else {
        slot_load(vp, SLOT_VTL0, has, false);
    }
}

void switch_reset(struct vp *vp, unsigned slot)
{
    private_reset(&vp->vtl[slot].regs);
    vp->vtl[slot].serror = (struct vtl_serror){0};
    if (slot == SLOT_VTL0) {
        fp_reset(vp);
        pmu_reset(vp);
    }
}

void switch_refresh(struct vp *vp, void (*change)(struct vp *vp, unsigned slot, void *context),
                    unsigned slot, void *context)
{
    const bool live = vp->active == slot;
    const uint64_t cptr = read_cptr_el2();
    const uint32_t has = cpu.switched;

    if (live) {
        write_cptr_el2(cpu.traps[SLOT_VTL0].cptr);
        isb();
        slot_save(vp, slot, has);
        serror_save(&vp->vtl[slot].serror);
    }
    change(vp, slot, context);
    vp->vtl[slot].pstate = cpu_guest_pstate(vp->vtl[slot].pstate);
    if (live) {
        slot_load(vp, slot, has, false);
        serror_load(&vp->vtl[slot].serror);
        write_cptr_el2(cptr);
        isb();
    }
}

/* Reference section 4.2: filled at VTL entry with VTL0's state. */
ALWAYS_INLINE void register_page_fill(struct vp *vp)
{
    const struct vtl_state *vtl0 = vtl_at(vp, SLOT_VTL0);
    struct hv_register_page *page = vp->vtl[SLOT_VTL2].registers_at;

    if (page == NULL) {
        return;
    }
    const uint64_t pc = vtl0->pc;
    const uint64_t pstate = vtl0->pstate;
    const uint64_t sctlr = vtl0->regs.sctlr_el1;
    const uint64_t tcr = vtl0->regs.tcr_el1;

    page->version = HV_REGISTER_PAGE_VERSION;
    page->valid = 1;
    page->vtl = 0;
    page->dirty = 0;
    page->pc = pc;
    page->cpsr = pstate;
    page->sctlr_el1 = sctlr;
    page->tcr_el1 = tcr;
}

/* What VTL2 marked dirty becomes VTL0's; each field is read once. */
COLD void register_page_apply(struct vp *vp, uint32_t dirty)
{
    struct vtl_state *vtl0 = &vp->vtl[SLOT_VTL0];
    const volatile struct hv_register_page *page = vp->vtl[SLOT_VTL2].registers_at;

    if (page->valid == 0 || page->vtl != 0) {
        return;
    }
    if ((dirty & HV_REGISTER_PAGE_DIRTY_PC) != 0) {
        vtl0->pc = page->pc;
    }
    if ((dirty & HV_REGISTER_PAGE_DIRTY_CPSR) != 0) {
        vtl0->pstate = cpu_guest_pstate(page->cpsr);
    }
    if ((dirty & HV_REGISTER_PAGE_DIRTY_CONTROL) != 0) {
        vtl0->regs.sctlr_el1 = page->sctlr_el1;
        vtl0->regs.tcr_el1 = page->tcr_el1;
    }
}

/* Reference section 4.1: packed from the first entry; the area is cleared afterwards. */
COLD void return_actions_run(struct hv_vp_assist_page *assist)
{
    for (unsigned i = 0; i < HV_RETURN_ACTION_COUNT; i++) {
        volatile struct hv_return_action *entry = &assist->return_actions[i];
        if (entry->type == HV_RETURN_ACTION_NONE) {
            return;
        }
        const bool signal = entry->type == HV_RETURN_ACTION_SIGNAL_EVENT;
        struct vp *target = vp_by_index(entry->target_vp);
        const uint8_t vtl = entry->target_vtl;
        const uint8_t sint = entry->sint;
        const uint16_t flag = entry->flag;
        entry->type = HV_RETURN_ACTION_NONE;
        if (signal && target != NULL && vtl == 0) {
            bool newly;
            (void)synic_signal(target, SLOT_VTL0, sint, flag, &newly);
        }
    }
}

/* What VTL2 has left in its pages. */
ALWAYS_INLINE void pages_take(struct vp *vp)
{
    const volatile struct hv_register_page *page = vp->vtl[SLOT_VTL2].registers_at;
    struct hv_vp_assist_page *assist = switch_assist_page(vp);

    if (page != NULL) {
        const uint32_t dirty = page->dirty;
        if (UNLIKELY(dirty != 0)) {
            register_page_apply(vp, dirty);
        }
    }
    if (assist != NULL) {
        const volatile struct hv_return_action *first = assist->return_actions;
        if (UNLIKELY(first->type != HV_RETURN_ACTION_NONE)) {
            return_actions_run(assist);
        }
    }
}

void switch_enter_vtl2(struct vp *vp, uint32_t reason)
{
    struct hv_vp_assist_page *assist = switch_assist_page(vp);

    if (assist != NULL) {
        assist->entry_reason = reason;
    }
    const uint32_t has = cpu.switched;
    slot_save(vp, SLOT_VTL0, has);
    register_page_fill(vp);
    to_vtl2(vp, has);
    atomic_store_explicit(&vp->vtl[SLOT_VTL2].run, VTL_RUNNING, memory_order_relaxed);
}

ALWAYS_INLINE void return_vtl0(struct vp *vp, bool x29_x30_private)
{
    const uint32_t has = cpu.switched;

    pages_take(vp);
    vp->secure_tlb_lock = false;
    from_vtl2(vp, has);
    vp->x29_x30_private = x29_x30_private;
    slot_load(vp, SLOT_VTL0, has, true);
}

void switch_return_vtl0(struct vp *vp)
{
    return_vtl0(vp, !machine.options.x29_x30_shared);
}

void switch_return_vtl0_smccc(struct vp *vp)
{
    return_vtl0(vp, true);
}
