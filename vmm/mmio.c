/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The MMIO bus: from a guest physical address to the device that answers there.
 */
#include "mmio.h"

static const struct mmio_range *range_table;
static size_t range_count;
/* The range of the last access, of whatever VP: the next one is to the same device most of the
 * time. */
static const struct mmio_range *range_hint;

enum pv_status mmio_set(const struct mmio_range *table, size_t count)
{
    uint64_t end = 0;

    for (size_t i = 0; i < count; i++) {
        if (table[i].bytes == 0 || table[i].handler == NULL || table[i].base.raw < end ||
            !u64_add(table[i].base.raw, table[i].bytes, &end)) {
            return PV_INVALID;
        }
    }
    range_table = table;
    range_count = count;
    range_hint = count > 0 ? table : NULL;
    return PV_OK;
}

static bool range_holds(const struct mmio_range *range, uint64_t address, uint8_t bytes)
{
    return range_contains(range->base.raw, range->bytes, address, bytes);
}

/* By bisection: the last range that starts at or before address. Rare, so out of line. */
__attribute__((noinline)) static const struct mmio_range *range_search(uint64_t address,
                                                                       uint8_t bytes)
{
    size_t low = 0;
    size_t high = range_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (range_table[middle].base.raw <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || !range_holds(&range_table[low - 1], address, bytes)) {
        return NULL;
    }
    __atomic_store_n(&range_hint, &range_table[low - 1], __ATOMIC_RELAXED);
    return &range_table[low - 1];
}

/* The bits of a register that an access of so many bytes holds; 0: there is no such access. */
static uint64_t size_mask(uint8_t bytes)
{
    static const uint64_t masks[9] = {
        [1] = 0xff, [2] = 0xffff, [4] = UINT64_C(0xffffffff), [8] = ~UINT64_C(0)};

    return bytes <= 8 ? masks[bytes] : 0;
}

/* NULL also for an access that no bus would carry: another size, or not naturally aligned. */
static const struct mmio_range *range_find(uint64_t address, uint8_t bytes, uint64_t mask)
{
    const struct mmio_range *hint = __atomic_load_n(&range_hint, __ATOMIC_RELAXED);

    if (mask == 0 || (address & (bytes - 1u)) != 0) {
        return NULL;
    }
    if (hint != NULL && range_holds(hint, address, bytes)) {
        return hint;
    }
    return range_search(address, bytes);
}

bool mmio_covers(gpa_t address, uint8_t bytes)
{
    return range_find(address.raw, bytes, size_mask(bytes)) != NULL;
}

bool mmio_perform(gpa_t address, struct mmio_access *access)
{
    uint64_t mask = size_mask(access->bytes);
    const struct mmio_range *range = range_find(address.raw, access->bytes, mask);

    if (range == NULL) {
        return false;
    }
    access->offset = address.raw - range->base.raw;
    access->value = access->write ? access->value & mask : 0;
    if (!range->handler(range->device, access)) {
        return false;
    }
    access->value &= mask;
    return true;
}
