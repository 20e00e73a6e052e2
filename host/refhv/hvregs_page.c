/* SPDX-License-Identifier: BSD-3-Clause */
/* GuestOsId, VP assist page, register page, reference time page: reference sections 3.3 and 4. */
#include "hvregs_private.h"
#include "reference_tsc.h"

/* One a VTL of the partition, written by the boot processor and meant for all (reference section 1.9). */
static uint64_t *guest_os_id(const struct hvregs_access *access)
{
    return &vps[0].vtl[access->slot].guest_os_id;
}

/* NULL if the VTL has no such register. */
static uint64_t *field_of(const struct hvregs_access *access)
{
    switch (access->name) {
    case HV_REGISTER_GUEST_OS_ID:
        return guest_os_id(access);
    case HV_REGISTER_VP_ASSIST_PAGE:
        return &access->vtl->vp_assist;
    case HV_REGISTER_REFERENCE_TSC:
        return &access->vtl->reference_tsc;
    case HV_REGISTER_REGISTER_PAGE:
        if (machine.options.no_register_page || access->slot != SLOT_VTL2) {
            return NULL;
        }
        return &access->vtl->register_page;
    default:
        return NULL;
    }
}

/* A page of VTL2, whose map never changes, for the switch; NULL if it is off. */
static void *page_at(uint64_t value)
{
    return (value & HV_PAGE_REGISTER_ENABLE) == 0
               ? NULL
               : stage2_guest_pointer(SLOT_VTL2, value & HV_PAGE_REGISTER_GPA_MASK,
                                      HV_MAP_READ | HV_MAP_WRITE);
}

uint32_t hvregs_page_get(const struct hvregs_access *access, struct hv_register_value *value)
{
    const uint64_t *field = field_of(access);

    if (field == NULL) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    value->low = *field;
    return HV_STATUS_SUCCESS;
}

uint32_t hvregs_page_set(const struct hvregs_access *access, const struct hv_register_value *value)
{
    uint64_t *field = field_of(access);

    if (field == NULL) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    if (access->name != HV_REGISTER_GUEST_OS_ID && !hvregs_page_usable(access->slot, value->low)) {
        return HV_STATUS_INVALID_REGISTER_VALUE;
    }
    *field = value->low;
    if (access->slot == SLOT_VTL2) {
        access->vtl->assist_at = page_at(access->vtl->vp_assist);
        access->vtl->registers_at = page_at(access->vtl->register_page);
    }
    if (access->name == HV_REGISTER_REFERENCE_TSC) {
        reference_tsc_publish(access->slot, value->low);
    }
    return HV_STATUS_SUCCESS;
}
