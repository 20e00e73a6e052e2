/* SPDX-License-Identifier: BSD-3-Clause */
#include "fields.h"

#include <stdlib.h>
#include <string.h>

#define PARAMETER(name)                            \
    {                                              \
        IGVM_TYPE_##name, #name,                   \
        {                                          \
            {"index", 0, 4}, {"byte_offset", 4, 4} \
        }                                          \
    }

static const struct header_kind kinds[] = {
    {IGVM_TYPE_PAGE_DATA,
     "PAGE_DATA",
     {{"gpa", 0, 8},
      {"compatibility_mask", 8, 4},
      {"file_offset", 12, 4},
      {"flags", 16, 4},
      {"data_type", 20, 2},
      {"reserved", 22, 2}}},
    {IGVM_TYPE_SUPPORTED_PLATFORM,
     "SUPPORTED_PLATFORM",
     {{"compatibility_mask", 0, 4},
      {"highest_vtl", 4, 1},
      {"platform_type", 5, 1},
      {"platform_version", 6, 2},
      {"shared_gpa_boundary", 8, 8}}},
    {IGVM_TYPE_GUEST_POLICY,
     "GUEST_POLICY",
     {{"policy", 0, 8}, {"compatibility_mask", 8, 4}, {"reserved", 12, 4}}},
    {IGVM_TYPE_RELOCATABLE_REGION,
     "RELOCATABLE_REGION",
     {{"compatibility_mask", 0, 4},
      {"vp_index", 4, 2},
      {"vtl", 6, 1},
      {"flags", 7, 1},
      {"alignment", 8, 8},
      {"base_gpa", 16, 8},
      {"size", 24, 8},
      {"minimum_gpa", 32, 8},
      {"maximum_gpa", 40, 8}}},
    {IGVM_TYPE_PAGE_TABLE_RELOCATION,
     "PAGE_TABLE_RELOCATION_REGION",
     {{"compatibility_mask", 0, 4},
      {"vp_index", 4, 2},
      {"vtl", 6, 1},
      {"reserved", 7, 1},
      {"gpa", 8, 8},
      {"size", 16, 8},
      {"used_size", 24, 8}}},
    {IGVM_TYPE_CORIM_DOCUMENT,
     "CORIM_DOCUMENT",
     {{"compatibility_mask", 0, 4}, {"file_offset", 4, 4}, {"size", 8, 4}, {"reserved", 12, 4}}},
    {IGVM_TYPE_CORIM_SIGNATURE,
     "CORIM_SIGNATURE",
     {{"compatibility_mask", 0, 4}, {"file_offset", 4, 4}, {"size", 8, 4}, {"reserved", 12, 4}}},
    {IGVM_TYPE_CCA_POLICY,
     "CCA_POLICY",
     {{"compatibility_mask", 0, 4},
      {"reserved", 4, 4},
      {"required_zeroes", 8, 8},
      {"required_ones", 16, 8},
      {"hash", 24, 1},
      {"lfa_policy", 25, 1},
      {"reserved1", 26, 6}}},
    {IGVM_TYPE_PARAMETER_AREA,
     "PARAMETER_AREA",
     {{"number_of_bytes", 0, 8}, {"index", 8, 4}, {"file_offset", 12, 4}}},
    {IGVM_TYPE_PARAMETER_INSERT,
     "PARAMETER_INSERT",
     {{"gpa", 0, 8}, {"compatibility_mask", 8, 4}, {"index", 12, 4}}},
    {IGVM_TYPE_VP_CONTEXT,
     "VP_CONTEXT",
     {{"gpa", 0, 8},
      {"compatibility_mask", 8, 4},
      {"file_offset", 12, 4},
      {"vp_index", 16, 2},
      {"reserved", 18, 2}}},
    {IGVM_TYPE_REQUIRED_MEMORY,
     "REQUIRED_MEMORY",
     {{"gpa", 0, 8},
      {"compatibility_mask", 8, 4},
      {"number_of_bytes", 12, 4},
      {"flags", 16, 4},
      {"reserved", 20, 4}}},
    {IGVM_TYPE_ERROR_RANGE,
     "ERROR_RANGE",
     {{"gpa", 0, 8}, {"compatibility_mask", 8, 4}, {"size", 12, 4}}},
    {IGVM_TYPE_SNP_ID_BLOCK,
     "SNP_ID_BLOCK",
     {{"compatibility_mask", 0, 4},
      {"author_key_enabled", 4, 1},
      {"reserved", 5, 3},
      {"launch_digest", 8, 48},
      {"family", 56, 16},
      {"image", 72, 16},
      {"version", 88, 4},
      {"svn", 92, 4},
      {"id_key_algorithm", 96, 4},
      {"author_key_algorithm", 100, 4},
      {"id_signature", 104, 144},
      {"id_public_key", 248, 152},
      {"author_signature", 400, 144},
      {"author_public_key", 544, 152}}},
    {IGVM_TYPE_VBS_MEASUREMENT,
     "VBS_MEASUREMENT",
     {{"compatibility_mask", 0, 4},
      {"version", 4, 4},
      {"product_id", 8, 4},
      {"module_id", 12, 4},
      {"svn", 16, 4},
      {"policy_flags", 20, 4},
      {"digest_algo", 24, 4},
      {"signing_algo", 28, 4},
      {"digest", 32, 64},
      {"signature", 96, 256},
      {"public_key", 352, 512}}},
    PARAMETER(VP_COUNT),
    PARAMETER(SRAT),
    PARAMETER(MADT),
    PARAMETER(MMIO_RANGES),
    PARAMETER(MEMORY_MAP),
    PARAMETER(COMMAND_LINE),
    PARAMETER(SLIT),
    PARAMETER(PPTT),
    PARAMETER(DEVICE_TREE),
    PARAMETER(ENVIRONMENT_INFO),
};

const struct header_kind *header_kind(uint32_t type)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (kinds[i].type == type) {
            return &kinds[i];
        }
    }
    abort(); /* the reader gives no others */
}

struct header_data header_data(const struct igvm_file *file, const struct igvm_header *header)
{
    uint32_t count = 0;

    switch (header->type) {
    case IGVM_TYPE_PARAMETER_AREA:
        return (struct header_data){
            header->parameter_area.file_offset,
            header->parameter_area.file_offset == 0 ? 0 : header->parameter_area.number_of_bytes,
            offsetof(struct igvm_parameter_area, file_offset)};
    case IGVM_TYPE_CORIM_DOCUMENT:
    case IGVM_TYPE_CORIM_SIGNATURE:
        return (struct header_data){header->corim.file_offset, header->corim.size,
                                    offsetof(struct igvm_corim, file_offset)};
    case IGVM_TYPE_VP_CONTEXT:
        memcpy(&count, file->data + header->vp_context.file_offset, sizeof(count));
        return (struct header_data){header->vp_context.file_offset,
                                    header->vp_context.compatibility_mask == file->cca_mask
                                        ? IGVM_CCA_CONTEXT_BYTES
                                        : sizeof(count) + (uint64_t)count * IGVM_VP_REGISTER_BYTES,
                                    offsetof(struct igvm_vp_context, file_offset)};
    default:
        return (struct header_data){0};
    }
}

uint64_t field_value(const uint8_t *body, const struct field *field)
{
    uint64_t value = 0;

    memcpy(&value, body + field->offset, field->bytes);
    return value;
}

const char *register_name(uint32_t name)
{
    static const char *const x[] = {"X0", "X1", "X2", "X3", "X4", "X5", "X6", "X7"};
    static const struct {
        uint32_t name;
        const char *text;
    } others[] = {
        {IGVM_REGISTER_PC, "PC"},
        {IGVM_REGISTER_CPSR, "CPSR"},
        {IGVM_REGISTER_SCTLR_EL1, "SCTLR_EL1"},
        {IGVM_REGISTER_TTBR0_EL1, "TTBR0_EL1"},
        {IGVM_REGISTER_TTBR1_EL1, "TTBR1_EL1"},
        {IGVM_REGISTER_TCR_EL1, "TCR_EL1"},
        {IGVM_REGISTER_MAIR_EL1, "MAIR_EL1"},
        {IGVM_REGISTER_VBAR_EL1, "VBAR_EL1"},
    };

    if (name >= IGVM_REGISTER_X0 && name <= IGVM_REGISTER_X7) {
        return x[name - IGVM_REGISTER_X0];
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (others[i].name == name) {
            return others[i].text;
        }
    }
    return NULL;
}
