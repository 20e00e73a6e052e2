/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GET /evidence, from the request to the last byte: over a hypervisor that is a fake, and deferred
 * work that runs when the test says so. What else the server serves are stand-ins.
 */
#include "evidence_pages.h"
#include "fake_vtl.h"
#include "formats/base64.h"
#include "inspect.h"
#include "net/evidence.h"
#include "net/net.h"
#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000000)
#define ONE 1u
#define OTHER 2u
#define TEXT_BYTES 65536u

static struct vmm_work *work;
static uint32_t work_vp;
static uint16_t woken;
static unsigned wakes;
static unsigned pages_written;
static uint8_t token[VTL_EVIDENCE_BYTES_MAX + 1];
static char text[TEXT_BYTES];

/* ---- Stand-ins ---- */

const struct server_route inspect_route = {.path = "/inspect"};
const struct server_route measurements_route = {.path = "/measurements"};
const struct server_route policy_route = {.path = "/policy"};

void inspect_init(void)
{
}

void evidence_pages_write(const struct net_event *events, size_t count,
                          const struct igvm_policy *policy, const uint8_t policy_digest[32])
{
    assert_null(events);
    assert_int_equal(count, 0);
    assert_null(policy);
    assert_null(policy_digest);
    pages_written++;
}

void vmm_later(struct vmm_work *what, uint64_t delay_ns)
{
    assert_null(work);
    assert_int_equal(delay_ns, 0);
    work = what;
    work_vp = fake.index;
}

void vsock_wake(uint16_t connection)
{
    woken = connection;
    wakes++;
}

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    for (size_t i = 0; i < sizeof(token); i++) {
        token[i] = (uint8_t)(i * 7 + i / 256);
    }
    work = NULL;
    wakes = 0;
    pages_written = 0;
    fake.evidence_kind = VTL_EVIDENCE_CCA;
    fake.evidence = token;
    fake.evidence_bytes = 2000;
    fake.evidence_piece = 700;
    fake.time_ns = 5 * SECOND;
    net_service_init();
    evidence_init(NULL, 0, NULL, NULL);
    assert_int_equal(pages_written, 1);
    return 0;
}

/* ---- A guest ---- */

static void ask(uint16_t connection, const char *query)
{
    char request[512];
    int bytes =
        snprintf(request, sizeof(request), "GET /evidence%s HTTP/1.1\r\nHost: p\r\n\r\n", query);

    assert_true(net_service.accept(connection));
    net_service.receive(connection, (const uint8_t *)request, (size_t)bytes);
}

/* A turn of the work, on the VP that asked for it. */
static bool run(void)
{
    struct vmm_work *now = work;
    uint32_t vp = fake.index;

    work = NULL;
    if (now == NULL) {
        return false;
    }
    fake.index = work_vp;
    now->run(now->device);
    fake.index = vp;
    return true;
}

static const char *fetch(uint16_t connection, size_t piece)
{
    size_t bytes = 0;
    size_t waiting;

    while ((waiting = net_service.waiting(connection)) != 0) {
        assert_true(bytes + piece < sizeof(text));
        size_t now = net_service.produce(connection, (uint8_t *)text + bytes, piece);

        assert_true(now != 0 && now <= piece);
        assert_int_equal(net_service.waiting(connection), waiting - now);
        bytes += now;
    }
    text[bytes] = '\0';
    return text;
}

static void assert_status(uint16_t connection, const char *status, const char *reason)
{
    const char *answer = fetch(connection, 100);

    assert_memory_equal(answer, "HTTP/1.1 ", 9);
    assert_memory_equal(answer + 9, status, 3);
    assert_non_null(strstr(answer, "\r\n\r\n{\"error\":\""));
    assert_non_null(strstr(answer, reason));
    assert_true(net_service.over(connection));
    net_service.closed(connection);
}

/* The JSON before the evidence; and then the evidence itself, by base64.c's decoder. */
static void assert_evidence(uint16_t connection, size_t piece, const char *before, size_t bytes)
{
    static uint8_t got[sizeof(token)];
    size_t got_bytes;
    char length[64];
    const char *body = strstr(fetch(connection, piece), "\r\n\r\n") + 4;
    size_t body_bytes = strlen(body);
    size_t first = strlen(before);

    assert_memory_equal(text, "HTTP/1.1 200 OK\r\n", 17);
    (void)snprintf(length, sizeof(length), "\r\nContent-Length: %zu\r\n", body_bytes);
    assert_non_null(strstr(text, length));
    assert_true(body_bytes > first + 2);
    assert_memory_equal(body, before, first);
    assert_string_equal(body + body_bytes - 2, "\"}");
    assert_true(base64_decode(BASE64_STANDARD, body + first, body_bytes - first - 2, got,
                              sizeof(got), &got_bytes));
    assert_int_equal(got_bytes, bytes);
    assert_memory_equal(got, token, bytes);
}

/* hashlib.sha512(b"Paravane guest evidence 1\0\5nonce\4data") */
#define CHALLENGE                                                      \
    "816a462ca2328a41032042c7d309d529ef93284b23b06d2226c4fd6e8105dd65" \
    "d74e623454b8245ca0faad19479e35384ad736b6f6261d9181560503e3afe295"
#define QUERY "?nonce=bm9uY2U&data=ZGF0YQ"
#define BEFORE(kind, name)                                                                        \
    "{\"kind\":\"" kind "\",\"nonce\":\"bm9uY2U\",\"data\":\"ZGF0YQ\",\"challenge\":\"" CHALLENGE \
    "\",\"" name "\":\""

/* ---- Tests ---- */

/* Each step has a turn of its own, and none is held meanwhile; then the connection is woken. */
static void test_token(void **state)
{
    static const uint8_t start[] = {0x81, 0x6a, 0x46, 0x2c};

    (void)state;
    ask(ONE, QUERY);
    assert_int_equal(fake.evidence_starts, 0);
    for (unsigned steps = 0; steps < 4; steps++) {
        assert_int_equal(net_service.waiting(ONE), 0);
        assert_false(net_service.over(ONE));
        assert_int_equal(wakes, 0);
        assert_int_equal(fake.evidence_steps, steps == 0 ? 0 : steps - 1);
        assert_true(run());
    }
    assert_false(run());
    assert_int_equal(wakes, 1);
    assert_int_equal(woken, ONE);
    assert_int_equal(fake.evidence_starts, 1);
    assert_memory_equal(fake.challenge, start, sizeof(start));
    assert_evidence(ONE, 4096, BEFORE("cca", "token"), 2000);
    assert_true(net_service.over(ONE));
    net_service.closed(ONE);
}

static void test_report(void **state)
{
    (void)state;
    fake.evidence_kind = VTL_EVIDENCE_VBS;
    ask(ONE, QUERY);
    while (run()) {
    }
    assert_evidence(ONE, 4096, BEFORE("vbs", "report"), 2000);
}

/* RFC 4648, 4: each end of its text; and pieces that begin and end anywhere. */
static void test_lengths(void **state)
{
    static const size_t pieces[] = {1, 3, 61, 64, 65, 1000, 4096};
    static const size_t lengths[] = {1, 2, 3, 47, 48, 49, 50, 96, 97, VTL_EVIDENCE_BYTES_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
            fake.evidence_bytes = lengths[i];
            fake.evidence_piece = 4096;
            fake.time_ns += SECOND;
            ask(ONE, QUERY);
            while (run()) {
            }
            assert_evidence(ONE, pieces[k], BEFORE("cca", "token"), lengths[i]);
            net_service.closed(ONE);
        }
    }
}

static void test_bad_query(void **state)
{
    (void)state;
    ask(ONE, "");
    assert_status(ONE, "400", "no nonce");
    ask(ONE, "?nonce=AA==");
    assert_status(ONE, "400", "base64url");
    assert_null(work);
    /* It has not cost anybody's turn. */
    ask(ONE, QUERY);
    assert_non_null(work);
}

static void test_no_evidence(void **state)
{
    (void)state;
    fake.evidence_kind = VTL_EVIDENCE_NONE;
    ask(ONE, QUERY);
    assert_status(ONE, "503", "has no evidence");
    assert_null(work);
}

/* RFC 9110, 9.3.2: the same, without the content; and then it is free for another. */
static void test_head(void **state)
{
    static const char request[] = "HEAD /evidence?nonce=AA HTTP/1.1\r\nHost: p\r\n\r\n";

    (void)state;
    assert_true(net_service.accept(ONE));
    net_service.receive(ONE, (const uint8_t *)request, sizeof(request) - 1);
    while (run()) {
    }
    fetch(ONE, 4096);
    assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
    assert_null(strstr(text, "\r\nContent-Length: 0\r\n"));
    fake.time_ns += SECOND;
    ask(OTHER, QUERY);
    assert_non_null(work);
}

/* One in progress, and one start a second, whatever comes of it. */
static void test_rate(void **state)
{
    (void)state;
    ask(ONE, QUERY);
    fake.time_ns += 5 * SECOND;
    for (uint16_t i = 2; i < VSOCK_CONNECTIONS; i++) {
        ask(i, QUERY);
        assert_status(i, "429", "one at a time");
    }
    while (run()) {
    }
    ask(OTHER, QUERY);
    assert_non_null(strstr(fetch(OTHER, 100), "\r\nRetry-After: 1\r\n"));
    net_service.closed(OTHER);
    assert_evidence(ONE, 4096, BEFORE("cca", "token"), 2000);
    net_service.closed(ONE);
    ask(ONE, QUERY);
    net_service.closed(ONE);
    assert_true(run());
    assert_false(run());
    fake.time_ns += SECOND - 1;
    ask(ONE, QUERY);
    assert_status(ONE, "429", "one a second");
    fake.time_ns += 1;
    ask(ONE, QUERY);
    while (run()) {
    }
    assert_evidence(ONE, 4096, BEFORE("cca", "token"), 2000);
}

/* At each step, with others that ask meanwhile under the same number. */
static void test_left_meanwhile(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < 4; steps++) {
        fake.time_ns += 2 * SECOND;
        ask(ONE, QUERY);
        for (unsigned i = 0; i < steps; i++) {
            assert_true(run());
        }
        net_service.closed(ONE);
        ask(ONE, "?nonce=AA");
        assert_status(ONE, "429", "");
        assert_true(run());
        assert_false(run());
        assert_int_equal(wakes, 0);
    }
    fake.time_ns += 2 * SECOND;
    ask(OTHER, QUERY);
    while (run()) {
    }
    assert_evidence(OTHER, 4096, BEFORE("cca", "token"), 2000);
}

static void close_one(void)
{
    net_service.closed(ONE);
}

/* On another VP, while the last step is being done on this one. */
static void test_left_in_a_step(void **state)
{
    (void)state;
    fake.evidence_piece = 2000;
    ask(ONE, QUERY);
    assert_true(run());
    fake.evidence_meanwhile = close_one;
    assert_true(run());
    assert_false(run());
    assert_int_equal(wakes, 0);
    fake.evidence_meanwhile = NULL;
    fake.time_ns += SECOND;
    ask(OTHER, QUERY);
    assert_non_null(work);
}

/* All of it is done where it was begun. */
static void test_vp(void **state)
{
    (void)state;
    fake.index = 3;
    ask(ONE, QUERY);
    fake.index = 1;
    while (run()) {
    }
    assert_int_equal(fake.evidence_vp, 3);
    assert_evidence(ONE, 4096, BEFORE("cca", "token"), 2000);
}

static void assert_failed(unsigned turns)
{
    fake.time_ns += SECOND;
    ask(ONE, QUERY);
    for (unsigned i = 0; i < turns; i++) {
        assert_int_equal(net_service.waiting(ONE), 0);
        assert_true(run());
    }
    assert_false(run());
    assert_int_equal(woken, ONE);
    assert_status(ONE, "503", "does not give");
}

static void test_failures(void **state)
{
    (void)state;
    fake.evidence_start_error = PV_DENIED;
    assert_failed(1);
    fake.evidence_start_error = PV_OK;
    fake.evidence_error = PV_DENIED;
    assert_failed(2);
    fake.evidence_error = PV_OK;
    /* Nothing at all. */
    fake.evidence_bytes = 0;
    assert_failed(2);
    /* More than there can be. */
    fake.evidence_bytes = VTL_EVIDENCE_BYTES_MAX + 1;
    fake.evidence_piece = VTL_EVIDENCE_BYTES_MAX / 2;
    assert_failed(4);
    fake.evidence_bytes = 2000;
    fake.time_ns += SECOND;
    ask(ONE, QUERY);
    while (run()) {
    }
    assert_evidence(ONE, 4096, BEFORE("cca", "token"), 2000);
}

/* A hypervisor that has always more to do. */
static void test_no_end(void **state)
{
    unsigned steps = 0;

    (void)state;
    fake.evidence_piece = 0;
    ask(ONE, QUERY);
    while (run()) {
        fake.time_ns += SECOND / 10;
        assert_true(++steps < 1000);
    }
    assert_true(steps > 50);
    assert_status(ONE, "503", "does not give");
}

/* Who does not read keeps it for ten seconds from others, and then no longer. */
static void test_slow_reader(void **state)
{
    uint8_t part[300];

    (void)state;
    ask(ONE, QUERY);
    while (run()) {
    }
    assert_int_not_equal(net_service.waiting(ONE), 0);
    assert_int_equal(net_service.produce(ONE, part, sizeof(part)), sizeof(part));
    fake.time_ns += 9 * SECOND;
    ask(OTHER, QUERY);
    assert_status(OTHER, "429", "");
    assert_int_equal(net_service.produce(ONE, part, sizeof(part)), sizeof(part));
    fake.time_ns += SECOND;
    ask(OTHER, QUERY);
    assert_int_equal(net_service.waiting(ONE), 0);
    assert_true(net_service.over(ONE));
    net_service.closed(ONE);
    while (run()) {
    }
    assert_int_equal(woken, OTHER);
    assert_evidence(OTHER, 4096, BEFORE("cca", "token"), 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_token, setup),
        cmocka_unit_test_setup(test_report, setup),
        cmocka_unit_test_setup(test_lengths, setup),
        cmocka_unit_test_setup(test_bad_query, setup),
        cmocka_unit_test_setup(test_no_evidence, setup),
        cmocka_unit_test_setup(test_head, setup),
        cmocka_unit_test_setup(test_rate, setup),
        cmocka_unit_test_setup(test_left_meanwhile, setup),
        cmocka_unit_test_setup(test_left_in_a_step, setup),
        cmocka_unit_test_setup(test_vp, setup),
        cmocka_unit_test_setup(test_failures, setup),
        cmocka_unit_test_setup(test_no_end, setup),
        cmocka_unit_test_setup(test_slow_reader, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
