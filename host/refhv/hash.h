/* SPDX-License-Identifier: BSD-3-Clause */
/* SHA-2 of parts that lie apart, and what the library that has it asks its user for. */
#ifndef REFHV_HASH_H
#define REFHV_HASH_H

#include "igvm_measure.h"

#define HASH_SHA256_BYTES IGVM_DIGEST_BYTES
#define HASH_SHA384_BYTES 48u

/* digest = hash of the parts, one behind the other; digest may be one of them. */
void hash_sha256(uint8_t digest[HASH_SHA256_BYTES], const struct igvm_part *parts, size_t count);
void hash_sha384(uint8_t digest[HASH_SHA384_BYTES], const struct igvm_part *parts, size_t count);

#endif /* REFHV_HASH_H */
