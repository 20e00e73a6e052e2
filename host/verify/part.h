/* SPDX-License-Identifier: BSD-3-Clause */
/* What the platform's and the realm's part have in common: a signed map of claims. */
#ifndef VERIFY_PART_H
#define VERIFY_PART_H

#include "token.h"

struct part_rules {
    enum pv_verify_check structure;
    enum pv_verify_check algorithm;
    enum pv_verify_check claims;
    const struct claim_rule *claim;
    size_t count;
};

/* What the platform was asked with. */
struct span platform_challenge(const struct part *platform);

/* True, and the claims have their forms; or lines that failed. A line for good claims is the caller's. */
bool part_read(struct span text, const struct part_rules *rules, struct part *part,
               struct pv_verify_verdict *verdict);

#endif /* VERIFY_PART_H */
