/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL call and VTL return as SMCCC functions (docs/vtl-contract.md): offered to the VTL that can use them, the same as
 * HVC #2 and HVC #3 (section 8.2) but for X0, and with X29 and X30 apart under either reading of C1.
 */
#include "smccc_program.h"

#define CALL HV_SMCCC_VTL_CALL
#define RETURN HV_SMCCC_VTL_RETURN
#define NOT_SUPPORTED SMCCC_NOT_SUPPORTED

#define VTL2_BASE UINT64_C(0x2222000000000000)
#define VTL0_FIRST UINT64_C(0xaaaa000000000000)
#define VTL0_SECOND UINT64_C(0xbbbb000000000000)
#define X0_FOR_VTL0 UINT64_C(0x1122334455667788)

static bool offered;
static struct vtl_regs guest_found[2]; /* VTL0's copy: after its first and its second call */
static uint64_t guest_answers[4];

static uint64_t features(uint64_t function)
{
    return smccc(SMCCC_ARCH_FEATURES, function, 0, 0);
}

static uint64_t by_smc(uint64_t function)
{
    struct call_regs regs = {.x = {function}};

    exception_expect();
    raw_smc0(&regs);
    return exception_took() == 0 ? regs.x[0] : NOT_SUPPORTED;
}

static void fill(struct vtl_regs *regs, uint64_t base)
{
    for (unsigned n = 0; n < 31; n++) {
        regs->x[n] = base + n;
    }
    regs->nzcv = base >> 32 & 0xf0000000;
}

static bool is_private(unsigned n)
{
    return n == 18 || n >= 29;
}

/* Bit n: Xn is not what it should be. X0 is looked at apart. */
static uint64_t wrong(const struct vtl_regs *regs, uint64_t shared, uint64_t own)
{
    uint64_t bits = 0;

    for (unsigned n = 1; n < 31; n++) {
        bits |= regs->x[n] != (is_private(n) ? own : shared) + n ? UINT64_C(1) << n : 0;
    }
    return bits;
}

/* ---- What each VTL is offered ---------------------------------------------------------------- */

static uint64_t guest_offers(void)
{
    guest_answers[0] = features(RETURN);
    guest_answers[1] = features(CALL);
    guest_answers[2] = smccc(RETURN, 0, 0, 0);
    guest_answers[3] = by_smc(CALL);
    return 0;
}

static void check_offers(void)
{
    const uint64_t *vtl0 = VTL0_OF(guest_answers);

    check_eq("8.2 VTL2 is offered the return", features(RETURN), offered ? 0 : NOT_SUPPORTED);
    check_eq("8.2 VTL2 is not offered the call", features(CALL), NOT_SUPPORTED);
    check_eq("8.2 a call from VTL2 is not supported", smccc(CALL, 0, 0, 0), NOT_SUPPORTED);
    check_eq("8.2 a return by SMC is not supported", by_smc(RETURN), NOT_SUPPORTED);
    check_eq("8.2 VTL0 came to the end", vtl0_call((const void *)guest_offers, 0, 0, 0), 0);
    check_eq("8.2 VTL0 is not offered the return", vtl0[0], NOT_SUPPORTED);
    check_eq("8.2 VTL0 is offered the call", vtl0[1], offered ? 0 : NOT_SUPPORTED);
    check_eq("8.2 a return from VTL0 is not supported", vtl0[2], NOT_SUPPORTED);
    check_eq("8.2 a call by SMC is not supported", vtl0[3], NOT_SUPPORTED);
}

/* VTL0's X0 has nowhere to come from. */
static void check_without_assist_page(void)
{
    uint64_t page = hv_must_get(OWN_VTL, HV_REGISTER_VP_ASSIST_PAGE);

    hv_must_set(OWN_VTL, HV_REGISTER_VP_ASSIST_PAGE, 0);
    check_eq("8.2 a return without an assist page is an invalid parameter", smccc(RETURN, 0, 0, 0),
             offered ? SMCCC_INVALID_PARAMETER : NOT_SUPPORTED);
    hv_must_set(OWN_VTL, HV_REGISTER_VP_ASSIST_PAGE, page);
}

/* ---- Registers across both ------------------------------------------------------------------- */

static uint64_t guest_calls(void)
{
    static const uint64_t bases[2] = {VTL0_FIRST, VTL0_SECOND};

    for (size_t i = 0; i < COUNT_OF(bases); i++) {
        fill(&guest_found[i], bases[i]);
        vtl_call_smccc(&guest_found[i]);
    }
    return 0;
}

static void check_entry(const struct exit *exit, const struct vtl_regs *regs, uint64_t base,
                        bool x29_private)
{
    struct vtl_regs want = *regs;

    check_eq("8.2 VTL2 is entered by the call", exit->kind, EXIT_CALL);
    check_eq("4.1 entry reason is VTL call", exit->reason, HV_ENTRY_REASON_VTL_CALL);
    check_eq("8.2 X0 is the function that VTL0 called", regs->x[0], CALL);
    if (!x29_private) {
        check_eq("8.1 X29 is VTL0's", regs->x[29], base + 29);
        check_eq("8.1 X30 is VTL0's", regs->x[30], base + 30);
        want.x[29] = VTL2_BASE + 29;
        want.x[30] = VTL2_BASE + 30;
    }
    check_eq("8.1 other registers that VTL2 finds otherwise", wrong(&want, base, VTL2_BASE), 0);
}

static void return_by_smccc(struct vtl_regs *regs, uint64_t x0, struct exit *exit)
{
    fill(regs, VTL2_BASE);
    vtl2_assist_page()->entry_reason = 0;
    vtl2_assist_page()->registers[0] = x0;
    barrier();
    vtl_return_smccc(regs);
    vtl0_left(exit);
}

static void check_registers(void)
{
    struct vtl_regs *regs = &vp_self()->regs;
    const struct vtl_regs *found = VTL0_OF(guest_found);
    struct exit exit;

    vtl0_start((const void *)guest_calls, 0, 0, 0);
    regs->x[18] = VTL2_BASE + 18;
    regs->x[29] = board.x29_shared ? 0 : VTL2_BASE + 29;
    regs->x[30] = board.x29_shared ? 0 : VTL2_BASE + 30;
    vtl0_run(&exit); /* by HVC #3 */
    check_entry(&exit, regs, VTL0_FIRST, !board.x29_shared);

    return_by_smccc(regs, X0_FOR_VTL0, &exit);
    check_entry(&exit, regs, VTL0_SECOND, true);
    check_eq("8.2 X0 of VTL0 is what the assist page says", found[0].x[0], X0_FOR_VTL0);
    check_eq("8.1 other registers that VTL0 finds otherwise",
             wrong(&found[0], VTL2_BASE, VTL0_FIRST), 0);
    check_eq("8.1 NZCV of VTL0 is its own", found[0].nzcv, VTL0_FIRST >> 32 & 0xf0000000);
    check_eq("8.1 NZCV of VTL2 is its own", regs->nzcv, VTL2_BASE >> 32 & 0xf0000000);
    check_eq("8.4 X29 of VTL0 by name", hv_must_get(VTL0, HV_REGISTER_FP), VTL0_SECOND + 29);
    check_eq("8.4 X30 of VTL0 by name", hv_must_get(VTL0, HV_REGISTER_LR), VTL0_SECOND + 30);

    hv_must_set(VTL0, HV_REGISTER_FP, VTL0_SECOND + 0x29);
    return_by_smccc(regs, 0, &exit);
    check_eq("8 VTL0 went on", exit.kind, EXIT_DOORBELL);
    check_eq("8.2 X0 of VTL0 is what the assist page says, again", found[1].x[0], 0);
    check_eq("8.4 X29 of VTL0 is what was set by name", found[1].x[29], VTL0_SECOND + 0x29);
    check_eq("8.4 X30 of VTL0 is its own", found[1].x[30], VTL0_SECOND + 30);
}

void check_vtl_switch(void)
{
    offered = !board_told("smccc=off");
    check_offers();
    check_without_assist_page();
    if (offered) {
        check_registers();
    }
}
