/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hyper-V messages and the pages through which the hypervisor hands them over: intercept messages,
 * the VP assist page and the register page, arm64 layouts.
 *
 * Sources: OpenVMM hvdef (HvArm64*InterceptMessage, HvVpAssistPage, HvAarch64RegisterPage),
 * Hyper-V TLFS datatypes/hv_message*. tests/contract/hv_offsets.c asserts every offset.
 */
#ifndef VTL_ABI_HV_MESSAGE_H
#define VTL_ABI_HV_MESSAGE_H

#include <stdint.h>

#define HV_MESSAGE_BYTES 256u
#define HV_MESSAGE_PAYLOAD_BYTES 240u
#define HV_MESSAGE_FLAG_PENDING 0x1u

#define HV_MESSAGE_NONE 0x00000000u
#define HV_MESSAGE_UNMAPPED_GPA 0x80000000u
#define HV_MESSAGE_GPA_INTERCEPT 0x80000001u
#define HV_MESSAGE_UNACCEPTED_GPA 0x80000003u
#define HV_MESSAGE_TIMER_EXPIRED 0x80000010u
#define HV_MESSAGE_HYPERCALL 0x80000050u
#define HV_MESSAGE_SINT_DELIVERABLE 0x80000062u
#define HV_MESSAGE_ARM64_RESET 0x8001000cu

struct hv_message {
    uint32_t type;
    uint8_t payload_size;
    uint8_t flags;
    uint16_t zero;
    uint64_t id;
    uint8_t payload[HV_MESSAGE_PAYLOAD_BYTES];
};

/* The arm64 intercept header, first in every intercept payload. */
#define HV_INTERCEPT_READ 0u
#define HV_INTERCEPT_WRITE 1u
#define HV_INTERCEPT_EXECUTE 2u
#define HV_EXECUTION_EL_MASK 0x0003u
#define HV_EXECUTION_VTL_MASK 0x00f0u

struct hv_intercept_header {
    uint32_t vp_index;
    uint8_t instruction_length;
    uint8_t access_type;
    uint16_t execution_state;
    uint64_t pc;
    uint64_t cpsr;
};

#define HV_CACHE_TYPE_UNCACHED 0u
#define HV_CACHE_TYPE_WRITE_BACK 6u
#define HV_ACCESS_INFO_GVA_VALID 0x1u
#define HV_ACCESS_INFO_GVA_GPA_VALID 0x2u

struct hv_memory_intercept {
    struct hv_intercept_header header;
    uint32_t cache_type;
    uint8_t instruction_byte_count;
    uint8_t access_info;
    uint16_t zero0;
    uint8_t instruction_bytes[4];
    uint32_t zero1;
    uint64_t gva;
    uint64_t gpa;
    uint64_t syndrome; /* ESR_EL2's form */
};

#define HV_HYPERCALL_INTERCEPT_X_COUNT 18u

struct hv_hypercall_intercept {
    struct hv_intercept_header header;
    uint16_t immediate; /* 0 SMCCC, 1 HVC #1 */
    uint16_t zero;
    uint32_t flags;
    uint64_t x[HV_HYPERCALL_INTERCEPT_X_COUNT];
};

struct hv_sint_deliverable {
    struct hv_intercept_header header;
    uint16_t deliverable_sints;
    uint16_t zero0;
    uint32_t zero1;
};

#define HV_RESET_POWER_OFF 0u
#define HV_RESET_REBOOT 1u
#define HV_RESET_SYSTEM_RESET 2u
#define HV_RESET_HIBERNATE 3u

struct hv_reset_intercept {
    struct hv_intercept_header header;
    uint32_t type;
    uint32_t code;
};

/* VP assist page (hvdef HvVpAssistPage). */
#define HV_ENTRY_REASON_VTL_CALL 1u
#define HV_ENTRY_REASON_INTERRUPT 2u
#define HV_ENTRY_REASON_INTERCEPT 3u
#define HV_RETURN_ACTION_COUNT 16u
#define HV_RETURN_ACTION_NONE UINT64_C(0)
#define HV_RETURN_ACTION_SIGNAL_EVENT UINT64_C(1)

struct hv_return_action {
    uint64_t type;
    uint32_t target_vp;
    uint8_t target_vtl;
    uint8_t sint;
    uint16_t flag;
};

struct hv_vp_assist_page {
    uint32_t apic_assist;
    uint32_t zero0;
    uint32_t entry_reason;
    uint8_t vina_asserted;
    uint8_t zero1[3];
    uint64_t registers[2];
    uint8_t reserved[0x50];
    struct hv_message intercept_message;
    /* The area is 256 bytes: 16 entries. */
    struct hv_return_action return_actions[HV_RETURN_ACTION_COUNT];
    uint8_t zero2[4096 - 0x270];
};

/* Register page (hvdef HvAarch64RegisterPage). */
#define HV_REGISTER_PAGE_VERSION 1u
#define HV_REGISTER_PAGE_DIRTY_PC (UINT32_C(1) << 1)
#define HV_REGISTER_PAGE_DIRTY_CPSR (UINT32_C(1) << 2)
#define HV_REGISTER_PAGE_DIRTY_CONTROL (UINT32_C(1) << 3)

struct hv_register_page {
    uint16_t version;
    uint8_t valid;
    uint8_t vtl;
    uint32_t dirty;
    uint8_t reserved0[0x108];
    uint64_t pc;
    uint64_t cpsr;
    uint64_t sctlr_el1;
    uint64_t tcr_el1;
    uint8_t reserved1[4096 - 0x130];
};

/* SynIC message page: a slot for each SINT. */
struct hv_message_page {
    struct hv_message slots[16];
};

#endif /* VTL_ABI_HV_MESSAGE_H */
