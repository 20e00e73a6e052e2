/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random words: a ChaCha20 generator with fast key erasure over RNDR, the counter and what boot
 * feeds in.
 */
#ifndef VTL_CPU_RANDOM_H
#define VTL_CPU_RANDOM_H

#include "vtl/base.h"

/* Stirs bytes in, cheaply; they don't count as a source. Boot CPU, before the others start. */
void random_mix(const void *data, size_t bytes);

/* For canaries and keys: the best there is, never fails. */
uint64_t random_secret(void);

#endif /* VTL_CPU_RANDOM_H */
