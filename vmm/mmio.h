/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The MMIO bus, as the emulator needs it beyond the contract.
 */
#ifndef VMM_MMIO_H
#define VMM_MMIO_H

#include "vmm/vmm.h"

/* Would mmio_perform find a range for this access? No device is touched. */
bool mmio_covers(gpa_t address, uint8_t bytes);

/* What an access of 1 << size bytes holds, by size. */
extern const uint64_t mmio_masks[4];

/* value as an access of 1, 2, 4 or 8 bytes holds it. */
static inline uint64_t mmio_clip(uint64_t value, uint8_t bytes)
{
    unsigned unused = 64u - 8u * bytes;

    return value << unused >> unused;
}

/* The range of the last access, of whatever VP: the next one is to the same device most of the
 * time. Never NULL. */
extern const struct mmio_range *mmio_hint;
/* The range that holds address, or NULL; the hint from now on. */
const struct mmio_range *mmio_search(uint64_t address);

/* The range of an access of 1, 2, 4 or 8 bytes, and its offset there. NULL also for what is not
 * naturally aligned: no bus would carry it. Ranges are made of words of 8 bytes, so an aligned
 * access that begins in one ends in it. */
static inline const struct mmio_range *mmio_find(uint64_t address, uint8_t bytes, uint64_t *offset)
{
    const struct mmio_range *range = __atomic_load_n(&mmio_hint, __ATOMIC_RELAXED);

    if ((address & (bytes - 1u)) != 0) {
        return NULL;
    }
    *offset = address - range->base.raw;
    if (*offset >= range->bytes) {
        range = mmio_search(address);
        *offset = range != NULL ? address - range->base.raw : 0;
    }
    return range;
}

#endif /* VMM_MMIO_H */
