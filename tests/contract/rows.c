/* SPDX-License-Identifier: BSD-3-Clause */
/* Every row of the register table, proved on the machine (section 8). */
#include "rows_program.h"

static bool call_offered;
static bool smccc_call_offered;
static bool smccc_return_offered;

bool route_offered(enum route route)
{
    switch (route) {
    case ROUTE_CALL:
        return call_offered;
    case ROUTE_SMCCC_INTERCEPT:
        return smccc_return_offered;
    case ROUTE_SMCCC_CALL:
        return smccc_return_offered && smccc_call_offered;
    default:
        return true;
    }
}

static uint64_t try_vtl_call(void)
{
    cross_as_is();
    exception_expect();
    (void)cross(CROSSING_HVC2);
    return exception_took();
}

static uint64_t smccc_offers_call(void)
{
    return smccc(SMCCC_ARCH_FEATURES, HV_SMCCC_VTL_CALL, 0, 0) == 0;
}

static void find_routes(void)
{
    struct exit exit;

    vtl0_start((const void *)try_vtl_call, 0, 0, 0);
    (void)guest_finish(&exit);
    call_offered = exit.kind == EXIT_CALL;
    if (call_offered) {
        (void)guest_finish(&exit);
    }
    smccc_call_offered = guest_call((const void *)smccc_offers_call, 0, 0) == 1;
    smccc_return_offered = smccc(SMCCC_ARCH_FEATURES, HV_SMCCC_VTL_RETURN, 0, 0) == 0;
    note("VTL call by HVC #2 offered", call_offered);
    note("VTL call by SMCCC offered", smccc_call_offered);
    note("VTL return by SMCCC offered", smccc_return_offered);
}

static void run(void)
{
    find_routes();
    check_fixed();
    for (enum route route = ROUTE_INTERCEPT; route < ROUTE_COUNT; route++) {
        if (route_offered(route)) {
            check_switch(route);
        }
    }
    check_gic();
    check_pmu();
}

const struct program program = {.main = run};
