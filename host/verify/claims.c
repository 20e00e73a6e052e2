/* SPDX-License-Identifier: BSD-3-Clause */
#include "claims.h"

#include <openssl/evp.h>
#include <string.h>

static const struct {
    const char *name;
    size_t bytes;
    const EVP_MD *(*algorithm)(void);
} hashes[] = {
    {"sha-256", 32, EVP_sha256},
    {"sha-384", 48, EVP_sha384},
    {"sha-512", 64, EVP_sha512},
};

size_t hash_bytes(const struct cbor *name)
{
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        if (cbor_text_is(name, hashes[i].name)) {
            return hashes[i].bytes;
        }
    }
    return 0;
}

bool hash_digest(const struct cbor *name, struct span data, uint8_t digest[64])
{
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        if (cbor_text_is(name, hashes[i].name)) {
            return EVP_Digest(data.data, data.bytes, digest, NULL, hashes[i].algorithm(), NULL) ==
                   1;
        }
    }
    return false;
}

static bool is_digest(const struct cbor *item)
{
    struct span bytes;

    return cbor_bytes(item, &bytes) &&
           (bytes.bytes == 32 || bytes.bytes == 48 || bytes.bytes == 64);
}

static bool are_digests(const struct cbor *item, uint64_t count)
{
    struct cbor element;

    if (item->major != CBOR_ARRAY || item->argument != count) {
        return false;
    }
    for (uint64_t i = 0; i < count; i++) {
        if (!cbor_element(item, i, &element) || !is_digest(&element)) {
            return false;
        }
    }
    return true;
}

/* An array of maps: 2 the measurement, 5 who signed it; 1, 4 and 6 are texts that may be missing. */
static bool is_software(const struct cbor *item)
{
    static const int64_t texts[] = {1, 4, 6};
    struct cbor component;
    struct cbor member;

    if (item->major != CBOR_ARRAY || item->argument == 0) {
        return false;
    }
    for (uint64_t i = 0; i < item->argument; i++) {
        if (!cbor_element(item, i, &component) || !cbor_member(&component, 2, &member) ||
            !is_digest(&member) || !cbor_member(&component, 5, &member) || !is_digest(&member)) {
            return false;
        }
        for (size_t j = 0; j < sizeof(texts) / sizeof(texts[0]); j++) {
            if (cbor_member(&component, texts[j], &member) && member.major != CBOR_TEXT) {
                return false;
            }
        }
    }
    return true;
}

static bool fits(const struct claim_rule *rule, const struct cbor *value)
{
    struct span bytes;

    switch (rule->kind) {
    case CLAIM_BYTES:
        return cbor_bytes(value, &bytes) && (rule->bytes == 0 || bytes.bytes == rule->bytes);
    case CLAIM_DIGEST:
        return is_digest(value);
    case CLAIM_DIGESTS:
        return are_digests(value, rule->bytes);
    case CLAIM_HASH:
        return hash_bytes(value) != 0;
    case CLAIM_TEXT:
        return value->major == CBOR_TEXT;
    case CLAIM_NUMBER:
        return value->major == CBOR_UNSIGNED && value->argument <= rule->bytes;
    case CLAIM_SOFTWARE:
        return is_software(value);
    }
    return false;
}

bool claims_read(struct span payload, const struct claim_rule *rules, size_t count,
                 struct claims *claims, struct pv_verify_verdict *verdict,
                 enum pv_verify_check check)
{
    const char *problem = cbor_check(payload);
    struct cbor map;

    if (problem != NULL) {
        verdict_fail(verdict, check, "not strict CBOR: %s", problem);
        return false;
    }
    map = cbor_root(payload);
    if (map.major != CBOR_MAP) {
        verdict_fail(verdict, check, "it is not a map");
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        claims->present[i] = cbor_member(&map, rules[i].label, &claims->value[i]);
        if (!claims->present[i] && !rules[i].optional) {
            verdict_fail(verdict, check, "%s (claim %d) is missing", rules[i].name,
                         (int)rules[i].label);
            return false;
        }
        if (claims->present[i] && !fits(&rules[i], &claims->value[i])) {
            verdict_fail(verdict, check, "%s (claim %d) has a wrong form", rules[i].name,
                         (int)rules[i].label);
            return false;
        }
    }
    return true;
}

struct span claims_bytes(const struct claims *claims, size_t index)
{
    return claims->value[index].content;
}
