/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HTTP responses against RFC 9112 (sections) and RFC 9110. Each is read at once, and byte by byte.
 */
#include "fake_vtl.h"
#include "http_reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROOM 64u
#define OK "HTTP/1.1 200 OK\r\n"
#define LENGTH "Content-Length: 2\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

static struct http_reader reader;
static struct http_cookie cookie;
static char body[ROOM];

static size_t take(const char *text, size_t bytes)
{
    struct http_reader at_once;
    char at_once_body[ROOM];
    size_t taken;
    size_t done = 0;

    cookie.bytes = 0;
    memset(body, 0, sizeof(body));
    memset(&at_once, 0, sizeof(at_once));
    http_reader_start(&at_once, at_once_body, ROOM, &cookie);
    taken = http_reader_take(&at_once, (const uint8_t *)text, bytes);
    cookie.bytes = 0;
    http_reader_start(&reader, body, ROOM, &cookie);
    while (done < bytes && http_reader_take(&reader, (const uint8_t *)text + done, 1) == 1) {
        done++;
    }
    assert_int_equal(done, taken);
    assert_ptr_equal(reader.wrong, at_once.wrong);
    assert_int_equal(reader.complete, at_once.complete);
    assert_int_equal(reader.status, at_once.status);
    assert_int_equal(reader.close, at_once.close);
    assert_int_equal(reader.body_bytes, at_once.body_bytes);
    assert_memory_equal(body, at_once_body, reader.body_bytes);
    return taken;
}

struct row {
    const char *text;
    uint16_t status;  /* 0: refused; 1: more is to come */
    const char *body; /* "": none */
};

static const struct row rows[] = {
    {OK LENGTH "\r\nab", 200, "ab"},
    {OK "Content-Length: 0\r\n\r\n", 200, ""},
    {"HTTP/1.1 401 Unauthorized\r\n" LENGTH "\r\nab", 401, "ab"},
    /* 4: the reason may be empty, the space before it may not miss. */
    {"HTTP/1.1 200 \r\n" LENGTH "\r\nab", 200, "ab"},
    {"HTTP/1.1 200\r\n" LENGTH "\r\nab", 0, ""},
    {"HTTP/1.1 200 a\tb \xc3\xa4\r\n" LENGTH "\r\nab", 200, "ab"},
    {"HTTP/1.1  200 OK\r\n" LENGTH "\r\nab", 0, ""},
    {"HTTP/1.1 20 OK\r\n" LENGTH "\r\nab", 0, ""},
    {"HTTP/1.1 2000 OK\r\n" LENGTH "\r\nab", 0, ""},
    {"HTTP/1.1 2x0 OK\r\n" LENGTH "\r\nab", 0, ""},
    {"HTTP/1.1 099 OK\r\n" LENGTH "\r\nab", 0, ""},
    {"HTTP/1.1 600 OK\r\n" LENGTH "\r\nab", 0, ""},
    {"\r\n" OK LENGTH "\r\nab", 0, ""},
    {" " OK LENGTH "\r\nab", 0, ""},
    /* 2.3 */
    {"HTTP/1.0 200 OK\r\n" LENGTH "\r\nab", 200, "ab"},
    {"HTTP/1.9 200 OK\r\n" LENGTH "\r\nab", 200, "ab"},
    {"HTTP/2.0 200 OK\r\n" LENGTH "\r\nab", 0, ""},
    {"HTTP/1.10 200 OK\r\n" LENGTH "\r\nab", 0, ""},
    {"HTTP/11 200 OK\r\n" LENGTH "\r\nab", 0, ""},
    {"http/1.1 200 OK\r\n" LENGTH "\r\nab", 0, ""},
    {"ICY 200 OK\r\n" LENGTH "\r\nab", 0, ""},
    {"<html>\r\n\r\n", 0, ""},
    /* 2.2 */
    {"HTTP/1.1 200 OK\n" LENGTH "\r\nab", 0, ""},
    {OK "Content-Length: 2\n\r\nab", 0, ""},
    {OK LENGTH "\nab", 0, ""},
    {OK "A: b\rc\r\n" LENGTH "\r\nab", 0, ""},
    {OK "A: b\r\r\n" LENGTH "\r\nab", 0, ""},
    /* Not there yet. */
    {"", 1, ""},
    {"HTTP/1.1 200 OK\r", 1, ""},
    {OK LENGTH, 1, ""},
    {OK LENGTH "\r\n", 1, ""},
    {OK LENGTH "\r\na", 1, "a"},
    /* 5: names, spaces, values. */
    {OK "cOnTeNt-LeNgTh:2\r\n\r\nab", 200, "ab"},
    {OK "Content-Length: \t 2 \t \r\n\r\nab", 200, "ab"},
    {OK "Content-Length : 2\r\n\r\nab", 0, ""},
    {OK "Content-Length\r\n\r\nab", 0, ""},
    {OK ": a\r\n" LENGTH "\r\nab", 0, ""},
    {OK "A(b): a\r\n" LENGTH "\r\nab", 0, ""},
    {OK "A\xc3\xa4: a\r\n" LENGTH "\r\nab", 0, ""},
    {OK "A:\r\n" LENGTH "\r\nab", 200, "ab"},
    {OK "A: b:c \xff\r\n" LENGTH "\r\nab", 200, "ab"},
    {OK "A: \x7f\r\n" LENGTH "\r\nab", 0, ""},
    {OK "A: \x01\r\n" LENGTH "\r\nab", 0, ""},
    /* 5.2: obsolete folding. */
    {OK LENGTH "A: b\r\n c\r\n\r\nab", 0, ""},
    {OK LENGTH "A: b\r\n\tc\r\n\r\nab", 0, ""},
    {OK " A: b\r\n" LENGTH "\r\nab", 0, ""},
    /* 6.3: what is not there can't be known to end; redirections have lengths, too. */
    {OK "\r\nab", 0, ""},
    {"HTTP/1.1 302 Found\r\nLocation: https://b/\r\n" LENGTH "\r\nab", 302, "ab"},
    {"HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, ""},
    /* 6.2, 6.3, RFC 9110 8.6: Content-Length. */
    {OK LENGTH LENGTH "\r\nab", 0, ""},
    {OK LENGTH "Content-Length: 3\r\n\r\nabc", 0, ""},
    {OK "Content-Length: 2, 2\r\n\r\nab", 0, ""},
    {OK "Content-Length:\r\n\r\nab", 0, ""},
    {OK "Content-Length: -2\r\n\r\nab", 0, ""},
    {OK "Content-Length: +2\r\n\r\nab", 0, ""},
    {OK "Content-Length: 0x2\r\n\r\nab", 0, ""},
    {OK "Content-Length: 2a\r\n\r\nab", 0, ""},
    {OK "Content-Length: 1 2\r\n\r\nab", 0, ""},
    {OK "Content-Length: 65\r\n\r\n", 0, ""},
    {OK "Content-Length: 18446744073709551618\r\n\r\nab", 0, ""},
    {OK "Content-Length: 000000000000000000000000000002\r\n\r\nab", 200, "ab"},
    /* 6.1, 6.3: Transfer-Encoding. */
    {OK LENGTH "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", 0, ""},
    {OK "Transfer-Encoding: chunked\r\n" LENGTH "\r\n2\r\nab\r\n0\r\n\r\n", 0, ""},
    {OK "Transfer-Encoding: CHUNKED\r\n\r\n2\r\nab\r\n0\r\n\r\n", 200, "ab"},
    {OK "Transfer-Encoding: gzip\r\n\r\n2\r\nab\r\n0\r\n\r\n", 0, ""},
    {OK "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", 0, ""},
    {OK "Transfer-Encoding: chunked, chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", 0, ""},
    {OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, ""},
    {OK "Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n", 0, ""},
    {OK "Transfer-Encoding: chunke\r\n\r\n0\r\n\r\n", 0, ""},
    {OK "Transfer-Encoding:\r\n\r\n0\r\n\r\n", 0, ""},
    {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, ""},
    /* 7.1 */
    {CHUNKED "0\r\n\r\n", 200, ""},
    {CHUNKED "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", 200, "abcde"},
    {CHUNKED "a\r\n0123456789\r\n0\r\n\r\n", 200, "0123456789"},
    {CHUNKED "A\r\n0123456789\r\n00\r\n\r\n", 200, "0123456789"},
    {CHUNKED "002\r\nab\r\n0\r\n\r\n", 200, "ab"},
    {CHUNKED "2\r\n\r\n\r\n0\r\n\r\n", 200, "\r\n"},
    {CHUNKED "2\r\nab\r\n0\r\n", 1, "ab"},
    {CHUNKED "2\r\nab\r\n", 1, "ab"},
    {CHUNKED "2\r\nab", 1, "ab"},
    {CHUNKED "2\r\nabc\r\n0\r\n\r\n", 0, "ab"},
    {CHUNKED "2\r\nab0\r\n\r\n", 0, "ab"},
    {CHUNKED "2\r\na\r\n0\r\n\r\n", 0, "a\r"},
    {CHUNKED "2\nab\r\n0\r\n\r\n", 0, ""},
    {CHUNKED "\r\nab\r\n0\r\n\r\n", 0, ""},
    {CHUNKED "-2\r\nab\r\n0\r\n\r\n", 0, ""},
    {CHUNKED " 2\r\nab\r\n0\r\n\r\n", 0, ""},
    {CHUNKED "2 \r\nab\r\n0\r\n\r\n", 0, ""},
    {CHUNKED "0x2\r\nab\r\n0\r\n\r\n", 0, ""},
    {CHUNKED "g\r\nab\r\n0\r\n\r\n", 0, ""},
    {CHUNKED "41\r\n", 0, ""},
    {CHUNKED "2\r\nab\r\n3f\r\n", 0, "ab"},
    {CHUNKED "fffffffffffffffe\r\nab\r\n0\r\n\r\n", 0, ""},
    {CHUNKED "10000000000000002\r\nab\r\n0\r\n\r\n", 0, ""},
    /* 7.1.1 */
    {CHUNKED "2;a\r\nab\r\n0;b=\"c\"\r\n\r\n", 200, "ab"},
    {CHUNKED "2 ; a=b\r\nab\r\n0\r\n\r\n", 200, "ab"},
    {CHUNKED "2 a\r\nab\r\n0\r\n\r\n", 0, ""},
    /* 7.1.2, RFC 9110 6.5.1: they change nothing, and are fields. */
    {CHUNKED "2\r\nab\r\n0\r\nA: b\r\nContent-Length: 5\r\nConnection: close\r\n\r\n", 200, "ab"},
    {CHUNKED "2\r\nab\r\n0\r\nA\r\n\r\n", 0, "ab"},
    {CHUNKED "2\r\nab\r\n0\r\n A: b\r\n\r\n", 0, "ab"},
    /* RFC 9110 15.2: interim responses; none was asked to change the protocol. */
    {"HTTP/1.1 100 Continue\r\n\r\n" OK LENGTH "\r\nab", 200, "ab"},
    {"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 199 A\r\n\r\n" CHUNKED "0\r\n\r\n", 200,
     ""},
    {"HTTP/1.1 100 Continue\r\n" LENGTH "\r\n" OK "\r\n", 0, ""},
    {"HTTP/1.1 100 Continue\r\n\r\n", 1, ""},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n" OK LENGTH "\r\nab", 0, ""},
};

static void test_responses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        size_t bytes = strlen(row->text);
        size_t taken = take(row->text, bytes);
        uint16_t is = reader.wrong != NULL ? 0 : reader.complete ? reader.status : 1;

        if (is != row->status || reader.body_bytes != strlen(row->body) ||
            memcmp(body, row->body, reader.body_bytes) != 0) {
            fail_msg("%s: %u (%s), %zu bytes", row->text, is,
                     reader.wrong != NULL ? reader.wrong : "good", reader.body_bytes);
        }
        if (is != 0) {
            assert_int_equal(taken, bytes);
        }
    }
}

static void test_nul(void **state)
{
    static const char *const starts[] = {"HTTP/1.1 200 O", OK "A", OK "A: ", CHUNKED "1;",
                                         CHUNKED "0\r\nA: "};

    (void)state;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        (void)take(starts[i], strlen(starts[i]) + 1);
        assert_non_null(reader.wrong);
    }
}

/* What follows is not of this response. */
static void test_end(void **state)
{
    static const char text[] = OK LENGTH "\r\nabHTTP/1.1 200 OK\r\n";
    static const char chunks[] = CHUNKED "1\r\na\r\n0\r\n\r\nH";

    (void)state;
    assert_int_equal(take(text, strlen(text)), strlen(OK LENGTH "\r\nab"));
    assert_true(reader.complete);
    assert_int_equal(take(chunks, strlen(chunks)), strlen(chunks) - 1);
    assert_true(reader.complete);
}

/* 9.3: it stays unless one says otherwise. */
static void test_close(void **state)
{
    static const struct {
        const char *text;
        bool close;
    } closes[] = {
        {OK LENGTH "\r\nab", false},
        {OK LENGTH "Connection: close\r\n\r\nab", true},
        {OK LENGTH "connection: CLOSE\r\n\r\nab", true},
        {OK LENGTH "Connection: keep-alive\r\n\r\nab", false},
        {OK LENGTH "Connection: a , close ,b\r\n\r\nab", true},
        {OK LENGTH "Connection: a\r\nConnection: close\r\n\r\nab", true},
        {OK LENGTH "Connection: closed,xclose\r\n\r\nab", false},
        {OK LENGTH "Connection: ,,\r\n\r\nab", false},
        {"HTTP/1.0 200 OK\r\n" LENGTH "\r\nab", true},
        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" LENGTH "\r\nab", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(closes) / sizeof(closes[0]); i++) {
        (void)take(closes[i].text, strlen(closes[i].text));
        assert_true(reader.complete);
        if (reader.close != closes[i].close) {
            fail_msg("%s", closes[i].text);
        }
    }
}

/* RFC 6265, 4.1.1, 5.2: the pair, whatever its attributes; names have a case. */
static void test_cookies(void **state)
{
    static const struct {
        const char *fields;
        const char *cookie; /* NULL: refused; "": none */
    } cookies[] = {
        {"", ""},
        {"Set-Cookie: kbs-session-id=0123abcd\r\n", "0123abcd"},
        {"set-cookie:kbs-session-id=a; Expires=Sat, 28 Nov 2026 16:00:00 GMT\r\n", "a"},
        {"Set-Cookie: kbs-session-id=a;Path=/;HttpOnly\r\n", "a"},
        {"Set-Cookie: kbs-session-id=a \r\n", "a"},
        {"Set-Cookie: kbs-session-id=a\r\nSet-Cookie: kbs-session-id=b\r\n", "b"},
        {"Set-Cookie: kbs-session-id=a\r\nSet-Cookie: other=b\r\n", "a"},
        {"Set-Cookie: KBS-session-id=a\r\n", ""},
        {"Set-Cookie: xkbs-session-id=a\r\n", ""},
        {"Set-Cookie: other=kbs-session-id=a\r\n", ""},
        {"Set-Cookie: kbs-session-id\r\n", ""},
        {"Set-Cookie:\r\n", ""},
        {"Cookie: kbs-session-id=a\r\n", ""},
        {"Set-Cookie: kbs-session-id=\r\n", NULL},
        {"Set-Cookie: kbs-session-id=; a=b\r\n", NULL},
        {"Set-Cookie: kbs-session-id=a b\r\n", NULL},
        {"Set-Cookie: kbs-session-id=\"a\"\r\n", NULL},
        {"Set-Cookie: kbs-session-id=a,b\r\n", NULL},
        {"Set-Cookie: kbs-session-id=a\\b\r\n", NULL},
        {"Set-Cookie: kbs-session-id=\xc3\xa4\r\n", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cookies) / sizeof(cookies[0]); i++) {
        char text[512];
        const char *expected = cookies[i].cookie;

        (void)snprintf(text, sizeof(text), OK "%s" LENGTH "\r\nab", cookies[i].fields);
        (void)take(text, strlen(text));
        if (expected == NULL) {
            assert_non_null(reader.wrong);
        } else if (!reader.complete || cookie.bytes != strlen(expected) ||
                   memcmp(cookie.text, expected, cookie.bytes) != 0) {
            fail_msg("%s", text);
        }
    }
}

/* One that comes in another response takes the place; none leaves it; a trailer sets none. */
static void test_cookie_stays(void **state)
{
    static const char first[] = OK "Set-Cookie: kbs-session-id=a\r\n" LENGTH "\r\nab";
    static const char second[] = CHUNKED "0\r\nSet-Cookie: kbs-session-id=c\r\n\r\n";

    (void)state;
    (void)take(first, strlen(first));
    http_reader_start(&reader, body, ROOM, &cookie);
    (void)http_reader_take(&reader, (const uint8_t *)second, strlen(second));
    assert_true(reader.complete);
    assert_int_equal(cookie.bytes, 1);
    assert_int_equal(cookie.text[0], 'a');
}

static char text[3 * HTTP_READER_HEAD_BYTES];

/* A text of so many bytes, with a filling between both. */
static size_t fill(const char *start, const char *end, size_t bytes)
{
    memset(text, 'a', bytes);
    memcpy(text, start, strlen(start));
    memcpy(text + bytes - strlen(end), end, strlen(end));
    return bytes;
}

static bool is_complete(const char *start, const char *end, size_t bytes)
{
    (void)take(text, fill(start, end, bytes));
    return reader.complete;
}

/* As long as may be, and one byte more. */
static void test_limits(void **state)
{
    static const char end[] = "\r\nContent-Length: 0\r\n\r\n";
    static const char trailer[] = CHUNKED "0\r\nA: ";
    static const char chunk[] = CHUNKED "0;";
    static const char hundred[] = "HTTP/1.1 100 Continue\r\n\r\n";
    size_t bytes = 0;

    (void)state;
    assert_true(is_complete(OK "A: ", end, HTTP_READER_HEAD_BYTES));
    assert_false(is_complete(OK "A: ", end, HTTP_READER_HEAD_BYTES + 1));
    assert_non_null(reader.wrong);
    assert_true(is_complete("HTTP/1.1 200 ", end, HTTP_READER_HEAD_BYTES));
    assert_true(is_complete(trailer, "\r\n\r\n", strlen(CHUNKED "0\r\n") + HTTP_READER_HEAD_BYTES));
    assert_false(
        is_complete(trailer, "\r\n\r\n", strlen(CHUNKED "0\r\n") + HTTP_READER_HEAD_BYTES + 1));
    assert_true(is_complete(chunk, "\r\n\r\n", strlen(CHUNKED "\r\n") + HTTP_READER_CHUNK_BYTES));
    assert_false(
        is_complete(chunk, "\r\n\r\n", strlen(CHUNKED "\r\n") + HTTP_READER_CHUNK_BYTES + 1));
    /* Interim responses are of the head: there is an end to them. */
    while (bytes < HTTP_READER_HEAD_BYTES + strlen(hundred)) {
        memcpy(text + bytes, hundred, strlen(hundred));
        bytes += strlen(hundred);
    }
    (void)take(text, bytes);
    assert_non_null(reader.wrong);
    /* A field that is cut: of no matter where only its start is looked at. */
    assert_false(is_complete(OK "Content-Length: 0", "\r\n\r\n", 512));
    assert_non_null(reader.wrong);
    assert_false(is_complete(OK "Connection: ", end, 512));
    assert_non_null(reader.wrong);
    assert_true(is_complete(OK "Set-Cookie: kbs-session-id=x; ", end, 512));
    assert_int_equal(cookie.bytes, 1);
    assert_true(is_complete(OK "Set-Cookie: other=", end, 512));
    assert_false(is_complete(OK "Set-Cookie: kbs-session-id=", end, 512));
    assert_non_null(reader.wrong);
}

/* 64 bytes of session are taken, one more is not; and the body's room is its limit. */
static void test_rooms(void **state)
{
    static const char start[] = OK "Content-Length: 0\r\nSet-Cookie: kbs-session-id=";

    (void)state;
    assert_true(is_complete(start, "\r\n\r\n", strlen(start) + HTTP_COOKIE_BYTES + 4));
    assert_int_equal(cookie.bytes, HTTP_COOKIE_BYTES);
    assert_false(is_complete(start, "\r\n\r\n", strlen(start) + HTTP_COOKIE_BYTES + 5));
    assert_true(is_complete(OK "Content-Length: 64\r\n\r\n", "",
                            strlen(OK "Content-Length: 64\r\n\r\n") + 64));
    assert_int_equal(reader.body_bytes, 64);
    assert_true(
        is_complete(CHUNKED "40\r\n", "\r\n0\r\n\r\n", strlen(CHUNKED "40\r\n\r\n0\r\n\r\n") + 64));
    assert_int_equal(reader.body_bytes, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_responses), cmocka_unit_test(test_nul),
        cmocka_unit_test(test_end),       cmocka_unit_test(test_close),
        cmocka_unit_test(test_cookies),   cmocka_unit_test(test_cookie_stays),
        cmocka_unit_test(test_limits),    cmocka_unit_test(test_rooms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
