/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HTTP requests and response heads against RFC 9112 (sections) and RFC 9110. Each request is read at
 * once, and byte by byte.
 */
#include "fake_vtl.h"
#include "http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define END "Host: h\r\n\r\n"

static struct http_request request;

static uint16_t take(const char *text, size_t bytes)
{
    uint16_t at_once;

    http_request_start(&request);
    at_once = http_request_take(&request, (const uint8_t *)text, bytes);
    http_request_start(&request);
    for (size_t i = 0; i < bytes; i++) {
        (void)http_request_take(&request, (const uint8_t *)text + i, 1);
    }
    assert_int_equal(request.status, at_once);
    return at_once;
}

struct row {
    const char *text;
    uint16_t status;
};

static const struct row rows[] = {
    {"GET /inspect HTTP/1.1\r\n" END, 200},
    {"GET /inspect HTTP/1.1\r\nUser-Agent: a\r\nhOsT:h\r\nAccept: */*\r\n\r\n", 200},
    /* Not there yet. */
    {"", 0},
    {"GET /inspect HTTP/1.1\r\n", 0},
    {"GET /inspect HTTP/1.1\r\nHost: h\r\n", 0},
    {"GET /inspect HTTP/1.1\r\nHost: h\r\n\r", 0},
    /* 2.2: empty lines before, line feeds alone, a carriage return alone. */
    {"\r\n\r\nGET / HTTP/1.1\r\n" END, 200},
    {"GET / HTTP/1.1\nHost: h\n\n", 200},
    {"GET / HTTP/1.1\rHost: h\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\r\n" END, 400},
    {"GET / HTTP/1.1\r\nHost: h\rx\r\n\r\n", 400},
    {" GET / HTTP/1.1\r\n" END, 400},
    /* 2.2: space between the request line and the first field. */
    {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", 400},
    /* 2.3, RFC 9110 2.5: versions. */
    {"GET / HTTP/1.0\r\n\r\n", 200},
    {"GET / HTTP/1.9\r\n" END, 200},
    {"GET / HTTP/2.0\r\n" END, 505},
    {"GET / HTTP/0.9\r\n" END, 505},
    {"GET / http/1.1\r\n" END, 400},
    {"GET / HTTP/1.11\r\n" END, 400},
    {"GET / HTTP/1.\r\n" END, 400},
    {"GET / HTTP/1.x\r\n" END, 400},
    {"GET / HTTP/11\r\n" END, 400},
    {"GET / \r\n" END, 400},
    {"GET /\r\n" END, 400},
    {"GET\r\n" END, 400},
    /* 3: single spaces. */
    {"GET  / HTTP/1.1\r\n" END, 400},
    {"GET /  HTTP/1.1\r\n" END, 400},
    {"GET / HTTP/1.1 \r\n" END, 400},
    {"GET\t/ HTTP/1.1\r\n" END, 400},
    {"GET /a\x01 HTTP/1.1\r\n" END, 400},
    {"GET /\xc3\xa9 HTTP/1.1\r\n" END, 400},
    /* 3.1: a method is a token. */
    {"G(T / HTTP/1.1\r\n" END, 400},
    {"DELETE / HTTP/1.1\r\n" END, 200},
    {"AMETHODTHATISLONG / HTTP/1.1\r\n" END, 200},
    /* 3.2: one Host in HTTP/1.1, two in none. */
    {"GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", 400},
    {"GET / HTTP/1.0\r\nHost: h\r\nHost: h\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\nHost: h\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHosts: h\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 200},
    /* 5.1: no space before the colon; 5.2: no folded lines. */
    {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: h\r\n\tfolded\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n: h\r\n" END, 400},
    {"GET / HTTP/1.1\r\nHost\r\n\r\n", 400},
    /* RFC 9110 5.5: what a value may hold. */
    {"GET / HTTP/1.1\r\nA: a\tb \xff\r\n" END, 200},
    {"GET / HTTP/1.1\r\nA: a\x7f\r\n" END, 400},
    {"GET / HTTP/1.1\r\nA: a\x01\r\n" END, 400},
};

static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (take(rows[i].text, strlen(rows[i].text)) != rows[i].status) {
            fail_msg("%s: %u", rows[i].text, request.status);
        }
    }
}

static void test_nul(void **state)
{
    static const char method[] = "G\0T / HTTP/1.1\r\n" END;
    static const char target[] = "GET /\0 HTTP/1.1\r\n" END;
    static const char name[] = "GET / HTTP/1.1\r\nA\0: a\r\n" END;
    static const char value[] = "GET / HTTP/1.1\r\nA: \0\r\n" END;

    (void)state;
    assert_int_equal(take(method, sizeof(method) - 1), 400);
    assert_int_equal(take(target, sizeof(target) - 1), 400);
    assert_int_equal(take(name, sizeof(name) - 1), 400);
    assert_int_equal(take(value, sizeof(value) - 1), 400);
}

static void test_methods(void **state)
{
    static const struct {
        const char *text;
        enum http_method method;
    } methods[] = {{"GET", HTTP_GET},           {"HEAD", HTTP_HEAD}, {"POST", HTTP_OTHER},
                   {"get", HTTP_OTHER},         {"GE", HTTP_OTHER},  {"GETS", HTTP_OTHER},
                   {"HEADHEADHEAD", HTTP_OTHER}};

    (void)state;
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        char text[64];
        int bytes = snprintf(text, sizeof(text), "%s / HTTP/1.1\r\n" END, methods[i].text);

        assert_int_equal(take(text, (size_t)bytes), 200);
        assert_int_equal(request.method, methods[i].method);
    }
}

static bool is_for(const char *target, const char *path)
{
    char text[256];
    int bytes = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" END, target);

    assert_int_equal(take(text, (size_t)bytes), 200);
    return http_request_is_for(&request, path);
}

/* 3.2.1, 3.2.2: origin form, absolute form. */
static void test_targets(void **state)
{
    (void)state;
    assert_true(is_for("/inspect", "/inspect"));
    assert_true(is_for("/inspect?", "/inspect"));
    assert_true(is_for("/inspect?a=/b?c", "/inspect"));
    assert_true(is_for("http://host:80/inspect", "/inspect"));
    assert_true(is_for("http://host/inspect?a", "/inspect"));
    assert_true(is_for("http://host", "/"));
    assert_false(is_for("/inspec", "/inspect"));
    assert_false(is_for("/inspects", "/inspect"));
    assert_false(is_for("/inspect/", "/inspect"));
    assert_false(is_for("/Inspect", "/inspect"));
    assert_false(is_for("inspect", "/inspect"));
    assert_false(is_for("?/inspect", "/inspect"));
    assert_false(is_for("http://", "/inspect"));
    assert_false(is_for("http://inspect", "/inspect"));
    assert_false(is_for("*", "/inspect"));
}

static void assert_query(const char *target, const char *query)
{
    size_t bytes = 99;
    const char *at;

    (void)is_for(target, "/");
    at = http_request_query(&request, &bytes);
    assert_int_equal(bytes, strlen(query));
    assert_memory_equal(at, query, bytes);
}

/* RFC 3986, 3.4: from the first question mark on; it may hold more of them, and slashes. */
static void test_queries(void **state)
{
    (void)state;
    assert_query("/inspect", "");
    assert_query("/inspect?", "");
    assert_query("/inspect?a=b&c", "a=b&c");
    assert_query("/a?b/c?d", "b/c?d");
    assert_query("?a", "a");
    assert_query("http://host", "");
    assert_query("http://host/?a", "a");
    assert_query("http://host/a?http://b/?c", "http://b/?c");
}

/* RFC 9110 15.5.15, RFC 6585 5: as long as may be, and one byte more. */
static void test_limits(void **state)
{
    static char text[HTTP_REQUEST_BYTES + 2];
    int bytes;

    (void)state;
    for (size_t over = 0; over < 2; over++) {
        char target[HTTP_TARGET_BYTES + 2];

        memset(target, 'a', sizeof(target));
        target[HTTP_TARGET_BYTES + over] = '\0';
        bytes = snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\n" END, target);
        assert_int_equal(take(text, (size_t)bytes), over == 0 ? 200 : 414);
        bytes = snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n%sA:", "Host: h\r\n");
        memset(text + bytes, 'a', sizeof(text) - (size_t)bytes);
        memcpy(text + HTTP_REQUEST_BYTES + over - 4, "\r\n\r\n", 4);
        assert_int_equal(take(text, HTTP_REQUEST_BYTES + over), over == 0 ? 200 : 431);
    }
}

/* What follows the head is not looked at. */
static void test_body(void **state)
{
    static const char text[] = "POST / HTTP/1.1\r\nContent-Length: 5\r\n" END "\0\r\rx";

    (void)state;
    assert_int_equal(take(text, sizeof(text) - 1), 200);
}

static void assert_head(uint16_t status, uint64_t bytes, const char *expected)
{
    char head[HTTP_HEAD_BYTES];
    size_t length = http_response_head(head, status, bytes);

    assert_int_equal(length, strlen(expected));
    assert_memory_equal(head, expected, length);
}

static void test_responses(void **state)
{
    static const uint16_t statuses[] = {200, 400, 404, 405, 414, 429, 431, 503, 505};
    char head[HTTP_HEAD_BYTES];

    (void)state;
    assert_head(200, 123,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 123\r\n"
                "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
    /* RFC 9110 15.5.6: Allow comes with it. */
    assert_head(405, 0,
                "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-Length: 0\r\n"
                "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
    /* RFC 6585, 4. */
    assert_head(429, 2,
                "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n"
                "Content-Type: application/json\r\nContent-Length: 2\r\n"
                "Cache-Control: no-store\r\nConnection: close\r\n\r\n");
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        size_t bytes = http_response_head(head, statuses[i], UINT64_MAX);

        assert_memory_equal(head + bytes - 4, "\r\n\r\n", 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests), cmocka_unit_test(test_nul),
        cmocka_unit_test(test_methods),  cmocka_unit_test(test_targets),
        cmocka_unit_test(test_queries),  cmocka_unit_test(test_limits),
        cmocka_unit_test(test_body),     cmocka_unit_test(test_responses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
