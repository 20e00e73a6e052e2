/* SPDX-License-Identifier: BSD-3-Clause */
/* HvCallGetVpRegisters and HvCallSetVpRegisters: reference sections 1.9, 2.2 and 2.3. */
#include "hvregs.h"
#include "hypercall.h"

uint32_t hypercall_registers_begin(struct hypercall *call, const void *input, void *output)
{
    const struct hv_vp_registers_header *header = input;
    uint32_t status = hypercall_partition(header->partition_id);

    (void)output;
    if (status == HV_STATUS_SUCCESS) {
        status = hypercall_vp(call, header->vp_index, &call->target);
    }
    if (status == HV_STATUS_SUCCESS) {
        status = hypercall_input_vtl(call, header->input_vtl, &call->target_slot);
    }
    if (status != HV_STATUS_SUCCESS) {
        return status;
    }
    if (!hypercall_is_zero(header->zero, sizeof(header->zero))) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    /* VTL0's privilege reaches as far as the VP it runs on. */
    if (call->slot == SLOT_VTL0 && call->target != call->vp) {
        return HV_STATUS_ACCESS_DENIED;
    }
    return hypercall_target_at_rest(call, call->target, call->target_slot);
}

/* Until the caller has said who it is, only a few names are open to it. */
static bool early(const struct hypercall *call)
{
    return vps[0].vtl[call->slot].guest_os_id == 0;
}

uint32_t hypercall_registers_get(struct hypercall *call, const void *input, void *output)
{
    const uint32_t *name = input;

    if (early(call) && !hvregs_early_get(*name)) {
        return HV_STATUS_ACCESS_DENIED;
    }
    return hvregs_get(call->target, call->target_slot, call->slot, *name, output);
}

uint32_t hypercall_registers_set(struct hypercall *call, const void *input, void *output)
{
    const struct hv_set_vp_register *element = input;

    (void)output;
    if (early(call) && !hvregs_early_set(element->name)) {
        return HV_STATUS_ACCESS_DENIED;
    }
    if (!hypercall_is_zero(element->zero, sizeof(element->zero))) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    return hvregs_set(call->target, call->target_slot, call->slot, element->name, &element->value);
}
