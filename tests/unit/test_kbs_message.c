/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is said to a key broker and heard from it, against Trustee's kbs/src and kbs-types, RFC 8785, RFC 7517.
 * The digests were computed by Python's hashlib over json.dumps with sorted keys.
 */
#include "fake_stream.h"
#include "fake_vtl.h"
#include "kbs_message.h"

#include <mbedtls/sha512.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Base64 of the bytes 0 to 31, which is how Trustee writes 32 of them. */
#define NONCE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

/* SEC 2, 2.4.2: the generator of P-256, as a public key; and the same by RFC 7518, 6.2.1. */
static const struct jwe_key generator = {
    .x = {0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6,
          0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb,
          0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96},
    .y = {0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb,
          0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31,
          0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5},
};
#define KEY_TEXT                                                          \
    "{\"alg\":\"ECDH-ES+A256KW\",\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":" \
    "\"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY\",\"y\":"              \
    "\"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU\"}"
#define SENT_TEXT "{\"nonce\":\"" NONCE "\",\"tee-pubkey\":" KEY_TEXT "}"
#define HASHED_TEXT \
    "{\"additional-evidence\":\"\",\"nonce\":\"" NONCE "\",\"tee-pubkey\":" KEY_TEXT "}"

static const char hashed_digest[] =
    "9edc01b09e997f6578d6bd8f7fc2b28dfaaf4e5417793667b7ece025d50c7cf5"
    "b9b0f7d2bbbcebe25d2f53bd33807ce3";
static const char sent_digest[] = "1f0628a69ac132453783cfa3e29bec54eb45ad7eabd5794753cf0bf05ecbf2cd"
                                  "c01d1820149a324d16a031e1f130788f";

static struct kbs_runtime runtime;

static void assert_hex(const uint8_t *bytes, const char *hex)
{
    char text[129] = "";

    assert_true(strlen(hex) % 2 == 0 && strlen(hex) < sizeof(text));
    for (size_t i = 0; i < strlen(hex) / 2; i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    }
    assert_string_equal(text, hex);
}

static const char *read_challenge(const char *text)
{
    return kbs_challenge_read(text, strlen(text), &generator, &runtime);
}

static void test_runtime(void **state)
{
    uint8_t challenge[KBS_CHALLENGE_BYTES];
    static const uint8_t zeros[16];

    (void)state;
    memset(challenge, 0xa5, sizeof(challenge));
    assert_null(read_challenge("{\"nonce\":\"" NONCE "\",\"extra-params\":\"\"}"));
    assert_int_equal(runtime.bytes, strlen(HASHED_TEXT));
    assert_memory_equal(runtime.text, HASHED_TEXT, runtime.bytes);
    kbs_challenge_digest(&runtime, challenge);
    assert_hex(challenge, hashed_digest);
    assert_memory_equal(challenge + 48, zeros, sizeof(zeros));
}

struct row {
    const char *text;
    bool good;
};

static const struct row challenges[] = {
    {"{\"nonce\":\"a\",\"extra-params\":\"\"}", true},
    {"{\"nonce\":\"a\"}", true},
    {"{\"other\":[1,{}],\"extra-params\":null,\"nonce\":\"a\"}", true},
    {" {\"nonce\":\"~ !#[]\"}\r\n", true},
    {"{\"nonce\":\"\\u0061\\/\"}", true},
    {"{\"nonce\":\"a\",\"extra-params\":{\"selected-hash-algorithm\":\"sha384\"}}", true},
    {"{\"nonce\":\"a\",\"extra-params\":{}}", true},
    {"{\"nonce\":\"a\",\"extra-params\":{\"selected-hash-algorithm\":\"sha512\"}}", false},
    {"{\"nonce\":\"a\",\"extra-params\":{\"selected-hash-algorithm\":384}}", false},
    /* What would need an escape in the canonical form, or is no text. */
    {"{\"nonce\":\"\"}", false},
    {"{\"nonce\":\"a\\nb\"}", false},
    {"{\"nonce\":\"a\\u0000b\"}", false},
    {"{\"nonce\":\"a\\u001fb\"}", false},
    {"{\"nonce\":\"a\\u007fb\"}", false},
    {"{\"nonce\":\"a\\\"b\"}", false},
    {"{\"nonce\":\"a\\\\b\"}", false},
    {"{\"nonce\":\"\xc3\xa4\"}", false},
    {"{\"nonce\":\"\\u00e4\"}", false},
    {"{\"nonce\":7}", false},
    {"{\"nonce\":null}", false},
    {"{\"nonce\":[\"a\"]}", false},
    {"{\"Nonce\":\"a\"}", false},
    {"{}", false},
    {"[\"nonce\",\"a\"]", false},
    {"\"a\"", false},
    {"", false},
    {"{\"nonce\":\"a\"", false},
    {"{\"nonce\":\"a\"}}", false},
    {"{\"nonce\":\"a\",\"nonce\":\"b\"}", false},
    {"{\"nonce\":\"a\",\"n\\u006fnce\":\"a\"}", false},
    {"{\"nonce\":\"a\",\"x\":[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]}", false},
};

static void test_challenges(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(challenges) / sizeof(challenges[0]); i++) {
        const char *wrong = read_challenge(challenges[i].text);

        if ((wrong == NULL) != challenges[i].good) {
            fail_msg("%s: %s", challenges[i].text, wrong != NULL ? wrong : "good");
        }
    }
}

/* It goes back as it means, in the one form that RFC 8785 has for it. */
static void test_nonce_text(void **state)
{
    static const char start[] =
        "{\"additional-evidence\":\"\",\"nonce\":\"a/~ z\",\"tee-pubkey\":{";

    (void)state;
    assert_null(read_challenge("{\"nonce\":\"\\u0061\\/~ z\"}"));
    assert_memory_equal(runtime.text, start, strlen(start));
}

static void test_nonce_limit(void **state)
{
    static const size_t lengths[] = {KBS_NONCE_BYTES, KBS_NONCE_BYTES + 1, 4096};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        char text[8192] = "{\"nonce\":\"";
        size_t before = strlen(text);

        memset(text + before, 'a', lengths[i]);
        memcpy(text + before + lengths[i], "\"}", 3);
        if (i == 0) {
            assert_null(read_challenge(text));
        } else {
            assert_non_null(read_challenge(text));
        }
    }
}

/* ---- What is sent ------------------------------------------------------------------------------ */

static char sent[65536];

/* The text of a body, and that it is as long as it says. */
static const char *written(void (*write)(struct http_writer *to, const void *about),
                           const void *about)
{
    struct http_client client = {.now_ns = vtl_time_ns, .until_ns = UINT64_MAX};
    const struct stream_peer peer = {.host = "h"};
    uint8_t buffer[7];
    struct http_writer length = {.measures = true};
    struct http_writer to = {.text = {(char *)buffer, sizeof(buffer), 0, false}, .client = &client};

    fake_stream_reset();
    assert_int_equal(stream_open(&peer, &client.reason), STREAM_OK);
    write(&length, about);
    write(&to, about);
    assert_int_equal(fake_stream.sent_bytes + to.text.used, length.bytes);
    memcpy(sent, fake_stream.sent, fake_stream.sent_bytes);
    memcpy(sent + fake_stream.sent_bytes, buffer, to.text.used);
    sent[length.bytes] = '\0';
    return sent;
}

static void test_request(void **state)
{
    (void)state;
    assert_string_equal(written(kbs_write_request, NULL),
                        "{\"version\":\"0.4.0\",\"tee\":\"cca\",\"extra-params\":\"\"}");
}

static void test_attestation(void **state)
{
    static const uint8_t token[] = {0xd2, 0x84, 0, 9, 10, 255};
    const struct kbs_attestation attestation = {&runtime, token, sizeof(token)};
    const struct kbs_attestation empty = {&runtime, token, 0};
    uint8_t digest[64];

    (void)state;
    assert_null(read_challenge("{\"nonce\":\"" NONCE "\"}"));
    assert_string_equal(written(kbs_write_attestation, &attestation),
                        "{\"runtime-data\":" SENT_TEXT
                        ",\"tee-evidence\":{\"primary_evidence\":{\"token\":[210,132,0,9,10,255]},"
                        "\"additional_evidence\":\"\"}}");
    assert_int_equal(mbedtls_sha512((const uint8_t *)sent + strlen("{\"runtime-data\":"),
                                    strlen(SENT_TEXT), digest, 1),
                     0);
    assert_hex(digest, sent_digest);
    assert_non_null(strstr(written(kbs_write_attestation, &empty), "{\"token\":[]}"));
}

/* ---- What is heard ----------------------------------------------------------------------------- */

static void test_tokens(void **state)
{
    static const struct row tokens[] = {
        {"{\"token\":\"a.b.c\"}", true},
        {"{\"token\":\"\"}", false},
        {"{\"token\":1}", false},
        {"{\"Token\":\"a\"}", false},
        {"{}", false},
        {"\"a.b.c\"", false},
        {"a.b.c", false},
        {"", false},
        {"{\"token\":\"a\"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        if ((kbs_token_check(tokens[i].text, strlen(tokens[i].text)) == NULL) != tokens[i].good) {
            fail_msg("%s", tokens[i].text);
        }
    }
}

static void test_errors(void **state)
{
#define ERRORS "https://github.com/confidential-containers/kbs/errors/"
    static const struct {
        const char *text;
        const char *said;
        bool final;
    } errors[] = {
        {"{\"type\":\"" ERRORS "AttestationError\",\"detail\":\"Attestation error: x\"}",
         " AttestationError: Attestation error: x", false},
        {"{\"type\":\"" ERRORS "PolicyDeny\",\"detail\":\"Access denied by policy\"}",
         " PolicyDeny: Access denied by policy", true},
        {"{\"type\":\"" ERRORS "PolicyDenyX\"}", " PolicyDenyX", false},
        {"{\"type\":\"PolicyDeny\",\"detail\":null}", " PolicyDeny", true},
        {"{\"detail\":\"d\",\"type\":\"\"}", " : d", false},
        {"{\"type\":\"a/\",\"detail\":\"\"}", " : ", false},
        {"{\"type\":\"a\",\"detail\":\"\xc3\xa4\x7f\\n\"}", " a: ???\\n", false},
        {"{\"type\":7,\"detail\":\"d\"}", "", false},
        {"{\"detail\":\"d\"}", "", false},
        {"[]", "", false},
        {"", "", false},
        {"Unauthorized", "", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        char said[128] = "";
        struct text to = {said, sizeof(said) - 1, 0, false};

        assert_int_equal(kbs_error_read(errors[i].text, strlen(errors[i].text), &to),
                         errors[i].final);
        assert_string_equal(said, errors[i].said);
    }
}

/* As far as it fits; the variant decides whether it is cut or not. */
static void test_error_cut(void **state)
{
    static const char text[] = "{\"type\":\"PolicyDeny\",\"detail\":\"0123456789\"}";
    char said[32];

    (void)state;
    for (size_t room = 0; room < sizeof(said); room++) {
        struct text to = {said, room, 0, false};

        memset(said, 0, sizeof(said));
        assert_true(kbs_error_read(text, sizeof(text) - 1, &to));
        assert_true(to.used <= room && said[room] == '\0');
    }
    assert_string_equal(said, " PolicyDeny: 0123456789");
}

/* kbs/src/api_server.rs: three segments. */
static void test_resources(void **state)
{
    static const struct row resources[] = {
        {"default/key/disk", true},
        {"a/b/c", true},
        {"_/-/0", true},
        {"A1._-/b.c/d..e", true},
        {"", false},
        {"a", false},
        {"a/b", false},
        {"a/b/", false},
        {"a//c", false},
        {"/a/b", false},
        {"/a/b/c", false},
        {"a/b/c/", false},
        {"a/b/c/d", false},
        {"../b/c", false},
        {"a/./c", false},
        {"a/b/.c", false},
        {"a/b/c?d", false},
        {"a/b/c#d", false},
        {"a/b/c d", false},
        {"a/b/%63", false},
        {"a/b/c\r\nHost: d", false},
        {"a/b/\xc3\xa4", false},
        {"a\\b/c/d", false},
        {"a/b/c@", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
        struct igvm_policy_text text = {(const uint8_t *)resources[i].text,
                                        (uint32_t)strlen(resources[i].text)};

        if (kbs_resource_is_good(text) != resources[i].good) {
            fail_msg("%s", resources[i].text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runtime),    cmocka_unit_test(test_challenges),
        cmocka_unit_test(test_nonce_text), cmocka_unit_test(test_nonce_limit),
        cmocka_unit_test(test_request),    cmocka_unit_test(test_attestation),
        cmocka_unit_test(test_tokens),     cmocka_unit_test(test_errors),
        cmocka_unit_test(test_error_cut),  cmocka_unit_test(test_resources),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
