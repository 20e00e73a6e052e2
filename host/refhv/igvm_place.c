/* SPDX-License-Identifier: BSD-3-Clause */
#include "igvm_place.h"

#include "console.h"

#define NOWHERE UINT64_MAX

bool ranges_overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
    return a_bytes != 0 && b_bytes != 0 && (a < b ? b - a < a_bytes : a - b < b_bytes);
}

static bool range_inside(struct machine_range outer, uint64_t base, uint64_t bytes)
{
    return base >= outer.base && base - outer.base <= outer.bytes &&
           bytes <= outer.bytes - (base - outer.base);
}

static bool in_memory(uint64_t base, uint64_t bytes)
{
    for (uint32_t i = 0; i < machine.memory_count; i++) {
        if (range_inside(machine.memory[i], base, bytes)) {
            return true;
        }
    }
    return false;
}

bool igvm_place_free(const struct igvm_placement *placement, uint64_t base, uint64_t bytes)
{
    return in_memory(base, bytes) &&
           !ranges_overlap(base, bytes, placement->copy.base, placement->copy.bytes);
}

static uint64_t area_bytes(const struct igvm_file *file, uint32_t index)
{
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    while (igvm_next(file, &cursor, &header)) {
        if (header.type == IGVM_TYPE_PARAMETER_AREA && header.parameter_area.index == index) {
            return header.parameter_area.number_of_bytes;
        }
    }
    return 0;
}

/* The memory that a header claims. */
static bool header_range(const struct igvm_file *file, const struct igvm_header *header,
                         struct machine_range *range)
{
    switch (header->type) {
    case IGVM_TYPE_PAGE_DATA:
        *range = (struct machine_range){header->page_data.gpa, IGVM_PAGE_BYTES};
        return true;
    case IGVM_TYPE_PARAMETER_INSERT:
        *range = (struct machine_range){header->parameter_insert.gpa,
                                        area_bytes(file, header->parameter_insert.index)};
        return true;
    case IGVM_TYPE_REQUIRED_MEMORY:
        *range = (struct machine_range){header->required_memory.gpa,
                                        header->required_memory.number_of_bytes};
        return true;
    default:
        return false;
    }
}

/*
 * What is in the way of the region at base: the lowest start of it, NOWHERE if nothing is. Pages outside the region
 * don't move, so they are in the way.
 */
static uint64_t base_obstacle(const struct igvm_placement *placement, uint64_t base)
{
    const uint64_t bytes = placement->region.size;
    uint64_t lowest = NOWHERE;
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    while (igvm_next(&placement->file, &cursor, &header)) {
        struct machine_range range;
        if (header_range(&placement->file, &header, &range) &&
            !range_inside((struct machine_range){placement->region.base_gpa, bytes}, range.base,
                          range.bytes) &&
            ranges_overlap(base, bytes, range.base, range.bytes) && range.base < lowest) {
            lowest = range.base;
        }
    }
    return lowest;
}

/* Alignment and limits that the file itself sets. */
static bool base_permitted(const struct igvm_relocatable_region *region, uint64_t base)
{
    return base % region->alignment == 0 && base >= region->minimum_gpa &&
           base <= region->maximum_gpa && region->size <= region->maximum_gpa - base;
}

static void region_find(struct igvm_placement *placement)
{
    unsigned found = 0;
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    while (igvm_next(&placement->file, &cursor, &header)) {
        if (header.type == IGVM_TYPE_PAGE_TABLE_RELOCATION) {
            console_fatal("the IGVM file wants page tables relocated, which refhv does not do");
        }
        if (header.type == IGVM_TYPE_RELOCATABLE_REGION) {
            placement->region = header.relocatable;
            found++;
        }
    }
    const struct igvm_relocatable_region *region = &placement->region;
    if (found != 1 || region->vtl != 2 || (region->flags & IGVM_RELOCATABLE_IS_VTL2) == 0) {
        console_fatal("the IGVM file has not one relocatable region, for VTL2");
    }
    /* The region gets its own pages and, in stage 2, its own protections. */
    if (region->alignment < IGVM_PAGE_BYTES || (region->alignment & (region->alignment - 1)) != 0 ||
        region->size == 0 || region->size % IGVM_PAGE_BYTES != 0) {
        console_fatal("the IGVM file's relocatable region is not in whole pages");
    }
}

/* The highest base in a range of memory that will do, or NOWHERE. Each try lies below what was in the way of the last. */
static uint64_t base_search(const struct igvm_placement *placement, struct machine_range memory)
{
    const struct igvm_relocatable_region *region = &placement->region;
    const uint64_t low = memory.base > region->minimum_gpa ? memory.base : region->minimum_gpa;
    uint64_t end = memory.base + memory.bytes;
    end = end < region->maximum_gpa ? end : region->maximum_gpa;
    while (end > low && end - low >= region->size) {
        const uint64_t base = (end - region->size) & ~(region->alignment - 1);
        if (base < low) {
            break;
        }
        end = base_obstacle(placement, base);
        if (end == NOWHERE) {
            return base;
        }
    }
    return NOWHERE;
}

void igvm_place_vtl2(struct igvm_placement *placement)
{
    region_find(placement);
    const struct igvm_relocatable_region *region = &placement->region;
    const uint64_t wish = machine.options.vtl2_base;
    placement->vtl2_base = NOWHERE;
    if (wish != 0) {
        if (!base_permitted(region, wish) || !in_memory(wish, region->size) ||
            base_obstacle(placement, wish) != NOWHERE) {
            console_fatal(
                "VTL2 can't go to vtl2-base=0x%llx: 0x%llx bytes aligned to 0x%llx, between "
                "0x%llx and 0x%llx, in memory that nothing else of the IGVM file takes",
                (unsigned long long)wish, (unsigned long long)region->size,
                (unsigned long long)region->alignment, (unsigned long long)region->minimum_gpa,
                (unsigned long long)region->maximum_gpa);
        }
        placement->vtl2_base = wish;
    }
    for (uint32_t i = machine.memory_count; i-- > 0 && placement->vtl2_base == NOWHERE;) {
        placement->vtl2_base = base_search(placement, machine.memory[i]);
    }
    if (placement->vtl2_base == NOWHERE) {
        console_fatal("there is no room for VTL2's 0x%llx bytes", (unsigned long long)region->size);
    }
}

uint64_t igvm_place_range(const struct igvm_placement *placement, uint64_t gpa, uint64_t bytes)
{
    const struct machine_range region = {placement->region.base_gpa, placement->region.size};
    if (range_inside(region, gpa, bytes)) {
        return placement->vtl2_base + (gpa - region.base);
    }
    if (ranges_overlap(gpa, bytes, region.base, region.bytes)) {
        console_fatal("0x%llx bytes at 0x%llx of the IGVM file lie across an end of VTL2's region",
                      (unsigned long long)bytes, (unsigned long long)gpa);
    }
    /* The region may have moved to where this lies only if base_obstacle saw that it does not. */
    return gpa;
}
