/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What of a row no switch can change: whether it can be read and written at all, in both VTLs, at EL1 and EL0, and
 * for what holds no state that both see the same.
 */
#include "rows_program.h"

struct fixed {
    uint64_t value;
    uint64_t again;
    uint8_t read_trap;
    uint8_t write_trap;
    uint8_t el0_trap;
    bool el0_tried;
    bool write_tried;
    bool offered;
    bool may_miss;
};

struct fixed_vtl {
    struct fixed rows[ROW_COUNT];
    bool features[FEATURE_COUNT];
};
static struct fixed_vtl fixed;

static bool is_held(const struct row *row)
{
    return row->saver == REGISTER_SAVER_HELD || row->saver == REGISTER_SAVER_LAZY;
}

/* Reads other than by name: acknowledges and the like are rows_gic.c's. Undefined ones do nothing. */
static void gather_row(size_t i)
{
    const struct row *row = &rows[i];
    struct fixed *at = &fixed.rows[i];
    struct row_access access = row_read((enum row_index)i);

    at->offered = row_offered((enum row_index)i);
    at->may_miss = row_may_miss((enum row_index)i, false);
    at->value = access.value;
    at->read_trap = access.trap;
    at->again = row_read((enum row_index)i).value;
    at->write_tried = !at->offered || row->access == REGISTER_ACCESS_RO;
    if (at->write_tried) {
        at->write_trap = row_write((enum row_index)i, access.value).trap;
    }
    at->el0_tried = !at->offered && row->op1 == 3;
    if (at->el0_tried) {
        at->el0_trap = row_read_el0((enum row_index)i).trap;
    }
}

/* ACTLR_EL1: zero whatever is written. */
static void gather_actlr(void)
{
    (void)row_write(ROW_actlr_el1, ~UINT64_C(0));
    fixed.rows[ROW_actlr_el1].again = row_read(ROW_actlr_el1).value;
}

static uint64_t gather(void)
{
    row_open_el0();
    (void)row_write(ROW_csselr_el1, 0);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        gather_row(i);
    }
    gather_actlr();
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        fixed.features[i] = row_feature_offered((enum register_feature)i);
    }
    return 0;
}

/* ---- What is wrong, with the bits of VTL0 ------------------------------------------------------------ */

static bool read_is_wrong(const struct row *row, const struct fixed *at, const struct fixed *vtl0,
                          bool vtl2)
{
    const bool undefined = row_is_undefined(row, at->read_trap);

    if (!undefined && at->read_trap != 0) {
        return true;
    }
    if (!vtl0->offered || row->access == REGISTER_ACCESS_WO) {
        return !undefined;
    }
    if (vtl2 && is_held(row)) {
        return !undefined && at->value != 0;
    }
    return undefined && !vtl0->may_miss;
}

/* What isn't there, and what is read only. VTL2 may have its writes to what is held from it ignored. */
static bool write_is_wrong(const struct row *row, const struct fixed *at, const struct fixed *vtl0,
                           bool vtl2)
{
    const bool must_not =
        !vtl0->offered || (row->access == REGISTER_ACCESS_RO && !(vtl2 && is_held(row)));

    if (!at->write_tried || !must_not) {
        return false;
    }
    return !row_is_undefined(row, at->write_trap);
}

static bool is_counter(size_t row)
{
    return row == ROW_cntpct_el0 || row == ROW_cntvct_el0 || row == ROW_cntpctss_el0 ||
           row == ROW_cntvctss_el0;
}

static bool is_random(size_t row)
{
    return row == ROW_rndr_el0 || row == ROW_rndrrs_el0;
}

/* Two reads of what does not change by itself. ACTLR_EL1 and ERRIDR_EL1 are zero. */
static bool value_is_wrong(size_t i, const struct fixed *at)
{
    const struct row *row = &rows[i];

    if (at->read_trap != 0 || is_random(i)) {
        return false;
    }
    if (is_counter(i)) {
        return at->again < at->value;
    }
    if (i == ROW_actlr_el1 || i == ROW_erridr_el1) {
        return at->value != 0 || at->again != 0;
    }
    if (row->access == REGISTER_ACCESS_RO &&
        (row->class == REGISTER_CLASS_SHARED || row->class == REGISTER_CLASS_TRAPPED)) {
        return at->value != at->again;
    }
    return false;
}

static uint32_t wrong_of(size_t i, const struct fixed *at, const struct fixed *vtl0, bool vtl2)
{
    const struct row *row = &rows[i];
    uint32_t wrong = 0;

    wrong |= read_is_wrong(row, at, vtl0, vtl2) ? WRONG_VTL0_READ : 0;
    wrong |= write_is_wrong(row, at, vtl0, vtl2) ? WRONG_VTL0_WRITE : 0;
    wrong |= at->el0_tried && !vtl0->offered && !row_is_undefined(row, at->el0_trap)
                 ? WRONG_VTL0_EL0
                 : 0;
    wrong |= value_is_wrong(i, at) ? WRONG_VTL0_VALUE : 0;
    return vtl2 ? wrong * (WRONG_VTL2_READ / WRONG_VTL0_READ) : wrong;
}

/* Of what both read: the same, but for the fields of features that VTL2 is not offered, which are zero there. */
static bool both_are_wrong(size_t i, const struct fixed *vtl0, const struct fixed *vtl2)
{
    const struct row *row = &rows[i];

    if (row->access != REGISTER_ACCESS_RO || vtl0->read_trap != 0 || vtl2->read_trap != 0) {
        return false;
    }
    if (is_counter(i)) {
        return vtl2->value < vtl0->again;
    }
    if (is_random(i) || (row->class == REGISTER_CLASS_SHARED && is_held(row))) {
        return false;
    }
    if (row->class == REGISTER_CLASS_SHARED) {
        return vtl0->value != vtl2->value;
    }
    if (row->class == REGISTER_CLASS_TRAPPED) {
        return (vtl2->value & ~vtl0->value) != 0 ||
               ((vtl0->value ^ vtl2->value) & ~row_id_fields_held((enum row_index)i)) != 0;
    }
    return false;
}

static bool is_reserved(size_t row)
{
    static const char prefix[] = "id_reserved";

    for (size_t i = 0; prefix[i] != '\0'; i++) {
        if (rows[row].name[i] != prefix[i]) {
            return false;
        }
    }
    return true;
}

/* What the CPU says of itself is the same by its Hyper-V name; encodings without a meaning are zero (D19.2). */
static bool differs_by_name(size_t i, const struct fixed *at, uint32_t input_vtl)
{
    const struct row *row = &rows[i];
    uint64_t value = 0;

    if (at->read_trap != 0 || row->class != REGISTER_CLASS_TRAPPED || row->crn != 0 ||
        row->access != REGISTER_ACCESS_RO) {
        return false;
    }
    if (row->hyperv == 0) {
        return is_reserved(i) && at->value != 0;
    }
    return hv_get(input_vtl, row->hyperv, &value) != HV_STATUS_SUCCESS || value != at->value;
}

static void check_row(size_t i, const struct fixed_vtl *guest)
{
    const struct fixed *vtl0 = &guest->rows[i];
    const struct fixed *vtl2 = &fixed.rows[i];
    uint32_t wrong = wrong_of(i, vtl0, vtl0, false) | wrong_of(i, vtl2, vtl0, true) |
                     (both_are_wrong(i, vtl0, vtl2) ? WRONG_BOTH_VALUE : 0);

    wrong |= differs_by_name(i, vtl0, VTL0) ? WRONG_VTL0_VALUE : 0;
    wrong |= differs_by_name(i, vtl2, OWN_VTL) ? WRONG_VTL2_VALUE : 0;

    if (wrong != 0) {
        note("VTL0 offered", vtl0->offered);
        note("VTL0 reads", vtl0->value);
        note("VTL0 trap read, write, EL0",
             (uint64_t)vtl0->read_trap << 16 | (uint64_t)vtl0->write_trap << 8 | vtl0->el0_trap);
        note("VTL2 reads", vtl2->value);
        note("VTL2 trap read, write, EL0",
             (uint64_t)vtl2->read_trap << 16 | (uint64_t)vtl2->write_trap << 8 | vtl2->el0_trap);
    }
    check_eq(rows[i].check, wrong, 0);
}

/* A feature none of whose rows is there is offered by no ID register either. */
static void check_feature(unsigned feature, const char *name, const struct fixed_vtl *guest)
{
    bool has_row = false;

    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct row *row = &rows[i];
        const bool hidden =
            row->class == REGISTER_CLASS_ABSENT || row->class == REGISTER_CLASS_GUARDED ||
            (row->saver == REGISTER_SAVER_TRAP && row->class != REGISTER_CLASS_TRAPPED);
        has_row |= row->feature == feature && !hidden;
    }
    if (!has_row) {
        check_eq(name, (guest->features[feature] ? 1u : 0u) | (fixed.features[feature] ? 2u : 0u),
                 0);
    }
}

void check_fixed(void)
{
    static const char *const names[FEATURE_COUNT] = {
#define X(word, ...) "8 ID registers do not offer " #word,
        REGISTER_FEATURES(X)
#undef X
    };
    const struct fixed_vtl *guest = &VTL0_OF(fixed);

    (void)guest_call((const void *)gather, 0, 0);
    (void)gather();
    for (size_t i = 0; i < ROW_COUNT; i++) {
        check_row(i, guest);
    }
    for (unsigned i = 0; i < FEATURE_COUNT; i++) {
        check_feature(i, names[i], guest);
    }
}
