/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A fake of net/random.h whose words the test chooses, so that a key is known before it is made.
 */
#ifndef TESTS_FAKES_FAKE_RANDOM_H
#define TESTS_FAKES_FAKE_RANDOM_H

#include "random.h"

struct fake_random {
    bool dry;
    const uint8_t *next; /* what the next bytes are, once; then they count up */
    size_t next_bytes;
    uint8_t count;
};

extern struct fake_random fake_random;

#endif /* TESTS_FAKES_FAKE_RANDOM_H */
