/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The VTL switch: private state of the one VTL out of the hardware, that of the other in; shared state stays.
 * Which is which: TLFS vsm, "Private State" and "Shared State" (ARM64); see README.md for what TLFS leaves open.
 */
#include "cpu.h"
#include "el2_regs.h"
#include "gic.h"
#include "hv_message.h"
#include "phys.h"
#include "vp.h"

#define ROW(field, encoding, number, reset) SYSREG_AS(private_##field, encoding)
PRIVATE_REGS_BASE(ROW)
PRIVATE_REGS_PAUTH(ROW)
#undef ROW

static void private_save(struct private_regs *regs)
{
#define ROW(field, encoding, number, reset) regs->field = read_private_##field();
    PRIVATE_REGS_BASE(ROW)
    if (cpu.pauth) {
        PRIVATE_REGS_PAUTH(ROW)
    }
#undef ROW
}

static void private_load(const struct private_regs *regs)
{
#define ROW(field, encoding, number, reset) write_private_##field(regs->field);
    PRIVATE_REGS_BASE(ROW)
    if (cpu.pauth) {
        PRIVATE_REGS_PAUTH(ROW)
    }
#undef ROW
}

static void slot_save(struct vp *vp)
{
    struct vtl_state *vtl = vp_active(vp);

    vtl->x18 = vp->x[18];
    if (!machine.options.x29_x30_shared) {
        vtl->x29 = vp->x[29];
        vtl->x30 = vp->x[30];
    }
    vtl->pc = vp->pc;
    vtl->pstate = vp->pstate;
    private_save(&vtl->regs);
    timer_save(vp, vp->active);
    vgic_save(vp, vp->active);
}

static void slot_load(struct vp *vp, unsigned slot)
{
    struct vtl_state *vtl = &vp->vtl[slot];

    vp->active = slot;
    vp->x[18] = vtl->x18;
    if (!machine.options.x29_x30_shared) {
        vp->x[29] = vtl->x29;
        vp->x[30] = vtl->x30;
    }
    vp->pc = vtl->pc;
    vp->pstate = cpu_guest_pstate(vtl->pstate);
    private_load(&vtl->regs);
    stage2_activate(slot);
    cpu_trap_vtl(slot);
    timer_load(vp, slot);
    vgic_load(vp, slot);
}

void switch_load_first(struct vp *vp, unsigned slot)
{
    slot_load(vp, slot);
}

void switch_refresh(struct vp *vp, void (*change)(struct vp *vp, unsigned slot, void *context),
                    unsigned slot, void *context)
{
    const bool live = vp->active == slot;

    if (live) {
        slot_save(vp);
    }
    change(vp, slot, context);
    if (live) {
        slot_load(vp, slot);
    }
}

/* The page that a page register of VTL2 names, or NULL. That it is RAM was checked when the register was
 * written, and VTL2's map never changes. */
static void *vtl2_page(uint64_t page_register)
{
    if ((page_register & HV_PAGE_REGISTER_ENABLE) == 0) {
        return NULL;
    }
    return phys_pointer(page_register & HV_PAGE_REGISTER_GPA_MASK);
}

struct hv_vp_assist_page *switch_assist_page(struct vp *vp)
{
    return vtl2_page(vp->vtl[SLOT_VTL2].vp_assist);
}

/* Reference section 4.2: filled at VTL entry with VTL0's state. */
static void register_page_fill(const struct vp *vp)
{
    const struct vtl_state *vtl0 = &vp->vtl[SLOT_VTL0];
    struct hv_register_page *page = vtl2_page(vp->vtl[SLOT_VTL2].register_page);

    if (page == NULL) {
        return;
    }
    page->version = HV_REGISTER_PAGE_VERSION;
    page->vtl = 0;
    page->dirty = 0;
    page->pc = vtl0->pc;
    page->cpsr = vtl0->pstate;
    page->sctlr_el1 = vtl0->regs.sctlr_el1;
    page->tcr_el1 = vtl0->regs.tcr_el1;
    page->valid = 1;
}

/* What VTL2 marked dirty becomes VTL0's; each field is read once. */
static void register_page_apply(struct vp *vp)
{
    struct vtl_state *vtl0 = &vp->vtl[SLOT_VTL0];
    const volatile struct hv_register_page *page = vtl2_page(vp->vtl[SLOT_VTL2].register_page);

    if (page == NULL || page->valid == 0 || page->vtl != 0) {
        return;
    }
    const uint32_t dirty = page->dirty;
    if ((dirty & HV_REGISTER_PAGE_DIRTY_PC) != 0) {
        vtl0->pc = page->pc;
    }
    if ((dirty & HV_REGISTER_PAGE_DIRTY_CPSR) != 0) {
        vtl0->pstate = page->cpsr;
    }
    if ((dirty & HV_REGISTER_PAGE_DIRTY_CONTROL) != 0) {
        vtl0->regs.sctlr_el1 = page->sctlr_el1;
        vtl0->regs.tcr_el1 = page->tcr_el1;
    }
}

/* Reference section 4.1: packed from the first entry; the area is cleared afterwards. */
static void return_actions_run(struct vp *vp)
{
    struct hv_vp_assist_page *assist = switch_assist_page(vp);

    if (assist == NULL) {
        return;
    }
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

void switch_enter_vtl2(struct vp *vp, uint32_t reason)
{
    struct hv_vp_assist_page *assist = switch_assist_page(vp);

    if (assist != NULL) {
        assist->entry_reason = reason;
    }
    slot_save(vp);
    register_page_fill(vp);
    slot_load(vp, SLOT_VTL2);
    atomic_store_explicit(&vp->vtl[SLOT_VTL2].run, VTL_RUNNING, memory_order_relaxed);
}

void switch_return_vtl0(struct vp *vp)
{
    register_page_apply(vp);
    return_actions_run(vp);
    vp->secure_tlb_lock = false;
    slot_save(vp);
    slot_load(vp, SLOT_VTL0);
}
