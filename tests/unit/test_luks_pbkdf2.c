/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PBKDF2 against RFC 7914, 11, and against OpenSSL 3.0 where no RFC has vectors: for SHA-512, and where a password
 * is longer than the hash's block (RFC 2104, 2) or the key no multiple of its digest (RFC 8018, 5.2).
 */
#include "hex.h"
#include "luks/pbkdf2.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct vector {
    enum pbkdf2_hash hash;
    const char *password; /* of one character: repeated */
    size_t password_bytes;
    const char *salt;
    size_t salt_bytes;
    uint32_t iterations;
    const char *key;
} vectors[] = {
    {PBKDF2_SHA256, "passwd", 6, "salt", 4, 1,
     "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
     "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"},
    {PBKDF2_SHA256, "Password", 8, "NaCl", 4, 80000,
     "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
     "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"},
    {PBKDF2_SHA512, "passwd", 6, "salt", 4, 1,
     "c74319d99499fc3e9013acff597c23c5baf0a0bec5634c46b8352b793e324723"
     "d55caa76b2b25c43402dcfdc06cdcf66f95b7d0429420b39520006749c51a04e"},
    {PBKDF2_SHA512, "Password", 8, "NaCl", 4, 3,
     "d2b837231629c12cba0771aee222b20cf79dc0842f2725586580aadbce243a11"
     "c6023b87d40865dd514d0484e43966636cf5ec2ccd75d208fd47240e83f3e849"},
    {PBKDF2_SHA256, "x", 65, "\0\1\2\3\4\5\6\7", 8, 7,
     "f6d454f95f76c398f66a7550e50ef9e0f3293809bec14c6f1a87b0081f06347dfa"},
    {PBKDF2_SHA512, "y", 129, "\0", 1, 2,
     "d03fa1fcc9a28e1697105ed92485ff91df7e1ca87a20fc89bffa70dfd76aff19"
     "e7bb7326781b25900f4c951a0c0a5a750bbb8745b0acfeffa6f91a4b5b8d89120d"},
    {PBKDF2_SHA256, "", 0, "s", 1, 1, "86"},
};

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const struct vector *vector = &vectors[i];
        uint8_t password[160];
        uint8_t expected[80];
        uint8_t key[81];
        size_t bytes = hex_bytes(vector->key, expected);

        memset(password, vector->password[0], sizeof(password));
        memcpy(password, vector->password, strlen(vector->password));
        memset(key, 0xa5, sizeof(key));
        struct pbkdf2 by = {.hash = vector->hash,
                            .iterations = vector->iterations,
                            .salt_bytes = (uint32_t)vector->salt_bytes};

        memcpy(by.salt, vector->salt, vector->salt_bytes);
        pbkdf2_derive(&by, password, vector->password_bytes, key, bytes);
        assert_memory_equal(key, expected, bytes);
        assert_int_equal(key[bytes], 0xa5);
    }
}

/* LUKS2 3.2.3 names hashes as the kernel does. */
static void test_names(void **state)
{
    static const char *const others[] = {"",       "sha",    "sha25",   "sha2567",
                                         "SHA256", "sha384", "sha51",   "sha-256",
                                         "sha1",   "md5",    "sha5121", "sha256 "};
    enum pbkdf2_hash hash = PBKDF2_HASHES;

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(pbkdf2_hash_named(others[i], strlen(others[i]), &hash));
    }
    assert_false(pbkdf2_hash_named("sha256\0", 7, &hash));
    assert_int_equal(hash, PBKDF2_HASHES);
    assert_true(pbkdf2_hash_named("sha256", 6, &hash));
    assert_int_equal(hash, PBKDF2_SHA256);
    assert_int_equal(pbkdf2_hash_bytes(hash), 32);
    assert_true(pbkdf2_hash_named("sha512", 6, &hash));
    assert_int_equal(hash, PBKDF2_SHA512);
    assert_int_equal(pbkdf2_hash_bytes(hash), 64);
}

/* FIPS 180-4's example "abc" (NIST, SHA256.pdf, SHA512.pdf), in one part and in two. */
static void test_two_parts(void **state)
{
    static const char *const digests[] = {
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"};
    uint8_t expected[PBKDF2_HASH_BYTES_MAX];
    uint8_t digest[PBKDF2_HASH_BYTES_MAX];

    (void)state;
    for (unsigned hash = 0; hash < PBKDF2_HASHES; hash++) {
        size_t bytes = hex_bytes(digests[hash], expected);

        for (size_t i = 0; i <= 3; i++) {
            pbkdf2_hash_of((enum pbkdf2_hash)hash, "abc", i, &"abc"[i], 3 - i, digest);
            assert_memory_equal(digest, expected, bytes);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_two_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
