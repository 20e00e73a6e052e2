/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PSCI for both VTLs: VTL0's and VTL2's CPUs start and stop apart. What VTL0 asks of the machine as a whole
 * goes to VTL2 as a reset intercept where VTL2 wants it (reference 6.5); the rest is refhv's (6.6).
 */
#include "psci.h"

#include "arm64.h"
#include "gic.h"
#include "hv_message.h"
#include "smccc.h"
#include "vp.h"

#define POWER_STATE_RESERVED UINT64_C(0xfcfe0000) /* original format: 31:26, 23:17 */
#define RESET2_VENDOR UINT64_C(0x80000000)

/* A call: its arguments, as wide as the convention makes them. */
struct psci_call {
    uint64_t x1;
    uint64_t x2;
    uint64_t x3;
};

typedef int64_t (*psci_function_t)(struct vp *vp, const struct psci_call *call);

static int64_t psci_version(struct vp *vp, const struct psci_call *call)
{
    (void)vp;
    (void)call;
    return PSCI_VERSION_1_1;
}

/* Any state is carried out as standby, which PSCI allows (DEN0022 5.4.5): the VP waits for an interrupt. */
static int64_t psci_cpu_suspend(struct vp *vp, const struct psci_call *call)
{
    if ((call->x1 & POWER_STATE_RESERVED) != 0) {
        return PSCI_INVALID_PARAMETERS;
    }
    vp_halt(vp);
    return PSCI_SUCCESS;
}

/* VTL2 may leave a VP only when its VTL0 is off there: VTL0 never runs on a VP without VTL2. */
static int64_t psci_cpu_off(struct vp *vp, const struct psci_call *call)
{
    (void)call;
    return vp_stop(vp, vp->active) ? PSCI_SUCCESS : PSCI_DENIED;
}

static int64_t psci_cpu_on(struct vp *vp, const struct psci_call *call)
{
    static const int64_t results[] = {
        [VP_START_GRANTED] = PSCI_SUCCESS,
        [VP_START_PENDING] = PSCI_ON_PENDING,
        [VP_START_RUNNING] = PSCI_ALREADY_ON,
        [VP_START_WITHOUT_VTL2] = PSCI_DENIED,
    };
    const unsigned slot = vp->active;
    struct vp *target = vp_by_mpidr(call->x1);

    if (target == NULL) {
        return PSCI_INVALID_PARAMETERS;
    }
    if (stage2_guest_pointer(slot, call->x2, HV_MAP_READ) == NULL || (call->x2 & 3) != 0) {
        return PSCI_INVALID_ADDRESS;
    }
    if (!target->vtl[slot].enabled) {
        return PSCI_DENIED;
    }
    if (slot == SLOT_VTL0 && (partition.vsm_config & HV_VSM_CONFIG_DENY_LOWER_VTL_STARTUP) != 0) {
        return PSCI_DENIED;
    }
    return results[vp_request_start(target, slot, call->x2, call->x3, NULL)];
}

static int64_t psci_affinity_info(struct vp *vp, const struct psci_call *call)
{
    const struct vp *target = vp_by_mpidr(call->x1);

    if (target == NULL || call->x2 != 0) {
        return PSCI_INVALID_PARAMETERS;
    }
    /* In this order: a start that is carried out meanwhile is seen in one or the other. */
    const bool pending = atomic_load(&target->start[vp->active].on_state) != VP_ON_IDLE;
    if (atomic_load(&target->vtl[vp->active].run) != VTL_OFF) {
        return PSCI_AFFINITY_ON;
    }
    return pending ? PSCI_AFFINITY_ON_PENDING : PSCI_AFFINITY_OFF;
}

static int64_t psci_migrate_info_type(struct vp *vp, const struct psci_call *call)
{
    (void)vp;
    (void)call;
    return PSCI_MIGRATE_TYPE_NOT_REQUIRED;
}

/* VTL0's wish to end: VTL2's to grant where it asked for that, with the PC back on the call. */
static int64_t end_or_intercept(struct vp *vp, uint32_t type, uint32_t code)
{
    const int64_t function = (int64_t)vp->x[0];

    if (vp->active == SLOT_VTL2 ||
        (partition.vsm_config & HV_VSM_CONFIG_INTERCEPT_SYSTEM_RESET) == 0) {
        machine_end(type == HV_RESET_POWER_OFF || type == HV_RESET_HIBERNATE ? MACHINE_END_OFF
                                                                             : MACHINE_END_RESET);
    }
    vp->pc -= 4;
    intercept_reset(vp, type, code);
    return function;
}

static int64_t psci_system_off(struct vp *vp, const struct psci_call *call)
{
    (void)call;
    return end_or_intercept(vp, HV_RESET_POWER_OFF, 0);
}

static int64_t psci_system_reset(struct vp *vp, const struct psci_call *call)
{
    (void)call;
    return end_or_intercept(vp, HV_RESET_REBOOT, 0);
}

static int64_t psci_system_reset2(struct vp *vp, const struct psci_call *call)
{
    const uint32_t type = (uint32_t)call->x1;

    /* Architectural resets: only SYSTEM_WARM_RESET, 0, is defined (DEN0022 5.17.2). */
    if (type != 0 && (type & RESET2_VENDOR) == 0) {
        return PSCI_INVALID_PARAMETERS;
    }
    return end_or_intercept(vp, HV_RESET_SYSTEM_RESET, type);
}

static int64_t psci_system_off2(struct vp *vp, const struct psci_call *call)
{
    const uint64_t hibernate_off = 1;

    if ((call->x1 != 0 && call->x1 != hibernate_off) || call->x2 != 0) {
        return PSCI_INVALID_PARAMETERS;
    }
    return end_or_intercept(vp, HV_RESET_HIBERNATE, (uint32_t)call->x1);
}

static int64_t psci_features(struct vp *vp, const struct psci_call *call);

/* wide: there is a 64-bit form, PSCI_64BIT added to the id. */
static const struct {
    uint32_t function;
    bool wide;
    psci_function_t call;
} psci_functions[] = {
    {PSCI_VERSION, false, psci_version},
    {PSCI_CPU_SUSPEND, true, psci_cpu_suspend},
    {PSCI_CPU_OFF, false, psci_cpu_off},
    {PSCI_CPU_ON, true, psci_cpu_on},
    {PSCI_AFFINITY_INFO, true, psci_affinity_info},
    {PSCI_MIGRATE_INFO_TYPE, false, psci_migrate_info_type},
    {PSCI_SYSTEM_OFF, false, psci_system_off},
    {PSCI_SYSTEM_RESET, false, psci_system_reset},
    {PSCI_FEATURES, false, psci_features},
    {PSCI_SYSTEM_RESET2, true, psci_system_reset2},
    {PSCI_SYSTEM_OFF2, true, psci_system_off2},
};

static psci_function_t lookup(uint32_t function)
{
    for (unsigned i = 0; i < sizeof(psci_functions) / sizeof(psci_functions[0]); i++) {
        if (psci_functions[i].function == function ||
            (psci_functions[i].wide && (psci_functions[i].function | PSCI_64BIT) == function)) {
            return psci_functions[i].call;
        }
    }
    return NULL;
}

static int64_t psci_features(struct vp *vp, const struct psci_call *call)
{
    const uint32_t function = (uint32_t)call->x1;

    (void)vp;
    return lookup(function) != NULL || function == SMCCC_VERSION ? 0 : PSCI_NOT_SUPPORTED;
}

bool psci_handle(struct vp *vp, uint32_t function)
{
    const psci_function_t handler = lookup(function);
    const uint64_t mask = (function & PSCI_64BIT) != 0 ? ~UINT64_C(0) : UINT64_C(0xffffffff);

    if (handler == NULL) {
        return false;
    }
    const struct psci_call call = {vp->x[1] & mask, vp->x[2] & mask, vp->x[3] & mask};
    const unsigned active = vp->active;
    const int64_t result = handler(vp, &call);
    /* An intercept has entered VTL2: x0 is VTL0's still, and shared. It stays as it was. */
    if (vp->active == active) {
        vp->x[0] = (uint64_t)result;
    }
    return true;
}
