/* SPDX-License-Identifier: BSD-3-Clause */
/* Writes CBOR (RFC 8949) with definite lengths and shortest heads: 4.2.1, if the caller keeps the order of map keys. */
#ifndef REFHV_CBOR_WRITE_H
#define REFHV_CBOR_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What does not fit is dropped, and full says so. */
struct cbor_writer {
    uint8_t *to;
    size_t room;
    size_t bytes;
    bool full;
};

void cbor_put_int(struct cbor_writer *writer, int64_t value);
void cbor_put_bytes(struct cbor_writer *writer, const void *data, size_t bytes);
void cbor_put_text(struct cbor_writer *writer, const char *text);
void cbor_put_array(struct cbor_writer *writer, uint64_t elements);
void cbor_put_map(struct cbor_writer *writer, uint64_t pairs);
void cbor_put_tag(struct cbor_writer *writer, uint64_t tag);

/* Bytes written, or 0 if not all of it fitted. */
static inline size_t cbor_written(const struct cbor_writer *writer)
{
    return writer->full ? 0 : writer->bytes;
}

#endif /* REFHV_CBOR_WRITE_H */
