/* SPDX-License-Identifier: BSD-3-Clause */
/* The whole of a question. Every check that can be made is made, so that a verdict tells all that is wrong. */
#include "measure.h"
#include "token.h"

void pv_verify_token(const struct pv_verify_question *question, struct pv_verify_verdict *verdict)
{
    struct span text = {question->token, question->token_bytes};
    struct token token;
    struct part platform;
    struct realm realm = {0};

    verdict_begin(verdict);
    measure_ask(question, verdict);
    if (token_unwrap(text, &token, verdict)) {
        bool platform_good = platform_read(token.platform, &platform, verdict);
        bool realm_good = realm_read(token.realm, &realm, verdict);

        if (platform_good) {
            platform_judge(&platform, question->anchors, verdict);
        }
        if (realm_good) {
            realm_judge(&realm, platform_good ? &platform : NULL, verdict);
            realm_compare(&realm, question, verdict);
        }
    }
    verdict_end(verdict);
}
