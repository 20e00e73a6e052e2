/* SPDX-License-Identifier: BSD-3-Clause */
/* See evidence_query.h. Base64: RFC 4648, 5. */
#include "evidence_query.h"

#include "formats/base64.h"
#include "vtl/untrusted.h"

#include <mbedtls/sha512.h>

#include <string.h>

/* A member NAME=VALUE of the query? Then its value. */
static bool is_member(const char *at, size_t bytes, const char *name, const char **value,
                      size_t *value_bytes)
{
    size_t name_bytes = strlen(name);

    if (bytes <= name_bytes || memcmp(at, name, name_bytes) != 0 || at[name_bytes] != '=') {
        return false;
    }
    *value = at + name_bytes + 1;
    *value_bytes = bytes - name_bytes - 1;
    return true;
}

static const char *read_nonce(struct evidence_query *query, const char *value, size_t bytes)
{
    size_t got;

    if (query->nonce_bytes != 0) {
        return "nonce is there twice";
    }
    if (!base64_decode(BASE64_URL, value, bytes, query->nonce, sizeof(query->nonce), &got) ||
        got == 0) {
        return "nonce is not 1 to 64 bytes in base64url without padding";
    }
    query->nonce_bytes = (uint8_t)got;
    return NULL;
}

static const char *read_data(struct evidence_query *query, bool *seen, const char *value,
                             size_t bytes)
{
    size_t got;

    if (*seen) {
        return "data is there twice";
    }
    *seen = true;
    if (!base64_decode(BASE64_URL, value, bytes, query->data, sizeof(query->data), &got)) {
        return "data is not up to 64 bytes in base64url without padding";
    }
    query->data_bytes = (uint8_t)got;
    return NULL;
}

const char *evidence_query_read(const char *text, size_t bytes, struct evidence_query *query)
{
    const char *reason = NULL;
    const char *value;
    size_t value_bytes;
    bool data = false;

    memset(query, 0, sizeof(*query));
    for (size_t at = 0; at < bytes && reason == NULL;) {
        const char *end = memchr(text + at, '&', bytes - at);
        size_t member = end == NULL ? bytes - at : (size_t)(end - (text + at));

        if (is_member(text + at, member, "nonce", &value, &value_bytes)) {
            reason = read_nonce(query, value, value_bytes);
        } else if (is_member(text + at, member, "data", &value, &value_bytes)) {
            reason = read_data(query, &data, value, value_bytes);
        } else {
            reason = "the query has more than nonce=N and data=D";
        }
        at += member + 1;
    }
    return reason == NULL && query->nonce_bytes == 0 ? "the query has no nonce=N" : reason;
}
PV_UNTRUSTED(evidence_query_read, guest, "fuzz_evidence_query");

void evidence_challenge(const struct evidence_query *query, uint8_t challenge[VTL_CHALLENGE_BYTES])
{
    static const char name[] = "Paravane guest evidence 1";
    uint8_t all[sizeof(name) + 2 + EVIDENCE_NONCE_BYTES + EVIDENCE_DATA_BYTES];
    size_t used = sizeof(name);

    memcpy(all, name, sizeof(name));
    all[used++] = query->nonce_bytes;
    memcpy(all + used, query->nonce, query->nonce_bytes);
    used += query->nonce_bytes;
    all[used++] = query->data_bytes;
    memcpy(all + used, query->data, query->data_bytes);
    used += query->data_bytes;
    CHECK(mbedtls_sha512(all, used, challenge, 0) == 0);
}
