/* SPDX-License-Identifier: BSD-3-Clause */
/* Published bytes in hexadecimal: lower case, even. */
#ifndef HEX_H
#define HEX_H

#include "vtl/base.h"

static inline uint8_t hex_digit(char digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static inline size_t hex_bytes(const char *text, uint8_t *to)
{
    size_t bytes = 0;

    for (; text[2 * bytes] != 0; bytes++) {
        to[bytes] = (uint8_t)(hex_digit(text[2 * bytes]) << 4 | hex_digit(text[2 * bytes + 1]));
    }
    return bytes;
}

#endif /* HEX_H */
