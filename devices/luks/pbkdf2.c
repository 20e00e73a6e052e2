/* SPDX-License-Identifier: BSD-3-Clause */
#include "luks/pbkdf2.h"

#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>

#include <string.h>

#define BLOCK_BYTES_MAX 128u
#define INNER_PAD 0x36u
#define OUTER_PAD 0x5cu

/* A hash that is under way. Mbed TLS' own SHA-2 can't fail: only hardware could. */
union state {
    mbedtls_sha256_context sha256;
    mbedtls_sha512_context sha512;
};

static void sha256_start(union state *state)
{
    (void)mbedtls_sha256_starts(&state->sha256, 0);
}

static void sha256_add(union state *state, const void *data, size_t bytes)
{
    (void)mbedtls_sha256_update(&state->sha256, data, bytes);
}

static void sha256_end(union state *state, uint8_t *digest)
{
    (void)mbedtls_sha256_finish(&state->sha256, digest);
}

static void sha512_start(union state *state)
{
    (void)mbedtls_sha512_starts(&state->sha512, 0);
}

static void sha512_add(union state *state, const void *data, size_t bytes)
{
    (void)mbedtls_sha512_update(&state->sha512, data, bytes);
}

static void sha512_end(union state *state, uint8_t *digest)
{
    (void)mbedtls_sha512_finish(&state->sha512, digest);
}

static const struct hash {
    const char *name;
    uint32_t bytes;
    uint32_t block_bytes;
    void (*start)(union state *state);
    void (*add)(union state *state, const void *data, size_t bytes);
    void (*end)(union state *state, uint8_t *digest);
} hashes[PBKDF2_HASHES] = {
    [PBKDF2_SHA256] = {"sha256", 32, 64, sha256_start, sha256_add, sha256_end},
    [PBKDF2_SHA512] = {"sha512", 64, 128, sha512_start, sha512_add, sha512_end},
};

bool pbkdf2_hash_named(const char *name, size_t bytes, enum pbkdf2_hash *hash)
{
    for (unsigned i = 0; i < PBKDF2_HASHES; i++) {
        if (strlen(hashes[i].name) == bytes && memcmp(hashes[i].name, name, bytes) == 0) {
            *hash = (enum pbkdf2_hash)i;
            return true;
        }
    }
    return false;
}

uint32_t pbkdf2_hash_bytes(enum pbkdf2_hash hash)
{
    return hashes[hash].bytes;
}

void pbkdf2_hash_of(enum pbkdf2_hash hash, const void *a, size_t a_bytes, const void *b,
                    size_t b_bytes, uint8_t *digest)
{
    union state state;

    memset(&state, 0, sizeof(state));
    hashes[hash].start(&state);
    hashes[hash].add(&state, a, a_bytes);
    if (b_bytes != 0) {
        hashes[hash].add(&state, b, b_bytes);
    }
    hashes[hash].end(&state, digest);
    mbedtls_platform_zeroize(&state, sizeof(state));
}

/* HMAC behind its key: the two hashes have each taken a block of it. */
struct hmac {
    const struct hash *hash;
    union state inner;
    union state outer;
};

static void hmac_start(struct hmac *hmac, enum pbkdf2_hash which, const uint8_t *key, size_t bytes)
{
    uint8_t block[BLOCK_BYTES_MAX] = {0};
    const struct hash *hash = &hashes[which];

    memset(hmac, 0, sizeof(*hmac));
    hmac->hash = hash;
    if (bytes > hash->block_bytes) {
        pbkdf2_hash_of(which, key, bytes, NULL, 0, block);
    } else {
        memcpy(block, key, bytes);
    }
    for (uint32_t i = 0; i < hash->block_bytes; i++) {
        block[i] ^= INNER_PAD;
    }
    hash->start(&hmac->inner);
    hash->add(&hmac->inner, block, hash->block_bytes);
    for (uint32_t i = 0; i < hash->block_bytes; i++) {
        block[i] ^= INNER_PAD ^ OUTER_PAD;
    }
    hash->start(&hmac->outer);
    hash->add(&hmac->outer, block, hash->block_bytes);
    mbedtls_platform_zeroize(block, sizeof(block));
}

static void hmac_of(const struct hmac *hmac, const void *a, size_t a_bytes, const void *b,
                    size_t b_bytes, uint8_t *mac)
{
    union state state = hmac->inner;
    const struct hash *hash = hmac->hash;

    hash->add(&state, a, a_bytes);
    if (b_bytes != 0) {
        hash->add(&state, b, b_bytes);
    }
    hash->end(&state, mac);
    state = hmac->outer;
    hash->add(&state, mac, hash->bytes);
    hash->end(&state, mac);
}

/* RFC 8018, 5.2: T_i. */
static void block_of(const struct pbkdf2 *by, const struct hmac *hmac, uint32_t number,
                     uint8_t *block)
{
    const uint8_t big[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
                            (uint8_t)(number >> 8), (uint8_t)number};
    uint8_t u[PBKDF2_HASH_BYTES_MAX];

    hmac_of(hmac, by->salt, by->salt_bytes, big, sizeof(big), u);
    memcpy(block, u, hmac->hash->bytes);
    for (uint32_t i = 1; i < by->iterations; i++) {
        hmac_of(hmac, u, hmac->hash->bytes, NULL, 0, u);
        for (uint32_t j = 0; j < hmac->hash->bytes; j++) {
            block[j] ^= u[j];
        }
    }
    mbedtls_platform_zeroize(u, sizeof(u));
}

void pbkdf2_derive(const struct pbkdf2 *by, const uint8_t *password, size_t password_bytes,
                   uint8_t *to, size_t bytes)
{
    uint8_t block[PBKDF2_HASH_BYTES_MAX];
    struct hmac hmac;
    uint32_t number = 1;

    hmac_start(&hmac, by->hash, password, password_bytes);
    while (bytes != 0) {
        size_t now = bytes < hmac.hash->bytes ? bytes : hmac.hash->bytes;

        block_of(by, &hmac, number++, block);
        memcpy(to, block, now);
        to += now;
        bytes -= now;
    }
    mbedtls_platform_zeroize(block, sizeof(block));
    mbedtls_platform_zeroize(&hmac, sizeof(hmac));
}
