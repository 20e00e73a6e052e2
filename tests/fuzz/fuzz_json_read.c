/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JSON of any bytes: what is accepted can be walked to its end, each value lies where it must and is
 * accepted by itself, each string decodes to UTF-8 and is what it decodes to.
 */
#include "formats/base64.h"
#include "formats/json_read.h"

#include <stdlib.h>
#include <string.h>

#define BYTES_MAX 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void try_string(const struct json_value *value)
{
    char to[BYTES_MAX + 1];
    char other[BYTES_MAX];
    uint64_t number;
    size_t bytes;
    size_t got;

    expect(json_string(value, to, BYTES_MAX, &bytes));
    expect(bytes + 2 <= value->bytes && memchr(to, 0, bytes) == NULL);
    to[bytes] = '\0';
    expect(json_string_is(value, to));
    expect(bytes == 0 || !json_string(value, to, bytes - 1, &got));
    if (json_text_u64(value, &number)) {
        expect(bytes != 0 && strtoull(to, NULL, 10) == number);
    }
    /* One text for each sequence of bytes. */
    for (unsigned kind = BASE64_STANDARD; kind <= BASE64_URL; kind++) {
        if (base64_decode((enum base64_kind)kind, to, bytes, other, sizeof(other), &got)) {
            char again[BYTES_MAX + 4];

            expect(base64_encode((enum base64_kind)kind, other, got, again) == bytes);
            expect(memcmp(again, to, bytes) == 0);
        }
    }
}

/* Calls itself at most JSON_READ_DEPTH deep, which is what it is about. */
static void walk(const struct json_value *value, unsigned depth)
{
    struct json_value alone;
    struct json_value member;
    struct json_value name = {.bytes = 0};
    uint64_t number;
    uint32_t members = 0;
    uint32_t at = 0;

    expect(depth <= JSON_READ_DEPTH);
    expect(json_read(value->at, value->bytes, &alone) == NULL);
    expect(alone.at == value->at && alone.bytes == value->bytes && alone.kind == value->kind);
    if (value->kind == JSON_STRING) {
        try_string(value);
    }
    if (json_u64(value, &number)) {
        expect(value->kind == JSON_NUMBER);
    }
    while (json_next(value, &at, &name, &member)) {
        expect(at < value->bytes && member.at > value->at && member.bytes != 0);
        expect(member.at + member.bytes == value->at + at);
        if (value->kind == JSON_OBJECT) {
            struct json_value same;
            char text[BYTES_MAX + 1];
            size_t bytes;

            expect(json_string(&name, text, BYTES_MAX, &bytes));
            text[bytes] = '\0';
            expect(json_get(value, text, &same) && same.at == member.at);
            expect(++members <= JSON_READ_MEMBERS);
        }
        walk(&member, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_value root;
    const char *wrong;

    if (size > BYTES_MAX) {
        return 0;
    }
    wrong = json_read((const char *)data, size, &root);
    if (wrong == NULL) {
        walk(&root, 0);
    } else {
        expect(*wrong != '\0');
    }
    return 0;
}
