/* SPDX-License-Identifier: BSD-3-Clause */
/* What lies where: relocation, required memory, pages, error ranges. */
#include "igvm_check.h"

static enum igvm_status add_region(struct igvm_check *check, uint64_t base, uint64_t bytes,
                                   uint8_t vtl, bool page_table)
{
    if (check->region_count == IGVM_REGIONS_MAX) {
        return IGVM_TOO_MANY_REGIONS;
    }
    for (uint32_t i = 0; i < check->region_count; i++) {
        if (igvm_ranges_overlap(base, bytes, check->regions[i].base, check->regions[i].bytes)) {
            return IGVM_REGION_OVERLAP;
        }
    }
    check->regions[check->region_count++] = (struct igvm_region){base, bytes, vtl, page_table};
    return IGVM_OK;
}

/* igvm.md 2.2. */
enum igvm_status igvm_check_relocatable(struct igvm_check *check, const struct igvm_header *header)
{
    const struct igvm_relocatable_region *region = &header->relocatable;
    uint64_t alignment = region->alignment;
    bool is_vtl2 = (region->flags & IGVM_RELOCATABLE_IS_VTL2) != 0;

    if (region->compatibility_mask != check->file->mask) {
        return IGVM_BAD_MASK;
    }
    if ((region->flags & ~(IGVM_RELOCATABLE_IS_VTL2 | IGVM_RELOCATABLE_APPLY_PC)) != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if (region->vp_index != 0) {
        return IGVM_BAD_VP_INDEX;
    }
    if (!igvm_vtl_allowed(region->vtl) || is_vtl2 != (region->vtl == 2)) {
        return IGVM_BAD_VTL;
    }
    if (alignment < IGVM_PAGE_BYTES || (alignment & (alignment - 1)) != 0 ||
        region->base_gpa % alignment != 0 || region->minimum_gpa % alignment != 0 ||
        region->maximum_gpa % alignment != 0 || region->size == 0 ||
        !igvm_page_aligned(region->size) || igvm_range_overflows(region->base_gpa, region->size) ||
        region->base_gpa < region->minimum_gpa ||
        region->base_gpa + region->size > region->maximum_gpa) {
        return IGVM_BAD_REGION;
    }
    return add_region(check, region->base_gpa, region->size, region->vtl, false);
}

enum igvm_status igvm_check_page_tables(struct igvm_check *check, const struct igvm_header *header)
{
    const struct igvm_page_table_relocation *tables = &header->page_table_relocation;
    if (tables->compatibility_mask != check->file->mask) {
        return IGVM_BAD_MASK;
    }
    if (check->page_table_seen) {
        return IGVM_TWO_PAGE_TABLE_REGIONS;
    }
    if (tables->reserved != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if (tables->vp_index != 0) {
        return IGVM_BAD_VP_INDEX;
    }
    if (!igvm_vtl_allowed(tables->vtl)) {
        return IGVM_BAD_VTL;
    }
    if (!igvm_page_aligned(tables->gpa) || tables->size == 0 || !igvm_page_aligned(tables->size) ||
        igvm_range_overflows(tables->gpa, tables->size) || !igvm_page_aligned(tables->used_size) ||
        tables->used_size > tables->size) {
        return IGVM_BAD_REGION;
    }
    check->page_table_seen = true;
    return add_region(check, tables->gpa, tables->size, tables->vtl, true);
}

enum igvm_status igvm_check_required(struct igvm_check *check, const struct igvm_header *header)
{
    const struct igvm_required_memory *memory = &header->required_memory;

    (void)check;
    if (memory->reserved != 0 || (memory->flags & ~IGVM_REQUIRED_VTL2_PROTECTABLE) != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if (!igvm_page_aligned(memory->gpa) || memory->number_of_bytes == 0 ||
        !igvm_page_aligned(memory->number_of_bytes) ||
        igvm_range_overflows(memory->gpa, memory->number_of_bytes)) {
        return IGVM_BAD_REQUIRED_MEMORY;
    }
    return IGVM_OK;
}

enum igvm_status igvm_check_page(struct igvm_check *check, const struct igvm_header *header)
{
    const struct igvm_page_data *page = &header->page_data;
    if (page->reserved != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if ((page->flags & IGVM_PAGE_2MB) != 0) {
        return IGVM_PAGE_2MB_UNSUPPORTED;
    }
    if ((page->flags & ~(IGVM_PAGE_UNMEASURED | IGVM_PAGE_SHARED)) != 0) {
        return IGVM_RESERVED_NOT_ZERO;
    }
    if (page->data_type != IGVM_DATA_NORMAL) {
        return IGVM_BAD_PAGE_TYPE;
    }
    if (!igvm_page_aligned(page->gpa) || igvm_range_overflows(page->gpa, IGVM_PAGE_BYTES)) {
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
    return igvm_check_data(check, page->file_offset, IGVM_PAGE_BYTES);
}

/* igvm.md 2.3. A page of it that the file fills as well would have two meanings: see igvm_check.c. */
enum igvm_status igvm_check_error_range(struct igvm_check *check, const struct igvm_header *header)
{
    const struct igvm_error_range *range = &header->error_range;

    if (!igvm_page_aligned(range->gpa) || range->number_of_bytes == 0 ||
        range->number_of_bytes > IGVM_ERROR_BYTES_MAX ||
        !igvm_page_aligned(range->number_of_bytes) ||
        igvm_range_overflows(range->gpa, range->number_of_bytes) ||
        check->error_count == IGVM_ERROR_RANGES_MAX) {
        return IGVM_BAD_ERROR_RANGE;
    }
    for (uint32_t i = 0; i < check->error_count; i++) {
        if (igvm_ranges_overlap(range->gpa, range->number_of_bytes, check->errors[i].gpa,
                                check->errors[i].number_of_bytes)) {
            return IGVM_BAD_ERROR_RANGE;
        }
    }
    check->errors[check->error_count++] = *range;
    return IGVM_OK;
}
