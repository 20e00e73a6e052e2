/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hyper-V hypercalls on arm64: calling convention, call codes, status codes, input and output
 * layouts.
 *
 * Sources: Hyper-V TLFS (hypercall-interface, vsm, hypercalls/), OpenVMM hvdef. All layouts are
 * little endian with explicit padding; tests/contract/hv_offsets.c asserts every offset.
 */
#ifndef VTL_ABI_HV_HYPERCALL_H
#define VTL_ABI_HV_HYPERCALL_H

#include <stdint.h>

#define HV_PAGE_SIZE 4096u
#define HV_PARTITION_ID_SELF UINT64_C(0xffffffffffffffff)
#define HV_VP_INDEX_SELF UINT32_C(0xfffffffe)
#define HV_ANY_VP UINT32_C(0xffffffff)

/* HVC immediates (TLFS hypercall-interface, vsm). */
#define HV_HVC_SMCCC 0
#define HV_HVC_HYPERCALL 1
#define HV_HVC_VTL_CALL 2
#define HV_HVC_VTL_RETURN 3

/* The SMCCC form: yielding call, 64-bit, owner 6, number 1; X1 is the control word. */
#define HV_SMCCC_HYPERCALL UINT32_C(0x46000001)

/* HV_INPUT_VTL: bits 3:0 the VTL, bit 4 "use it". 0 is the caller's own VTL. */
#define HV_INPUT_VTL_CURRENT 0x00u
#define HV_INPUT_VTL_USE 0x10u
#define HV_INPUT_VTL(vtl) (HV_INPUT_VTL_USE | (vtl))
#define HV_INPUT_VTL_TARGET_MASK 0x0fu
#define HV_INPUT_VTL_RESERVED_MASK 0xe0u

/* Control word. */
#define HV_CONTROL_CODE_MASK UINT64_C(0xffff)
#define HV_CONTROL_FAST (UINT64_C(1) << 16)
#define HV_CONTROL_VARHEAD_SHIFT 17
#define HV_CONTROL_VARHEAD_MASK UINT64_C(0x3ff)
#define HV_CONTROL_NESTED (UINT64_C(1) << 31)
#define HV_CONTROL_REP_COUNT_SHIFT 32
#define HV_CONTROL_REP_START_SHIFT 48
#define HV_CONTROL_REP_MASK UINT64_C(0xfff)
/* Bits 30:27, 47:44 and 63:60. */
#define HV_CONTROL_RESERVED_MASK UINT64_C(0xf000f00078000000)

/* Result word: bits 15:0 the status, 43:32 the elements completed, counted from element 0. */
#define HV_RESULT_STATUS_MASK UINT64_C(0xffff)
#define HV_RESULT_REP_SHIFT 32
#define HV_RESULT_REP_MASK UINT64_C(0xfff)

/* Fast form: register pairs that carry input and output, both conventions. */
#define HV_FAST_BYTES_MAX 128u

/* Status codes. */
#define HV_STATUS_SUCCESS 0x00u
#define HV_STATUS_INVALID_HYPERCALL_CODE 0x02u
#define HV_STATUS_INVALID_HYPERCALL_INPUT 0x03u
#define HV_STATUS_INVALID_ALIGNMENT 0x04u
#define HV_STATUS_INVALID_PARAMETER 0x05u
#define HV_STATUS_ACCESS_DENIED 0x06u
#define HV_STATUS_INVALID_PARTITION_STATE 0x07u
#define HV_STATUS_OPERATION_DENIED 0x08u
#define HV_STATUS_INSUFFICIENT_MEMORY 0x0bu
#define HV_STATUS_INVALID_PARTITION_ID 0x0du
#define HV_STATUS_INVALID_VP_INDEX 0x0eu
#define HV_STATUS_NOT_FOUND 0x10u
#define HV_STATUS_INVALID_CONNECTION_ID 0x12u
#define HV_STATUS_INVALID_VP_STATE 0x15u
#define HV_STATUS_INVALID_SYNIC_STATE 0x18u
#define HV_STATUS_OBJECT_IN_USE 0x19u
#define HV_STATUS_INVALID_REGISTER_VALUE 0x50u
#define HV_STATUS_INVALID_VTL_STATE 0x51u
#define HV_STATUS_TIMEOUT 0x78u
#define HV_STATUS_VTL_ALREADY_ENABLED 0x86u
#define HV_STATUS_UNKNOWN_REGISTER_NAME 0x87u

/* Call codes. */
#define HV_CALL_MODIFY_VTL_PROTECTION_MASK 0x000cu
#define HV_CALL_ENABLE_PARTITION_VTL 0x000du
#define HV_CALL_ENABLE_VP_VTL 0x000fu
#define HV_CALL_VTL_CALL 0x0011u
#define HV_CALL_VTL_RETURN 0x0012u
#define HV_CALL_INSTALL_INTERCEPT 0x004du
#define HV_CALL_GET_VP_REGISTERS 0x0050u
#define HV_CALL_SET_VP_REGISTERS 0x0051u
#define HV_CALL_POST_MESSAGE 0x005cu
#define HV_CALL_SIGNAL_EVENT 0x005du
#define HV_CALL_ASSERT_VIRTUAL_INTERRUPT 0x0094u
#define HV_CALL_START_VIRTUAL_PROCESSOR 0x0099u
#define HV_CALL_GET_VP_INDEX_FROM_APIC_ID 0x009au
#define HV_CALL_TRANSLATE_VIRTUAL_ADDRESS_EX 0x00acu
#define HV_CALL_SIGNAL_EVENT_DIRECT 0x00c0u
#define HV_CALL_POST_MESSAGE_DIRECT 0x00c1u
#define HV_CALL_VBS_VM_CALL_REPORT 0xc001u

/* HvCallGetVpRegisters and HvCallSetVpRegisters: the header, then the elements. */
struct hv_vp_registers_header {
    uint64_t partition_id;
    uint32_t vp_index;
    uint8_t input_vtl;
    uint8_t zero[3];
};

struct hv_register_value {
    uint64_t low;
    uint64_t high;
};

struct hv_set_vp_register {
    uint32_t name;
    uint8_t zero[12];
    struct hv_register_value value;
};

/* HvCallEnableVpVtl and HvCallStartVirtualProcessor, with the arm64 initial context. */
struct hv_initial_vp_context {
    uint64_t pc;
    uint64_t sp_el1;
    uint64_t sctlr_el1;
    uint64_t mair_el1;
    uint64_t tcr_el1;
    uint64_t vbar_el1;
    uint64_t ttbr0_el1;
    uint64_t ttbr1_el1;
    uint64_t x18;
};

struct hv_enable_vp_vtl {
    uint64_t partition_id;
    uint32_t vp_index;
    uint8_t target_vtl; /* the number itself, not HV_INPUT_VTL */
    uint8_t zero[3];
    struct hv_initial_vp_context context;
};

struct hv_enable_partition_vtl {
    uint64_t partition_id;
    uint8_t target_vtl;
    uint8_t flags;
    uint8_t zero[6];
};

/* HvCallModifyVtlProtectionMask: the header, then GPA page numbers. */
#define HV_MAP_READ 0x1u
#define HV_MAP_WRITE 0x2u
#define HV_MAP_KERNEL_EXECUTE 0x4u
#define HV_MAP_USER_EXECUTE 0x8u
#define HV_MAP_ALL 0xfu

struct hv_modify_vtl_protection {
    uint64_t partition_id;
    uint32_t map_flags;
    uint8_t input_vtl;
    uint8_t zero[3];
};

/* HvCallAssertVirtualInterrupt. */
#define HV_INTERRUPT_CONTROL_ASSERTED (UINT64_C(1) << 34)

struct hv_assert_virtual_interrupt {
    uint64_t partition_id;
    uint64_t interrupt_control;
    uint64_t destination_address;
    uint32_t vector; /* GIC INTID */
    uint8_t target_vtl;
    uint8_t zero[3];
};

/* HvCallGetVpIndexFromApicId: the header, then u64 MPIDRs; the output is a u32 VP index each. */
struct hv_vp_index_from_apic_id {
    uint64_t partition_id;
    uint8_t target_vtl;
    uint8_t zero[7];
};

/* HvCallTranslateVirtualAddressEx. */
#define HV_TRANSLATE_READ (UINT64_C(1) << 0)
#define HV_TRANSLATE_WRITE (UINT64_C(1) << 1)
#define HV_TRANSLATE_EXECUTE (UINT64_C(1) << 2)
#define HV_TRANSLATE_SET_PAGE_TABLE_BITS (UINT64_C(1) << 4)
#define HV_TRANSLATE_TLB_FLUSH_INHIBIT (UINT64_C(1) << 5)
#define HV_TRANSLATE_SUPERVISOR (UINT64_C(1) << 6)
#define HV_TRANSLATE_USER (UINT64_C(1) << 7)
#define HV_TRANSLATE_PAN_SET (UINT64_C(1) << 8)
#define HV_TRANSLATE_PAN_CLEAR (UINT64_C(1) << 9)
#define HV_TRANSLATE_INPUT_VTL_SHIFT 56

#define HV_TRANSLATE_RESULT_SUCCESS 0u
#define HV_TRANSLATE_RESULT_NOT_PRESENT 1u
#define HV_TRANSLATE_RESULT_PRIVILEGE 2u
#define HV_TRANSLATE_RESULT_BAD_FLAGS 3u
#define HV_TRANSLATE_RESULT_GPA_UNMAPPED 4u
#define HV_TRANSLATE_RESULT_NO_READ 5u
#define HV_TRANSLATE_RESULT_NO_WRITE 6u

struct hv_translate_virtual_address_ex {
    uint64_t partition_id;
    uint32_t vp_index;
    uint32_t zero;
    uint64_t flags;
    uint64_t gva_page;
};

struct hv_translate_virtual_address_ex_output {
    uint32_t result;
    uint8_t cache_type;
    uint8_t overlay; /* bit 0 */
    uint16_t zero;
    uint64_t gpa_page;
};

/* HvCallInstallIntercept. */
#define HV_INTERCEPT_ACCESS_EXECUTE 4u
#define HV_INTERCEPT_TYPE_UNKNOWN_SYNIC_CONNECTION 0x0du

struct hv_install_intercept {
    uint64_t partition_id;
    uint32_t access_mask;
    uint32_t type;
    uint64_t parameters;
};

/* HvCallPostMessage, HvCallSignalEvent and their direct forms. */
struct hv_post_message {
    uint32_t connection_id;
    uint32_t zero;
    uint32_t message_type;
    uint32_t payload_size;
    uint8_t payload[240];
};

struct hv_signal_event {
    uint32_t connection_id;
    uint16_t flag;
    uint16_t zero;
};

struct hv_post_message_direct {
    uint64_t partition_id;
    uint32_t vp_index;
    uint8_t target_vtl;
    uint8_t zero0[3];
    uint8_t sint;
    uint8_t zero1[3];
    uint8_t message[256];
    uint32_t zero2;
};

struct hv_signal_event_direct {
    uint64_t partition_id;
    uint32_t vp_index;
    uint8_t target_vtl;
    uint8_t sint;
    uint16_t flag;
};

/* HvCallVbsVmCallReport: report data in; the report out, in a list that is larger (OpenVMM hvdef, vbs.rs). */
#define HV_VBS_REPORT_DATA_BYTES 64u
#define HV_VBS_REPORT_LIST_BYTES 2048u
#define HV_VBS_POLICY_DEBUG 1u

struct hv_vbs_report_header {
    uint32_t package_bytes;
    uint32_t package_version;
    uint32_t signature_scheme;
    uint32_t signature_bytes;
    uint32_t zero;
};

struct hv_vbs_report_identity {
    uint8_t owner_id[32];
    uint8_t measurement[32];
    uint8_t signer[32];
    uint8_t host_data[32];
    uint32_t enabled_vtls; /* bit a VTL */
    uint32_t policy;
    uint32_t guest_vtl;
    uint32_t guest_svn;
    uint32_t guest_product_id;
    uint32_t guest_module_id;
    uint8_t zero[64];
};

struct hv_vbs_report {
    struct hv_vbs_report_header header;
    uint32_t version;
    uint8_t report_data[HV_VBS_REPORT_DATA_BYTES];
    struct hv_vbs_report_identity identity;
    uint8_t signature[256];
};

struct hv_vbs_report_list {
    struct hv_vbs_report report;
    uint8_t zero[HV_VBS_REPORT_LIST_BYTES - sizeof(struct hv_vbs_report)];
};

#endif /* VTL_ABI_HV_HYPERCALL_H */
