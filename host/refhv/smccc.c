/* SPDX-License-Identifier: BSD-3-Clause */
/* SMC Calling Convention services (Arm DEN0028): versions, Hyper-V's UID, VTL call and return; PSCI is in psci.c,
 * Realm Services in rsi_calls.c. */
#include "smccc.h"

#include "hv_message.h"
#include "psci.h"
#include "rsi_calls.h"
#include "vp.h"

static bool offers_vtl_return(const struct vp *vp)
{
    return !machine.options.no_smccc_switch && vp->active == SLOT_VTL2;
}

static bool offers_vtl_call(const struct vp *vp)
{
    return !machine.options.no_smccc_switch && vp->active == SLOT_VTL0 &&
           vp->vtl[SLOT_VTL2].enabled;
}

static bool offers(const struct vp *vp, uint32_t function, bool by_smc)
{
    switch (function) {
    case SMCCC_VERSION:
    case SMCCC_ARCH_FEATURES:
        return true;
    case HV_SMCCC_HYPERCALL:
        return !by_smc;
    case HV_SMCCC_VTL_RETURN:
        return !by_smc && offers_vtl_return(vp);
    case HV_SMCCC_VTL_CALL:
        return !by_smc && offers_vtl_call(vp);
    default:
        return false;
    }
}

/* X0, which VTL0 shares, has the function id in it: VTL0's comes from the field that TLFS keeps for return registers. */
static void vtl_return(struct vp *vp)
{
    const volatile struct hv_vp_assist_page *assist = switch_assist_page(vp);

    if (assist == NULL) {
        vp->x[0] = SMCCC_INVALID_PARAMETER;
        return;
    }
    vp->x[0] = assist->registers[0];
    switch_return_vtl0_smccc(vp);
}

static void vendor_uid(struct vp *vp)
{
    vp->x[0] = HV_SMCCC_UID0;
    vp->x[1] = HV_SMCCC_UID1;
    vp->x[2] = HV_SMCCC_UID2;
    vp->x[3] = HV_SMCCC_UID3;
}

/* Apart, so that a VTL return needs no stack. */
__attribute__((noinline)) static void service(struct vp *vp, uint32_t function, bool by_smc)
{
    if (function == SMCCC_VERSION) {
        vp->x[0] = SMCCC_VERSION_1_2;
    } else if (function == SMCCC_ARCH_FEATURES) {
        vp->x[0] = offers(vp, (uint32_t)vp->x[1], by_smc) ? 0 : SMCCC_NOT_SUPPORTED;
    } else if (function == SMCCC_VENDOR_HYP_UID) {
        vendor_uid(vp);
    } else if (!(by_smc && rsi_handle(vp, function)) && !psci_handle(vp, function)) {
        vp->x[0] = SMCCC_NOT_SUPPORTED;
    }
}

/* First what a VTL does at every exit. */
void smccc_handle(struct vp *vp, bool by_smc)
{
    const uint32_t function = (uint32_t)vp->x[0];

    if (function == HV_SMCCC_VTL_RETURN && !by_smc && offers_vtl_return(vp)) {
        vtl_return(vp);
    } else if (function == HV_SMCCC_HYPERCALL && !by_smc) {
        hypercall_handle(vp, true);
    } else if (function == HV_SMCCC_VTL_CALL && !by_smc && offers_vtl_call(vp)) {
        switch_enter_vtl2(vp, HV_ENTRY_REASON_VTL_CALL);
    } else {
        service(vp, function, by_smc);
    }
}
