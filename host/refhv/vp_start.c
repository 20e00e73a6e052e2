/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Who starts and stops a VTL of a VP: a VP that is asked to start by two at once starts once, and VTL2 never
 * leaves a VP that VTL0 is about to start on.
 */
#include "gic.h"
#include "spinlock.h"
#include "vp.h"

/*
 * Held over each grant of a start and over VTL2's way off. A start is carried out, and VTL0 stops, without it:
 * the VP's own CPU makes run RUNNING before on_state IDLE.
 */
static struct spinlock start_lock = SPINLOCK_INIT;

static bool is_off(const struct vp *vp, unsigned slot)
{
    return atomic_load_explicit(&vp->vtl[slot].run, memory_order_acquire) == VTL_OFF;
}

static bool is_idle(const struct vp *vp, unsigned slot)
{
    return atomic_load_explicit(&vp->start[slot].on_state, memory_order_acquire) == VP_ON_IDLE;
}

static enum vp_start_status status_of(const struct vp *target, unsigned slot)
{
    if (slot == SLOT_VTL0 && atomic_load(&partition.vtl2_enabled_vps) != 0 &&
        is_off(target, SLOT_VTL2)) {
        return VP_START_WITHOUT_VTL2;
    }
    /* In this order: a start that is carried out meanwhile is seen in one or the other. */
    if (!is_idle(target, slot)) {
        return VP_START_PENDING;
    }
    return is_off(target, slot) ? VP_START_GRANTED : VP_START_RUNNING;
}

enum vp_start_status vp_request_start(struct vp *target, unsigned slot, uint64_t pc, uint64_t x0,
                                      const struct hv_initial_vp_context *context)
{
    spin_lock(&start_lock);
    const enum vp_start_status status = status_of(target, slot);
    if (status == VP_START_GRANTED) {
        target->start[slot].pc = pc;
        target->start[slot].x0 = x0;
        target->start[slot].has_context = context != NULL;
        if (context != NULL) {
            target->start[slot].context = *context;
        }
        atomic_store_explicit(&target->start[slot].on_state, VP_ON_READY, memory_order_release);
    }
    spin_unlock(&start_lock);
    if (status == VP_START_GRANTED) {
        vp_attend(target);
        gic_kick(target);
    }
    return status;
}

bool vp_stop(struct vp *vp, unsigned slot)
{
    spin_lock(&start_lock);
    const bool stays = slot == SLOT_VTL2 && (!is_off(vp, SLOT_VTL0) || !is_idle(vp, SLOT_VTL0));
    if (!stays) {
        atomic_store_explicit(&vp->vtl[slot].run, VTL_OFF, memory_order_release);
        vp_attend(vp);
    }
    spin_unlock(&start_lock);
    return !stays;
}
