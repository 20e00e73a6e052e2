/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The MMIO bus: from a guest physical address to the device that answers there.
 */
#include "mmio.h"

#define WORD_BYTES 8u

const uint64_t mmio_masks[4] = {0xff, 0xffff, 0xffffffff, ~UINT64_C(0)};

static const struct mmio_range nowhere;
static const struct mmio_range *range_table;
static size_t range_count;
const struct mmio_range *mmio_hint = &nowhere;

enum pv_status mmio_set(const struct mmio_range *table, size_t count)
{
    uint64_t end = 0;

    for (size_t i = 0; i < count; i++) {
        if (table[i].bytes == 0 || table[i].handler == NULL || table[i].base.raw < end ||
            (table[i].base.raw | table[i].bytes) % WORD_BYTES != 0 ||
            !u64_add(table[i].base.raw, table[i].bytes, &end)) {
            return PV_INVALID;
        }
    }
    range_table = table;
    range_count = count;
    mmio_hint = &nowhere;
    return PV_OK;
}

/* By bisection: the last range that starts at or before address. */
const struct mmio_range *mmio_search(uint64_t address)
{
    size_t low = 0;
    size_t high = range_count;
    const struct mmio_range *range;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (range_table[middle].base.raw <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0) {
        return NULL;
    }
    range = &range_table[low - 1];
    if (address - range->base.raw >= range->bytes) {
        return NULL;
    }
    __atomic_store_n(&mmio_hint, range, __ATOMIC_RELAXED);
    return range;
}

/* Is there an access of so many bytes? */
static bool size_is_one(uint8_t bytes)
{
    return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
}

bool mmio_covers(gpa_t address, uint8_t bytes)
{
    uint64_t offset;

    return size_is_one(bytes) && mmio_find(address.raw, bytes, &offset) != NULL;
}

bool mmio_perform(gpa_t address, struct mmio_access *access)
{
    uint8_t bytes = access->bytes;
    const struct mmio_range *range =
        size_is_one(bytes) ? mmio_find(address.raw, bytes, &access->offset) : NULL;

    if (range == NULL) {
        return false;
    }
    access->value = access->write ? mmio_clip(access->value, bytes) : 0;
    if (!range->handler(range->device, access)) {
        return false;
    }
    access->value = mmio_clip(access->value, bytes);
    return true;
}
