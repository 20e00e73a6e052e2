/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every form of memory access, from EL0 and EL1, MMU off and on, to where VTL0 has nothing, to VTL2's
 * memory, to devices. Arm ARM (DDI 0487) D19.2.37 for the syndromes.
 */
#include "hostile.h"

#define REASON_VECTOR 1u
#define REASON_CLASS 2u
#define REASON_STATUS 3u
#define REASON_PC 4u
#define REASON_FAR 5u
#define REASON_REGISTER 6u
#define REASON_SP 7u
#define REASON_COMPLETED 8u
#define REASON_REFUSED 9u
#define REASON_DEAD 10u
#define REASON_DIRECTION 11u

#define PL011_ID (GUEST_PL011 + 0xfe0)
#define FSC_SIZE_LAST 3u /* address size fault, level 0 to 3 */

const struct origin origins[ORIGIN_COUNT] = {
    {"EL1", PSTATE_EL1T | PSTATE_DAIF, false},
    {"EL0", PSTATE_EL0T | PSTATE_DAIF, false},
    {"EL1, MMU on", PSTATE_EL1T | PSTATE_DAIF, true},
    {"EL0, MMU on", PSTATE_EL0T | PSTATE_DAIF, true},
};

/* A page of their own: QEMU translates again what shares a page with what is written. */
static union {
    uint32_t words[RT_VP_MAX][CODE_WORDS];
    uint8_t page[4096];
} code_page __attribute__((aligned(4096)));
/* Where each instruction is tried first: is it one of this CPU's? */
static uint8_t scratch[8192] __attribute__((aligned(4096)));

uint32_t *code_set(const uint32_t *words, unsigned count)
{
    uint32_t *code = code_page.words[vp_self_index()];
    bool changed = false;

    for (unsigned i = 0; i < count; i++) {
        if (code[i] != words[i]) {
            code[i] = words[i];
            changed = true;
        }
    }
    if (changed) {
        guest_code_sync(code, CODE_WORDS * sizeof(*code));
    }
    return code;
}

struct guest_state state_for(const uint32_t *code, const struct origin *origin, uint64_t address)
{
    struct guest_state state = {.pc = (uintptr_t)code, .pstate = origin->pstate};

    if (origin->mmu && PSTATE_EL(origin->pstate) == 0) {
        state.pc = GUEST_ALIAS(state.pc);
    }
    for (unsigned i = 1; i < 31; i++) {
        state.x[i] = i * UINT64_C(0x1111111111111111);
    }
    state.x[0] = origin->mmu ? place_alias(address) : address;
    state.x[3] = 0;
    state.sp = (uintptr_t)scratch + sizeof(scratch);
    return state;
}

void attack_go(struct guest_state *state, const char *name)
{
    time_start();
    guest_run(state);
    time_stop(name);
}

bool answers(void)
{
    return read32(PL011_ID) == 0x11;
}

static uint64_t judge_registers(const struct guest_state *before, const struct guest_state *after,
                                unsigned first)
{
    for (unsigned i = first; i < 31; i++) {
        if (after->x[i] != before->x[i]) {
            return WRONG(REASON_REGISTER, i << 8 | after->vector);
        }
    }
    return after->sp == before->sp ? 0 : WRONG(REASON_SP, after->sp);
}

/* What aborts of both kinds share; EC of the current EL. */
static uint64_t judge_common(const struct guest_state *before, const struct guest_state *after,
                             unsigned class)
{
    bool lower = PSTATE_EL(before->pstate) == 0;
    uint64_t group = !lower                                   ? GUEST_VECTOR_EL1T
                     : (before->pstate & PSTATE_AARCH32) != 0 ? GUEST_VECTOR_EL0_32
                                                              : GUEST_VECTOR_EL0;
    uint64_t status = after->esr & ESR_FSC_MASK;

    if (after->vector != group) {
        return WRONG(REASON_VECTOR, after->vector << 32 | after->esr);
    }
    if (ESR_EC(after->esr) != (lower ? class - 1 : class) || (after->esr & ESR_IL) == 0) {
        return WRONG(REASON_CLASS, after->esr);
    }
    if (status != ESR_FSC_EXTERNAL && status > FSC_SIZE_LAST) {
        return WRONG(REASON_STATUS, after->esr);
    }
    return judge_registers(before, after, 0);
}

uint64_t judge_abort(const struct guest_state *before, const struct guest_state *after,
                     uint64_t bytes)
{
    uint64_t wrong = judge_common(before, after, ESR_EC_DATA_ABORT);

    if (wrong == 0 && after->pc != before->pc) {
        wrong = WRONG(REASON_PC, after->pc);
    }
    /* DC ZVA and the like may report any address of the block (D19.2.40). */
    if (wrong == 0 && (after->esr & ESR_FNV) == 0 &&
        after->far - (before->x[0] & -(bytes > 1024 ? bytes : 1)) >= bytes) {
        wrong = WRONG(REASON_FAR, after->far);
    }
    return wrong;
}

uint64_t judge_fetch(const struct guest_state *before, const struct guest_state *after)
{
    uint64_t wrong = judge_common(before, after, ESR_EC_INSTR_ABORT);

    if (wrong == 0 && after->pc != before->pc) {
        wrong = WRONG(REASON_PC, after->pc);
    }
    if (wrong == 0 && (after->esr & ESR_FNV) == 0 && after->far != before->pc) {
        wrong = WRONG(REASON_FAR, after->far);
    }
    return wrong;
}

static bool completed(const struct guest_state *before, const struct guest_state *after)
{
    return ESR_EC(after->esr) == ESR_EC_BRK64 && after->pc == before->pc + 4;
}

/* 0 if what came is right for an attack on a device that answers (device), or on what nobody owns. */
static uint64_t judge(const struct attack *attack, const struct guest_state *before,
                      const struct guest_state *after, bool device)
{
    if (completed(before, after)) {
        if ((attack->flags & (ATTACK_MAY_COMPLETE | ATTACK_CACHE)) != 0 ||
            (device && (attack->flags & ATTACK_EMULATED) != 0)) {
            /* X0..X4 and the data of CASP are the instruction's. */
            return judge_registers(before, after, 10);
        }
        return WRONG(REASON_COMPLETED, after->x[1]);
    }
    if (device && (attack->flags & ATTACK_EMULATED) != 0) {
        return WRONG(REASON_REFUSED, after->esr);
    }
    if (((attack->flags & ATTACK_LOAD) != 0 && (after->esr & ESR_WNR) != 0) ||
        ((attack->flags & ATTACK_STORE) != 0 && (after->esr & ESR_WNR) == 0)) {
        return WRONG(REASON_DIRECTION, after->esr);
    }
    return judge_abort(before, after, attack->bytes);
}

/* One attack of one form on one place. */
static uint64_t attack_one(const struct attack *attack, const struct origin *origin,
                           uint64_t address, bool device)
{
    const uint32_t *code = code_page.words[vp_self_index()];
    struct guest_state before = state_for(code, origin, address);
    struct guest_state after = before;
    uint64_t wrong;

    attack_go(&after, attack->name);
    wrong = judge(attack, &before, &after, device);
    return wrong == 0 && !answers() ? WRONG(REASON_DEAD, 0) : wrong;
}

/* Does this CPU have the instruction, at this EL? On memory of our own. */
static bool available(const struct origin *origin)
{
    struct guest_state state = state_for(code_page.words[vp_self_index()], origin,
                                         (uintptr_t)scratch + sizeof(scratch) / 2);
    uint64_t class;

    guest_run(&state);
    class = ESR_EC(state.esr);
    return class != ESR_EC_UNKNOWN && class != ESR_EC_SYSREG && class != ESR_EC_SVE &&
           class != ESR_EC_PAC_FAIL;
}

static void attack_places(const struct attack *attack, const struct origin *origin)
{
    const uint64_t device[] = {PL011_ID, GUEST_PL031 + 0xfe0};
    /* The GIC is the hypervisor's own: an answer or an abort, and nothing worse. */
    const uint64_t frame[] = {board.gicd + 0xff00, board.gicr + 0x1ff00};
    const struct attack any = {attack->name, attack->word,
                               (uint16_t)(attack->flags | ATTACK_MAY_COMPLETE), attack->bytes};
    uint64_t first = 0;

    for (uint32_t i = 0; i < place_count && first == 0; i++) {
        first = attack_one(attack, origin, places[i].address, false);
        if (first != 0) {
            note(places[i].name, first);
        }
    }
    for (unsigned i = 0; i < COUNT_OF(device) && first == 0; i++) {
        first = attack_one(attack, origin, device[i], true);
        if (first == 0) {
            first = attack_one(&any, origin, frame[i], false);
        }
    }
    check_eq(attack->name, first, 0);
}

void attack_memory(void)
{
    uint32_t words[2] = {0, BRK_1};
    uint32_t skipped = 0;

    for (unsigned w = 0; w < ORIGIN_COUNT; w++) {
        check_way(origins[w].name);
        for (const struct attack *attack = hostile_a64; attack < hostile_a64_end; attack++) {
            words[0] = attack->word;
            (void)code_set(words, 2);
            if (origins[w].mmu) {
                guest_mmu_on();
            }
            bool runs = available(&origins[w]);
            if (runs) {
                attack_places(attack, &origins[w]);
            }
            guest_mmu_off();
            skipped += runs ? 0 : 1;
        }
    }
    check_way("");
    note("memory forms that this CPU does not have", skipped);
}
