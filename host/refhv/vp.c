/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtual processors: which VTL of this one runs next, starts, idling. */
#include "vp.h"

#include "arm64.h"
#include "cpu.h"
#include "el2_regs.h"
#include "exit.h"
#include "gic.h"
#include "intercept.h"
#include "vp_offsets.h"

_Static_assert(offsetof(struct vp, x) == VP_X(0), "vectors.S stores x0 here");
_Static_assert(offsetof(struct vp, pc) == VP_PC, "vectors.S stores ELR_EL2 here");
_Static_assert(offsetof(struct vp, pstate) == VP_PSTATE, "vectors.S stores SPSR_EL2 here");
_Static_assert(offsetof(struct vp, attention) == VP_ATTENTION, "vectors.S looks here");

struct vp vps[MACHINE_CPU_MAX];
struct partition partition;

struct vp *vp_current(void)
{
    return (struct vp *)(uintptr_t)read_tpidr_el2();
}

struct vp *vp_by_index(uint32_t index)
{
    return index < partition.vp_count ? &vps[index] : NULL;
}

struct vp *vp_by_mpidr(uint64_t affinity)
{
    for (uint32_t i = 0; i < partition.vp_count; i++) {
        if (machine.cpu_mpidr[i] == affinity) {
            return &vps[i];
        }
    }
    return NULL;
}

static enum vtl_run run_of(const struct vtl_state *vtl)
{
    return (enum vtl_run)atomic_load_explicit(&vtl->run, memory_order_acquire);
}

static void reset_saved(struct vp *vp, unsigned slot, void *context)
{
    struct vtl_state *vtl = &vp->vtl[slot];

    (void)context;
    switch_reset(vp, slot);
    vtl->x18 = 0;
    vtl->x29 = 0;
    vtl->x30 = 0;
    vtl->pc = 0;
    vtl->pstate = PSTATE_EL1H | PSTATE_DAIF;
    vtl->timer = (struct vtimer){0};
    vtl->event.pending = false;
    vgic_reset_cpu(vp, slot);
}

void vp_reset_vtl(struct vp *vp, unsigned slot)
{
    switch_refresh(vp, reset_saved, slot, NULL);
}

static void context_apply(struct vtl_state *vtl, const struct hv_initial_vp_context *context)
{
    vtl->pc = context->pc;
    vtl->x18 = context->x18;
    vtl->regs.sp_el1 = context->sp_el1;
    vtl->regs.mair_el1 = context->mair_el1;
    vtl->regs.tcr_el1 = context->tcr_el1;
    vtl->regs.vbar_el1 = context->vbar_el1;
    vtl->regs.ttbr0_el1 = context->ttbr0_el1;
    vtl->regs.ttbr1_el1 = context->ttbr1_el1;
    /* An all-zero context is common: RES1 bits are not the caller's to clear. */
    vtl->regs.sctlr_el1 = context->sctlr_el1 | SCTLR_RES1;
}

static void start_saved(struct vp *vp, unsigned slot, void *context)
{
    struct vtl_state *vtl = &vp->vtl[slot];

    reset_saved(vp, slot, context);
    vtl->pc = vp->start[slot].pc;
    if (vp->start[slot].has_context) {
        context_apply(vtl, &vp->start[slot].context);
    }
}

/* A start of VTL2 takes the VP at once; one of VTL0 waits until VTL2 has gone down to it, because x0, which
 * the two share, carries the context id. */
static void take_start(struct vp *vp, unsigned slot)
{
    if (atomic_load_explicit(&vp->start[slot].on_state, memory_order_acquire) != VP_ON_READY ||
        (slot == SLOT_VTL0 && vp->active != SLOT_VTL0 && vp->vtl[SLOT_VTL2].enabled &&
         run_of(&vp->vtl[SLOT_VTL2]) != VTL_OFF)) {
        return;
    }
    if (vp->active != slot) {
        /* The other VTL of this VP is off: nothing of it is lost. */
        switch_load_first(vp, slot);
    }
    switch_refresh(vp, start_saved, slot, NULL);
    vp->x[0] = vp->start[slot].x0;
    if (!vp->x29_x30_private) {
        vp->x[29] = 0;
        vp->x[30] = 0;
    }
    atomic_store_explicit(&vp->vtl[slot].run, VTL_RUNNING, memory_order_release);
    atomic_store_explicit(&vp->start[slot].on_state, VP_ON_IDLE, memory_order_release);
}

/* SINTs of VTL0 that VTL2 waits for and that can take a message: VTL2 hears of it before VTL0 goes on. */
static void sints_deliverable(struct vp *vp)
{
    const uint16_t sints = synic_take_deliverable(vp);

    if (sints != 0 && !intercept_sint_deliverable(vp, sints)) {
        vp->vtl[SLOT_VTL0].deliverability |= (uint64_t)sints << HV_DELIVERABILITY_SINT_SHIFT;
    }
}

/* Which VTL is to run, and may it? True when the active one can enter. */
static bool choose(struct vp *vp)
{
    take_start(vp, SLOT_VTL2);
    take_start(vp, SLOT_VTL0);

    if (vp->active == SLOT_VTL0 && vp->vtl[SLOT_VTL2].enabled &&
        run_of(&vp->vtl[SLOT_VTL2]) != VTL_OFF && vgic_deliverable(vp, SLOT_VTL2)) {
        switch_enter_vtl2(vp, HV_ENTRY_REASON_INTERRUPT);
    }
    if (vp->active == SLOT_VTL0) {
        sints_deliverable(vp);
    }
    struct vtl_state *vtl = vp_active(vp);
    const enum vtl_run run = run_of(vtl);
    if (run == VTL_HALTED && vgic_wakes(vp, vp->active)) {
        atomic_store_explicit(&vtl->run, VTL_RUNNING, memory_order_relaxed);
        return true;
    }
    return run == VTL_RUNNING;
}

static void idle(struct vp *vp)
{
    timer_program(vp);
    dsb_sy();
    __asm__ volatile("wfi" ::: "memory");
    gic_handle_physical(vp);
}

/* The other VTL's too: a switch asks for no new look. */
static bool looks_again(const struct vp *vp)
{
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        const struct vtl_state *vtl = &vp->vtl[slot];
        if (run_of(vtl) != VTL_RUNNING || vtl->event.pending || vtl->deliverability != 0 ||
            atomic_load_explicit(&vp->start[slot].on_state, memory_order_relaxed) != VP_ON_IDLE) {
            return true;
        }
    }
    return !vgic_settled(vp);
}

/* Cleared before the look, so that what comes during it is seen now or at the next exit. */
static void attention_take(struct vp *vp)
{
    (void)atomic_exchange_explicit(&vp->attention, false, memory_order_acquire);
}

void vp_resume(struct vp *vp)
{
    for (attention_take(vp); !choose(vp); attention_take(vp)) {
        idle(vp);
    }
    struct vtl_event *event = &vp_active(vp)->event;
    if (event->pending) {
        event->pending = false;
        exception_inject(vp, event->esr, event->far);
    }
    timer_program(vp);
    vgic_flush(vp);
    if (looks_again(vp)) {
        vp_attend(vp);
    }
}
