/* SPDX-License-Identifier: BSD-3-Clause */
/* VTL2's side of a crossing. It does without the stack pointer and the vectors that rt/calls.S relies on, so that a
 * switch that loses one of them is seen and survived. */
#include "rows_cross.h"

struct cross cross_blocks[RT_VP_MAX];

const char *const route_names[ROUTE_COUNT] = {
    [ROUTE_INTERCEPT] = "intercept",
    [ROUTE_INTERRUPT] = "interrupt",
    [ROUTE_CALL] = "vtl call",
    [ROUTE_SMCCC_INTERCEPT] = "intercept, smccc return",
    [ROUTE_SMCCC_CALL] = "smccc call, smccc return",
};

static bool by_smccc(enum route route)
{
    return route == ROUTE_SMCCC_INTERCEPT || route == ROUTE_SMCCC_CALL;
}

/* To VTL0 and back; VTL0 gets its X0 to X2 and X9. */
void route_leave(enum route route)
{
    struct cross *block = &cross_blocks[vp_self_index()];
    struct vtl_regs *regs = &vp_self()->regs;

    vtl2_assist_page()->entry_reason = 0;
    vtl2_assist_page()->registers[0] = regs->x[0];
    for (size_t i = 0; i < COUNT_OF(block->x); i++) {
        block->x[i] = regs->x[i];
    }
    block->x9 = regs->x[9];
    if (by_smccc(route)) {
        block->x[0] = HV_SMCCC_VTL_RETURN;
    }
    barrier();
    regs->x[0] = cross(by_smccc(route) ? CROSSING_SMCCC : CROSSING_HVC3);
}

void cross_as_is(void)
{
    struct cross *block = &cross_blocks[vp_self_index()];

    block->want[CRITICAL_SCTLR] = row_read(ROW_sctlr_el1).value;
    block->want[CRITICAL_CPACR] = row_read(ROW_cpacr_el1).value;
    block->want[CRITICAL_VBAR] = (uintptr_t)vectors;
    /* An exception that is expected may come: some stack below what is in use. */
    block->want[CRITICAL_SP] = ((uintptr_t)__builtin_frame_address(0) - 1024) & ~(uintptr_t)15;
    block->want[CRITICAL_SPSEL] = 1;
    block->want[CRITICAL_DAIF] = PSTATE_DAIF;
    block->want[CRITICAL_NZCV] = 0;
}

bool guest_finish(struct exit *exit)
{
    cross_as_is();
    route_leave(ROUTE_INTERCEPT);
    vtl0_left(exit);
    return exit->kind == EXIT_DOORBELL && exit->value == DOORBELL_RETURNED;
}

uint64_t guest_call(const void *function, uint64_t a0, uint64_t a1)
{
    struct exit exit;

    vtl0_start(function, a0, a1, 0);
    if (!guest_finish(&exit)) {
        note("exit kind", exit.kind);
        note("VTL0 exception ESR", VTL0_OF(vps)[vp_self_index()].exception.esr);
        check_true("8 VTL0 comes to its end", false);
    }
    return VTL0_OF(vtl0_result)[vp_self_index()];
}
