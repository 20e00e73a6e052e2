/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Queries for evidence: what is taken can be written down again in one of two orders, and is then the
 * same to the byte; so nothing of it was overlooked.
 */
#include "evidence_query.h"
#include "fake_vtl.h"
#include "formats/base64.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition) {
        abort();
    }
}

static size_t put(char *to, const char *name, const uint8_t *bytes, size_t count)
{
    size_t used = strlen(name);

    memcpy(to, name, used);
    return used + base64_encode(BASE64_URL, bytes, count, to + used);
}

/* Without a data there is none; an empty one may stand on either side. A last & may be there. */
static bool is_same(const struct evidence_query *query, bool first, bool has_data,
                    const char *given, size_t size)
{
    char text[512];
    size_t used = 0;

    if (has_data && first) {
        used = put(text, "data=", query->data, query->data_bytes);
        text[used++] = '&';
    }
    used += put(text + used, "nonce=", query->nonce, query->nonce_bytes);
    if (has_data && !first) {
        used += put(text + used, "&data=", query->data, query->data_bytes);
    }
    text[used] = '&';
    return (used == size || used + 1 == size) && memcmp(text, given, size) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct evidence_query query;
    uint8_t challenge[VTL_CHALLENGE_BYTES];

    if (evidence_query_read(text, size, &query) == NULL) {
        expect(query.nonce_bytes >= 1 && query.nonce_bytes <= EVIDENCE_NONCE_BYTES &&
               query.data_bytes <= EVIDENCE_DATA_BYTES);
        expect(is_same(&query, false, false, text, size) ||
               is_same(&query, false, true, text, size) || is_same(&query, true, true, text, size));
        evidence_challenge(&query, challenge);
    }
    return 0;
}
