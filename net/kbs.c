/* SPDX-License-Identifier: BSD-3-Clause */
/* See kbs.h. */
#include "net/kbs.h"

#include "http_client.h"
#include "jwe.h"
#include "kbs_message.h"
#include "text.h"
#include "url.h"

#include <string.h>

#define ATTEMPTS 5u
/*
 * A server says no to an expired session as it does to evidence that it does not like: a few new
 * sessions tell one from the other, as its own client tries.
 */
#define REFUSALS 3u
#define SECOND_NS UINT64_C(1000000000)
#define PAUSE_MAX_NS (8 * SECOND_NS)
#define TIME_MAX_NS (120 * SECOND_NS) /* from the first attempt to the end of the last */

#define BODY_BYTES 65536u
#define TOKEN_BYTES 16384u

#define OK 200u
#define REDIRECTION 300u
#define CLIENT_ERROR 400u
#define UNAUTHORIZED 401u
#define SERVER_ERROR 500u

/* One release at a time; what is secret in it is wiped at the end of each attempt. */
static struct {
    struct url url;
    struct http_client client;
    struct jwe_key key;
    struct kbs_runtime runtime;
    uint8_t token[TOKEN_BYTES];
    char body[BODY_BYTES];
} kbs;

struct attempt {
    const struct kbs_request *request;
    struct kbs_outcome *outcome;
    unsigned attempts_max; /* that make sense after how this one went */
    uint8_t *secret;
    size_t room;
    size_t bytes;
};

/* ---- Reasons ----------------------------------------------------------------------------------- */

static struct text reason_start(struct kbs_outcome *outcome, enum kbs_status status)
{
    memset(outcome->reason, 0, sizeof(outcome->reason));
    outcome->status = status;
    return (struct text){outcome->reason, sizeof(outcome->reason) - 1, 0, false};
}

static bool fail(struct kbs_outcome *outcome, enum kbs_status status, const char *step,
                 const char *what)
{
    struct text reason = reason_start(outcome, status);

    text_add(&reason, step);
    text_add(&reason, what);
    return false;
}

static bool fail_stream(struct attempt *attempt, const char *step, enum stream_status status)
{
    static const enum kbs_status statuses[] = {
        [STREAM_NAME] = KBS_NAME,
        [STREAM_CONNECT] = KBS_CONNECT,
        [STREAM_TLS] = KBS_TLS,
        [STREAM_LOST] = KBS_CONNECT,
    };

    attempt->attempts_max = status == STREAM_TLS ? 1 : ATTEMPTS;
    return fail(attempt->outcome, statuses[status], step, kbs.client.reason.text);
}

/* The server has answered, and not with what was asked for. */
static bool fail_status(struct attempt *attempt, const char *step)
{
    uint16_t status = kbs.client.response.status;
    bool refused = status >= CLIENT_ERROR;
    struct text reason = reason_start(attempt->outcome, refused ? KBS_REFUSED : KBS_PROTOCOL);
    bool final = false;

    text_add(&reason, step);
    text_add(&reason, "HTTP status ");
    text_add_number(&reason, status);
    if (refused) {
        final = kbs_error_read(kbs.body, kbs.client.response.body_bytes, &reason);
    } else if (status >= REDIRECTION) {
        text_add(&reason, ", and redirections are not followed");
    }
    if (status >= SERVER_ERROR) {
        attempt->attempts_max = ATTEMPTS;
    } else if (status == UNAUTHORIZED && !final) {
        attempt->attempts_max = REFUSALS;
    }
    return false;
}

/* ---- The three steps --------------------------------------------------------------------------- */

static bool step_call(struct attempt *attempt, const char *step, const struct http_call *call)
{
    enum stream_status status = http_client_call(&kbs.client, call);

    if (status != STREAM_OK) {
        return fail_stream(attempt, step, status);
    }
    if (kbs.client.response.wrong != NULL) {
        return fail(attempt->outcome, KBS_PROTOCOL, step, kbs.client.response.wrong);
    }
    return kbs.client.response.status == OK || fail_status(attempt, step);
}

static bool authenticate(struct attempt *attempt)
{
    static const char step[] = "auth: ";
    static const struct http_call call = {.path = "/kbs/v0/auth", .body = kbs_write_request};
    const char *wrong;

    if (!step_call(attempt, step, &call)) {
        return false;
    }
    wrong = kbs_challenge_read(kbs.body, kbs.client.response.body_bytes, &kbs.key, &kbs.runtime);
    if (wrong == NULL && kbs.client.cookie.bytes == 0) {
        wrong = "there is no session";
    }
    return wrong == NULL || fail(attempt->outcome, KBS_PROTOCOL, step, wrong);
}

static bool attest(struct attempt *attempt)
{
    static const char step[] = "attest: ";
    struct kbs_attestation attestation = {.runtime = &kbs.runtime, .token = kbs.token};
    const struct http_call call = {
        .path = "/kbs/v0/attest", .body = kbs_write_attestation, .about = &attestation};
    uint8_t challenge[KBS_CHALLENGE_BYTES];
    const char *wrong;

    kbs_challenge_digest(&kbs.runtime, challenge);
    if (!attempt->request->evidence(challenge, kbs.token, sizeof(kbs.token),
                                    &attestation.token_bytes)) {
        return fail(attempt->outcome, KBS_EVIDENCE, step, "the hypervisor gives no token");
    }
    CHECK(attestation.token_bytes <= sizeof(kbs.token));
    if (!step_call(attempt, step, &call)) {
        return false;
    }
    wrong = kbs_token_check(kbs.body, kbs.client.response.body_bytes);
    return wrong == NULL || fail(attempt->outcome, KBS_PROTOCOL, step, wrong);
}

static bool fetch(struct attempt *attempt)
{
    static const char step[] = "resource: ";
    const struct http_call call = {.path = "/kbs/v0/resource/",
                                   .path_end = attempt->request->resource};
    const char *wrong;

    if (!step_call(attempt, step, &call)) {
        return false;
    }
    wrong = jwe_open(&kbs.key, kbs.body, kbs.client.response.body_bytes, attempt->secret,
                     attempt->room, &attempt->bytes);
    if (wrong == NULL && attempt->bytes == 0) {
        wrong = "the secret is empty";
    }
    return wrong == NULL || fail(attempt->outcome, KBS_KEY, step, wrong);
}

/* ---- Attempts ---------------------------------------------------------------------------------- */

/* A new key, session and connection each. */
static bool try_once(struct attempt *attempt)
{
    bool released;

    attempt->outcome->attempts++;
    attempt->attempts_max = 1;
    kbs.client.cookie.bytes = 0;
    if (!jwe_key_make(&kbs.key)) {
        return fail(attempt->outcome, KBS_KEY, "", "there is no entropy for a key");
    }
    released = authenticate(attempt) && attest(attempt) && fetch(attempt);
    http_client_close(&kbs.client);
    jwe_key_wipe(&kbs.key);
    attempt->outcome->exchanges = kbs.client.exchanges;
    return released;
}

static const char *prepare(const struct kbs_request *request)
{
    const char *wrong = url_read(request->url, &kbs.url);

    if (wrong == NULL && !kbs_resource_is_good(request->resource)) {
        wrong = "the resource is no repository/type/tag";
    }
    kbs.client = (struct http_client){
        .url = &kbs.url,
        .peer = {kbs.url.host, kbs.url.port, request->anchors, request->anchor_count,
                 request->check_dates},
        .now_ns = request->now_ns,
        .until_ns = request->now_ns() + TIME_MAX_NS,
        .body = kbs.body,
        .body_room = sizeof(kbs.body),
    };
    return wrong;
}

bool kbs_release(const struct kbs_request *request, uint8_t *secret, size_t room, size_t *bytes,
                 struct kbs_outcome *outcome)
{
    struct attempt attempt = {
        .request = request, .outcome = outcome, .secret = secret, .room = room};
    const char *wrong = prepare(request);
    uint64_t pause_ns = SECOND_NS;

    *bytes = 0;
    *outcome = (struct kbs_outcome){.status = KBS_OK};
    if (wrong != NULL) {
        return fail(outcome, KBS_POLICY, "", wrong);
    }
    while (!try_once(&attempt)) {
        if (outcome->attempts >= attempt.attempts_max ||
            request->now_ns() + pause_ns >= kbs.client.until_ns) {
            return false;
        }
        request->pause(pause_ns);
        pause_ns = pause_ns < PAUSE_MAX_NS ? pause_ns * 2 : pause_ns;
    }
    (void)reason_start(outcome, KBS_OK);
    *bytes = attempt.bytes;
    return true;
}
