/* SPDX-License-Identifier: BSD-3-Clause */
#include "measure.h"

#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>

#include <string.h>

/* Asked for by the library (MBEDTLS_PLATFORM_ZEROIZE_ALT). Nothing that is measured is a secret. */
void mbedtls_platform_zeroize(void *data, size_t bytes)
{
    memset(data, 0, bytes);
}

static void sha256(uint8_t digest[IGVM_DIGEST_BYTES], const struct igvm_part *parts, size_t count)
{
    mbedtls_sha256_context context;

    /* The portable code can't fail: only hardware could. */
    mbedtls_sha256_init(&context);
    (void)mbedtls_sha256_starts(&context, 0);
    for (size_t i = 0; i < count; i++) {
        (void)mbedtls_sha256_update(&context, parts[i].data, parts[i].bytes);
    }
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
