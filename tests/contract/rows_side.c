/* SPDX-License-Identifier: BSD-3-Clause */
#include "rows_side.h"

/* Bits that no pattern may have: each would stop the program, not the switch. */
struct spared {
    uint16_t row;
    uint64_t bits;
};
static const struct spared spared[] = {
    {ROW_mdscr_el1, UINT64_C(1) << 13}, /* KDE: breakpoints and steps at EL1 */
    {ROW_pmcr_el0, UINT64_C(0x7)},      /* E: counters would move; P, C: actions, not state */
};

static uint64_t safe_bits(size_t row)
{
    for (size_t i = 0; i < COUNT_OF(spared); i++) {
        if (spared[i].row == row) {
            return ~spared[i].bits;
        }
    }
    return ~UINT64_C(0);
}

/*
 * Those that code can't do without, in the order of enum critical, and the bits that a pattern may have: not
 * SCTLR_EL1.M and EE; an address of 48 bits for VBAR_EL1, and an aligned one for SP.
 */
struct critical_bits {
    uint16_t row;
    uint64_t bits;
    uint64_t bits_vtl2;
};
static const struct critical_bits criticals[CRITICAL_COUNT] = {
    [CRITICAL_SCTLR] = {ROW_sctlr_el1, 0x10001018fdfffffe, 0x10001018fdfffffe},
    [CRITICAL_CPACR] = {ROW_cpacr_el1, 0x13330000, 0x13330000},
    [CRITICAL_VBAR] = {ROW_vbar_el1, 0x0000fffffffff800, 0x0000fffffffff800},
    [CRITICAL_SP] = {ROW_sp_el1, 0x0000fffffffffff0, 0x0000fffffffffff0},
    [CRITICAL_SPSEL] = {ROW_spsel, 1, 0},
    [CRITICAL_DAIF] = {ROW_daif, 0x3c0, 0x340}, /* VTL2 polls its interrupts */
    [CRITICAL_NZCV] = {ROW_nzcv, 0xf0000000, 0xf0000000},
};

enum row_index critical_row(enum critical critical)
{
    return (enum row_index)criticals[critical].row;
}

static bool is_critical(size_t row)
{
    for (size_t i = 0; i < CRITICAL_COUNT; i++) {
        if (criticals[i].row == row) {
            return true;
        }
    }
    return false;
}

/* Rows that set bits, and those that clear the same bits. */
static const uint16_t set_and_clear[][2] = {
    {ROW_pmintenset_el1, ROW_pmintenclr_el1},
    {ROW_pmcntenset_el0, ROW_pmcntenclr_el0},
    {ROW_pmovsset_el0, ROW_pmovsclr_el0},
    {ROW_dbgclaimset_el1, ROW_dbgclaimclr_el1},
};

static enum row_index clear_row(size_t row)
{
    for (size_t i = 0; i < COUNT_OF(set_and_clear); i++) {
        if (set_and_clear[i][0] == row) {
            return (enum row_index)set_and_clear[i][1];
        }
    }
    return ROW_none;
}

static bool is_clear_row(size_t row)
{
    for (size_t i = 0; i < COUNT_OF(set_and_clear); i++) {
        if (set_and_clear[i][1] == row) {
            return true;
        }
    }
    return false;
}

static bool is_cntp(size_t row)
{
    return row == ROW_cntp_tval_el0 || row == ROW_cntp_ctl_el0 || row == ROW_cntp_cval_el0;
}

static bool is_tval(size_t row)
{
    return row == ROW_cntp_tval_el0 || row == ROW_cntv_tval_el0;
}

/* What it reads is another row's, or depends on one. */
static bool is_view(size_t row)
{
    return is_tval(row) || is_clear_row(row) || row == ROW_pmxevtyper_el0 ||
           row == ROW_pmxevcntr_el0;
}

static enum row_use use_of(size_t row, bool vtl2)
{
    const struct row *at = &rows[row];
    const bool held = at->saver == REGISTER_SAVER_HELD || at->saver == REGISTER_SAVER_LAZY;

    if (!(at->class == REGISTER_CLASS_PRIVATE && at->saver != REGISTER_SAVER_TRAP) &&
        !is_cntp(row)) {
        return ROW_NOT_USED;
    }
    if (is_critical(row) || (vtl2 && held) ||
        (at->access != REGISTER_ACCESS_RW && at->access != REGISTER_ACCESS_RO) ||
        (at->saver == REGISTER_SAVER_GIC && at->access == REGISTER_ACCESS_RO) ||
        row_read((enum row_index)row).trap != 0) {
        return ROW_NOT_USED;
    }
    return at->access == REGISTER_ACCESS_RO || is_view(row) ? ROW_ALONE : ROW_FILLED;
}

/* TVAL is CVAL less the counter: the same at all times, but for the time between two reads. */
static uint64_t tval_value(size_t row)
{
    const enum row_index cval = row == ROW_cntp_tval_el0 ? ROW_cntp_cval_el0 : ROW_cntv_cval_el0;
    const uint64_t view = row_read((enum row_index)row).value + counter_now();

    return (uint32_t)(view - row_read(cval).value + counter_ms(500)) < counter_ms(1000) ? 0 : 1;
}

/* CTL less ISTATUS, which is a matter of time. */
static uint64_t value_of(size_t row)
{
    const uint64_t value = is_tval(row) ? tval_value(row) : row_get((enum row_index)row);

    return row == ROW_cntp_ctl_el0 || row == ROW_cntv_ctl_el0 ? value & 3 : value;
}

/* Bits that can be set less those that can't be cleared. A field whose value is taken as a signed number, as QEMU
 * does with ICC_BPRn_EL1, shows with the smaller one. */
static uint64_t find_mask(size_t row, uint64_t saved)
{
    const uint64_t safe = safe_bits(row);
    const uint64_t rest = saved & ~safe;
    const enum row_index index = (enum row_index)row;
    const uint64_t set =
        row_swap(index, rest | safe).value | row_swap(index, rest | (safe & 7)).value;

    if (clear_row(row) != ROW_none) {
        (void)row_write(clear_row(row), ~UINT64_C(0));
        return set & safe;
    }
    return set & ~row_swap(index, rest).value & safe;
}

void side_prepare(struct side *side, bool vtl2)
{
    side->vtl2 = vtl2;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        side->use[i] = (uint8_t)use_of(i, vtl2);
        side->mask[i] = 0;
        if (side->use[i] != ROW_NOT_USED) {
            side->saved[i] = value_of(i);
        }
        if (side->use[i] == ROW_FILLED) {
            side->mask[i] = find_mask(i, side->saved[i]);
        }
    }
}

/* Rows that QEMU translates code for: a translation for each combination of values that it meets. */
static bool shapes_code(size_t row)
{
    switch (row) {
    case ROW_tcr_el1:
    case ROW_zcr_el1:
    case ROW_smcr_el1:
    case ROW_svcr:
    case ROW_pan:
    case ROW_uao:
    case ROW_tco:
    case ROW_mdscr_el1:
    case ROW_sctlr_el1:
    case ROW_cpacr_el1:
        return true;
    default:
        return false;
    }
}

uint64_t side_pattern(struct pattern pattern, size_t row)
{
    /* The finalizer of SplitMix64 (Steele, Lea, Flood 2014). */
    uint64_t value = (shapes_code(row) ? pattern.shape : pattern.seed) +
                     UINT64_C(0x9e3779b97f4a7c15) * (row + 1);

    value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
    value ^= value >> 31;
    return pattern.inverted ? ~value : value;
}

static bool is_spared(const struct side *side, size_t row)
{
    return (side->spare_gic && rows[row].saver == REGISTER_SAVER_GIC) ||
           (side->spare_timer && is_cntp(row));
}

static void critical_fill(const struct side *side, struct pattern pattern)
{
    struct cross *block = &cross_blocks[vp_self_index()];
    const uint64_t now[CRITICAL_COUNT] = {
        [CRITICAL_SCTLR] = row_read(ROW_sctlr_el1).value,
        [CRITICAL_SPSEL] = 1,
        [CRITICAL_DAIF] = PSTATE_DAIF,
    };

    for (size_t i = 0; i < CRITICAL_COUNT; i++) {
        const uint64_t bits = side->vtl2 ? criticals[i].bits_vtl2 : criticals[i].bits;
        block->want[i] = (now[i] & ~bits) | (side_pattern(pattern, criticals[i].row) & bits);
    }
}

static void fill_row(const struct side *side, size_t row, uint64_t value)
{
    const uint64_t mask = side->mask[row];

    if (clear_row(row) != ROW_none) {
        row_put(clear_row(row), ~UINT64_C(0));
    }
    row_put((enum row_index)row, (side->saved[row] & ~mask) | (value & mask));
}

void side_fill(struct side *side, struct pattern pattern)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (side->use[i] == ROW_FILLED && !is_spared(side, i)) {
            fill_row(side, i, side_pattern(pattern, i));
        }
    }
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (side->use[i] != ROW_NOT_USED) {
            side->written[i] = value_of(i);
        }
    }
    critical_fill(side, pattern);
}

/* One row of eight, and what others than itself can change: views, ICC_BPR1_EL1 by ICC_CTLR_EL1.CBPR, FPSR (and, in
 * QEMU 7.2, of FPCR) by a change of SVCR.SM. */
static bool is_chosen(const struct side *side, struct pattern pattern, size_t row)
{
    return side_pattern(pattern, row) >> 61 == 0 || row == ROW_icc_bpr1_el1 || row == ROW_fpsr ||
           row == ROW_fpcr || side->use[row] == ROW_ALONE;
}

void side_change(struct side *side, struct pattern pattern)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (side->use[i] == ROW_FILLED && !is_spared(side, i) && is_chosen(side, pattern, i)) {
            fill_row(side, i, side_pattern(pattern, i));
        }
    }
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (side->use[i] != ROW_NOT_USED && is_chosen(side, pattern, i)) {
            side->written[i] = value_of(i);
        }
    }
    critical_fill(side, pattern);
}

static void collect_critical(struct side *side)
{
    const struct cross *block = &cross_blocks[vp_self_index()];

    for (size_t i = 0; i < CRITICAL_COUNT; i++) {
        side->written[criticals[i].row] = block->set[i];
        side->found[criticals[i].row] = block->found[i];
    }
}

void side_collect(struct side *side)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (side->use[i] != ROW_NOT_USED) {
            side->found[i] = value_of(i);
        }
    }
    collect_critical(side);
}

void side_collect_some(struct side *side, struct pattern pattern)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (side->use[i] != ROW_NOT_USED) {
            side->found[i] = is_chosen(side, pattern, i) ? value_of(i) : side->written[i];
        }
    }
    collect_critical(side);
}

/* Last first: ICC_CTLR_EL1.CBPR holds ICC_BPR1_EL1 back. */
void side_restore(const struct side *side)
{
    for (size_t i = ROW_COUNT; i-- > 0;) {
        if (side->use[i] == ROW_FILLED && !is_spared(side, i)) {
            fill_row(side, i, side->saved[i]);
        }
    }
}

bool side_same(const struct side *side, size_t row)
{
    if (side->use[row] == ROW_NOT_USED && !is_critical(row)) {
        return true;
    }
    return side->written[row] == side->found[row] && !(is_tval(row) && side->found[row] != 0);
}
