/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LUKS2 containers as stock cryptsetup writes them (LUKS2 On-Disk Format Specification 1.1.x; "LUKS2"
 * below): opened with a passphrase, at launch. One encrypted segment, aes-xts-plain64.
 *
 * Nothing in a header is authenticated, only summed: whoever has the disk may write any. What it says is
 * a host's word until the volume key, which only the passphrase gives, matches the digest.
 */
#ifndef DEVICES_LUKS_LUKS_H
#define DEVICES_LUKS_LUKS_H

#include "luks/xts.h"

#define LUKS_KEY_BYTES_MAX 64u /* of a volume's or an area's key */

/* The disk. */
struct luks_source {
    uint64_t bytes;
    /* Copies bytes from an offset, both multiples of 512, into VTL2's memory. NULL, or what is wrong. */
    const char *(*read)(void *context, uint64_t offset, void *to, uint32_t bytes);
    void *context;
};

/* An open one. */
struct luks_volume {
    uint64_t first; /* its first sector on the disk; sectors of 512 bytes, here and below */
    uint64_t sectors;
    uint32_t sector_bytes; /* what is encrypted at once: 512 to 4096 */
    struct xts xts;
};

/*
 * NULL, or what is wrong, safe to log; then nothing secret is left in *volume. Boot VP, one at a time: its
 * buffers are static.
 */
const char *luks_open(const struct luks_source *source, const uint8_t *passphrase, size_t bytes,
                      struct luks_volume *volume);

#endif /* DEVICES_LUKS_LUKS_H */
