/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ECDSA on P-384 in slices: an EL2 that signs at a stretch would keep the VP from its interrupts for ten million
 * instructions. Callers take turns (token.c has the lock).
 */
#ifndef REFHV_SIGN_H
#define REFHV_SIGN_H

#include "hash.h"
#include "sign_invert.h"

#include <mbedtls/ecdsa.h>

#include <stdbool.h>

#define SIGN_NUMBER_BYTES 48u
#define SIGN_BYTES (2u * SIGN_NUMBER_BYTES) /* r, s: RFC 9053, 2.1 */

struct sign_key {
    uint8_t d[SIGN_NUMBER_BYTES];
    uint8_t x[SIGN_NUMBER_BYTES];
    uint8_t y[SIGN_NUMBER_BYTES];
};

enum sign_status {
    SIGN_DONE,
    SIGN_MORE, /* call again with the same arguments */
    SIGN_FAILED,
};

/* Where a piece of work stands between two slices. All zeros: not begun. */
struct sign_work {
    bool begun;
    mbedtls_ecdsa_restart_ctx restart;
    struct sign_inversion inversion;
};

/* Once, before the others. False: the library can't. */
bool sign_init(void);

/* A slice of making a key, or a signature. Work that is done or has failed is ended. */
enum sign_status sign_make_key(struct sign_work *work, struct sign_key *key);
enum sign_status sign_digest(struct sign_work *work, const struct sign_key *key,
                             const uint8_t digest[HASH_SHA384_BYTES],
                             uint8_t signature[SIGN_BYTES]);

/* Ends work that nobody waits for. */
void sign_end(struct sign_work *work);

#endif /* REFHV_SIGN_H */
