/* SPDX-License-Identifier: BSD-3-Clause */
/* The JSON writer against RFC 8259: exact texts, and whatever the room, something that is valid. */
#include "fake_vtl.h"
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static char text[512];

static size_t write_some(size_t room)
{
    struct json json;

    json_start(&json, text, room);
    json_number(&json, "a", 0);
    json_number(&json, "b", UINT64_MAX);
    json_object(&json, "c");
    json_close(&json);
    json_array(&json, "d");
    json_object(&json, NULL);
    json_bool(&json, "e", true);
    json_bool(&json, "f", false);
    json_close(&json);
    json_array(&json, NULL);
    json_close(&json);
    json_number(&json, NULL, 7);
    json_close(&json);
    json_text(&json, "g", NULL, 0);
    json_text(&json, "h", "x", 1);
    json_hex(&json, "i", (const uint8_t *)"\x00\x9f\xfa", 3);
    return json_finish(&json);
}

static const char whole[] =
    "{\"a\":0,\"b\":18446744073709551615,\"c\":{},"
    "\"d\":[{\"e\":true,\"f\":false},[],7],\"g\":null,\"h\":\"x\",\"i\":\"009ffa\"}";

static void test_whole(void **state)
{
    (void)state;
    assert_int_equal(write_some(sizeof(text)), strlen(whole));
    assert_memory_equal(text, whole, strlen(whole));
    /* To the last byte. */
    assert_int_equal(write_some(strlen(whole)), strlen(whole));
    assert_memory_equal(text, whole, strlen(whole));
}

/* RFC 8259, 7: what must be escaped; what is no ASCII is no UTF-8 either. */
static void test_escapes(void **state)
{
    static const char expected[] =
        "{\"a\":\"\\u0022\\u005c/\\u0000\\u001f\\u000a ~\\u007f\\u0080\\u00ff\"}";
    struct json json;

    (void)state;
    json_start(&json, text, sizeof(text));
    json_text(&json, "a", "\"\\/\0\x1f\n ~\x7f\x80\xff", 11);
    assert_int_equal(json_finish(&json), strlen(expected));
    assert_memory_equal(text, expected, strlen(expected));
}

/* Enough of a reader for what is written here: brackets match, commas are between values. */
static const char *skip_value(const char *at, const char *end);

static const char *skip_text(const char *at, const char *end)
{
    assert_true(at < end && *at == '"');
    for (at++; at < end && *at != '"'; at++) {
    }
    assert_true(at < end);
    return at + 1;
}

static const char *skip_list(const char *at, const char *end, char closing)
{
    at++;
    while (at < end && *at != closing) {
        if (closing == '}') {
            at = skip_text(at, end);
            assert_true(at < end && *at == ':');
            at++;
        }
        at = skip_value(at, end);
        assert_true(at < end && (*at == ',' || *at == closing));
        if (*at == ',') {
            at++;
            assert_true(at < end && *at != closing);
        }
    }
    assert_true(at < end);
    return at + 1;
}

static const char *skip_value(const char *at, const char *end)
{
    static const char *const words[] = {"true", "false", "null", "0", "18446744073709551615", "7"};

    assert_true(at < end);
    if (*at == '{' || *at == '[') {
        return skip_list(at, end, *at == '{' ? '}' : ']');
    }
    if (*at == '"') {
        return skip_text(at, end);
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strncmp(at, words[i], strlen(words[i])) == 0) {
            return at + strlen(words[i]);
        }
    }
    fail_msg("%.20s", at);
    return end;
}

static void test_any_room(void **state)
{
    (void)state;
    for (size_t room = 2; room <= strlen(whole); room++) {
        size_t bytes;

        memset(text, '?', sizeof(text));
        bytes = write_some(room);
        assert_true(bytes <= room);
        assert_int_equal(text[room], '?');
        assert_ptr_equal(skip_value(text, text + bytes), text + bytes);
        assert_true(bytes + 1 >= room || bytes < strlen(whole));
    }
    assert_int_equal(write_some(2), 2);
    assert_memory_equal(text, "{}", 2);
}

/* What does not fit is left out whole; what fits behind it is there. */
static void test_left_out(void **state)
{
    static const char expected[] = "{\"a\":1,\"z\":2}";
    struct json json;

    (void)state;
    json_start(&json, text, strlen(expected));
    json_number(&json, "a", 1);
    json_object(&json, "a long name");
    json_number(&json, "x", 1);
    json_array(&json, "x");
    json_text(&json, NULL, "", 0);
    json_close(&json);
    json_close(&json);
    json_text(&json, "t", "a long text", 11);
    json_number(&json, "z", 2);
    json_number(&json, "z", 3);
    assert_int_equal(json_finish(&json), strlen(expected));
    assert_memory_equal(text, expected, strlen(expected));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_any_room),
        cmocka_unit_test(test_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
