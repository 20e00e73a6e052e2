/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PBKDF2 with HMAC (RFC 8018, 5.2; RFC 2104) over Mbed TLS' SHA-2. Its own PBKDF2 wants a heap, and hashes
 * the key's block anew in each iteration, which is half of the work.
 */
#ifndef DEVICES_LUKS_PBKDF2_H
#define DEVICES_LUKS_PBKDF2_H

#include "vtl/base.h"

#define PBKDF2_HASH_BYTES_MAX 64u
#define PBKDF2_SALT_BYTES_MAX 64u

enum pbkdf2_hash { PBKDF2_SHA256, PBKDF2_SHA512, PBKDF2_HASHES };

/* "sha256", "sha512". False: another. */
bool pbkdf2_hash_named(const char *name, size_t bytes, enum pbkdf2_hash *hash);
uint32_t pbkdf2_hash_bytes(enum pbkdf2_hash hash);

/* Of at most two parts, one behind the other; b_bytes may be 0. */
void pbkdf2_hash_of(enum pbkdf2_hash hash, const void *a, size_t a_bytes, const void *b,
                    size_t b_bytes, uint8_t *digest);

/* All that it wants but the password. */
struct pbkdf2 {
    enum pbkdf2_hash hash;
    uint32_t iterations;
    uint32_t salt_bytes;
    uint8_t salt[PBKDF2_SALT_BYTES_MAX];
};

/* to: so many bytes, any number. */
void pbkdf2_derive(const struct pbkdf2 *by, const uint8_t *password, size_t password_bytes,
                   uint8_t *to, size_t bytes);

#endif /* DEVICES_LUKS_PBKDF2_H */
