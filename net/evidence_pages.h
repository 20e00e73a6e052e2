/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pages that explain evidence: what was measured, and the policy.
 */
#ifndef NET_EVIDENCE_PAGES_H
#define NET_EVIDENCE_PAGES_H

#include "net/evidence.h"

/* Writes them, for good. */
void evidence_pages_write(const struct net_event *events, size_t count,
                          const struct igvm_policy *policy, const uint8_t policy_digest[32]);

#endif /* NET_EVIDENCE_PAGES_H */
