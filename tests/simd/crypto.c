/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Published test vectors through Mbed TLS. FIPS 197, appendix C; FIPS 180-4's examples (NIST,
 * "SHA256.pdf", "SHA512.pdf").
 */
#include "device.h"

#include <mbedtls/aes.h>
#include <mbedtls/sha256.h>
#include <mbedtls/sha512.h>

#include <stdbool.h>
#include <string.h>

#define BLOCK_BYTES 16u
#define KEY_BYTES_MAX 32u

static const struct {
    unsigned bits;
    uint8_t cipher[BLOCK_BYTES];
} aes_vectors[] = {
    {128,
     {0x69, 0xc4, 0xe0, 0xd8, 0x6a, 0x7b, 0x04, 0x30, 0xd8, 0xcd, 0xb7, 0x80, 0x70, 0xb4, 0xc5,
      0x5a}},
    {192,
     {0xdd, 0xa9, 0x7c, 0xa4, 0x86, 0x4c, 0xdf, 0xe0, 0x6e, 0xaf, 0x70, 0xa0, 0xec, 0x0d, 0x71,
      0x91}},
    {256,
     {0x8e, 0xa2, 0xb7, 0xca, 0x51, 0x67, 0x45, 0xbf, 0xea, 0xfc, 0x49, 0x90, 0x4b, 0x49, 0x60,
      0x89}},
};

/* Key 00 01 02 ..., plain text 00 11 22 ... */
static bool aes_good(size_t n)
{
    uint8_t key[KEY_BYTES_MAX];
    uint8_t plain[BLOCK_BYTES];
    uint8_t out[BLOCK_BYTES];
    uint8_t back[BLOCK_BYTES];
    mbedtls_aes_context context;

    for (unsigned i = 0; i < sizeof(key); i++) {
        key[i] = (uint8_t)i;
    }
    for (unsigned i = 0; i < sizeof(plain); i++) {
        plain[i] = (uint8_t)(i * 0x11u);
    }
    mbedtls_aes_init(&context);
    bool good = mbedtls_aes_setkey_enc(&context, key, aes_vectors[n].bits) == 0 &&
                mbedtls_aes_crypt_ecb(&context, MBEDTLS_AES_ENCRYPT, plain, out) == 0 &&
                memcmp(out, aes_vectors[n].cipher, sizeof(out)) == 0 &&
                mbedtls_aes_setkey_dec(&context, key, aes_vectors[n].bits) == 0 &&
                mbedtls_aes_crypt_ecb(&context, MBEDTLS_AES_DECRYPT, out, back) == 0 &&
                memcmp(back, plain, sizeof(back)) == 0;
    mbedtls_aes_free(&context);
    return good;
}

uint32_t crypto_aes(void)
{
    uint32_t good = 0;

    for (size_t n = 0; n < sizeof(aes_vectors) / sizeof(aes_vectors[0]); n++) {
        good |= (uint32_t)aes_good(n) << n;
    }
    return good;
}

static bool sha256_good(const char *text, const uint8_t *digest)
{
    uint8_t out[32];

    return mbedtls_sha256((const uint8_t *)text, strlen(text), out, 0) == 0 &&
           memcmp(out, digest, sizeof(out)) == 0;
}

static bool sha512_good(const char *text, const uint8_t *digest)
{
    uint8_t out[64];

    return mbedtls_sha512((const uint8_t *)text, strlen(text), out, 0) == 0 &&
           memcmp(out, digest, sizeof(out)) == 0;
}

uint32_t crypto_sha(void)
{
    static const uint8_t one_block[] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea,
                                        0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
                                        0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c,
                                        0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};
    static const uint8_t two_blocks[] = {0x24, 0x8d, 0x6a, 0x61, 0xd2, 0x06, 0x38, 0xb8,
                                         0xe5, 0xc0, 0x26, 0x93, 0x0c, 0x3e, 0x60, 0x39,
                                         0xa3, 0x3c, 0xe4, 0x59, 0x64, 0xff, 0x21, 0x67,
                                         0xf6, 0xec, 0xed, 0xd4, 0x19, 0xdb, 0x06, 0xc1};
    static const uint8_t sha512[] = {
        0xdd, 0xaf, 0x35, 0xa1, 0x93, 0x61, 0x7a, 0xba, 0xcc, 0x41, 0x73, 0x49, 0xae,
        0x20, 0x41, 0x31, 0x12, 0xe6, 0xfa, 0x4e, 0x89, 0xa9, 0x7e, 0xa2, 0x0a, 0x9e,
        0xee, 0xe6, 0x4b, 0x55, 0xd3, 0x9a, 0x21, 0x92, 0x99, 0x2a, 0x27, 0x4f, 0xc1,
        0xa8, 0x36, 0xba, 0x3c, 0x23, 0xa3, 0xfe, 0xeb, 0xbd, 0x45, 0x4d, 0x44, 0x23,
        0x64, 0x3c, 0xe8, 0x0e, 0x2a, 0x9a, 0xc9, 0x4f, 0xa5, 0x4c, 0xa4, 0x9f};
    uint32_t good = sha256_good("abc", one_block) ? 1 : 0;

    good |=
        sha256_good("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", two_blocks) ? 2 : 0;
    good |= sha512_good("abc", sha512) ? 4 : 0;
    return good;
}
