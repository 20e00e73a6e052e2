/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The realm's token (RMM specification, A7.2; labels in README.md). Three profiles: none and 2023, of RMM
 * 1.0, which differ in the form of the key; and 2024, with two claims more.
 */
#include "measure.h"
#include "part.h"

#include <string.h>

enum {
    PROFILE,
    CHALLENGE,
    INSTANCE,
    PERSONALIZATION,
    HASH,
    KEY,
    RIM,
    REM,
    KEY_HASH,
    MEC_POLICY,
    CLAIM_COUNT
};

static const struct claim_rule claim_rules[CLAIM_COUNT] = {
    [PROFILE] = {265, "the profile", CLAIM_TEXT, 0, true},
    [CHALLENGE] = {10, "the challenge", CLAIM_BYTES, PV_VERIFY_CHALLENGE_BYTES, false},
    [INSTANCE] = {256, "the realm's instance id", CLAIM_BYTES, PV_VERIFY_INSTANCE_BYTES, true},
    [PERSONALIZATION] = {44235, "the personalization value", CLAIM_BYTES,
                         PV_VERIFY_PERSONALIZATION_BYTES, false},
    [HASH] = {44236, "the hash algorithm", CLAIM_HASH, 0, false},
    [KEY] = {44237, "the realm's key", CLAIM_BYTES, 0, false},
    [RIM] = {44238, "the initial measurement", CLAIM_DIGEST, 0, false},
    [REM] = {44239, "the extensible measurements", CLAIM_DIGESTS, PV_VERIFY_REGISTERS, false},
    [KEY_HASH] = {44240, "the hash algorithm for the key", CLAIM_HASH, 0, false},
    [MEC_POLICY] = {44243, "the memory encryption policy", CLAIM_NUMBER, 1, true},
};

static const struct part_rules rules = {PV_VERIFY_REALM_STRUCTURE, PV_VERIFY_REALM_ALGORITHM,
                                        PV_VERIFY_REALM_CLAIMS, claim_rules, CLAIM_COUNT};

static const struct profile {
    const char *text; /* NULL: the claim is not there */
    bool cose_key;    /* the key is a COSE_Key, and not a bare point */
    bool of_2024;
} profiles[] = {
    {NULL, false, false},
    {"tag:arm.com,2023:realm#1.0.0", true, false},
    {"tag:arm.com,2024:realm#2.0.0", true, true},
};

/* NULL: not one that is known. */
static const struct profile *find_profile(const struct claims *claims)
{
    for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++) {
        if (profiles[i].text == NULL
                ? !claims->present[PROFILE]
                : claims->present[PROFILE] &&
                      cbor_text_is(&claims->value[PROFILE], profiles[i].text)) {
            return &profiles[i];
        }
    }
    return NULL;
}

static struct span rem_bytes(const struct claims *claims, uint64_t index)
{
    struct cbor element = {0};
    struct span bytes = {NULL, 0};

    (void)cbor_element(&claims->value[REM], index, &element);
    (void)cbor_bytes(&element, &bytes);
    return bytes;
}

/* What the forms of single claims don't say. NULL, or what is wrong. */
static const char *check_claims(const struct claims *claims, const struct profile *profile)
{
    size_t digest = hash_bytes(&claims->value[HASH]);

    /* RMM specification, A7.1: measurements are as long as the hash algorithm's digests. */
    if (claims_bytes(claims, RIM).bytes != digest) {
        return "the initial measurement (claim 44238) is not as long as its hash algorithm's";
    }
    for (uint64_t i = 0; i < PV_VERIFY_REGISTERS; i++) {
        if (rem_bytes(claims, i).bytes != digest) {
            return "an extensible measurement (claim 44239) is not as long as its hash algorithm's";
        }
    }
    if (profile != NULL && profile->of_2024) {
        if (!claims->present[INSTANCE] || claims_bytes(claims, INSTANCE).data[0] != 1) {
            return "the realm's instance id (claim 256) is missing, or of another type than 01";
        }
        if (!claims->present[MEC_POLICY]) {
            return "the memory encryption policy (claim 44243) is missing";
        }
    }
    return NULL;
}

static void keep_claims(const struct claims *claims, struct pv_verify_claims *said)
{
    said->realm = true;
    memcpy(said->challenge, claims_bytes(claims, CHALLENGE).data, sizeof(said->challenge));
    memcpy(said->personalization, claims_bytes(claims, PERSONALIZATION).data,
           sizeof(said->personalization));
    said->measurement_bytes = claims_bytes(claims, RIM).bytes;
    memcpy(said->rim, claims_bytes(claims, RIM).data, said->measurement_bytes);
    for (size_t i = 0; i < PV_VERIFY_REGISTERS; i++) {
        memcpy(said->registers[i], rem_bytes(claims, i).data, said->measurement_bytes);
    }
}

static void read_key(struct realm *realm, const struct profile *profile,
                     struct pv_verify_verdict *verdict)
{
    struct span text = claims_bytes(&realm->part.claims, KEY);
    const char *problem = profile->cose_key ? cose_key_read(text, &realm->key)
                                            : cose_key_from_point(text, &realm->key);

    if (problem == NULL) {
        problem = cose_key_check(&realm->key);
    }
    realm->key_good = problem == NULL;
    verdict_judge(verdict, PV_VERIFY_REALM_KEY, problem,
                  profile->cose_key ? "a COSE_Key on P-384" : "a bare point of P-384");
}

bool realm_read(struct span text, struct realm *realm, struct pv_verify_verdict *verdict)
{
    const struct claims *claims = &realm->part.claims;

    if (!part_read(text, &rules, &realm->part, verdict)) {
        return false;
    }
    const struct profile *profile = find_profile(claims);
    if (profile == NULL) {
        verdict_fail(verdict, PV_VERIFY_REALM_PROFILE, "it is not one that is known here");
    } else {
        verdict_pass(verdict, PV_VERIFY_REALM_PROFILE, "%s",
                     profile->text == NULL ? "none, as before 2023" : profile->text);
        read_key(realm, profile, verdict);
    }
    const char *problem = check_claims(claims, profile);
    verdict_judge(verdict, PV_VERIFY_REALM_CLAIMS, problem, "all there");
    if (problem == NULL) {
        keep_claims(claims, &verdict->claims);
    }
    return problem == NULL;
}

void realm_judge(const struct realm *realm, const struct part *platform,
                 struct pv_verify_verdict *verdict)
{
    const struct claims *claims = &realm->part.claims;
    uint8_t digest[64];

    /* The platform vouches for this key of the realm, by the hash of the claim's content. */
    if (platform != NULL) {
        struct span challenge = platform_challenge(platform);
        bool good = hash_digest(&claims->value[KEY_HASH], claims_bytes(claims, KEY), digest) &&
                    challenge.bytes == hash_bytes(&claims->value[KEY_HASH]) &&
                    memcmp(challenge.data, digest, challenge.bytes) == 0;

        verdict_judge(verdict, PV_VERIFY_BINDING,
                      good ? NULL
                           : "the platform's challenge is not the hash of the realm's key: the two "
                             "tokens don't belong together",
                      "the platform's challenge is the hash of the realm's key");
    }
    if (realm->key_good) {
        verdict_judge(verdict, PV_VERIFY_REALM_SIGNATURE,
                      cose_signature_check(&realm->part.sign1, &realm->key), "by the realm's key");
    }
}

static void compare_challenge(const struct pv_verify_question *question,
                              struct pv_verify_verdict *verdict)
{
    const uint8_t *challenge = verdict->claims.challenge;
    struct hex hex = hex_of(challenge, PV_VERIFY_CHALLENGE_BYTES);

    if (question->challenge != NULL &&
        memcmp(challenge, question->challenge, PV_VERIFY_CHALLENGE_BYTES) == 0) {
        verdict_pass(verdict, PV_VERIFY_CHALLENGE, "%s, as asked", hex.text);
    } else if (question->challenge != NULL) {
        verdict_fail(verdict, PV_VERIFY_CHALLENGE, "it answers %s, which was not asked", hex.text);
    } else if (question->any_challenge) {
        verdict_waive(verdict, PV_VERIFY_CHALLENGE, "not asked for: an old token passes");
    } else {
        verdict_fail(verdict, PV_VERIFY_CHALLENGE, "none was given to compare it with");
    }
}

void realm_compare(const struct realm *realm, const struct pv_verify_question *question,
                   struct pv_verify_verdict *verdict)
{
    compare_challenge(question, verdict);
    if (question->reference != NULL) {
        bool sha256 = cbor_text_is(&realm->part.claims.value[HASH], "sha-256");

        verdict_judge(verdict, PV_VERIFY_HASH,
                      sha256 ? NULL : "the realm is not measured by SHA-256, as the reference is",
                      "sha-256");
    }
    measure_compare(question, verdict);
}
