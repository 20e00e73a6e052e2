/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every offset and size of the Hyper-V layouts, as TLFS and OpenVMM's hvdef give them. The section
 * named in each line is of the project's contract reference, which cites the source. Holds no code;
 * building it is the test.
 */
#include "hv_hypercall.h"
#include "hv_message.h"

#include <stddef.h>

#define AT(type, field, offset, section) \
    _Static_assert(offsetof(struct type, field) == (offset), "section " section)
#define SIZE(type, bytes, section) \
    _Static_assert(sizeof(struct type) == (bytes), "section " section)

AT(hv_vp_registers_header, partition_id, 0x0, "2.2");
AT(hv_vp_registers_header, vp_index, 0x8, "2.2");
AT(hv_vp_registers_header, input_vtl, 0xc, "2.2");
AT(hv_vp_registers_header, zero, 0xd, "2.2");
SIZE(hv_vp_registers_header, 0x10, "2.2");

AT(hv_register_value, low, 0x0, "2.2, 3: 128 bits");
AT(hv_register_value, high, 0x8, "2.2, 3: 128 bits");
SIZE(hv_register_value, 0x10, "2.2, 3: 128 bits");

AT(hv_set_vp_register, name, 0x0, "2.3");
AT(hv_set_vp_register, zero, 0x4, "2.3");
AT(hv_set_vp_register, value, 0x10, "2.3");
SIZE(hv_set_vp_register, 0x20, "2.3");

AT(hv_initial_vp_context, pc, 0x0, "2.5");
AT(hv_initial_vp_context, sp_el1, 0x8, "2.5");
AT(hv_initial_vp_context, sctlr_el1, 0x10, "2.5");
AT(hv_initial_vp_context, mair_el1, 0x18, "2.5");
AT(hv_initial_vp_context, tcr_el1, 0x20, "2.5");
AT(hv_initial_vp_context, vbar_el1, 0x28, "2.5");
AT(hv_initial_vp_context, ttbr0_el1, 0x30, "2.5");
AT(hv_initial_vp_context, ttbr1_el1, 0x38, "2.5");
AT(hv_initial_vp_context, x18, 0x40, "2.5");
SIZE(hv_initial_vp_context, 0x48, "2.5");

AT(hv_enable_vp_vtl, partition_id, 0x0, "2.5");
AT(hv_enable_vp_vtl, vp_index, 0x8, "2.5");
AT(hv_enable_vp_vtl, target_vtl, 0xc, "2.5");
AT(hv_enable_vp_vtl, zero, 0xd, "2.5");
AT(hv_enable_vp_vtl, context, 0x10, "2.5");
SIZE(hv_enable_vp_vtl, 0x58, "2.5");

AT(hv_enable_partition_vtl, partition_id, 0x0, "2.4");
AT(hv_enable_partition_vtl, target_vtl, 0x8, "2.4");
AT(hv_enable_partition_vtl, flags, 0x9, "2.4");
AT(hv_enable_partition_vtl, zero, 0xa, "2.4");
SIZE(hv_enable_partition_vtl, 0x10, "2.4");

AT(hv_modify_vtl_protection, partition_id, 0x0, "2.6");
AT(hv_modify_vtl_protection, map_flags, 0x8, "2.6");
AT(hv_modify_vtl_protection, input_vtl, 0xc, "2.6");
AT(hv_modify_vtl_protection, zero, 0xd, "2.6");
SIZE(hv_modify_vtl_protection, 0x10, "2.6");

AT(hv_assert_virtual_interrupt, partition_id, 0x0, "2.7");
AT(hv_assert_virtual_interrupt, interrupt_control, 0x8, "2.7");
AT(hv_assert_virtual_interrupt, destination_address, 0x10, "2.7");
AT(hv_assert_virtual_interrupt, vector, 0x18, "2.7");
AT(hv_assert_virtual_interrupt, target_vtl, 0x1c, "2.7");
AT(hv_assert_virtual_interrupt, zero, 0x1d, "2.7");
SIZE(hv_assert_virtual_interrupt, 0x20, "2.7");

AT(hv_vp_index_from_apic_id, partition_id, 0x0, "2.9");
AT(hv_vp_index_from_apic_id, target_vtl, 0x8, "2.9");
AT(hv_vp_index_from_apic_id, zero, 0x9, "2.9");
SIZE(hv_vp_index_from_apic_id, 0x10, "2.9");

AT(hv_translate_virtual_address_ex, partition_id, 0x0, "2.8");
AT(hv_translate_virtual_address_ex, vp_index, 0x8, "2.8");
AT(hv_translate_virtual_address_ex, zero, 0xc, "2.8");
AT(hv_translate_virtual_address_ex, flags, 0x10, "2.8");
AT(hv_translate_virtual_address_ex, gva_page, 0x18, "2.8");
SIZE(hv_translate_virtual_address_ex, 0x20, "2.8");

AT(hv_translate_virtual_address_ex_output, result, 0x0, "2.8");
AT(hv_translate_virtual_address_ex_output, cache_type, 0x4, "2.8");
AT(hv_translate_virtual_address_ex_output, overlay, 0x5, "2.8");
AT(hv_translate_virtual_address_ex_output, gpa_page, 0x8, "2.8");
SIZE(hv_translate_virtual_address_ex_output, 0x10, "2.8");

AT(hv_install_intercept, partition_id, 0x0, "2.12");
AT(hv_install_intercept, access_mask, 0x8, "2.12");
AT(hv_install_intercept, type, 0xc, "2.12");
AT(hv_install_intercept, parameters, 0x10, "2.12");
SIZE(hv_install_intercept, 0x18, "2.12");

AT(hv_post_message, connection_id, 0x0, "2.10");
AT(hv_post_message, zero, 0x4, "2.10");
AT(hv_post_message, message_type, 0x8, "2.10");
AT(hv_post_message, payload_size, 0xc, "2.10");
AT(hv_post_message, payload, 0x10, "2.10");
SIZE(hv_post_message, 0x100, "2.10");

AT(hv_signal_event, connection_id, 0x0, "2.10");
AT(hv_signal_event, flag, 0x4, "2.10");
AT(hv_signal_event, zero, 0x6, "2.10");
SIZE(hv_signal_event, 0x8, "2.10");

AT(hv_post_message_direct, partition_id, 0x0, "2.11");
AT(hv_post_message_direct, vp_index, 0x8, "2.11");
AT(hv_post_message_direct, target_vtl, 0xc, "2.11");
AT(hv_post_message_direct, zero0, 0xd, "2.11");
AT(hv_post_message_direct, sint, 0x10, "2.11");
AT(hv_post_message_direct, zero1, 0x11, "2.11");
AT(hv_post_message_direct, message, 0x14, "2.11");
AT(hv_post_message_direct, zero2, 0x114, "2.11");
SIZE(hv_post_message_direct, 0x118, "2.11");

AT(hv_signal_event_direct, partition_id, 0x0, "2.11");
AT(hv_signal_event_direct, vp_index, 0x8, "2.11");
AT(hv_signal_event_direct, target_vtl, 0xc, "2.11");
AT(hv_signal_event_direct, sint, 0xd, "2.11");
AT(hv_signal_event_direct, flag, 0xe, "2.11");
SIZE(hv_signal_event_direct, 0x10, "2.11");

AT(hv_message, type, 0x0, "5.1");
AT(hv_message, payload_size, 0x4, "5.1");
AT(hv_message, flags, 0x5, "5.1");
AT(hv_message, zero, 0x6, "5.1");
AT(hv_message, id, 0x8, "5.1");
AT(hv_message, payload, 0x10, "5.1");
SIZE(hv_message, 0x100, "5.1");

AT(hv_intercept_header, vp_index, 0x0, "5.3");
AT(hv_intercept_header, instruction_length, 0x4, "5.3");
AT(hv_intercept_header, access_type, 0x5, "5.3");
AT(hv_intercept_header, execution_state, 0x6, "5.3");
AT(hv_intercept_header, pc, 0x8, "5.3");
AT(hv_intercept_header, cpsr, 0x10, "5.3");
SIZE(hv_intercept_header, 0x18, "5.3");

AT(hv_memory_intercept, header, 0x0, "5.4");
AT(hv_memory_intercept, cache_type, 0x18, "5.4");
AT(hv_memory_intercept, instruction_byte_count, 0x1c, "5.4");
AT(hv_memory_intercept, access_info, 0x1d, "5.4");
AT(hv_memory_intercept, zero0, 0x1e, "5.4");
AT(hv_memory_intercept, instruction_bytes, 0x20, "5.4");
AT(hv_memory_intercept, zero1, 0x24, "5.4");
AT(hv_memory_intercept, gva, 0x28, "5.4");
AT(hv_memory_intercept, gpa, 0x30, "5.4");
AT(hv_memory_intercept, syndrome, 0x38, "5.4");
SIZE(hv_memory_intercept, 0x40, "5.4");

AT(hv_hypercall_intercept, header, 0x0, "5.5: X17 ends at 0xb0");
AT(hv_hypercall_intercept, immediate, 0x18, "5.5: X17 ends at 0xb0");
AT(hv_hypercall_intercept, zero, 0x1a, "5.5: X17 ends at 0xb0");
AT(hv_hypercall_intercept, flags, 0x1c, "5.5: X17 ends at 0xb0");
AT(hv_hypercall_intercept, x, 0x20, "5.5: X17 ends at 0xb0");
SIZE(hv_hypercall_intercept, 0xb0, "5.5: X17 ends at 0xb0");

AT(hv_sint_deliverable, header, 0x0, "5.5");
AT(hv_sint_deliverable, deliverable_sints, 0x18, "5.5");
SIZE(hv_sint_deliverable, 0x20, "5.5");

AT(hv_reset_intercept, header, 0x0, "5.5");
AT(hv_reset_intercept, type, 0x18, "5.5");
AT(hv_reset_intercept, code, 0x1c, "5.5");
SIZE(hv_reset_intercept, 0x20, "5.5");

AT(hv_return_action, type, 0x0, "4.1");
AT(hv_return_action, target_vp, 0x8, "4.1");
AT(hv_return_action, target_vtl, 0xc, "4.1");
AT(hv_return_action, sint, 0xd, "4.1");
AT(hv_return_action, flag, 0xe, "4.1");
SIZE(hv_return_action, 0x10, "4.1");

AT(hv_vp_assist_page, apic_assist, 0x0, "4.1");
AT(hv_vp_assist_page, entry_reason, 0x8, "4.1");
AT(hv_vp_assist_page, vina_asserted, 0xc, "4.1");
AT(hv_vp_assist_page, registers, 0x10, "4.1");
AT(hv_vp_assist_page, intercept_message, 0x70, "4.1");
AT(hv_vp_assist_page, return_actions, 0x170, "4.1");
SIZE(hv_vp_assist_page, 0x1000, "4.1");

AT(hv_register_page, version, 0x0, "4.2");
AT(hv_register_page, valid, 0x2, "4.2");
AT(hv_register_page, vtl, 0x3, "4.2");
AT(hv_register_page, dirty, 0x4, "4.2");
AT(hv_register_page, pc, 0x110, "4.2");
AT(hv_register_page, cpsr, 0x118, "4.2");
AT(hv_register_page, sctlr_el1, 0x120, "4.2");
AT(hv_register_page, tcr_el1, 0x128, "4.2");
AT(hv_register_page, reserved1, 0x130, "4.2");
SIZE(hv_register_page, 0x1000, "4.2");

AT(hv_message_page, slots, 0x0, "5.1, 5.7: 16 SINTs of 256 bytes");
SIZE(hv_message_page, 0x1000, "5.1, 5.7: 16 SINTs of 256 bytes");

AT(hv_vbs_report_header, package_bytes, 0x0, "9.1");
AT(hv_vbs_report_header, package_version, 0x4, "9.1");
AT(hv_vbs_report_header, signature_scheme, 0x8, "9.1");
AT(hv_vbs_report_header, signature_bytes, 0xc, "9.1");
SIZE(hv_vbs_report_header, 0x14, "9.1");

AT(hv_vbs_report, version, 0x14, "9.1");
AT(hv_vbs_report, report_data, 0x18, "9.1");
AT(hv_vbs_report, identity, 0x58, "9.1");
AT(hv_vbs_report, identity.measurement, 0x78, "9.1");
AT(hv_vbs_report, identity.signer, 0x98, "9.1");
AT(hv_vbs_report, identity.host_data, 0xb8, "9.1");
AT(hv_vbs_report, identity.enabled_vtls, 0xd8, "9.1");
AT(hv_vbs_report, identity.policy, 0xdc, "9.1");
AT(hv_vbs_report, identity.guest_vtl, 0xe0, "9.1");
AT(hv_vbs_report, identity.guest_svn, 0xe4, "9.1");
AT(hv_vbs_report, identity.guest_product_id, 0xe8, "9.1");
AT(hv_vbs_report, identity.guest_module_id, 0xec, "9.1");
AT(hv_vbs_report, signature, 0x130, "9.1");
SIZE(hv_vbs_report_identity, 0xd8, "9.1");
SIZE(hv_vbs_report, 0x230, "9.1");
SIZE(hv_vbs_report_list, 0x800, "9.2");
