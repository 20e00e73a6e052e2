/* SPDX-License-Identifier: BSD-3-Clause */
#include "luks/xts.h"

#include <mbedtls/platform_util.h>

#include <string.h>

#define TEST_BYTES 144u /* whole groups of blocks, and one that is left */

/* plain64: the number, little endian, in the first half of the IV. */
static void iv_of(uint64_t unit, uint8_t iv[XTS_BLOCK_BYTES])
{
    memset(iv, 0, XTS_BLOCK_BYTES);
    memcpy(iv, &unit, sizeof(unit));
}

/* Mbed TLS takes a context that is not const, and changes nothing in it; of blocks it takes up to 2^20. */
static void slow(const mbedtls_aes_xts_context *context, int mode, uint64_t unit, const void *in,
                 void *out, size_t bytes)
{
    mbedtls_aes_xts_context own = *context;
    uint8_t iv[XTS_BLOCK_BYTES];

    iv_of(unit, iv);
    (void)mbedtls_aes_crypt_xts(&own, mode, bytes, iv, in, out);
    mbedtls_platform_zeroize(&own, sizeof(own));
}

void xts_encrypt(const struct xts *xts, uint64_t unit, const void *in, void *out, size_t bytes)
{
    if (xts->fast) {
        xts_armv8_encrypt(xts, unit, in, out, bytes / XTS_BLOCK_BYTES);
    } else {
        slow(&xts->slow_encrypt, MBEDTLS_AES_ENCRYPT, unit, in, out, bytes);
    }
}

void xts_decrypt(const struct xts *xts, uint64_t unit, const void *in, void *out, size_t bytes)
{
    if (xts->fast) {
        xts_armv8_decrypt(xts, unit, in, out, bytes / XTS_BLOCK_BYTES);
    } else {
        slow(&xts->slow_decrypt, MBEDTLS_AES_DECRYPT, unit, in, out, bytes);
    }
}

/* What the instructions make is what Mbed TLS makes: a wrong cipher would be told from a wrong key by nobody. */
static bool test(const struct xts *xts)
{
    uint8_t plain[TEST_BYTES] __attribute__((aligned(XTS_BLOCK_BYTES)));
    uint8_t fast[TEST_BYTES] __attribute__((aligned(XTS_BLOCK_BYTES)));
    uint8_t other[TEST_BYTES];
    bool good;

    for (size_t i = 0; i < TEST_BYTES; i++) {
        plain[i] = (uint8_t)(i * 29 + 1);
    }
    xts_encrypt(xts, UINT64_MAX - 1, plain, fast, TEST_BYTES);
    slow(&xts->slow_encrypt, MBEDTLS_AES_ENCRYPT, UINT64_MAX - 1, plain, other, TEST_BYTES);
    good = memcmp(fast, other, TEST_BYTES) == 0;
    xts_decrypt(xts, UINT64_MAX - 1, fast, fast, TEST_BYTES);
    good = good && memcmp(fast, plain, TEST_BYTES) == 0;
    mbedtls_platform_zeroize(other, sizeof(other));
    return good;
}

bool xts_start(struct xts *xts, const uint8_t *key, size_t bytes)
{
    const size_t half = bytes / 2;

    memset(xts, 0, sizeof(*xts));
    if ((bytes != 32 && bytes != 64) ||
        mbedtls_aes_xts_setkey_enc(&xts->slow_encrypt, key, (unsigned)bytes * 8) != 0 ||
        mbedtls_aes_xts_setkey_dec(&xts->slow_decrypt, key, (unsigned)bytes * 8) != 0) {
        return false;
    }
    xts->rounds = half == 16 ? 10 : XTS_ROUNDS_MAX;
    xts->fast = xts_armv8_there();
    if (xts->fast) {
        xts_armv8_expand(key, half, &xts->encrypt, &xts->decrypt);
        xts_armv8_expand(key + half, half, &xts->tweak, NULL);
    }
    return test(xts);
}

void xts_wipe(struct xts *xts)
{
    mbedtls_platform_zeroize(xts, sizeof(*xts));
}
