/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Evidence for the guest: what boot has to say for it. net.h's service serves it.
 */
#ifndef NET_EVIDENCE_H
#define NET_EVIDENCE_H

#include "igvm_policy.h"
#include "vtl/vtl.h"

#define NET_EVENTS_MAX 16u

/* Something that was measured. */
struct net_event {
    uint8_t reg; /* that was extended */
    const char *name;
    uint8_t digest[32]; /* SHA-256 of its content */
};

/*
 * Takes down what GET /measurements and GET /policy answer, and opens GET /evidence. Boot VP, once all
 * is measured, before VTL0 runs. Nothing of the caller's is kept.
 */
void evidence_init(const struct net_event *events, size_t count, const struct igvm_policy *policy,
                   const uint8_t policy_digest[32]);

#endif /* NET_EVIDENCE_H */
