/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a token is held against, and what it travels in. README.md of host/verify tells the formats; base64
 * is RFC 4648's, with the test vectors of its section 10. Broken files of every kind are in tests/verify/.
 */
#include "measure.h"
#include "text.h"
#include "verify_test.h"

/* ---- Base64, hexadecimal ---- */

static void expect_base64(const char *text, bool url, const char *bytes)
{
    uint8_t to[8] = {0};
    size_t got = 99;
    bool good = text_from_base64(text, strlen(text), url, to, sizeof(to), &got);

    assert_int_equal(good, bytes != NULL);
    if (good) {
        assert_int_equal(got, strlen(bytes));
        assert_memory_equal(to, bytes, got);
    }
}

static void base64(void **state)
{
    static const struct {
        const char *standard;
        const char *url;
        const char *bytes;
    } texts[] = {{"", "", ""},
                 {"Zg==", "Zg", "f"},
                 {"Zm8=", "Zm8", "fo"},
                 {"Zm9v", "Zm9v", "foo"},
                 {"Zm9vYg==", "Zm9vYg", "foob"},
                 {"Zm9vYmE=", "Zm9vYmE", "fooba"},
                 {"Zm9vYmFy", "Zm9vYmFy", "foobar"},
                 {"+/+/", "-_-_", "\xfb\xff\xbf"}};
    static const char *const bad[] = {"Z",     "Zm9vZ", "Zh",       "Zm9=",   "=",
                                      "====",  "Z===",  "Zg=",      "Zg=a",   "Zm9v\n",
                                      " Zm9v", "Zm 9",  "Zg==Zg==", "Zm8\x80"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        bool same = strcmp(texts[i].standard, texts[i].url) == 0;

        expect_base64(texts[i].standard, false, texts[i].bytes);
        expect_base64(texts[i].url, true, texts[i].bytes);
        expect_base64(texts[i].url, false, same ? texts[i].bytes : NULL);
        expect_base64(texts[i].standard, true, same ? texts[i].bytes : NULL);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        expect_base64(bad[i], false, NULL);
        expect_base64(bad[i], true, NULL);
    }
}

/* 8 bytes of room: exactly they, and not one more. */
static void base64_room(void **state)
{
    uint8_t to[8];
    size_t got;

    (void)state;
    assert_true(text_from_base64("AAAAAAAAAAA", 11, true, to, sizeof(to), &got));
    assert_int_equal(got, 8);
    assert_false(text_from_base64("AAAAAAAAAAAA", 12, true, to, sizeof(to), &got));
    assert_true(pv_verify_base64url("AAAA", 4, to, 3, &got));
    assert_false(pv_verify_base64url("AAAA", 4, to, 2, &got));
}

static void hexadecimal(void **state)
{
    uint8_t to[2];

    (void)state;
    assert_true(text_from_hex("09aF", 4, to, 2));
    assert_int_equal(to[0], 0x09);
    assert_int_equal(to[1], 0xaf);
    assert_false(text_from_hex("09a", 3, to, 2) || text_from_hex("09af0", 5, to, 2) ||
                 text_from_hex("09ag", 4, to, 2) || text_from_hex("09a\0", 4, to, 2) ||
                 text_from_hex("0x0a", 4, to, 2));
}

/* ---- Challenges and registers: values by sha512sum and Python's hashlib ---- */

static void guest_challenge(void **state)
{
    static const char expected[] =
        "1d59068207ebfa7c53ef06d3e31821a21ccb196edfbf4f09820405ca9d596281"
        "2f86556d39f5392ed526b913663d9f797aae8f932449ac3478afa6eab511a311";
    uint8_t most[PV_VERIFY_NONCE_BYTES_MAX + 1] = {0};
    uint8_t is[PV_VERIFY_CHALLENGE_BYTES];
    uint8_t should[PV_VERIFY_CHALLENGE_BYTES];

    (void)state;
    assert_true(text_from_hex(expected, strlen(expected), should, sizeof(should)));
    assert_true(pv_verify_guest_challenge("n", 1, NULL, 0, is));
    assert_memory_equal(is, should, sizeof(is));
    assert_true(pv_verify_guest_challenge(most, 64, most, 64, is));
    assert_false(pv_verify_guest_challenge(most, 0, most, 0, is));
    assert_false(pv_verify_guest_challenge(most, 65, most, 0, is));
    assert_false(pv_verify_guest_challenge(most, 1, most, 65, is));
}

static void a_register(void **state)
{
    static const char expected[] =
        "ee3f6e198cdd21a858c408688e69bcf9329cd5b6b0e836d2298a3d09994aaed9";
    static const uint8_t zeros[PV_VERIFY_DIGEST_BYTES];
    struct pv_verify_events log = {
        2,
        {{.reg = 2, .name = "kernel", .known = true}, {.reg = 2, .name = "initrd", .known = true}}};
    uint8_t is[PV_VERIFY_DIGEST_BYTES];
    uint8_t should[PV_VERIFY_DIGEST_BYTES];

    (void)state;
    memset(log.event[0].digest, 0x11, PV_VERIFY_DIGEST_BYTES);
    memset(log.event[1].digest, 0x22, PV_VERIFY_DIGEST_BYTES);
    assert_true(text_from_hex(expected, strlen(expected), should, sizeof(should)));
    assert_true(measure_register(&log, 2, is));
    assert_memory_equal(is, should, sizeof(is));
    assert_true(measure_register(&log, 1, is));
    assert_memory_equal(is, zeros, sizeof(is));
    log.event[1].known = false;
    assert_false(measure_register(&log, 2, is));
    assert_true(measure_register(&log, 3, is));
}

/* ---- Files ---- */

static void vectors(void **state)
{
    (void)state;
    assert_int_equal(anchors.count, 1);
    assert_int_equal(anchors.anchor[0].instance_id[0], 1);
    assert_int_equal(reference.svn, 3);
    assert_false(reference.debug);
    assert_int_equal(reference.events.count, 5);
    assert_int_equal(events.count, 5);
    assert_string_equal(events.event[3].name, "command line");
    assert_int_equal(events.event[3].reg, 3);
    assert_memory_equal(events.event[0].digest, reference.personalization, PV_VERIFY_DIGEST_BYTES);
}

/* A file cut off anywhere is refused, and leaves nothing behind. */
static void cut_off(void **state)
{
    struct vector file = vector_read("anchors.json");
    struct pv_verify_anchors none;
    struct pv_verify_reference values;
    struct pv_verify_events log;

    (void)state;
    for (size_t bytes = 0; bytes < file.bytes; bytes++) {
        assert_non_null(pv_verify_read_anchors(file.data, bytes, &none));
        assert_null(none.anchor);
        assert_int_equal(none.count, 0);
    }
    file = vector_read("reference.json");
    for (size_t bytes = 0; bytes < file.bytes; bytes++) {
        assert_non_null(pv_verify_read_reference(file.data, bytes, &values));
    }
    file = vector_read("events.json");
    for (size_t bytes = 0; bytes < file.bytes; bytes++) {
        assert_non_null(pv_verify_read_events(file.data, bytes, &log));
    }
}

static void expect_unwrapped(const char *input, bool http, const char *bytes)
{
    uint8_t *token = NULL;
    size_t got = 99;
    const char *problem = pv_verify_unwrap(input, strlen(input), http, &token, &got);

    if (bytes == NULL) {
        assert_non_null(problem);
        assert_null(token);
        return;
    }
    assert_null(problem);
    assert_int_equal(got, strlen(bytes));
    assert_memory_equal(token, bytes, got);
    free(token);
}

static void unwrapping(void **state)
{
    (void)state;
    expect_unwrapped("\xd9\x01\x8f\xa0", false, "\xd9\x01\x8f\xa0");
    expect_unwrapped("{\"token\":[217,1,143,160]}", false, "\xd9\x01\x8f\xa0");
    expect_unwrapped("{\"kind\":\"cca\",\"token\":\"2QGPoA==\"}", false, "\xd9\x01\x8f\xa0");
    expect_unwrapped("{\"kind\":\"vbs\",\"token\":\"2QGPoA==\"}", false, NULL);
    expect_unwrapped("{\"kind\":\"cca\",\"token\":\"2QGPoA\"}", false, NULL);
    expect_unwrapped("\x84\x01", false, NULL);
    expect_unwrapped("HTTP/1.1 200 OK\r\n\r\n{\"token\":[217]}", true, "\xd9");
    expect_unwrapped("HTTP/1.1 200 OK\r\ncontent-LENGTH: 15\r\n\r\n{\"token\":[217]}", true,
                     "\xd9");
    expect_unwrapped("HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"token\":[217]}", true, NULL);
    expect_unwrapped("HTTP/1.1 429 Too Many Requests\r\n\r\n{\"token\":[217]}", true, NULL);
    expect_unwrapped("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", true, NULL);
    expect_unwrapped("HTTP/1.1 200 OK\r\n", true, NULL);
    expect_unwrapped("{\"token\":[217]}", true, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64),          cmocka_unit_test(base64_room),
        cmocka_unit_test(hexadecimal),     cmocka_unit_test(a_register),
        cmocka_unit_test(guest_challenge), cmocka_unit_test(vectors),
        cmocka_unit_test(cut_off),         cmocka_unit_test(unwrapping),
    };

    return cmocka_run_group_tests(tests, vectors_set_up, vectors_tear_down);
}
