/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The test's device: registers whose handlers use cryptography, and the same without. Included by
 * the guest too.
 */
#ifndef TESTS_SIMD_DEVICE_H
#define TESTS_SIMD_DEVICE_H

#define SIMD_DEVICE_GPA 0x0b000000 /* QEMU virt has nothing there */
#define SIMD_DEVICE_BYTES 0x1000

/* 8 bytes each; a pair is read and written by 16 bytes too. "crypto": runs all that CRYPTO does. */
#define SIMD_DEVICE_IDENT 0x00            /* R: SIMD_DEVICE_IDENT_VALUE */
#define SIMD_DEVICE_AES 0x08              /* R: which of CRYPTO_AES came out as published */
#define SIMD_DEVICE_SHA 0x10              /* R: which of CRYPTO_SHA */
#define SIMD_DEVICE_FAILURES 0x18         /* R: how often not all of CRYPTO did, anywhere */
#define SIMD_DEVICE_PLAIN 0x20            /* R, W: two words */
#define SIMD_DEVICE_CRYPTO 0x30           /* R, W: two words; crypto */
#define SIMD_DEVICE_INTERRUPT 0x40        /* R: IDENT_VALUE, and VTL2 has an interrupt pending */
#define SIMD_DEVICE_INTERRUPT_CRYPTO 0x48 /* R: the same; crypto */
#define SIMD_DEVICE_INTERRUPTS 0x50       /* R: VTL2's entries for an interrupt */
#define SIMD_DEVICE_XTS 0x58              /* R: which of CRYPTO_XTS, by the AES instructions */

#define SIMD_DEVICE_IDENT_VALUE 0x51dd51dd
#define CRYPTO_AES 0x7    /* FIPS 197, C.1 to C.3: keys of 128, 192, 256 bits; both directions */
#define CRYPTO_XTS 0x3fff /* tests/unit/xts_vectors.h, in its order; both directions */
#define CRYPTO_SHA 0x7    /* FIPS 180-4: SHA-256 of one block and of two, SHA-512 of one */

#ifndef __ASSEMBLER__

#include <stdint.h>

uint32_t crypto_aes(void);
uint32_t crypto_sha(void);
uint32_t crypto_xts(void);

#endif

#endif /* TESTS_SIMD_DEVICE_H */
