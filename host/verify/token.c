/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wrapper, of both shapes that firmware has made (TF-RMM: tag 907 since 2025-05, 399 before):
 *   907: {44234: [263, bytes], 44241: [263, bytes]}, records of RATS conceptual messages, 263 being the CoAP
 *        content format of an EAT in a CWT
 *   399: {44234: bytes, 44241: bytes}
 */
#include "token.h"

#include "part.h"

#define TAG_RECORDS 907
#define TAG_BARE 399
#define LABEL_PLATFORM 44234
#define LABEL_REALM 44241
#define CONTENT_EAT_CWT 263

static bool read_part(const struct cbor *map, int64_t label, bool records, struct span *part)
{
    struct cbor item;
    struct cbor element;

    if (!cbor_member(map, label, &item)) {
        return false;
    }
    if (!records) {
        return cbor_bytes(&item, part);
    }
    return item.major == CBOR_ARRAY && item.argument == 2 && cbor_element(&item, 0, &element) &&
           cbor_integer_is(&element, CONTENT_EAT_CWT) && cbor_element(&item, 1, &element) &&
           cbor_bytes(&element, part);
}

bool token_unwrap(struct span text, struct token *token, struct pv_verify_verdict *verdict)
{
    const char *problem =
        text.bytes <= PV_VERIFY_TOKEN_BYTES_MAX ? cbor_check(text) : "longer than a token can be";
    struct cbor root;
    struct cbor map;

    if (problem != NULL) {
        verdict_fail(verdict, PV_VERIFY_WRAPPER, "not strict CBOR: %s", problem);
        return false;
    }
    root = cbor_root(text);
    bool records = cbor_tagged(&root, TAG_RECORDS, &map);
    if (!records && !cbor_tagged(&root, TAG_BARE, &map)) {
        verdict_fail(verdict, PV_VERIFY_WRAPPER, "it has neither tag %d nor %d", TAG_RECORDS,
                     TAG_BARE);
        return false;
    }
    /* Nothing else beside the two: it would not be signed. */
    if (map.major != CBOR_MAP || map.argument != 2 ||
        !read_part(&map, LABEL_PLATFORM, records, &token->platform) ||
        !read_part(&map, LABEL_REALM, records, &token->realm)) {
        verdict_fail(verdict, PV_VERIFY_WRAPPER,
                     "tag %d, but not with a platform (%d) and a realm token (%d) in its form",
                     records ? TAG_RECORDS : TAG_BARE, LABEL_PLATFORM, LABEL_REALM);
        return false;
    }
    verdict_pass(verdict, PV_VERIFY_WRAPPER, "tag %d, %zu bytes", records ? TAG_RECORDS : TAG_BARE,
                 text.bytes);
    return true;
}

bool part_read(struct span text, const struct part_rules *rules, struct part *part,
               struct pv_verify_verdict *verdict)
{
    const char *problem = cose_sign1_read(text, &part->sign1);

    verdict_judge(verdict, rules->structure, problem, "a COSE_Sign1");
    if (problem != NULL) {
        return false;
    }
    verdict_judge(verdict, rules->algorithm, cose_algorithm_check(&part->sign1), "ES384");
    return claims_read(part->sign1.payload, rules->claim, rules->count, &part->claims, verdict,
                       rules->claims);
}
