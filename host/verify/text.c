/* SPDX-License-Identifier: BSD-3-Clause */
#include "text.h"

#include "include/pv_verify.h"

#include <string.h>

static int hex_digit(char character)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = character == '\0' ? NULL : strchr(digits, character);

    return at == NULL ? -1 : (int)((at - digits) % 16);
}

bool text_from_hex(const char *text, size_t text_bytes, uint8_t *to, size_t bytes)
{
    if (text_bytes != 2 * bytes) {
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        int high = hex_digit(text[2 * i]);
        int low = hex_digit(text[2 * i + 1]);

        if (high < 0 || low < 0) {
            return false;
        }
        to[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

static int base64_digit(char character, bool url)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const char *last = url ? "-_" : "+/";
    const char *at = character == '\0' ? NULL : strchr(digits, character);

    if (at != NULL) {
        return (int)(at - digits);
    }
    return character == last[0] ? 62 : character == last[1] ? 63 : -1;
}

bool text_from_base64(const char *text, size_t bytes, bool url, uint8_t *to, size_t room,
                      size_t *got)
{
    uint32_t bits = 0;
    unsigned count = 0; /* of bits that wait */

    *got = 0;
    if (!url) {
        if (bytes % 4 != 0) {
            return false;
        }
        for (size_t i = 0; i < 2 && bytes > 0 && text[bytes - 1] == '='; i++) {
            bytes--;
        }
    }
    if (bytes % 4 == 1) {
        return false;
    }
    for (size_t i = 0; i < bytes; i++) {
        int digit = base64_digit(text[i], url);

        if (digit < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)digit;
        count += 6;
        if (count >= 8) {
            count -= 8;
            if (*got == room) {
                return false;
            }
            to[(*got)++] = (uint8_t)(bits >> count);
            bits &= (1u << count) - 1;
        }
    }
    return bits == 0;
}

bool pv_verify_base64url(const char *text, size_t bytes, void *to, size_t room, size_t *got)
{
    return text_from_base64(text, bytes, true, to, room, got);
}
