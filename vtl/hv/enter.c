/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Into VTL0 and back: VTL0's PC and PSTATE out, the exit's message in. Reference sections 4 and
 * 5.7.
 */
#include "cpu/gic.h"
#include "cpu/panic.h"
#include "cpu/sysreg.h"
#include "hv/exit.h"
#include "hv/hypercall.h"
#include "hv/switch.h"

static bool register_page_usable(const volatile struct hv_register_page *page)
{
    return page != NULL && page->valid != 0 && page->vtl == 0;
}

enum pv_status hv_state_flush(struct vtl_vp *vp, bool now)
{
    if (!vp->pc_dirty && !vp->pstate_dirty) {
        return PV_OK;
    }
    volatile struct hv_register_page *page = vp->registers;
    enum pv_status status = PV_OK;
    if (!now && register_page_usable(page)) {
        page->pc = vp->pc;
        page->cpsr = vp->pstate;
        page->dirty = (vp->pc_dirty ? HV_REGISTER_PAGE_DIRTY_PC : 0) |
                      (vp->pstate_dirty ? HV_REGISTER_PAGE_DIRTY_CPSR : 0);
    } else {
        if (vp->pc_dirty) {
            status = hv_set64(VTL0, HV_REGISTER_PC, vp->pc);
        }
        if (status == PV_OK && vp->pstate_dirty) {
            status = hv_set64(VTL0, HV_REGISTER_PSTATE, vp->pstate);
        }
    }
    vp->pc_dirty = false;
    vp->pstate_dirty = false;
    return status;
}

enum pv_status hv_state_fetch(struct vtl_vp *vp)
{
    if (vp->known) {
        return PV_OK;
    }
    const volatile struct hv_register_page *page = vp->registers;
    enum pv_status status = PV_OK;
    if (register_page_usable(page)) {
        vp->pc = page->pc;
        vp->pstate = page->cpsr;
    } else {
        status = hv_get64(VTL0, HV_REGISTER_PC, &vp->pc);
        if (status == PV_OK) {
            status = hv_get64(VTL0, HV_REGISTER_PSTATE, &vp->pstate);
        }
    }
    vp->known = status == PV_OK;
    return status;
}

/*
 * SIMP slot 0 (TLFS inter-partition-communication): the slot is free once its type is 0, and only a
 * look at the flag after that finds a message that came in between.
 */
static void read_slot(struct vtl_vp *vp, struct vtl_exit *exit)
{
    struct hv_message *slot = &vp->messages->slots[HV_SINT_INTERCEPT];
    volatile struct hv_message *live = slot;

    gic_private_ack(HV_SINT_PPI);
    if (live->type == HV_MESSAGE_NONE) {
        exit->kind = VTL_EXIT_INTERRUPT;
        return;
    }
    hv_exit_decode(slot, vp->index, exit);
    live->type = HV_MESSAGE_NONE;
    dsb_sy();
    if ((live->flags & HV_MESSAGE_FLAG_PENDING) != 0 &&
        hv_set64(HV_INPUT_VTL_CURRENT, HV_REGISTER_EOM, 0) != PV_OK) {
        log_error("vp %u: end of message refused", vp->index);
    }
}

static void read_exit(struct vtl_vp *vp, struct vtl_exit *exit)
{
    const volatile struct hv_vp_assist_page *assist = vp->assist;
    uint32_t reason = assist->entry_reason;

    if (reason == HV_ENTRY_REASON_INTERCEPT && hv.intercept_page) {
        hv_exit_decode(&vp->assist->intercept_message, vp->index, exit);
    } else if (reason == HV_ENTRY_REASON_INTERRUPT && hv.intercept_page) {
        exit->kind = VTL_EXIT_INTERRUPT;
    } else if (reason == HV_ENTRY_REASON_INTERRUPT) {
        read_slot(vp, exit);
    } else if (reason == HV_ENTRY_REASON_VTL_CALL) {
        exit->kind = VTL_EXIT_CALL;
    } else {
        log_error("vp %u: entry reason %u", vp->index, reason);
        exit->kind = VTL_EXIT_UNKNOWN;
        exit->unknown.type = 0;
    }
}

/* Which registers the switch moves, and whether there are buffers to stop. */
static void run_vtl0(struct vtl_vp *vp)
{
    if (vp->buffers == 0) {
        if (hv.x29 == HV_X29_PRIVATE) {
            hv_switch_private(vp);
        } else {
            hv_switch_shared(vp);
        }
    } else if (hv.x29 == HV_X29_PRIVATE) {
        hv_switch_private_buffers(vp);
    } else {
        hv_switch_shared_buffers(vp);
    }
}

void vtl_vp_enter(struct vtl_vp *vp, struct vtl_exit *exit)
{
    panic_stop_if_taken();
    if (hv_state_flush(vp, false) != PV_OK) {
        log_error("vp %u: the hypervisor refused VTL0's pc", vp->index);
        exit->kind = VTL_EXIT_UNKNOWN;
        exit->unknown.type = 0;
        return;
    }
    run_vtl0(vp);
    read_exit(vp, exit);
    vp->known = exit->kind == VTL_EXIT_MEMORY || exit->kind == VTL_EXIT_HYPERCALL ||
                exit->kind == VTL_EXIT_RESET;
    if (vp->known) {
        vp->pc = exit->pc.raw;
        vp->pstate = exit->pstate;
    }
}
