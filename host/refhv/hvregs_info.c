/* SPDX-License-Identifier: BSD-3-Clause */
/* Read-only registers that say what the hypervisor and the partition are: reference sections 3.3 and 3.5. */
#include "hvregs_private.h"

/* CPUID 0x40000002's layout: build; major << 16 | minor; service pack; service branch and number. */
#define REFHV_BUILD UINT64_C(1)
#define REFHV_VERSION UINT64_C(1) /* 0.1 */

#define FEATURE_NEVER_SPIN_NOTIFY (UINT64_C(0xffffffff) << 32)
#define HARDWARE_FEATURE_SLAT (UINT64_C(1) << 1)

#define GICR_FRAME_BYTES 0x20000u

#define PRIVILEGES_VTL0                                                                    \
    (HV_PRIVILEGE_REFERENCE_COUNTER | HV_PRIVILEGE_SYNIC | HV_PRIVILEGE_STIMERS |          \
     HV_PRIVILEGE_HYPERCALL | HV_PRIVILEGE_VP_INDEX | HV_PRIVILEGE_REFERENCE_TSC |         \
     HV_PRIVILEGE_POST_MESSAGES | HV_PRIVILEGE_SIGNAL_EVENTS | HV_PRIVILEGE_VP_REGISTERS | \
     HV_PRIVILEGE_FAST_OUTPUT)
#define PRIVILEGES_VTL2 (PRIVILEGES_VTL0 | HV_PRIVILEGE_ACCESS_VSM | HV_PRIVILEGE_START_VP)

uint32_t hvregs_info_get(const struct hvregs_access *access, struct hv_register_value *value)
{
    switch (access->name) {
    case HV_REGISTER_HYPERVISOR_VERSION:
        value->low = REFHV_BUILD | REFHV_VERSION << 32;
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_PRIVILEGES_AND_FEATURES:
        value->low = access->slot == SLOT_VTL2 ? PRIVILEGES_VTL2 : PRIVILEGES_VTL0;
        value->high = HV_FEATURE_HIGH_CRASH_REGISTERS | HV_FEATURE_HIGH_DIRECT_STIMERS;
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_FEATURES:
        value->low = FEATURE_NEVER_SPIN_NOTIFY;
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_IMPLEMENTATION_LIMITS: /* most VPs, most logical processors */
        value->low = MACHINE_CPU_MAX | (uint64_t)MACHINE_CPU_MAX << 32;
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_HARDWARE_FEATURES:
        value->low = HARDWARE_FEATURE_SLAT;
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_ISOLATION_CONFIGURATION: /* type none */
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_GICR_BASE_GPA:
        value->low = machine.gicr.base + (uint64_t)access->vp->index * GICR_FRAME_BYTES;
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_VP_INDEX:
        value->low = access->vp->index;
        return HV_STATUS_SUCCESS;
    case HV_REGISTER_TIME_REF_COUNT:
        value->low = timer_reference_time();
        return HV_STATUS_SUCCESS;
    default:
        return HV_STATUS_INVALID_PARAMETER;
    }
}
