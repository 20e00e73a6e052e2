/* SPDX-License-Identifier: BSD-3-Clause */
/* How two IGVM files differ: headers, pages with the image's symbols, policy, guest. */
#ifndef IGVM_TOOL_COMPARE_H
#define IGVM_TOOL_COMPARE_H

#include "opened.h"
#include "symbols.h"

#include <stdio.h>

struct compare {
    const struct opened *a;
    const struct opened *b;
    const struct symbols *symbols; /* of the image; NULL: none */
    FILE *to;
    size_t limit; /* lines that are printed */
    size_t count; /* differences found */
};

/* Prints one line a difference, and counts; 0: same headers and pages in the same order. */
size_t compare_files(struct compare *compare);

#endif /* IGVM_TOOL_COMPARE_H */
