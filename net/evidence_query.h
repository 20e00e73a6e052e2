/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a program of the guest wants its evidence bound to.
 */
#ifndef NET_EVIDENCE_QUERY_H
#define NET_EVIDENCE_QUERY_H

#include "vtl/vtl.h"

#define EVIDENCE_NONCE_BYTES 64u /* at most; at least one */
#define EVIDENCE_DATA_BYTES 64u  /* at most */

struct evidence_query {
    uint8_t nonce[EVIDENCE_NONCE_BYTES];
    uint8_t data[EVIDENCE_DATA_BYTES];
    uint8_t nonce_bytes;
    uint8_t data_bytes;
};

/*
 * nonce=N, &data=D, in any order, both base64url without padding; nothing else, as something that is
 * not understood would be something that is not bound. NULL, or what is wrong.
 */
const char *evidence_query_read(const char *text, size_t bytes, struct evidence_query *query);

/*
 * The hash that the hypervisor's evidence holds: SHA-512 of "Paravane guest evidence 1" and a zero, then
 * nonce and data, each behind a byte that says its length. A key broker's challenge ends with 16 zeros.
 */
void evidence_challenge(const struct evidence_query *query, uint8_t challenge[VTL_CHALLENGE_BYTES]);

#endif /* NET_EVIDENCE_QUERY_H */
