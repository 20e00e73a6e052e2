/* SPDX-License-Identifier: BSD-3-Clause */
/* A Complete Arm CCA token: its wrapper, and its two parts. */
#ifndef VERIFY_TOKEN_H
#define VERIFY_TOKEN_H

#include "claims.h"

struct token {
    struct span platform; /* each a COSE_Sign1 */
    struct span realm;
};

struct part {
    struct cose_sign1 sign1;
    struct claims claims;
};

struct realm {
    struct part part;
    struct cose_key key; /* the realm's attestation key (RAK) */
    bool key_good;
};

/* True and what was asked for; or lines that failed. */
bool token_unwrap(struct span text, struct token *token, struct pv_verify_verdict *verdict);
bool platform_read(struct span text, struct part *platform, struct pv_verify_verdict *verdict);
bool realm_read(struct span text, struct realm *realm, struct pv_verify_verdict *verdict);

/* The platform's signature and identity, under the key of its instance. */
void platform_judge(const struct part *platform, const struct pv_verify_anchors *anchors,
                    struct pv_verify_verdict *verdict);

/* That the platform has vouched for the realm's key, and its signature. */
void realm_judge(const struct realm *realm, const struct part *platform,
                 struct pv_verify_verdict *verdict);

/* What runs, against what is to run. */
void realm_compare(const struct realm *realm, const struct pv_verify_question *question,
                   struct pv_verify_verdict *verdict);

#endif /* VERIFY_TOKEN_H */
