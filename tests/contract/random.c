/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Thousands of switches on all VPs at once, with pseudo-random values in every register that can carry one, in both
 * VTLs, and by every way to enter VTL2: at an instruction of VTL0's choice, or wherever VTL2's timer finds it. Each
 * side knows what it left, and VTL2, which sees VTL0's memory, also what VTL0 left in what they share.
 */
#include "rows_side.h"

#define SWITCHES 10000u /* to VTL2 or back */
#define SEED UINT64_C(0x9e3779b97f4a7c15)
#define SHAPES 4u
#define INTID_CNTP 30u
#define X_COUNT 31u
#define Q_WORDS 64u
#define WAIT_TRIES 20u /* of four seconds each */

/* random_cross.S knows the layout. */
struct live {
    uint64_t x[32];
    uint64_t found_x[32];
    uint64_t kept[14];
    struct cross *cross;
    uint64_t with_q; /* not 0: Q is loaded before and stored after */
    uint64_t q[Q_WORDS];
    uint64_t found_q[Q_WORDS];
} __attribute__((aligned(16)));
_Static_assert(offsetof(struct live, found_x) == 0x100, "random_cross.S");
_Static_assert(offsetof(struct live, kept) == 0x200, "random_cross.S");
_Static_assert(offsetof(struct live, cross) == 0x270, "random_cross.S");
_Static_assert(offsetof(struct live, q) == 0x280, "random_cross.S");
_Static_assert(offsetof(struct live, found_q) == 0x480, "random_cross.S");

void random_cross(enum crossing crossing, struct live *live);
extern const uint32_t random_spin[];
extern const uint32_t random_arrived[];

/* What one VTL of a VP keeps count of. Wrong: rows and registers found otherwise than they should be. */
struct walk {
    struct side side;
    struct live live;
    uint64_t state; /* of the generator */
    uint32_t wrong_rows;
    uint32_t first_wrong; /* row, if there is one */
    uint32_t wrong_x;
    uint32_t wrong_q;
    uint32_t entries; /* VTL2 */
    uint32_t asynchronous;
    uint32_t routes[ROUTE_COUNT];
    uint32_t strange; /* exits that nothing explains */
};
static struct walk walks[RT_VP_MAX];
static bool smccc_offered[2]; /* VTL return, VTL call */

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static struct pattern pattern_next(uint64_t *state)
{
    const uint64_t seed = random_next(state);

    return (struct pattern){.seed = seed, .shape = seed % SHAPES};
}

static void walk_prepare(struct walk *walk, bool vtl2)
{
    row_open_el0();
    side_prepare(&walk->side, vtl2);
    walk->side.spare_gic = vtl2;
    walk->side.spare_timer = vtl2;
    side_fill(&walk->side, pattern_next(&walk->state));
    walk->live.cross = &cross_blocks[vp_self_index()];
    walk->first_wrong = ROW_COUNT;
}

static void walk_fill(struct walk *walk)
{
    for (size_t i = 0; i < X_COUNT; i++) {
        walk->live.x[i] = random_next(&walk->state);
    }
    for (size_t i = 0; i < Q_WORDS; i++) {
        walk->live.q[i] = random_next(&walk->state);
    }
    side_change(&walk->side, pattern_next(&walk->state));
}

static void walk_collect(struct walk *walk, bool all)
{
    struct cross *cross = walk->live.cross;

    /* SP holds the block, SPSel is 1: random_cross would not have come back otherwise. */
    cross->set[CRITICAL_SP] = cross->found[CRITICAL_SP];
    cross->set[CRITICAL_SPSEL] = cross->found[CRITICAL_SPSEL];
    if (all) {
        side_collect(&walk->side);
    } else {
        side_collect_some(&walk->side, pattern_next(&walk->state));
    }
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (!side_same(&walk->side, i)) {
            walk->first_wrong = walk->wrong_rows == 0 ? (uint32_t)i : walk->first_wrong;
            walk->wrong_rows++;
        }
    }
}

/* ---- VTL0 -------------------------------------------------------------------------------------------- */

static const enum crossing crossings[ROUTE_COUNT] = {
    [ROUTE_INTERCEPT] = CROSSING_STORE,       [ROUTE_CALL] = CROSSING_HVC2,
    [ROUTE_SMCCC_INTERCEPT] = CROSSING_STORE, [ROUTE_SMCCC_CALL] = CROSSING_SMCCC,
    [ROUTE_INTERRUPT] = CROSSING_SPIN,
};

static uint64_t guest_walk(uint64_t rounds)
{
    struct walk *walk = &walks[vp_self_index()];

    walk_prepare(walk, false);
    walk->live.with_q = 1;
    for (uint64_t i = 0; i < rounds; i++) {
        enum route route = (enum route)(random_next(&walk->state) % ROUTE_COUNT);
        if (route == ROUTE_SMCCC_CALL && !smccc_offered[1]) {
            route = ROUTE_CALL;
        }
        walk_fill(walk);
        walk->routes[route]++;
        if (crossings[route] == CROSSING_STORE) {
            walk->live.x[1] = VTL0_DOORBELL_GPA;
        } else if (route == ROUTE_SMCCC_CALL) {
            walk->live.x[0] = HV_SMCCC_VTL_CALL;
        }
        random_cross(crossings[route], &walk->live);
        walk_collect(walk, i + 1 == rounds);
    }
    row_open_el0();
    return walk->wrong_rows;
}

/* ---- VTL2 -------------------------------------------------------------------------------------------- */

/* A VTL return: its form decides whose X29 and X30 are, until the entry after it. */
struct form {
    bool smccc;
    bool shared; /* X29 and X30 */
    bool with_q;
};

/* The last return to VTL0 at a crossing of its own: what both had left. Interruptions after it change nothing. */
struct promise {
    bool made;
    struct form form;
    uint64_t left_x[X_COUNT];
    uint64_t left_q[Q_WORDS];
    uint64_t sent_x[X_COUNT];
    uint64_t sent_q[Q_WORDS];
};
static struct promise promises[RT_VP_MAX];

static bool is_private(const struct form *form, size_t n)
{
    return n == 18 || (n >= 29 && !form->shared);
}

/* Longer and longer while VTL0 is found before it has come to a crossing. */
static void arm_timer(struct walk *walk, uint32_t found_early)
{
    const uint64_t slice = counter_ms(1) / 2;
    const uint64_t at =
        counter_now() + slice * (found_early + 1) + random_next(&walk->state) % (2 * slice);

    row_put(ROW_cntp_cval_el0, at);
    row_put(ROW_cntp_ctl_el0, 1);
    walk->side.written[ROW_cntp_cval_el0] = at;
}

static void leave(struct walk *walk, const struct form *form, struct exit *exit)
{
    const uint64_t x0 = walk->live.x[0];

    vtl2_assist_page()->entry_reason = 0;
    vtl2_assist_page()->registers[0] = x0;
    if (form->smccc) {
        walk->live.x[0] = HV_SMCCC_VTL_RETURN;
    }
    walk->live.with_q = form->with_q;
    barrier();
    random_cross(form->smccc ? CROSSING_SMCCC : CROSSING_HVC3, &walk->live);
    walk->live.x[0] = x0;
    row_put(ROW_cntp_ctl_el0, 0);
    walk->entries++;
    walk_collect(walk, walk->entries % 64 == 0);
    vp_self()->regs.x[0] = walk->live.found_x[0];
    vtl0_left(exit);
}

/* What VTL0 found after the return that the promise is of. */
static void check_promise(struct walk *walk, const struct live *guest, struct promise *promise)
{
    if (!promise->made) {
        return;
    }
    promise->made = false;
    for (size_t n = 0; n < X_COUNT; n++) {
        const bool own = is_private(&promise->form, n);
        walk->wrong_x += guest->found_x[n] != (own ? promise->sent_x[n] : promise->left_x[n]);
    }
    for (size_t n = 0; n < Q_WORDS; n++) {
        const bool own = !promise->form.with_q;
        walk->wrong_q += guest->found_q[n] != (own ? promise->sent_q[n] : promise->left_q[n]);
    }
}

/* What VTL2 finds where VTL0 left at a crossing; of what is its own, everywhere. */
static void check_found(struct walk *walk, const struct live *guest, const struct form *form,
                        bool at_crossing)
{
    const struct live *live = &walk->live;

    for (size_t n = 0; n < X_COUNT; n++) {
        if (is_private(form, n)) {
            walk->wrong_x += live->found_x[n] != live->x[n];
        } else if (at_crossing) {
            walk->wrong_x += live->found_x[n] != guest->x[n];
        }
    }
    for (size_t n = 0; at_crossing && form->with_q && n < Q_WORDS; n++) {
        walk->wrong_q += live->found_q[n] != guest->q[n];
    }
}

/* An interrupt finds VTL0 anywhere; at random_spin it waits for one. */
static bool is_at_crossing(struct walk *walk, const struct exit *exit)
{
    if (exit->kind != EXIT_INTERRUPT) {
        walk->strange += exit->kind != EXIT_DOORBELL && exit->kind != EXIT_CALL ? 1 : 0;
        return true;
    }
    if (hv_must_get(VTL0, HV_REGISTER_PC) != (uintptr_t)vtl0_address(random_spin)) {
        return false;
    }
    hv_must_set(VTL0, HV_REGISTER_PC, (uintptr_t)vtl0_address(random_arrived));
    return true;
}

/* VTL0 was at a crossing: new values for all, in whatever form. */
static void answer(struct walk *walk, const struct live *guest, struct promise *promise,
                   struct form *form)
{
    const uint64_t random = random_next(&walk->state);

    form->smccc = smccc_offered[0] && (random & 1) != 0;
    form->shared = board.x29_shared && !form->smccc;
    form->with_q = (random & 2) != 0;
    for (size_t n = 0; n < X_COUNT; n++) {
        walk->live.x[n] = random_next(&walk->state);
        promise->left_x[n] = walk->live.x[n];
        promise->sent_x[n] = guest->x[n];
    }
    for (size_t n = 0; n < Q_WORDS; n++) {
        walk->live.q[n] = random_next(&walk->state);
        promise->left_q[n] = walk->live.q[n];
        promise->sent_q[n] = guest->q[n];
    }
    promise->form = *form;
    promise->made = true;
}

/* VTL0 was interrupted: it gets back what it had. VTL2 leaves in the same form, in which X29 and X30 are whose they
 * were at the entry. */
static void give_back(struct walk *walk, const struct form *form)
{
    for (size_t n = 0; n < X_COUNT; n++) {
        if (!is_private(form, n)) {
            walk->live.x[n] = walk->live.found_x[n];
        }
    }
    for (size_t n = 0; n < Q_WORDS; n++) {
        walk->live.q[n] = walk->live.found_q[n];
    }
}

/* The whole walk of a VP, in VTL2. */
static uint64_t host_walk(uint64_t rounds)
{
    const uint32_t index = vp_self_index();
    struct walk *walk = &walks[index];
    const struct live *guest = &VTL0_OF(walks)[index].live;
    struct form form = {.shared = board.x29_shared};
    struct exit exit;
    uint32_t found_early = 0;

    walk_prepare(walk, true);
    gic_enable(INTID_CNTP, false);
    vtl0_start((const void *)guest_walk, rounds, 0, 0);
    for (size_t n = 0; n < X_COUNT; n++) {
        walk->live.x[n] = vp_self()->regs.x[n];
    }
    for (;;) {
        side_change(&walk->side, pattern_next(&walk->state));
        arm_timer(walk, found_early);
        leave(walk, &form, &exit);
        if (exit.kind == EXIT_DOORBELL && exit.value == DOORBELL_RETURNED) {
            check_promise(walk, guest, &promises[index]);
            return walk->strange;
        }
        const bool at_crossing = is_at_crossing(walk, &exit);
        check_found(walk, guest, &form, at_crossing);
        if (at_crossing) {
            check_promise(walk, guest, &promises[index]);
            answer(walk, guest, &promises[index], &form);
            found_early = 0;
        } else {
            walk->asynchronous++;
            give_back(walk, &form);
            found_early++;
        }
    }
}

static bool join(uint32_t index)
{
    uint64_t value = ~UINT64_C(0);

    for (uint32_t tries = 0; tries < WAIT_TRIES; tries++) {
        if (vp_join(index, &value)) {
            return value == 0;
        }
    }
    return false;
}

static void check_walk(const struct walk *walk, const char *rows_name, const char *first_name)
{
    check_eq(rows_name, walk->wrong_rows, 0);
    if (walk->wrong_rows != 0) {
        note(first_name, walk->first_wrong);
        note(walk->first_wrong < ROW_COUNT ? rows[walk->first_wrong].name : "none", 0);
    }
}

static void check_walks(uint32_t rounds)
{
    const struct walk *guests = VTL0_OF(walks);
    uint32_t switches = 0;
    uint32_t asynchronous = 0;

    for (uint32_t i = 0; i < board.vp_count; i++) {
        check_walk(&walks[i], "8 rows that VTL2 finds otherwise than it left them",
                   "the first, of VTL2");
        check_walk(&guests[i], "8 rows that VTL0 finds otherwise than it left them",
                   "the first, of VTL0");
        check_eq("8.1 X registers that are not what they should be", walks[i].wrong_x, 0);
        check_eq("8.1 Q registers that are not what they should be", walks[i].wrong_q, 0);
        check_eq("8 exits that nothing explains", walks[i].strange, 0);
        switches += walks[i].entries - walks[i].asynchronous - 1;
        asynchronous += walks[i].asynchronous;
    }
    for (enum route route = ROUTE_INTERCEPT; route < ROUTE_COUNT; route++) {
        note(route_names[route], guests[0].routes[route]);
    }
    note("switches where an interrupt found VTL0, besides", 2 * asynchronous);
    check_eq("8 10000 switches of all VPs, where VTL0 chose", 2 * switches,
             2 * rounds * board.vp_count);
}

static uint64_t smccc_offers_call(void)
{
    return smccc(SMCCC_ARCH_FEATURES, HV_SMCCC_VTL_CALL, 0, 0) == 0;
}

static void run(void)
{
    const uint32_t rounds = SWITCHES / 2 / board.vp_count;

    note("seed", SEED);
    smccc_offered[0] = smccc(SMCCC_ARCH_FEATURES, HV_SMCCC_VTL_RETURN, 0, 0) == 0;
    smccc_offered[1] = vtl0_call((const void *)smccc_offers_call, 0, 0, 0) == 1;
    VTL0_OF(smccc_offered)[1] = smccc_offered[1];
    for (uint32_t i = 0; i < board.vp_count; i++) {
        walks[i].state = SEED * (i + 1);
        VTL0_OF(walks)[i].state = SEED * (i + 101);
    }
    if (board.vp_count > 1 && !vps_start()) {
        return;
    }
    for (uint32_t i = 1; i < board.vp_count; i++) {
        vp_run(i, host_walk, rounds);
    }
    (void)host_walk(rounds);
    for (uint32_t i = 1; i < board.vp_count; i++) {
        check_true("8 every VP comes to its end", join(i));
    }
    check_walks(rounds);
}

const struct program program = {.main = run};
