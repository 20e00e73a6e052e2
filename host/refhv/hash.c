/* SPDX-License-Identifier: BSD-3-Clause */
#include "hash.h"

#include "console.h"

#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>

#include <string.h>

/* Asked for by the library (MBEDTLS_PLATFORM_ZEROIZE_ALT). The compiler has to believe that the zeros are read. */
void mbedtls_platform_zeroize(void *data, size_t bytes)
{
    memset(data, 0, bytes);
    __asm__ volatile("" : : "r"(data) : "memory");
}

/* Asked for by the library (MBEDTLS_PLATFORM_EXIT_MACRO). */
void hash_port_exit(int status)
{
    console_fatal("the memory of the signatures is corrupted: %d", status);
}

/* The portable code can't fail: only hardware could. */
void hash_sha256(uint8_t digest[HASH_SHA256_BYTES], const struct igvm_part *parts, size_t count)
{
    mbedtls_sha256_context context;

    mbedtls_sha256_init(&context);
    (void)mbedtls_sha256_starts(&context, 0);
    for (size_t i = 0; i < count; i++) {
        (void)mbedtls_sha256_update(&context, parts[i].data, parts[i].bytes);
    }
    (void)mbedtls_sha256_finish(&context, digest);
    mbedtls_sha256_free(&context);
}

void hash_sha384(uint8_t digest[HASH_SHA384_BYTES], const struct igvm_part *parts, size_t count)
{
    mbedtls_sha512_context context;

    mbedtls_sha512_init(&context);
    (void)mbedtls_sha512_starts(&context, 1);
    for (size_t i = 0; i < count; i++) {
        (void)mbedtls_sha512_update(&context, parts[i].data, parts[i].bytes);
    }
    (void)mbedtls_sha512_finish(&context, digest);
    mbedtls_sha512_free(&context);
}
