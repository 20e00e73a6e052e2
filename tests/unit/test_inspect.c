/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The inspect service, request by request, over stand-ins for what it tells about; and that its
 * answer is the JSON that the stand-ins make, as long as it says.
 */
#include "fake_vtl.h"
#include "net/net.h"
#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GET "GET /inspect HTTP/1.1\r\nHost: p\r\n\r\n"
#define MS UINT64_C(1000000)

static const char *lines;
static unsigned queues;

/* ---- Stand-ins ---- */

uint64_t vmm_exit_count(enum vtl_exit_kind kind)
{
    return 100u + (unsigned)kind;
}

uint64_t vmm_abort_count(void)
{
    return 5;
}

void vtl_page_counts(uint32_t *used, uint32_t *unused)
{
    *used = 600;
    *unused = 400;
}

struct bounce_counts bounce_counts(void)
{
    return (struct bounce_counts){1, 2, 3, 4};
}

struct vsock_counts vsock_counts(void)
{
    return (struct vsock_counts){6, 7, 8, UINT64_MAX};
}

uint64_t host_uart_dropped(void)
{
    return 9;
}

uint64_t virtio_console_ignored(void)
{
    return 20;
}

const struct virtio_console_counts *virtio_console_counts(unsigned port)
{
    static const struct virtio_console_counts counts[] = {{21, 22, 23}, {24, 25, 26}};

    return port < 2 ? &counts[port] : NULL;
}

/* Each count is what it is of. */
const struct net_counts *net_counts(enum net_port port)
{
    static struct net_counts counts;

    for (unsigned i = 0; i < NET_VERDICTS; i++) {
        counts.from.frames[i] = 100u * (unsigned)port + i;
        counts.to.frames[i] = 1000u + 100u * (unsigned)port + i;
    }
    counts.from.bytes = 50u + (unsigned)port;
    counts.to.bytes = 60u + (unsigned)port;
    counts.completed = 70u + (unsigned)port;
    return &counts;
}

bool virtio_device_info_get(unsigned window, struct virtio_device_info *info)
{
    *info = (struct virtio_device_info){"block", 15, queues};
    return window == 4;
}

bool virtio_queue_info_get(unsigned window, unsigned queue, struct virtio_queue_info *info)
{
    *info = (struct virtio_queue_info){
        128, queue == 0, queue == 0 ? NULL : "a rule with \"quotes\"", queue, 10u + queue};
    return window == 4 && queue < queues;
}

/* Other routes: test_server.c, test_evidence.c. */
const struct server_route evidence_route = {.path = "/evidence"};
const struct server_route measurements_route = {.path = "/measurements"};
const struct server_route policy_route = {.path = "/policy"};

size_t log_copy(char *to, size_t room)
{
    size_t bytes = strlen(lines);
    size_t skip = bytes > room ? bytes - room : 0;

    memcpy(to, lines + skip, bytes - skip);
    return bytes - skip;
}

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake.time_ns = 1000;
    lines = "one\ntwo\n";
    queues = 2;
    net_service_init();
    fake.time_ns = 1000 + 3000 * MS;
    return 0;
}

/* ---- A guest ---- */

static void ask(uint16_t connection, const char *text)
{
    assert_true(net_service.accept(connection));
    net_service.receive(connection, (const uint8_t *)text, strlen(text));
}

/* All that waits, in pieces of so many bytes. */
static const char *fetch(uint16_t connection, size_t piece)
{
    static char text[65536];
    size_t bytes = 0;
    size_t waiting;

    while ((waiting = net_service.waiting(connection)) != 0) {
        size_t now = net_service.produce(connection, (uint8_t *)text + bytes, piece);

        assert_true(now != 0 && now <= piece);
        assert_int_equal(net_service.waiting(connection), waiting - now);
        bytes += now;
    }
    text[bytes] = '\0';
    return text;
}

static void leave(uint16_t connection)
{
    net_service.closed(connection);
}

#define FRAMES(hundreds, bytes)                                                      \
    "{\"taken\":" hundreds "0,\"malformed\":" hundreds "2,\"source\":" hundreds      \
    "3,\"filtered\":" hundreds "4,\"no_buffer\":" hundreds "5,\"offload\":" hundreds \
    "6,\"fault\":" hundreds "7,\"down\":" hundreds "8,\"bytes\":" bytes "}"
#define PORT(name, from, to, number)                                      \
    "\"" name "\":{\"from\":" FRAMES(from, "5" number) ",\"to\":" FRAMES( \
        to "0", "6" number) ",\"completed\":7" number "}"
#define NETWORK                 \
    PORT("host", "", "10", "0") \
    "," PORT("guest", "10", "11", "1") "," PORT("paravane", "20", "12", "2")

static const char body[] =
    "{\"uptime_ns\":3000000000,\"exits\":{\"memory\":100,\"protection\":101,\"hypercall\":102,"
    "\"reset\":103,\"interrupt\":104,\"call\":105,\"sint\":106,\"unknown\":107},\"aborts\":5,"
    "\"memory\":{\"pages_used\":600,\"pages_free\":400,\"bounce_pages\":3,\"bounce_pages_free\":4,"
    "\"bounce_bytes_in\":1,\"bounce_bytes_out\":2},"
    "\"devices\":[{\"name\":\"block\",\"window\":4,\"status\":15,\"queues\":["
    "{\"size\":128,\"live\":true,\"taken\":0,\"given\":10,\"broken\":null},"
    "{\"size\":128,\"live\":false,\"taken\":1,\"given\":11,"
    "\"broken\":\"a rule with \\u0022quotes\\u0022\"}]}],"
    "\"vsock\":{\"open\":6,\"accepted\":7,\"refused\":8,\"dropped\":18446744073709551615},"
    "\"console\":{\"uart_dropped\":9,\"ignored\":20,\"ports\":["
    "{\"in\":21,\"out\":22,\"dropped\":23},{\"in\":24,\"out\":25,\"dropped\":26}]},"
    "\"network\":{" NETWORK "},"
    "\"log\":[\"one\",\"two\"]}";

static void test_get(void **state)
{
    static const size_t pieces[] = {1, 7, 100, 4096, 65536};
    char length[64];

    (void)state;
    (void)snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", strlen(body));
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        const char *text;

        ask(9, GET);
        assert_true(net_service.over(9));
        text = fetch(9, pieces[i]);
        assert_memory_equal(text, "HTTP/1.1 200 OK\r\n", 17);
        assert_non_null(strstr(text, length));
        assert_string_equal(strstr(text, "\r\n\r\n") + 4, body);
        leave(9);
    }
}

/* RFC 9110, 9.3.2: as GET, without the content; the length is the same. */
static void test_head(void **state)
{
    const char *text;

    (void)state;
    ask(1, GET);
    text = fetch(1, 4096);
    size_t bytes = (size_t)(strstr(text, "\r\n\r\n") + 4 - text);
    char *head = strndup(text, bytes);
    leave(1);
    ask(1, "HEAD /inspect HTTP/1.1\r\nHost: p\r\n\r\n");
    assert_string_equal(fetch(1, 4096), head);
    free(head);
}

static void test_refusals(void **state)
{
    static const struct {
        const char *text;
        const char *status;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: p\r\n\r\n", "404"},
        {"POST / HTTP/1.1\r\nHost: p\r\n\r\n", "404"},
        {"POST /inspect HTTP/1.1\r\nHost: p\r\n\r\n", "405"},
        {"GET /inspect HTTP/1.1\r\n\r\n", "400"},
        {"GET /inspect HTTP/3.0\r\nHost: p\r\n\r\n", "505"},
        {"\x16\x03\x01", "400"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *text;

        ask(1, rows[i].text);
        text = fetch(1, 100);
        assert_memory_equal(text, "HTTP/1.1 ", 9);
        assert_memory_equal(text + 9, rows[i].status, 3);
        assert_non_null(strstr(text, "\r\nContent-Length: 0\r\n"));
        assert_true(net_service.over(1));
        leave(1);
    }
}

/* In pieces, and something behind it. */
static void test_pieces(void **state)
{
    (void)state;
    assert_true(net_service.accept(1));
    for (const char *at = GET; *at != '\0'; at++) {
        assert_int_equal(net_service.waiting(1), 0);
        assert_false(net_service.over(1));
        net_service.receive(1, (const uint8_t *)at, 1);
    }
    net_service.receive(1, (const uint8_t *)"more", 4);
    assert_non_null(strstr(fetch(1, 4096), body));
}

/* Who ends in the middle of a request gets an answer; who has not begun has nothing to get. */
static void test_end(void **state)
{
    (void)state;
    ask(1, "GET /insp");
    net_service.end(1);
    assert_memory_equal(fetch(1, 4096), "HTTP/1.1 400", 12);
    assert_true(net_service.accept(2));
    net_service.end(2);
    assert_int_equal(net_service.waiting(2), 0);
    ask(3, GET);
    net_service.end(3);
    assert_memory_equal(fetch(3, 4096), "HTTP/1.1 200", 12);
}

/* Requests in part at the same time are as many as there is room for; whole ones need none. */
static void test_many(void **state)
{
    uint16_t parts = 0;

    (void)state;
    do {
        ask(parts++, "GET /");
    } while (!net_service.over(0) && parts < VSOCK_CONNECTIONS);
    assert_true(parts > 16 && parts < VSOCK_CONNECTIONS);
    assert_memory_equal(fetch(0, 4096), "HTTP/1.1 503", 12);
    for (uint16_t i = parts; i < VSOCK_CONNECTIONS; i++) {
        ask(i, GET);
    }
    for (uint16_t i = parts; i < VSOCK_CONNECTIONS; i++) {
        assert_non_null(strstr(fetch(i, 4096), body));
        leave(i);
    }
}

static uint64_t uptime(uint16_t connection)
{
    const char *text = strstr(fetch(connection, 4096), "\"uptime_ns\":");

    assert_non_null(text);
    return strtoull(text + 12, NULL, 10);
}

/* What is being sent stays as it was when it was asked for; a new one is made for who comes later,
 * but not at once again; while slow readers hold all pages, the newest of them is given. */
static void test_snapshots(void **state)
{
    uint16_t slow = 0;

    (void)state;
    ask(100, GET);
    fake.time_ns += 1 * MS;
    ask(101, GET);
    fake.time_ns += 20 * MS;
    ask(102, GET);
    assert_int_equal(uptime(100), 3000 * MS);
    assert_int_equal(uptime(101), 3000 * MS);
    assert_int_equal(uptime(102), 3021 * MS);
    leave(100);
    leave(101);
    leave(102);
    for (; slow < 20; slow++) {
        fake.time_ns += 20 * MS;
        ask(slow, GET);
    }
    assert_true(uptime(19) < 3421 * MS);
    for (slow = 0; slow < 20; slow++) {
        leave(slow);
    }
    fake.time_ns += 20 * MS;
    ask(0, GET);
    assert_int_equal(uptime(0), 3441 * MS);
}

/* More than a page holds: the log is cut, its first line is whole, and the length is right. */
static void test_long_log(void **state)
{
    static char many[20000];
    const char *text;
    size_t bytes = 0;

    (void)state;
    for (unsigned i = 0; bytes < sizeof(many) - 40; i++) {
        bytes += (size_t)snprintf(many + bytes, sizeof(many) - bytes, "line %06u \x01\x02\n", i);
    }
    lines = many;
    queues = 100;
    ask(1, GET);
    text = fetch(1, 4096);
    const char *start = strstr(text, "\r\n\r\n") + 4;
    assert_int_equal(strtoul(strstr(text, "Content-Length: ") + 16, NULL, 10), strlen(start));
    assert_memory_equal(strstr(start, "\"log\":["), "\"log\":[\"line ", 13);
    assert_string_equal(start + strlen(start) - 3, "\"]}");
    assert_non_null(strstr(start, "\\u0001\\u0002\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_get, setup),       cmocka_unit_test_setup(test_head, setup),
        cmocka_unit_test_setup(test_refusals, setup),  cmocka_unit_test_setup(test_pieces, setup),
        cmocka_unit_test_setup(test_end, setup),       cmocka_unit_test_setup(test_many, setup),
        cmocka_unit_test_setup(test_snapshots, setup), cmocka_unit_test_setup(test_long_log, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
