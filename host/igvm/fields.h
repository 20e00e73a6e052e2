/* SPDX-License-Identifier: BSD-3-Clause */
/* Every header type and its fields, by the names of igvm.md section 2: for dump and diff. */
#ifndef IGVM_TOOL_FIELDS_H
#define IGVM_TOOL_FIELDS_H

#include "igvm_reader.h"

/* A number of 1 to 8 bytes; more: bytes, shown in hexadecimal. */
struct field {
    const char *name;
    uint16_t offset; /* in the body */
    uint16_t bytes;  /* 0: no more fields */
};

#define FIELDS_MAX 14u

struct header_kind {
    uint32_t type;
    const char *name;
    struct field fields[FIELDS_MAX + 1];
};

/* Of any type that the reader knows. */
const struct header_kind *header_kind(uint32_t type);

/* A field of up to 8 bytes. */
uint64_t field_value(const uint8_t *body, const struct field *field);

/* Data of its own that a header refers to, but a page's; bytes 0: none. */
struct header_data {
    uint32_t offset; /* in the file */
    uint64_t bytes;
    size_t field; /* where the body says the offset */
};

struct header_data header_data(const struct igvm_file *file, const struct igvm_header *header);

/* A register of a VP context; NULL: not one that a file can set. */
const char *register_name(uint32_t name);

#endif /* IGVM_TOOL_FIELDS_H */
