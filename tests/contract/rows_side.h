/* SPDX-License-Identifier: BSD-3-Clause */
/* The rows that carry a value across a switch: what one VTL of one VP fills them with and finds in them. */
#ifndef CONTRACT_ROWS_SIDE_H
#define CONTRACT_ROWS_SIDE_H

#include "rows_cross.h"

enum row_use {
    ROW_NOT_USED,
    ROW_ALONE,  /* read only, or a view of another row: compared, not written */
    ROW_FILLED, /* filled with patterns */
};

struct side {
    uint64_t saved[ROW_COUNT];
    uint64_t mask[ROW_COUNT]; /* bits that can be set and cleared */
    uint64_t written[ROW_COUNT];
    uint64_t found[ROW_COUNT];
    uint8_t use[ROW_COUNT];
    bool vtl2;
    /* The GIC and the timers of VTL2 are what brings VTL2 back, and are left alone. */
    bool spare_gic;
    bool spare_timer;
};

/* Finds what there is to fill, in the VTL that runs; every register holds afterwards what it held. */
void side_prepare(struct side *side, bool vtl2);
/* A value for each row from the seed; inverted has every bit the other way. */
struct pattern {
    uint64_t seed;
    uint64_t shape; /* seed of rows that cost QEMU time at each new value: few of them */
    bool inverted;
};
uint64_t side_pattern(struct pattern pattern, size_t row);
/* Fills the rows and those of enum critical, and notes what reads back: of a register that has several names too. */
void side_fill(struct side *side, struct pattern pattern);
/* The same for one row of eight, which the pattern chooses; the others keep what they have. */
void side_change(struct side *side, struct pattern pattern);
/* After the crossing, before anything else that could change a register. */
void side_collect(struct side *side);
/* Of one row of eight; the others count as found. */
void side_collect_some(struct side *side, struct pattern pattern);
void side_restore(const struct side *side);
/* Whether the row was found as it had been written. */
bool side_same(const struct side *side, size_t row);

/* The row that a register of enum critical has. */
enum row_index critical_row(enum critical critical);

#endif /* CONTRACT_ROWS_SIDE_H */
