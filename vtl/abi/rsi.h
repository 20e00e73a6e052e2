/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The Realm Services Interface: what a realm asks its monitor, by SMC. Those calls that measure and
 * attest.
 *
 * Source: Arm DEN0137 (RMM specification 1.0), B5.3 (RSI_VERSION, RSI_FEATURES, RSI_MEASUREMENT_READ,
 * RSI_MEASUREMENT_EXTEND, RSI_ATTESTATION_TOKEN_INIT, RSI_ATTESTATION_TOKEN_CONTINUE) and B5.4.
 */
#ifndef VTL_ABI_RSI_H
#define VTL_ABI_RSI_H

#include <stdint.h>

/* Function ids: SMCCC fast calls, 64-bit, owner 4 (standard secure service). */
#define RSI_VERSION UINT32_C(0xc4000190)
#define RSI_FEATURES UINT32_C(0xc4000191)
#define RSI_MEASUREMENT_READ UINT32_C(0xc4000192)
#define RSI_MEASUREMENT_EXTEND UINT32_C(0xc4000193)
#define RSI_ATTEST_TOKEN_INIT UINT32_C(0xc4000194)
#define RSI_ATTEST_TOKEN_CONTINUE UINT32_C(0xc4000195)

/* X0 behind a call. */
#define RSI_SUCCESS UINT64_C(0)
#define RSI_ERROR_INPUT UINT64_C(1)
#define RSI_ERROR_STATE UINT64_C(2)
#define RSI_INCOMPLETE UINT64_C(3)
#define RSI_ERROR_UNKNOWN UINT64_C(4)

#define RSI_VERSION_1_0 UINT64_C(0x10000)

#define RSI_MEASUREMENTS 5u       /* 0: RIM; 1 to 4: REMs */
#define RSI_MEASUREMENT_BYTES 64u /* in X1 to X8, whatever the hash */
#define RSI_CHALLENGE_BYTES 64u
#define RSI_GRANULE_BYTES 4096u

#endif /* VTL_ABI_RSI_H */
