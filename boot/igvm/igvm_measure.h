/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The VBS launch digest of an IGVM file (igvm.md 7): a chain of SHA-256 over measured pages, parameter
 * areas and first registers. The hash itself is the caller's: refhv and the host's tool have
 * different libraries for it.
 */
#ifndef IGVM_MEASURE_H
#define IGVM_MEASURE_H

#include "igvm_reader.h"

#define IGVM_DIGEST_BYTES IGVM_SHA256_BYTES

struct igvm_part {
    const void *data;
    size_t bytes;
};

/* digest = SHA-256(the parts, one behind the other); digest may be one of them. */
typedef void igvm_sha256(uint8_t digest[IGVM_DIGEST_BYTES], const struct igvm_part *parts,
                         size_t count);

/* Of a file that igvm_open took. GPAs are those of the file: relocation does not change the
 * digest. */
void igvm_measure(const struct igvm_file *file, igvm_sha256 *sha256,
                  uint8_t digest[IGVM_DIGEST_BYTES]);

#endif /* IGVM_MEASURE_H */
