/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See base64.h. Digits are told by comparing and not by a table: the text may hold a secret, and the
 * cache would tell others of what was looked up.
 */
#include "formats/base64.h"

#define NO_DIGIT 64u

/* 0xff where first <= byte <= last, else 0. */
static uint32_t between(uint32_t byte, uint32_t first, uint32_t last)
{
    return ~((byte - first) | (last - byte)) >> 8 & 0xffu;
}

static uint32_t digit_of(enum base64_kind kind, char digit)
{
    uint32_t byte = (uint8_t)digit;
    uint32_t plus = kind == BASE64_URL ? '-' : '+';
    uint32_t slash = kind == BASE64_URL ? '_' : '/';
    uint32_t upper = between(byte, 'A', 'Z');
    uint32_t lower = between(byte, 'a', 'z');
    uint32_t number = between(byte, '0', '9');
    uint32_t is_plus = between(byte, plus, plus);
    uint32_t is_slash = between(byte, slash, slash);
    uint32_t none = ~(upper | lower | number | is_plus | is_slash);

    return (upper & (byte - 'A')) | (lower & (byte - 'a' + 26)) | (number & (byte - '0' + 52)) |
           (is_plus & 62) | (is_slash & 63) | (none & NO_DIGIT);
}

static char digit_make(enum base64_kind kind, uint32_t value)
{
    uint32_t plus = kind == BASE64_URL ? '-' : '+';
    uint32_t slash = kind == BASE64_URL ? '_' : '/';

    return (char)((between(value, 0, 25) & (value + 'A')) |
                  (between(value, 26, 51) & (value - 26 + 'a')) |
                  (between(value, 52, 61) & (value - 52 + '0')) | (between(value, 62, 62) & plus) |
                  (between(value, 63, 63) & slash));
}

/* Digits without the padding, which must be as it has to. */
static bool take_padding(enum base64_kind kind, const char *text, size_t *bytes)
{
    size_t digits = *bytes;

    if (kind == BASE64_STANDARD) {
        if (digits % 4 != 0) {
            return false;
        }
        for (size_t i = 0; i < 2 && digits != 0 && text[digits - 1] == '='; i++) {
            digits--;
        }
    }
    *bytes = digits;
    return digits % 4 != 1;
}

/* All of them are digits, and the last has no bit that no byte gets. */
static bool check(enum base64_kind kind, const char *text, size_t digits)
{
    static const uint8_t spare[] = {0, 0, 15, 3};
    uint32_t bad = 0;
    uint32_t last = 0;

    for (size_t i = 0; i < digits; i++) {
        last = digit_of(kind, text[i]);
        bad |= last & NO_DIGIT;
    }
    return (bad | (last & spare[digits % 4])) == 0;
}

bool base64_decode(enum base64_kind kind, const char *text, size_t bytes, void *to, size_t room,
                   size_t *got)
{
    uint8_t *out = to;
    uint32_t bits = 0;
    size_t digits = bytes;
    size_t done = 0;

    if (!take_padding(kind, text, &digits) || digits / 4 * 3 + digits % 4 * 3 / 4 > room ||
        !check(kind, text, digits)) {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        bits = bits << 6 | digit_of(kind, text[i]);
        if (i % 4 != 0) {
            out[done++] = (uint8_t)(bits >> (6 - i % 4 * 2));
        }
    }
    *got = done;
    return true;
}

size_t base64_encode(enum base64_kind kind, const void *from, size_t bytes, char *to)
{
    const uint8_t *in = from;
    uint32_t bits = 0;
    size_t done = 0;

    for (size_t i = 0; i < bytes; i++) {
        bits = bits << 8 | in[i];
        to[done++] = digit_make(kind, bits >> (2 + i % 3 * 2) & 63u);
        if (i % 3 == 2) {
            to[done++] = digit_make(kind, bits & 63u);
        }
    }
    if (bytes % 3 != 0) {
        to[done++] = digit_make(kind, bits << (6 - bytes % 3 * 2) & 63u);
        while (kind == BASE64_STANDARD && done % 4 != 0) {
            to[done++] = '=';
        }
    }
    return done;
}
