/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A treemap: rectangles whose areas are as the values, near to squares. Bruls, Huizing, van Wijk: Squarified
 * Treemaps, 2000.
 */
#ifndef REPORT_TREEMAP_H
#define REPORT_TREEMAP_H

#include <stddef.h>
#include <stdint.h>

struct treemap_area {
    double x;
    double y;
    double width;
    double height;
};

/* values: descending, none of them 0. One area each, which together fill the whole. */
void treemap_lay(const uint64_t *values, size_t count, struct treemap_area whole,
                 struct treemap_area *areas);

#endif /* REPORT_TREEMAP_H */
