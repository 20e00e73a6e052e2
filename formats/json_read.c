/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * See formats/json_read.h. Sections are RFC 8259's. What is open is on a stack of its own, so that
 * no text can use up that of the CPU.
 */
#include "json_parts.h"
#include "vtl/untrusted.h"

#include <string.h>

struct reader {
    const char *at;
    const char *end;
    const char *wrong; /* the first thing that is */
    uint32_t depth;
    const char *open[JSON_READ_DEPTH]; /* brackets */
};

static bool refuse(struct reader *reader, const char *what)
{
    reader->wrong = what;
    return false;
}

static bool is_at(const struct reader *reader, char byte)
{
    return reader->at < reader->end && *reader->at == byte;
}

static bool take(struct reader *reader, char byte)
{
    bool there = is_at(reader, byte);

    reader->at += there ? 1 : 0;
    return there;
}

/* 2: ws. */
static void skip_space(struct reader *reader)
{
    while (is_at(reader, ' ') || is_at(reader, '\t') || is_at(reader, '\n') ||
           is_at(reader, '\r')) {
        reader->at++;
    }
}

static bool read_string(struct reader *reader)
{
    struct json_character character;
    size_t step;

    if (!take(reader, '"')) {
        return refuse(reader, "a member without a name");
    }
    do {
        step = json_character_read(reader->at, (size_t)(reader->end - reader->at), &character);
        reader->at += step;
    } while (step != 0);
    return take(reader, '"') || refuse(reader, "a malformed string");
}

static bool read_digits(struct reader *reader)
{
    const char *from = reader->at;

    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') {
        reader->at++;
    }
    return reader->at != from;
}

/* 6. */
static bool read_number(struct reader *reader)
{
    bool good;

    (void)take(reader, '-');
    good = take(reader, '0') || read_digits(reader);
    if (good && take(reader, '.')) {
        good = read_digits(reader);
    }
    if (good && (take(reader, 'e') || take(reader, 'E'))) {
        if (!take(reader, '+')) {
            (void)take(reader, '-');
        }
        good = read_digits(reader);
    }
    return good || refuse(reader, "something that is no value");
}

/* 3: the three names, which are lower case. */
static bool read_word(struct reader *reader)
{
    static const char words[][6] = {"null", "false", "true"};
    size_t left = (size_t)(reader->end - reader->at);

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t bytes = strlen(words[i]);

        if (bytes <= left && memcmp(reader->at, words[i], bytes) == 0) {
            reader->at += bytes;
            return true;
        }
    }
    return false;
}

/* 4: a name and its colon. */
static bool read_name(struct reader *reader)
{
    skip_space(reader);
    if (!read_string(reader)) {
        return false;
    }
    skip_space(reader);
    return take(reader, ':') || refuse(reader, "a member without a colon");
}

/*
 * 4 lets software do what it likes with a name that is there twice, and so two readers may see two
 * texts in one.
 */
static bool check_members(struct reader *reader, const char *from)
{
    struct json_value object = {from, (uint32_t)(reader->at - from), JSON_OBJECT};
    struct json_value names[JSON_READ_MEMBERS];
    struct json_value name;
    struct json_value value;
    uint32_t count = 0;
    uint32_t at = 0;

    while (json_next(&object, &at, &name, &value)) {
        if (count == JSON_READ_MEMBERS) {
            return refuse(reader, "an object of too many members");
        }
        for (uint32_t i = 0; i < count; i++) {
            if (json_string_same(&names[i], &name)) {
                return refuse(reader, "a member twice");
            }
        }
        names[count++] = name;
    }
    return true;
}

static bool close_one(struct reader *reader)
{
    const char *from = reader->open[--reader->depth];

    reader->at++;
    return *from == '[' || check_members(reader, from);
}

/* Behind a value: what ends with it, and the comma before another. */
static bool read_ends(struct reader *reader)
{
    while (reader->depth != 0) {
        bool object = *reader->open[reader->depth - 1] == '{';

        skip_space(reader);
        if (take(reader, ',')) {
            return !object || read_name(reader);
        }
        if (!is_at(reader, object ? '}' : ']')) {
            return refuse(reader, "no comma or end behind a value");
        }
        if (!close_one(reader)) {
            return false;
        }
    }
    return true;
}

/* A bracket opens; up to its first value, or to its end and what ends with it. */
static bool open_one(struct reader *reader)
{
    bool object = is_at(reader, '{');

    if (reader->depth == JSON_READ_DEPTH) {
        return refuse(reader, "too many brackets in brackets");
    }
    reader->open[reader->depth++] = reader->at++;
    skip_space(reader);
    if (is_at(reader, object ? '}' : ']')) {
        return close_one(reader) && read_ends(reader);
    }
    return !object || read_name(reader);
}

/* One value, or the opening of one. */
static bool read_one(struct reader *reader)
{
    skip_space(reader);
    if (is_at(reader, '{') || is_at(reader, '[')) {
        return open_one(reader);
    }
    if (is_at(reader, '"')) {
        return read_string(reader) && read_ends(reader);
    }
    return (read_word(reader) || read_number(reader)) && read_ends(reader);
}

const char *json_read(const char *text, size_t bytes, struct json_value *root)
{
    struct reader reader = {.at = text, .end = text + bytes};
    const char *from;

    if (bytes > UINT32_MAX) {
        return "too long a text";
    }
    skip_space(&reader);
    from = reader.at;
    while (read_one(&reader) && reader.depth != 0) {
    }
    if (reader.wrong != NULL) {
        return reader.wrong;
    }
    (void)json_value_take(from, reader.at, root);
    skip_space(&reader);
    return reader.at == reader.end ? NULL : "something behind the value";
}
PV_UNTRUSTED(json_read, network, "fuzz_json_read");
PV_UNTRUSTED(json_read, disk, "fuzz_json_read");
