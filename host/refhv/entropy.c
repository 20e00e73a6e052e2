/* SPDX-License-Identifier: BSD-3-Clause */
#include "entropy.h"

#include "cpu_random.h"
#include "hash.h"
#include "machine.h"

#include <string.h>

#define HARDWARE_WORDS 8u

static uint8_t key[HASH_SHA384_BYTES];

/* What is made of the same key for different uses has to differ. */
static const uint8_t use_seed[] = "refhv seed";
static const uint8_t use_output[] = "refhv output";
static const uint8_t use_next[] = "refhv next";

bool entropy_seed(void)
{
    static const uint8_t none[sizeof(machine.rng_seed)];
    uint64_t words[HARDWARE_WORDS] = {0};
    bool hardware = true;

    for (unsigned i = 0; i < HARDWARE_WORDS; i++) {
        hardware = hardware && cpu_random(&words[i]);
    }
    if (!hardware && memcmp(machine.rng_seed, none, sizeof(none)) == 0) {
        return false;
    }
    const struct igvm_part parts[] = {
        {use_seed, sizeof(use_seed)},
        {words, sizeof(words)},
        {machine.rng_seed, sizeof(machine.rng_seed)},
    };
    hash_sha384(key, parts, sizeof(parts) / sizeof(parts[0]));
    return true;
}

/* The key goes on behind each block: what was drawn can't be told from a later key. */
int entropy_draw(void *unused, unsigned char *to, size_t bytes)
{
    const struct igvm_part output[] = {{use_output, sizeof(use_output)}, {key, sizeof(key)}};
    const struct igvm_part next[] = {{use_next, sizeof(use_next)}, {key, sizeof(key)}};

    (void)unused;
    while (bytes != 0) {
        uint8_t block[HASH_SHA384_BYTES];
        const size_t count = bytes < sizeof(block) ? bytes : sizeof(block);

        hash_sha384(block, output, 2);
        hash_sha384(key, next, 2);
        memcpy(to, block, count);
        to += count;
        bytes -= count;
    }
    return 0;
}
