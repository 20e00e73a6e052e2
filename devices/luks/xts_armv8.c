/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * AES-XTS with the Armv8 AES instructions: four blocks at a time, so that one's rounds hide the others'
 * latency; the round keys stay in registers from block to block. Compiled with SIMD registers, which
 * become VTL2's at its first instruction (vtl/cpu/simd.h).
 */
#include "luks/xts.h"

#if defined(__aarch64__) && !defined(PV_HOST_TEST)

#include <arm_neon.h>
#include <sys/auxv.h>

#define LANES 4u

bool xts_armv8_there(void)
{
    return (getauxval(AT_HWCAP) & HWCAP_AES) != 0;
}

/* Aligned: the image's code is compiled to touch nothing at odd addresses. */
static inline uint8x16_t load(const uint8_t *from)
{
    return *(const uint8x16_t *)__builtin_assume_aligned(from, XTS_BLOCK_BYTES);
}

static inline void store(uint8_t *to, uint8x16_t value)
{
    *(uint8x16_t *)__builtin_assume_aligned(to, XTS_BLOCK_BYTES) = value;
}

/* ---- Keys (FIPS 197, 5.2) ------------------------------------------------------------------------ */

/* SubWord: AESE of a word in each column shifts no row that differs. */
static uint32_t sub_word(uint32_t word)
{
    uint8x16_t state = vreinterpretq_u8_u32(vdupq_n_u32(word));

    return vgetq_lane_u32(vreinterpretq_u32_u8(vaeseq_u8(state, vdupq_n_u8(0))), 0);
}

static void expand(const uint8_t *key, size_t bytes, struct xts_keys *keys)
{
    const size_t words = bytes / 4;
    const size_t total = 4 * (words + 7); /* Nb * (Nr + 1), Nr = Nk + 6 */
    uint32_t *w = (uint32_t *)(void *)keys->round;
    uint32_t constant = 1;

    __builtin_memcpy(w, key, bytes);
    for (size_t i = words; i < total; i++) {
        uint32_t word = w[i - 1];

        if (i % words == 0) {
            word = sub_word(word >> 8 | word << 24) ^ constant;
            constant = constant << 1 ^ (constant >> 7) * 0x11bu;
        } else if (words > 6 && i % words == 4) {
            word = sub_word(word);
        }
        w[i] = w[i - words] ^ word;
    }
}

/* The equivalent inverse cipher (FIPS 197, 5.3.5). */
static void invert(const struct xts_keys *keys, size_t rounds, struct xts_keys *inverse)
{
    for (size_t i = 0; i <= rounds; i++) {
        uint8x16_t key = load(keys->round[rounds - i]);

        store(inverse->round[i], i == 0 || i == rounds ? key : vaesimcq_u8(key));
    }
}

void xts_armv8_expand(const uint8_t *key, size_t bytes, struct xts_keys *encrypt,
                      struct xts_keys *decrypt)
{
    expand(key, bytes, encrypt);
    if (decrypt != NULL) {
        invert(encrypt, bytes / 4 + 6, decrypt);
    }
}

/* ---- Blocks --------------------------------------------------------------------------------------- */

struct round_keys {
    uint8x16_t key[XTS_ROUNDS_MAX + 1];
};

static inline __attribute__((always_inline)) struct round_keys
keys_load(const struct xts_keys *keys, uint32_t rounds)
{
    struct round_keys all;

    for (uint32_t i = 0; i <= XTS_ROUNDS_MAX; i++) {
        all.key[i] = load(keys->round[i <= rounds ? i : rounds]);
    }
    return all;
}

static inline __attribute__((always_inline)) uint8x16_t encrypt_one(uint8x16_t block,
                                                                    const struct round_keys *keys,
                                                                    uint32_t rounds)
{
    for (uint32_t i = 0; i + 1 < rounds; i++) {
        block = vaesmcq_u8(vaeseq_u8(block, keys->key[i]));
    }
    return veorq_u8(vaeseq_u8(block, keys->key[rounds - 1]), keys->key[rounds]);
}

static inline __attribute__((always_inline)) uint8x16_t decrypt_one(uint8x16_t block,
                                                                    const struct round_keys *keys,
                                                                    uint32_t rounds)
{
    for (uint32_t i = 0; i + 1 < rounds; i++) {
        block = vaesimcq_u8(vaesdq_u8(block, keys->key[i]));
    }
    return veorq_u8(vaesdq_u8(block, keys->key[rounds - 1]), keys->key[rounds]);
}

/* Times alpha (IEEE 1619, 5.2). */
static inline __attribute__((always_inline)) uint8x16_t next_tweak(uint8x16_t tweak)
{
    const int64x2_t polynomial = vcombine_s64(vcreate_s64(0x87), vcreate_s64(1));
    int64x2_t value = vreinterpretq_s64_u8(tweak);
    int64x2_t carry = vshrq_n_s64(value, 63); /* all ones where the half's top bit is */

    carry = vandq_s64(vextq_s64(carry, carry, 1), polynomial);
    return vreinterpretq_u8_s64(veorq_s64(vshlq_n_s64(value, 1), carry));
}

static inline __attribute__((always_inline)) uint8x16_t first_tweak(const struct xts *xts,
                                                                    uint64_t unit, uint32_t rounds)
{
    uint8x16_t iv = vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(unit), vcreate_u64(0)));
    struct round_keys keys = keys_load(&xts->tweak, rounds);

    return encrypt_one(iv, &keys, rounds);
}

#define ROUNDS_128 10u
#define ROUNDS_256 14u

/* Which way, and how many rounds, are known to the compiler: it makes four loops of this. */
struct way {
    bool encrypt;
    uint32_t rounds;
};

static inline __attribute__((always_inline)) uint8x16_t one(struct way way, uint8x16_t block,
                                                            const struct round_keys *keys)
{
    return way.encrypt ? encrypt_one(block, keys, way.rounds)
                       : decrypt_one(block, keys, way.rounds);
}

static inline __attribute__((always_inline)) void blocks_all(struct way way, const struct xts *xts,
                                                             uint64_t unit, const uint8_t *in,
                                                             uint8_t *out, size_t blocks)
{
    const struct round_keys keys =
        keys_load(way.encrypt ? &xts->encrypt : &xts->decrypt, way.rounds);
    uint8x16_t tweak = first_tweak(xts, unit, way.rounds);

    for (; blocks >= LANES; blocks -= LANES) {
        uint8x16_t t[LANES];
        uint8x16_t b[LANES];

        for (size_t i = 0; i < LANES; i++) {
            t[i] = tweak;
            tweak = next_tweak(tweak);
            b[i] = veorq_u8(load(in), t[i]);
            in += XTS_BLOCK_BYTES;
        }
        for (size_t i = 0; i < LANES; i++) {
            b[i] = one(way, b[i], &keys);
        }
        for (size_t i = 0; i < LANES; i++) {
            store(out, veorq_u8(b[i], t[i]));
            out += XTS_BLOCK_BYTES;
        }
    }
    for (; blocks != 0; blocks--) {
        store(out, veorq_u8(one(way, veorq_u8(load(in), tweak), &keys), tweak));
        tweak = next_tweak(tweak);
        in += XTS_BLOCK_BYTES;
        out += XTS_BLOCK_BYTES;
    }
}

void xts_armv8_encrypt(const struct xts *xts, uint64_t unit, const uint8_t *in, uint8_t *out,
                       size_t blocks)
{
    if (xts->rounds == ROUNDS_256) {
        blocks_all((struct way){true, ROUNDS_256}, xts, unit, in, out, blocks);
    } else {
        blocks_all((struct way){true, ROUNDS_128}, xts, unit, in, out, blocks);
    }
}

void xts_armv8_decrypt(const struct xts *xts, uint64_t unit, const uint8_t *in, uint8_t *out,
                       size_t blocks)
{
    if (xts->rounds == ROUNDS_256) {
        blocks_all((struct way){false, ROUNDS_256}, xts, unit, in, out, blocks);
    } else {
        blocks_all((struct way){false, ROUNDS_128}, xts, unit, in, out, blocks);
    }
}

#else

/* A program of this machine's has Mbed TLS alone. */
bool xts_armv8_there(void)
{
    return false;
}

void xts_armv8_expand(const uint8_t *key, size_t bytes, struct xts_keys *encrypt,
                      struct xts_keys *decrypt)
{
    (void)key;
    (void)bytes;
    (void)encrypt;
    (void)decrypt;
}

void xts_armv8_encrypt(const struct xts *xts, uint64_t unit, const uint8_t *in, uint8_t *out,
                       size_t blocks)
{
    (void)xts;
    (void)unit;
    (void)in;
    (void)out;
    (void)blocks;
}

void xts_armv8_decrypt(const struct xts *xts, uint64_t unit, const uint8_t *in, uint8_t *out,
                       size_t blocks)
{
    (void)xts;
    (void)unit;
    (void)in;
    (void)out;
    (void)blocks;
}

#endif
