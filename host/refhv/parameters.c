/* SPDX-License-Identifier: BSD-3-Clause */
#include "parameters.h"

#include "igvm_format.h"

#include <string.h>

#define PAGE_BYTES UINT64_C(0x1000)

/* One entry of MEMORY_MAP (igvm.md 2.3); an entry of no pages ends it. */
struct memory_map_entry {
    uint64_t first_page;
    uint64_t page_count;
    uint16_t type;
    uint16_t flags;
    uint32_t reserved;
};
_Static_assert(sizeof(struct memory_map_entry) == 24, "igvm.md 2.3");

static uint32_t range_add(struct parameters_range *ranges, uint32_t count, uint64_t base,
                          uint64_t end, uint32_t type)
{
    if (base < end) {
        ranges[count++] = (struct parameters_range){{base, end - base}, type};
    }
    return count;
}

uint32_t parameters_memory(struct machine_range vtl2, struct parameters_range *ranges)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < machine.memory_count; i++) {
        uint64_t base = machine.memory[i].base;
        const uint64_t end = base + machine.memory[i].bytes;
        if (vtl2.base >= base && vtl2.base < end) {
            count = range_add(ranges, count, base, vtl2.base, PARAMETERS_MEMORY);
            base = vtl2.base + vtl2.bytes;
            count = range_add(ranges, count, vtl2.base, base, PARAMETERS_VTL2_PROTECTABLE);
        }
        count = range_add(ranges, count, base, end, PARAMETERS_MEMORY);
    }
    return count;
}

static bool memory_map_write(struct machine_range vtl2, uint8_t *to, uint64_t room)
{
    struct parameters_range ranges[PARAMETERS_RANGES_MAX];
    const uint32_t count = parameters_memory(vtl2, ranges);
    if (room < (count + 1) * sizeof(struct memory_map_entry)) {
        return false;
    }
    for (uint32_t i = 0; i <= count; i++) {
        struct memory_map_entry entry = {0};
        if (i < count) {
            entry.first_page = ranges[i].range.base / PAGE_BYTES;
            entry.page_count = ranges[i].range.bytes / PAGE_BYTES;
            entry.type = (uint16_t)ranges[i].type;
        }
        memcpy(to + i * sizeof(entry), &entry, sizeof(entry));
    }
    return true;
}

static bool bytes_write(const void *from, uint64_t bytes, void *to, uint64_t room)
{
    if (room < bytes) {
        return false;
    }
    memcpy(to, from, bytes);
    return true;
}

enum parameters_status parameters_write(uint32_t type, struct machine_range vtl2, void *to,
                                        uint64_t room)
{
    const char *line = machine.options.vtl2_bootargs;
    bool fits = false;
    switch (type) {
    case IGVM_TYPE_DEVICE_TREE:
        fits = parameters_device_tree(vtl2, to, room);
        break;
    case IGVM_TYPE_VP_COUNT:
        fits = bytes_write(&machine.cpu_count, sizeof(machine.cpu_count), to, room);
        break;
    case IGVM_TYPE_MEMORY_MAP:
        fits = memory_map_write(vtl2, to, room);
        break;
    case IGVM_TYPE_COMMAND_LINE:
        fits = bytes_write(line, strlen(line) + 1, to, room);
        break;
    default:
        return PARAMETERS_UNSUPPORTED;
    }
    return fits ? PARAMETERS_OK : PARAMETERS_NO_ROOM;
}
