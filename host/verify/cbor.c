/* SPDX-License-Identifier: BSD-3-Clause */
#include "cbor.h"

#include <string.h>

/* A container whose end is still to come. */
struct frame {
    uint64_t left; /* items */
    bool map;
    size_t first_key; /* of its keys in checker.keys */
};

struct checker {
    struct span rest;
    struct frame frames[CBOR_DEPTH_MAX];
    size_t depth;
    struct span keys[CBOR_KEYS_MAX];
    size_t key_count;
};

static void advance(struct span *rest, size_t bytes)
{
    rest->data += bytes;
    rest->bytes -= bytes;
}

/* The head of an item (RFC 8949, 3), off the rest: NULL, or what is wrong. */
static const char *read_head(struct span *rest, enum cbor_major *major, uint64_t *argument)
{
    if (rest->bytes == 0) {
        return "it ends too early";
    }
    uint8_t initial = rest->data[0];
    unsigned additional = initial & 31u;

    *major = (enum cbor_major)(initial >> 5);
    *argument = additional;
    advance(rest, 1);
    if (additional < 24) {
        return NULL;
    }
    if (additional > 27) {
        return additional == 31 ? "a length is indefinite" : "a reserved initial byte";
    }
    size_t bytes = (size_t)1 << (additional - 24);
    if (rest->bytes < bytes) {
        return "it ends too early";
    }
    *argument = 0;
    for (size_t i = 0; i < bytes; i++) {
        *argument = *argument << 8 | rest->data[i];
    }
    advance(rest, bytes);
    /* What half as many bytes can say is said by them; one byte says 24 and above. */
    uint64_t least = bytes == 1 ? 24 : UINT64_C(1) << (bytes * 4);
    return *argument < least ? "a number is not in its shortest form" : NULL;
}

/* Bytes of a UTF-8 sequence (RFC 3629, 4), or 0. Neither surrogates nor longer forms than need be. */
static size_t utf8_sequence(struct span rest)
{
    static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint8_t first = rest.data[0];
    size_t bytes = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    uint32_t code = first & masks[bytes];

    if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || rest.bytes < bytes) {
        return 0;
    }
    for (size_t i = 1; i < bytes; i++) {
        if ((rest.data[i] & 0xc0u) != 0x80u) {
            return 0;
        }
        code = code << 6 | (rest.data[i] & 0x3fu);
    }
    if ((bytes == 3 && (code < 0x800 || (code >= 0xd800 && code < 0xe000))) ||
        (bytes == 4 && (code < 0x10000 || code > 0x10ffff))) {
        return 0;
    }
    return bytes;
}

static bool is_utf8(struct span text)
{
    while (text.bytes > 0) {
        size_t bytes = utf8_sequence(text);

        if (bytes == 0) {
            return false;
        }
        advance(&text, bytes);
    }
    return true;
}

static const char *check_string(struct checker *checker, enum cbor_major major, uint64_t bytes)
{
    if (bytes > checker->rest.bytes) {
        return "a string reaches past the end";
    }
    struct span string = {checker->rest.data, (size_t)bytes};
    if (major == CBOR_TEXT && !is_utf8(string)) {
        return "a text is not UTF-8";
    }
    advance(&checker->rest, string.bytes);
    return NULL;
}

/* A key that has just been passed; where it began. */
static const char *check_key(struct checker *checker, const struct frame *map, const uint8_t *start,
                             enum cbor_major major)
{
    struct span key = {start, (size_t)(checker->rest.data - start)};

    if (major != CBOR_UNSIGNED && major != CBOR_NEGATIVE && major != CBOR_TEXT) {
        return "a key is neither an integer nor a text";
    }
    for (size_t i = map->first_key; i < checker->key_count; i++) {
        if (checker->keys[i].bytes == key.bytes &&
            memcmp(checker->keys[i].data, key.data, key.bytes) == 0) {
            return "a key is twice in a map";
        }
    }
    if (checker->key_count == CBOR_KEYS_MAX) {
        return "too many keys";
    }
    checker->keys[checker->key_count++] = key;
    return NULL;
}

/* Opens an array, a map or a tag of so many items. */
static const char *open_container(struct checker *checker, enum cbor_major major, uint64_t count)
{
    uint64_t room = checker->rest.bytes;

    /* An item is a byte at least, so that the count can't overflow either. */
    if (count > (major == CBOR_MAP ? room / 2 : room)) {
        return "it ends too early";
    }
    if (checker->depth == CBOR_DEPTH_MAX) {
        return "it is nested too deeply";
    }
    checker->frames[checker->depth++] = (struct frame){major == CBOR_MAP ? 2 * count : count,
                                                       major == CBOR_MAP, checker->key_count};
    return NULL;
}

/* One item's head, and all of it if nothing is in it. */
static const char *check_item(struct checker *checker)
{
    const uint8_t *start = checker->rest.data;
    const struct frame *in = checker->depth == 0 ? NULL : &checker->frames[checker->depth - 1];
    enum cbor_major major;
    uint64_t argument;
    const char *problem = read_head(&checker->rest, &major, &argument);

    if (problem == NULL && (major == CBOR_BYTES || major == CBOR_TEXT)) {
        problem = check_string(checker, major, argument);
    }
    if (problem == NULL && major == CBOR_SIMPLE && (argument < 20 || argument > 22)) {
        problem = "a floating-point number or an unknown simple value";
    }
    if (problem == NULL && in != NULL && in->map && in->left % 2 == 0) {
        problem = check_key(checker, in, start, major);
    }
    if (problem != NULL) {
        return problem;
    }
    if (major == CBOR_ARRAY || major == CBOR_MAP || major == CBOR_TAG) {
        return open_container(checker, major, major == CBOR_TAG ? 1 : argument);
    }
    if (checker->depth > 0) {
        checker->frames[checker->depth - 1].left--;
    }
    return NULL;
}

const char *cbor_check(struct span text)
{
    struct checker checker = {.rest = text};
    const char *problem;

    /* Each turn takes a byte at least, or closes a container. */
    do {
        problem = check_item(&checker);
        while (problem == NULL && checker.depth > 0 &&
               checker.frames[checker.depth - 1].left == 0) {
            checker.key_count = checker.frames[--checker.depth].first_key;
            if (checker.depth > 0) {
                checker.frames[checker.depth - 1].left--;
            }
        }
    } while (problem == NULL && checker.depth > 0);
    if (problem == NULL && checker.rest.bytes != 0) {
        problem = "bytes follow behind it";
    }
    return problem;
}

/* ---- Walking what was checked: heads are good, and lengths are within the text ---- */

static struct cbor item_at(struct span rest)
{
    struct cbor item = {CBOR_SIMPLE, 0, {rest.data, 0}};

    (void)read_head(&rest, &item.major, &item.argument);
    item.content = rest;
    if (item.major == CBOR_BYTES || item.major == CBOR_TEXT) {
        item.content.bytes = (size_t)item.argument;
    }
    return item;
}

struct cbor cbor_root(struct span text)
{
    return item_at(text);
}

/* Passes so many items, with all that is in them. */
static void skip(struct span *rest, uint64_t count)
{
    while (count > 0) {
        struct cbor item = item_at(*rest);

        count--;
        advance(rest, (size_t)(item.content.data - rest->data));
        if (item.major == CBOR_BYTES || item.major == CBOR_TEXT) {
            advance(rest, item.content.bytes);
        } else if (item.major == CBOR_ARRAY) {
            count += item.argument;
        } else if (item.major == CBOR_MAP) {
            count += 2 * item.argument;
        } else if (item.major == CBOR_TAG) {
            count++;
        }
    }
}

bool cbor_tagged(const struct cbor *item, uint64_t tag, struct cbor *inner)
{
    if (item->major != CBOR_TAG || item->argument != tag) {
        return false;
    }
    *inner = item_at(item->content);
    return true;
}

bool cbor_element(const struct cbor *array, uint64_t index, struct cbor *element)
{
    struct span rest = array->content;

    if (array->major != CBOR_ARRAY || index >= array->argument) {
        return false;
    }
    skip(&rest, index);
    *element = item_at(rest);
    return true;
}

bool cbor_member(const struct cbor *map, int64_t label, struct cbor *value)
{
    struct span rest = map->content;

    if (map->major != CBOR_MAP) {
        return false;
    }
    for (uint64_t i = 0; i < map->argument; i++) {
        struct cbor key = item_at(rest);

        skip(&rest, 1);
        if (cbor_integer_is(&key, label)) {
            *value = item_at(rest);
            return true;
        }
        skip(&rest, 1);
    }
    return false;
}

bool cbor_bytes(const struct cbor *item, struct span *bytes)
{
    if (item->major != CBOR_BYTES) {
        return false;
    }
    *bytes = item->content;
    return true;
}

bool cbor_text_is(const struct cbor *item, const char *text)
{
    return item->major == CBOR_TEXT && item->content.bytes == strlen(text) &&
           memcmp(item->content.data, text, item->content.bytes) == 0;
}

bool cbor_integer_is(const struct cbor *item, int64_t value)
{
    /* RFC 8949, 3.1: a negative number is -1 - argument. */
    return value >= 0 ? item->major == CBOR_UNSIGNED && item->argument == (uint64_t)value
                      : item->major == CBOR_NEGATIVE && item->argument == (uint64_t)(-1 - value);
}

static bool same_key(const struct cbor *a, const struct cbor *b)
{
    return a->major == b->major && a->argument == b->argument &&
           (a->major != CBOR_TEXT ||
            memcmp(a->content.data, b->content.data, a->content.bytes) == 0);
}

static bool has_key(const struct cbor *map, const struct cbor *wanted)
{
    struct span rest = map->content;

    for (uint64_t i = 0; i < map->argument; i++) {
        struct cbor key = item_at(rest);

        if (same_key(&key, wanted)) {
            return true;
        }
        skip(&rest, 2);
    }
    return false;
}

bool cbor_maps_share_key(const struct cbor *a, const struct cbor *b)
{
    struct span rest = a->content;

    for (uint64_t i = 0; i < a->argument; i++) {
        struct cbor key = item_at(rest);

        if (has_key(b, &key)) {
            return true;
        }
        skip(&rest, 2);
    }
    return false;
}
