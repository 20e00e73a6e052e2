/* SPDX-License-Identifier: BSD-3-Clause */
/* See json_parts.h and formats/json_read.h. Sections are RFC 8259's where nothing else is said. */
#include "json_parts.h"

#include <string.h>

#define SURROGATE_FIRST 0xd800u /* the first half of a pair; the second from SURROGATE_SECOND */
#define SURROGATE_SECOND 0xdc00u
#define SURROGATE_END 0xe000u
#define CODE_LAST 0x10ffffu
#define UNICODE_ESCAPE 6u /* bytes of \uXXXX */

/* RFC 3629, 3: below it a character has fewer bytes than these. */
static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};

/* RFC 3629, 4: the shortest form alone, no surrogates. 0: no UTF-8. */
static size_t utf8_read(const uint8_t *at, size_t left, struct json_character *character)
{
    uint8_t lead = at[0];
    uint32_t bytes = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t code = bytes < 2 ? lead : lead & (0x7fu >> bytes);

    if (bytes == 0 || bytes > left) {
        return 0;
    }
    for (uint32_t i = 1; i < bytes; i++) {
        if ((at[i] & 0xc0u) != 0x80) {
            return 0;
        }
        code = code << 6 | (at[i] & 0x3fu);
    }
    if (lead >= 0xf8 || code < smallest[bytes] || code > CODE_LAST ||
        (code >= SURROGATE_FIRST && code < SURROGATE_END)) {
        return 0;
    }
    memcpy(character->utf8, at, bytes);
    character->bytes = bytes;
    return bytes;
}

static void utf8_write(uint32_t code, struct json_character *character)
{
    static const uint8_t leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    uint32_t bytes = 1;

    while (bytes < 4 && code >= smallest[bytes + 1]) {
        bytes++;
    }
    character->bytes = bytes;
    for (uint32_t i = bytes - 1; i > 0; i--) {
        character->utf8[i] = (uint8_t)(0x80u | (code & 0x3fu));
        code >>= 6;
    }
    character->utf8[0] = (uint8_t)(leads[bytes] | code);
}

/* \uXXXX. */
static bool hex_read(const uint8_t *at, size_t left, uint32_t *code)
{
    if (left < UNICODE_ESCAPE || at[0] != '\\' || at[1] != 'u') {
        return false;
    }
    *code = 0;
    for (size_t i = 2; i < UNICODE_ESCAPE; i++) {
        uint8_t lower = at[i] | 0x20;

        if (at[i] >= '0' && at[i] <= '9') {
            *code = *code << 4 | (uint32_t)(at[i] - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            *code = *code << 4 | (uint32_t)(lower - 'a' + 10);
        } else {
            return false;
        }
    }
    return true;
}

/* 7. A surrogate alone is no character (8.2), and NUL is a trap for who counts on strings in C. */
static size_t unicode_read(const uint8_t *at, size_t left, struct json_character *character)
{
    uint32_t code;
    uint32_t second;
    size_t bytes = UNICODE_ESCAPE;

    if (!hex_read(at, left, &code) || code == 0) {
        return 0;
    }
    if (code >= SURROGATE_FIRST && code < SURROGATE_END) {
        if (code >= SURROGATE_SECOND || !hex_read(at + bytes, left - bytes, &second) ||
            second < SURROGATE_SECOND || second >= SURROGATE_END) {
            return 0;
        }
        code = 0x10000u + ((code - SURROGATE_FIRST) << 10) + (second - SURROGATE_SECOND);
        bytes += UNICODE_ESCAPE;
    }
    utf8_write(code, character);
    return bytes;
}

size_t json_character_read(const char *text, size_t left, struct json_character *character)
{
    static const char escapes[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const uint8_t *at = (const uint8_t *)text;
    const char *escape;

    if (left == 0 || at[0] < ' ' || at[0] == '"') {
        return 0;
    }
    if (at[0] != '\\') {
        return utf8_read(at, left, character);
    }
    if (left < 2) {
        return 0;
    }
    escape = at[1] == 0 ? NULL : strchr(escapes, at[1]);
    if (escape == NULL) {
        return unicode_read(at, left, character);
    }
    character->utf8[0] = (uint8_t)meanings[escape - escapes];
    character->bytes = 1;
    return 2;
}

/* Behind the opening quote first; 0 before the closing one. */
static size_t next(const struct json_value *value, uint32_t at, struct json_character *character)
{
    return json_character_read(value->at + at, value->bytes - at, character);
}

bool json_string(const struct json_value *value, char *to, size_t room, size_t *bytes)
{
    struct json_character character;
    uint32_t at = 1;
    size_t done = 0;
    size_t step;

    if (value->kind != JSON_STRING) {
        return false;
    }
    while ((step = next(value, at, &character)) != 0) {
        if (character.bytes > room - done) {
            return false;
        }
        memcpy(to + done, character.utf8, character.bytes);
        done += character.bytes;
        at += (uint32_t)step;
    }
    *bytes = done;
    return true;
}

bool json_string_is(const struct json_value *value, const char *text)
{
    struct json_character character;
    size_t left = strlen(text);
    uint32_t at = 1;
    size_t step;

    if (value->kind != JSON_STRING) {
        return false;
    }
    while ((step = next(value, at, &character)) != 0) {
        if (character.bytes > left || memcmp(text, character.utf8, character.bytes) != 0) {
            return false;
        }
        text += character.bytes;
        left -= character.bytes;
        at += (uint32_t)step;
    }
    return left == 0;
}

bool json_string_same(const struct json_value *a, const struct json_value *b)
{
    struct json_character of_a = {.bytes = 0};
    struct json_character of_b = {.bytes = 0};
    uint32_t at_a = 1;
    uint32_t at_b = 1;
    size_t step_a;
    size_t step_b;

    do {
        step_a = next(a, at_a, &of_a);
        step_b = next(b, at_b, &of_b);
        at_a += (uint32_t)step_a;
        at_b += (uint32_t)step_b;
    } while (step_a != 0 && step_b != 0 && of_a.bytes == of_b.bytes &&
             memcmp(of_a.utf8, of_b.utf8, of_a.bytes) == 0);
    return step_a == 0 && step_b == 0;
}
