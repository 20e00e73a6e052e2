/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mbed TLS with SHA-256 alone, in portable C: for refhv, whose FP and SIMD registers are the guest's.
 */
#ifndef PARAVANE_SHA256_CONFIG_H
#define PARAVANE_SHA256_CONFIG_H

#define MBEDTLS_SHA256_C
#define MBEDTLS_PLATFORM_ZEROIZE_ALT /* the user's: upstream's keeps a pointer in writable data */

#endif /* PARAVANE_SHA256_CONFIG_H */
