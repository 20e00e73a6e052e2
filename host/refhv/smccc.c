/* SPDX-License-Identifier: BSD-3-Clause */
/* SMC Calling Convention services (Arm DEN0028): versions, Hyper-V's UID; PSCI is in psci.c. */
#include "smccc.h"

#include "psci.h"
#include "vp.h"

static bool is_service(uint32_t function)
{
    return function == SMCCC_VERSION || function == SMCCC_ARCH_FEATURES ||
           function == HV_SMCCC_HYPERCALL;
}

static void vendor_uid(struct vp *vp)
{
    vp->x[0] = HV_SMCCC_UID0;
    vp->x[1] = HV_SMCCC_UID1;
    vp->x[2] = HV_SMCCC_UID2;
    vp->x[3] = HV_SMCCC_UID3;
}

void smccc_handle(struct vp *vp, bool by_smc)
{
    const uint32_t function = (uint32_t)vp->x[0];

    if (function == HV_SMCCC_HYPERCALL && !by_smc) {
        hypercall_handle(vp, true);
    } else if (function == SMCCC_VERSION) {
        vp->x[0] = SMCCC_VERSION_1_2;
    } else if (function == SMCCC_ARCH_FEATURES) {
        vp->x[0] = is_service((uint32_t)vp->x[1]) ? 0 : SMCCC_NOT_SUPPORTED;
    } else if (function == SMCCC_VENDOR_HYP_UID) {
        vendor_uid(vp);
    } else if (!psci_handle(vp, function)) {
        vp->x[0] = SMCCC_NOT_SUPPORTED;
    }
}
