/* SPDX-License-Identifier: BSD-3-Clause */
#include "igvm_reader.h"

#include "igvm_frame.h"

#include <string.h>

/* Where the mask of a decoded header is; 0, where its type is, for those without. */
#define MASK(member) offsetof(struct igvm_header, member)
#define NO_MASK 0

/* igvm.md 2. */
static const struct igvm_type_rule {
    uint32_t type;
    uint32_t length; /* of the body */
    size_t mask;
} type_rules[] = {
    {IGVM_TYPE_SUPPORTED_PLATFORM, sizeof(struct igvm_platform), NO_MASK},
    {IGVM_TYPE_GUEST_POLICY, sizeof(struct igvm_guest_policy),
     MASK(guest_policy.compatibility_mask)},
    {IGVM_TYPE_RELOCATABLE_REGION, sizeof(struct igvm_relocatable_region),
     MASK(relocatable.compatibility_mask)},
    {IGVM_TYPE_PAGE_TABLE_RELOCATION, sizeof(struct igvm_page_table_relocation),
     MASK(page_table_relocation.compatibility_mask)},
    {IGVM_TYPE_CORIM_DOCUMENT, sizeof(struct igvm_corim), MASK(corim.compatibility_mask)},
    {IGVM_TYPE_CORIM_SIGNATURE, sizeof(struct igvm_corim), MASK(corim.compatibility_mask)},
    {IGVM_TYPE_CCA_POLICY, sizeof(struct igvm_cca_policy), MASK(cca_policy.compatibility_mask)},
    {IGVM_TYPE_PARAMETER_AREA, sizeof(struct igvm_parameter_area), NO_MASK},
    {IGVM_TYPE_PAGE_DATA, sizeof(struct igvm_page_data), MASK(page_data.compatibility_mask)},
    {IGVM_TYPE_PARAMETER_INSERT, sizeof(struct igvm_parameter_insert),
     MASK(parameter_insert.compatibility_mask)},
    {IGVM_TYPE_VP_CONTEXT, IGVM_VP_CONTEXT_BYTES, MASK(vp_context.compatibility_mask)},
    {IGVM_TYPE_REQUIRED_MEMORY, sizeof(struct igvm_required_memory),
     MASK(required_memory.compatibility_mask)},
    {IGVM_TYPE_VP_COUNT, sizeof(struct igvm_parameter), NO_MASK},
    {IGVM_TYPE_SRAT, sizeof(struct igvm_parameter), NO_MASK},
    {IGVM_TYPE_MADT, sizeof(struct igvm_parameter), NO_MASK},
    {IGVM_TYPE_MMIO_RANGES, sizeof(struct igvm_parameter), NO_MASK},
    {IGVM_TYPE_SNP_ID_BLOCK, IGVM_SNP_ID_BLOCK_BYTES, MASK(compatibility_mask)},
    {IGVM_TYPE_MEMORY_MAP, sizeof(struct igvm_parameter), NO_MASK},
    {IGVM_TYPE_ERROR_RANGE, sizeof(struct igvm_error_range), MASK(error_range.compatibility_mask)},
    {IGVM_TYPE_COMMAND_LINE, sizeof(struct igvm_parameter), NO_MASK},
    {IGVM_TYPE_SLIT, sizeof(struct igvm_parameter), NO_MASK},
    {IGVM_TYPE_PPTT, sizeof(struct igvm_parameter), NO_MASK},
    {IGVM_TYPE_VBS_MEASUREMENT, sizeof(struct igvm_vbs_measurement), MASK(compatibility_mask)},
    {IGVM_TYPE_DEVICE_TREE, sizeof(struct igvm_parameter), NO_MASK},
    {IGVM_TYPE_ENVIRONMENT_INFO, sizeof(struct igvm_parameter), NO_MASK},
};

uint32_t igvm_crc32(uint32_t crc, const void *data, uint64_t bytes)
{
    /* CRC of each nibble, reflected polynomial 0xedb88320: small, and the headers are not long. */
    static const uint32_t nibbles[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    const uint8_t *from = data;

    crc = ~crc;
    for (uint64_t i = 0; i < bytes; i++) {
        crc ^= from[i];
        crc = (crc >> 4) ^ nibbles[crc & 15u];
        crc = (crc >> 4) ^ nibbles[crc & 15u];
    }
    return ~crc;
}

bool igvm_data_inside(const struct igvm_file *file, uint32_t offset, uint64_t bytes)
{
    return offset >= file->headers_end && offset <= file->bytes && bytes <= file->bytes - offset;
}

static const struct igvm_type_rule *type_rule(uint32_t type)
{
    for (size_t i = 0; i < sizeof(type_rules) / sizeof(type_rules[0]); i++) {
        if (type_rules[i].type == type) {
            return &type_rules[i];
        }
    }
    return NULL;
}

enum igvm_status igvm_frame(const struct igvm_file *file, uint32_t *offset,
                            struct igvm_header *header)
{
    struct igvm_variable_header frame;
    const uint8_t *body;
    uint32_t room = file->headers_end - *offset;

    if (room < sizeof(frame)) {
        return IGVM_TRUNCATED_HEADER;
    }
    memcpy(&frame, file->data + *offset, sizeof(frame));
    const struct igvm_type_rule *rule = type_rule(frame.type);
    if (rule == NULL) {
        return IGVM_UNKNOWN_TYPE;
    }
    if (frame.length != rule->length) {
        return IGVM_BAD_LENGTH;
    }
    uint32_t padded = (frame.length + IGVM_HEADER_ALIGNMENT - 1u) & ~(IGVM_HEADER_ALIGNMENT - 1u);
    if (padded > room - sizeof(frame)) {
        return IGVM_TRUNCATED_HEADER;
    }
    body = file->data + *offset + sizeof(frame);
    for (uint32_t i = frame.length; i < padded; i++) {
        if (body[i] != 0) {
            return IGVM_BAD_PADDING;
        }
    }
    memset(header, 0, sizeof(*header));
    header->type = frame.type;
    header->body_offset = *offset + (uint32_t)sizeof(frame);
    header->body_bytes = frame.length;
    /* Of the long ones, that begin with their mask, the first part; no other is longer. */
    memcpy(&header->relocatable, body,
           frame.length < sizeof(header->relocatable) ? frame.length : sizeof(header->relocatable));
    *offset += (uint32_t)sizeof(frame) + padded;
    return IGVM_OK;
}

static enum igvm_status check_fixed_header(const struct igvm_fixed_header *fixed, uint64_t bytes)
{
    if (fixed->magic != IGVM_MAGIC) {
        return IGVM_BAD_MAGIC;
    }
    if (fixed->format_version != IGVM_VERSION_2) {
        return IGVM_BAD_VERSION;
    }
    if (fixed->architecture != IGVM_ARCHITECTURE_AARCH64) {
        return IGVM_BAD_ARCHITECTURE;
    }
    if (fixed->page_size != IGVM_PAGE_BYTES) {
        return IGVM_BAD_PAGE_SIZE;
    }
    if (fixed->total_file_size != bytes) {
        return IGVM_BAD_FILE_SIZE;
    }
    /* No gap in front of the headers, and data behind them (igvm.md 1.1, 6). */
    if (fixed->variable_header_offset != sizeof(*fixed) ||
        fixed->variable_header_size % IGVM_HEADER_ALIGNMENT != 0 ||
        fixed->variable_header_size >= bytes - sizeof(*fixed)) {
        return IGVM_BAD_HEADER_BOUNDS;
    }
    return IGVM_OK;
}

enum igvm_status igvm_open(struct igvm_file *file, const void *data, uint64_t bytes)
{
    struct igvm_fixed_header fixed;
    uint32_t crc;

    if (bytes < sizeof(fixed)) {
        return IGVM_TOO_SHORT;
    }
    if (bytes > UINT32_MAX) {
        return IGVM_TOO_LONG;
    }
    memcpy(&fixed, data, sizeof(fixed));
    enum igvm_status status = check_fixed_header(&fixed, bytes);
    if (status != IGVM_OK) {
        return status;
    }
    *file = (struct igvm_file){
        .data = data,
        .bytes = (uint32_t)bytes,
        .headers_offset = fixed.variable_header_offset,
        .headers_end = fixed.variable_header_offset + fixed.variable_header_size,
    };
    uint32_t expected = fixed.checksum;
    fixed.checksum = 0;
    crc = igvm_crc32(0, &fixed, sizeof(fixed));
    crc = igvm_crc32(crc, file->data + file->headers_offset, fixed.variable_header_size);
    if (crc != expected) {
        return IGVM_BAD_CHECKSUM;
    }
    return igvm_check_headers(file);
}

bool igvm_next(const struct igvm_file *file, struct igvm_cursor *cursor, struct igvm_header *header)
{
    if (cursor->offset == 0) {
        cursor->offset = file->headers_offset;
    }
    return cursor->offset < file->headers_end &&
           igvm_frame(file, &cursor->offset, header) == IGVM_OK;
}

uint32_t igvm_header_mask(const struct igvm_file *file, const struct igvm_header *header)
{
    const struct igvm_type_rule *rule = type_rule(header->type);
    uint32_t mask = file->mask | file->cca_mask;

    if (rule != NULL && rule->mask != NO_MASK) {
        memcpy(&mask, (const uint8_t *)header + rule->mask, sizeof(mask));
    }
    return mask;
}

bool igvm_vbs_measurement(const struct igvm_file *file, struct igvm_vbs_measurement *measurement)
{
    struct igvm_cursor cursor = {0};
    struct igvm_header header;

    while (igvm_next(file, &cursor, &header)) {
        if (header.type == IGVM_TYPE_VBS_MEASUREMENT) {
            memcpy(measurement, file->data + header.body_offset, sizeof(*measurement));
            return true;
        }
    }
    return false;
}

const uint8_t *igvm_page(const struct igvm_file *file, const struct igvm_page_data *page)
{
    if (!igvm_data_inside(file, page->file_offset, IGVM_PAGE_BYTES)) {
        return NULL;
    }
    return file->data + page->file_offset;
}

const uint8_t *igvm_area_content(const struct igvm_file *file,
                                 const struct igvm_parameter_area *area)
{
    if (!igvm_data_inside(file, area->file_offset, area->number_of_bytes)) {
        return NULL;
    }
    return file->data + area->file_offset;
}

bool igvm_vp_register(const struct igvm_file *file, const struct igvm_vp_context *context,
                      uint32_t i, struct igvm_vp_register *result)
{
    uint32_t count;

    if (context->compatibility_mask != file->mask ||
        !igvm_data_inside(file, context->file_offset, sizeof(count))) {
        return false;
    }
    memcpy(&count, file->data + context->file_offset, sizeof(count));
    if (i >= count || count > IGVM_REGISTER_COUNT) {
        return false;
    }
    uint32_t bytes = (uint32_t)sizeof(count) + count * IGVM_VP_REGISTER_BYTES;
    if (!igvm_data_inside(file, context->file_offset, bytes)) {
        return false;
    }
    const uint8_t *record =
        file->data + context->file_offset + sizeof(count) + i * IGVM_VP_REGISTER_BYTES;
    result->vtl = record[0];
    memcpy(&result->name, record + IGVM_VP_REGISTER_NAME_OFFSET, sizeof(result->name));
    memcpy(&result->value, record + IGVM_VP_REGISTER_VALUE_OFFSET, sizeof(result->value));
    return true;
}
