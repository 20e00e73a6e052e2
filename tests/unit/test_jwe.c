/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * JWE against RFC 7516 and 7518: what other implementations made is opened, and nothing else. Each
 * refusal is told by its words, so that it is refused for that and not for another reason.
 */
#include "fake_vtl.h"
#include "formats/base64.h"
#include "jwe.h"
#include "jwe_vectors.h"
#include "random.h"

#include <mbedtls/entropy.h>
#include <mbedtls/platform.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 64u

static const char malformed_header[] = "JWE: its protected header is malformed";
static const char other_algorithms[] = "JWE: its algorithms are not ECDH-ES+A256KW and A256GCM";
static const char critical[] = "JWE: it has critical parameters, or is compressed";
static const char bad_parties[] = "JWE: its parties' information is malformed";
static const char other_key[] = "JWE: its ephemeral key is no public key of P-256";
static const char bad_coordinates[] = "JWE: its ephemeral key's coordinates are malformed";
static const char no_point[] =
    "JWE: its ephemeral key is no point of P-256, or there is no entropy or memory";
static const char malformed_key[] = "JWE: its encrypted key is malformed";
static const char not_for_us[] = "JWE: its encrypted key is not for this key";
static const char malformed_iv[] = "JWE: its initialization vector or tag is malformed";
static const char bad_ciphertext[] = "JWE: its ciphertext is malformed or too long";
static const char not_authentic[] = "JWE: it is not authentic";
static const char no_json[] = "JWE: it is no JSON";
static const char other_members[] = "JWE: it has not the members of the flattened form, or others";

/* ---- Memory ------------------------------------------------------------------------------------ */

static size_t allocations;
static size_t allocations_good; /* how many of them succeed */

void tls_port_exit(int status)
{
    (void)status;
    abort();
}

static void *allocate(size_t count, size_t bytes)
{
    return allocations++ < allocations_good ? calloc(count, bytes) : NULL;
}

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    allocations = 0;
    allocations_good = SIZE_MAX;
    return mbedtls_platform_set_calloc_free(allocate, free);
}

/* ---- Opening ----------------------------------------------------------------------------------- */

static uint8_t secret[ROOM + 1];
static size_t secret_bytes;

/* Whatever is refused, nothing of it is left; and nothing is written behind the room. */
static const char *open_in(const struct jwe_key *key, const char *text, size_t bytes, size_t room)
{
    char *copy = malloc(bytes != 0 ? bytes : 1);
    const char *wrong;

    assert_non_null(copy);
    memcpy(copy, text, bytes);
    memset(secret, 0xa5, sizeof(secret));
    wrong = jwe_open(key, copy, bytes, secret, room, &secret_bytes);
    free(copy);
    assert_int_equal(secret[room], 0xa5);
    if (wrong != NULL) {
        assert_int_equal(secret_bytes, 0);
        for (size_t i = 0; i < room; i++) {
            assert_int_equal(secret[i], 0);
        }
    }
    return wrong;
}

static void refused(const char *text, const char *why)
{
    const char *wrong = open_in(&jwe_bob, text, strlen(text), ROOM);

    if (wrong == NULL) {
        fail_msg("accepted, and not: %s", why);
    }
    assert_string_equal(wrong, why);
}

static const struct {
    const char *text;
    const char *secret;
    size_t bytes;
} vectors[] = {
    {jwe_jwcrypto, "correct horse battery staple", 28},
    {jwe_jose,
     "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f"
     "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f",
     32},
    {jwe_parties, "two parties", 11},
    {jwe_zero_z, "Z begins with a zero", 20},
    {jwe_zero_x, "x begins with a zero", 20},
    {jwe_zero_y, "y begins with a zero", 20},
    {jwe_spaced, "spaces and escapes", 18},
};

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const char *text = vectors[i].text;

        assert_null(open_in(&jwe_bob, text, strlen(text), ROOM));
        assert_int_equal(secret_bytes, vectors[i].bytes);
        assert_memory_equal(secret, vectors[i].secret, secret_bytes);
        assert_null(open_in(&jwe_bob, text, strlen(text), vectors[i].bytes));
        assert_string_equal(open_in(&jwe_bob, text, strlen(text), vectors[i].bytes - 1),
                            bad_ciphertext);
    }
}

static void test_another_key(void **state)
{
    struct jwe_key key = jwe_bob;

    (void)state;
    key.d[JWE_KEY_BYTES - 1] ^= 1;
    assert_string_equal(open_in(&key, jwe_jwcrypto, strlen(jwe_jwcrypto), ROOM), not_for_us);
    /* SEC 1, 3.2.1: neither zero nor the group's order or more is a key. */
    memset(key.d, 0, sizeof(key.d));
    assert_string_equal(open_in(&key, jwe_jwcrypto, strlen(jwe_jwcrypto), ROOM), no_point);
    memset(key.d, 0xff, sizeof(key.d));
    assert_string_equal(open_in(&key, jwe_jwcrypto, strlen(jwe_jwcrypto), ROOM), no_point);
}

/* ---- Keys -------------------------------------------------------------------------------------- */

/* RFC 7518, appendix C. */
static void test_agree(void **state)
{
    uint8_t z[JWE_KEY_BYTES];

    (void)state;
    assert_true(jwe_key_agree(&jwe_bob, jwe_alice.x, jwe_alice.y, z));
    assert_memory_equal(z, jwe_z, sizeof(z));
}

static void test_make(void **state)
{
    static const struct jwe_key none;
    struct jwe_key a;
    struct jwe_key b;
    uint8_t of_a[JWE_KEY_BYTES];
    uint8_t of_b[JWE_KEY_BYTES];

    (void)state;
    assert_true(jwe_key_make(&a));
    assert_true(jwe_key_make(&b));
    assert_memory_not_equal(a.d, b.d, sizeof(a.d));
    assert_true(jwe_key_agree(&a, b.x, b.y, of_a));
    assert_true(jwe_key_agree(&b, a.x, a.y, of_b));
    assert_memory_equal(of_a, of_b, sizeof(of_a));
    jwe_key_wipe(&a);
    assert_memory_equal(&a, &none, sizeof(a));
    fake.no_entropy = true;
    assert_false(jwe_key_make(&b));
    assert_memory_equal(&b, &none, sizeof(b));
    fake.no_entropy = false;
    allocations_good = allocations + 3;
    memset(&b, 1, sizeof(b));
    assert_false(jwe_key_make(&b));
    assert_memory_equal(&b, &none, sizeof(b));
}

static void test_random(void **state)
{
    uint8_t words[24] = {0};
    size_t got = 99;

    (void)state;
    assert_int_equal(net_random(NULL, words, 20), 0);
    /* Three words, the last in part. */
    assert_int_equal(fake.random_words, 3);
    assert_int_equal(words[0], 1);
    assert_int_equal(words[8], 2);
    assert_int_equal(words[16], 3);
    assert_int_equal(mbedtls_hardware_poll(NULL, words, 8, &got), 0);
    assert_int_equal(got, 8);
    fake.no_entropy = true;
    assert_int_equal(net_random(NULL, words, 1), MBEDTLS_ERR_ENTROPY_SOURCE_FAILED);
    assert_int_equal(mbedtls_hardware_poll(NULL, words, 8, &got),
                     MBEDTLS_ERR_ENTROPY_SOURCE_FAILED);
    assert_int_equal(got, 0);
    /* Mbed TLS' own pool is fed by it, and says so where it has nothing. */
    mbedtls_entropy_context entropy;
    mbedtls_entropy_init(&entropy);
    assert_int_not_equal(mbedtls_entropy_func(&entropy, words, sizeof(words)), 0);
    fake.no_entropy = false;
    assert_int_equal(mbedtls_entropy_func(&entropy, words, sizeof(words)), 0);
    mbedtls_entropy_free(&entropy);
}

/* Without entropy there is no blinding, and so no multiplication. */
static void test_no_entropy(void **state)
{
    (void)state;
    fake.no_entropy = true;
    refused(jwe_jwcrypto, no_point);
}

static void test_no_memory(void **state)
{
    size_t needed;

    (void)state;
    assert_null(open_in(&jwe_bob, jwe_jose, strlen(jwe_jose), ROOM));
    needed = allocations;
    for (size_t good = 0; good < needed; good += 1 + needed / 50) {
        allocations = 0;
        allocations_good = good;
        assert_non_null(open_in(&jwe_bob, jwe_jose, strlen(jwe_jose), ROOM));
    }
    /* The last ones are those of the key's unwrapping. */
    allocations = 0;
    allocations_good = needed - 1;
    assert_non_null(open_in(&jwe_bob, jwe_jose, strlen(jwe_jose), ROOM));
}

/* ---- Headers ----------------------------------------------------------------------------------- */

static char built[4096];

/* A good one's, but for its protected header. */
static const char *with_header(const char *header)
{
    const char *rest = strchr(jwe_jwcrypto, ',');
    size_t bytes = (size_t)sprintf(built, "{\"protected\":\"");

    bytes += base64_encode(BASE64_URL, header, strlen(header), built + bytes);
    (void)sprintf(built + bytes, "\"%s", rest);
    return built;
}

#define ALG "\"alg\":\"ECDH-ES+A256KW\","
#define ENC "\"enc\":\"A256GCM\","
#define X "\"x\":\"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0\""
#define Y "\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps\""
#define EC "\"kty\":\"EC\",\"crv\":\"P-256\","
#define EPK "\"epk\":{" EC X "," Y "}"

static const struct {
    const char *header;
    const char *why;
} headers[] = {
    /* Good, and Alice's key: refused where the key is unwrapped, and not before. */
    {"{" ALG ENC EPK "}", not_for_us},
    {"{" ALG ENC EPK ",\"kid\":\"k\",\"typ\":\"JWE\",\"cty\":\"a\",\"new\":[{}]}", not_for_us},
    {"{" ALG ENC EPK ",\"apu\":\"QQ\",\"apv\":\"\"}", not_for_us},
    {"{" ALG ENC "\"epk\":{" EC X "," Y ",\"use\":\"enc\"}}", not_for_us},
    /* 4: an object in UTF-8; each name once. */
    {"", malformed_header},
    {"{" ALG ENC EPK, malformed_header},
    {"{" ALG ENC EPK "}}", malformed_header},
    {"[]", malformed_header},
    {"\"alg\"", malformed_header},
    {"{" ALG ALG ENC EPK "}", malformed_header},
    {"{" ALG "\"al\\u0067\":\"dir\"," ENC EPK "}", malformed_header},
    {"{" ALG ENC "\"epk\":{" EC EC X "," Y "}}", malformed_header},
    {"{" ALG ENC EPK ",\"\xff\":1}", malformed_header},
    /* 4.1.1, 4.1.2; RFC 7518, 4.1, 5.1. */
    {"{" ENC EPK "}", other_algorithms},
    {"{" ALG EPK "}", other_algorithms},
    {"{\"alg\":\"RSA1_5\"," ENC EPK "}", other_algorithms},
    {"{\"alg\":\"RSA-OAEP-256\"," ENC EPK "}", other_algorithms},
    {"{\"alg\":\"dir\"," ENC EPK "}", other_algorithms},
    {"{\"alg\":\"ECDH-ES\"," ENC EPK "}", other_algorithms},
    {"{\"alg\":\"ECDH-ES+A128KW\"," ENC EPK "}", other_algorithms},
    {"{\"alg\":\"ECDH-ES+A256KW \"," ENC EPK "}", other_algorithms},
    {"{\"alg\":\"ecdh-es+a256kw\"," ENC EPK "}", other_algorithms},
    {"{\"alg\":[\"ECDH-ES+A256KW\"]," ENC EPK "}", other_algorithms},
    {"{\"alg\":null," ENC EPK "}", other_algorithms},
    {"{\"Alg\":\"ECDH-ES+A256KW\"," ENC EPK "}", other_algorithms},
    {"{" ALG "\"enc\":\"A128GCM\"," EPK "}", other_algorithms},
    {"{" ALG "\"enc\":\"A256CBC-HS512\"," EPK "}", other_algorithms},
    {"{" ALG "\"enc\":1," EPK "}", other_algorithms},
    /* 4.1.3, 4.1.13. */
    {"{" ALG ENC EPK ",\"zip\":\"DEF\"}", critical},
    {"{" ALG ENC EPK ",\"crit\":[\"new\"],\"new\":1}", critical},
    {"{" ALG ENC EPK ",\"crit\":[]}", critical},
    /* RFC 7518, 4.6.1.2, 4.6.1.3. */
    {"{" ALG ENC EPK ",\"apu\":\"QQ==\"}", bad_parties},
    {"{" ALG ENC EPK ",\"apv\":7}", bad_parties},
    {"{" ALG ENC EPK ",\"apv\":null}", bad_parties},
    /* RFC 7518, 4.6.1.1, 6.2.1. */
    {"{" ALG "\"enc\":\"A256GCM\"}", other_key},
    {"{" ALG ENC "\"epk\":\"\"}", other_key},
    {"{" ALG ENC "\"epk\":null}", other_key},
    {"{" ALG ENC "\"epk\":[" EPK "]}", malformed_header},
    {"{" ALG ENC "\"epk\":{" X "," Y "}}", other_key},
    {"{" ALG ENC "\"epk\":{\"kty\":\"EC\"," X "," Y "}}", other_key},
    {"{" ALG ENC "\"epk\":{\"kty\":\"OKP\",\"crv\":\"P-256\"," X "," Y "}}", other_key},
    {"{" ALG ENC "\"epk\":{\"kty\":\"EC\",\"crv\":\"P-384\"," X "," Y "}}", other_key},
    {"{" ALG ENC "\"epk\":{\"kty\":\"EC\",\"crv\":\"P-521\"," X "," Y "}}", other_key},
    {"{" ALG ENC "\"epk\":{\"kty\":\"EC\",\"crv\":\"secp256k1\"," X "," Y "}}", other_key},
    {"{" ALG ENC "\"epk\":{" EC X "," Y ",\"d\":\"AQ\"}}", other_key},
    {"{" ALG ENC "\"epk\":{" EC X "}}", bad_coordinates},
    {"{" ALG ENC "\"epk\":{" EC Y "}}", bad_coordinates},
    {"{" ALG ENC "\"epk\":{" EC "\"x\":\"AQ\"," Y "}}", bad_coordinates},
    {"{" ALG ENC "\"epk\":{" EC "\"x\":0," Y "}}", bad_coordinates},
    {"{" ALG ENC "\"epk\":{" EC X ",\"y\":\"\"}}", bad_coordinates},
    {"{" ALG ENC "\"epk\":{" EC X ",\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps=\"}}",
     bad_coordinates},
    {"{" ALG ENC "\"epk\":{" EC X ",\"y\":\"AEi1v8Un385T1qxxFSN9AxzP-HoFcLdzUKnlA-5zBaab\"}}",
     bad_coordinates},
    /* SEC 1, 3.2.2.1: x and y the other way round; no y of this x; zeros, as which infinity is written. */
    {"{" ALG ENC "\"epk\":{" EC "\"x\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps\","
     "\"y\":\"gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0\"}}",
     no_point},
    {"{" ALG ENC "\"epk\":{" EC X ",\"y\":\"SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFppo\"}}",
     no_point},
    {"{" ALG ENC "\"epk\":{" EC "\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
     "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}}",
     no_point},
    {"{" ALG ENC "\"epk\":{" EC "\"x\":\"__________________________________________8\","
     "\"y\":\"__________________________________________8\"}}",
     no_point},
    /* The point whose x is 5; and with p added to that. */
    {"{" ALG ENC "\"epk\":{" EC "\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAU\","
     "\"y\":\"RZJDuapYGAb-kTvOmYF63hHKUDxk2aPFM0FcCDJI-8w\"}}",
     not_for_us},
    {"{" ALG ENC "\"epk\":{" EC "\"x\":\"_____wAAAAEAAAAAAAAAAAAAAAEAAAAAAAAAAAAAAAQ\","
     "\"y\":\"RZJDuapYGAb-kTvOmYF63hHKUDxk2aPFM0FcCDJI-8w\"}}",
     no_point},
};

static void test_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        refused(with_header(headers[i].header), headers[i].why);
    }
}

static void test_long_headers(void **state)
{
    char header[2048];

    (void)state;
    (void)snprintf(header, sizeof(header), "{" ALG ENC EPK ",\"kid\":\"%0800d\"}", 0);
    refused(with_header(header), not_for_us);
    (void)snprintf(header, sizeof(header), "{" ALG ENC EPK ",\"kid\":\"%01000d\"}", 0);
    refused(with_header(header), malformed_header);
    /* 64 bytes, and one more. */
    (void)snprintf(header, sizeof(header), "{" ALG ENC EPK ",\"apu\":\"%084dAA\"}", 0);
    refused(with_header(header), not_for_us);
    (void)snprintf(header, sizeof(header), "{" ALG ENC EPK ",\"apu\":\"%084dAAA\"}", 0);
    refused(with_header(header), bad_parties);
}

/* ---- Members ----------------------------------------------------------------------------------- */

/* The good one with the first `from` in it replaced. */
static const char *changed(const char *from, const char *to)
{
    const char *at = strstr(jwe_jwcrypto, from);

    assert_non_null(at);
    (void)sprintf(built, "%.*s%s%s", (int)(at - jwe_jwcrypto), jwe_jwcrypto, to, at + strlen(from));
    return built;
}

static const struct {
    const char *from;
    const char *to;
    const char *why;
} changes[] = {
    {"{\"protected\"", "{\"header\":{},\"protected\"", other_members},
    {"{\"protected\"", "{\"header\":{\"alg\":\"dir\"},\"protected\"", other_members},
    {"{\"protected\"", "{\"header\":{" EPK "},\"protected\"", other_members},
    {"{\"protected\"", "{\"unprotected\":{\"enc\":\"A128GCM\"},\"protected\"", other_members},
    {"{\"protected\"", "{\"recipients\":[],\"protected\"", other_members},
    {"{\"protected\"", "{\"aad\":\"QQ\",\"protected\"", other_members},
    {"{\"protected\"", "{\"new\":1,\"protected\"", other_members},
    {"\"protected\"", "\"Protected\"", other_members},
    {"\"encrypted_key\"", "\"header\"", other_members},
    {"\"iv\"", "\"aad\"", other_members},
    {"\"ciphertext\"", "\"\"", other_members},
    {"\"tag\"", "\"tags\"", other_members},
    {"{\"protected\"", "{\"tag\":\"\",\"protected\"", no_json},
    {"{\"protected\"", "{\"t\\u0061g\":\"\",\"protected\"", no_json},
    {"\"protected\":\"", "\"protected\":\"=", malformed_header},
    {"\"protected\":\"e", "\"protected\":\"\\u0065", malformed_header},
    {"\"encrypted_key\":\"", "\"encrypted_key\":\"AAAA", malformed_key},
    {"\"encrypted_key\":\"vdsN", "\"encrypted_key\":\"", malformed_key},
    {"\"encrypted_key\":\"v", "\"encrypted_key\":\"+", malformed_key},
    {"\"iv\":\"", "\"iv\":\"AAAA", malformed_iv},
    {"\"iv\":\"iYh0", "\"iv\":\"", malformed_iv},
    {"\"iv\":\"i", "\"iv\":\" ", malformed_iv},
    {"\"tag\":\"MpcY", "\"tag\":\"", malformed_iv},
    {"\"tag\":\"", "\"tag\":\"AAAA", malformed_iv},
    {"\"tag\":\"MpcYxusFWkSIU7AtxGNuGw\"", "\"tag\":\"\"", malformed_iv},
    {"\"tag\":\"MpcYxusFWkSIU7AtxGNuGw\"", "\"tag\":[\"MpcYxusFWkSIU7AtxGNuGw\"]", malformed_iv},
    {"\"ciphertext\":\"", "\"ciphertext\":\"AAA", bad_ciphertext},
    {"\"ciphertext\":\"LDNk", "\"ciphertext\":\"", not_authentic},
    {"\"ciphertext\":\"", "\"ciphertext\":\"AAAA", not_authentic},
    {"\"ciphertext\":\"LDNk5QIaZeUpVBGZLly4SQAx-JmRkhGZCE4MDA\"", "\"ciphertext\":\"\"",
     not_authentic},
    {"\"ciphertext\":\"LDNk5QIaZeUpVBGZLly4SQAx-JmRkhGZCE4MDA\"", "\"ciphertext\":null",
     bad_ciphertext},
};

static void test_members(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        refused(changed(changes[i].from, changes[i].to), changes[i].why);
    }
    /* Order, and white space between, mean nothing. */
    (void)changed("{\"protected\"", " { \n\"protected\"");
    assert_null(open_in(&jwe_bob, built, strlen(built), ROOM));
    refused("[]", other_members);
    refused("\"protected\"", other_members);
    refused("null", other_members);
    refused("{}", other_members);
    refused("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", no_json);
    refused("", no_json);
}

static void test_truncated(void **state)
{
    (void)state;
    for (size_t bytes = 0; bytes < strlen(jwe_jwcrypto); bytes++) {
        assert_string_equal(open_in(&jwe_bob, jwe_jwcrypto, bytes, ROOM), no_json);
    }
}

/* One bit of what a digit stands for, in each of the five members. */
static void flip_member(const char *name, const char *why)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *at;
    char *end;

    (void)changed("{", "{");
    at = strstr(built, name) + strlen(name) + strlen("\":\"");
    end = strchr(at, '"');
    for (; at < end; at++) {
        char before = *at;
        const char *wrong;

        for (unsigned bit = 0; bit < 6; bit += 5) {
            *at = digits[(size_t)(strchr(digits, before) - digits) ^ (1u << bit)];
            wrong = open_in(&jwe_bob, built, strlen(built), ROOM);
            assert_non_null(wrong);
            /* But for a bit of the last digit that stands for nothing. */
            assert_true(why == NULL || at + 1 == end || strcmp(wrong, why) == 0);
        }
        *at = before;
    }
    assert_null(open_in(&jwe_bob, built, strlen(built), ROOM));
}

static void test_flipped(void **state)
{
    (void)state;
    flip_member("protected", NULL);
    flip_member("encrypted_key", not_for_us);
    flip_member("iv", not_authentic);
    flip_member("ciphertext", not_authentic);
    flip_member("tag", not_authentic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_vectors, setup),
        cmocka_unit_test_setup(test_another_key, setup),
        cmocka_unit_test_setup(test_agree, setup),
        cmocka_unit_test_setup(test_make, setup),
        cmocka_unit_test_setup(test_random, setup),
        cmocka_unit_test_setup(test_no_entropy, setup),
        cmocka_unit_test_setup(test_no_memory, setup),
        cmocka_unit_test_setup(test_headers, setup),
        cmocka_unit_test_setup(test_long_headers, setup),
        cmocka_unit_test_setup(test_members, setup),
        cmocka_unit_test_setup(test_truncated, setup),
        cmocka_unit_test_setup(test_flipped, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
