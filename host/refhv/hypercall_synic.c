/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages and events: reference sections 2.10, 2.11 and 2.12. refhv has no ports, so every connection is
 * unknown; VTL2 can ask for VTL0's calls to unknown ones.
 */
#include "hypercall.h"

#include <string.h>

#define MESSAGE_FROM_HYPERVISOR UINT32_C(0x80000000)

uint32_t hypercall_install_intercept(struct hypercall *call, const void *input, void *output)
{
    const struct hv_install_intercept *request = input;
    const uint32_t status = hypercall_partition(request->partition_id);

    (void)call;
    (void)output;
    if (status != HV_STATUS_SUCCESS) {
        return status;
    }
    if (request->type != HV_INTERCEPT_TYPE_UNKNOWN_SYNIC_CONNECTION ||
        (request->access_mask != 0 && request->access_mask != HV_INTERCEPT_ACCESS_EXECUTE)) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    partition.unknown_connection_intercept = request->access_mask != 0;
    return HV_STATUS_SUCCESS;
}

static uint32_t unknown_connection(const struct hypercall *call)
{
    return call->slot == SLOT_VTL0 && partition.unknown_connection_intercept
               ? HYPERCALL_INTERCEPT
               : HV_STATUS_INVALID_CONNECTION_ID;
}

uint32_t hypercall_post_message(struct hypercall *call, const void *input, void *output)
{
    const struct hv_post_message *request = input;

    (void)output;
    if (request->zero != 0 || request->payload_size > HV_MESSAGE_PAYLOAD_BYTES ||
        request->message_type == HV_MESSAGE_NONE ||
        (request->message_type & MESSAGE_FROM_HYPERVISOR) != 0) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    return unknown_connection(call);
}

uint32_t hypercall_signal_event(struct hypercall *call, const void *input, void *output)
{
    const struct hv_signal_event *request = input;

    (void)output;
    return request->zero == 0 ? unknown_connection(call) : HV_STATUS_INVALID_PARAMETER;
}

static uint32_t direct_target(const struct hypercall *call, uint64_t partition_id,
                              uint32_t vp_index, uint8_t vtl, struct vp **target, unsigned *slot)
{
    uint32_t status = hypercall_partition(partition_id);

    if (status == HV_STATUS_SUCCESS) {
        status = hypercall_vp(call, vp_index, target);
    }
    if (status == HV_STATUS_SUCCESS) {
        status = hypercall_plain_vtl(call, vtl, slot);
    }
    return status;
}

uint32_t hypercall_post_message_direct(struct hypercall *call, const void *input, void *output)
{
    const struct hv_post_message_direct *request = input;
    struct hv_message message;
    struct vp *target;
    unsigned slot;
    const uint32_t status = direct_target(call, request->partition_id, request->vp_index,
                                          request->target_vtl, &target, &slot);

    (void)output;
    if (status != HV_STATUS_SUCCESS) {
        return status;
    }
    memcpy(&message, request->message, sizeof(message));
    if (!hypercall_is_zero(request->zero0, sizeof(request->zero0)) ||
        !hypercall_is_zero(request->zero1, sizeof(request->zero1)) || request->zero2 != 0 ||
        message.type == HV_MESSAGE_NONE || message.payload_size > HV_MESSAGE_PAYLOAD_BYTES) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    message.flags = 0; /* the pending flag is the hypervisor's own */
    return synic_post(target, slot, request->sint, &message);
}

uint32_t hypercall_signal_event_direct(struct hypercall *call, const void *input, void *output)
{
    const struct hv_signal_event_direct *request = input;
    uint64_t *result = output;
    struct vp *target;
    unsigned slot;
    bool newly = false;
    uint32_t status = direct_target(call, request->partition_id, request->vp_index,
                                    request->target_vtl, &target, &slot);

    if (status == HV_STATUS_SUCCESS) {
        status = synic_signal(target, slot, request->sint, request->flag, &newly);
    }
    *result = newly ? 1 : 0;
    return status;
}
