/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The platform's token: claims of RFC 9783 as CCA platforms use them (Arm's CCA security model; labels in
 * README.md). Its key is in the trust anchors, by instance.
 */
#include "part.h"

#include <string.h>

enum {
    PROFILE,
    CHALLENGE,
    INSTANCE,
    LIFECYCLE,
    IMPLEMENTATION,
    SOFTWARE,
    SERVICE,
    CONFIGURATION,
    HASH,
    CLAIM_COUNT
};

static const struct claim_rule claim_rules[CLAIM_COUNT] = {
    [PROFILE] = {265, "the profile", CLAIM_TEXT, 0, true},
    [CHALLENGE] = {10, "the challenge", CLAIM_DIGEST, 0, false},
    [INSTANCE] = {256, "the instance id", CLAIM_BYTES, PV_VERIFY_INSTANCE_BYTES, false},
    [LIFECYCLE] = {2395, "the lifecycle", CLAIM_NUMBER, UINT16_MAX, false},
    [IMPLEMENTATION] = {2396, "the implementation id", CLAIM_BYTES, PV_VERIFY_IMPLEMENTATION_BYTES,
                        false},
    [SOFTWARE] = {2399, "the list of software components", CLAIM_SOFTWARE, 0, false},
    [SERVICE] = {2400, "the verification service", CLAIM_TEXT, 0, true},
    [CONFIGURATION] = {2401, "the platform's configuration", CLAIM_BYTES, 0, false},
    [HASH] = {2402, "the hash algorithm", CLAIM_HASH, 0, false},
};

static const struct part_rules rules = {PV_VERIFY_PLATFORM_STRUCTURE, PV_VERIFY_PLATFORM_ALGORITHM,
                                        PV_VERIFY_PLATFORM_CLAIMS, claim_rules, CLAIM_COUNT};

/* Bits 15:8; the rest is the implementation's own. */
#define LIFECYCLE_SECURED 0x30u

static void judge_profile(const struct claims *claims, struct pv_verify_verdict *verdict)
{
    static const char *const profiles[] = {"tag:arm.com,2023:cca_platform#1.0.0",
                                           "http://arm.com/CCA-SSD/1.0.0"};

    if (!claims->present[PROFILE]) {
        verdict_fail(verdict, PV_VERIFY_PLATFORM_PROFILE, "there is none");
        return;
    }
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
        if (cbor_text_is(&claims->value[PROFILE], profiles[i])) {
            verdict_pass(verdict, PV_VERIFY_PLATFORM_PROFILE, "%s", profiles[i]);
            return;
        }
    }
    verdict_fail(verdict, PV_VERIFY_PLATFORM_PROFILE, "it is not one that is known here");
}

static void judge_lifecycle(const struct claims *claims, struct pv_verify_verdict *verdict)
{
    static const char *const states[] = {
        "unknown",       "assembly and test",     "provisioning",
        "secured",       "debugging outside CCA", "recoverable debugging",
        "decommissioned"};
    unsigned lifecycle = (unsigned)claims->value[LIFECYCLE].argument;
    unsigned state = lifecycle >> 8;
    const char *name = (state & 15u) == 0 && state / 16 < sizeof(states) / sizeof(states[0])
                           ? states[state / 16]
                           : "reserved";

    if (state == LIFECYCLE_SECURED) {
        verdict_pass(verdict, PV_VERIFY_LIFECYCLE, "0x%04x: %s", lifecycle, name);
    } else {
        verdict_fail(verdict, PV_VERIFY_LIFECYCLE, "0x%04x: %s; only 0x30xx, secured, is taken",
                     lifecycle, name);
    }
}

bool platform_read(struct span text, struct part *platform, struct pv_verify_verdict *verdict)
{
    struct pv_verify_claims *said = &verdict->claims;
    const struct claims *claims = &platform->claims;

    if (!part_read(text, &rules, platform, verdict)) {
        return false;
    }
    verdict_pass(verdict, PV_VERIFY_PLATFORM_CLAIMS, "all there, %u software components",
                 (unsigned)claims->value[SOFTWARE].argument);
    judge_profile(claims, verdict);
    judge_lifecycle(claims, verdict);
    said->platform = true;
    memcpy(said->instance_id, claims_bytes(claims, INSTANCE).data, sizeof(said->instance_id));
    memcpy(said->implementation_id, claims_bytes(claims, IMPLEMENTATION).data,
           sizeof(said->implementation_id));
    said->lifecycle = (uint16_t)claims->value[LIFECYCLE].argument;
    return true;
}

static const struct pv_verify_anchor *find_anchor(const struct pv_verify_anchors *anchors,
                                                  const uint8_t *instance)
{
    for (size_t i = 0; anchors != NULL && i < anchors->count; i++) {
        if (memcmp(anchors->anchor[i].instance_id, instance, PV_VERIFY_INSTANCE_BYTES) == 0) {
            return &anchors->anchor[i];
        }
    }
    return NULL;
}

void platform_judge(const struct part *platform, const struct pv_verify_anchors *anchors,
                    struct pv_verify_verdict *verdict)
{
    const struct pv_verify_claims *said = &verdict->claims;
    const struct pv_verify_anchor *anchor = find_anchor(anchors, said->instance_id);
    struct hex instance = hex_of(said->instance_id, sizeof(said->instance_id));
    struct hex implementation = hex_of(said->implementation_id, sizeof(said->implementation_id));
    struct cose_key key;

    if (anchor == NULL) {
        verdict_fail(verdict, PV_VERIFY_PLATFORM_ANCHOR, "no trust anchor for the instance %s",
                     instance.text);
        return;
    }
    verdict_pass(verdict, PV_VERIFY_PLATFORM_ANCHOR, "for the instance %s", instance.text);
    memcpy(key.x, anchor->x, sizeof(key.x));
    memcpy(key.y, anchor->y, sizeof(key.y));
    verdict_judge(verdict, PV_VERIFY_PLATFORM_SIGNATURE,
                  cose_signature_check(&platform->sign1, &key), "by the trust anchor's key");
    if (memcmp(anchor->implementation_id, said->implementation_id,
               sizeof(anchor->implementation_id)) == 0) {
        verdict_pass(verdict, PV_VERIFY_IMPLEMENTATION, "%s", implementation.text);
    } else {
        verdict_fail(verdict, PV_VERIFY_IMPLEMENTATION, "%s, and the trust anchor is for %s",
                     implementation.text,
                     hex_of(anchor->implementation_id, sizeof(anchor->implementation_id)).text);
    }
}

struct span platform_challenge(const struct part *platform)
{
    return claims_bytes(&platform->claims, CHALLENGE);
}
