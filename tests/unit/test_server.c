/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server between the socket device and what can be asked for, which here are four routes of the
 * test's: one that knows its answer at once, one that knows it later, one that refuses, and one that
 * has nothing to leave.
 */
#include "fake_vtl.h"
#include "inspect.h"
#include "net/net.h"
#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ONE 7u
#define OTHER 8u

static const char body[] = "{\"all\":\"that was asked for, in as many pieces as it takes\"}";
static struct {
    char query[64];
    unsigned asks;
    unsigned leaves;
    unsigned inits;
    struct server_answer later;
} seen;

/* ---- The routes ---- */

void inspect_init(void)
{
    seen.inits++;
}

static void note(const char *query, size_t bytes)
{
    assert_true(bytes < sizeof(seen.query));
    memcpy(seen.query, query, bytes);
    seen.query[bytes] = '\0';
    seen.asks++;
}

static struct server_answer now_ask(uint16_t connection, const char *query, size_t bytes)
{
    (void)connection;
    note(query, bytes);
    return (struct server_answer){.status = 200, .bytes = sizeof(body) - 1};
}

static struct server_answer later_ask(uint16_t connection, const char *query, size_t bytes)
{
    assert_int_equal(connection, ONE);
    note(query, bytes);
    return (struct server_answer){0};
}

static struct server_answer later_ready(uint16_t connection)
{
    assert_int_equal(connection, ONE);
    assert_true(seen.asks > seen.leaves);
    return seen.later;
}

static struct server_answer refusing_ask(uint16_t connection, const char *query, size_t bytes)
{
    (void)connection;
    note(query, bytes);
    return (struct server_answer){.status = 429, .reason = "not now"};
}

static void on_read(uint16_t connection, uint32_t from, uint8_t *to, size_t bytes)
{
    (void)connection;
    assert_true(bytes != 0 && from + bytes <= sizeof(body) - 1);
    memcpy(to, body + from, bytes);
}

static void on_leave(uint16_t connection)
{
    (void)connection;
    seen.leaves++;
    assert_true(seen.leaves <= seen.asks);
}

const struct server_route inspect_route = {"/now", now_ask, NULL, on_read, on_leave};
const struct server_route evidence_route = {"/later", later_ask, later_ready, on_read, on_leave};
const struct server_route measurements_route = {"/refusing", refusing_ask, NULL, on_read, on_leave};
const struct server_route policy_route = {"/simple", now_ask, NULL, on_read, NULL};

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    memset(&seen, 0, sizeof(seen));
    net_service_init();
    assert_int_equal(seen.inits, 1);
    return 0;
}

/* ---- A guest ---- */

static void ask(uint16_t connection, const char *method, const char *target)
{
    char text[256];
    int bytes = snprintf(text, sizeof(text), "%s %s HTTP/1.1\r\nHost: p\r\n\r\n", method, target);

    assert_true(net_service.accept(connection));
    net_service.receive(connection, (const uint8_t *)text, (size_t)bytes);
}

static const char *fetch(uint16_t connection, size_t piece)
{
    static char text[1024];
    size_t bytes = 0;
    size_t waiting;

    while ((waiting = net_service.waiting(connection)) != 0) {
        size_t now = net_service.produce(connection, (uint8_t *)text + bytes, piece);

        assert_true(now != 0 && now <= piece && now <= waiting);
        assert_int_equal(net_service.waiting(connection), waiting - now);
        bytes += now;
    }
    text[bytes] = '\0';
    return text;
}

static void assert_answer(const char *text, const char *status, const char *content)
{
    char length[64];

    (void)snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", strlen(content));
    assert_memory_equal(text, "HTTP/1.1 ", 9);
    assert_memory_equal(text + 9, status, 3);
    assert_non_null(strstr(text, length));
    assert_int_equal(strstr(text, "\r\nContent-Type: application/json\r\n") != NULL,
                     content[0] != '\0');
    assert_string_equal(strstr(text, "\r\n\r\n") + 4, content);
}

/* ---- Tests ---- */

/* Whatever the pieces, which may end in the head or in the body. */
static void test_at_once(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 250; piece++) {
        ask(ONE, "GET", "/now?a=b&c");
        assert_string_equal(seen.query, "a=b&c");
        assert_answer(fetch(ONE, piece), "200", body);
        assert_true(net_service.over(ONE));
        assert_int_equal(seen.leaves, seen.asks - 1);
        net_service.closed(ONE);
        assert_int_equal(seen.leaves, seen.asks);
    }
    ask(ONE, "GET", "http://p/simple");
    assert_string_equal(seen.query, "");
    assert_answer(fetch(ONE, 100), "200", body);
    net_service.closed(ONE);
}

/* RFC 6585, 4: why may be told, and Retry-After. */
static void test_refusal(void **state)
{
    const char *text;

    (void)state;
    ask(ONE, "GET", "/refusing");
    assert_int_equal(seen.leaves, 1);
    text = fetch(ONE, 10);
    assert_answer(text, "429", "{\"error\":\"not now\"}");
    assert_non_null(strstr(text, "\r\nRetry-After: 1\r\n"));
    assert_true(net_service.over(ONE));
    net_service.closed(ONE);
    assert_int_equal(seen.leaves, 1);
    ask(ONE, "GET", "/none");
    assert_answer(fetch(ONE, 10), "404", "");
    net_service.closed(ONE);
    ask(ONE, "PUT", "/later");
    assert_answer(fetch(ONE, 10), "405", "");
    assert_int_equal(seen.asks, 1);
}

/* RFC 9110, 9.3.2: no content, and the length that it would have. */
static void test_head(void **state)
{
    static const char *const targets[] = {"/now", "/refusing"};
    char with[512];

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        ask(ONE, "GET", targets[i]);
        (void)snprintf(with, sizeof(with), "%s", fetch(ONE, 100));
        net_service.closed(ONE);
        ask(ONE, "HEAD", targets[i]);
        assert_int_equal(seen.leaves, seen.asks);
        strstr(with, "\r\n\r\n")[4] = '\0';
        assert_string_equal(fetch(ONE, 100), with);
        net_service.closed(ONE);
        assert_int_equal(seen.leaves, seen.asks);
    }
}

/* What comes meanwhile is not looked at, and the guest's own end does not close the connection. */
static void test_later(void **state)
{
    (void)state;
    ask(ONE, "GET", "/later?x");
    assert_string_equal(seen.query, "x");
    net_service.receive(ONE, (const uint8_t *)"GET / HTTP/9\r\n\r\n", 16);
    assert_int_equal(net_service.waiting(ONE), 0);
    assert_false(net_service.over(ONE));
    net_service.end(ONE);
    assert_int_equal(net_service.waiting(ONE), 0);
    assert_false(net_service.over(ONE));
    ask(OTHER, "GET", "/now");
    assert_answer(fetch(OTHER, 1000), "200", body);
    seen.later = (struct server_answer){.status = 200, .bytes = sizeof(body) - 1};
    assert_answer(fetch(ONE, 50), "200", body);
    assert_true(net_service.over(ONE));
    assert_int_equal(seen.leaves, 0);
    net_service.closed(ONE);
    assert_int_equal(seen.leaves, 1);
    ask(ONE, "HEAD", "/later");
    assert_string_equal(strstr(fetch(ONE, 50), "\r\n\r\n") + 4, "");
    assert_int_equal(seen.leaves, 2);
}

static void test_later_refused(void **state)
{
    (void)state;
    ask(ONE, "GET", "/later");
    assert_int_equal(net_service.waiting(ONE), 0);
    seen.later = (struct server_answer){.status = 503, .reason = "it did not come"};
    assert_answer(fetch(ONE, 50), "503", "{\"error\":\"it did not come\"}");
    assert_int_equal(seen.leaves, 1);
    net_service.closed(ONE);
    assert_int_equal(seen.leaves, 1);
}

static void test_gone_meanwhile(void **state)
{
    (void)state;
    ask(ONE, "GET", "/later");
    net_service.closed(ONE);
    assert_int_equal(seen.leaves, 1);
    assert_true(net_service.accept(ONE));
    assert_int_equal(net_service.waiting(ONE), 0);
    assert_false(net_service.over(ONE));
}

/* A guest that sends nothing and ends is owed nothing. */
static void test_ended_silently(void **state)
{
    (void)state;
    assert_true(net_service.accept(ONE));
    net_service.end(ONE);
    assert_int_equal(net_service.waiting(ONE), 0);
    assert_true(net_service.over(ONE));
    net_service.closed(ONE);
    assert_true(net_service.accept(ONE));
    net_service.receive(ONE, (const uint8_t *)"GET /n", 6);
    net_service.end(ONE);
    assert_answer(fetch(ONE, 50), "400", "");
}

/* Its length says more than comes. */
static void test_cut(void **state)
{
    uint8_t part[150];

    (void)state;
    ask(ONE, "GET", "/now");
    assert_int_equal(net_service.produce(ONE, part, sizeof(part)), sizeof(part));
    server_cut(ONE);
    assert_int_equal(seen.leaves, 1);
    assert_int_equal(net_service.waiting(ONE), 0);
    assert_true(net_service.over(ONE));
    net_service.closed(ONE);
    assert_int_equal(seen.leaves, 1);
}

static void send(uint16_t connection, const char *text)
{
    net_service.receive(connection, (const uint8_t *)text, strlen(text));
}

/* Requests that stay a part of one keep nobody out: the oldest gives way. */
static void test_parts(void **state)
{
    enum { PARTS = 32 };

    (void)state;
    for (uint16_t i = 0; i < PARTS; i++) {
        assert_true(net_service.accept(100 + i));
        send(100 + i, "GET /n");
    }
    /* One that is done makes room for one. */
    send(105, "ow HTTP/1.1\r\nHost: p\r\n\r\n");
    assert_answer(fetch(105, 1000), "200", body);
    ask(OTHER, "GET", "/now");
    assert_answer(fetch(OTHER, 1000), "200", body);
    assert_true(net_service.accept(200));
    send(200, "GET /n");
    for (uint16_t i = 0; i < PARTS; i++) {
        assert_int_equal(net_service.waiting(100 + i), 0);
    }
    /* Then the oldest of those that are left, in their order. */
    ask(ONE, "GET", "/now");
    assert_answer(fetch(ONE, 1000), "200", body);
    assert_answer(fetch(100, 1000), "503", "");
    assert_true(net_service.over(100));
    send(100, "ow HTTP/1.1\r\nHost: p\r\n\r\n");
    net_service.end(100);
    assert_int_equal(net_service.waiting(100), 0);
    net_service.closed(100);
    assert_int_equal(net_service.waiting(101), 0);
    for (uint16_t i = 0; i < 2; i++) {
        assert_true(net_service.accept(300 + i));
        send(300 + i, "GET /n");
    }
    assert_answer(fetch(101, 1000), "503", "");
    assert_int_equal(net_service.waiting(102), 0);
    send(102, "ow HTTP/1.1\r\nHost: p\r\n\r\n");
    assert_answer(fetch(102, 1000), "200", body);
    send(301, "ow HTTP/1.1\r\nHost: p\r\n\r\n");
    assert_answer(fetch(301, 1000), "200", body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_at_once, setup),
        cmocka_unit_test_setup(test_refusal, setup),
        cmocka_unit_test_setup(test_head, setup),
        cmocka_unit_test_setup(test_later, setup),
        cmocka_unit_test_setup(test_later_refused, setup),
        cmocka_unit_test_setup(test_gone_meanwhile, setup),
        cmocka_unit_test_setup(test_ended_silently, setup),
        cmocka_unit_test_setup(test_cut, setup),
        cmocka_unit_test_setup(test_parts, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
