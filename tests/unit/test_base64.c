/* SPDX-License-Identifier: BSD-3-Clause */
/* Base64 against RFC 4648: its vectors, what it says must or may be refused, all lengths. */
#include "formats/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool decode(enum base64_kind kind, const char *text, char *to, size_t room, size_t *got)
{
    return base64_decode(kind, text, strlen(text), to, room, got);
}

/* 10; and RFC 7515, appendix C, for the other alphabet. */
static void test_vectors(void **state)
{
    static const struct {
        enum base64_kind kind;
        const char *bytes;
        const char *text;
    } vectors[] = {
        {BASE64_STANDARD, "", ""},
        {BASE64_STANDARD, "f", "Zg=="},
        {BASE64_STANDARD, "fo", "Zm8="},
        {BASE64_STANDARD, "foo", "Zm9v"},
        {BASE64_STANDARD, "foob", "Zm9vYg=="},
        {BASE64_STANDARD, "fooba", "Zm9vYmE="},
        {BASE64_STANDARD, "foobar", "Zm9vYmFy"},
        {BASE64_STANDARD, "\xfb\xff\xbf", "+/+/"},
        {BASE64_URL, "\x03\xec\xff\xe0\xc1", "A-z_4ME"},
        {BASE64_URL, "f", "Zg"},
        {BASE64_URL, "", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        size_t bytes = strlen(vectors[i].bytes);
        char decoded[16];
        char encoded[16];
        size_t got = 99;

        assert_true(decode(vectors[i].kind, vectors[i].text, decoded, bytes, &got));
        assert_int_equal(got, bytes);
        assert_memory_equal(decoded, vectors[i].bytes, bytes);
        assert_int_equal(base64_encode(vectors[i].kind, vectors[i].bytes, bytes, encoded),
                         strlen(vectors[i].text));
        assert_memory_equal(encoded, vectors[i].text, strlen(vectors[i].text));
        if (bytes != 0) {
            assert_false(decode(vectors[i].kind, vectors[i].text, decoded, bytes - 1, &got));
        }
    }
}

static void test_refused(void **state)
{
    static const char *const standard[] = {
        "Zg",      "Zg=",    "Zg===", "Zm8",   "Zm9vZg", /* 3.2: padding must be there */
        "=",       "==",     "====",  "Z===",  "Zg==Zg==",
        "Zg=a",    "Z=g=", /* at the end alone */
        "Zm9\n",   "Zm9v\n", " Zm9v", "Zm9v ", "Zm 9",
        "Zm9\x80", "Zm9.", /* 3.3 */
        "Zm-_",    "Zm-/", /* another alphabet's */
        "Zh==",    "Zi==",   "Zk==",  "Zo==",  "Zv==",
        "Zm9=",    "Zm+=", /* 3.5: bits that no byte gets */
    };
    static const char *const url[] = {"Zg==", "Zm8=", "Z",    "Zm9vZ", "Zm+/",   "Zh",
                                      "Zo",   "Zm9",  "Zg\n", "=",     "A-z_4MF"};
    char to[16] = "untouched";
    size_t got = 99;

    (void)state;
    for (size_t i = 0; i < sizeof(standard) / sizeof(standard[0]); i++) {
        assert_false(decode(BASE64_STANDARD, standard[i], to, sizeof(to), &got));
    }
    for (size_t i = 0; i < sizeof(url) / sizeof(url[0]); i++) {
        assert_false(decode(BASE64_URL, url[i], to, sizeof(to), &got));
    }
    assert_false(base64_decode(BASE64_URL, "Zg\0A", 4, to, sizeof(to), &got));
    assert_string_equal(to, "untouched");
    assert_int_equal(got, 99);
}

/* Table 1 and 2: each byte as a digit. */
static void test_alphabets(void **state)
{
    static const char common[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    static const char *const others[] = {"+/", "-_"};

    (void)state;
    for (unsigned kind = BASE64_STANDARD; kind <= BASE64_URL; kind++) {
        char alphabet[65];

        memcpy(alphabet, common, 62);
        memcpy(alphabet + 62, others[kind], 3);
        for (unsigned byte = 0; byte < 256; byte++) {
            const char *at = byte == 0 ? NULL : strchr(alphabet, (int)byte);
            char text[4] = {'A', 'A', 'A', (char)byte};
            uint8_t to[3];
            size_t got;
            bool good = base64_decode((enum base64_kind)kind, text, 4, to, 3, &got);

            /* "AAA=" is two bytes of zero. */
            assert_int_equal(good, at != NULL || (kind == BASE64_STANDARD && byte == '='));
            if (at != NULL) {
                assert_int_equal(got, 3);
                assert_int_equal(to[2], at - alphabet);
            }
        }
    }
}

static void test_there_and_back(void **state)
{
    uint8_t from[256];
    uint8_t back[256];
    char text[BASE64_BYTES(256)];
    size_t got;

    (void)state;
    for (size_t i = 0; i < sizeof(from); i++) {
        from[i] = (uint8_t)(i * 167 + 13);
    }
    for (size_t bytes = 0; bytes <= sizeof(from); bytes++) {
        size_t padded = base64_encode(BASE64_STANDARD, from, bytes, text);

        assert_int_equal(padded, BASE64_BYTES(bytes));
        assert_true(base64_decode(BASE64_STANDARD, text, padded, back, bytes, &got));
        assert_int_equal(got, bytes);
        assert_memory_equal(back, from, bytes);
        padded = base64_encode(BASE64_URL, from, bytes, text);
        assert_int_equal(padded, (bytes * 4 + 2) / 3);
        assert_true(base64_decode(BASE64_URL, text, padded, back, bytes, &got));
        assert_int_equal(got, bytes);
        assert_memory_equal(back, from, bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_alphabets),
        cmocka_unit_test(test_there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
