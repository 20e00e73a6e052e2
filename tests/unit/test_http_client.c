/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls over a connection: what is sent, byte by byte, against RFC 9112 (sections), and when a connection is
 * used again, closed, or opened anew.
 */
#include "fake_stream.h"
#include "fake_vtl.h"
#include "http_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"
#define CLOSES "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab"

static struct http_client client;
static struct url url;
static uint64_t now;
static uint64_t step_ns;
static char body[64];
static size_t body_bytes;

static uint64_t now_ns(void)
{
    return now;
}

static void received(void)
{
    now += step_ns;
}

static void write_body(struct http_writer *to, const void *about)
{
    assert_ptr_equal(about, &body_bytes);
    http_write(to, "[");
    for (size_t i = 0; i < body_bytes; i++) {
        http_write_number(to, i % 10);
    }
    http_write_bytes(to, "\0]", 2);
}

static const struct http_call get = {.path = "/path/", .path_end = {(const uint8_t *)"end", 3}};
static const struct http_call post = {.path = "/post", .body = write_body, .about = &body_bytes};

static void start(const char *text)
{
    assert_null(
        url_read((struct igvm_policy_text){(const uint8_t *)text, (uint32_t)strlen(text)}, &url));
    fake_stream_reset();
    fake_stream.received = received;
    now = 1;
    step_ns = 0;
    body_bytes = 3;
    client = (struct http_client){
        .url = &url,
        .peer = {.host = url.host, .port = url.port},
        .now_ns = now_ns,
        .until_ns = 100,
        .body = body,
        .body_room = sizeof(body),
    };
}

static void reply(const char *text, enum fake_then then)
{
    fake_stream_reply(text, strlen(text), then);
}

static int setup(void **state)
{
    (void)state;
    start("https://kbs.example");
    return 0;
}

static enum stream_status call(const struct http_call *which)
{
    return http_client_call(&client, which);
}

/* 3.1, 3.2, 6.3; RFC 9110 7.2, 8.6: the whole request, exactly. */
static void test_requests(void **state)
{
    static const char expected[] = "POST /post HTTP/1.1\r\nHost: kbs.example\r\n"
                                   "Cookie: kbs-session-id=xyz\r\n"
                                   "Content-Type: application/json\r\nContent-Length: 6\r\n\r\n"
                                   "[012\0]";

    (void)state;
    reply("HTTP/1.1 200 OK\r\nSet-Cookie: kbs-session-id=xyz\r\nContent-Length: 0\r\n\r\n",
          FAKE_STAYS);
    reply(OK, FAKE_STAYS);
    assert_int_equal(call(&get), STREAM_OK);
    assert_string_equal(fake_stream_request(),
                        "GET /path/end HTTP/1.1\r\nHost: kbs.example\r\n\r\n");
    assert_string_equal(fake_stream.host, "kbs.example");
    assert_int_equal(fake_stream.peer.port, 443);
    assert_int_equal(call(&post), STREAM_OK);
    assert_int_equal(fake_stream.sent_bytes - fake_stream.request_at, sizeof(expected) - 1);
    assert_memory_equal(fake_stream_request(), expected, sizeof(expected) - 1);
    assert_int_equal(fake_stream.opens, 1);
    assert_int_equal(client.exchanges, 2);
    assert_int_equal(client.response.body_bytes, 2);
    assert_memory_equal(body, "ab", 2);
}

static void test_hosts(void **state)
{
    (void)state;
    start("https://[fd00::1]:8443/x/y");
    reply(OK, FAKE_STAYS);
    assert_int_equal(call(&get), STREAM_OK);
    assert_string_equal(fake_stream_request(),
                        "GET /x/y/path/end HTTP/1.1\r\nHost: [fd00::1]:8443\r\n\r\n");
    assert_string_equal(fake_stream.host, "fd00::1");
    assert_int_equal(fake_stream.peer.port, 8443);
    start("https://kbs.example:443/");
    reply(OK, FAKE_STAYS);
    assert_int_equal(call(&get), STREAM_OK);
    assert_string_equal(fake_stream_request(),
                        "GET /path/end HTTP/1.1\r\nHost: kbs.example\r\n\r\n");
}

/* A body of many pieces: its length is what was said before. */
static void test_long_body(void **state)
{
    (void)state;
    for (body_bytes = 0; body_bytes < 5000; body_bytes += 97) {
        char length[64];
        const char *head_end;

        fake_stream.reply_count = 0;
        fake_stream.replies_used = 0;
        reply(OK, FAKE_STAYS);
        fake_stream.sent_bytes = 0;
        assert_int_equal(call(&post), STREAM_OK);
        (void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n", body_bytes + 3);
        assert_non_null(strstr(fake_stream_request(), length));
        head_end = strstr(fake_stream_request(), "\r\n\r\n");
        assert_non_null(head_end);
        assert_int_equal(fake_stream.sent + fake_stream.sent_bytes - (head_end + 4),
                         body_bytes + 3);
        for (size_t i = 0; i < body_bytes; i++) {
            assert_int_equal(head_end[5 + i], '0' + i % 10);
        }
    }
}

/* In pieces of any size. */
static void test_pieces(void **state)
{
    (void)state;
    for (fake_stream.step = 1; fake_stream.step < sizeof(OK) + 1; fake_stream.step++) {
        fake_stream.reply_count = 0;
        fake_stream.replies_used = 0;
        reply(OK, FAKE_STAYS);
        assert_int_equal(call(&get), STREAM_OK);
        assert_true(client.response.complete && client.response.wrong == NULL);
    }
    assert_int_equal(fake_stream.opens, 1);
}

/* 9.6: "close" is kept to by this side, too. */
static void test_close(void **state)
{
    (void)state;
    reply(CLOSES, FAKE_ENDS);
    reply(OK, FAKE_STAYS);
    assert_int_equal(call(&get), STREAM_OK);
    assert_false(fake_stream.is_open);
    assert_int_equal(call(&get), STREAM_OK);
    assert_true(fake_stream.is_open);
    assert_int_equal(fake_stream.opens, 2);
    http_client_close(&client);
    assert_false(fake_stream.is_open);
}

/* 9.3.1: on a connection that was there, once more, on another; and only if nothing has come. */
static void test_reopen(void **state)
{
    static const enum fake_then ways[] = {FAKE_ENDS, FAKE_BREAKS};

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        (void)setup(state);
        reply(OK, FAKE_STAYS);
        reply("", ways[i]);
        reply(OK, FAKE_STAYS);
        assert_int_equal(call(&get), STREAM_OK);
        assert_int_equal(call(&post), STREAM_OK);
        assert_true(client.response.complete);
        assert_int_equal(fake_stream.opens, 2);
        assert_int_equal(client.exchanges, 3);
        assert_memory_equal(fake_stream_request(), "POST", 4);
    }
    /* In the sending. */
    (void)setup(state);
    reply(OK, FAKE_STAYS);
    reply(OK, FAKE_STAYS);
    assert_int_equal(call(&get), STREAM_OK);
    fake_stream.send_fails = 1;
    assert_int_equal(call(&post), STREAM_OK);
    assert_int_equal(fake_stream.opens, 2);
    /* Once, and not twice. */
    (void)setup(state);
    reply(OK, FAKE_STAYS);
    reply("", FAKE_ENDS);
    reply("", FAKE_ENDS);
    reply(OK, FAKE_STAYS);
    assert_int_equal(call(&get), STREAM_OK);
    assert_int_equal(call(&get), STREAM_LOST);
    assert_int_equal(fake_stream.opens, 2);
    /* A part of a response is one that is wrong or lost. */
    (void)setup(state);
    reply(OK, FAKE_STAYS);
    reply("H", FAKE_BREAKS);
    assert_int_equal(call(&get), STREAM_OK);
    assert_int_equal(call(&get), STREAM_LOST);
    assert_string_equal(client.reason.text, "broken");
    assert_int_equal(fake_stream.opens, 2 - 1);
    assert_false(fake_stream.is_open);
}

/* 9.2: bytes that were there before the request are no response to it, whatever they say. */
static void test_stale(void **state)
{
    (void)state;
    fake_stream.step = sizeof(OK) - 1;
    reply(OK "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstale", FAKE_STAYS);
    reply(OK, FAKE_STAYS);
    reply(OK, FAKE_STAYS);
    assert_int_equal(call(&get), STREAM_OK);
    assert_int_equal(call(&post), STREAM_OK);
    assert_int_equal(client.response.body_bytes, 2);
    assert_memory_equal(body, "ab", 2);
    assert_int_equal(fake_stream.opens, 2);
    /* And where nothing more was there, it stays. */
    assert_int_equal(call(&get), STREAM_OK);
    assert_int_equal(fake_stream.opens, 2);
}

/* Nothing is said again on a connection that was new. */
static void test_new_and_lost(void **state)
{
    (void)state;
    reply("", FAKE_ENDS);
    reply(OK, FAKE_STAYS);
    assert_int_equal(call(&get), STREAM_LOST);
    assert_true(strlen(client.reason.text) != 0);
    assert_int_equal(fake_stream.opens, 1);
    (void)setup(state);
    fake_stream.send_fails = 1;
    assert_int_equal(call(&get), STREAM_LOST);
    assert_int_equal(fake_stream.opens, 1);
    assert_false(fake_stream.is_open);
}

static void test_open_fails(void **state)
{
    static const enum stream_status ways[] = {STREAM_NAME, STREAM_CONNECT, STREAM_TLS};

    (void)state;
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        fake_stream.open_fails = 1;
        fake_stream.open_status = ways[i];
        assert_int_equal(call(&get), ways[i]);
        assert_false(client.open);
    }
    assert_int_equal(fake_stream.sends, 0);
    assert_int_equal(client.exchanges, 0);
}

/* 8: what ends early is not complete; and more than was asked for is not ours. */
static void test_wrong(void **state)
{
    static const struct {
        const char *text;
        enum fake_then then;
    } wrongs[] = {
        {"HTTP/1.1 200 OK\r\n", FAKE_ENDS},
        {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", FAKE_ENDS},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n", FAKE_ENDS},
        {"HTTP/1.1 200 OK\r\n\r\nab", FAKE_ENDS},
        {OK "c", FAKE_STAYS},
        {OK OK, FAKE_STAYS},
        {"SSH-2.0-x\r\n", FAKE_STAYS},
    };

    for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
        (void)setup(state);
        reply(wrongs[i].text, wrongs[i].then);
        assert_int_equal(call(&get), STREAM_OK);
        if (client.response.wrong == NULL) {
            fail_msg("%s", wrongs[i].text);
        }
        assert_false(fake_stream.is_open);
    }
}

/* A server that gives a byte now and then is not waited for without end. */
static void test_time(void **state)
{
    (void)state;
    step_ns = 10;
    fake_stream.step = 1;
    reply(OK, FAKE_STAYS);
    assert_int_equal(call(&get), STREAM_LOST);
    assert_true(now <= client.until_ns + step_ns);
    assert_true(strlen(client.reason.text) != 0);
    assert_false(fake_stream.is_open);
}

/* Nor is one that takes the request slowly: what is late is not begun. */
static void test_time_sending(void **state)
{
    (void)state;
    fake_stream.sending = received;
    step_ns = 40;
    body_bytes = 5000;
    reply(OK, FAKE_STAYS);
    assert_int_equal(call(&post), STREAM_LOST);
    assert_int_equal(fake_stream.sends, 3); /* at 1, 41 and 81, until 100 */
    assert_string_equal(client.reason.text, "the request takes too long");
    assert_false(fake_stream.is_open);
    /* On a connection that was there, too, it is not said again. */
    (void)setup(state);
    reply(OK, FAKE_STAYS);
    assert_int_equal(call(&get), STREAM_OK);
    now = client.until_ns;
    assert_int_equal(call(&get), STREAM_LOST);
    assert_int_equal(fake_stream.sends, 1);
    assert_int_equal(fake_stream.opens, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_requests, setup),
        cmocka_unit_test_setup(test_hosts, setup),
        cmocka_unit_test_setup(test_long_body, setup),
        cmocka_unit_test_setup(test_pieces, setup),
        cmocka_unit_test_setup(test_close, setup),
        cmocka_unit_test_setup(test_reopen, setup),
        cmocka_unit_test_setup(test_stale, setup),
        cmocka_unit_test_setup(test_new_and_lost, setup),
        cmocka_unit_test_setup(test_open_fails, setup),
        cmocka_unit_test_setup(test_wrong, setup),
        cmocka_unit_test_setup(test_time, setup),
        cmocka_unit_test_setup(test_time_sending, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
