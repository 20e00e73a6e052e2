/* SPDX-License-Identifier: BSD-3-Clause */
/* Registers by name: which family serves which, and what is open before GuestOsId is set. */
#include "hvregs_private.h"

static uint32_t synic_get(const struct hvregs_access *access, struct hv_register_value *value)
{
    return synic_read(access->vp, access->slot, access->name, &value->low);
}

static uint32_t synic_set(const struct hvregs_access *access, const struct hv_register_value *value)
{
    return synic_write(access->vp, access->slot, access->name, value->low);
}

/* set NULL: read-only. A family answers for gaps in its range itself. */
static const struct {
    uint32_t first;
    uint32_t last;
    hvregs_get_t get;
    hvregs_set_t set;
} families[] = {
    {HV_REGISTER_INTERNAL_ACTIVITY_STATE, HV_REGISTER_INTERNAL_ACTIVITY_STATE, hvregs_event_get,
     hvregs_event_set},
    {HV_REGISTER_HYPERVISOR_VERSION, HV_REGISTER_ISOLATION_CONFIGURATION, hvregs_info_get, NULL},
    {HV_REGISTER_GUEST_CRASH_P0, HV_REGISTER_GUEST_CRASH_CTL, hvregs_crash_get, hvregs_crash_set},
    {HV_REGISTER_PENDING_EVENT0, HV_REGISTER_DELIVERABILITY_NOTIFICATIONS, hvregs_event_get,
     hvregs_event_set},
    {HV_REGISTER_X(0), HV_REGISTER_PSTATE, hvregs_gpr_get, hvregs_gpr_set},
    {HV_REGISTER_SPSR_EL2, HV_REGISTER_SPSR_EL2, hvregs_gpr_get, NULL},
    {HV_REGISTER_XZR, HV_REGISTER_XZR, hvregs_gpr_get, hvregs_gpr_set},
    {HV_REGISTER_Q(0), HV_REGISTER_Q(31), hvregs_vector_get, hvregs_vector_set},
    {HV_REGISTER_GICR_BASE_GPA, HV_REGISTER_GICR_BASE_GPA, hvregs_info_get, NULL},
    {HV_REGISTER_GUEST_OS_ID, HV_REGISTER_GUEST_OS_ID, hvregs_page_get, hvregs_page_set},
    {HV_REGISTER_VP_INDEX, HV_REGISTER_TIME_REF_COUNT, hvregs_info_get, NULL},
    {HV_REGISTER_VP_ASSIST_PAGE, HV_REGISTER_REGISTER_PAGE, hvregs_page_get, hvregs_page_set},
    {HV_REGISTER_SINT(0), HV_REGISTER_EOM, synic_get, synic_set},
    {HV_REGISTER_STIMER_CONFIG(0), HV_REGISTER_STIMER_COUNT(HV_STIMER_COUNT - 1), synic_get,
     synic_set},
    {HV_REGISTER_VSM_VP_STATUS, HV_REGISTER_VSM_VP_SECURE_CONFIG(0), hvregs_vsm_get,
     hvregs_vsm_set},
    /* All others are the architecture's, or nobody's. */
    {0, UINT32_MAX, hvregs_system_get, hvregs_system_set},
};

static unsigned find(uint32_t name)
{
    unsigned i = 0;

    while (name < families[i].first || name > families[i].last) {
        i++;
    }
    return i;
}

static struct hvregs_access access_of(struct vp *vp, unsigned slot, unsigned caller_slot,
                                      uint32_t name)
{
    const bool own = vp == vp_current();

    return (struct hvregs_access){
        .vp = vp,
        .vtl = &vp->vtl[slot],
        .slot = slot,
        .caller_slot = caller_slot,
        .own = own,
        .live = own && vp->active == slot,
        .name = name,
    };
}

uint32_t hvregs_get(struct vp *vp, unsigned slot, unsigned caller_slot, uint32_t name,
                    struct hv_register_value *value)
{
    const struct hvregs_access access = access_of(vp, slot, caller_slot, name);
    const unsigned family = find(name);

    *value = (struct hv_register_value){0};
    return families[family].get(&access, value);
}

uint32_t hvregs_set(struct vp *vp, unsigned slot, unsigned caller_slot, uint32_t name,
                    const struct hv_register_value *value)
{
    const struct hvregs_access access = access_of(vp, slot, caller_slot, name);
    const unsigned family = find(name);

    if (families[family].set == NULL) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    return families[family].set(&access, value);
}

/* Reference section 1.9. SyntheticVbarEl1 and SyntheticEsrEl1 have no published number. */
int hvregs_early_set(uint32_t name)
{
    return name == HV_REGISTER_GUEST_OS_ID ||
           (name >= HV_REGISTER_GUEST_CRASH_P0 && name <= HV_REGISTER_GUEST_CRASH_CTL);
}

int hvregs_early_get(uint32_t name)
{
    return hvregs_early_set(name) || name == HV_REGISTER_HYPERVISOR_VERSION ||
           (name >= HV_REGISTER_PRIVILEGES_AND_FEATURES && name <= HV_REGISTER_HARDWARE_FEATURES) ||
           name == HV_REGISTER_TIME_REF_COUNT;
}
