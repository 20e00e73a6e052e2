/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The JSON reader against RFC 8259 (sections are its), RFC 3629 for UTF-8, and what
 * formats/json_read.h refuses beyond them.
 */
#include "formats/json_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* From a block of exactly its size: whoever reads beyond it is seen. */
static bool accepts(const char *text, size_t bytes)
{
    struct json_value root;
    char *copy = malloc(bytes != 0 ? bytes : 1);
    const char *wrong;

    assert_non_null(copy);
    memcpy(copy, text, bytes);
    wrong = json_read(copy, bytes, &root);
    free(copy);
    return wrong == NULL;
}

struct text {
    const char *text;
    size_t bytes;
};
#define TEXT(literal) {literal, sizeof(literal) - 1}

static const struct text good[] = {
    /* 2, 3: any value, the white space, the names. */
    TEXT("null"),
    TEXT("true"),
    TEXT("false"),
    TEXT("0"),
    TEXT("\"\""),
    TEXT("[]"),
    TEXT("{}"),
    TEXT(" \t\r\n[ \t\r\n1 \t\r\n, \t\r\n2 \t\r\n] \t\r\n"),
    TEXT(" \t\r\n{ \t\r\n\"a\" \t\r\n: \t\r\n1 \t\r\n, \t\r\n\"b\" \t\r\n: \t\r\n2 \t\r\n} "),
    TEXT("[null,true,false,[],{},\"\"]"),
    TEXT("[[],[[]],[{}]]"),
    TEXT("{\"a\":{\"a\":{\"a\":[]}}}"),
    TEXT("{\"\":0}"),
    TEXT("{\"a\":1,\"A\":1}"),
    TEXT("[{\"a\":1},{\"a\":1}]"),
    /* 6 */
    TEXT("-0"),
    TEXT("[-0.0]"),
    TEXT("1"),
    TEXT("10"),
    TEXT("-1"),
    TEXT("1.5"),
    TEXT("1e5"),
    TEXT("1E5"),
    TEXT("1e+5"),
    TEXT("1e-5"),
    TEXT("0e0"),
    TEXT("0.00"),
    TEXT("-1.25e+007"),
    TEXT("123456789012345678901234567890"),
    TEXT("[1,2]"),
    /* 7 */
    TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    TEXT("\"\\u0001\\u007f\\u00ff\\uFFFF\\uabCD\""),
    TEXT("\"\\ud83d\\ude00\""),
    TEXT("\"\\uDBFF\\uDFFF\""),
    TEXT("\"\\ud800\\udc00\""),
    TEXT("\"\\ud7ff\\ue000\""),
    TEXT("\"/\x7f'\""),
    TEXT("\"[{]},:\""),
    TEXT("{\"a\\\"}\":\"\\\\\"}"),
    /* RFC 3629, 4: the first and the last of each row. */
    TEXT("\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xe0\xbf\xbf\xe1\x80\x80\xec\xbf\xbf\xed\x80\x80\""),
    TEXT("\"\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf0\xbf\xbf\xbf\""),
    TEXT("\"\xf1\x80\x80\x80\xf3\xbf\xbf\xbf\xf4\x80\x80\x80\xf4\x8f\xbf\xbf\""),
};

static const struct text bad[] = {
    /* 2, 3 */
    TEXT(""),
    TEXT(" "),
    TEXT("nul"),
    TEXT("nulll"),
    TEXT("Null"),
    TEXT("TRUE"),
    TEXT("truefalse"),
    TEXT("nan"),
    TEXT("Infinity"),
    TEXT("-Infinity"),
    TEXT("undefined"),
    TEXT("1 2"),
    TEXT("[] []"),
    TEXT("{}}"),
    TEXT("[]]"),
    TEXT("]"),
    TEXT("}"),
    TEXT(","),
    TEXT(":"),
    TEXT("[]x"),
    TEXT("\f1"),
    TEXT("1\v"),
    TEXT("1\0"),
    TEXT("\0"),
    TEXT("\xc2\xa0[]"),
    TEXT("# a\n1"),
    TEXT("/**/1"),
    /* 8.1: no byte order mark, no other encoding. */
    TEXT("\xef\xbb\xbf{}"),
    TEXT("\xff\xfe[\0]\0"),
    TEXT("[\0]\0"),
    /* 4 */
    TEXT("{"),
    TEXT("{\"a\""),
    TEXT("{\"a\":"),
    TEXT("{\"a\":1"),
    TEXT("{\"a\":1,"),
    TEXT("{\"a\"}"),
    TEXT("{\"a\":}"),
    TEXT("{\"a\" 1}"),
    TEXT("{\"a\"::1}"),
    TEXT("{\"a\":1,}"),
    TEXT("{,\"a\":1}"),
    TEXT("{\"a\":1,,\"b\":1}"),
    TEXT("{\"a\":1 \"b\":1}"),
    TEXT("{a:1}"),
    TEXT("{'a':1}"),
    TEXT("{1:1}"),
    TEXT("{null:1}"),
    TEXT("{[]:1}"),
    TEXT("{\"a\",1}"),
    TEXT("{\"a\":1]"),
    TEXT("{]"),
    TEXT("{\"a\":1;\"b\":1}"),
    TEXT("{{}}"),
    TEXT("{\"a\":1:2}"),
    /* 5 */
    TEXT("["),
    TEXT("[1"),
    TEXT("[1,"),
    TEXT("[,"),
    TEXT("[,1]"),
    TEXT("[1,]"),
    TEXT("[1,,2]"),
    TEXT("[1 2]"),
    TEXT("[1;2]"),
    TEXT("[1}"),
    TEXT("[}"),
    TEXT("[\"a\":1]"),
    TEXT("[1:2]"),
    TEXT("[[]"),
    TEXT("[{]}"),
    TEXT("[][]"),
    TEXT("[1],"),
    /* 6 */
    TEXT("-"),
    TEXT("+1"),
    TEXT("01"),
    TEXT("-01"),
    TEXT("00"),
    TEXT(".5"),
    TEXT("1."),
    TEXT("-.5"),
    TEXT("1.e5"),
    TEXT("1e"),
    TEXT("1e+"),
    TEXT("1e-"),
    TEXT("1e+-5"),
    TEXT("1e5.5"),
    TEXT("1ee5"),
    TEXT("0x10"),
    TEXT("1_0"),
    TEXT("--1"),
    TEXT("- 1"),
    TEXT("1 .5"),
    TEXT("1-"),
    TEXT("1.5.5"),
    TEXT("\xef\xbc\x91"),
    /* 7 */
    TEXT("\""),
    TEXT("\"a"),
    TEXT("'a'"),
    TEXT("a"),
    TEXT("\"\\\""),
    TEXT("\"\\"),
    TEXT("\"\\a\""),
    TEXT("\"\\x41\""),
    TEXT("\"\\'\""),
    TEXT("\"\\0\""),
    TEXT("\"\\\n\""),
    TEXT("\"\\\0\""),
    TEXT("\"\\u\""),
    TEXT("\"\\u1\""),
    TEXT("\"\\u12\""),
    TEXT("\"\\u123\""),
    TEXT("\"\\u123g\""),
    TEXT("\"\\u 123\""),
    TEXT("\"\\u+123\""),
    TEXT("\"\\U0041\""),
    TEXT("\"\\u12"),
    TEXT("\"\\u1234"),
    TEXT("\"\n\""),
    TEXT("\"\t\""),
    TEXT("\"\x1f\""),
    TEXT("\"\0\""),
    TEXT("\"a\"b\""),
    /* 8.2, and our own: no NUL. */
    TEXT("\"\\ud800\""),
    TEXT("\"\\udbff\""),
    TEXT("\"\\udc00\""),
    TEXT("\"\\udfff\""),
    TEXT("\"\\ud800\\ud800\""),
    TEXT("\"\\udc00\\udc00\""),
    TEXT("\"\\ud800\\u0041\""),
    TEXT("\"\\ud800x\""),
    TEXT("\"\\udc00\\ud800\""),
    TEXT("\"\\ud800\\ue000\""),
    TEXT("\"\\ud800\\udc0\""),
    TEXT("\"\\ud800\\n\""),
    TEXT("\"\\ud800\\"),
    TEXT("\"\\ud800"),
    TEXT("\"\\u0000\""),
    TEXT("{\"\\u0000\":1}"),
    TEXT("{\"a\\ud800\":1}"),
    /* RFC 3629, 3, 4 and 10: too long a form, surrogates, beyond the last, in halves. */
    TEXT("\"\x80\""),
    TEXT("\"\xbf\""),
    TEXT("\"\xc0\x80\""),
    TEXT("\"\xc0\xaf\""),
    TEXT("\"\xc1\xbf\""),
    TEXT("\"\xc2\""),
    TEXT("\"\xc2"),
    TEXT("\"\xc2\xc2\""),
    TEXT("\"\xdf\x7f\""),
    TEXT("\"\xe0\x80\xaf\""),
    TEXT("\"\xe0\x9f\xbf\""),
    TEXT("\"\xe1\x80\""),
    TEXT("\"\xe1\x80"),
    TEXT("\"\xed\xa0\x80\""),
    TEXT("\"\xed\xbf\xbf\""),
    TEXT("\"\xed\xa0\xbd\xed\xb8\x80\""),
    TEXT("\"\xf0\x80\x80\xaf\""),
    TEXT("\"\xf0\x8f\xbf\xbf\""),
    TEXT("\"\xf0\x90\x80\""),
    TEXT("\"\xf4\x90\x80\x80\""),
    TEXT("\"\xf5\x80\x80\x80\""),
    TEXT("\"\xf7\xbf\xbf\xbf\""),
    TEXT("\"\xf8\x88\x80\x80\x80\""),
    TEXT("\"\xf8\x88\x80\x80\""),
    TEXT("\"\xf8\x90\x80\x80\""),
    TEXT("\"\xfc\x8f\xbf\xbf\""),
    TEXT("\"\xfe\""),
    TEXT("\"\xff\""),
    /* 4 lets a reader choose with names that are there twice; this one refuses. */
    TEXT("{\"a\":1,\"a\":1}"),
    TEXT("{\"a\":1,\"b\":2,\"a\":3}"),
    TEXT("{\"\":1,\"\":1}"),
    TEXT("{\"a\":1,\"\\u0061\":1}"),
    TEXT("{\"/\":1,\"\\/\":1}"),
    TEXT("{\"\\n\":1,\"\\u000a\":1}"),
    TEXT("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\uDE00\":1}"),
    TEXT("{\"\xc3\xa9\":1,\"\\u00e9\":1}"),
    TEXT("[{\"b\":{\"a\":1,\"a\":1}}]"),
    TEXT("{\"x\":[{},{\"a\":0, \"a\":1}]}"),
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        if (!accepts(good[i].text, good[i].bytes)) {
            fail_msg("refused: %s", good[i].text);
        }
    }
}

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (accepts(bad[i].text, bad[i].bytes)) {
            fail_msg("accepted, entry %zu: %s", i, bad[i].text);
        }
    }
}

/* An object or array that has no end is none. */
static void test_truncated(void **state)
{
    static const char text[] =
        "{\"a\":[1,-2.5e+1,\"\\ud83d\\ude00\xc3\xa9\"],\"b\":{\"c\":null},\"d\":true}";

    (void)state;
    assert_true(accepts(text, sizeof(text) - 1));
    for (size_t bytes = 0; bytes < sizeof(text) - 1; bytes++) {
        assert_false(accepts(text, bytes));
    }
}

static char many[8192];

static void test_depth(void **state)
{
    (void)state;
    for (size_t depth = 1; depth <= 4000; depth = depth < 20 ? depth + 1 : depth * 2) {
        memset(many, '[', depth);
        memset(many + depth, ']', depth);
        assert_int_equal(accepts(many, 2 * depth), depth <= JSON_READ_DEPTH);
    }
    /* As many beside each other as there may be. */
    many[0] = '[';
    for (size_t i = 0; i < 1000; i++) {
        memcpy(many + 1 + 3 * i, "{},", 3);
    }
    memcpy(many + 3001, "[]]", 3);
    assert_true(accepts(many, 3004));
}

static void test_members(void **state)
{
    (void)state;
    for (unsigned count = 0; count <= JSON_READ_MEMBERS + 1; count++) {
        size_t bytes = 1;

        many[0] = '{';
        for (unsigned i = 0; i < count; i++) {
            bytes += (size_t)sprintf(many + bytes, "%s\"m%u\":{\"m\":%u}", i == 0 ? "" : ",", i, i);
        }
        many[bytes++] = '}';
        assert_int_equal(accepts(many, bytes), count <= JSON_READ_MEMBERS);
        if (count > 1 && count <= JSON_READ_MEMBERS) {
            /* The last is the first again. */
            bytes = (size_t)(strrchr(many, ',') - many);
            bytes += (size_t)sprintf(many + bytes, ",\"m0\":0}");
            assert_false(accepts(many, bytes));
        }
        memset(many, 0, sizeof(many));
    }
}

static const char walked[] =
    " { \"a\" : [ 1 , \"]\\\"\" ,[ ],{\"x\":[2]} , true] ,\"b\":{ } , \"\\u0063\":-1.5e3,\"d\":\"\" ,"
    "\"e\":null,\"f\":false} ";

static struct json_value read(const char *text)
{
    struct json_value root;

    assert_null(json_read(text, strlen(text), &root));
    return root;
}

static void is(const struct json_value *value, const char *text, enum json_kind kind)
{
    assert_int_equal(value->kind, kind);
    assert_int_equal(value->bytes, strlen(text));
    assert_memory_equal(value->at, text, value->bytes);
}

static void test_walk_object(void **state)
{
    static const struct {
        const char *name;
        const char *raw_name;
        const char *value;
        enum json_kind kind;
    } members[] = {
        {"a", "\"a\"", "[ 1 , \"]\\\"\" ,[ ],{\"x\":[2]} , true]", JSON_ARRAY},
        {"b", "\"b\"", "{ }", JSON_OBJECT},
        {"c", "\"\\u0063\"", "-1.5e3", JSON_NUMBER},
        {"d", "\"d\"", "\"\"", JSON_STRING},
        {"e", "\"e\"", "null", JSON_NULL},
        {"f", "\"f\"", "false", JSON_FALSE},
    };
    struct json_value root = read(walked);
    struct json_value name;
    struct json_value value;
    uint32_t at = 0;

    (void)state;
    assert_int_equal(root.kind, JSON_OBJECT);
    assert_int_equal(root.bytes, strlen(walked) - 2);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        assert_true(json_next(&root, &at, &name, &value));
        is(&name, members[i].raw_name, JSON_STRING);
        assert_true(json_string_is(&name, members[i].name));
        is(&value, members[i].value, members[i].kind);
        assert_true(json_get(&root, members[i].name, &value));
        is(&value, members[i].value, members[i].kind);
    }
    assert_false(json_next(&root, &at, &name, &value));
    assert_false(json_next(&root, &at, &name, &value));
    /* Names of an inner object are not its own. */
    assert_false(json_get(&root, "x", &value));
    assert_false(json_get(&root, "", &value));
    assert_false(json_get(&root, "aa", &value));
}

static void test_walk_array(void **state)
{
    static const struct {
        const char *value;
        enum json_kind kind;
    } elements[] = {
        {"1", JSON_NUMBER},           {"\"]\\\"\"", JSON_STRING}, {"[ ]", JSON_ARRAY},
        {"{\"x\":[2]}", JSON_OBJECT}, {"true", JSON_TRUE},
    };
    struct json_value root = read(walked);
    struct json_value array;
    struct json_value value;
    uint32_t at = 0;

    (void)state;
    assert_true(json_get(&root, "a", &array));
    for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
        assert_true(json_next(&array, &at, NULL, &value));
        is(&value, elements[i].value, elements[i].kind);
    }
    assert_false(json_next(&array, &at, NULL, &value));
    assert_false(json_get(&array, "x", &value));
    /* Nothing is in what is empty, or holds none. */
    root = read("[{},[],[ ],{ \n},\"ab\",12,null]");
    at = 0;
    while (json_next(&root, &at, NULL, &value)) {
        uint32_t inner = 0;

        assert_false(json_next(&value, &inner, NULL, &array));
    }
    assert_int_equal(at, root.bytes - 1);
}

static void test_strings(void **state)
{
    static const struct {
        const char *text;
        const char *means;
    } strings[] = {
        {"\"\"", ""},
        {"\"a\"", "a"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u0001\\u007F\\u0080\\u07ff\\u0800\\uffff\"",
         "\x01\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"},
        /* 7's own example, the G clef; the first and the last of the pairs. */
        {"\"\\uD834\\uDD1E\"", "\xf0\x9d\x84\x9e"},
        {"\"\\ud800\\udc00\\udbff\\udfff\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
        {"\"x\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9ey\"", "x\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9ey"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
        struct json_value value = read(strings[i].text);
        size_t bytes = strlen(strings[i].means);
        char longer[32];
        char to[32];
        size_t got = 99;

        assert_true(json_string(&value, to, bytes, &got));
        assert_int_equal(got, bytes);
        assert_memory_equal(to, strings[i].means, bytes);
        assert_true(json_string_is(&value, strings[i].means));
        (void)snprintf(longer, sizeof(longer), "%sz", strings[i].means);
        assert_false(json_string_is(&value, longer));
        if (bytes != 0) {
            assert_false(json_string(&value, to, bytes - 1, &got));
            longer[bytes - 1] = '\0';
            assert_false(json_string_is(&value, longer));
        }
    }
}

static void test_no_strings(void **state)
{
    static const char *const others[] = {"1", "null", "[\"a\"]", "{\"a\":\"a\"}", "true"};
    char to[32];
    size_t got;

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct json_value value = read(others[i]);

        assert_false(json_string(&value, to, sizeof(to), &got));
        assert_false(json_string_is(&value, others[i]));
        assert_false(json_string_is(&value, ""));
    }
}

static void test_numbers(void **state)
{
    static const struct {
        const char *digits;
        bool number; /* for json_u64; strings are any digits */
        bool text;
        uint64_t is;
    } numbers[] = {
        {"0", true, true, 0},
        {"7", true, true, 7},
        {"18446744073709551615", true, true, UINT64_MAX},
        {"18446744073709551616", false, false, 0},
        {"28446744073709551615", false, false, 0},
        {"100000000000000000000", false, false, 0},
        {"-0", false, false, 0},
        {"-1", false, false, 0},
        {"1.0", false, false, 0},
        {"1e0", false, false, 0},
    };
    struct json_value value;
    uint64_t number;
    char text[32];

    (void)state;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        number = 99;
        value = read(numbers[i].digits);
        assert_int_equal(json_u64(&value, &number), numbers[i].number);
        assert_int_equal(number, numbers[i].number ? numbers[i].is : 99);
        assert_false(json_text_u64(&value, &number));
        number = 99;
        (void)snprintf(text, sizeof(text), "\"%s\"", numbers[i].digits);
        value = read(text);
        assert_int_equal(json_text_u64(&value, &number), numbers[i].text);
        assert_int_equal(number, numbers[i].text ? numbers[i].is : 99);
        assert_false(json_u64(&value, &number));
    }
    value = read("\"\"");
    assert_false(json_text_u64(&value, &number));
    value = read("\" 1\"");
    assert_false(json_text_u64(&value, &number));
    value = read("\"\\u0031\"");
    assert_true(json_text_u64(&value, &number));
    assert_int_equal(number, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),       cmocka_unit_test(test_bad),
        cmocka_unit_test(test_truncated),  cmocka_unit_test(test_depth),
        cmocka_unit_test(test_members),    cmocka_unit_test(test_walk_object),
        cmocka_unit_test(test_walk_array), cmocka_unit_test(test_strings),
        cmocka_unit_test(test_no_strings), cmocka_unit_test(test_numbers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
