/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Mbed TLS with SHA-2 and ECDSA on P-384 alone, without FP and SIMD registers: for refhv, where they are the guest's.
 * A signature can be cut into slices. Memory comes from an arena of the user's.
 */
#ifndef PARAVANE_SIGN_CONFIG_H
#define PARAVANE_SIGN_CONFIG_H

#ifdef __aarch64__
#define MBEDTLS_HAVE_ASM /* multiplications, in general registers; C alone for tests on other machines */
#endif
#define MBEDTLS_SHA256_C
#define MBEDTLS_SHA384_C
#define MBEDTLS_BIGNUM_C
#define MBEDTLS_NO_UDBL_DIVISION /* a 128-bit division would be a call into the compiler's library */
#define MBEDTLS_ECP_C
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ECP_RESTARTABLE
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C

#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
/* refhv has no initialized data that is written to: until the arena is there, no function allocates. */
#define MBEDTLS_PLATFORM_STD_CALLOC 0
#define MBEDTLS_PLATFORM_STD_FREE 0
#define MBEDTLS_PLATFORM_EXIT_MACRO hash_port_exit
#define MBEDTLS_MEMORY_BUFFER_ALLOC_C
#define MBEDTLS_PLATFORM_ZEROIZE_ALT /* the user's: upstream's keeps a pointer in writable data */

/* What the user supplies besides: called when the arena is found corrupted. Must not return. */
void hash_port_exit(int status);

#endif /* PARAVANE_SIGN_CONFIG_H */
