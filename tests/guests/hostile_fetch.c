/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Instruction fetches, table walks, stacks and vectors where VTL0 has nothing; accesses in every state of
 * PSTATE. Arm ARM (DDI 0487) D8.2 (walks), D1.3 (exception entry), D2.12 (software step).
 */
#include "hostile.h"

#define PAGE_BYTES UINT64_C(0x1000)
#define PL011_ID (GUEST_PL011 + 0xfe0)
#define LDR_W1_X0 0xb9400001u
#define STR_W1_X0 0xb9000001u
#define LDP_W1_W2_X0 0x29400801u
#define AT_S1E1R_X0 0xd5087800u
#define AT_S1E0W_X0 0xd5087860u
#define NOP 0xd503201fu

#define FETCH_WINDOW 8u
#define VBAR_WINDOW 9u
#define TABLE UINT64_C(3)
#define TABLE_ADDRESS UINT64_C(0xfffffffff000)
#define GIB_AT_TOP(index) ((uint64_t)(index) << 39)
#define LEVEL1_ENTRY 2u
#define LEVEL1_PART (UINT64_C(1) << 30)
#define LEVEL2_PART (UINT64_C(1) << 21)
#define TOP_ENTRY 4u
#define TTBR1_FIRST UINT64_C(0xffff000000000000)
#define TCR_EPD1 (UINT64_C(1) << 23)
/* T1SZ 16, 4 KiB. */
#define TCR_TTBR1 (UINT64_C(16) << 16 | UINT64_C(2) << 30)
#define FSC_WALK 0x14u
#define FSC_WALK_MASK 0x3cu

#define STACK_STORM 64u
#define EC_STEP_LOWER 0x32u
#define MDSCR_SS UINT64_C(1)
#define WATCH_MS 20u

SYSREG_WRITER(ttbr1_el1, "ttbr1_el1")
SYSREG_WRITER(oslar_el1, "oslar_el1")
SYSREG_READER(id_aa64mmfr1_el1, "id_aa64mmfr1_el1")
SYSREG_READER(id_aa64mmfr2_el1, "s3_0_c0_c7_2")
SYSREG_READER(id_aa64pfr1_el1, "id_aa64pfr1_el1")

extern const uint8_t recover_vectors[];

static uint64_t fetch_from(const struct origin *origin, uint64_t address)
{
    struct guest_state before = state_for((const uint32_t *)address, origin, 0);

    if (origin->mmu) {
        guest_window_set(FETCH_WINDOW,
                         (address & TABLE_ADDRESS) |
                             (PSTATE_EL(origin->pstate) == 0 ? GUEST_PAGE_EL0 : GUEST_PAGE_NORMAL));
        before.pc = GUEST_WINDOW + FETCH_WINDOW * PAGE_BYTES;
        guest_mmu_on();
    }
    struct guest_state after = before;
    attack_go(&after, "fetch");
    guest_mmu_off();
    return judge_fetch(&before, &after);
}

void attack_fetch(void)
{
    const uint64_t devices[] = {GUEST_PL011, GUEST_PL031, board.gicd, board.gicr};

    for (unsigned i = 0; i < ORIGIN_COUNT; i++) {
        check_way(origins[i].name);
        for (uint32_t j = 0; j < place_count; j++) {
            check_eq("fetch from a place", fetch_from(&origins[i], places[j].address), 0);
        }
        for (unsigned j = 0; j < COUNT_OF(devices); j++) {
            check_eq("fetch from a device", fetch_from(&origins[i], devices[j]), 0);
        }
    }
    check_way("");
}

/* ---- Walks --------------------------------------------------------------------------------------- */

/* The abort may say that it was on a walk. */
static uint64_t judge_walk(const struct guest_state *before, const struct guest_state *after)
{
    struct guest_state plain = *after;

    if ((after->esr & FSC_WALK_MASK) == FSC_WALK) {
        plain.esr = (after->esr & ~ESR_FSC_MASK) | ESR_FSC_EXTERNAL;
    }
    if (before->pc == before->x[0]) {
        return judge_fetch(before, &plain);
    }
    return judge_abort(before, &plain, 8);
}

/* Reads, writes, fetches and asks for address, whose walk ends in a place. */
static uint64_t walk_to(uint64_t address)
{
    static const uint32_t accesses[] = {LDR_W1_X0, STR_W1_X0, LDP_W1_W2_X0, AT_S1E1R_X0,
                                        AT_S1E0W_X0};
    uint64_t wrong = 0;

    for (unsigned i = 0; i <= COUNT_OF(accesses) && wrong == 0; i++) {
        const uint32_t words[2] = {i < COUNT_OF(accesses) ? accesses[i] : BRK_1, BRK_1};
        struct guest_state before = state_for(code_set(words, 2), &origins[0], address);

        if (i == COUNT_OF(accesses)) {
            before.pc = address;
        }
        struct guest_state after = before;
        guest_mmu_on();
        attack_go(&after, "walk");
        guest_mmu_off();
        /* AT may leave the failure in PAR_EL1. */
        if (i < COUNT_OF(accesses) && accesses[i] >= AT_S1E1R_X0 &&
            ESR_EC(after.esr) == ESR_EC_BRK64) {
            continue;
        }
        wrong = judge_walk(&before, &after);
    }
    return wrong;
}

static uint64_t walk_ttbr1(uint64_t table)
{
    uint64_t tcr;
    uint64_t wrong;

    guest_mmu_on();
    tcr = sysreg_read_tcr_el1();
    guest_mmu_off();
    sysreg_write_ttbr1_el1(table);
    guest_mmu_tcr((tcr & ~TCR_EPD1) | TCR_TTBR1);
    wrong = walk_to(TTBR1_FIRST);
    guest_mmu_tcr(0);
    sysreg_write_ttbr1_el1(0);
    return wrong;
}

static void walk_tables(uint64_t table)
{
    uint64_t descriptor = table | TABLE;

    guest_table(0)[TOP_ENTRY] = descriptor;
    check_eq("walk level 1 in a place", walk_to(GIB_AT_TOP(TOP_ENTRY)), 0);
    guest_table(0)[TOP_ENTRY] = 0;
    guest_table(1)[LEVEL1_ENTRY] = descriptor;
    check_eq("walk level 2 in a place", walk_to(GUEST_WINDOW + LEVEL1_ENTRY * LEVEL1_PART), 0);
    guest_table(1)[LEVEL1_ENTRY] = 0;
    guest_table(2)[LEVEL1_ENTRY] = descriptor;
    check_eq("walk level 3 in a place", walk_to(GUEST_WINDOW + LEVEL1_ENTRY * LEVEL2_PART), 0);
    guest_table(2)[LEVEL1_ENTRY] = 0;
    check_eq("walk TTBR1 in a place", walk_ttbr1(table), 0);
}

void attack_walk(void)
{
    const uint64_t devices[] = {GUEST_PL011, GUEST_PL031, board.gicd, board.gicr};

    for (uint32_t i = 0; i < place_count; i++) {
        check_way(places[i].name);
        walk_tables(places[i].address & TABLE_ADDRESS);
    }
    check_way("a device");
    for (unsigned i = 0; i < COUNT_OF(devices); i++) {
        walk_tables(devices[i]);
    }
    check_way("");
}

/* ---- Stack and vectors --------------------------------------------------------------------------- */

void attack_stack(void)
{
    for (uint32_t i = 0; i < place_count; i++) {
        check_way(places[i].name);
        uint64_t sp = places[i].address + PAGE_BYTES / 2;

        check_eq("stack exceptions in the handlers of exceptions", stack_attack(sp, STACK_STORM),
                 STACK_STORM);
        check_true("stack Paravane's PL011 answers", answers());
    }
    check_way("PL011");
    check_eq("stack exceptions in the handlers of exceptions",
             stack_attack(GUEST_PL011 + 0x800, STACK_STORM), STACK_STORM);
    check_way("");
}

static uint64_t run_without_vectors(uint64_t window)
{
    guest_mmu_on();
    vectors_attack(GUEST_WINDOW + window * PAGE_BYTES);
    guest_mmu_off();
    return 1;
}

/* Another VP without vectors, for ever, until this one gives it some. Nothing is printed meanwhile: lines
 * of Paravane's about that VP would cut ours in two. */
void attack_vectors(void)
{
    const uint64_t wild[] = {UNMAPPED_ADDRESS, vtl2_address};
    uint64_t value = 0;

    if (board.vp_count < 2) {
        return;
    }
    for (unsigned i = 0; i < COUNT_OF(wild); i++) {
        bool alive = true;

        guest_window_set(VBAR_WINDOW, wild[i] | GUEST_PAGE_NORMAL);
        vp_run(1, run_without_vectors, VBAR_WINDOW);
        __asm__ volatile("sev");
        for (uint64_t end = counter_now() + counter_ms(WATCH_MS); counter_now() < end;) {
            alive &= answers();
            rest();
        }
        guest_window_set(VBAR_WINDOW, (uintptr_t)recover_vectors | GUEST_PAGE_NORMAL);
        bool back = vp_join(1, &value);
        check_true("vectors the VP comes back with the right ones", back && value == 1);
        check_true("vectors Paravane's PL011 answers meanwhile", alive);
    }
}

/* ---- PSTATE ---------------------------------------------------------------------------------------- */

struct bit {
    const char *name;
    uint64_t bit;
    bool here;
};

#define FIELD(value, shift) (((value) >> (shift) & 0xf) != 0)

static uint64_t pstate_one(uint32_t word, const struct origin *origin, uint64_t address,
                           bool device)
{
    const uint32_t words[2] = {word, BRK_1};
    struct guest_state before = state_for(code_set(words, 2), origin, 0);
    uint64_t kept = before.pstate;
    uint64_t wrong = 0;

    before.x[0] = address;
    if (origin->mmu) {
        guest_mmu_on();
    }
    struct guest_state after = before;
    attack_go(&after, "PSTATE");
    guest_mmu_off();
    if (device) {
        kept &= ~PSTATE_BTYPE_MASK;
        wrong = ESR_EC(after.esr) == ESR_EC_BRK64 && after.pc == before.pc + 4 && after.x[1] == 0x11
                    ? 0
                    : WRONG(1, after.esr);
    } else {
        wrong = judge_abort(&before, &after, 8);
    }
    return wrong == 0 && after.pstate != kept ? WRONG(2, after.pstate) : wrong;
}

static void pstate_bit(const struct bit *bit)
{
    for (unsigned i = 0; i < 3; i++) {
        static const struct origin from[] = {{"EL1", PSTATE_EL1T | PSTATE_DAIF, false},
                                             {"EL0", PSTATE_EL0T | PSTATE_DAIF, false},
                                             {"EL1, MMU on", PSTATE_EL1T | PSTATE_DAIF, true}};
        struct origin origin = {from[i].name, from[i].pstate | bit->bit, from[i].mmu};

        check_way(from[i].name);
        check_eq(bit->name, pstate_one(LDR_W1_X0, &origin, PL011_ID, true), 0);
        check_eq(bit->name, pstate_one(LDP_W1_W2_X0, &origin, PL011_ID, true), 0);
        check_eq(bit->name, pstate_one(LDR_W1_X0, &origin, UNMAPPED_ADDRESS, false), 0);
        check_eq(bit->name, pstate_one(STR_W1_X0, &origin, vtl2_address, false), 0);
    }
    check_way("");
}

/* A step over an access ends behind it, over one that aborts in the abort. */
static void pstate_step(void)
{
    const uint32_t words[3] = {LDR_W1_X0, NOP, BRK_1};
    const struct origin origin = {"EL0", PSTATE_EL0T | PSTATE_A | PSTATE_I | PSTATE_F | PSTATE_SS,
                                  false};
    uint64_t mdscr = sysreg_read_mdscr_el1();

    sysreg_write_oslar_el1(0);
    sysreg_write_mdscr_el1(mdscr | MDSCR_SS);
    struct guest_state before = state_for(code_set(words, 3), &origin, PL011_ID);
    struct guest_state after = before;
    attack_go(&after, "step");
    struct guest_state again = before;
    again.x[0] = vtl2_address;
    struct guest_state aborted = again;
    attack_go(&aborted, "step");
    sysreg_write_mdscr_el1(mdscr);
    check_eq("pstate a step over an access ends in a step exception", ESR_EC(after.esr),
             EC_STEP_LOWER);
    check_eq("pstate behind the access", after.pc, before.pc + 4);
    check_eq("pstate that was carried out", after.x[1], 0x11);
    check_eq("pstate a step over an access that aborts", judge_abort(&again, &aborted, 4), 0);
}

void attack_pstate(void)
{
    uint64_t mmfr1 = sysreg_read_id_aa64mmfr1_el1();
    uint64_t mmfr2 = sysreg_read_id_aa64mmfr2_el1();
    uint64_t pfr1 = sysreg_read_id_aa64pfr1_el1();
    const struct bit bits[] = {
        {"pstate NZCV", PSTATE_NZCV_MASK, true},
        {"pstate PAN", PSTATE_PAN, FIELD(mmfr1, 20)},
        {"pstate UAO", PSTATE_UAO, FIELD(mmfr2, 4)},
        {"pstate DIT", PSTATE_DIT, FIELD(sysreg_read_id_aa64pfr0_el1(), 48)},
        {"pstate SSBS", PSTATE_SSBS, FIELD(pfr1, 4)},
        {"pstate BTYPE", PSTATE_BTYPE_MASK & (PSTATE_BTYPE_MASK << 1), FIELD(pfr1, 0)},
    };

    for (unsigned i = 0; i < COUNT_OF(bits); i++) {
        if (bits[i].here) {
            pstate_bit(&bits[i]);
        }
    }
    pstate_step();
}
