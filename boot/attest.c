/* SPDX-License-Identifier: BSD-3-Clause */
#include "attest.h"

#include "devices/devices.h"
#include "machine.h"
#include "measure.h"
#include "net/kbs.h"
#include "net/net.h"

#include <mbedtls/platform_util.h>

#include <string.h>

#define DISK 0u            /* the host's first: the one that the key is for */
#define SECRET_BYTES 512u  /* a passphrase, as cryptsetup takes one from a key file */
#define STEPS_MAX 1000000u /* of a token: far more than any hypervisor takes */

static char failure[256];

/* One step after the other: nobody waits for this VP yet. */
static bool evidence(const uint8_t challenge[VTL_CHALLENGE_BYTES], uint8_t *token, size_t room,
                     size_t *bytes)
{
    bool more = true;

    *bytes = 0;
    if (vtl_evidence_start(challenge) != PV_OK) {
        return false;
    }
    for (uint32_t step = 0; more && step < STEPS_MAX && *bytes < room; step++) {
        size_t got = 0;

        if (vtl_evidence_continue(token + *bytes, room - *bytes, &got, &more) != PV_OK) {
            return false;
        }
        *bytes += got;
    }
    return !more;
}

/* The stack's own timers end each waiting early. */
static void pause_for(uint64_t ns)
{
    uint64_t until = vtl_time_ns() + ns;

    while (vtl_time_ns() < until) {
        net_wait(until);
    }
}

static const char *const prefixes[] = {
    [KBS_NAME] = "name resolution", [KBS_CONNECT] = "connection", [KBS_TLS] = "TLS",
    [KBS_PROTOCOL] = "protocol",    [KBS_REFUSED] = "refused",    [KBS_KEY] = "key",
    [KBS_EVIDENCE] = "evidence",    [KBS_POLICY] = "policy",
};

static void append(const char *text)
{
    size_t used = strlen(failure);
    size_t bytes = strlen(text);
    size_t room = sizeof(failure) - 1 - used;

    memcpy(failure + used, text, bytes < room ? bytes : room);
}

static const char *tell(const struct kbs_outcome *outcome)
{
    memset(failure, 0, sizeof(failure));
    append(prefixes[outcome->status]);
    append(": ");
    append(outcome->reason);
    return failure;
}

static const char *release(const struct igvm_policy *policy, uint8_t *secret, size_t *bytes)
{
    struct kbs_request request = {
        .url = policy->server,
        .resource = policy->resource,
        .anchors = policy->anchor,
        .anchor_count = policy->anchors,
        .check_dates = policy->dates,
        .evidence = evidence,
        .now_ns = vtl_time_ns,
        .pause = pause_for,
    };
    struct kbs_outcome outcome;
    uint64_t start = vtl_time_ns();

    if (!kbs_release(&request, secret, SECRET_BYTES, bytes, &outcome)) {
        return tell(&outcome);
    }
    log_info("attestation: the key was released (%llu ms, %u attempts, %u exchanges)",
             (unsigned long long)((vtl_time_ns() - start) / 1000000u), outcome.attempts,
             outcome.exchanges);
    return NULL;
}

static void tell_server(const struct igvm_policy *policy)
{
    char server[IGVM_POLICY_SERVER_BYTES + 1] = {0};

    memcpy(server, policy->server.data, policy->server.bytes);
    log_info("attestation: asking %s for the disk's key", server);
}

static const char *unlock(const struct igvm_policy *policy, const char *network)
{
    uint8_t secret[SECRET_BYTES];
    size_t bytes = 0;
    const char *reason;

    if (vtl_evidence_kind() != VTL_EVIDENCE_CCA) {
        return "evidence: the hypervisor offers none that a key broker takes";
    }
    tell_server(policy);
    net_set_clock(machine_time_s);
    reason = net_up(network);
    if (reason == NULL) {
        reason = release(policy, secret, &bytes);
    }
    net_down();
    if (reason == NULL) {
        reason = virtio_blk_unlock(DISK, secret, bytes);
    }
    mbedtls_platform_zeroize(secret, sizeof(secret));
    return reason;
}

const char *attest(const struct igvm_policy *policy, const char *network)
{
    size_t count = 0;
    const struct net_event *events = measure_log(&count);

    evidence_init(events, count, policy, events[GUEST_EVENT_POLICY].digest);
    return policy->attest ? unlock(policy, network) : NULL;
}
