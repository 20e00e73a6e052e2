/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A key broker that misbehaves, in every way that HTTP, JSON and Trustee's protocol 0.4.0 leave it: nothing is
 * released, the reason says what it was, and it is tried again only where that has sense.
 */
#include "fake_broker.h"
#include "fake_vtl.h"
#include "jwe_vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    (void)state;
    fake_broker_reset();
    return 0;
}

#define ERROR(variant)                                                                            \
    "{\"type\":\"https://github.com/confidential-containers/kbs/errors/" variant "\",\"detail\":" \
    "\"some detail\"}"

/* No bytes at all, by jwcrypto for Bob. */
static const char empty[] =
    "{\"protected\":\"eyJhbGciOiJFQ0RILUVTK0EyNTZLVyIsImVuYyI6IkEyNTZHQ00iLCJlcGsiOns"
    "iY3J2IjoiUC0yNTYiLCJrdHkiOiJFQyIsIngiOiJkU1YyLXNQSWVnVVFlNWg2bHM2S011U0t0QWtqQ1F"
    "POTFRMlNDM21LWGZZIiwieSI6IkRJeDlZVE8tQzdaNGZNdElyV2JiM1l0eElMaDZPaGFqWllFYnVGTHh"
    "1SmsifX0\",\"encrypted_key\":\"rr8T3McQcLWW0qSW4e1HPX-bbvTfk2IrzkqEHXvTwjmgRx09z"
    "j0rew\",\"iv\":\"UOi0w_xaqRE7IkQc\",\"ciphertext\":\"\",\"tag\":\"2HR9rLXSpCnNG9"
    "0O5ZJogg\"}";

struct bad {
    enum fake_broker_step step;
    const char *status; /* NULL: the text is the whole reply */
    const char *text;
    enum kbs_status is;
    unsigned attempts;
    const char *reason;
};

static const struct bad bads[] = {
    /* Refusals: once more where a new session could help. */
    {AUTH, "401 Unauthorized", ERROR("AttestationError"), KBS_REFUSED, 3,
     "auth: HTTP status 401 AttestationError: some detail"},
    {ATTEST, "401 Unauthorized", ERROR("AttestationError"), KBS_REFUSED, 3,
     "attest: HTTP status 401 AttestationError: some detail"},
    {RESOURCE, "401 Unauthorized", ERROR("PluginInternalError"), KBS_REFUSED, 3,
     "resource: HTTP status 401 PluginInternalError: some detail"},
    {RESOURCE, "401 Unauthorized", ERROR("PolicyDeny"), KBS_REFUSED, 1,
     "resource: HTTP status 401 PolicyDeny: some detail"},
    {RESOURCE, "403 Forbidden", ERROR("PolicyDeny"), KBS_REFUSED, 1,
     "resource: HTTP status 403 PolicyDeny: some detail"},
    {RESOURCE, "404 Not Found", ERROR("InvalidRequestPath"), KBS_REFUSED, 1,
     "resource: HTTP status 404 InvalidRequestPath: some detail"},
    {AUTH, "404 Not Found", "<html>", KBS_REFUSED, 1, "auth: HTTP status 404"},
    {AUTH, "401 Unauthorized", "", KBS_REFUSED, 3, "auth: HTTP status 401"},
    {AUTH, "401 Unauthorized", "{\"type\":", KBS_REFUSED, 3, "auth: HTTP status 401"},
    {ATTEST, "500 Internal Server Error", "", KBS_REFUSED, 5, "attest: HTTP status 500"},
    {AUTH, "503 Service Unavailable", "", KBS_REFUSED, 5, "auth: HTTP status 503"},
    {AUTH, "400 Bad Request", "", KBS_REFUSED, 1, "auth: HTTP status 400"},
    /* No redirection, no other success. */
    {AUTH, "302 Found\r\nLocation: https://evil.example/kbs/v0/auth", "", KBS_PROTOCOL, 1,
     "auth: HTTP status 302, and redirections are not followed"},
    {RESOURCE, "307 Temporary Redirect\r\nLocation: https://evil.example/", "", KBS_PROTOCOL, 1,
     "resource: HTTP status 307, and redirections are not followed"},
    {AUTH, "201 Created", CHALLENGE, KBS_PROTOCOL, 1, "auth: HTTP status 201"},
    {ATTEST, "204 No Content", "", KBS_PROTOCOL, 1, "attest: HTTP status 204"},
    /* Challenges. */
    {AUTH, "200 OK", "{\"nonce\":\"\",\"extra-params\":\"\"}", KBS_PROTOCOL, 1, "auth: "},
    {AUTH, "200 OK", "{\"nonce\":\"a\\nb\",\"extra-params\":\"\"}", KBS_PROTOCOL, 1, "auth: "},
    {AUTH, "200 OK", "{\"nonce\":\"a\",\"nonce\":\"b\"}", KBS_PROTOCOL, 1, "auth: "},
    {AUTH, "200 OK", "{\"nonce\":\"a\",\"extra-params\":{\"selected-hash-algorithm\":\"sha512\"}}",
     KBS_PROTOCOL, 1, "auth: "},
    {AUTH, "200 OK", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", KBS_PROTOCOL, 1, "auth: "},
    {AUTH, "200 OK", "", KBS_PROTOCOL, 1, "auth: "},
    {AUTH, "200 OK\r\nX: y", CHALLENGE, KBS_PROTOCOL, 1, "auth: there is no session"},
    /* Tokens. */
    {ATTEST, "200 OK", "{\"token\":\"\"}", KBS_PROTOCOL, 1, "attest: there is no token"},
    {ATTEST, "200 OK", "{\"token\":\"a\",\"token\":\"a\"}", KBS_PROTOCOL, 1, "attest: "},
    {ATTEST, "200 OK", "eyJ.e30.c2ln", KBS_PROTOCOL, 1, "attest: "},
    /* What is no secret for this key: test_jwe.c has the rest. */
    {RESOURCE, "200 OK", SECRET, KBS_KEY, 1, "resource: "},
    {RESOURCE, "200 OK", "", KBS_KEY, 1, "resource: "},
    {RESOURCE, "200 OK", "{}", KBS_KEY, 1, "resource: "},
    {RESOURCE, "200 OK", empty, KBS_KEY, 1, "resource: the secret is empty"},
    {RESOURCE, "200 OK", jwe_parties, KBS_OK, 1, ""},
    /* HTTP. */
    {AUTH, NULL, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
     KBS_PROTOCOL, 1, "auth: the body is too long"},
    {AUTH, NULL, "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n{}", KBS_PROTOCOL, 1,
     "auth: the body is too long"},
    {ATTEST, NULL, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
     KBS_PROTOCOL, 1, "attest: Content-Length is there twice"},
    {RESOURCE, NULL,
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     KBS_PROTOCOL, 1, "resource: Content-Length comes with Transfer-Encoding"},
    {RESOURCE, NULL, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\n\r\n",
     KBS_PROTOCOL, 1, "resource: the response is longer than its length"},
    {AUTH, NULL, "HTTP/1.1 200 OK\r\n\r\n" CHALLENGE, KBS_PROTOCOL, 1,
     "auth: the body has no length"},
    {AUTH, NULL, "SSH-2.0-OpenSSH_9.2\r\n", KBS_PROTOCOL, 1, "auth: this is no HTTP/1.1"},
    {RESOURCE, NULL, "HTTP/1.1 200 OK\r\nSet-Cookie: kbs-session-id=a b\r\n\r\n", KBS_PROTOCOL, 1,
     "resource: the session's cookie is none"},
    /* A connection that breaks in the middle, and one that ends in order there. */
    {AUTH, NULL, "HTTP/1.1 200 OK\r\nContent-Len", KBS_CONNECT, 5, "auth: broken"},
    {RESOURCE, NULL, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{", KBS_CONNECT, 5,
     "resource: broken"},
};

static void give(const struct bad *bad)
{
    fake_broker_good_until(bad->step);
    if (bad->status == NULL) {
        fake_broker_raw(bad->text, FAKE_STAYS);
    } else {
        /* A field of the row's own takes the place of the cookie. */
        bool fields = strstr(bad->status, "\r\n") != NULL;

        fake_broker_reply(bad->status, fields ? "" : COOKIE, bad->text);
    }
}

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
        const struct bad *bad = &bads[i];
        bool rightly;

        fake_broker_reset();
        /* Each attempt meets the same. */
        for (unsigned attempt = 0; attempt < bad->attempts; attempt++) {
            give(bad);
        }
        (void)fake_broker_release();
        rightly = broker.outcome.status == bad->is && broker.outcome.attempts == bad->attempts &&
                  strncmp(broker.outcome.reason, bad->reason, strlen(bad->reason)) == 0;
        if (!rightly) {
            fail_msg("row %zu: status %u, %u attempts: %s", i, broker.outcome.status,
                     broker.outcome.attempts, broker.outcome.reason);
        }
        assert_int_equal(broker.pause_count, bad->attempts - 1);
        assert_int_equal(fake_stream.opens, bad->attempts);
    }
}

static void test_ends_early(void **state)
{
    (void)state;
    fake_broker_raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{", FAKE_ENDS);
    assert_false(fake_broker_release());
    assert_int_equal(broker.outcome.status, KBS_PROTOCOL);
    assert_string_equal(broker.outcome.reason, "auth: the response ends in the middle");
    assert_int_equal(broker.outcome.attempts, 1);
}

/* One bit of any of the five members, and nothing is released (test_jwe.c does it to each). */
static void test_flipped(void **state)
{
    static const char *const members[] = {"\"protected\":\"", "\"encrypted_key\":\"", "\"iv\":\"",
                                          "\"ciphertext\":\"", "\"tag\":\""};

    (void)state;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        char flipped[sizeof(jwe_jwcrypto)];
        char *at;

        fake_broker_reset();
        memcpy(flipped, jwe_jwcrypto, sizeof(flipped));
        at = strstr(flipped, members[i]) + strlen(members[i]) + 1;
        *at = (char)(*at == 'A' ? 'B' : 'A');
        fake_broker_good_until(RESOURCE);
        fake_broker_reply("200 OK", "", flipped);
        assert_false(fake_broker_release());
        assert_int_equal(broker.outcome.status, KBS_KEY);
        assert_int_equal(broker.outcome.attempts, 1);
        assert_int_equal(broker.pause_count, 0);
    }
}

/* What the server says is cut, and none of its bytes can do anything to a console. */
static void test_long_detail(void **state)
{
    static char body[3000] = "{\"type\":\"x/\x1b[2J\",\"detail\":\"";
    size_t used = strlen(body);

    (void)state;
    while (used < sizeof(body) - 5) {
        body[used++] = (char)0xc3;
        body[used++] = (char)0xa4;
    }
    memcpy(body + used, "\"}", 3);
    fake_broker_reply("404 Not Found", "", body);
    assert_false(fake_broker_release());
    assert_int_equal(broker.outcome.status, KBS_REFUSED);
    /* An escape character is no JSON. */
    assert_string_equal(broker.outcome.reason, "auth: HTTP status 404");
    fake_broker_reset();
    memcpy(strchr(body, '\x1b'), "a", 1);
    fake_broker_reply("404 Not Found", "", body);
    assert_false(fake_broker_release());
    assert_int_equal(strlen(broker.outcome.reason), sizeof(broker.outcome.reason) - 1);
    assert_memory_equal(broker.outcome.reason, "auth: HTTP status 404 a[2J: ????", 32);
}

static void test_room(void **state)
{
    (void)state;
    broker.room = strlen(SECRET) - 1;
    fake_broker_good_until(ALL);
    assert_false(fake_broker_release());
    assert_int_equal(broker.outcome.status, KBS_KEY);
    fake_broker_reset();
    broker.room = strlen(SECRET);
    fake_broker_good_until(ALL);
    assert_true(fake_broker_released_secret());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_bad, setup),
        cmocka_unit_test_setup(test_ends_early, setup),
        cmocka_unit_test_setup(test_flipped, setup),
        cmocka_unit_test_setup(test_long_detail, setup),
        cmocka_unit_test_setup(test_room, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
