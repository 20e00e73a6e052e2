/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inversion modulo a prime in slices. Mbed TLS can cut all of its work on curves but this, and then takes two million
 * instructions for it: third_party/mbedtls/sign.cmake has it call sign_port_invert() instead.
 */
#ifndef REFHV_SIGN_INVERT_H
#define REFHV_SIGN_INVERT_H

#include <mbedtls/bignum.h>

#include <stdbool.h>

/* Where an inversion stands between two slices. All zeros: not begun. */
struct sign_inversion {
    bool begun;
    unsigned step;
    mbedtls_mpi power;
    mbedtls_mpi helper; /* exp_mod's own, the same for each step */
};

/* What sign_port_invert() goes on with, until it has been told another: one caller at a time. */
void sign_invert_with(struct sign_inversion *inversion);

/* Ends one that nobody waits for. */
void sign_invert_end(struct sign_inversion *inversion);

/*
 * In the form that Mbed TLS calls it in: inverse = 1 / a modulo n, for 0 < a < n, n a prime of 384 bits.
 * MBEDTLS_ERR_ECP_IN_PROGRESS: call again with the same numbers.
 */
int sign_port_invert(mbedtls_mpi *gcd, mbedtls_mpi *inverse, const mbedtls_mpi *a,
                     const mbedtls_mpi *n);

#endif /* REFHV_SIGN_INVERT_H */
