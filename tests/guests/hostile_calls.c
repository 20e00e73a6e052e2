/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls: HVC and SMC with every immediate, SMCCC functions and hypercalls at random, lists in memory that
 * is not VTL0's, VTL calls in thousands. What each gives: contract reference, sections 1.1 to 1.8.
 */
#include "hostile.h"

#define HVC(immediate) (0xd4000002u | (uint32_t)(immediate) << 5)
#define SMC(immediate) (0xd4000003u | (uint32_t)(immediate) << 5)
#define IMMEDIATES 0x10000u
#define CHUNK 512u
#define STORM 10000u
#define PAGE_BYTES UINT64_C(0x1000)
#define SMCCC_OWNER(id) ((id) >> 24 & 0x3f)
#define OWNER_ARCHITECTURE 0u
#define OWNER_STANDARD 4u
#define STATUS_LAST 0x87u
#define PARTITION_OTHER UINT64_C(0x1234)

static uint64_t list_pages[3][512] __attribute__((aligned(4096)));

static struct guest_state call(uint32_t word, uint64_t pstate, uint64_t x0)
{
    const uint32_t words[2] = {word, BRK_1};
    const struct origin origin = {"", pstate, false};
    struct guest_state state = state_for(code_set(words, 2), &origin, x0);

    attack_go(&state, "call");
    return state;
}

static bool at_end(const struct guest_state *state)
{
    return ESR_EC(state->esr) == ESR_EC_BRK64;
}

/* X1..X30 as state_for sets them. */
static bool kept(const struct guest_state *state, unsigned first)
{
    bool same = true;

    for (unsigned i = first; i < 31; i++) {
        same &= state->x[i] == (i == 3 ? 0 : i * UINT64_C(0x1111111111111111));
    }
    return same;
}

static bool immediate_right(uint32_t immediate, const struct guest_state *state)
{
    switch (immediate) {
    case HV_HVC_SMCCC:
        return at_end(state) && state->x[0] >> 16 == 1;
    case HV_HVC_HYPERCALL:
        return at_end(state) && HV_STATUS(state->x[0]) == HV_STATUS_INVALID_HYPERCALL_CODE;
    case HV_HVC_VTL_CALL:
        return at_end(state) && kept(state, 1) && state->x[0] == 0x7fff;
    case HV_HVC_VTL_RETURN:
        return ESR_EC(state->esr) == ESR_EC_UNKNOWN && kept(state, 1);
    default:
        return at_end(state) && state->x[0] == SMCCC_NOT_SUPPORTED && kept(state, 1);
    }
}

static uint64_t attack_chunk(uint32_t first)
{
    static uint32_t chunk[CHUNK][2] __attribute__((aligned(4096)));

    for (uint32_t i = 0; i < CHUNK; i++) {
        chunk[i][0] = HVC(first + i);
        chunk[i][1] = BRK_1;
    }
    guest_code_sync(chunk, sizeof(chunk));
    for (uint32_t i = 0; i < CHUNK; i++) {
        uint64_t x0 = first + i == HV_HVC_SMCCC ? SMCCC_VERSION : 0x7fff;
        struct guest_state state = state_for(chunk[i], &origins[0], x0);

        attack_go(&state, "HVC");
        if (!immediate_right(first + i, &state)) {
            return WRONG(1, first + i);
        }
    }
    return 0;
}

void attack_immediates(void)
{
    static const uint32_t samples[] = {0, 1, 2, 3, 4, 0x7fff, 0xffff};
    uint64_t wrong = 0;

    for (uint32_t i = 0; i < IMMEDIATES && wrong == 0; i += CHUNK) {
        wrong = attack_chunk(i);
    }
    check_eq("calls HVC with every immediate", wrong, 0);
    for (unsigned i = 0; i < COUNT_OF(samples); i++) {
        struct guest_state state = call(HVC(samples[i]), origins[1].pstate, SMCCC_VERSION);
        check_eq("calls HVC at EL0 is undefined", ESR_EC(state.esr), ESR_EC_UNKNOWN);
        state = call(SMC(samples[i]), origins[1].pstate, SMCCC_VERSION);
        check_eq("calls SMC at EL0 is undefined", ESR_EC(state.esr), ESR_EC_UNKNOWN);
        state = call(SMC(samples[i]), origins[0].pstate, 0x7fff);
        check_true("calls SMC is undefined or refused",
                   ESR_EC(state.esr) == ESR_EC_UNKNOWN ||
                       (at_end(&state) && (uint32_t)state.x[0] == UINT32_MAX && kept(&state, 1)));
    }
}

/* A function id that ends neither this VP nor the machine, and is no hypercall or VTL call. */
static uint32_t random_function(void)
{
    uint32_t id;

    do {
        id = (uint32_t)random_next();
        if ((id & 0x100) == 0) {
            id &= (id & 0x200) == 0 ? 0xff00003f : 0xc000000f;
        }
    } while (SMCCC_OWNER(id) == OWNER_STANDARD || id == HV_SMCCC_HYPERCALL ||
             id == HV_SMCCC_VTL_CALL);
    return id;
}

static void attack_psci(void)
{
    check_eq("calls PSCI CPU_ON of a VP that is not there",
             (uint32_t)psci(PSCI_CPU_ON | PSCI_64BIT, 0xdeadbeef, vtl2_address, 0),
             (uint32_t)PSCI_INVALID_PARAMETERS);
    check_eq("calls PSCI CPU_ON in VTL2's memory",
             (uint32_t)psci(PSCI_CPU_ON | PSCI_64BIT, board.mpidr[0], vtl2_address, 0),
             (uint32_t)PSCI_INVALID_ADDRESS);
    check_eq("calls PSCI CPU_ON of this VP",
             (uint32_t)psci(PSCI_CPU_ON | PSCI_64BIT, board.mpidr[0], (uintptr_t)list_pages, 0),
             (uint32_t)PSCI_ALREADY_ON);
    check_true("calls PSCI SYSTEM_RESET2 of a reserved type",
               psci(PSCI_SYSTEM_RESET2 | PSCI_64BIT, 0x7fffffff, 0, 0) < 0);
}

void attack_smccc(void)
{
    uint64_t wrong = 0;
    uint32_t answered = 0;

    for (uint32_t i = 0; i < STORM && wrong == 0; i++) {
        uint32_t id = random_function();
        struct guest_state state = call(HVC(0), origins[0].pstate, id | random_next() << 32);

        if ((uint32_t)state.x[0] != UINT32_MAX) {
            answered++;
            wrong = SMCCC_OWNER(id) == OWNER_ARCHITECTURE || id == SMCCC_VENDOR_HYP_UID ? 0 : id;
        }
        if (!at_end(&state) || !kept(&state, 18)) {
            wrong = WRONG(1, id);
        }
    }
    check_eq("calls SMCCC functions at random are not supported", wrong, 0);
    note("SMCCC functions answered", answered);
    attack_psci();
}

/* ---- Hypercalls -------------------------------------------------------------------------------- */

static const uint16_t codes[] = {
    HV_CALL_MODIFY_VTL_PROTECTION_MASK,
    HV_CALL_ENABLE_PARTITION_VTL,
    HV_CALL_ENABLE_VP_VTL,
    HV_CALL_VTL_CALL,
    HV_CALL_VTL_RETURN,
    HV_CALL_INSTALL_INTERCEPT,
    HV_CALL_GET_VP_REGISTERS,
    HV_CALL_SET_VP_REGISTERS,
    HV_CALL_POST_MESSAGE,
    HV_CALL_SIGNAL_EVENT,
    HV_CALL_ASSERT_VIRTUAL_INTERRUPT,
    HV_CALL_START_VIRTUAL_PROCESSOR,
    HV_CALL_GET_VP_INDEX_FROM_APIC_ID,
    HV_CALL_TRANSLATE_VIRTUAL_ADDRESS_EX,
    HV_CALL_SIGNAL_EVENT_DIRECT,
    HV_CALL_POST_MESSAGE_DIRECT,
};

static uint64_t random_control(void)
{
    uint64_t bits = random_next();
    uint64_t control = codes[bits % COUNT_OF(codes)];

    bits = random_next();
    if ((bits & 3) == 0) {
        control = bits >> 16 & 0xffff;
    }
    if ((bits & 0xc) == 0) {
        control |= random_next() & ~UINT64_C(0xffff);
    } else if ((bits & 0x10) != 0) {
        control = HV_REP(control, 1 + (bits >> 32) % 40) | (bits & HV_CONTROL_FAST);
    }
    return control;
}

static uint64_t random_gpa(unsigned page)
{
    const uint64_t gpas[] = {
        (uintptr_t)list_pages[page],
        (uintptr_t)list_pages[page],
        (uintptr_t)list_pages[page] + (random_next() & 0xfff),
        (uintptr_t)list_pages[page] + PAGE_BYTES - 8,
        vtl2_address,
        vtl2_address + (random_next() & 0xffff8),
        UNMAPPED_ADDRESS,
        GUEST_PL011,
        random_next() | UINT64_C(1) << 44,
    };

    return gpas[random_next() % COUNT_OF(gpas)];
}

/* Registers are set in another partition or VTL only: with its own the guest would hurt itself. */
static void random_list(void)
{
    for (unsigned i = 0; i < 512; i++) {
        list_pages[0][i] = random_next();
    }
    list_pages[0][0] = (random_next() & 1) != 0 ? HV_PARTITION_ID_SELF : PARTITION_OTHER;
    list_pages[0][1] = (HV_VP_INDEX_SELF - (random_next() & 1)) | UINT64_C(0x12) << 32;
}

static bool hypercall_right(const struct guest_state *state)
{
    if (at_end(state)) {
        return HV_STATUS(state->x[0]) <= STATUS_LAST && kept(state, 18);
    }
    return ESR_EC(state->esr) == ESR_EC_DATA_ABORT && kept(state, 18);
}

void attack_hypercalls(void)
{
    uint64_t wrong = 0;
    uint32_t aborts = 0;
    uint32_t good = 0;

    for (uint32_t i = 0; i < STORM && wrong == 0; i++) {
        const uint32_t words[2] = {HVC(1), BRK_1};
        uint64_t control = random_control();
        struct guest_state state;

        random_list();
        state = state_for(code_set(words, 2), &origins[0], control);
        state.x[1] = (control & HV_CONTROL_FAST) != 0 ? list_pages[0][0] : random_gpa(0);
        state.x[2] = (control & HV_CONTROL_FAST) != 0 ? list_pages[0][1] : random_gpa(1);
        attack_go(&state, "hypercall");
        wrong = hypercall_right(&state) ? 0 : WRONG(1, control);
        aborts += at_end(&state) ? 0 : 1;
        good += at_end(&state) && HV_STATUS(state.x[0]) == HV_STATUS_SUCCESS ? 1 : 0;
    }
    check_eq("calls hypercalls at random", wrong, 0);
    note("hypercalls that were aborts", aborts);
    note("hypercalls that did something", good);
}

enum wanted { ABORT, ALIGNMENT };

static void wild_list(const char *name, uint64_t input, uint64_t output, enum wanted wanted)
{
    const uint32_t words[2] = {HVC(1), BRK_1};
    struct guest_state state =
        state_for(code_set(words, 2), &origins[0], HV_REP(HV_CALL_GET_VP_REGISTERS, 1));

    list_pages[0][0] = HV_PARTITION_ID_SELF;
    list_pages[0][1] = HV_VP_INDEX_SELF;
    list_pages[0][2] = HV_REGISTER_VP_INDEX;
    state.x[1] = input;
    state.x[2] = output;
    attack_go(&state, "list");
    if (wanted == ABORT) {
        check_eq(name,
                 ESR_EC(state.esr) == ESR_EC_DATA_ABORT ? state.esr & ESR_FSC_MASK : ~UINT64_C(0),
                 ESR_FSC_EXTERNAL);
    } else {
        check_eq(name, at_end(&state) ? HV_STATUS(state.x[0]) : ~UINT64_C(0),
                 HV_STATUS_INVALID_ALIGNMENT);
    }
}

void attack_wild_lists(void)
{
    uint64_t in = (uintptr_t)list_pages[0];
    uint64_t out = (uintptr_t)list_pages[1];

    hv_must_set(OWN_VTL, HV_REGISTER_GUEST_OS_ID, GUEST_OS_ID_PROGRAM);
    for (uint32_t i = 0; i < place_count; i++) {
        check_way(places[i].name);
        wild_list("calls input list", places[i].address, out, ABORT);
        wild_list("calls output list", in, places[i].address, ABORT);
    }
    check_way("PL011");
    wild_list("calls input list", GUEST_PL011, out, ABORT);
    wild_list("calls output list", in, GUEST_PL011, ABORT);
    check_way("");
    wild_list("calls input list that is not aligned", in + 4, out, ALIGNMENT);
    wild_list("calls output list that is not aligned", in, out + 1, ALIGNMENT);
    wild_list("calls input list across a page", in + PAGE_BYTES - 16, out, ALIGNMENT);
    wild_list("calls output list across a page", in, out + PAGE_BYTES - 8, ALIGNMENT);
}

/* ---- VTL calls --------------------------------------------------------------------------------- */

/* Nobody answers a VTL call: it changes nothing. The SMCCC form says "not supported". */
void attack_vtl_calls(void)
{
    uint64_t wrong = 0;

    for (uint32_t i = 0; i < STORM && wrong == 0; i++) {
        struct guest_state state = call(HVC(2), origins[0].pstate, i);

        wrong = at_end(&state) && state.x[0] == i && kept(&state, 1) ? 0 : WRONG(1, state.esr);
    }
    check_eq("calls VTL calls by HVC #2", wrong, 0);
    for (uint32_t i = 0; i < STORM && wrong == 0; i++) {
        struct guest_state state = call(HVC(0), origins[0].pstate, HV_SMCCC_VTL_CALL);

        wrong = at_end(&state) && state.x[0] == SMCCC_NOT_SUPPORTED && kept(&state, 4)
                    ? 0
                    : WRONG(2, state.x[0]);
    }
    check_eq("calls VTL calls by SMCCC", wrong, 0);
}
