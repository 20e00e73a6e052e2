/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * All rows that carry a value, filled at once in both VTLs with patterns of which each bit of the one is the other
 * way in the other, across one switch to VTL2 and back. VTL2 is entered twice with patterns of its own, by the way
 * under test and when VTL0 has finished, and VTL0 once. Then the same with the patterns changed round.
 */
#include "rows_program.h"

#define INTID_CNTP 30u
#define DELAY_FIRST_MS 4u
#define DELAY_LAST_MS 1000u
#define SEED UINT64_C(0x243f6a8885a308d3)

static struct side side;
static bool prepared;
static uint16_t wrong[ROW_COUNT];
static bool differed[ROW_COUNT]; /* the VTLs had different values in a pass */

/* ---- VTL0 -------------------------------------------------------------------------------------------- */

static uint64_t guest_prepare(void)
{
    row_open_el0();
    side_prepare(&side, false);
    return 0;
}

static uint64_t guest_cross(uint64_t route, uint64_t inverted)
{
    static const enum crossing crossings[ROUTE_COUNT] = {
        [ROUTE_INTERCEPT] = CROSSING_STORE,       [ROUTE_CALL] = CROSSING_HVC2,
        [ROUTE_SMCCC_INTERCEPT] = CROSSING_STORE, [ROUTE_SMCCC_CALL] = CROSSING_SMCCC,
        [ROUTE_INTERRUPT] = CROSSING_SPIN,
    };
    struct cross *block = &cross_blocks[vp_self_index()];

    row_open_el0();
    block->x[0] = route == ROUTE_SMCCC_CALL ? HV_SMCCC_VTL_CALL : 1;
    block->x[1] = VTL0_DOORBELL_GPA;
    side_fill(&side, (struct pattern){.seed = SEED, .shape = SEED, .inverted = inverted != 0});
    (void)cross(crossings[route]);
    side_collect(&side);
    side_restore(&side);
    return 0;
}

/* ---- VTL2 -------------------------------------------------------------------------------------------- */

/* VTL2 has nothing of a row that stays in the CPU with VTL0's value: it finds zero or an undefined access, and
 * what it writes goes nowhere. */
static void check_held(struct pattern pattern)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct row *row = &rows[i];
        if (row->saver != REGISTER_SAVER_HELD && row->saver != REGISTER_SAVER_LAZY) {
            continue;
        }
        struct row_access access = row_read((enum row_index)i);
        if (!row_is_undefined(row, access.trap) && access.value != 0) {
            wrong[i] |= WRONG_VTL2_FOUND;
        }
        (void)row_write((enum row_index)i, side_pattern(pattern, i));
    }
}

/* VTL2's patterns, the switch to VTL0 and what the next entry finds. */
static void visit(enum route route, bool spare_gic, bool inverted, struct exit *exit)
{
    const struct pattern pattern = {.seed = SEED, .shape = SEED, .inverted = !inverted};

    side.spare_gic = spare_gic || !rt_intercept_page;
    side.spare_timer = route == ROUTE_INTERRUPT;
    side_fill(&side, pattern);
    route_leave(route);
    side_collect(&side);
    check_held(pattern);
    side_restore(&side);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        wrong[i] |= side_same(&side, i) ? 0 : WRONG_VTL2_FOUND;
    }
    if (route == ROUTE_INTERRUPT) {
        (void)row_write(ROW_cntp_ctl_el0, 0);
    }
    vtl0_left(exit);
}

/* VTL2's timer comes while VTL0 spins, all filled: otherwise once more, with more time. */
static bool visit_interrupted(bool inverted, struct exit *exit)
{
    gic_enable(INTID_CNTP, false);
    for (uint64_t ms = DELAY_FIRST_MS; ms < DELAY_LAST_MS; ms *= 2) {
        vtl0_start((const void *)guest_cross, ROUTE_INTERRUPT, inverted, 0);
        (void)row_write(ROW_cntp_cval_el0, counter_now() + counter_ms(ms));
        (void)row_write(ROW_cntp_ctl_el0, 1);
        visit(ROUTE_INTERRUPT, true, inverted, exit);
        if (hv_must_get(VTL0, HV_REGISTER_PC) == (uintptr_t)vtl0_address(cross_spin)) {
            hv_must_set(VTL0, HV_REGISTER_PC, (uintptr_t)vtl0_address(cross_arrived));
            return true;
        }
    }
    return false;
}

static void check_exit(enum route route, const struct exit *exit)
{
    static const enum exit_kind kinds[ROUTE_COUNT] = {
        [ROUTE_INTERCEPT] = EXIT_DOORBELL,       [ROUTE_CALL] = EXIT_CALL,
        [ROUTE_SMCCC_INTERCEPT] = EXIT_DOORBELL, [ROUTE_SMCCC_CALL] = EXIT_CALL,
        [ROUTE_INTERRUPT] = EXIT_INTERRUPT,
    };

    check_eq("8 VTL2 is entered by the event", exit->kind, kinds[route]);
    if (route == ROUTE_SMCCC_CALL) {
        check_eq("8 X0 of VTL0 at the call", vp_self()->regs.x[0], HV_SMCCC_VTL_CALL);
    }
}

static void judge(void)
{
    const struct side *guest = &VTL0_OF(side);

    for (size_t i = 0; i < ROW_COUNT; i++) {
        differed[i] |= ((side.written[i] ^ guest->written[i]) & side.mask[i] & guest->mask[i]) != 0;
        wrong[i] |= side_same(guest, i) ? 0 : WRONG_VTL0_FOUND;
        if (wrong[i] != 0) {
            note(rows[i].name, i);
            note("VTL2's", side.written[i]);
            note("VTL2 finds", side.found[i]);
            note("VTL0's", guest->written[i]);
            note("VTL0 finds", guest->found[i]);
        }
    }
}

static void pass(enum route route, bool inverted)
{
    struct exit exit;

    if (route == ROUTE_INTERRUPT) {
        check_true("8 VTL2's timer comes while VTL0 waits", visit_interrupted(inverted, &exit));
    } else {
        vtl0_start((const void *)guest_cross, route, inverted, 0);
        visit(route, false, inverted, &exit);
    }
    check_exit(route, &exit);
    visit(route == ROUTE_INTERRUPT ? ROUTE_INTERCEPT : route, false, inverted, &exit);
    check_eq("8 VTL0 comes to its end", exit.kind, EXIT_DOORBELL);
    judge();
}

/* A register of enum critical is not in the loops; whether it is in the CPU's table, it is. */
static bool has_line(const struct side *guest, size_t row)
{
    for (size_t i = 0; i < CRITICAL_COUNT; i++) {
        if (critical_row((enum critical)i) == row) {
            return true;
        }
    }
    return guest->use[row] != ROW_NOT_USED;
}

/* May hold nothing: contents are IMPLEMENTATION DEFINED, or the fields are constant where only one choice is there. */
static bool may_be_empty(size_t row)
{
    return row == ROW_afsr0_el1 || row == ROW_afsr1_el1 || row == ROW_amair_el1 ||
           row == ROW_smpri_el1 || row == ROW_icc_sre_el1;
}

/* Not one bit that can be set and cleared: that the row is kept apart would show nothing. */
static bool is_empty(const struct side *of, size_t row)
{
    return of->use[row] == ROW_FILLED && of->mask[row] == 0;
}

static void prepare(void)
{
    (void)guest_call((const void *)guest_prepare, 0, 0);
    row_open_el0();
    side_prepare(&side, true);
    prepared = true;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (is_empty(&VTL0_OF(side), i)) {
            check_way(rows[i].name);
            note("carries no bit here", VTL0_OF(side).saved[i]);
        }
    }
}

static bool proves_nothing(size_t row)
{
    const struct side *guest = &VTL0_OF(side);

    if (is_empty(&side, row) || is_empty(guest, row)) {
        return !may_be_empty(row);
    }
    return (side.mask[row] & guest->mask[row]) != 0 && !differed[row];
}

/* What brings VTL2 back from VTL0 that waits. */
static bool timer_works(void)
{
    return side.mask[ROW_cntp_ctl_el0] != 0 && side.mask[ROW_cntp_cval_el0] != 0;
}

void check_switch(enum route route)
{
    if (!prepared) {
        prepare();
    }
    check_way(route_names[route]);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        wrong[i] = 0;
        differed[i] = false;
    }
    if (route == ROUTE_INTERRUPT && !timer_works()) {
        check_true("8 cntp_ctl_el0, cntp_cval_el0: a timer of VTL2", false);
        return;
    }
    pass(route, false);
    pass(route, true);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        wrong[i] |= proves_nothing(i) ? WRONG_PATTERNS : 0;
        if (has_line(&VTL0_OF(side), i) || wrong[i] != 0) {
            check_eq(rows[i].check, wrong[i], 0);
        }
    }
    check_way("");
}
