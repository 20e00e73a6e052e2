/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Realm Services Interface: the calls of a realm, here of VTL2, that measure and attest.
 *
 * Sources: Arm DEN0137 1.0-rel0, Realm Management Monitor specification: B5 (commands and types), A7 (measurement and
 * attestation). All are SMC64 fast calls of the standard secure service range (DEN0028, table 6-2).
 */
#ifndef VTL_ABI_RSI_H
#define VTL_ABI_RSI_H

#include <stdint.h>

/* The function in X0; arguments from X1 on; the status in X0, results from X1 on. */
#define RSI_VERSION UINT32_C(0xc4000190)            /* requested -> lower, higher */
#define RSI_FEATURES UINT32_C(0xc4000191)           /* index -> value */
#define RSI_MEASUREMENT_READ UINT32_C(0xc4000192)   /* index -> X1..X8 */
#define RSI_MEASUREMENT_EXTEND UINT32_C(0xc4000193) /* index, bytes, X3..X10 */
#define RSI_ATTEST_TOKEN_INIT UINT32_C(0xc4000194)  /* challenge X1..X8 -> most bytes of a token */
#define RSI_ATTEST_TOKEN_CONTINUE UINT32_C(0xc4000195) /* page, offset, room -> bytes */

/* RsiCommandReturnCode. ERROR_UNKNOWN is of a later edition. */
#define RSI_SUCCESS 0u
#define RSI_ERROR_INPUT 1u
#define RSI_ERROR_STATE 2u
#define RSI_INCOMPLETE 3u
#define RSI_ERROR_UNKNOWN 4u

/* RsiInterfaceVersion, bits 30:16 the major, 15:0 the minor. */
#define RSI_VERSION_1_0 0x10000u

#define RSI_PAGE_BYTES 4096u /* a granule: CONTINUE fills one at most */
#define RSI_MEASUREMENTS 5u  /* index 0 is the RIM, 1 to 4 the REMs */
#define RSI_MEASUREMENT_WORDS 8u
#define RSI_MEASUREMENT_BYTES (8u * RSI_MEASUREMENT_WORDS)
#define RSI_CHALLENGE_WORDS 8u
#define RSI_CHALLENGE_BYTES (8u * RSI_CHALLENGE_WORDS)

#endif /* VTL_ABI_RSI_H */
