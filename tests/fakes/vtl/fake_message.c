/* SPDX-License-Identifier: BSD-3-Clause */
#include "hv/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The flags of the first word are looked at again where a slot is freed (TLFS). */
#define FLAGS UINT64_C(0x0000ff0000000000)

uint32_t fake_message_words;

void fake_message_reset(void)
{
    fake_message_words = 0;
}

uint64_t hv_message_word(const struct hv_message *message, size_t offset)
{
    uint8_t *at = (uint8_t *)(uintptr_t)message + offset;
    uint32_t bit = UINT32_C(1) << offset / 8;
    uint64_t value;
    uint64_t changed;

    if (offset % 8 != 0 || offset > sizeof(*message) - 8 || (fake_message_words & bit) != 0) {
        (void)fprintf(stderr, "fake_message: word %zu read again\n", offset);
        abort();
    }
    fake_message_words |= bit;
    memcpy(&value, at, sizeof(value));
    changed = offset == 0 ? value ^ ~FLAGS : ~value;
    memcpy(at, &changed, sizeof(changed));
    return value;
}
