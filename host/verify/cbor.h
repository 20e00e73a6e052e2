/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A strict reader of CBOR (RFC 8949), for tokens. First all of a text is checked, then it is walked:
 * there is no recursion, and nothing is allocated.
 *
 * Taken is what core deterministic encoding (RFC 8949, 4.2.1) writes, but for the order of keys, which
 * the firmware that makes tokens does not keep: definite lengths, numbers in their shortest form. So two
 * keys are equal if their bytes are. Keys are integers or texts (RFC 9052, 1.4), each once in its map.
 * Floating point, undefined and other simple values are refused: no claim has one.
 */
#ifndef VERIFY_CBOR_H
#define VERIFY_CBOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CBOR_DEPTH_MAX 8u
#define CBOR_KEYS_MAX 256u /* of all maps that are open at one point */

enum cbor_major {
    CBOR_UNSIGNED = 0,
    CBOR_NEGATIVE = 1,
    CBOR_BYTES = 2,
    CBOR_TEXT = 3,
    CBOR_ARRAY = 4,
    CBOR_MAP = 5,
    CBOR_TAG = 6,
    CBOR_SIMPLE = 7,
};

struct span {
    const uint8_t *data;
    size_t bytes;
};

/* An item in a text that cbor_check has found good. */
struct cbor {
    enum cbor_major major;
    uint64_t argument; /* number, length, count, tag */
    struct span
        content; /* behind the head: a string's own bytes; else all up to the end of the text */
};

/* Exactly one item and nothing behind it: NULL, or what is wrong. */
const char *cbor_check(struct span text);

/* The item of a text that cbor_check has found good. */
struct cbor cbor_root(struct span text);

/* Each is false where the item is not what is asked for. */
bool cbor_tagged(const struct cbor *item, uint64_t tag, struct cbor *inner);
bool cbor_element(const struct cbor *array, uint64_t index, struct cbor *element);
bool cbor_member(const struct cbor *map, int64_t label, struct cbor *value);
bool cbor_bytes(const struct cbor *item, struct span *bytes);
bool cbor_text_is(const struct cbor *item, const char *text);
bool cbor_integer_is(const struct cbor *item, int64_t value);

/* Whether a key of one map is in the other, too. */
bool cbor_maps_share_key(const struct cbor *a, const struct cbor *b);

#endif /* VERIFY_CBOR_H */
