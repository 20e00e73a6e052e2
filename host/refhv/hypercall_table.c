/* SPDX-License-Identifier: BSD-3-Clause */
/* The hypercalls that refhv knows, and the checks of fields that many of them share. */
#include "hypercall.h"

#define BOTH (HYPERCALL_BY_VTL0 | HYPERCALL_BY_VTL2)
#define VTL2_ONLY HYPERCALL_BY_VTL2

/* Sizes: reference section 2. Order: by call code. */
static const struct hypercall_entry entries[] = {
    {HV_CALL_MODIFY_VTL_PROTECTION_MASK, VTL2_ONLY, HV_STATUS_ACCESS_DENIED,
     sizeof(struct hv_modify_vtl_protection), sizeof(uint64_t), 0, hypercall_protection_begin,
     hypercall_protection_page},
    {HV_CALL_ENABLE_PARTITION_VTL, VTL2_ONLY, HV_STATUS_ACCESS_DENIED,
     sizeof(struct hv_enable_partition_vtl), 0, 0, hypercall_enable_partition_vtl, NULL},
    {HV_CALL_ENABLE_VP_VTL, VTL2_ONLY, HV_STATUS_ACCESS_DENIED, sizeof(struct hv_enable_vp_vtl), 0,
     0, hypercall_enable_vp_vtl, NULL},
    {HV_CALL_INSTALL_INTERCEPT, VTL2_ONLY, HV_STATUS_ACCESS_DENIED,
     sizeof(struct hv_install_intercept), 0, 0, hypercall_install_intercept, NULL},
    {HV_CALL_GET_VP_REGISTERS, BOTH, HV_STATUS_ACCESS_DENIED, sizeof(struct hv_vp_registers_header),
     sizeof(uint32_t), sizeof(struct hv_register_value), hypercall_registers_begin,
     hypercall_registers_get},
    {HV_CALL_SET_VP_REGISTERS, BOTH, HV_STATUS_ACCESS_DENIED, sizeof(struct hv_vp_registers_header),
     sizeof(struct hv_set_vp_register), 0, hypercall_registers_begin, hypercall_registers_set},
    {HV_CALL_POST_MESSAGE, BOTH, HV_STATUS_ACCESS_DENIED, sizeof(struct hv_post_message), 0, 0,
     hypercall_post_message, NULL},
    {HV_CALL_SIGNAL_EVENT, BOTH, HV_STATUS_ACCESS_DENIED, sizeof(struct hv_signal_event), 0, 0,
     hypercall_signal_event, NULL},
    {HV_CALL_ASSERT_VIRTUAL_INTERRUPT, VTL2_ONLY, HV_STATUS_ACCESS_DENIED,
     sizeof(struct hv_assert_virtual_interrupt), 0, 0, hypercall_assert_interrupt, NULL},
    {HV_CALL_START_VIRTUAL_PROCESSOR, VTL2_ONLY, HV_STATUS_ACCESS_DENIED,
     sizeof(struct hv_enable_vp_vtl), 0, 0, hypercall_start_vp, NULL},
    {HV_CALL_GET_VP_INDEX_FROM_APIC_ID, BOTH, HV_STATUS_ACCESS_DENIED,
     sizeof(struct hv_vp_index_from_apic_id), sizeof(uint64_t), sizeof(uint32_t),
     hypercall_vp_index_begin, hypercall_vp_index_element},
    {HV_CALL_TRANSLATE_VIRTUAL_ADDRESS_EX, BOTH, HV_STATUS_ACCESS_DENIED,
     sizeof(struct hv_translate_virtual_address_ex), 0,
     sizeof(struct hv_translate_virtual_address_ex_output), hypercall_translate, NULL},
    {HV_CALL_SIGNAL_EVENT_DIRECT, VTL2_ONLY, HV_STATUS_OPERATION_DENIED,
     sizeof(struct hv_signal_event_direct), 0, sizeof(uint64_t), hypercall_signal_event_direct,
     NULL},
    {HV_CALL_POST_MESSAGE_DIRECT, VTL2_ONLY, HV_STATUS_OPERATION_DENIED,
     sizeof(struct hv_post_message_direct), 0, 0, hypercall_post_message_direct, NULL},
    {HV_CALL_VBS_VM_CALL_REPORT, VTL2_ONLY, HV_STATUS_ACCESS_DENIED, HV_VBS_REPORT_DATA_BYTES, 0,
     sizeof(struct hv_vbs_report_list), hypercall_report, NULL},
};

_Static_assert((sizeof(struct hv_modify_vtl_protection) | sizeof(struct hv_enable_partition_vtl) |
                sizeof(struct hv_enable_vp_vtl) | sizeof(struct hv_install_intercept) |
                sizeof(struct hv_vp_registers_header) | sizeof(struct hv_register_value) |
                sizeof(struct hv_set_vp_register) | sizeof(struct hv_post_message) |
                sizeof(struct hv_signal_event) | sizeof(struct hv_assert_virtual_interrupt) |
                sizeof(struct hv_vp_index_from_apic_id) |
                sizeof(struct hv_translate_virtual_address_ex) |
                sizeof(struct hv_translate_virtual_address_ex_output) |
                sizeof(struct hv_signal_event_direct) | sizeof(struct hv_post_message_direct)) %
                       4 ==
                   0,
               "hypercall.c copies 32-bit words");
_Static_assert(sizeof(struct hv_post_message_direct) <= 8 * HYPERCALL_INPUT_WORDS, "largest input");
_Static_assert(sizeof(struct hv_vbs_report_list) <= 8 * HYPERCALL_LARGE_WORDS, "largest output");
_Static_assert(sizeof(struct hv_post_message) <= 8 * HYPERCALL_INPUT_WORDS, "largest input");
_Static_assert(sizeof(struct hv_vp_registers_header) <= 8 * HYPERCALL_HEADER_WORDS, "rep header");
_Static_assert(sizeof(struct hv_set_vp_register) <= 8 * HYPERCALL_ELEMENT_WORDS, "rep element");
_Static_assert(sizeof(struct hv_register_value) <= 8 * HYPERCALL_OUTPUT_WORDS, "output");

const struct hypercall_entry *hypercall_find(uint16_t code)
{
    for (unsigned i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
        if (entries[i].code == code) {
            return &entries[i];
        }
    }
    return NULL;
}

uint32_t hypercall_partition(uint64_t partition_id)
{
    return partition_id == HV_PARTITION_ID_SELF ? HV_STATUS_SUCCESS
                                                : HV_STATUS_INVALID_PARTITION_ID;
}

uint32_t hypercall_vp(const struct hypercall *call, uint32_t vp_index, struct vp **vp)
{
    *vp = vp_index == HV_VP_INDEX_SELF ? call->vp : vp_by_index(vp_index);
    return *vp != NULL ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_VP_INDEX;
}

uint32_t hypercall_plain_vtl(const struct hypercall *call, uint8_t vtl, unsigned *slot)
{
    if (vtl > slot_number(call->slot)) {
        return HV_STATUS_ACCESS_DENIED;
    }
    if (vtl == 1) {
        return HV_STATUS_INVALID_VTL_STATE; /* between the two that this partition has */
    }
    *slot = vtl == 2 ? SLOT_VTL2 : SLOT_VTL0;
    return HV_STATUS_SUCCESS;
}

uint32_t hypercall_input_vtl(const struct hypercall *call, uint8_t input_vtl, unsigned *slot)
{
    if ((input_vtl & HV_INPUT_VTL_USE) == 0) {
        *slot = call->slot;
        return input_vtl == HV_INPUT_VTL_CURRENT ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARAMETER;
    }
    if ((input_vtl & HV_INPUT_VTL_RESERVED_MASK) != 0) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    return hypercall_plain_vtl(call, input_vtl & HV_INPUT_VTL_TARGET_MASK, slot);
}

bool hypercall_is_zero(const uint8_t *bytes, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

uint32_t hypercall_target_at_rest(const struct hypercall *call, const struct vp *target,
                                  unsigned slot)
{
    const struct vtl_state *vtl = &target->vtl[slot];

    if (slot == SLOT_VTL2 && !vtl->enabled) {
        return HV_STATUS_INVALID_VTL_STATE;
    }
    if (target != call->vp && atomic_load_explicit(&vtl->run, memory_order_acquire) != VTL_OFF) {
        return HV_STATUS_INVALID_VP_STATE;
    }
    return HV_STATUS_SUCCESS;
}
