/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * pv_verify: checks a Complete Arm CCA attestation token as a machine under Paravane gives it. For
 * attestation servers.
 *
 * No global state, no network, no files, no output: several threads may use it at once. Every byte given is
 * taken for hostile but for the trust anchors, the reference values and the challenge, which are the
 * caller's own; those have to be well-formed all the same, and are read at any length. libcrypto's queue
 * of errors of the calling thread is left empty.
 *
 * What a function allocates is told at the function, together with what frees it. Everything given stays the
 * caller's and is not kept, but for what a question points to, which must outlive the call.
 *
 *     struct pv_verify_question question = {.token = ..., .anchors = ..., .challenge = ..., ...};
 *     struct pv_verify_verdict verdict;
 *
 *     pv_verify_token(&question, &verdict);
 *     if (verdict.accepted) { release the key }
 */
#ifndef PV_VERIFY_H
#define PV_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PV_VERIFY_TOKEN_BYTES_MAX 65536u
#define PV_VERIFY_CHALLENGE_BYTES 64u
#define PV_VERIFY_DIGEST_BYTES 32u /* SHA-256: all that Paravane measures with */
#define PV_VERIFY_MEASUREMENT_BYTES_MAX 64u
#define PV_VERIFY_REGISTERS 4u /* REM[0] to REM[3]: Paravane's registers 1 to 4 */
#define PV_VERIFY_IMPLEMENTATION_BYTES 32u
#define PV_VERIFY_INSTANCE_BYTES 33u
#define PV_VERIFY_COORDINATE_BYTES 48u /* P-384 */
#define PV_VERIFY_PERSONALIZATION_BYTES 64u
#define PV_VERIFY_NONCE_BYTES_MAX 64u
#define PV_VERIFY_EVENTS_MAX 64u
#define PV_VERIFY_EVENT_NAME_BYTES 32u /* with its NUL */
#define PV_VERIFY_REASON_BYTES 320u

/* ---- What a token is held against ---- */

/* A platform's attestation key (CPAK) and whose it is. */
struct pv_verify_anchor {
    uint8_t x[PV_VERIFY_COORDINATE_BYTES];
    uint8_t y[PV_VERIFY_COORDINATE_BYTES];
    uint8_t implementation_id[PV_VERIFY_IMPLEMENTATION_BYTES];
    uint8_t instance_id[PV_VERIFY_INSTANCE_BYTES];
};

struct pv_verify_anchors {
    size_t count;
    struct pv_verify_anchor *anchor;
};

/* Something that was measured: register[reg] = SHA-256(register[reg] || SHA-256(name) || digest). */
struct pv_verify_event {
    unsigned reg; /* 1 to 4 */
    char name[PV_VERIFY_EVENT_NAME_BYTES];
    bool known; /* there is a digest; false only in reference values */
    uint8_t digest[PV_VERIFY_DIGEST_BYTES];
};

struct pv_verify_events {
    size_t count;
    struct pv_verify_event event[PV_VERIFY_EVENTS_MAX];
};

/* What is to run. */
struct pv_verify_reference {
    uint8_t rim[PV_VERIFY_DIGEST_BYTES];
    bool personalization_known; /* false: any value is right */
    uint8_t personalization[PV_VERIFY_PERSONALIZATION_BYTES];
    bool register_known[PV_VERIFY_REGISTERS]; /* the same */
    uint8_t registers[PV_VERIFY_REGISTERS][PV_VERIFY_DIGEST_BYTES];
    bool debug; /* its policy lets the host debug it */
    uint32_t svn;
    struct pv_verify_events events; /* how the registers came about; none is good, too */
};

/*
 * Readers of JSON. NULL, or what is wrong (a text that stays). README.md describes the formats.
 * A log of more than 64 KiB is not read. Of the anchors, pv_verify_anchors_free frees what was allocated;
 * where reading failed there is nothing.
 */
const char *pv_verify_read_anchors(const void *text, size_t bytes,
                                   struct pv_verify_anchors *anchors);
void pv_verify_anchors_free(struct pv_verify_anchors *anchors);
const char *pv_verify_read_reference(const void *text, size_t bytes,
                                     struct pv_verify_reference *reference);
const char *pv_verify_read_events(const void *text, size_t bytes, struct pv_verify_events *events);

/*
 * The challenge of evidence that a guest asked for: SHA-512 over a prefix, the nonce and the data, so that
 * it is never one that a key broker makes. False: the nonce is not 1 to 64 bytes, the data more than 64.
 */
bool pv_verify_guest_challenge(const void *nonce, size_t nonce_bytes, const void *data,
                               size_t data_bytes, uint8_t challenge[PV_VERIFY_CHALLENGE_BYTES]);

/* Base64url without padding (RFC 4648, 5), as in the guest's queries. False: it is not, or there is no room. */
bool pv_verify_base64url(const char *text, size_t bytes, void *to, size_t room, size_t *got);

/*
 * A token out of what it travels in: CBOR as it is; the KBS protocol's {"token": [byte, ...]}; the guest
 * service's {"kind": "cca", "token": base64}; with `http`, that in an HTTP answer with its head. The
 * nonce and challenge that may stand beside a token are not looked at. NULL and the token, free() frees
 * it; or what is wrong. JSON of more than 8 * PV_VERIFY_TOKEN_BYTES_MAX is not read.
 */
const char *pv_verify_unwrap(const void *input, size_t bytes, bool http, uint8_t **token,
                             size_t *token_bytes);

/* ---- The verdict ---- */

/* In the order in which they are told. */
enum pv_verify_check {
    PV_VERIFY_WRAPPER,
    PV_VERIFY_PLATFORM_STRUCTURE,
    PV_VERIFY_PLATFORM_ALGORITHM,
    PV_VERIFY_PLATFORM_PROFILE,
    PV_VERIFY_PLATFORM_CLAIMS,
    PV_VERIFY_PLATFORM_ANCHOR,
    PV_VERIFY_PLATFORM_SIGNATURE,
    PV_VERIFY_IMPLEMENTATION,
    PV_VERIFY_LIFECYCLE,
    PV_VERIFY_REALM_STRUCTURE,
    PV_VERIFY_REALM_ALGORITHM,
    PV_VERIFY_REALM_PROFILE,
    PV_VERIFY_REALM_CLAIMS,
    PV_VERIFY_REALM_KEY,
    PV_VERIFY_BINDING,
    PV_VERIFY_REALM_SIGNATURE,
    PV_VERIFY_CHALLENGE,
    PV_VERIFY_HASH,
    PV_VERIFY_RIM,
    PV_VERIFY_PERSONALIZATION,
    PV_VERIFY_REM_1,
    PV_VERIFY_REM_2,
    PV_VERIFY_REM_3,
    PV_VERIFY_REM_4,
    PV_VERIFY_DEBUG,
    PV_VERIFY_EVENTS_1,
    PV_VERIFY_EVENTS_2,
    PV_VERIFY_EVENTS_3,
    PV_VERIFY_EVENTS_4,
    PV_VERIFY_CHECKS
};

enum pv_verify_outcome { PV_VERIFY_SKIPPED, PV_VERIFY_PASSED, PV_VERIFY_FAILED };

struct pv_verify_line {
    enum pv_verify_outcome outcome;
    bool required; /* not passed means not accepted; false where the question has waived it */
    char reason
        [PV_VERIFY_REASON_BYTES]; /* ASCII without control characters, whatever is in the token */
};

/* What the token says. Worth something in a verdict that accepts. */
struct pv_verify_claims {
    bool platform; /* these could be read */
    uint8_t instance_id[PV_VERIFY_INSTANCE_BYTES];
    uint8_t implementation_id[PV_VERIFY_IMPLEMENTATION_BYTES];
    uint16_t lifecycle;
    bool realm; /* and these */
    uint8_t challenge[PV_VERIFY_CHALLENGE_BYTES];
    uint8_t personalization[PV_VERIFY_PERSONALIZATION_BYTES];
    size_t measurement_bytes; /* of the launch digest and each register: 32, 48 or 64 */
    uint8_t rim[PV_VERIFY_MEASUREMENT_BYTES_MAX];
    uint8_t registers[PV_VERIFY_REGISTERS][PV_VERIFY_MEASUREMENT_BYTES_MAX];
};

struct pv_verify_verdict {
    bool accepted; /* every required check has passed */
    struct pv_verify_line line[PV_VERIFY_CHECKS];
    struct pv_verify_claims claims;
};

struct pv_verify_question {
    const uint8_t *token;
    size_t token_bytes;
    const struct pv_verify_anchors *anchors;
    const uint8_t *challenge; /* PV_VERIFY_CHALLENGE_BYTES */
    const struct pv_verify_reference *reference;
    const struct pv_verify_events *events; /* NULL: there is no log */
    /* Without these, a NULL above is a check that fails. */
    bool any_challenge; /* waives the challenge: an old token passes */
    bool any_image;     /* waives the reference values: any image and guest pass */
    bool allow_debug;   /* an image that the host can debug passes */
};

/* Always fills in all of the verdict. Work and memory are bounded by the token's bytes. */
void pv_verify_token(const struct pv_verify_question *question, struct pv_verify_verdict *verdict);

/* "rem-2"; never changes. */
const char *pv_verify_check_name(enum pv_verify_check check);
/* "passed", "failed" or "skipped". */
const char *pv_verify_outcome_name(enum pv_verify_outcome outcome);

#ifdef __cplusplus
}
#endif

#endif /* PV_VERIFY_H */
