/* SPDX-License-Identifier: BSD-3-Clause */
/* See formats/json_read.h: what is walked here has been accepted. */
#include "json_parts.h"

#include <string.h>

static bool is_one_of(char byte, const char *set)
{
    return byte != '\0' && strchr(set, byte) != NULL;
}

static enum json_kind kind_of(char first)
{
    static const char firsts[] = "nft\"[{";
    static const uint8_t kinds[] = {JSON_NULL,   JSON_FALSE, JSON_TRUE,
                                    JSON_STRING, JSON_ARRAY, JSON_OBJECT};
    size_t i = 0;

    while (firsts[i] != '\0' && firsts[i] != first) {
        i++;
    }
    return firsts[i] == '\0' ? JSON_NUMBER : (enum json_kind)kinds[i];
}

/* Behind the closing quote. */
static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++) {
        at += *at == '\\' ? 1 : 0;
    }
    return at < end ? at + 1 : end;
}

static const char *skip_value(const char *at, const char *end)
{
    uint32_t depth = 0;

    do {
        if (*at == '"') {
            at = skip_string(at, end);
            continue;
        }
        if (depth == 0 && !is_one_of(*at, "[{")) {
            while (at < end && !is_one_of(*at, " \t\r\n,]}")) {
                at++;
            }
            return at;
        }
        depth += is_one_of(*at, "[{") ? 1 : 0;
        depth -= is_one_of(*at, "]}") ? 1 : 0;
        at++;
    } while (depth != 0 && at < end);
    return at;
}

static const char *skip_all_of(const char *set, const char *at, const char *end)
{
    while (at < end && is_one_of(*at, set)) {
        at++;
    }
    return at;
}

const char *json_value_take(const char *at, const char *end, struct json_value *value)
{
    const char *behind = skip_value(at, end);

    *value = (struct json_value){at, (uint32_t)(behind - at), kind_of(*at)};
    return behind;
}

bool json_next(const struct json_value *container, uint32_t *at, struct json_value *name,
               struct json_value *value)
{
    bool object = container->kind == JSON_OBJECT;
    const char *from = container->at;
    const char *end = from + container->bytes;
    struct json_value own;

    if (!object && container->kind != JSON_ARRAY) {
        return false;
    }
    from = skip_all_of(" \t\r\n,", from + (*at == 0 ? 1 : *at), end);
    if (from >= end - 1) {
        return false;
    }
    if (object) {
        from = json_value_take(from, end, name != NULL ? name : &own);
        from = skip_all_of(" \t\r\n:", from, end);
    }
    *at = (uint32_t)(json_value_take(from, end, value) - container->at);
    return true;
}

bool json_get(const struct json_value *object, const char *name, struct json_value *member)
{
    struct json_value its;
    uint32_t at = 0;

    if (object->kind != JSON_OBJECT) {
        return false;
    }
    while (json_next(object, &at, &its, member)) {
        if (json_string_is(&its, name)) {
            return true;
        }
    }
    return false;
}

static bool digits_read(const char *at, size_t bytes, uint64_t *number)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < bytes; i++) {
        uint64_t digit = (uint64_t)(uint8_t)at[i] - '0';

        if (digit > 9 || sum > (UINT64_MAX - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
    }
    *number = sum;
    return bytes != 0;
}

bool json_u64(const struct json_value *value, uint64_t *number)
{
    return value->kind == JSON_NUMBER && digits_read(value->at, value->bytes, number);
}

bool json_text_u64(const struct json_value *value, uint64_t *number)
{
    char digits[20]; /* of the largest */
    size_t bytes;

    return json_string(value, digits, sizeof(digits), &bytes) && digits_read(digits, bytes, number);
}
