/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A key's release as a whole, against Trustee's protocol 0.4.0: what the broker is asked, byte by byte, and what is
 * tried again, when. The secret was encrypted by jwcrypto for a key that is known: RFC 7518, appendix C.
 */
#include "fake_broker.h"
#include "fake_random.h"
#include "fake_vtl.h"
#include "jwe_vectors.h"

#include <mbedtls/sha512.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* RFC 7518, appendix C. */
#define BOB                                                               \
    "{\"alg\":\"ECDH-ES+A256KW\",\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":" \
    "\"weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ\",\"y\":"              \
    "\"e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck\"}"

static int setup(void **state)
{
    (void)state;
    fake_broker_reset();
    return 0;
}

/* ---- Good runs --------------------------------------------------------------------------------- */

#define HEAD(method, path) method " /prefix/kbs/v0/" path " HTTP/1.1\r\nHost: kbs.example\r\n"
#define POSTED(length) "Content-Type: application/json\r\nContent-Length: " length "\r\n\r\n"

static void test_release(void **state)
{
    static const char hashed[] =
        "{\"additional-evidence\":\"\",\"nonce\":\"" NONCE "\",\"tee-pubkey\":" BOB "}";
    static const char attestation[] =
        "{\"runtime-data\":{\"nonce\":\"" NONCE "\",\"tee-pubkey\":" BOB
        "},\"tee-evidence\":{\"primary_evidence\":{\"token\":[217,3,139,162,0,255]},"
        "\"additional_evidence\":\"\"}}";
    uint8_t digest[64] = {0};
    char posted[2048];

    (void)state;
    fake_broker_good_until(ALL);
    assert_true(fake_broker_released_secret());
    assert_int_equal(broker.outcome.attempts, 1);
    assert_int_equal(broker.outcome.exchanges, 3);
    assert_int_equal(fake_stream.opens, 1);
    assert_int_equal(broker.request_count, 3);
    assert_string_equal(broker.requests[0],
                        HEAD("POST", "auth") POSTED(
                            "49") "{\"version\":\"0.4.0\",\"tee\":\"cca\",\"extra-params\":\"\"}");
    (void)snprintf(posted, sizeof(posted),
                   HEAD("POST", "attest") "Cookie: kbs-session-id=" SESSION
                                          "\r\n" POSTED("%zu") "%s",
                   strlen(attestation), attestation);
    assert_string_equal(broker.requests[1], posted);
    assert_string_equal(broker.requests[2],
                        HEAD("GET", "resource/default/key/disk") "Cookie: kbs-session-id=" SESSION
                                                                 "\r\n\r\n");
    /* What the evidence is bound to. */
    assert_int_equal(mbedtls_sha512((const uint8_t *)hashed, strlen(hashed), digest, 1), 0);
    memset(digest + 48, 0, 16);
    assert_memory_equal(broker.challenge, digest, sizeof(digest));
}

static void test_peer(void **state)
{
    static const struct igvm_policy_text anchors[2];

    (void)state;
    broker.request.url = fake_broker_text("https://[fd00::2]:8080");
    broker.request.anchors = anchors;
    broker.request.anchor_count = 2;
    broker.request.check_dates = true;
    fake_broker_good_until(ALL);
    assert_true(fake_broker_released_secret());
    assert_string_equal(fake_stream.host, "fd00::2");
    assert_int_equal(fake_stream.peer.port, 8080);
    assert_ptr_equal(fake_stream.peer.anchors, anchors);
    assert_int_equal(fake_stream.peer.anchor_count, 2);
    assert_true(fake_stream.peer.check_dates);
}

/* A proxy before it may write bodies in chunks; and all of it comes in pieces. */
static void test_chunked(void **state)
{
    static const char *const bodies[] = {CHALLENGE, TOKEN, jwe_jwcrypto};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(broker.replies[i], sizeof(broker.replies[i]),
                       "HTTP/1.1 200 OK\r\n" COOKIE "Transfer-Encoding: chunked\r\n\r\n"
                       "8\r\n%.8s\r\n%zx;x=y\r\n%s\r\n0\r\nA: b\r\n\r\n",
                       bodies[i], strlen(bodies[i]) - 8, bodies[i] + 8);
        fake_broker_raw(broker.replies[i], FAKE_STAYS);
    }
    fake_stream.step = 1;
    assert_true(fake_broker_released_secret());
}

/* The newest cookie counts. */
static void test_cookies(void **state)
{
    (void)state;
    fake_broker_good_until(ATTEST);
    fake_broker_reply("200 OK",
                      "Set-Cookie: kbs-session-id=second\r\nSet-Cookie: kbs-session-id=third\r\n",
                      TOKEN);
    fake_broker_reply("200 OK", "", jwe_jwcrypto);
    assert_true(fake_broker_released_secret());
    assert_non_null(strstr(broker.requests[1], "\r\nCookie: kbs-session-id=" SESSION "\r\n"));
    assert_non_null(strstr(broker.requests[2], "\r\nCookie: kbs-session-id=third\r\n"));
}

/* A server that ends each connection, and one that ends one between calls. */
static void test_connections(void **state)
{
    (void)state;
    fake_broker_reply("200 OK", COOKIE "Connection: close\r\n", CHALLENGE);
    fake_broker_reply("200 OK", "Connection: close\r\n", TOKEN);
    fake_broker_reply("200 OK", "Connection: close\r\n", jwe_jwcrypto);
    assert_true(fake_broker_released_secret());
    assert_int_equal(fake_stream.opens, 3);
    assert_int_equal(broker.outcome.attempts, 1);
    assert_int_equal(broker.outcome.exchanges, 3);
    fake_broker_reset();
    fake_broker_good_until(ATTEST);
    fake_broker_raw("", FAKE_ENDS);
    fake_broker_reply("200 OK", "", TOKEN);
    fake_broker_reply("200 OK", "", jwe_jwcrypto);
    assert_true(fake_broker_released_secret());
    assert_int_equal(fake_stream.opens, 2);
    assert_int_equal(broker.outcome.attempts, 1);
    assert_int_equal(broker.outcome.exchanges, 4);
    assert_int_equal(broker.evidence_calls, 1);
    assert_string_equal(broker.requests[1], broker.requests[2]);
}

/* ---- Attempts ---------------------------------------------------------------------------------- */

/* A server that is down, then up: 1, 2, 4, 8 seconds. */
static void test_down_then_up(void **state)
{
    static const enum stream_status ways[] = {STREAM_NAME, STREAM_CONNECT};
    static const enum kbs_status statuses[] = {KBS_NAME, KBS_CONNECT};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fake_broker_reset();
        fake_stream.open_status = ways[i];
        fake_stream.open_fails = 4;
        fake_broker_good_until(ALL);
        assert_true(fake_broker_released_secret());
        assert_int_equal(broker.outcome.attempts, 5);
        assert_int_equal(broker.pause_count, 4);
        for (size_t j = 0; j < 4; j++) {
            assert_int_equal(broker.pauses[j], SECOND << j);
        }
        fake_broker_reset();
        fake_stream.open_status = ways[i];
        fake_stream.open_fails = 5;
        fake_broker_good_until(ALL);
        assert_false(fake_broker_release());
        assert_int_equal(broker.outcome.status, statuses[i]);
        assert_int_equal(broker.outcome.attempts, 5);
        assert_int_equal(broker.outcome.exchanges, 0);
    }
    assert_string_equal(broker.outcome.reason, "auth: nobody there");
}

static void test_tls(void **state)
{
    (void)state;
    fake_stream.open_status = STREAM_TLS;
    fake_stream.open_fails = 1;
    fake_broker_good_until(ALL);
    assert_false(fake_broker_release());
    assert_int_equal(broker.outcome.status, KBS_TLS);
    assert_string_equal(broker.outcome.reason, "auth: another's certificate");
    assert_int_equal(broker.outcome.attempts, 1);
    assert_int_equal(broker.pause_count, 0);
}

/* Another attempt is another key and another session, and it starts from the start. */
static void test_fresh(void **state)
{
    (void)state;
    fake_random.next_bytes = 0;
    fake_broker_good_until(ATTEST);
    fake_broker_reply("401 Unauthorized", "", "");
    fake_broker_good_until(ALL);
    assert_true(fake_broker_released_secret());
    assert_int_equal(broker.outcome.attempts, 2);
    assert_int_equal(broker.request_count, 5);
    assert_null(strstr(broker.requests[1], BOB));
    assert_string_equal(broker.requests[0], broker.requests[2]);
    assert_null(strstr(broker.requests[2], "Cookie"));
    assert_non_null(strstr(broker.requests[3], BOB));
    assert_int_equal(broker.evidence_calls, 2);
}

/* Nothing goes on for longer than two minutes. */
static void test_time(void **state)
{
    (void)state;
    broker.evidence_ns = 50 * SECOND;
    for (unsigned i = 0; i < 5; i++) {
        fake_broker_good_until(ATTEST);
        fake_broker_reply("503 Service Unavailable", "", "");
    }
    assert_false(fake_broker_release());
    assert_int_equal(broker.outcome.status, KBS_CONNECT);
    assert_string_equal(broker.outcome.reason, "attest: the request takes too long");
    assert_int_equal(broker.outcome.attempts, 3);
    fake_broker_reset();
    broker.receive_ns = SECOND;
    fake_stream.step = 1;
    fake_broker_good_until(ALL);
    assert_false(fake_broker_release());
    assert_int_equal(broker.outcome.attempts, 1);
    assert_true(broker.now - 5 * SECOND <= 121 * SECOND);
}

static void test_no_evidence(void **state)
{
    (void)state;
    broker.has_evidence = false;
    fake_broker_good_until(ALL);
    assert_false(fake_broker_release());
    assert_int_equal(broker.outcome.status, KBS_EVIDENCE);
    assert_int_equal(broker.outcome.attempts, 1);
    assert_int_equal(broker.outcome.exchanges, 1);
}

static void test_no_entropy(void **state)
{
    (void)state;
    fake_random.dry = true;
    fake_broker_good_until(ALL);
    assert_false(fake_broker_release());
    assert_int_equal(broker.outcome.status, KBS_KEY);
    assert_int_equal(broker.outcome.attempts, 1);
    assert_int_equal(fake_stream.opens, 0);
}

static void test_policy(void **state)
{
    (void)state;
    broker.request.url = fake_broker_text("http://kbs.example");
    assert_false(fake_broker_release());
    assert_int_equal(broker.outcome.status, KBS_POLICY);
    fake_broker_reset();
    broker.request.resource = fake_broker_text("default/../disk");
    assert_false(fake_broker_release());
    assert_int_equal(broker.outcome.status, KBS_POLICY);
    assert_int_equal(broker.outcome.attempts, 0);
    assert_int_equal(fake_stream.opens, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_release, setup),
        cmocka_unit_test_setup(test_peer, setup),
        cmocka_unit_test_setup(test_chunked, setup),
        cmocka_unit_test_setup(test_cookies, setup),
        cmocka_unit_test_setup(test_connections, setup),
        cmocka_unit_test_setup(test_down_then_up, setup),
        cmocka_unit_test_setup(test_tls, setup),
        cmocka_unit_test_setup(test_fresh, setup),
        cmocka_unit_test_setup(test_time, setup),
        cmocka_unit_test_setup(test_no_evidence, setup),
        cmocka_unit_test_setup(test_no_entropy, setup),
        cmocka_unit_test_setup(test_policy, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
