/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The signed measurement (igvm.md 2.3): a vector that OpenSSL's command line made, and the tool's own
 * signatures, verified by a statement and a DER signature that are put together here.
 */
#include "igvm_asked.h"
#include "igvm_tool_test.h"
#include "sign.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

/*
 * By `openssl dgst -sha384 -sign`, of the 60 bytes: version 1, "msft", "vbs", svn 7, debug, SHA-256,
 * ECDSA P-384, the digest a0 a1 ... bf.
 */
static const char vector_key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEoTGZ2raoByUcwRKOk5YPCApi66E2mhMK\n"
    "knkt5X/LU9L/F5Ly+Yso1F/jqxzzsln/bIqDeFCENxgpT3lj+9JnIOtz7Rkn9S2V\n"
    "fv/gP/Pgt7pc0NzfowdfSMiSpQkIjNKQ\n"
    "-----END PUBLIC KEY-----\n";
static const uint8_t vector_public_key[96] = {
    0xa1, 0x31, 0x99, 0xda, 0xb6, 0xa8, 0x07, 0x25, 0x1c, 0xc1, 0x12, 0x8e, 0x93, 0x96, 0x0f, 0x08,
    0x0a, 0x62, 0xeb, 0xa1, 0x36, 0x9a, 0x13, 0x0a, 0x92, 0x79, 0x2d, 0xe5, 0x7f, 0xcb, 0x53, 0xd2,
    0xff, 0x17, 0x92, 0xf2, 0xf9, 0x8b, 0x28, 0xd4, 0x5f, 0xe3, 0xab, 0x1c, 0xf3, 0xb2, 0x59, 0xff,
    0x6c, 0x8a, 0x83, 0x78, 0x50, 0x84, 0x37, 0x18, 0x29, 0x4f, 0x79, 0x63, 0xfb, 0xd2, 0x67, 0x20,
    0xeb, 0x73, 0xed, 0x19, 0x27, 0xf5, 0x2d, 0x95, 0x7e, 0xff, 0xe0, 0x3f, 0xf3, 0xe0, 0xb7, 0xba,
    0x5c, 0xd0, 0xdc, 0xdf, 0xa3, 0x07, 0x5f, 0x48, 0xc8, 0x92, 0xa5, 0x09, 0x08, 0x8c, 0xd2, 0x90,
};
static const uint8_t vector_signature[96] = {
    0x8c, 0xab, 0x2a, 0xe6, 0xc2, 0x47, 0xc8, 0x48, 0xfe, 0x6c, 0x2a, 0xf4, 0x2e, 0xf5, 0x45, 0xc6,
    0x87, 0xb4, 0x17, 0xec, 0x44, 0x94, 0x98, 0x69, 0xaf, 0x0c, 0xd9, 0x50, 0x94, 0x2a, 0x96, 0x2d,
    0x8f, 0x50, 0x69, 0x12, 0x95, 0xe6, 0xc3, 0x3f, 0x19, 0x3a, 0x49, 0xc7, 0xc6, 0x34, 0xf8, 0x20,
    0x56, 0x23, 0xda, 0xe0, 0xc5, 0xc0, 0xb8, 0xf1, 0x6e, 0xca, 0x96, 0x45, 0x64, 0x65, 0x5f, 0xae,
    0xd4, 0x5c, 0xf7, 0xec, 0xde, 0x41, 0x6d, 0x96, 0xd1, 0xb6, 0xd5, 0x4d, 0xc3, 0xbe, 0x36, 0x76,
    0xb3, 0x61, 0x81, 0x17, 0xad, 0xbb, 0x19, 0xb6, 0x19, 0xc1, 0x75, 0xf6, 0x7c, 0xee, 0x30, 0xdc,
};

static struct igvm_vbs_measurement unsigned_measurement(void)
{
    struct igvm_vbs_measurement measurement = {
        .compatibility_mask = 1,
        .version = 1,
        .product_id = 0x7466736d,
        .module_id = 0x736276,
        .svn = 7,
        .policy_flags = 1,
        .digest_algorithm = 1,
        .signing_algorithm = 1,
    };

    for (uint8_t i = 0; i < 32; i++) {
        measurement.digest[i] = (uint8_t)(0xa0 + i);
    }
    return measurement;
}

static struct igvm_vbs_measurement vector(void)
{
    struct igvm_vbs_measurement measurement = unsigned_measurement();

    memcpy(measurement.signature, vector_signature, sizeof(vector_signature));
    memcpy(measurement.public_key, vector_public_key, sizeof(vector_public_key));
    return measurement;
}

/* ---- Keys ---- */

/* A new key, its halves in the files NAME.key and NAME.pub. */
static EVP_PKEY *new_key(const char *name, const char *curve)
{
    EVP_PKEY *key = curve == NULL ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : EVP_EC_gen(curve);
    char file[32];

    assert_non_null(key);
    for (int secret = 0; secret < 2; secret++) {
        snprintf(file, sizeof(file), "%s.%s", name, secret != 0 ? "key" : "pub");
        char *path = in_folder(file);
        FILE *to = fopen(path, "wb");
        assert_int_equal(secret != 0 ? PEM_write_PrivateKey(to, key, NULL, NULL, 0, NULL, NULL)
                                     : PEM_write_PUBKEY(to, key),
                         1);
        fclose(to);
        free(path);
    }
    return key;
}

static EVP_PKEY *read_key(const char *name, bool secret, const char *part)
{
    char *path = in_folder(name);

    listen_to_stderr();
    EVP_PKEY *key = sign_key_read(path, secret);
    expect_part(told(), part);
    assert_int_equal(key == NULL, part[0] != '\0');
    free(path);
    return key;
}

static void keys_that_are_none(void **state)
{
    (void)state;
    EVP_PKEY *small = new_key("small", "P-256");
    EVP_PKEY *other = new_key("other", NULL);
    EVP_PKEY *good = new_key("good", "P-384");
    static char passphrase[] = "pass";

    (void)read_key("small.key", true, "small.key' is not on the curve P-384");
    (void)read_key("small.pub", false, "not on the curve P-384");
    (void)read_key("other.key", true, "not on the curve P-384");
    (void)read_key("other.pub", false, "not on the curve P-384");
    (void)read_key("good.pub", true, "is no private key");
    (void)read_key("good.key", false, "is no public key");
    (void)read_key("none.key", true, "can't open the key");
    put_text("text.key", "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n");
    (void)read_key("text.key", true, "is no private key");
    char *path = in_folder("locked.key");
    FILE *to = fopen(path, "wb");
    assert_int_equal(PEM_write_PrivateKey(to, good, EVP_aes_128_cbc(), NULL, 0, NULL, passphrase),
                     1);
    fclose(to);
    free(path);
    UI_METHOD *method = asked_watch();
    (void)read_key("locked.key", true, "without a passphrase");
    put_text("locked.pub", "-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\n"
                           "DEK-Info: AES-128-CBC,000102030405060708090A0B0C0D0E0F\n\n"
                           "AAAAAAAAAAAAAAAAAAAAAA==\n-----END PUBLIC KEY-----\n");
    (void)read_key("locked.pub", false, "is no public key");
    asked_expect_never(method);
    EVP_PKEY_free(small);
    EVP_PKEY_free(other);
    EVP_PKEY_free(good);
}

/* ---- Verifying ---- */

static void vector_is_good(void **state)
{
    (void)state;
    const struct igvm_vbs_measurement measurement = vector();

    put_text("vector.pub", vector_key);
    EVP_PKEY *key = read_key("vector.pub", false, "");
    assert_null(sign_check(key, &measurement));
    sign_key_free(key);
}

/* Every bit but those of the mask, which the statement leaves out, and of the digest's unused half. */
static void flipped_bits(void **state)
{
    (void)state;
    put_text("vector.pub", vector_key);
    EVP_PKEY *key = read_key("vector.pub", false, "");

    for (size_t i = 0; i < sizeof(struct igvm_vbs_measurement) * 8; i++) {
        struct igvm_vbs_measurement measurement = vector();
        size_t byte = i / 8;
        bool covered = byte >= 4 && (byte < 32 + 32 || byte >= 32 + 64);
        const char *expected = byte >= 352 + 96  ? "more than"
                               : byte >= 352     ? "another key"
                               : byte >= 96 + 96 ? "more than"
                                                 : "its signature is not good";

        ((uint8_t *)&measurement)[byte] ^= (uint8_t)(1u << (i % 8));
        const char *problem = sign_check(key, &measurement);
        if (covered) {
            assert_non_null(problem);
            expect_part(problem, expected);
        } else {
            assert_null(problem);
        }
    }
    sign_key_free(key);
}

/* r and s of 0, of the group's order, of all ones; r and s exchanged. */
static void odd_signatures(void **state)
{
    (void)state;
    put_text("vector.pub", vector_key);
    EVP_PKEY *key = read_key("vector.pub", false, "");
    struct igvm_vbs_measurement measurement;

    for (int fill = 0; fill < 256; fill += 255) {
        for (size_t half = 0; half < 2; half++) {
            measurement = vector();
            memset(measurement.signature + half * 48, fill, 48);
            assert_non_null(sign_check(key, &measurement));
        }
        measurement = vector();
        memset(measurement.signature, fill, 96);
        assert_non_null(sign_check(key, &measurement));
    }
    measurement = vector();
    memcpy(measurement.signature, vector_signature + 48, 48);
    memcpy(measurement.signature + 48, vector_signature, 48);
    assert_non_null(sign_check(key, &measurement));
    sign_key_free(key);
}

/* ---- Signing ---- */

static uint8_t *der_number(uint8_t *to, const uint8_t number[48])
{
    size_t skip = 0;

    while (skip < 47 && number[skip] == 0) {
        skip++;
    }
    bool sign = (number[skip] & 0x80) != 0;
    *to++ = 2;
    *to++ = (uint8_t)(48 - skip + sign);
    if (sign) {
        *to++ = 0;
    }
    memcpy(to, number + skip, 48 - skip);
    return to + 48 - skip;
}

static bool verified(EVP_PKEY *key, const struct igvm_vbs_measurement *measurement)
{
    const uint32_t words[7] = {1, 0x7466736d, 0x736276, 7, 1, 1, 1};
    uint8_t statement[60];
    uint8_t der[128] = {0x30};
    uint8_t *end =
        der_number(der_number(der + 2, measurement->signature), measurement->signature + 48);
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    memcpy(statement, words, 28);
    for (uint8_t i = 0; i < 32; i++) {
        statement[28 + i] = (uint8_t)(0xa0 + i);
    }
    der[1] = (uint8_t)(end - der - 2); /* below 128: 2 * (2 + 49) */
    bool good = EVP_DigestVerifyInit(context, NULL, EVP_sha384(), NULL, key) == 1 &&
                EVP_DigestVerify(context, der, (size_t)(end - der), statement, 60) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

/* Fifty signatures: some with numbers that begin with zeros or with a sign bit. */
static void own_signatures(void **state)
{
    (void)state;
    EVP_PKEY *made = new_key("a", "P-384");
    EVP_PKEY *secret = read_key("a.key", true, "");
    EVP_PKEY *public = read_key("a.pub", false, "");
    struct igvm_vbs_measurement last = {0};
    uint8_t point[97];
    size_t bytes = 0;

    assert_int_equal(EVP_PKEY_get_octet_string_param(made, "pub", point, sizeof(point), &bytes), 1);
    assert_int_equal(bytes, 97);
    for (int i = 0; i < 50; i++) {
        struct igvm_vbs_measurement measurement = unsigned_measurement();

        assert_true(sign_measurement(secret, &measurement));
        assert_true(verified(made, &measurement));
        assert_null(sign_check(public, &measurement));
        assert_null(sign_check(secret, &measurement));
        assert_memory_equal(measurement.public_key, point + 1, 96); /* x, y */
        assert_memory_not_equal(measurement.signature, last.signature, 96);
        last = measurement;
        memset(measurement.signature, 0, 96);
        memset(measurement.public_key, 0, 96);
        const struct igvm_vbs_measurement before = unsigned_measurement();
        assert_memory_equal(&measurement, &before, sizeof(before)); /* and nothing else */
    }
    EVP_PKEY_free(made);
    sign_key_free(secret);
    sign_key_free(public);
}

static void another_key(void **state)
{
    (void)state;
    EVP_PKEY *a = new_key("a", "P-384");
    EVP_PKEY *b = new_key("b", "P-384");
    struct igvm_vbs_measurement measurement = unsigned_measurement();

    assert_true(sign_measurement(a, &measurement));
    assert_string_equal(sign_check(b, &measurement), "it is signed by another key");
    /* Nor does it help to put the other's name on it. */
    struct igvm_vbs_measurement others = unsigned_measurement();
    assert_true(sign_measurement(b, &others));
    memcpy(measurement.public_key, others.public_key, sizeof(others.public_key));
    assert_string_equal(sign_check(b, &measurement), "its signature is not good");
    EVP_PKEY_free(a);
    EVP_PKEY_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_are_none), cmocka_unit_test(vector_is_good),
        cmocka_unit_test(flipped_bits),       cmocka_unit_test(odd_signatures),
        cmocka_unit_test(own_signatures),     cmocka_unit_test(another_key),
    };

    return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
