/* SPDX-License-Identifier: BSD-3-Clause */
/* The CPU's own random numbers. */
#ifndef REFHV_CPU_RANDOM_H
#define REFHV_CPU_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

/* False if the CPU has none, or has none to give for now. */
bool cpu_random(uint64_t *word);

#endif /* REFHV_CPU_RANDOM_H */
