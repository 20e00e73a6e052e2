/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Writes JSON (RFC 8259) into a buffer with an end. A value that does not fit is left out, with its
 * name and all that is in it: what is there is valid at each moment once what is open is closed,
 * and for that there is always room.
 */
#ifndef NET_JSON_H
#define NET_JSON_H

#include "text.h"

#define JSON_DEPTH 8u

struct json {
    struct text text;
    uint32_t skipped; /* objects and arrays left out that are open */
    uint8_t depth;
    bool first; /* nothing precedes in what is open */
    char ends[JSON_DEPTH];
};

/* One object. */
void json_start(struct json *json, char *to, size_t room);
/* Returns its length. */
size_t json_finish(struct json *json);

/* Names are ours, and written as they are; NULL in an array. Each open wants a close. */
void json_object(struct json *json, const char *name);
void json_array(struct json *json, const char *name);
void json_close(struct json *json);
void json_number(struct json *json, const char *name, uint64_t value);
void json_bool(struct json *json, const char *name, bool value);
/* Bytes as hexadecimal digits. */
void json_hex(struct json *json, const char *name, const uint8_t *value, size_t bytes);
/* Any bytes: those that are not ASCII are taken as Latin-1. NULL: null. */
void json_text(struct json *json, const char *name, const char *value, size_t bytes);

#endif /* NET_JSON_H */
