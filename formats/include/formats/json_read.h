/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads JSON (RFC 8259) where it lies: json_read checks a whole text, the others walk what it has
 * accepted, which must stay as it is. Nothing is allocated or kept.
 */
#ifndef FORMATS_JSON_READ_H
#define FORMATS_JSON_READ_H

#include "vtl/base.h"

#define JSON_READ_DEPTH 16u
#define JSON_READ_MEMBERS 64u /* of one object */

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

/* A part of a text that json_read accepted, with its quotes or brackets. */
struct json_value {
    const char *at;
    uint32_t bytes;
    enum json_kind kind;
};

/*
 * All of the text is one value, and white space. Beyond the grammar: UTF-8, no byte order mark,
 * surrogates in pairs, no NUL, at most so deep and so many members; no member twice, whose names are
 * compared as what they mean. NULL, or what is wrong, safe to log. The work is bounded by the length
 * times what the two limits add up to.
 */
PV_MUST_USE const char *json_read(const char *text, size_t bytes, struct json_value *root);

/*
 * One after another, of an object or an array: start with *at = 0; false behind the last, and for
 * other kinds. name may be NULL; an object's is a string, an array's elements have none and leave it.
 */
bool json_next(const struct json_value *container, uint32_t *at, struct json_value *name,
               struct json_value *value);
/* False, too, where it is no object. */
bool json_get(const struct json_value *object, const char *name, struct json_value *member);

/* Decoded UTF-8, with no NUL behind it. False: no string, or longer than room. */
bool json_string(const struct json_value *value, char *to, size_t room, size_t *bytes);
bool json_string_is(const struct json_value *value, const char *text);
/* A number of digits alone; and a string of decimal digits, in which LUKS2 has its 64-bit numbers. */
bool json_u64(const struct json_value *value, uint64_t *number);
bool json_text_u64(const struct json_value *value, uint64_t *number);

#endif /* FORMATS_JSON_READ_H */
