/* SPDX-License-Identifier: BSD-3-Clause */
#include "measure.h"

#include <mbedtls/sha256.h>

#include <string.h>

static void sha256(uint8_t digest[IGVM_DIGEST_BYTES], const void *a, size_t a_bytes, const void *b,
                   size_t b_bytes, const void *c, size_t c_bytes)
{
    mbedtls_sha256_context context;

    /* The portable code can't fail: only hardware could. */
    mbedtls_sha256_init(&context);
    (void)mbedtls_sha256_starts(&context, 0);
    (void)mbedtls_sha256_update(&context, a, a_bytes);
    (void)mbedtls_sha256_update(&context, b, b_bytes);
    (void)mbedtls_sha256_update(&context, c, c_bytes);
    (void)mbedtls_sha256_finish(&context, digest);
    mbedtls_sha256_free(&context);
}

enum igvm_status measure_file(const struct igvm_file *file, uint8_t digest[IGVM_DIGEST_BYTES])
{
    struct igvm_vbs_measurement vbs;

    igvm_measure(file, sha256, digest);
    if (igvm_vbs_measurement(file, &vbs) && memcmp(vbs.digest, digest, IGVM_DIGEST_BYTES) != 0) {
        return IGVM_DIGEST_MISMATCH;
    }
    return IGVM_OK;
}
