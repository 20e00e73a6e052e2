/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * COSE_Sign1 and COSE_Key (RFC 9052, RFC 9053) with the one algorithm that CCA tokens have: ES384.
 */
#ifndef VERIFY_COSE_H
#define VERIFY_COSE_H

#include "cbor.h"
#include "include/pv_verify.h"

struct cose_sign1 {
    struct span protected_header; /* the bytes in the string: they are signed */
    struct cbor header;           /* the same, as a map */
    struct span payload;
    struct span signature;
};

struct cose_key {
    uint8_t x[PV_VERIFY_COORDINATE_BYTES];
    uint8_t y[PV_VERIFY_COORDINATE_BYTES];
};

/* All return NULL, or what is wrong. */

/* A tagged COSE_Sign1 with its payload in it. Which algorithm it names is not looked at. */
const char *cose_sign1_read(struct span text, struct cose_sign1 *sign1);

/* The algorithm is ES384. */
const char *cose_algorithm_check(const struct cose_sign1 *sign1);

/* A COSE_Key of kind EC2 on P-384 with both coordinates. */
const char *cose_key_read(struct span text, struct cose_key *key);

/* An uncompressed point of P-384 (SEC 1, 2.3.3): 97 bytes. */
const char *cose_key_from_point(struct span point, struct cose_key *key);

/* The key is a point of the curve. */
const char *cose_key_check(const struct cose_key *key);

const char *cose_signature_check(const struct cose_sign1 *sign1, const struct cose_key *key);

#endif /* VERIFY_COSE_H */
