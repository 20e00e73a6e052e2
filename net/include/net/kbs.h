/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client of a key broker: Trustee's protocol, version 0.4.0, with evidence of an Arm CCA realm. Boot VP,
 * before VTL0 runs.
 */
#ifndef NET_KBS_H
#define NET_KBS_H

#include "igvm_policy.h"
#include "vtl/base.h"

#define KBS_CHALLENGE_BYTES 64u

enum kbs_status {
    KBS_OK,
    KBS_NAME,     /* the server's name has no address */
    KBS_CONNECT,  /* there is no connection, or it breaks */
    KBS_TLS,      /* who answers is not the server of the policy */
    KBS_PROTOCOL, /* what it says is not the protocol */
    KBS_REFUSED,  /* it says no */
    KBS_KEY,      /* what it gives is not for us, or there is no key to receive it with */
    KBS_EVIDENCE, /* there is no evidence */
    KBS_POLICY,   /* the policy's URL or resource can't be used */
};

struct kbs_request {
    struct igvm_policy_text url;      /* https://HOST[:PORT][/PREFIX] */
    struct igvm_policy_text resource; /* repository/type/tag */
    const struct igvm_policy_text *anchors;
    uint32_t anchor_count;
    bool check_dates;
    /* The CCA token for a challenge; false: none. Called once an attempt. */
    bool (*evidence)(const uint8_t challenge[KBS_CHALLENGE_BYTES], uint8_t *token, size_t room,
                     size_t *bytes);
    uint64_t (*now_ns)(void);
    void (*pause)(uint64_t ns); /* between attempts */
};

struct kbs_outcome {
    enum kbs_status status;
    char reason[200]; /* a C string of printable ASCII: what exactly, of the last attempt */
    uint32_t attempts;
    uint32_t exchanges; /* requests sent, over all attempts */
};

/* False: nothing is released, and *outcome says why. The secret is the caller's to wipe. */
bool kbs_release(const struct kbs_request *request, uint8_t *secret, size_t room, size_t *bytes,
                 struct kbs_outcome *outcome);

#endif /* NET_KBS_H */
