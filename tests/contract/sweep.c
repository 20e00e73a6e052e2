/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Completeness of the register table: MRS of every encoding with op0 2 and 3, in both VTLs at EL1 and EL0. What
 * is not undefined has a row that says so; what a row offers is not undefined.
 */
#include "rows.h"

#define NO_ROW UINT16_MAX

struct view {
    const char *name;
    bool vtl2;
    bool el0;
};
static const struct view views[] = {
    {"VTL0 EL1", false, false},
    {"VTL0 EL0", false, true},
    {"VTL2 EL1", true, false},
    {"VTL2 EL0", true, true},
};

static uint8_t maps[COUNT_OF(views)][SWEEP_COUNT];
static uint16_t row_at[SWEEP_COUNT];

/* By VTL0's ID registers; VTL2 may find undefined what is held back from it. */
struct expectation {
    bool offered;
    bool may_miss;
    bool may_miss_el0;
};
static struct expectation expectations[ROW_COUNT];

static uint64_t find_expectations(void)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        expectations[i].offered = row_offered((enum row_index)i);
        expectations[i].may_miss = row_may_miss((enum row_index)i, false);
        expectations[i].may_miss_el0 = row_may_miss((enum row_index)i, true);
    }
    return 0;
}

static uint64_t sweep(uint64_t view)
{
    struct probe probe = {.code = (uintptr_t)sweep_code, .el0 = views[view].el0, .map = maps[view]};

    row_open_el0();
    probe_run(&probe);
    return probe.count;
}

static void print_encoding(const char *text, uint32_t index)
{
    note(text, ((UINT64_C(2) + (index >> 14)) << 16) | (index >> 11 & 7) << 12 |
                   (index >> 7 & 15) << 8 | (index >> 3 & 15) << 4 | (index & 7));
}

/* CRn 11 and 15 (Arm ARM D19.2.2). HCR_EL2.TIDCP makes them undefined; QEMU up to 8.0 does not know it. */
static bool is_implementation_defined(uint32_t index)
{
    return (index & sweep_index(1, 0, 0, 0, 0)) != 0 && (index >> 7 & 0xb) == 0xb;
}

/* What is readable has a row of something that this VTL and EL may read. */
static uint32_t without_row(const struct view *view, const uint8_t *map)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < SWEEP_COUNT; i++) {
        const struct row *row = row_at[i] == NO_ROW ? NULL : &rows[row_at[i]];
        if (sweep_is_undefined(i, map[i]) || (row == NULL && is_implementation_defined(i))) {
            continue;
        }
        if (row == NULL || !expectations[row_at[i]].offered || row->access == REGISTER_ACCESS_WO ||
            (view->el0 && row->op1 != 3)) {
            print_encoding("readable, op0 op1 CRn CRm op2", i);
            if (row != NULL) {
                note(row->name, map[i]);
            }
            found++;
        }
    }
    return found;
}

/* What a row offers can be read; VTL2 may find undefined what VTL0's is held back. */
static uint32_t without_register(const struct view *view, const uint8_t *map)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < ROW_COUNT; i++) {
        const struct row *row = &rows[i];
        const bool held = row->saver == REGISTER_SAVER_HELD || row->saver == REGISTER_SAVER_LAZY;

        const bool may_miss = view->el0 ? expectations[i].may_miss_el0 : expectations[i].may_miss;

        if (!expectations[i].offered || row->access == REGISTER_ACCESS_WO || (view->vtl2 && held) ||
            may_miss || (view->el0 && row->op1 != 3)) {
            continue;
        }
        if (map[row_sweep_index(row)] != PROBE_RAN) {
            note(row->name, map[row_sweep_index(row)]);
            found++;
        }
    }
    return found;
}

static uint32_t readable(const uint8_t *map)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < SWEEP_COUNT; i++) {
        count += map[i] == PROBE_RAN;
    }
    return count;
}

static void judge(const struct view *view, const uint8_t *map)
{
    check_way(view->name);
    note("encodings that can be read", readable(map));
    check_eq("8 encodings that can be read and have no row that says so", without_row(view, map),
             0);
    check_eq("8 rows that offer a register which is undefined", without_register(view, map), 0);
    check_way("");
}

static void run(void)
{
    for (size_t i = 0; i < SWEEP_COUNT; i++) {
        row_at[i] = NO_ROW;
    }
    for (size_t i = 0; i < ROW_COUNT; i++) {
        row_at[row_sweep_index(&rows[i])] = (uint16_t)i;
    }
    (void)vtl0_call((const void *)find_expectations, 0, 0, 0);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        expectations[i] = VTL0_OF(expectations)[i];
    }
    for (size_t i = 0; i < COUNT_OF(views); i++) {
        if (views[i].vtl2) {
            (void)sweep(i);
        } else {
            (void)vtl0_call((const void *)sweep, i, 0, 0);
        }
        judge(&views[i], views[i].vtl2 ? maps[i] : VTL0_OF(maps)[i]);
    }
}

const struct program program = {.main = run};
