/* SPDX-License-Identifier: BSD-3-Clause */
/* What the loader fills in: parameter areas, from declaration to insert (igvm.md 2.3). */
#include "igvm_check.h"

static struct igvm_area *find_area(struct igvm_check *check, uint32_t index)
{
    for (uint32_t i = 0; i < check->area_count; i++) {
        if (check->areas[i].index == index) {
            return &check->areas[i];
        }
    }
    return NULL;
}

enum igvm_status igvm_check_area(struct igvm_check *check, const struct igvm_header *header)
{
    const struct igvm_parameter_area *area = &header->parameter_area;
    if (find_area(check, area->index) != NULL) {
        return IGVM_AREA_TWICE;
    }
    if (check->area_count == IGVM_AREAS_MAX) {
        return IGVM_TOO_MANY_AREAS;
    }
    if (area->number_of_bytes == 0 || !igvm_page_aligned(area->number_of_bytes) ||
        area->number_of_bytes > IGVM_AREA_BYTES_MAX) {
        return IGVM_BAD_AREA;
    }
    check->areas[check->area_count++] =
        (struct igvm_area){.index = area->index, .bytes = area->number_of_bytes};
    if (area->file_offset == 0) {
        return IGVM_OK;
    }
    return igvm_check_data(check, area->file_offset, area->number_of_bytes);
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

enum igvm_status igvm_check_parameter(struct igvm_check *check, const struct igvm_header *header)
{
    const struct igvm_parameter *parameter = &header->parameter;
    const struct igvm_area *area = find_area(check, parameter->index);

    if (area == NULL) {
        return IGVM_AREA_UNKNOWN;
    }
    if (area->inserted) {
        return IGVM_AREA_INSERTED;
    }
    if (parameter->byte_offset >= area->bytes ||
        parameter_least_bytes(header->type) > area->bytes - parameter->byte_offset) {
        return IGVM_PARAMETER_OUTSIDE;
    }
    return IGVM_OK;
}

enum igvm_status igvm_check_insert(struct igvm_check *check, const struct igvm_header *header)
{
    const struct igvm_parameter_insert *insert = &header->parameter_insert;
    struct igvm_area *area = find_area(check, insert->index);

    if (area == NULL) {
        return IGVM_AREA_UNKNOWN;
    }
    if (area->inserted) {
        return IGVM_AREA_INSERTED;
    }
    if (!igvm_page_aligned(insert->gpa) || igvm_range_overflows(insert->gpa, area->bytes)) {
        return IGVM_BAD_INSERT;
    }
    for (uint32_t i = 0; i < check->region_count; i++) {
        if (check->regions[i].page_table &&
            igvm_ranges_overlap(insert->gpa, area->bytes, check->regions[i].base,
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
