/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of the JSON reader have of each other. */
#ifndef FORMATS_JSON_PARTS_H
#define FORMATS_JSON_PARTS_H

#include "formats/json_read.h"

struct json_character {
    uint8_t utf8[4];
    uint32_t bytes;
};

/*
 * The first character that a text holds in a string, its escape resolved: how many bytes of the text
 * it takes, or 0: none that may stand there.
 */
size_t json_character_read(const char *text, size_t left, struct json_character *character);
/* Accepted strings mean the same. */
bool json_string_same(const struct json_value *a, const struct json_value *b);
/* The value that begins at a byte of an accepted text; returns where it ends. */
const char *json_value_take(const char *at, const char *end, struct json_value *value);

#endif /* FORMATS_JSON_PARTS_H */
