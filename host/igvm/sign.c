/* SPDX-License-Identifier: BSD-3-Clause */
#include "sign.h"

#include "file.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES 48u /* of P-384 */
#define STATEMENT_WORDS 7u
#define STATEMENT_BYTES (STATEMENT_WORDS * 4u + IGVM_SHA256_BYTES)
/* DER of two numbers of 48 bytes: two headers of two, two signs, one header of two or three. */
#define DER_BYTES_MAX 128u

/* The statement's words stand in the header one behind the other, behind the mask. */
_Static_assert(offsetof(struct igvm_vbs_measurement, digest) -
                       offsetof(struct igvm_vbs_measurement, version) ==
                   STATEMENT_WORDS * 4u,
               "igvm.md 2.3");

EVP_PKEY *sign_key_read(const char *path, bool secret)
{
    struct blob file = {0};
    char group[32] = {0};
    EVP_PKEY *key = NULL;

    if (!file_read(path, "key", &file)) {
        return NULL;
    }
    BIO *bio = file.bytes <= INT32_MAX ? BIO_new_mem_buf(file.data, (int)file.bytes) : NULL;
    if (bio != NULL) {
        /* No question for a passphrase: in a build nobody would answer. */
        key = secret ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)"")
                     : PEM_read_bio_PUBKEY(bio, NULL, NULL, (void *)"");
    }
    BIO_free(bio);
    OPENSSL_cleanse(file.data, file.bytes);
    free(file.data);
    ERR_clear_error();
    if (key == NULL) {
        tool_error("'%s' is no %s key in PEM form without a passphrase", path,
                   secret ? "private" : "public");
        return NULL;
    }
    if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
        (strcmp(group, "secp384r1") != 0 && strcmp(group, "P-384") != 0)) {
        tool_error("the key '%s' is not on the curve P-384", path);
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

void sign_key_free(EVP_PKEY *key)
{
    EVP_PKEY_free(key);
}

static void statement_of(const struct igvm_vbs_measurement *measurement,
                         uint8_t statement[STATEMENT_BYTES])
{
    memcpy(statement, &measurement->version, STATEMENT_WORDS * 4u);
    memcpy(statement + STATEMENT_WORDS * 4u, measurement->digest, IGVM_SHA256_BYTES);
}

static bool number_write(const BIGNUM *number, uint8_t to[NUMBER_BYTES])
{
    return number != NULL && BN_bn2binpad(number, to, NUMBER_BYTES) == (int)NUMBER_BYTES;
}

static bool public_key_write(EVP_PKEY *key, uint8_t *to)
{
    BIGNUM *x = NULL;
    BIGNUM *y = NULL;
    bool good = EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
                EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
                number_write(x, to) && number_write(y, to + NUMBER_BYTES);

    BN_free(x);
    BN_free(y);
    return good;
}

static bool signature_write(const uint8_t *der, size_t bytes, uint8_t *to)
{
    const unsigned char *at = der;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)bytes);
    bool good = signature != NULL && number_write(ECDSA_SIG_get0_r(signature), to) &&
                number_write(ECDSA_SIG_get0_s(signature), to + NUMBER_BYTES);

    ECDSA_SIG_free(signature);
    return good;
}

bool sign_measurement(EVP_PKEY *key, struct igvm_vbs_measurement *measurement)
{
    uint8_t statement[STATEMENT_BYTES];
    uint8_t der[DER_BYTES_MAX];
    size_t bytes = sizeof(der);
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    statement_of(measurement, statement);
    bool good = context != NULL &&
                EVP_DigestSignInit(context, NULL, EVP_sha384(), NULL, key) == 1 &&
                EVP_DigestSign(context, der, &bytes, statement, sizeof(statement)) == 1 &&
                signature_write(der, bytes, measurement->signature) &&
                public_key_write(key, measurement->public_key);
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    if (!good) {
        tool_error("OpenSSL could not sign");
    }
    return good;
}

/* The signature in DER, from its two numbers; 0: not made. */
static int signature_read(const uint8_t *from, unsigned char **der)
{
    ECDSA_SIG *signature = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(from, NUMBER_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(from + NUMBER_BYTES, NUMBER_BYTES, NULL);
    int bytes = 0;

    if (signature != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(signature, r, s) == 1) {
        bytes = i2d_ECDSA_SIG(signature, der);
    } else {
        BN_free(r);
        BN_free(s);
    }
    ECDSA_SIG_free(signature);
    return bytes > 0 ? bytes : 0;
}

static bool all_zero(const uint8_t *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (from[i] != 0) {
            return false;
        }
    }
    return true;
}

const char *sign_check(EVP_PKEY *key, const struct igvm_vbs_measurement *measurement)
{
    uint8_t statement[STATEMENT_BYTES];
    uint8_t public_key[2 * NUMBER_BYTES];
    unsigned char *der = NULL;

    if (!public_key_write(key, public_key) ||
        memcmp(public_key, measurement->public_key, sizeof(public_key)) != 0) {
        return "it is signed by another key";
    }
    if (!all_zero(measurement->public_key + 2 * NUMBER_BYTES,
                  sizeof(measurement->public_key) - 2 * NUMBER_BYTES) ||
        !all_zero(measurement->signature + 2 * NUMBER_BYTES,
                  sizeof(measurement->signature) - 2 * NUMBER_BYTES)) {
        return "there is more than a P-384 key and signature in it";
    }
    statement_of(measurement, statement);
    int bytes = signature_read(measurement->signature, &der);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = bytes != 0 && context != NULL &&
                EVP_DigestVerifyInit(context, NULL, EVP_sha384(), NULL, key) == 1 &&
                EVP_DigestVerify(context, der, (size_t)bytes, statement, sizeof(statement)) == 1;
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    ERR_clear_error();
    return good ? NULL : "its signature is not good";
}
