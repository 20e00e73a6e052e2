/* SPDX-License-Identifier: BSD-3-Clause */
/* Claims of a token by rules; and the two kinds of token. */
#ifndef VERIFY_CLAIMS_H
#define VERIFY_CLAIMS_H

#include "cose.h"
#include "verdict.h"

#define CLAIMS_MAX 12u

enum claim_kind {
    CLAIM_BYTES,    /* of `bytes`; 0: of any length */
    CLAIM_DIGEST,   /* bytes: 32, 48 or 64 */
    CLAIM_DIGESTS,  /* an array of `bytes` digests */
    CLAIM_HASH,     /* text: a hash algorithm */
    CLAIM_TEXT,     /* any */
    CLAIM_NUMBER,   /* up to `bytes` */
    CLAIM_SOFTWARE, /* the platform's software components */
};

struct claim_rule {
    int64_t label;
    const char *name;
    enum claim_kind kind;
    uint32_t bytes;
    bool optional;
};

struct claims {
    bool present[CLAIMS_MAX];
    struct cbor value[CLAIMS_MAX]; /* by the index of the rule */
};

/* A map of claims: true and *claims, or a failed line of `check`. Claims without a rule are passed over (RFC 9711, 4). */
bool claims_read(struct span payload, const struct claim_rule *rules, size_t count,
                 struct claims *claims, struct pv_verify_verdict *verdict,
                 enum pv_verify_check check);

/* The bytes of a claim of kind CLAIM_BYTES or CLAIM_DIGEST that is there. */
struct span claims_bytes(const struct claims *claims, size_t index);

/* Of a hash algorithm's name (IANA, hash function textual names) that tokens have; 0: of none. */
size_t hash_bytes(const struct cbor *name);

/* The digest of data by that hash algorithm. False: no memory. */
bool hash_digest(const struct cbor *name, struct span data, uint8_t digest[64]);

#endif /* VERIFY_CLAIMS_H */
