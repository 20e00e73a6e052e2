/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The strict reader of CBOR: the examples of RFC 8949, appendix A, and its rules of well-formedness
 * (appendix C, F); and what cbor.h refuses beyond.
 */
#include "cbor.h"
#include "text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* In memory of its exact size, so that ASan sees a byte too far. The caller frees it. */
static struct span bytes_of(const char *hex)
{
    size_t bytes = strlen(hex) / 2;
    uint8_t *data = malloc(bytes == 0 ? 1 : bytes);

    assert_non_null(data);
    assert_true(text_from_hex(hex, strlen(hex), data, bytes));
    return (struct span){data, bytes};
}

static void span_free(struct span span)
{
    free((void *)(uintptr_t)span.data);
}

static void expect(const char *hex, const char *problem)
{
    struct span text = bytes_of(hex);
    const char *told = cbor_check(text);

    if (problem == NULL && told != NULL) {
        fail_msg("%s: %s", hex, told);
    } else if (problem != NULL && (told == NULL || strcmp(told, problem) != 0)) {
        fail_msg("%s: '%s', not '%s'", hex, told == NULL ? "good" : told, problem);
    }
    span_free(text);
}

#define EARLY "it ends too early"
#define SHORT "a number is not in its shortest form"
#define INDEFINITE "a length is indefinite"
#define SIMPLE "a floating-point number or an unknown simple value"
#define PAST "a string reaches past the end"
#define TWICE "a key is twice in a map"
#define KEY "a key is neither an integer nor a text"
#define DEEP "it is nested too deeply"
#define BEHIND "bytes follow behind it"
#define RESERVED "a reserved initial byte"
#define UTF8 "a text is not UTF-8"

/* RFC 8949, appendix A, all that tokens may have. */
static void appendix_a(void **state)
{
    static const char *const good[] = {"00",
                                       "01",
                                       "0a",
                                       "17",
                                       "1818",
                                       "1819",
                                       "1864",
                                       "1903e8",
                                       "1a000f4240",
                                       "1b000000e8d4a51000",
                                       "1bffffffffffffffff",
                                       "c249010000000000000000",
                                       "3bffffffffffffffff",
                                       "c349010000000000000000",
                                       "20",
                                       "29",
                                       "3863",
                                       "3903e7",
                                       "f4",
                                       "f5",
                                       "f6",
                                       "c074323031332d30332d32315432303a30343a30305a",
                                       "c11a514b67b0",
                                       "d74401020304",
                                       "d818456449455446",
                                       "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
                                       "40",
                                       "4401020304",
                                       "60",
                                       "6161",
                                       "6449455446",
                                       "62225c",
                                       "62c3bc",
                                       "63e6b0b4",
                                       "64f0908591",
                                       "80",
                                       "83010203",
                                       "8301820203820405",
                                       "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
                                       "a0",
                                       "a201020304",
                                       "a26161016162820203",
                                       "826161a161626163",
                                       "a56161614161626142616361436164614461656145"};
    /* Not told apart here from other numbers in floating point, undefined and simple values. */
    static const char *const refused[] = {
        "fb3ff199999999999a",  "fa47c35000", "fb7e37e43c8800759c", "f93c00", "f7", "f0", "f8ff",
        "c1fb41d452d9ec200000"};
    static const char *const indefinite[] = {
        "5f42010243030405ff",   "7f657374726561646d696e67ff", "9fff",
        "9f018202039f0405ffff", "83018202039f0405ff",         "bf61610161629f0203ffff",
        "826161bf61626163ff"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        expect(good[i], NULL);
    }
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct span text = bytes_of(refused[i]);
        assert_non_null(cbor_check(text));
        span_free(text);
    }
    for (size_t i = 0; i < sizeof(indefinite) / sizeof(indefinite[0]); i++) {
        expect(indefinite[i], INDEFINITE);
    }
}

/* Appendix F.1: all kinds of what is not well-formed. */
static void not_well_formed(void **state)
{
    static const struct {
        const char *hex;
        const char *problem;
    } texts[] = {
        {"", EARLY},
        {"18", EARLY},
        {"19", EARLY},
        {"1a", EARLY},
        {"1b", EARLY},
        {"1901", EARLY},
        {"1a0102", EARLY},
        {"1b01020304050607", EARLY},
        {"38", EARLY},
        {"58", EARLY},
        {"78", EARLY},
        {"98", EARLY},
        {"9a01ff00", EARLY},
        {"b8", EARLY},
        {"d8", EARLY},
        {"f8", EARLY},
        {"f900", EARLY},
        {"fa0000", EARLY},
        {"fb000000", EARLY},
        {"41", PAST},
        {"61", PAST},
        {"5affffffff00", PAST},
        {"5bffffffffffffffff010203", PAST},
        {"7affffffff00", PAST},
        {"7b7fffffffffffffff010203", PAST},
        {"81", EARLY},
        {"818181818181818181", EARLY},
        {"8200", EARLY},
        {"a1", EARLY},
        {"a20102", EARLY},
        {"a100", EARLY},
        {"a2000000", EARLY},
        {"c0", EARLY},
        {"1c", RESERVED},
        {"1d", RESERVED},
        {"1e", RESERVED},
        {"3c", RESERVED},
        {"5c", RESERVED},
        {"7e", RESERVED},
        {"9d", RESERVED},
        {"bc", RESERVED},
        {"dd", RESERVED},
        {"fe", RESERVED},
        {"ff", INDEFINITE},
        {"81ff", INDEFINITE},
        {"8200ff", INDEFINITE},
        {"a1ff", EARLY},
        {"a1ff00", INDEFINITE},
        {"a100ff", INDEFINITE},
        {"1f", INDEFINITE},
        {"df00", INDEFINITE},
        {"0000", BEHIND},
        {"8000", BEHIND},
        {"a000", BEHIND},
        {"f8f400", SIMPLE},
        {"9bffffffffffffffff00", EARLY},
        {"bb8000000000000000", EARLY},
        {"bbffffffffffffffff0000", EARLY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        expect(texts[i].hex, texts[i].problem);
    }
}

/* 4.2.1: in the shortest form, in every major type. */
static void shortest(void **state)
{
    static const char *const texts[] = {"1800",
                                        "1817",
                                        "190000",
                                        "1900ff",
                                        "1a00000000",
                                        "1a0000ffff",
                                        "1b0000000000000000",
                                        "1b00000000ffffffff",
                                        "3817",
                                        "5800",
                                        "590001aa",
                                        "7800",
                                        "9800",
                                        "b800",
                                        "d80100",
                                        "f814",
                                        "f815",
                                        "f810"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        expect(texts[i], SHORT);
    }
    expect("190100", NULL);
    expect("1a00010000", NULL);
    expect("1b0000000100000000", NULL);
}

static void keys(void **state)
{
    (void)state;
    expect("a2010002f6", NULL);
    expect("a3200001006131f4", NULL); /* -1, 1 and "1" are three */
    expect("a201000100", TWICE);
    expect("a2200020f6", TWICE);
    expect("a2616100616100", TWICE);
    expect("a201a20300030004f6", TWICE); /* inside */
    expect("a201a1010001f6", TWICE);     /* behind a map with the same key in it */
    expect("a201a1020002a10100", NULL);  /* each in its own map */
    expect("82a10100a10100", NULL);
    expect("a1800000", KEY);
    expect("a1400000", KEY);
    expect("a1a00000", KEY);
    expect("a1c10000", KEY);
    expect("a1f500", KEY);
}

static void depth(void **state)
{
    (void)state;
    expect("8181818181818181"
           "80",
           DEEP);
    expect("81818181818181"
           "80",
           NULL);
    expect("c1c1c1c1c1c1c1c100", NULL);
    expect("c1c1c1c1c1c1c1c1c100", DEEP);
    expect("a100a100a100a100a100a100a100a10000", NULL);
    expect("a100a100a100a100a100a100a100a100a0", DEEP);
}

/* So many keys that are open at once. */
static void key_count(void **state)
{
    uint8_t data[3 + 4 * (CBOR_KEYS_MAX + 1)] = {0xb9};
    size_t at;

    (void)state;
    for (unsigned count = CBOR_KEYS_MAX; count <= CBOR_KEYS_MAX + 1; count++) {
        data[1] = (uint8_t)(count >> 8);
        data[2] = (uint8_t)count;
        at = 3;
        for (unsigned i = 0; i < count; i++) {
            data[at++] = 0x19;
            data[at++] = (uint8_t)(1 + (i >> 8));
            data[at++] = (uint8_t)i;
            data[at++] = 0xf6;
        }
        const char *problem = cbor_check((struct span){data, at});
        if (count == CBOR_KEYS_MAX) {
            assert_null(problem);
        } else {
            assert_string_equal(problem, "too many keys");
        }
    }
}

/* RFC 3629, 3 and 4. */
static void utf8(void **state)
{
    static const char *const good[] = {"617f",       "62c280",   "62dfbf",   "63e0a080",
                                       "63ed9fbf",   "63ee8080", "63efbfbf", "64f0908080",
                                       "64f48fbfbf", "6100"};
    static const char *const bad[] = {
        "6180",       "61bf",     "61c2",     "62c080",   "62c1bf",     "62c241",
        "63e09fbf",   "63eda080", "63edbfbf", "62e0a0",   "64f08fbfbf", "64f4908080",
        "64f5808080", "61ff",     "61fe",     "63e0a041", "62df41"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        expect(good[i], NULL);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        expect(bad[i], UTF8);
    }
}

/* Every text cut off anywhere is refused, without a byte too far. */
static void cut_off(void **state)
{
    static const char text[] =
        "d9018fa3190100582000000000000000000000000000000000000000000000000000"
        "0000000000000020846449455446f51bffffffffffffffff80616183010203";
    struct span whole = bytes_of(text);

    (void)state;
    assert_null(cbor_check(whole));
    for (size_t bytes = 0; bytes < whole.bytes; bytes++) {
        uint8_t *part = malloc(bytes == 0 ? 1 : bytes);

        assert_non_null(part);
        memcpy(part, whole.data, bytes);
        assert_non_null(cbor_check((struct span){part, bytes}));
        free(part);
    }
    span_free(whole);
}

/* {1: [h'aa', "IETF", -36], -2: 18({"a": 0, 65536: []}), "b": true} */
static void walking(void **state)
{
    struct span text = bytes_of("a3018341aa64494554463823"
                                "21d2a26161001a0001000080"
                                "6162f5");
    struct cbor map = cbor_root(text);
    struct cbor array;
    struct cbor item;
    struct cbor inner;
    struct span bytes;

    (void)state;
    assert_null(cbor_check(text));
    assert_true(cbor_member(&map, 1, &array));
    assert_true(cbor_element(&array, 0, &item) && cbor_bytes(&item, &bytes));
    assert_true(bytes.bytes == 1 && bytes.data[0] == 0xaa);
    assert_true(cbor_element(&array, 1, &item));
    assert_true(cbor_text_is(&item, "IETF"));
    assert_false(cbor_text_is(&item, "IETFA") || cbor_text_is(&item, "IET") ||
                 cbor_bytes(&item, &bytes));
    assert_true(cbor_element(&array, 2, &item));
    assert_true(cbor_integer_is(&item, -36));
    assert_false(cbor_integer_is(&item, 35) || cbor_integer_is(&item, -35));
    assert_false(cbor_element(&array, 3, &item) || cbor_element(&map, 0, &item));
    assert_true(cbor_member(&map, -2, &item));
    assert_true(cbor_tagged(&item, 18, &inner));
    assert_false(cbor_tagged(&item, 17, &inner) || cbor_tagged(&array, 3, &inner));
    assert_true(cbor_member(&inner, 65536, &item));
    assert_true(item.major == CBOR_ARRAY && item.argument == 0);
    assert_false(cbor_member(&inner, 0, &item) || cbor_member(&map, 2, &item) ||
                 cbor_member(&array, 1, &item));
    assert_false(cbor_maps_share_key(&map, &inner));
    span_free(text);
}

static void shared_keys(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool shared;
    } pairs[] = {
        {"a0", "a0", false},
        {"a10100", "a10200", false},
        {"a10100",
         "a22000"
         "01f6",
         true},
        {"a10100",
         "a13800"
         "00",
         false},
        {"a1616100", "a1616200", false},
        {"a1616100", "a1616180", true},
        {"a16000", "a100f6", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct span a = bytes_of(pairs[i].a);
        struct span b = bytes_of(pairs[i].b);
        struct cbor a_map = cbor_root(a);
        struct cbor b_map = cbor_root(b);

        assert_int_equal(cbor_maps_share_key(&a_map, &b_map), pairs[i].shared);
        assert_int_equal(cbor_maps_share_key(&b_map, &a_map), pairs[i].shared);
        span_free(a);
        span_free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appendix_a), cmocka_unit_test(not_well_formed),
        cmocka_unit_test(shortest),   cmocka_unit_test(keys),
        cmocka_unit_test(depth),      cmocka_unit_test(key_count),
        cmocka_unit_test(utf8),       cmocka_unit_test(cut_off),
        cmocka_unit_test(walking),    cmocka_unit_test(shared_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
