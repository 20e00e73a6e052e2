/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_broker.h"

#include "fake_random.h"
#include "unit/jwe_vectors.h"

#include <mbedtls/platform.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_broker broker;

static void expect(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "fake_broker: %s\n", what);
        abort();
    }
}

/* ---- What the client is given ------------------------------------------------------------------ */

void tls_port_exit(int status)
{
    (void)status;
    abort();
}

static void next_key_is_bobs(void)
{
    fake_random.next = jwe_bob.d;
    fake_random.next_bytes = sizeof(jwe_bob.d);
}

static uint64_t now_ns(void)
{
    return broker.now;
}

static void take_pause(uint64_t ns)
{
    expect(!fake_stream.is_open, "a connection is kept over a pause");
    expect(broker.pause_count < sizeof(broker.pauses) / sizeof(broker.pauses[0]), "many pauses");
    broker.pauses[broker.pause_count++] = ns;
    broker.now += ns;
    next_key_is_bobs();
}

static void received(void)
{
    broker.now += broker.receive_ns;
}

static void served(const char *request, size_t bytes)
{
    expect(broker.request_count < FAKE_REPLIES_MAX, "many requests");
    expect(bytes < sizeof(broker.requests[0]), "a long request");
    memcpy(broker.requests[broker.request_count++], request, bytes + 1);
}

static bool evidence(const uint8_t challenge[KBS_CHALLENGE_BYTES], uint8_t *token, size_t room,
                     size_t *bytes)
{
    static const uint8_t cca[] = {0xd9, 0x03, 0x8b, 0xa2, 0x00, 0xff};

    expect(room >= 16384, "less room than evidence may take");
    broker.evidence_calls++;
    broker.now += broker.evidence_ns;
    memcpy(broker.challenge, challenge, sizeof(broker.challenge));
    memcpy(token, cca, sizeof(cca));
    *bytes = sizeof(cca);
    return broker.has_evidence;
}

struct igvm_policy_text fake_broker_text(const char *string)
{
    return (struct igvm_policy_text){(const uint8_t *)string, (uint32_t)strlen(string)};
}

void fake_broker_reset(void)
{
    (void)mbedtls_platform_set_calloc_free(calloc, free);
    fake_stream_reset();
    fake_stream.received = received;
    fake_stream.serve = served;
    fake_random = (struct fake_random){.dry = false};
    next_key_is_bobs();
    memset(&broker, 0, offsetof(struct fake_broker, requests));
    broker.request_count = 0;
    broker.request = (struct kbs_request){
        .url = fake_broker_text("https://kbs.example/prefix"),
        .resource = fake_broker_text("default/key/disk"),
        .evidence = evidence,
        .now_ns = now_ns,
        .pause = take_pause,
    };
    broker.room = sizeof(broker.secret);
    broker.has_evidence = true;
    broker.now = 5 * SECOND;
    broker.secret_bytes = 99;
}

bool fake_broker_release(void)
{
    static const uint8_t zeros[sizeof(broker.secret)];
    const struct kbs_outcome *outcome = &broker.outcome;
    bool released = kbs_release(&broker.request, broker.secret, broker.room, &broker.secret_bytes,
                                &broker.outcome);

    expect(released == (outcome->status == KBS_OK), "the status is another");
    expect(!fake_stream.is_open, "a connection is kept");
    expect(memchr(outcome->reason, '\0', sizeof(outcome->reason)) != NULL, "the reason has no end");
    for (const char *at = outcome->reason; *at != '\0'; at++) {
        expect(*at >= ' ' && *at <= '~', "the reason can't be printed");
    }
    if (released) {
        expect(outcome->reason[0] == '\0', "there is a reason for nothing");
    } else {
        expect(broker.secret_bytes == 0, "there is a secret's length");
        expect(memcmp(broker.secret, zeros, sizeof(zeros)) == 0, "there is a secret");
        expect(outcome->reason[0] != '\0', "there is no reason");
    }
    return released;
}

bool fake_broker_released_secret(void)
{
    return fake_broker_release() && broker.secret_bytes == strlen(SECRET) &&
           memcmp(broker.secret, SECRET, strlen(SECRET)) == 0;
}

/* ---- The server -------------------------------------------------------------------------------- */

void fake_broker_raw(const char *reply, enum fake_then then)
{
    fake_stream_reply(reply, strlen(reply), then);
}

void fake_broker_reply(const char *status, const char *fields, const char *body)
{
    char *to = broker.replies[fake_stream.reply_count];
    int bytes =
        snprintf(to, sizeof(broker.replies[0]), "HTTP/1.1 %s\r\n%scontent-length: %zu\r\n\r\n%s",
                 status, fields, strlen(body), body);

    expect(bytes > 0 && (size_t)bytes < sizeof(broker.replies[0]), "a long reply");
    fake_broker_raw(to, FAKE_STAYS);
}

void fake_broker_good_until(enum fake_broker_step step)
{
    if (step > AUTH) {
        fake_broker_reply("200 OK", COOKIE, CHALLENGE);
    }
    if (step > ATTEST) {
        fake_broker_reply("200 OK", COOKIE, TOKEN);
    }
    if (step > RESOURCE) {
        fake_broker_reply("200 OK", "", jwe_jwcrypto);
    }
}
