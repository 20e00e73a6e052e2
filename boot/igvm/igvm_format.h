/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IGVM file format, as far as an AArch64 VSM_ISOLATION file needs it: constants and bodies of
 * the variable headers. Layouts only. Source: reference igvm.md sections 1 and 2. All integers
 * little endian, as are the machines that this code runs on.
 */
#ifndef IGVM_FORMAT_H
#define IGVM_FORMAT_H

#include <stddef.h>
#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "IGVM structs are copied as they are");

#define IGVM_MAGIC UINT32_C(0x4d564749) /* "IGVM" */
#define IGVM_VERSION_2 2u
#define IGVM_ARCHITECTURE_AARCH64 1u
#define IGVM_PAGE_BYTES 4096u

/* igvm.md 1.1, version 2. */
struct igvm_fixed_header {
    uint32_t magic;
    uint32_t format_version;
    uint32_t variable_header_offset;
    uint32_t variable_header_size;
    uint32_t total_file_size;
    uint32_t checksum;
    uint32_t architecture;
    uint32_t page_size;
};

/* igvm.md 1.2: in front of every body; the body is padded with zeros to 8 bytes, length is without
 * them. */
struct igvm_variable_header {
    uint32_t type;
    uint32_t length;
};
#define IGVM_HEADER_ALIGNMENT 8u

/* igvm.md 2. */
#define IGVM_TYPE_SUPPORTED_PLATFORM 0x001u
#define IGVM_TYPE_GUEST_POLICY 0x101u
#define IGVM_TYPE_RELOCATABLE_REGION 0x102u
#define IGVM_TYPE_PAGE_TABLE_RELOCATION 0x103u
#define IGVM_TYPE_CORIM_DOCUMENT 0x104u
#define IGVM_TYPE_CORIM_SIGNATURE 0x105u
#define IGVM_TYPE_CCA_POLICY 0x106u
#define IGVM_TYPE_PARAMETER_AREA 0x301u
#define IGVM_TYPE_PAGE_DATA 0x302u
#define IGVM_TYPE_PARAMETER_INSERT 0x303u
#define IGVM_TYPE_VP_CONTEXT 0x304u
#define IGVM_TYPE_REQUIRED_MEMORY 0x305u
#define IGVM_TYPE_VP_COUNT 0x307u
#define IGVM_TYPE_SRAT 0x308u
#define IGVM_TYPE_MADT 0x309u
#define IGVM_TYPE_MMIO_RANGES 0x30au
#define IGVM_TYPE_SNP_ID_BLOCK 0x30bu
#define IGVM_TYPE_MEMORY_MAP 0x30cu
#define IGVM_TYPE_ERROR_RANGE 0x30du
#define IGVM_TYPE_COMMAND_LINE 0x30eu
#define IGVM_TYPE_SLIT 0x30fu
#define IGVM_TYPE_PPTT 0x310u
#define IGVM_TYPE_VBS_MEASUREMENT 0x311u
#define IGVM_TYPE_DEVICE_TREE 0x312u
#define IGVM_TYPE_ENVIRONMENT_INFO 0x313u

/* igvm.md 2.1. */
#define IGVM_PLATFORM_NATIVE 0u
#define IGVM_PLATFORM_VSM_ISOLATION 1u
#define IGVM_PLATFORM_CCA 6u
#define IGVM_PLATFORM_VERSION 1u

struct igvm_platform {
    uint32_t compatibility_mask;
    uint8_t highest_vtl;
    uint8_t platform_type;
    uint16_t platform_version;
    uint64_t shared_gpa_boundary;
};
_Static_assert(sizeof(struct igvm_platform) == 16, "igvm.md 2.1");

/* igvm.md 2.2. */
#define IGVM_RELOCATABLE_IS_VTL2 1u
#define IGVM_RELOCATABLE_APPLY_PC 2u
#define IGVM_RELOCATABLE_APPLY_GDTR 4u /* x64 */

struct igvm_relocatable_region {
    uint32_t compatibility_mask;
    uint16_t vp_index;
    uint8_t vtl;
    uint8_t flags;
    uint64_t alignment;
    uint64_t base_gpa;
    uint64_t size;
    uint64_t minimum_gpa;
    uint64_t maximum_gpa;
};
_Static_assert(sizeof(struct igvm_relocatable_region) == 48, "igvm.md 2.2");

struct igvm_page_table_relocation {
    uint32_t compatibility_mask;
    uint16_t vp_index;
    uint8_t vtl;
    uint8_t reserved;
    uint64_t gpa;
    uint64_t size;
    uint64_t used_size;
};
_Static_assert(sizeof(struct igvm_page_table_relocation) == 32, "igvm.md 2.2");

struct igvm_guest_policy {
    uint64_t policy;
    uint32_t compatibility_mask;
    uint32_t reserved;
};
_Static_assert(sizeof(struct igvm_guest_policy) == 16, "igvm.md 2.2");

/* Of CORIM_DOCUMENT and CORIM_SIGNATURE. */
struct igvm_corim {
    uint32_t compatibility_mask;
    uint32_t file_offset;
    uint32_t size;
    uint32_t reserved;
};
_Static_assert(sizeof(struct igvm_corim) == 16, "igvm.md 2.2");

#define IGVM_CCA_HASH_SHA256 0u
#define IGVM_CCA_HASH_SHA384 2u

struct igvm_cca_policy {
    uint32_t compatibility_mask;
    uint32_t reserved;
    uint64_t required_zeroes;
    uint64_t required_ones;
    uint8_t hash; /* 0 SHA-256, 1 SHA-512, 2 SHA-384 */
    uint8_t lfa_policy;
    uint8_t reserved1[6];
};
_Static_assert(sizeof(struct igvm_cca_policy) == 32, "igvm.md 2.2");

/* igvm.md 2.3. */
#define IGVM_PAGE_2MB 1u
#define IGVM_PAGE_UNMEASURED 2u
#define IGVM_PAGE_SHARED 4u
#define IGVM_DATA_NORMAL 0u
#define IGVM_DATA_CPUID_XF 3u

struct igvm_page_data {
    uint64_t gpa;
    uint32_t compatibility_mask;
    uint32_t file_offset; /* 0: a page of zeros */
    uint32_t flags;
    uint16_t data_type;
    uint16_t reserved;
};
_Static_assert(sizeof(struct igvm_page_data) == 24, "igvm.md 2.3");

struct igvm_parameter_area {
    uint64_t number_of_bytes;
    uint32_t index;
    uint32_t file_offset; /* 0: no first content */
};
_Static_assert(sizeof(struct igvm_parameter_area) == 16, "igvm.md 2.3");

/* Body of all the types that ask the loader to write something into an area. */
struct igvm_parameter {
    uint32_t index;
    uint32_t byte_offset;
};
_Static_assert(sizeof(struct igvm_parameter) == 8, "igvm.md 2.3");

struct igvm_parameter_insert {
    uint64_t gpa;
    uint32_t compatibility_mask;
    uint32_t index;
};
_Static_assert(sizeof(struct igvm_parameter_insert) == 16, "igvm.md 2.3");

/* 20 bytes in the file: the last member is the padding behind the body. */
#define IGVM_VP_CONTEXT_BYTES 20u
struct igvm_vp_context {
    uint64_t gpa;
    uint32_t compatibility_mask;
    uint32_t file_offset; /* u32 register count, then records of IGVM_VP_REGISTER_BYTES */
    uint16_t vp_index;
    uint16_t reserved;
    uint32_t padding;
};
_Static_assert(sizeof(struct igvm_vp_context) == 24, "igvm.md 2.3");

#define IGVM_REQUIRED_VTL2_PROTECTABLE 1u

struct igvm_required_memory {
    uint64_t gpa;
    uint32_t compatibility_mask;
    uint32_t number_of_bytes;
    uint32_t flags;
    uint32_t reserved;
};
_Static_assert(sizeof(struct igvm_required_memory) == 24, "igvm.md 2.3");

struct igvm_error_range {
    uint64_t gpa;
    uint32_t compatibility_mask;
    uint32_t number_of_bytes;
};
_Static_assert(sizeof(struct igvm_error_range) == 16, "igvm.md 2.3");

#define IGVM_SHA256_BYTES 32u

#define IGVM_VBS_VERSION 1u
#define IGVM_VBS_DIGEST_SHA256 1u
#define IGVM_VBS_SIGNING_ECDSA_P384 1u
#define IGVM_VBS_POLICY_DEBUG 1u

struct igvm_vbs_measurement {
    uint32_t compatibility_mask;
    uint32_t version;
    uint32_t product_id;
    uint32_t module_id;
    uint32_t svn;
    uint32_t policy_flags;
    uint32_t digest_algorithm;
    uint32_t signing_algorithm;
    uint8_t digest[64]; /* of SHA-256, zeros behind it */
    uint8_t signature[256];
    uint8_t public_key[512];
};
_Static_assert(sizeof(struct igvm_vbs_measurement) == 864, "igvm.md 2.3");

#define IGVM_SNP_ID_BLOCK_BYTES 696u /* begins with its mask */

/* A CCA VP context: X0 to X7, PC, flags; zeros to the end of the page. */
#define IGVM_CCA_CONTEXT_BYTES 4096u
#define IGVM_CCA_CONTEXT_USED 80u

/* One record of a VSM VP context: VTL at 0, name at 1 (not aligned), zeros at 5, value at 16. */
#define IGVM_VP_REGISTER_BYTES 32u
#define IGVM_VP_REGISTER_NAME_OFFSET 1u
#define IGVM_VP_REGISTER_ZERO_OFFSET 5u
#define IGVM_VP_REGISTER_VALUE_OFFSET 16u

/* The only registers that a file can set. */
#define IGVM_REGISTER_X0 0x20000u
#define IGVM_REGISTER_X7 0x20007u
#define IGVM_REGISTER_PC 0x20022u
#define IGVM_REGISTER_CPSR 0x20023u
#define IGVM_REGISTER_SCTLR_EL1 0x40002u
#define IGVM_REGISTER_TTBR0_EL1 0x40005u
#define IGVM_REGISTER_TTBR1_EL1 0x40006u
#define IGVM_REGISTER_TCR_EL1 0x40007u
#define IGVM_REGISTER_MAIR_EL1 0x4000bu
#define IGVM_REGISTER_VBAR_EL1 0x4000cu
#define IGVM_REGISTER_COUNT 16u /* how many there are */

#endif /* IGVM_FORMAT_H */
