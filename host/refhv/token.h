/* SPDX-License-Identifier: BSD-3-Clause */
/* Attestation tokens of the partition, one at a time a VP: begun, signed slice by slice, handed out piece by piece. */
#ifndef REFHV_TOKEN_H
#define REFHV_TOKEN_H

#include "rsi.h"

#include <stddef.h>
#include <stdint.h>

/* Both return RSI_*. On the VP's own CPU. What was begun before on this VP is forgotten. */
uint64_t token_start(uint32_t vp, const uint8_t challenge[RSI_CHALLENGE_BYTES]);

/* A slice of signing and no bytes; or the next of the token, up to room: RSI_SUCCESS with the last of them. */
uint64_t token_continue(uint32_t vp, uint8_t *to, size_t room, size_t *got);

#endif /* REFHV_TOKEN_H */
