/* SPDX-License-Identifier: BSD-3-Clause */
/* The image's memory functions, under names that the runtime does not have. */
#define memcpy tested_memcpy
#define memmove tested_memmove
#define memset tested_memset
#define memcmp tested_memcmp
#include "cpu/memory.S"
