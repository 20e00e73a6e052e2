/* SPDX-License-Identifier: BSD-3-Clause */
/* Random bytes for refhv's own keys and signatures. One caller at a time. */
#ifndef REFHV_ENTROPY_H
#define REFHV_ENTROPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Seeds the generator from the CPU's RNDR and the boot loader's rng-seed. False if there is neither. With the seed
 * alone VTL2, whose device tree has it too, could say what comes.
 */
bool entropy_seed(void);

/* In the form that Mbed TLS wants; returns 0. */
int entropy_draw(void *unused, unsigned char *to, size_t bytes);

#endif /* REFHV_ENTROPY_H */
