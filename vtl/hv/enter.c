/* SPDX-License-Identifier: BSD-3-Clause */
/* Into VTL0, and back by the ways that exit.c leaves. Reference sections 4, 5.7, 8.2. */
#include "cpu/gic.h"
#include "cpu/panic.h"
#include "cpu/simd.h"
#include "hv/exit.h"
#include "hv/hypercall.h"
#include "hv/switch.h"
#include "vtl/untrusted.h"

/* By hv.vtl_return, and whether there are buffers to stop. */
static void (*const switches[])(struct vtl_vp *vp) = {
    [2 * HV_RETURN_UNKNOWN] = hv_switch_shared,
    [2 * HV_RETURN_UNKNOWN + 1] = hv_switch_shared_buffers,
    [2 * HV_RETURN_SMCCC] = hv_switch_smccc,
    [2 * HV_RETURN_SMCCC + 1] = hv_switch_smccc_buffers,
    [2 * HV_RETURN_PRIVATE] = hv_switch_private,
    [2 * HV_RETURN_PRIVATE + 1] = hv_switch_private_buffers,
    [2 * HV_RETURN_SHARED] = hv_switch_shared,
    [2 * HV_RETURN_SHARED + 1] = hv_switch_shared_buffers,
};

void hv_switch_choose(struct vtl_vp *vp)
{
    vp->form = 2u * (uint32_t)hv.vtl_return + (vp->buffers != 0 ? 1u : 0);
}

/* Out of line, off the way of every access. */
__attribute__((noinline)) static void enter_rarely(struct vtl_vp *vp)
{
    panic_stop_if_taken();
    simd_leave();
    switches[vp->form](vp);
}

/* What is rare is asked for by one look: another VP's panic, VTL2's use of the SIMD unit. */
void vtl_vp_enter(struct vtl_vp *vp, struct vtl_exit *exit)
{
    const struct cpu *cpu = (const struct cpu *)(uintptr_t)read_tpidr_el1();

    vp->exit = exit;
    if (__atomic_load_n(&cpu->before_return, __ATOMIC_RELAXED) != 0) {
        enter_rarely(vp);
    } else {
        switches[vp->form](vp);
    }
}

/*
 * SIMP slot 0 (TLFS inter-partition-communication): the slot is free once its type is 0, and only a
 * look at the flag after that finds a message that came in between.
 */
static void read_slot(struct vtl_vp *vp, struct vtl_exit *exit)
{
    struct hv_message *slot = &vp->messages->slots[HV_SINT_INTERCEPT];
    volatile struct hv_message *live = slot;

    gic_messages_ack(HV_SINT_PPI);
    if (live->type == HV_MESSAGE_NONE) {
        exit->kind = VTL_EXIT_INTERRUPT;
        return;
    }
    hv_exit_decode(vp, slot, exit);
    live->type = HV_MESSAGE_NONE;
    dsb_sy();
    if ((live->flags & HV_MESSAGE_FLAG_PENDING) != 0 &&
        hv_set64(HV_INPUT_VTL_CURRENT, HV_REGISTER_EOM, 0) != PV_OK) {
        log_error("vp %u: end of message refused", vp->index);
    }
}

void hv_entry_other(struct vtl_vp *vp, uint32_t reason, struct vtl_exit *exit)
{
    vp->state = NULL;
    if (reason == HV_ENTRY_REASON_INTERRUPT && vp->messages != NULL) {
        read_slot(vp, exit);
    } else if (reason == HV_ENTRY_REASON_INTERRUPT) {
        exit->kind = VTL_EXIT_INTERRUPT;
    } else if (reason == HV_ENTRY_REASON_VTL_CALL) {
        exit->kind = VTL_EXIT_CALL;
    } else {
        log_error("vp %u: entry reason %u", vp->index, reason);
        exit->kind = VTL_EXIT_UNKNOWN;
        exit->unknown.type = 0;
    }
}
PV_UNTRUSTED(hv_entry_other, host, "");
