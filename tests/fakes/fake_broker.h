/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A key broker that is written down, over fake_stream.h, and what its client is given besides: a clock, evidence,
 * and keys, which are Bob's of jwe_vectors.h.
 */
#ifndef TESTS_FAKES_FAKE_BROKER_H
#define TESTS_FAKES_FAKE_BROKER_H

#include "fake_stream.h"
#include "net/kbs.h"

#define SECOND UINT64_C(1000000000)
#define SESSION "0123456789abcdef0123456789abcdef"
#define NONCE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
#define COOKIE "Set-Cookie: kbs-session-id=" SESSION "; Expires=Sat, 28 Nov 2026 16:00:00 GMT\r\n"
#define CHALLENGE "{\"nonce\":\"" NONCE "\",\"extra-params\":\"\"}"
#define TOKEN "{\"token\":\"eyJ.e30.c2ln\"}"
#define SECRET "correct horse battery staple" /* what jwe_jwcrypto holds */

enum fake_broker_step { AUTH, ATTEST, RESOURCE, ALL };

struct fake_broker {
    /* As the test has it. */
    struct kbs_request request;
    size_t room; /* for the secret */
    bool has_evidence;
    uint64_t evidence_ns; /* that it takes */
    uint64_t receive_ns;  /* that each receive takes */

    /* What happened. */
    struct kbs_outcome outcome;
    uint8_t secret[64];
    size_t secret_bytes;
    uint64_t now;
    uint64_t pauses[16];
    size_t pause_count;
    unsigned evidence_calls;
    uint8_t challenge[KBS_CHALLENGE_BYTES];
    char requests[FAKE_REPLIES_MAX][2048];
    size_t request_count;
    char replies[FAKE_REPLIES_MAX][4096]; /* the broker's own */
};

extern struct fake_broker broker;

void fake_broker_reset(void);
struct igvm_policy_text fake_broker_text(const char *string);
/* Releases, and ends the test program if what is always so is not: a reason that can be printed where nothing was
 * released, and no byte of a secret. */
bool fake_broker_release(void);
bool fake_broker_released_secret(void);

/* Replies: as they are; with a length; the good ones up to a step. */
void fake_broker_raw(const char *reply, enum fake_then then);
void fake_broker_reply(const char *status, const char *fields, const char *body);
void fake_broker_good_until(enum fake_broker_step step);

#endif /* TESTS_FAKES_FAKE_BROKER_H */
