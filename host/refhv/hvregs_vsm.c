/* SPDX-License-Identifier: BSD-3-Clause */
/* VSM registers: reference sections 3.3 and 3.4, contradiction K16. */
#include "hvregs_private.h"
#include "spinlock.h"

#define PARTITION_VTLS UINT64_C(0x5) /* VTL0 and VTL2 */
#define MAXIMUM_VTL UINT64_C(2)

#define CONFIG_FIXED (HV_VSM_CONFIG_ENABLE_PROTECTION | HV_VSM_CONFIG_DEFAULT_MASK_ALL)
/* Bits that mean something here, or something that can't happen here. Not acceptance, VP startup, time. */
#define CONFIG_ALWAYS                                                                           \
    (CONFIG_FIXED | HV_VSM_CONFIG_ZERO_MEMORY_ON_RESET | HV_VSM_CONFIG_DENY_LOWER_VTL_STARTUP | \
     HV_VSM_CONFIG_INTERCEPT_ENABLE_PROTECTION | HV_VSM_CONFIG_INTERCEPT_UNIMPLEMENTED_CPUID |  \
     HV_VSM_CONFIG_INTERCEPT_UNRECOVERABLE | HV_VSM_CONFIG_INTERCEPT_NOT_PRESENT |              \
     HV_VSM_CONFIG_INTERCEPT_SYSTEM_RESET)

/* partition.vsm_config: a check and a write are one. */
static struct spinlock config_lock = SPINLOCK_INIT;

static uint64_t capabilities(const struct hvregs_access *access)
{
    if (access->slot == SLOT_VTL0) {
        return 0; /* nothing lies below VTL0 */
    }
    return HV_VSM_CAP_DENY_LOWER_VTL_STARTUP | HV_VSM_CAP_RETURN_ACTIONS |
           HV_VSM_CAP_INTERCEPT_NOT_PRESENT | HV_VSM_CAP_INTERCEPT_SYSTEM_RESET |
           (machine.options.intercept_by_simp ? 0 : HV_VSM_CAP_INTERCEPT_PAGE);
}

static bool config_valid(uint64_t value)
{
    const uint64_t allowed =
        CONFIG_ALWAYS | (machine.options.intercept_by_simp ? 0 : HV_VSM_CONFIG_INTERCEPT_PAGE);

    /* VTL0's tree starts with all rights; no other default can be given to it. */
    if ((value & HV_VSM_CONFIG_ENABLE_PROTECTION) != 0 &&
        (value & HV_VSM_CONFIG_DEFAULT_MASK_ALL) != HV_VSM_CONFIG_DEFAULT_MASK_ALL) {
        return false;
    }
    return (value & ~allowed) == 0;
}

static uint32_t config_set(uint64_t value)
{
    uint32_t status = HV_STATUS_INVALID_REGISTER_VALUE;

    spin_lock(&config_lock);
    const uint64_t old = partition.vsm_config;
    const bool fixed = (old & HV_VSM_CONFIG_ENABLE_PROTECTION) != 0;
    if (config_valid(value) && (!fixed || ((old ^ value) & CONFIG_FIXED) == 0)) {
        partition.vsm_config = value;
        status = HV_STATUS_SUCCESS;
    }
    spin_unlock(&config_lock);
    return status;
}

/* TLB lock of VTL0: a promise to VTL2 that refhv keeps by being the only one who drops it. */
static uint32_t secure_config_set(const struct hvregs_access *access, uint64_t value)
{
    if ((value & ~HV_VSM_SECURE_CONFIG_TLB_LOCKED) != 0) {
        return HV_STATUS_INVALID_REGISTER_VALUE;
    }
    access->vp->secure_tlb_lock = value != 0;
    return HV_STATUS_SUCCESS;
}

static uint64_t vp_status(const struct hvregs_access *access)
{
    const uint64_t enabled = access->vp->vtl[SLOT_VTL2].enabled ? PARTITION_VTLS : 1;

    return slot_number(access->vp->active) | enabled << HV_VSM_VP_STATUS_ENABLED_SHIFT;
}

/* Status and capabilities are anybody's to read; configuration is VTL2's, about those below it. */
uint32_t hvregs_vsm_get(const struct hvregs_access *access, struct hv_register_value *value)
{
    switch (access->name) {
    case HV_REGISTER_VSM_VP_STATUS:
        value->low = vp_status(access);
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_VSM_PARTITION_STATUS:
        value->low = PARTITION_VTLS | MAXIMUM_VTL << HV_VSM_PARTITION_STATUS_MAXIMUM_SHIFT;
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_VSM_CAPABILITIES:
        value->low = capabilities(access);
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_VSM_PARTITION_CONFIG:
        value->low = partition.vsm_config;
        break;
    case HV_REGISTER_VSM_VP_SECURE_CONFIG(0):
        value->low = access->vp->secure_tlb_lock ? HV_VSM_SECURE_CONFIG_TLB_LOCKED : 0;
        break;
    case HV_REGISTER_VSM_VINA:                   /* off, for good */
    case HV_REGISTER_GUEST_VSM_PARTITION_CONFIG: /* VTL0 may enable no VTL above itself */
        break;
    default:
        return HV_STATUS_INVALID_PARAMETER;
    }
    if (access->slot != SLOT_VTL2) {
        value->low = 0;
        return HV_STATUS_ACCESS_DENIED;
    }
    return HV_STATUS_SUCCESS;
}

uint32_t hvregs_vsm_set(const struct hvregs_access *access, const struct hv_register_value *value)
{
    const bool config = access->name == HV_REGISTER_VSM_PARTITION_CONFIG;
    const bool secure = access->name == HV_REGISTER_VSM_VP_SECURE_CONFIG(0);
    const bool vina = access->name == HV_REGISTER_VSM_VINA;

    if (!config && !secure && !vina) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    if (access->slot != SLOT_VTL2) {
        return HV_STATUS_ACCESS_DENIED;
    }
    if (vina) {
        return value->low == 0 ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_REGISTER_VALUE;
    }
    return config ? config_set(value->low) : secure_config_set(access, value->low);
}
