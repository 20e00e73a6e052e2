/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A header's JSON area (LUKS2 3), as far as Paravane uses it. All of it has been checked: sizes against what
 * they are for, places against the disk.
 */
#ifndef DEVICES_LUKS_LUKS_METADATA_H
#define DEVICES_LUKS_LUKS_METADATA_H

#include "luks/luks.h"
#include "luks/pbkdf2.h"

#define LUKS_KEYSLOTS_MAX 32u
#define LUKS_ITERATIONS_MAX 10000000u /* some minutes: more is a mistake, or malice */
/* Of all that may be tried, and the digest each time: as of one keyslot that has the most. */
#define LUKS_ITERATIONS_ALL_MAX (2 * LUKS_ITERATIONS_MAX)
#define LUKS_STRIPES 4000u /* the only number that there is (LUKS2 3.2.2) */

struct luks_keyslot {
    uint32_t priority;
    struct pbkdf2 kdf;
    enum pbkdf2_hash af_hash;
    uint64_t area; /* offset on the disk */
    uint32_t area_key_bytes;
};

struct luks_metadata {
    uint64_t offset; /* of the segment, bytes */
    uint64_t bytes;
    uint32_t sector_bytes;
    uint32_t key_bytes; /* of the volume key */
    struct pbkdf2 digest_kdf;
    uint32_t digest_bytes;
    uint8_t digest[PBKDF2_HASH_BYTES_MAX];
    uint32_t keyslot_count;
    struct luks_keyslot
        keyslots[LUKS_KEYSLOTS_MAX]; /* those that can be opened, the preferred first */
};

/*
 * header_bytes: of both headers together. disk_bytes: of the disk. NULL, or what is wrong, and what to do
 * about it.
 */
const char *luks_metadata_read(const char *text, size_t bytes, uint64_t header_bytes,
                               uint64_t disk_bytes, struct luks_metadata *metadata);

#endif /* DEVICES_LUKS_LUKS_METADATA_H */
