/* SPDX-License-Identifier: BSD-3-Clause */
#include "cose.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

#define COORDINATE PV_VERIFY_COORDINATE_BYTES
#define POINT_BYTES (1 + 2 * COORDINATE)
#define SIGNATURE_BYTES (2 * COORDINATE)
/* SEQUENCE of two INTEGERs of 49 bytes, each with its own head. */
#define SIGNATURE_DER_BYTES_MAX 112

#define TAG_SIGN1 18       /* RFC 9052, 2 */
#define HEADER_ALGORITHM 1 /* RFC 9052, 3.1 */
#define HEADER_CRITICAL 2
#define ALGORITHM_ES384 (-35) /* RFC 9053, 2.1 */
#define KEY_TYPE 1            /* RFC 9052, 7.1 */
#define KEY_ALGORITHM 3
#define KEY_TYPE_EC2 2 /* RFC 9053, 7.1 */
#define KEY_CURVE (-1)
#define KEY_X (-2)
#define KEY_Y (-3)
#define CURVE_P384 2

static const char *read_protected(const struct cbor *array, struct cose_sign1 *sign1)
{
    struct cbor item;
    struct cbor critical;
    const char *problem;

    if (!cbor_element(array, 0, &item) || !cbor_bytes(&item, &sign1->protected_header)) {
        return "its protected header is not a byte string";
    }
    problem = cbor_check(sign1->protected_header);
    if (problem != NULL) {
        return "its protected header is not CBOR in its strict form";
    }
    sign1->header = cbor_root(sign1->protected_header);
    if (sign1->header.major != CBOR_MAP) {
        return "its protected header is not a map";
    }
    /* RFC 9052, 3.1: what is named here has to be understood, and nothing of it is. */
    if (cbor_member(&sign1->header, HEADER_CRITICAL, &critical)) {
        return "its header names critical members";
    }
    return NULL;
}

const char *cose_sign1_read(struct span text, struct cose_sign1 *sign1)
{
    struct cbor root;
    struct cbor array;
    struct cbor item;
    const char *problem = cbor_check(text);

    if (problem != NULL) {
        return problem;
    }
    root = cbor_root(text);
    if (!cbor_tagged(&root, TAG_SIGN1, &array)) {
        return "it has not the tag of a COSE_Sign1, 18";
    }
    if (array.major != CBOR_ARRAY || array.argument != 4) {
        return "it is not an array of four";
    }
    problem = read_protected(&array, sign1);
    if (problem != NULL) {
        return problem;
    }
    if (!cbor_element(&array, 1, &item) || item.major != CBOR_MAP) {
        return "its unprotected header is not a map";
    }
    /* RFC 9052, 3: a label must not be in both. */
    if (cbor_maps_share_key(&item, &sign1->header)) {
        return "a label is in both headers";
    }
    if (!cbor_element(&array, 2, &item) || !cbor_bytes(&item, &sign1->payload)) {
        return "its payload is not a byte string";
    }
    if (!cbor_element(&array, 3, &item) || !cbor_bytes(&item, &sign1->signature)) {
        return "its signature is not a byte string";
    }
    return NULL;
}

const char *cose_algorithm_check(const struct cose_sign1 *sign1)
{
    struct cbor algorithm;

    if (!cbor_member(&sign1->header, HEADER_ALGORITHM, &algorithm)) {
        return "its protected header names no algorithm";
    }
    return cbor_integer_is(&algorithm, ALGORITHM_ES384) ? NULL : "its algorithm is not ES384 (-35)";
}

static bool read_coordinate(const struct cbor *map, int64_t label, uint8_t *to)
{
    struct cbor item;
    struct span bytes;

    /* RFC 9053, 7.1.1: as long as the curve's field, leading zeros kept. A sign bit for y is not taken. */
    if (!cbor_member(map, label, &item) || !cbor_bytes(&item, &bytes) ||
        bytes.bytes != COORDINATE) {
        return false;
    }
    memcpy(to, bytes.data, COORDINATE);
    return true;
}

const char *cose_key_read(struct span text, struct cose_key *key)
{
    struct cbor map;
    struct cbor item;

    if (cbor_check(text) != NULL) {
        return "it is not CBOR in its strict form";
    }
    map = cbor_root(text);
    if (map.major != CBOR_MAP) {
        return "it is not a COSE_Key, which is a map";
    }
    if (!cbor_member(&map, KEY_TYPE, &item) || !cbor_integer_is(&item, KEY_TYPE_EC2) ||
        !cbor_member(&map, KEY_CURVE, &item) || !cbor_integer_is(&item, CURVE_P384)) {
        return "it is not a key on P-384";
    }
    if (cbor_member(&map, KEY_ALGORITHM, &item) && !cbor_integer_is(&item, ALGORITHM_ES384)) {
        return "it is for another algorithm than ES384";
    }
    if (!read_coordinate(&map, KEY_X, key->x) || !read_coordinate(&map, KEY_Y, key->y)) {
        return "it has not two coordinates of 48 bytes";
    }
    return NULL;
}

const char *cose_key_from_point(struct span point, struct cose_key *key)
{
    if (point.bytes != POINT_BYTES || point.data[0] != 4) {
        return "it is not an uncompressed point of 97 bytes";
    }
    memcpy(key->x, point.data + 1, COORDINATE);
    memcpy(key->y, point.data + 1 + COORDINATE, COORDINATE);
    return NULL;
}

/* NULL: not a point of the curve, which libcrypto checks here, or no memory. */
static EVP_PKEY *import_key(const struct cose_key *key)
{
    uint8_t point[POINT_BYTES] = {4};
    char group[] = "P-384";
    EVP_PKEY *imported = NULL;

    memcpy(point + 1, key->x, COORDINATE);
    memcpy(point + 1 + COORDINATE, key->y, COORDINATE);
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
        OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (context == NULL || EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &imported, EVP_PKEY_PUBLIC_KEY, parameters) <= 0) {
        imported = NULL;
    }
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return imported;
}

const char *cose_key_check(const struct cose_key *key)
{
    EVP_PKEY *imported = import_key(key);
    bool good = imported != NULL;

    EVP_PKEY_free(imported);
    return good ? NULL : "it is not a point of P-384";
}

/* r and s, each of fixed width (RFC 9053, 2.1), as libcrypto wants them. False: no memory. */
static bool signature_to_der(struct span signature, uint8_t der[SIGNATURE_DER_BYTES_MAX],
                             size_t *bytes)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature.data, COORDINATE, NULL);
    BIGNUM *s = BN_bin2bn(signature.data + COORDINATE, COORDINATE, NULL);
    int length = 0;

    if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        r = NULL; /* now the pair's */
        s = NULL;
        length = i2d_ECDSA_SIG(pair, NULL);
        length = length > 0 && length <= SIGNATURE_DER_BYTES_MAX ? i2d_ECDSA_SIG(pair, &der) : 0;
    }
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(pair);
    *bytes = length > 0 ? (size_t)length : 0;
    return length > 0;
}

/* A byte string, its head in the shortest form. */
static bool update_string(EVP_MD_CTX *context, struct span string)
{
    uint8_t head[9] = {(uint8_t)(CBOR_BYTES << 5)};
    size_t bytes = string.bytes < 24 ? 0 : string.bytes < 256 ? 1 : string.bytes < 65536 ? 2 : 4;

    if (bytes == 0) {
        head[0] |= (uint8_t)string.bytes;
    } else {
        head[0] |= (uint8_t)(bytes == 1 ? 24 : bytes == 2 ? 25 : 26);
    }
    for (size_t i = 0; i < bytes; i++) {
        head[1 + i] = (uint8_t)(string.bytes >> (8 * (bytes - 1 - i)));
    }
    return EVP_DigestVerifyUpdate(context, head, 1 + bytes) == 1 &&
           EVP_DigestVerifyUpdate(context, string.data, string.bytes) == 1;
}

/* RFC 9052, 4.4: ["Signature1", protected header, external data (none), payload]. */
static bool update_signed(EVP_MD_CTX *context, const struct cose_sign1 *sign1)
{
    static const uint8_t start[] = {0x84, 0x6a, 'S', 'i', 'g', 'n', 'a', 't', 'u', 'r', 'e', '1'};

    return EVP_DigestVerifyUpdate(context, start, sizeof(start)) == 1 &&
           update_string(context, sign1->protected_header) &&
           update_string(context, (struct span){start, 0}) &&
           update_string(context, sign1->payload);
}

const char *cose_signature_check(const struct cose_sign1 *sign1, const struct cose_key *key)
{
    uint8_t der[SIGNATURE_DER_BYTES_MAX];
    size_t der_bytes;
    const char *problem = "out of memory";
    EVP_PKEY *imported = NULL;
    EVP_MD_CTX *context = NULL;

    if (sign1->signature.bytes != SIGNATURE_BYTES) {
        return "it is not of 96 bytes";
    }
    imported = import_key(key);
    if (imported == NULL) {
        return "the key is not a point of P-384";
    }
    context = EVP_MD_CTX_new();
    if (context != NULL && signature_to_der(sign1->signature, der, &der_bytes) &&
        EVP_DigestVerifyInit(context, NULL, EVP_sha384(), NULL, imported) == 1 &&
        update_signed(context, sign1)) {
        problem = EVP_DigestVerifyFinal(context, der, der_bytes) == 1
                      ? NULL
                      : "it is not this key's, or what it signs has been changed";
    }
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(imported);
    ERR_clear_error();
    return problem;
}
