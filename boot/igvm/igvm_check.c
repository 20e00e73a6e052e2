/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rules that span headers. One walk in file order with bounded state, then one over the pages:
 * linear in the number of headers, whatever a file holds.
 */
#include "igvm_check.h"

enum igvm_status igvm_check_data(struct igvm_check *check, uint32_t offset, uint64_t bytes)
{
    if (!igvm_data_inside(check->file, offset, bytes)) {
        return IGVM_BAD_FILE_OFFSET;
    }
    if (offset + bytes > check->data_end) {
        check->data_end = offset + bytes;
    }
    return IGVM_OK;
}

/* igvm.md 2.1: each type once, each with a bit of its own. */
static enum igvm_status check_platform(struct igvm_check *check,
                                       const struct igvm_platform *platform)
{
    struct igvm_file *file = check->file;
    uint32_t mask = platform->compatibility_mask;
    bool cca = platform->platform_type == IGVM_PLATFORM_CCA;
    uint32_t *own = cca ? &file->cca_mask : &file->mask;

    if (*own != 0) {
        return IGVM_TWO_PLATFORMS;
    }
    if (mask == 0 || (mask & (mask - 1)) != 0 || mask == file->mask || mask == file->cca_mask) {
        return IGVM_BAD_MASK;
    }
    if ((!cca && platform->platform_type != IGVM_PLATFORM_VSM_ISOLATION) ||
        platform->platform_version != IGVM_PLATFORM_VERSION || platform->shared_gpa_boundary != 0) {
        return IGVM_BAD_PLATFORM;
    }
    if (!igvm_vtl_allowed(platform->highest_vtl)) {
        return IGVM_BAD_VTL;
    }
    *own = mask;
    return IGVM_OK;
}

/* Platform 1, initialization 2, directive 3 (igvm.md 1.2). */
static uint32_t type_section(uint32_t type)
{
    if (type < IGVM_TYPE_GUEST_POLICY) {
        return 1;
    }
    return type < IGVM_TYPE_PARAMETER_AREA ? 2 : 3;
}

/* Who looks at a type; all that are not here are parameters. */
static const struct {
    uint32_t type;
    enum igvm_status (*check)(struct igvm_check *check, const struct igvm_header *header);
} checkers[] = {
    {IGVM_TYPE_PAGE_DATA, igvm_check_page}, /* the most there are */
    {IGVM_TYPE_GUEST_POLICY, igvm_check_guest_policy},
    {IGVM_TYPE_RELOCATABLE_REGION, igvm_check_relocatable},
    {IGVM_TYPE_PAGE_TABLE_RELOCATION, igvm_check_page_tables},
    {IGVM_TYPE_CORIM_DOCUMENT, igvm_check_corim},
    {IGVM_TYPE_CORIM_SIGNATURE, igvm_check_corim},
    {IGVM_TYPE_CCA_POLICY, igvm_check_cca_policy},
    {IGVM_TYPE_PARAMETER_AREA, igvm_check_area},
    {IGVM_TYPE_PARAMETER_INSERT, igvm_check_insert},
    {IGVM_TYPE_VP_CONTEXT, igvm_check_context},
    {IGVM_TYPE_REQUIRED_MEMORY, igvm_check_required},
    {IGVM_TYPE_SNP_ID_BLOCK, igvm_check_snp},
    {IGVM_TYPE_ERROR_RANGE, igvm_check_error_range},
    {IGVM_TYPE_VBS_MEASUREMENT, igvm_check_vbs},
};

static enum igvm_status check_header(struct igvm_check *check, const struct igvm_header *header)
{
    const struct igvm_file *file = check->file;
    uint32_t section = type_section(header->type);
    uint32_t mask;

    if (section < check->section) {
        return IGVM_BAD_ORDER;
    }
    check->section = section;
    if (header->type == IGVM_TYPE_SUPPORTED_PLATFORM) {
        return check_platform(check, &header->platform);
    }
    if (file->mask == 0) {
        return file->cca_mask == 0 ? IGVM_NO_PLATFORM : IGVM_NO_VSM_PLATFORM;
    }
    mask = igvm_header_mask(file, header);
    if (mask == 0 || (mask & ~(file->mask | file->cca_mask)) != 0) {
        return IGVM_BAD_MASK;
    }
    for (size_t i = 0; i < sizeof(checkers) / sizeof(checkers[0]); i++) {
        if (checkers[i].type == header->type) {
            return checkers[i].check(check, header);
        }
    }
    return igvm_check_parameter(check, header);
}

/* A page must have one meaning. */
static enum igvm_status check_page_alone(const struct igvm_check *check,
                                         const struct igvm_page_data *page)
{
    for (uint32_t i = 0; i < check->area_count; i++) {
        if (igvm_ranges_overlap(page->gpa, IGVM_PAGE_BYTES, check->areas[i].gpa,
                                check->areas[i].bytes)) {
            return IGVM_PAGE_IN_AREA;
        }
    }
    for (uint32_t i = 0; i < check->error_count; i++) {
        if (igvm_ranges_overlap(page->gpa, IGVM_PAGE_BYTES, check->errors[i].gpa,
                                check->errors[i].number_of_bytes)) {
            return IGVM_BAD_ERROR_RANGE;
        }
    }
    for (uint32_t i = 0; (page->flags & IGVM_PAGE_SHARED) != 0 && i < check->region_count; i++) {
        if (check->regions[i].vtl == 2 &&
            igvm_ranges_overlap(page->gpa, IGVM_PAGE_BYTES, check->regions[i].base,
                                check->regions[i].bytes)) {
            return IGVM_PAGE_SHARED_IN_VTL2;
        }
    }
    return IGVM_OK;
}

static enum igvm_status check_areas(const struct igvm_check *check)
{
    for (uint32_t i = 0; i < check->area_count; i++) {
        const struct igvm_area *area = &check->areas[i];

        if (!area->inserted) {
            return IGVM_AREA_UNUSED;
        }
        for (uint32_t j = 0; j < check->error_count; j++) {
            if (igvm_ranges_overlap(area->gpa, area->bytes, check->errors[j].gpa,
                                    check->errors[j].number_of_bytes)) {
                return IGVM_BAD_ERROR_RANGE;
            }
        }
    }
    return IGVM_OK;
}

/* What can be said only when all headers are known. */
static enum igvm_status check_whole(struct igvm_check *check)
{
    struct igvm_cursor cursor = {0};
    struct igvm_header header;

    if (check->file->mask == 0) {
        return check->file->cca_mask == 0 ? IGVM_NO_PLATFORM : IGVM_NO_VSM_PLATFORM;
    }
    for (uint32_t i = 0; i < check->region_count; i++) {
        if (!check->context_seen[check->regions[i].vtl]) {
            return IGVM_REGION_WITHOUT_CONTEXT;
        }
    }
    enum igvm_status status = check_areas(check);
    while (status == IGVM_OK && igvm_next(check->file, &cursor, &header)) {
        if (header.type == IGVM_TYPE_PAGE_DATA) {
            status = check_page_alone(check, &header.page_data);
        }
    }
    if (status != IGVM_OK) {
        return status;
    }
    return check->data_end == check->file->bytes ? IGVM_OK : IGVM_TRAILING_BYTES;
}

enum igvm_status igvm_check_headers(struct igvm_file *file)
{
    struct igvm_check check = {.file = file, .section = 1};
    struct igvm_header header;
    uint32_t offset = file->headers_offset;

    while (offset < file->headers_end) {
        enum igvm_status status = igvm_frame(file, &offset, &header);
        if (status == IGVM_OK) {
            status = check_header(&check, &header);
        }
        if (status != IGVM_OK) {
            return status;
        }
    }
    return check_whole(&check);
}

/* Finds the PC that the VTL2 context sets. */
static enum igvm_status find_pc(const struct igvm_file *file, uint64_t *pc)
{
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    struct igvm_vp_register value;

    while (igvm_next(file, &cursor, &header)) {
        if (header.type != IGVM_TYPE_VP_CONTEXT ||
            !igvm_vp_register(file, &header.vp_context, 0, &value) || value.vtl != 2) {
            continue;
        }
        for (uint32_t i = 0; igvm_vp_register(file, &header.vp_context, i, &value); i++) {
            if (value.name == IGVM_REGISTER_PC) {
                *pc = value.value;
                return IGVM_OK;
            }
        }
        return IGVM_NO_PC;
    }
    return IGVM_NO_CONTEXT;
}

enum igvm_status igvm_check_start(const struct igvm_file *file)
{
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    uint64_t pc = 0;
    enum igvm_status status = find_pc(file, &pc);

    if (status != IGVM_OK) {
        return status;
    }
    status = IGVM_PC_OUTSIDE;
    while (igvm_next(file, &cursor, &header)) {
        if (header.type == IGVM_TYPE_ERROR_RANGE) {
            return IGVM_ERROR_RANGE_UNSUPPORTED;
        }
        if (header.type == IGVM_TYPE_PAGE_DATA && pc >= header.page_data.gpa &&
            pc - header.page_data.gpa < IGVM_PAGE_BYTES) {
            status = IGVM_OK;
        }
    }
    return status;
}
