/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The MMIO bus, as the emulator needs it beyond the contract.
 */
#ifndef VMM_MMIO_H
#define VMM_MMIO_H

#include "vmm/vmm.h"

/* Would mmio_perform find a range for this access? No device is touched. */
bool mmio_covers(gpa_t address, uint8_t bytes);

/* The bytes of a register that an access of 1, 2, 4 or 8 bytes holds. */
static inline uint64_t mmio_mask(uint8_t bytes)
{
    return ~UINT64_C(0) >> (64u - 8u * bytes);
}

#endif /* VMM_MMIO_H */
