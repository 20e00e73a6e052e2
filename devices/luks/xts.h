/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * AES-XTS (IEEE 1619, NIST SP 800-38E) over whole blocks, as dm-crypt's aes-xts-plain64 has it. Constant
 * time where the CPU has the AES instructions.
 */
#ifndef DEVICES_LUKS_XTS_H
#define DEVICES_LUKS_XTS_H

#include "vtl/base.h"

#include <mbedtls/aes.h>

#define XTS_BLOCK_BYTES 16u
#define XTS_ROUNDS_MAX 14u

/* Round keys in the order of their use. */
struct xts_keys {
    uint8_t round[XTS_ROUNDS_MAX + 1][XTS_BLOCK_BYTES] __attribute__((aligned(XTS_BLOCK_BYTES)));
};

struct xts {
    bool fast; /* with the AES instructions, by xts_armv8.c; else by Mbed TLS */
    uint32_t rounds;
    struct xts_keys encrypt;
    struct xts_keys decrypt;
    struct xts_keys tweak;
    mbedtls_aes_xts_context slow_encrypt;
    mbedtls_aes_xts_context slow_decrypt;
};

/* key: 32 or 64 bytes, both halves; false: another length, or a cipher that fails its own test. */
bool xts_start(struct xts *xts, const uint8_t *key, size_t bytes);
void xts_wipe(struct xts *xts);

/*
 * bytes: a multiple of 16, of one unit of data, whose number is the IV (plain64). in and out are aligned
 * to 16; they may be the same, else may not overlap. in is read once.
 */
void xts_encrypt(const struct xts *xts, uint64_t unit, const void *in, void *out, size_t bytes);
void xts_decrypt(const struct xts *xts, uint64_t unit, const void *in, void *out, size_t bytes);

/* ---- xts_armv8.c --------------------------------------------------------------------------------- */

bool xts_armv8_there(void);
/* key: 16 or 32 bytes. decrypt may be NULL. */
void xts_armv8_expand(const uint8_t *key, size_t bytes, struct xts_keys *encrypt,
                      struct xts_keys *decrypt);
void xts_armv8_encrypt(const struct xts *xts, uint64_t unit, const uint8_t *in, uint8_t *out,
                       size_t blocks);
void xts_armv8_decrypt(const struct xts *xts, uint64_t unit, const uint8_t *in, uint8_t *out,
                       size_t blocks);

#endif /* DEVICES_LUKS_XTS_H */
