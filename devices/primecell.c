/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Identification registers of PrimeCell peripherals.
 */
#include "primecell.h"

uint8_t primecell_id(const uint8_t periph[4], uint64_t offset)
{
    static const uint8_t cell[4] = {0x0d, 0xf0, 0x05, 0xb1};
    uint64_t index = (offset - PRIMECELL_ID_OFFSET) / 4;

    if (offset < PRIMECELL_ID_OFFSET || index >= PRIMECELL_ID_COUNT) {
        return 0;
    }
    return index < 4 ? periph[index] : cell[index - 4];
}
