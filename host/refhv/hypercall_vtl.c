/* SPDX-License-Identifier: BSD-3-Clause */
/* Hypercalls about VTLs themselves: reference sections 2.4, 2.5 and 2.6. All of them are VTL2's. */
#include "hypercall.h"

#define HIGHEST_VTL 2u
/* A GPA has at most 52 bits (Arm ARM, FEAT_LPA). */
#define GPA_PAGE_LIMIT (UINT64_C(1) << (52 - 12))

uint32_t hypercall_enable_partition_vtl(struct hypercall *call, const void *input, void *output)
{
    const struct hv_enable_partition_vtl *request = input;
    const uint32_t status = hypercall_partition(request->partition_id);

    (void)call;
    (void)output;
    if (status != HV_STATUS_SUCCESS) {
        return status;
    }
    /* Neither MBEC nor a shadow stack nor HVPT: no flag has a meaning here. */
    if (request->flags != 0 || !hypercall_is_zero(request->zero, sizeof(request->zero))) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    if (request->target_vtl == 0 || request->target_vtl == HIGHEST_VTL) {
        return HV_STATUS_VTL_ALREADY_ENABLED;
    }
    return HV_STATUS_INVALID_PARAMETER;
}

/* The checks that EnableVpVtl and StartVirtualProcessor share. */
static uint32_t check_target(const struct hypercall *call, const struct hv_enable_vp_vtl *request,
                             struct vp **target)
{
    uint32_t status = hypercall_partition(request->partition_id);

    if (status == HV_STATUS_SUCCESS) {
        status = hypercall_vp(call, request->vp_index, target);
    }
    if (status == HV_STATUS_SUCCESS && !hypercall_is_zero(request->zero, sizeof(request->zero))) {
        status = HV_STATUS_INVALID_PARAMETER;
    }
    return status;
}

/*
 * The context has no use: refhv enters VTL2 of a VP for the first time by PSCI CPU_ON or
 * StartVirtualProcessor alone, and each brings its own (hypercalls.md).
 */
uint32_t hypercall_enable_vp_vtl(struct hypercall *call, const void *input, void *output)
{
    const struct hv_enable_vp_vtl *request = input;
    struct vp *target;
    const uint32_t status = check_target(call, request, &target);

    (void)output;
    if (status != HV_STATUS_SUCCESS) {
        return status;
    }
    if (request->target_vtl == 0) {
        return HV_STATUS_VTL_ALREADY_ENABLED;
    }
    if (request->target_vtl != HIGHEST_VTL) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    const uint64_t bit = UINT64_C(1) << target->index;
    if ((atomic_fetch_or(&partition.vtl2_enabled_vps, bit) & bit) != 0 ||
        target->vtl[SLOT_VTL2].enabled) {
        return HV_STATUS_VTL_ALREADY_ENABLED;
    }
    target->vtl[SLOT_VTL2].enabled = true;
    return HV_STATUS_SUCCESS;
}

uint32_t hypercall_start_vp(struct hypercall *call, const void *input, void *output)
{
    const struct hv_enable_vp_vtl *request = input;
    struct vp *target;
    unsigned slot;
    uint32_t status = check_target(call, request, &target);

    (void)output;
    if (status == HV_STATUS_SUCCESS) {
        status = hypercall_plain_vtl(call, request->target_vtl, &slot);
    }
    if (status != HV_STATUS_SUCCESS) {
        return status;
    }
    if (target == call->vp) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    status = hypercall_target_at_rest(call, target, slot);
    if (status != HV_STATUS_SUCCESS) {
        return status;
    }
    if (request->context.pc % 4 != 0) {
        return HV_STATUS_INVALID_REGISTER_VALUE;
    }
    return vp_request_start(target, slot, request->context.pc, 0, &request->context) ==
                   VP_START_GRANTED
               ? HV_STATUS_SUCCESS
               : HV_STATUS_INVALID_VP_STATE;
}

/* The VTL named is the one whose restriction it is; it binds VTL0 (reference section 2.6, K7). */
uint32_t hypercall_protection_begin(struct hypercall *call, const void *input, void *output)
{
    const struct hv_modify_vtl_protection *header = input;
    uint32_t status = hypercall_partition(header->partition_id);

    (void)output;
    if (status == HV_STATUS_SUCCESS) {
        status = hypercall_input_vtl(call, header->input_vtl, &call->target_slot);
    }
    if (status != HV_STATUS_SUCCESS) {
        return status;
    }
    if (call->target_slot != SLOT_VTL2 || (header->map_flags & ~HV_MAP_ALL) != 0 ||
        !hypercall_is_zero(header->zero, sizeof(header->zero))) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    call->map_flags = header->map_flags;
    return (partition.vsm_config & HV_VSM_CONFIG_ENABLE_PROTECTION) != 0 ? HV_STATUS_SUCCESS
                                                                         : HV_STATUS_ACCESS_DENIED;
}

uint32_t hypercall_protection_page(struct hypercall *call, const void *input, void *output)
{
    const uint64_t *page = input;

    (void)output;
    if (*page >= GPA_PAGE_LIMIT || !stage2_is_ram(*page * HV_PAGE_SIZE)) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    return stage2_vtl0_protect(*page, call->map_flags) ? HV_STATUS_SUCCESS
                                                       : HV_STATUS_INSUFFICIENT_MEMORY;
}
