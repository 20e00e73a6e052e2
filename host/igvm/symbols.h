/* SPDX-License-Identifier: BSD-3-Clause */
/* Functions and objects of the image's ELF file, by address. */
#ifndef IGVM_TOOL_SYMBOLS_H
#define IGVM_TOOL_SYMBOLS_H

#include "file.h"

struct symbols;

/* NULL, told on stderr, if it can't be read or has none. */
struct symbols *symbols_read(const char *path);
void symbols_free(struct symbols *symbols);

/* The name of what has bytes in [start, end), the lowest first, number i; NULL: no more. */
const char *symbols_in(const struct symbols *symbols, uint64_t start, uint64_t end, size_t i);

#endif /* IGVM_TOOL_SYMBOLS_H */
