/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What VTL2 does to VTL0 as a whole: holds it back, puts exceptions on it, waits for its SINTs. Reference
 * sections 3.3, 3.6 and 7.8. No VTL has these of itself.
 */
#include "gic.h"
#include "hvregs_private.h"

#define SINT_BITS (UINT64_C(0xffff) << HV_DELIVERABILITY_SINT_SHIFT)

static uint32_t activity_get(const struct hvregs_access *access, struct hv_register_value *value)
{
    switch (atomic_load_explicit(&access->vtl->run, memory_order_acquire)) {
    case VTL_OFF:
        value->low = HV_ACTIVITY_STARTUP_SUSPEND;
        break;
    case VTL_HALTED:
        value->low = HV_ACTIVITY_HALT;
        break;
    default:
        value->low = 0;
        break;
    }
    return HV_STATUS_SUCCESS;
}

static uint32_t activity_set(const struct hvregs_access *access, uint64_t value)
{
    const uint32_t run = atomic_load_explicit(&access->vtl->run, memory_order_acquire);

    if ((value & ~HV_ACTIVITY_STARTUP_SUSPEND) != 0) {
        return HV_STATUS_INVALID_REGISTER_VALUE;
    }
    if (value != 0) {
        atomic_store_explicit(&access->vtl->run, VTL_OFF, memory_order_release);
        return HV_STATUS_SUCCESS;
    }
    if (run == VTL_OFF && !access->own) {
        return HV_STATUS_INVALID_VP_STATE; /* another VP starts by CPU_ON or StartVirtualProcessor */
    }
    atomic_store_explicit(&access->vtl->run, VTL_RUNNING, memory_order_release);
    return HV_STATUS_SUCCESS;
}

/* Bytes 0..15 of the event: the header in byte 0, then zeros, then the syndrome. */
static uint32_t event0_set(const struct hvregs_access *access,
                           const struct hv_register_value *value)
{
    struct vtl_event *event = &access->vtl->event;

    if ((value->low & HV_PENDING_EVENT_PENDING) == 0) {
        if (value->low != 0) {
            return HV_STATUS_INVALID_REGISTER_VALUE;
        }
        event->pending = false;
        return HV_STATUS_SUCCESS;
    }
    /* Type exception is 0, so that the pending bit alone is left. */
    if (value->low !=
        (HV_PENDING_EVENT_PENDING | HV_PENDING_EVENT_EXCEPTION << HV_PENDING_EVENT_TYPE_SHIFT)) {
        return HV_STATUS_INVALID_REGISTER_VALUE;
    }
    event->esr = value->high;
    event->pending = true;
    return HV_STATUS_SUCCESS;
}

/* Bytes 16..31: the fault address, then zeros. */
static uint32_t event1_set(const struct hvregs_access *access,
                           const struct hv_register_value *value)
{
    if (value->high != 0) {
        return HV_STATUS_INVALID_REGISTER_VALUE;
    }
    access->vtl->event.far = value->low;
    return HV_STATUS_SUCCESS;
}

static uint32_t deliverability_set(const struct hvregs_access *access, uint64_t value)
{
    if ((value & ~SINT_BITS) != 0) {
        return HV_STATUS_INVALID_REGISTER_VALUE;
    }
    access->vtl->deliverability = value;
    return HV_STATUS_SUCCESS;
}

uint32_t hvregs_event_get(const struct hvregs_access *access, struct hv_register_value *value)
{
    const struct vtl_event *event = &access->vtl->event;

    if (!hvregs_from_above(access)) {
        return HV_STATUS_ACCESS_DENIED;
    }
    switch (access->name) {
    case HV_REGISTER_INTERNAL_ACTIVITY_STATE:
        return activity_get(access, value);
    case HV_REGISTER_PENDING_EVENT0:
        if (event->pending) {
            value->low = HV_PENDING_EVENT_PENDING;
            value->high = event->esr;
        }
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_PENDING_EVENT1:
        value->low = event->pending ? event->far : 0;
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_DELIVERABILITY_NOTIFICATIONS:
        value->low = access->vtl->deliverability;
        return HV_STATUS_SUCCESS;
    default:
        return HV_STATUS_INVALID_PARAMETER;
    }
}

static uint32_t event_set(const struct hvregs_access *access, const struct hv_register_value *value)
{
    switch (access->name) {
    case HV_REGISTER_INTERNAL_ACTIVITY_STATE:
        return activity_set(access, value->low);
    case HV_REGISTER_PENDING_EVENT0:
        return event0_set(access, value);
    case HV_REGISTER_PENDING_EVENT1:
        return event1_set(access, value);
    case HV_REGISTER_DELIVERABILITY_NOTIFICATIONS:
        return deliverability_set(access, value->low);
    default:
        return HV_STATUS_INVALID_PARAMETER;
    }
}

uint32_t hvregs_event_set(const struct hvregs_access *access, const struct hv_register_value *value)
{
    if (!hvregs_from_above(access)) {
        return HV_STATUS_ACCESS_DENIED;
    }
    const uint32_t status = event_set(access, value);
    vp_attend(access->vp);
    if (!access->own) {
        gic_kick(access->vp);
    }
    return status;
}
