/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL0's RAM: where it is, and copies in and out of it that neither leave it nor die of a fault.
 * VTL2 maps memory at its guest physical address, so that an address checked here is one it can
 * use.
 */
#include "vmm/vmm.h"
#include "vtl/untrusted.h"

static struct vmm_ram ram_ranges[VMM_RAM_MAX];
static size_t ram_count;

enum pv_status guest_ram_set(const struct vmm_ram *ram, size_t count)
{
    struct vmm_ram merged[VMM_RAM_MAX];
    size_t used = 0;
    uint64_t end = 0;

    if (count > VMM_RAM_MAX) {
        return PV_INVALID;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t next;

        if (ram[i].bytes == 0 || ram[i].base.raw < end ||
            !u64_add(ram[i].base.raw, ram[i].bytes, &next)) {
            return PV_INVALID;
        }
        /* Neighbours become one range, or a copy over their border would seem to leave RAM. */
        if (used > 0 && ram[i].base.raw == end) {
            merged[used - 1].bytes += ram[i].bytes;
        } else {
            merged[used++] = ram[i];
        }
        end = next;
    }
    for (size_t i = 0; i < used; i++) {
        ram_ranges[i] = merged[i];
    }
    ram_count = used;
    return PV_OK;
}

size_t guest_ram_get(struct vmm_ram *ram, size_t room)
{
    size_t count = ram_count < room ? ram_count : room;

    for (size_t i = 0; i < count; i++) {
        ram[i] = ram_ranges[i];
    }
    return count;
}

/* From the last one down: what lies behind VTL2's memory is most of it. */
bool guest_ram_contains(gpa_t base, uint64_t bytes)
{
    for (size_t i = ram_count; i > 0; i--) {
        const struct vmm_ram *ram = &ram_ranges[i - 1];

        if (range_contains(ram->base.raw, ram->bytes, base.raw, bytes)) {
            return true;
        }
    }
    return false;
}

enum pv_status guest_read(gpa_t from, void *to, size_t bytes)
{
    if (!guest_ram_contains(from, bytes)) {
        return PV_FAULT;
    }
    return vtl_copy(to, (const void *)(uintptr_t)from.raw, bytes);
}
PV_UNTRUSTED(guest_read, guest, "fuzz_emulate");

enum pv_status guest_write(gpa_t to, const void *from, size_t bytes)
{
    if (!guest_ram_contains(to, bytes)) {
        return PV_FAULT;
    }
    return vtl_copy((void *)(uintptr_t)to.raw, from, bytes);
}
