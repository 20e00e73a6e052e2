/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The realm's measurements (DEN0137, A7.1): register 0, the RIM, is the launch digest; 1 to 4, the REMs, begin as zeros
 * and are extended by VTL2. SHA-256. Any CPU.
 */
#ifndef REFHV_MEASUREMENT_H
#define REFHV_MEASUREMENT_H

#include "hash.h"
#include "rsi.h"

#include <stdbool.h>

/* All of them at one moment: what a token is about. */
struct measurement_set {
    uint8_t value[RSI_MEASUREMENTS][HASH_SHA256_BYTES];
};

/* At start, before a guest runs. */
void measurement_init(const uint8_t rim[HASH_SHA256_BYTES]);

void measurement_read(struct measurement_set *set);

/* REM = SHA-256(REM, data). False if there is no such REM. */
bool measurement_extend(uint64_t index, const void *data, size_t bytes);

#endif /* REFHV_MEASUREMENT_H */
