/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Physical memory as the loader and stage 2 reach it. On the board the address is the pointer,
 * since EL2 maps everything identically; the unit tests have an implementation over an array.
 */
#ifndef REFHV_PHYS_H
#define REFHV_PHYS_H

#include <stdint.h>

void *phys_pointer(uint64_t address);

/* Cleans the range to the point of coherency: VTL2 starts with its MMU and caches off. */
void phys_clean(uint64_t address, uint64_t bytes);

/* Drops all instruction caches, on every CPU, after code has been written. */
void phys_code_written(void);

#endif /* REFHV_PHYS_H */
