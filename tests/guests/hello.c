/* SPDX-License-Identifier: BSD-3-Clause */
/* The smallest guest: the runtime itself, checked. */
#include "guest.h"

static uint64_t add_one(uint64_t value)
{
    return value + 1;
}

/* BRK at EL0 comes back with every register. */
static void check_el0(uint64_t pstate, const char *way)
{
    static uint32_t code[2] __attribute__((aligned(64)));
    struct guest_state state = {.pc = (uintptr_t)code, .pstate = pstate | PSTATE_DAIF};

    check_way(way);
    code[0] = 0x91000400; /* add x0, x0, #1 */
    code[1] = 0xd4200020; /* brk #1 */
    guest_code_sync(code, sizeof(code));
    for (unsigned i = 0; i < 31; i++) {
        state.x[i] = UINT64_C(0x1111000000000000) + i;
    }
    guest_run(&state);
    check_eq("hello the code ran", state.x[0], UINT64_C(0x1111000000000001));
    check_eq("hello BRK brings it back", ESR_EC(state.esr), ESR_EC_BRK64);
    check_eq("hello at BRK", state.pc, (uintptr_t)&code[1]);
    check_eq("hello x30", state.x[30], UINT64_C(0x111100000000001e));
    check_way("");
}

static void check_mmu(void)
{
    uint32_t value;

    guest_mmu_on();
    value = read32(GUEST_ALIAS(GUEST_PL011 + 0xfe0));
    check_eq("hello PL011 through the alias", value, 0x11);
    guest_mmu_off();
}

void guest_main(void)
{
    uint64_t value;

    check_true("hello GIC and PL011 in the tree", board.gicd != 0 && board.pl011 == GUEST_PL011);
    check_el0(PSTATE_EL0T, "EL0");
    check_el0(PSTATE_EL1T, "EL1t");
    check_mmu();
    (void)guest_vps_start();
    for (uint32_t i = 1; i < board.vp_count; i++) {
        vp_run(i, add_one, i);
        check_true("hello a VP does its work", vp_join(i, &value));
        check_eq("hello its value", value, i + 1);
    }
}
