/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pages of the VTL2 region that the image does not fill. Handed out at boot, zeroed, never taken
 * back.
 */
#ifndef VTL_CPU_POOL_H
#define VTL_CPU_POOL_H

#include "vtl/vtl.h"

/* The free part of the region; page aligned. */
void pool_set(uint64_t base, uint64_t end);
/* The region goes on to end. */
void pool_extend(uint64_t end);

#endif /* VTL_CPU_POOL_H */
