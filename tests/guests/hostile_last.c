/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The last attack: VPs that can never run anything again, and the machine that ends cleanly all the same.
 * The checks have been told by then, since Paravane's own lines about those VPs may come at any time:
 * what is wrong here shows in how the machine ends.
 */
#include "hostile.h"

#define WATCH_MS 50u
#define FOREVER (~UINT64_C(0))

static uint64_t lose_vectors(uint64_t vbar)
{
    vectors_attack(vbar);
    return 0;
}

static uint64_t lose_stack(uint64_t sp)
{
    return stack_attack(sp, FOREVER);
}

static uint64_t lose_tables(uint64_t table)
{
    guest_mmu_on();
    sysreg_write_ttbr0_el1(table);
    return 0;
}

void attack_last(void)
{
    static uint64_t (*const works[])(uint64_t) = {lose_vectors, lose_tables, lose_stack};
    uint64_t page = vtl2_address & ~UINT64_C(0xfff);
    uint32_t heart = board.vp_count - 1;
    bool alive = true;

    checks_tell();
    beats_start(heart > 0 ? heart : 1);
    for (uint32_t i = 1; i < heart; i++) {
        vp_run(i, works[(i - 1) % COUNT_OF(works)], page);
        __asm__ volatile("sev");
    }
    beats_mark();
    for (uint64_t end = counter_now() + counter_ms(WATCH_MS); counter_now() < end;) {
        alive &= answers();
        rest();
    }
    (void)psci(alive && beats_went_on() ? PSCI_SYSTEM_OFF : PSCI_SYSTEM_RESET, 0, 0, 0);
}
