/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of a CCA attestation token: claims (DEN0137 1.0-rel0, A7.2), COSE_Sign1 around each of the two sets (RFC 9052,
 * 4.2), the collection of both. Each returns its bytes, or 0 if there is no room.
 */
#ifndef REFHV_TOKEN_CLAIMS_H
#define REFHV_TOKEN_CLAIMS_H

#include "measurement.h"
#include "sign.h"

/* Of claims, and with their signature. */
#define TOKEN_CLAIMS_MAX 640u
#define TOKEN_PART_MAX 768u
#define TOKEN_BYTES_MAX 2048u

/* What is signed or has been: a set of claims, or a COSE_Sign1 with one. */
struct token_part {
    size_t bytes;
    uint8_t data[TOKEN_PART_MAX];
};

struct token_realm {
    uint8_t challenge[RSI_CHALLENGE_BYTES];
    struct measurement_set measurements;
};

/* The platform vouches for the realm's key by a digest of its COSE_Key (A7.2.3). */
bool token_platform_claims(struct token_part *claims, const struct sign_key *realm_key);

/* The personalization value is the operator's option. */
bool token_realm_claims(struct token_part *claims, const struct token_realm *realm,
                        const struct sign_key *realm_key);

/* Digest of the Sig_structure (RFC 9052, 4.4): what ES384 signs. */
void token_digest(const struct token_part *claims, uint8_t digest[HASH_SHA384_BYTES]);

/* COSE_Sign1 of claims. */
bool token_seal(struct token_part *sealed, const struct token_part *claims,
                const uint8_t signature[SIGN_BYTES]);

/* The token: with tag 907 or, by the operator's option, 399. */
size_t token_collect(uint8_t to[TOKEN_BYTES_MAX], const struct token_part *platform,
                     const struct token_part *realm);

#endif /* REFHV_TOKEN_CLAIMS_H */
