/* SPDX-License-Identifier: BSD-3-Clause */
#include "treemap.h"

#include <stdbool.h>

/* How far from square the worst of a row is: of that sum, laid along a side of that length. */
static double worst(double largest, double smallest, double sum, double side)
{
    double wide = side * side * largest / (sum * sum);
    double narrow = sum * sum / (side * side * smallest);

    return wide > narrow ? wide : narrow;
}

/* How many of the values, from the first on, make the row that is nearest to squares. */
static size_t row_length(const uint64_t *values, size_t count, double scale, double side)
{
    double sum = 0;
    double before = 0;
    size_t length = 0;

    while (length < count) {
        double next = (double)values[length] * scale;
        double ratio = worst((double)values[0] * scale, next, sum + next, side);

        if (length != 0 && ratio > before) {
            break;
        }
        before = ratio;
        sum += next;
        length++;
    }
    return length;
}

static double sum_of(const uint64_t *values, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += (double)values[i];
    }
    return sum;
}

/* Rows lie along the shorter side of what is left. */
void treemap_lay(const uint64_t *values, size_t count, struct treemap_area left,
                 struct treemap_area *areas)
{
    double scale = count == 0 ? 0 : left.width * left.height / sum_of(values, count);

    for (size_t first = 0; first < count;) {
        bool upright = left.width >= left.height;
        double side = upright ? left.height : left.width;
        size_t length = row_length(values + first, count - first, scale, side);
        double depth = sum_of(values + first, length) * scale / side;
        double at = 0;

        for (size_t i = 0; i < length; i++) {
            double extent = (double)values[first + i] * scale / depth;

            areas[first + i] = upright ? (struct treemap_area){left.x, left.y + at, depth, extent}
                                       : (struct treemap_area){left.x + at, left.y, extent, depth};
            at += extent;
        }
        if (upright) {
            left.x += depth;
            left.width -= depth;
        } else {
            left.y += depth;
            left.height -= depth;
        }
        first += length;
    }
}
