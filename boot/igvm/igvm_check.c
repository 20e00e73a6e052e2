/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rules that span headers. One walk in file order with bounded state, then one over the pages:
 * linear in the number of headers, whatever a file holds.
 */
#include "igvm_frame.h"

#include <string.h>

struct area {
    uint32_t index;
    bool inserted;
    uint64_t bytes;
    uint64_t gpa;
};

struct region {
    uint64_t base;
    uint64_t bytes;
    uint8_t vtl;
    bool page_table;
};

struct check {
    struct igvm_file *file;
    uint32_t section;
    bool platform_seen;
    bool page_table_seen;
    bool page_seen;
    uint64_t page_gpa; /* of the last page */
    uint64_t insert_end;
    uint64_t data_end;    /* the last byte that a header refers to */
    bool context_seen[3]; /* by VTL */
    uint32_t area_count;
    uint32_t region_count;
    struct area areas[IGVM_AREAS_MAX];
    struct region regions[IGVM_REGIONS_MAX];
};

static bool range_overflows(uint64_t base, uint64_t bytes)
{
    return bytes > UINT64_MAX - base;
}

static bool ranges_overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
    return a < b + b_bytes && b < a + a_bytes;
}

static bool page_aligned(uint64_t value)
{
    return value % IGVM_PAGE_BYTES == 0;
}

static bool vtl_allowed(uint8_t vtl)
{
    return vtl == 0 || vtl == 2;
}

/* Data that a header refers to; extends what the file must end with. */
static enum igvm_status check_data(struct check *check, uint32_t offset, uint64_t bytes)
{
    if (!igvm_data_inside(check->file, offset, bytes)) {
        return IGVM_BAD_FILE_OFFSET;
    }
    if (offset + bytes > check->data_end) {
        check->data_end = offset + bytes;
    }
    return IGVM_OK;
}

/* igvm.md 2.1. One platform: the only type that this subset knows may appear once. */
static enum igvm_status check_platform(struct check *check, const struct igvm_platform *platform)
{
    uint32_t mask = platform->compatibility_mask;

    if (check->platform_seen) {
        return IGVM_TWO_PLATFORMS;
    }
    if (mask == 0 || (mask & (mask - 1)) != 0) {
        return IGVM_BAD_MASK;
    }
    if (platform->platform_type == IGVM_PLATFORM_CCA) {
        return IGVM_CCA_UNSUPPORTED;
    }
    if (platform->platform_type != IGVM_PLATFORM_VSM_ISOLATION ||
        platform->platform_version != IGVM_PLATFORM_VERSION || platform->shared_gpa_boundary != 0) {
        return IGVM_BAD_PLATFORM;
    }
    if (!vtl_allowed(platform->highest_vtl)) {
        return IGVM_BAD_VTL;
    }
    check->platform_seen = true;
    check->file->mask = mask;
    return IGVM_OK;
}

static enum igvm_status add_region(struct check *check, uint64_t base, uint64_t bytes, uint8_t vtl,
                                   bool page_table)
{
    if (check->region_count == IGVM_REGIONS_MAX) {
        return IGVM_TOO_MANY_REGIONS;
    }
    for (uint32_t i = 0; i < check->region_count; i++) {
        if (ranges_overlap(base, bytes, check->regions[i].base, check->regions[i].bytes)) {
            return IGVM_REGION_OVERLAP;
        }
    }
    check->regions[check->region_count++] = (struct region){base, bytes, vtl, page_table};
    return IGVM_OK;
}

/* igvm.md 2.2. */
static enum igvm_status check_relocatable(struct check *check,
                                          const struct igvm_relocatable_region *region)
{
    uint64_t alignment = region->alignment;
    bool is_vtl2 = (region->flags & IGVM_RELOCATABLE_IS_VTL2) != 0;

    if ((region->flags & ~(IGVM_RELOCATABLE_IS_VTL2 | IGVM_RELOCATABLE_APPLY_PC)) != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if (region->vp_index != 0) {
        return IGVM_BAD_VP_INDEX;
    }
    if (!vtl_allowed(region->vtl) || is_vtl2 != (region->vtl == 2)) {
        return IGVM_BAD_VTL;
    }
    if (alignment < IGVM_PAGE_BYTES || (alignment & (alignment - 1)) != 0 ||
        region->base_gpa % alignment != 0 || region->size == 0 || !page_aligned(region->size) ||
        range_overflows(region->base_gpa, region->size) || region->base_gpa < region->minimum_gpa ||
        region->base_gpa + region->size > region->maximum_gpa) {
        return IGVM_BAD_REGION;
    }
    return add_region(check, region->base_gpa, region->size, region->vtl, false);
}

static enum igvm_status check_page_tables(struct check *check,
                                          const struct igvm_page_table_relocation *tables)
{
    if (check->page_table_seen) {
        return IGVM_TWO_PAGE_TABLE_REGIONS;
    }
    if (tables->reserved != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if (tables->vp_index != 0) {
        return IGVM_BAD_VP_INDEX;
    }
    if (!vtl_allowed(tables->vtl)) {
        return IGVM_BAD_VTL;
    }
    if (!page_aligned(tables->gpa) || tables->size == 0 || !page_aligned(tables->size) ||
        range_overflows(tables->gpa, tables->size) || !page_aligned(tables->used_size) ||
        tables->used_size > tables->size) {
        return IGVM_BAD_REGION;
    }
    check->page_table_seen = true;
    return add_region(check, tables->gpa, tables->size, tables->vtl, true);
}

static enum igvm_status check_required_memory(const struct igvm_required_memory *memory)
{
    if (memory->reserved != 0 || (memory->flags & ~IGVM_REQUIRED_VTL2_PROTECTABLE) != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if (!page_aligned(memory->gpa) || memory->number_of_bytes == 0 ||
        !page_aligned(memory->number_of_bytes) ||
        range_overflows(memory->gpa, memory->number_of_bytes)) {
        return IGVM_BAD_REQUIRED_MEMORY;
    }
    return IGVM_OK;
}

static struct area *find_area(struct check *check, uint32_t index)
{
    for (uint32_t i = 0; i < check->area_count; i++) {
        if (check->areas[i].index == index) {
            return &check->areas[i];
        }
    }
    return NULL;
}

static enum igvm_status check_area(struct check *check, const struct igvm_parameter_area *area)
{
    if (find_area(check, area->index) != NULL) {
        return IGVM_AREA_TWICE;
    }
    if (check->area_count == IGVM_AREAS_MAX) {
        return IGVM_TOO_MANY_AREAS;
    }
    /* No area is longer than a file can be: what a loader has to write stays bounded. */
    if (area->number_of_bytes == 0 || !page_aligned(area->number_of_bytes) ||
        area->number_of_bytes > UINT32_MAX) {
        return IGVM_BAD_AREA;
    }
    check->areas[check->area_count++] =
        (struct area){.index = area->index, .bytes = area->number_of_bytes};
    if (area->file_offset == 0) {
        return IGVM_OK;
    }
    return check_data(check, area->file_offset, area->number_of_bytes);
}

/* igvm.md 2.3: the smallest thing that the loader writes for each kind. */
static uint32_t parameter_least_bytes(uint32_t type)
{
    switch (type) {
    case IGVM_TYPE_VP_COUNT:
    case IGVM_TYPE_ENVIRONMENT_INFO:
        return 4;
    case IGVM_TYPE_MMIO_RANGES:
        return 32;
    case IGVM_TYPE_MEMORY_MAP:
        return 24;
    default:
        return 1;
    }
}

static enum igvm_status check_parameter(struct check *check, uint32_t type,
                                        const struct igvm_parameter *parameter)
{
    const struct area *area = find_area(check, parameter->index);

    if (area == NULL) {
        return IGVM_AREA_UNKNOWN;
    }
    if (area->inserted) {
        return IGVM_AREA_INSERTED;
    }
    if (parameter->byte_offset >= area->bytes ||
        parameter_least_bytes(type) > area->bytes - parameter->byte_offset) {
        return IGVM_PARAMETER_OUTSIDE;
    }
    return IGVM_OK;
}

static enum igvm_status check_insert(struct check *check,
                                     const struct igvm_parameter_insert *insert)
{
    struct area *area = find_area(check, insert->index);

    if (area == NULL) {
        return IGVM_AREA_UNKNOWN;
    }
    if (area->inserted) {
        return IGVM_AREA_INSERTED;
    }
    if (!page_aligned(insert->gpa) || range_overflows(insert->gpa, area->bytes)) {
        return IGVM_BAD_INSERT;
    }
    for (uint32_t i = 0; i < check->region_count; i++) {
        if (check->regions[i].page_table &&
            ranges_overlap(insert->gpa, area->bytes, check->regions[i].base,
                           check->regions[i].bytes)) {
            return IGVM_BAD_INSERT;
        }
    }
    if (insert->gpa < check->insert_end) {
        return IGVM_INSERT_ORDER;
    }
    check->insert_end = insert->gpa + area->bytes;
    area->inserted = true;
    area->gpa = insert->gpa;
    return IGVM_OK;
}

static enum igvm_status check_page(struct check *check, const struct igvm_page_data *page)
{
    if (page->reserved != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if ((page->flags & IGVM_PAGE_2MB) != 0) {
        return IGVM_PAGE_2MB_UNSUPPORTED;
    }
    if ((page->flags & IGVM_PAGE_SHARED) != 0) {
        return IGVM_PAGE_SHARED_UNSUPPORTED;
    }
    if ((page->flags & ~IGVM_PAGE_UNMEASURED) != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if (page->data_type != IGVM_DATA_NORMAL) {
        return IGVM_BAD_PAGE_TYPE;
    }
    if (!page_aligned(page->gpa) || range_overflows(page->gpa, IGVM_PAGE_BYTES)) {
        return IGVM_BAD_PAGE;
    }
    if (check->page_seen && page->gpa == check->page_gpa) {
        return IGVM_PAGE_TWICE;
    }
    if (check->page_seen && page->gpa < check->page_gpa) {
        return IGVM_PAGE_ORDER;
    }
    check->page_seen = true;
    check->page_gpa = page->gpa;
    if (page->file_offset == 0) {
        return IGVM_OK;
    }
    return check_data(check, page->file_offset, IGVM_PAGE_BYTES);
}

/* Bit of a register's name in a set of those seen; -1 if no file may set it (igvm.md 2.3). */
static int register_bit(uint32_t name)
{
    static const uint32_t others[] = {
        IGVM_REGISTER_PC,        IGVM_REGISTER_CPSR,      IGVM_REGISTER_SCTLR_EL1,
        IGVM_REGISTER_TTBR0_EL1, IGVM_REGISTER_TTBR1_EL1, IGVM_REGISTER_TCR_EL1,
        IGVM_REGISTER_MAIR_EL1,  IGVM_REGISTER_VBAR_EL1,
    };

    if (name >= IGVM_REGISTER_X0 && name <= IGVM_REGISTER_X7) {
        return (int)(name - IGVM_REGISTER_X0);
    }
    for (int i = 0; i < (int)(sizeof(others) / sizeof(others[0])); i++) {
        if (others[i] == name) {
            return 8 + i;
        }
    }
    return -1;
}

static bool record_zeros(const uint8_t *record)
{
    for (uint32_t i = IGVM_VP_REGISTER_ZERO_OFFSET; i < IGVM_VP_REGISTER_VALUE_OFFSET; i++) {
        if (record[i] != 0) {
            return false;
        }
    }
    for (uint32_t i = IGVM_VP_REGISTER_VALUE_OFFSET + 8; i < IGVM_VP_REGISTER_BYTES; i++) {
        if (record[i] != 0) {
            return false;
        }
    }
    return true;
}

static enum igvm_status check_registers(struct check *check, const struct igvm_vp_context *context,
                                        uint32_t count, uint8_t *vtl)
{
    const uint8_t *records = check->file->data + context->file_offset + sizeof(count);
    struct igvm_vp_register value;
    uint32_t seen = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (!igvm_vp_register(check->file, context, i, &value)) {
            return IGVM_BAD_CONTEXT;
        }
        if (!record_zeros(records + i * IGVM_VP_REGISTER_BYTES)) {
            return IGVM_RESERVED_NOT_ZERO;
        }
        if (!vtl_allowed(value.vtl) || (i != 0 && value.vtl != *vtl)) {
            return IGVM_BAD_VTL;
        }
        int bit = register_bit(value.name);
        if (bit < 0) {
            return IGVM_BAD_REGISTER;
        }
        if ((seen & (UINT32_C(1) << bit)) != 0) {
            return IGVM_REGISTER_TWICE;
        }
        seen |= UINT32_C(1) << bit;
        *vtl = value.vtl;
    }
    return IGVM_OK;
}

static enum igvm_status check_context(struct check *check, const struct igvm_vp_context *context)
{
    uint32_t count;
    uint8_t vtl = 0;

    if (context->gpa != 0 || context->reserved != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if (context->vp_index != 0) {
        return IGVM_BAD_VP_INDEX;
    }
    enum igvm_status status = check_data(check, context->file_offset, sizeof(count));
    if (status != IGVM_OK) {
        return status;
    }
    memcpy(&count, check->file->data + context->file_offset, sizeof(count));
    if (count == 0 || count > IGVM_REGISTER_COUNT) {
        return IGVM_BAD_CONTEXT;
    }
    status = check_data(check, context->file_offset,
                        sizeof(count) + (uint64_t)count * IGVM_VP_REGISTER_BYTES);
    if (status != IGVM_OK) {
        return status;
    }
    status = check_registers(check, context, count, &vtl);
    if (status != IGVM_OK) {
        return status;
    }
    if (check->context_seen[vtl]) {
        return IGVM_CONTEXT_TWICE;
    }
    check->context_seen[vtl] = true;
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

/* The mask of those headers that have one; the platform's own for the others. */
static uint32_t header_mask(const struct check *check, const struct igvm_header *header)
{
    switch (header->type) {
    case IGVM_TYPE_RELOCATABLE_REGION:
        return header->relocatable.compatibility_mask;
    case IGVM_TYPE_PAGE_TABLE_RELOCATION:
        return header->page_table_relocation.compatibility_mask;
    case IGVM_TYPE_PAGE_DATA:
        return header->page_data.compatibility_mask;
    case IGVM_TYPE_PARAMETER_INSERT:
        return header->parameter_insert.compatibility_mask;
    case IGVM_TYPE_VP_CONTEXT:
        return header->vp_context.compatibility_mask;
    case IGVM_TYPE_REQUIRED_MEMORY:
        return header->required_memory.compatibility_mask;
    default:
        return check->file->mask;
    }
}

static enum igvm_status check_header(struct check *check, const struct igvm_header *header)
{
    uint32_t section = type_section(header->type);

    if (section < check->section) {
        return IGVM_BAD_ORDER;
    }
    check->section = section;
    if (header->type == IGVM_TYPE_SUPPORTED_PLATFORM) {
        return check_platform(check, &header->platform);
    }
    if (!check->platform_seen) {
        return IGVM_NO_PLATFORM;
    }
    /* With one platform there is one mask that is neither empty nor with a bit that no platform
     * has. */
    if (header_mask(check, header) != check->file->mask) {
        return IGVM_BAD_MASK;
    }
    switch (header->type) {
    case IGVM_TYPE_RELOCATABLE_REGION:
        return check_relocatable(check, &header->relocatable);
    case IGVM_TYPE_PAGE_TABLE_RELOCATION:
        return check_page_tables(check, &header->page_table_relocation);
    case IGVM_TYPE_PARAMETER_AREA:
        return check_area(check, &header->parameter_area);
    case IGVM_TYPE_PAGE_DATA:
        return check_page(check, &header->page_data);
    case IGVM_TYPE_PARAMETER_INSERT:
        return check_insert(check, &header->parameter_insert);
    case IGVM_TYPE_VP_CONTEXT:
        return check_context(check, &header->vp_context);
    case IGVM_TYPE_REQUIRED_MEMORY:
        return check_required_memory(&header->required_memory);
    default:
        return check_parameter(check, header->type, &header->parameter);
    }
}

/* What can be said only when all headers are known. */
static enum igvm_status check_whole(struct check *check)
{
    struct igvm_cursor cursor = {0};
    struct igvm_header header;

    if (!check->platform_seen) {
        return IGVM_NO_PLATFORM;
    }
    for (uint32_t i = 0; i < check->region_count; i++) {
        if (!check->context_seen[check->regions[i].vtl]) {
            return IGVM_REGION_WITHOUT_CONTEXT;
        }
    }
    for (uint32_t i = 0; i < check->area_count; i++) {
        if (!check->areas[i].inserted) {
            return IGVM_AREA_UNUSED;
        }
    }
    while (igvm_next(check->file, &cursor, &header)) {
        for (uint32_t i = 0; header.type == IGVM_TYPE_PAGE_DATA && i < check->area_count; i++) {
            if (ranges_overlap(header.page_data.gpa, IGVM_PAGE_BYTES, check->areas[i].gpa,
                               check->areas[i].bytes)) {
                return IGVM_PAGE_IN_AREA;
            }
        }
    }
    return check->data_end == check->file->bytes ? IGVM_OK : IGVM_TRAILING_BYTES;
}

enum igvm_status igvm_check_headers(struct igvm_file *file)
{
    struct check check = {.file = file, .section = 1};
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
    while (igvm_next(file, &cursor, &header)) {
        if (header.type == IGVM_TYPE_PAGE_DATA && pc >= header.page_data.gpa &&
            pc - header.page_data.gpa < IGVM_PAGE_BYTES) {
            return IGVM_OK;
        }
    }
    return IGVM_PC_OUTSIDE;
}
