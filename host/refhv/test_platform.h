/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What refhv says that the platform is. It is a TEST platform: its private key is published here, so that anyone can
 * sign in its name, and no measurement of firmware stands behind its claims. test-trust-anchor.json is for verifiers
 * that want to take it.
 */
#ifndef REFHV_TEST_PLATFORM_H
#define REFHV_TEST_PLATFORM_H

#include "sign.h"

#define TEST_PLATFORM_INSTANCE_BYTES 33u

extern const struct sign_key test_platform_key;
extern const uint8_t test_platform_instance[TEST_PLATFORM_INSTANCE_BYTES];
extern const uint8_t test_platform_implementation[HASH_SHA256_BYTES];

/* Of the one software component, "refhv". A fixed value: a new refhv needs no new reference value. */
extern const uint8_t test_platform_measurement[HASH_SHA256_BYTES];
extern const uint8_t test_platform_signer[HASH_SHA256_BYTES];

#endif /* REFHV_TEST_PLATFORM_H */
