/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The binary headers (LUKS2 2): two, each with its metadata; the newer that is whole counts.
 */
#ifndef DEVICES_LUKS_LUKS_HEADER_H
#define DEVICES_LUKS_LUKS_HEADER_H

#include "luks/luks.h"

/* Of a JSON area: what is in it may be no longer. It has a few KiB. */
#define LUKS_TEXT_BYTES 32768u

struct luks_header {
    uint64_t bytes; /* of each of the two */
    uint64_t sequence;
    uint32_t text_bytes;
    char text[LUKS_TEXT_BYTES];
};

/* NULL, or what is wrong. What is in *header was summed as it is there, and read once. */
const char *luks_header_read(const struct luks_source *source, struct luks_header *header);

#endif /* DEVICES_LUKS_LUKS_HEADER_H */
