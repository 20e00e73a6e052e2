/* SPDX-License-Identifier: BSD-3-Clause */
#include "cbor_write.h"

#include <string.h>

/* Major types and the sizes of a head's argument: RFC 8949, 3 and 3.1. */
#define MAJOR_UNSIGNED 0u
#define MAJOR_NEGATIVE 1u
#define MAJOR_BYTES 2u
#define MAJOR_TEXT 3u
#define MAJOR_ARRAY 4u
#define MAJOR_MAP 5u
#define MAJOR_TAG 6u
#define ARGUMENT_IN_HEAD_LIMIT 24u

static void put(struct cbor_writer *writer, const void *data, size_t bytes)
{
    if (bytes > writer->room - writer->bytes) {
        writer->full = true;
        return;
    }
    memcpy(writer->to + writer->bytes, data, bytes);
    writer->bytes += bytes;
}

static void put_head(struct cbor_writer *writer, unsigned major, uint64_t argument)
{
    uint8_t head[9];
    unsigned log2 = 0;

    if (argument < ARGUMENT_IN_HEAD_LIMIT) {
        head[0] = (uint8_t)(major << 5 | argument);
        put(writer, head, 1);
        return;
    }
    while (log2 < 3 && argument >> (8u << log2) != 0) {
        log2++;
    }
    const unsigned bytes = 1u << log2;
    head[0] = (uint8_t)(major << 5 | (ARGUMENT_IN_HEAD_LIMIT + log2));
    for (unsigned i = 0; i < bytes; i++) {
        head[1 + i] = (uint8_t)(argument >> (8 * (bytes - 1 - i)));
    }
    put(writer, head, 1 + bytes);
}

void cbor_put_int(struct cbor_writer *writer, int64_t value)
{
    if (value >= 0) {
        put_head(writer, MAJOR_UNSIGNED, (uint64_t)value);
    } else {
        put_head(writer, MAJOR_NEGATIVE, ~(uint64_t)value);
    }
}

void cbor_put_bytes(struct cbor_writer *writer, const void *data, size_t bytes)
{
    put_head(writer, MAJOR_BYTES, bytes);
    put(writer, data, bytes);
}

void cbor_put_text(struct cbor_writer *writer, const char *text)
{
    const size_t bytes = strlen(text);

    put_head(writer, MAJOR_TEXT, bytes);
    put(writer, text, bytes);
}

void cbor_put_array(struct cbor_writer *writer, uint64_t elements)
{
    put_head(writer, MAJOR_ARRAY, elements);
}

void cbor_put_map(struct cbor_writer *writer, uint64_t pairs)
{
    put_head(writer, MAJOR_MAP, pairs);
}

void cbor_put_tag(struct cbor_writer *writer, uint64_t tag)
{
    put_head(writer, MAJOR_TAG, tag);
}
