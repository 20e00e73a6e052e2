/* SPDX-License-Identifier: BSD-3-Clause */
/* Sources: RFC 8439 2.3 (ChaCha20 block), Arm ARM K (FEAT_RNG: ID_AA64ISAR0_EL1 63:60). */
#include "cpu/random.h"

#include "cpu/sysreg.h"
#include "vtl/untrusted.h"
#include "vtl/vtl.h"

#include <string.h>

#define KEY_WORDS 8u
#define BLOCK_WORDS 16u
#define RNDR_TRIES 16u

static struct {
    struct vtl_lock lock;
    uint32_t key[KEY_WORDS];
    uint32_t ready[KEY_WORDS]; /* output not yet handed out */
    uint32_t ready_words;
    bool seeded;
    bool private;
} state;

static uint32_t rotate(uint32_t value, unsigned by)
{
    return value << by | value >> (32u - by);
}

static void quarter_round(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
    x[a] += x[b];
    x[d] = rotate(x[d] ^ x[a], 16);
    x[c] += x[d];
    x[b] = rotate(x[b] ^ x[c], 12);
    x[a] += x[b];
    x[d] = rotate(x[d] ^ x[a], 8);
    x[c] += x[d];
    x[b] = rotate(x[b] ^ x[c], 7);
}

/* One block of the key at counter and nonce zero: a key is used for one block only. */
static void block(const uint32_t key[KEY_WORDS], uint32_t out[BLOCK_WORDS])
{
    uint32_t start[BLOCK_WORDS] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    memcpy(&start[4], key, KEY_WORDS * sizeof(*key));
    memcpy(out, start, sizeof(start));
    for (unsigned round = 0; round < 10; round++) {
        quarter_round(out, 0, 4, 8, 12);
        quarter_round(out, 1, 5, 9, 13);
        quarter_round(out, 2, 6, 10, 14);
        quarter_round(out, 3, 7, 11, 15);
        quarter_round(out, 0, 5, 10, 15);
        quarter_round(out, 1, 6, 11, 12);
        quarter_round(out, 2, 7, 8, 13);
        quarter_round(out, 3, 4, 9, 14);
    }
    for (unsigned i = 0; i < BLOCK_WORDS; i++) {
        out[i] += start[i];
    }
}

static bool has_hardware(void)
{
    return ((read_id_aa64isar0_el1() >> 60) & 0xf) != 0;
}

static bool hardware_word(uint64_t *word)
{
    for (unsigned i = 0; i < RNDR_TRIES; i++) {
        if (try_read_rndr_el0(word)) {
            return true;
        }
    }
    return false;
}

/*
 * Key := first half of the block, output := second half; hardware and time go in before. Of the hardware's as many
 * bits as the key has, at once: who knew the key, and sees the output, can't try them word by word.
 */
static bool refill(void)
{
    bool hardware = has_hardware();
    for (unsigned i = 0; i < KEY_WORDS && hardware; i += 2) {
        uint64_t word = 0;
        hardware = hardware_word(&word);
        state.key[i] ^= (uint32_t)word;
        state.key[i + 1] ^= (uint32_t)(word >> 32);
    }
    uint64_t now = read_cntvct_el0();
    state.key[2] ^= (uint32_t)now;
    state.key[3] ^= (uint32_t)(now >> 32);
    uint32_t out[BLOCK_WORDS];
    block(state.key, out);
    memcpy(state.key, out, sizeof(state.key));
    memcpy(state.ready, &out[KEY_WORDS], sizeof(state.ready));
    state.ready_words = KEY_WORDS;
    state.private = state.private || hardware;
    return hardware;
}

/* Each step is a bijection of the lane for a given word, so nothing stirred in before is lost. */
void random_mix(const void *data, size_t bytes)
{
    const uint8_t *from = data;
    for (size_t i = 0; i < bytes; i++) {
        unsigned lane = (unsigned)(i / 4u) % KEY_WORDS;
        state.key[lane] = rotate(state.key[lane] ^ from[i], 8) * UINT32_C(0x9e3779b1);
    }
    state.ready_words = 0;
}

static uint64_t take(void)
{
    state.ready_words -= 2;
    uint64_t low = state.ready[state.ready_words];
    uint64_t high = state.ready[state.ready_words + 1u];
    state.ready[state.ready_words] = 0;
    state.ready[state.ready_words + 1u] = 0;
    return low | high << 32;
}

uint64_t random_secret(void)
{
    vtl_lock(&state.lock);
    if (state.ready_words < 2) {
        (void)refill();
    }
    uint64_t word = take();
    vtl_unlock(&state.lock);
    return word;
}

bool vtl_random(uint64_t *value)
{
    vtl_lock(&state.lock);
    bool good = true;
    if (state.ready_words < 2) {
        good = refill() || state.seeded;
    } else {
        good = state.seeded || has_hardware();
    }
    *value = take();
    vtl_unlock(&state.lock);
    return good;
}

bool vtl_random_private(void)
{
    vtl_lock(&state.lock);
    bool private = state.private;
    vtl_unlock(&state.lock);
    return private;
}

void vtl_random_seed(const void *data, size_t bytes)
{
    vtl_lock(&state.lock);
    random_mix(data, bytes);
    (void)refill();
    state.ready_words = 0;
    state.seeded = state.seeded || bytes >= 16;
    vtl_unlock(&state.lock);
}
PV_UNTRUSTED(vtl_random_seed, host, "");

void vtl_random_mix(const void *data, size_t bytes)
{
    vtl_lock(&state.lock);
    random_mix(data, bytes);
    (void)refill();
    state.ready_words = 0;
    vtl_unlock(&state.lock);
}
PV_UNTRUSTED(vtl_random_mix, host, "");
