/* SPDX-License-Identifier: BSD-3-Clause */
/* The published vectors of tests/unit/xts_vectors.h, through the cipher of the guest's disk. */
#include "luks/xts.h"

#include "device.h"
#include "xts_vectors.h"

#include <string.h>

_Static_assert(CRYPTO_XTS == (1u << XTS_VECTOR_COUNT) - 1, "a bit a vector");

#define ALIGNED __attribute__((aligned(XTS_BLOCK_BYTES)))

static bool vector_good(const struct xts_vector *vector)
{
    uint8_t key[64];
    uint8_t expected[XTS_VECTOR_BYTES_MAX];
    uint8_t plain[XTS_VECTOR_BYTES_MAX] ALIGNED;
    uint8_t out[XTS_VECTOR_BYTES_MAX] ALIGNED;
    struct xts xts;
    const size_t bytes = hex_bytes(vector->cipher, expected);
    bool good = xts_start(&xts, key, hex_bytes(vector->key, key)) && xts.fast;

    xts_plain(vector, plain, bytes);
    xts_encrypt(&xts, vector->unit, plain, out, bytes);
    good = good && memcmp(out, expected, bytes) == 0;
    xts_decrypt(&xts, vector->unit, out, out, bytes);
    return good && memcmp(out, plain, bytes) == 0;
}

uint32_t crypto_xts(void)
{
    uint32_t good = 0;

    for (size_t n = 0; n < XTS_VECTOR_COUNT; n++) {
        good |= (uint32_t)vector_good(&xts_vectors[n]) << n;
    }
    return good;
}
