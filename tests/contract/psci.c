/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PSCI for VTL2 and for VTL0 (sections 6.5, 6.6, 7.8): what the hypervisor answers itself.
 * Return values: Arm DEN0022 (PSCI 1.2), section 5.
 */
#include "rt.h"

#define NO_MPIDR UINT64_C(0x00fe00fe)
#define START_CONTEXT UINT64_C(0x1122334455667788)
#define BIT64 PSCI_64BIT

struct psci_row {
    const char *name;
    uint32_t function;
    uint64_t arguments[3];
    int32_t want[2];
    bool needs_smp;
};

static const struct psci_row rows[] = {
    {"6.6 FEATURES of VERSION", PSCI_FEATURES, {PSCI_VERSION}, {0, 0}, false},
    {"6.6 FEATURES of CPU_ON", PSCI_FEATURES, {PSCI_CPU_ON}, {0, 0}, false},
    {"6.6 FEATURES of CPU_ON, 64-bit", PSCI_FEATURES, {PSCI_CPU_ON | BIT64}, {0, 0}, false},
    {"6.6 FEATURES of CPU_OFF", PSCI_FEATURES, {PSCI_CPU_OFF}, {0, 0}, false},
    {"6.6 FEATURES of AFFINITY_INFO", PSCI_FEATURES, {PSCI_AFFINITY_INFO}, {0, 0}, false},
    {"6.6 FEATURES of SYSTEM_OFF", PSCI_FEATURES, {PSCI_SYSTEM_OFF}, {0, 0}, false},
    {"6.6 FEATURES of SYSTEM_RESET", PSCI_FEATURES, {PSCI_SYSTEM_RESET}, {0, 0}, false},
    {"1.8 FEATURES of SMCCC_VERSION", PSCI_FEATURES, {SMCCC_VERSION}, {0, 0}, false},
    {"6.6 FEATURES of what isn't there", PSCI_FEATURES, {0x8400007f}, {-1, -1}, false},
    {"6.6 FEATURES of CPU_OFF, 64-bit: no such function",
     PSCI_FEATURES,
     {PSCI_CPU_OFF | BIT64},
     {-1, -1},
     false},
    {"6.6 MIGRATE", PSCI_MIGRATE, {0}, {-1, -1}, false},
    {"6.6 MIGRATE_INFO_TYPE: no trusted OS", PSCI_MIGRATE_INFO_TYPE, {0}, {2, -1}, false},
    {"6.6 MIGRATE_INFO_UP_CPU", PSCI_MIGRATE_INFO_UP_CPU, {0}, {-1, -1}, false},
    {"6.6 CPU_ON of no CPU", PSCI_CPU_ON, {NO_MPIDR, VTL0_IMAGE_GPA, 0}, {-2, -2}, false},
    {"6.6 CPU_ON of no CPU, 64-bit",
     PSCI_CPU_ON | BIT64,
     {NO_MPIDR, VTL0_IMAGE_GPA, 0},
     {-2, -2},
     false},
    {"6.6 CPU_ON, reserved bits in the MPIDR",
     PSCI_CPU_ON | BIT64,
     {UINT64_C(1) << 31, VTL0_IMAGE_GPA, 0},
     {-2, -2},
     false},
    {"6.6 CPU_ON of itself", PSCI_CPU_ON, {0, VTL0_IMAGE_GPA, 0}, {-4, -4}, false},
    {"6.6 CPU_ON of itself, 64-bit", PSCI_CPU_ON | BIT64, {0, VTL0_IMAGE_GPA, 0}, {-4, -4}, false},
    {"6.6 AFFINITY_INFO of itself", PSCI_AFFINITY_INFO, {0, 0}, {0, 0}, false},
    {"6.6 AFFINITY_INFO of itself, 64-bit", PSCI_AFFINITY_INFO | BIT64, {0, 0}, {0, 0}, false},
    {"6.6 AFFINITY_INFO of no CPU", PSCI_AFFINITY_INFO, {NO_MPIDR, 0}, {-2, -2}, false},
    {"6.6 AFFINITY_INFO of no level", PSCI_AFFINITY_INFO | BIT64, {0, 4}, {-2, -2}, false},
    {"6.6 AFFINITY_INFO of a CPU that is off", PSCI_AFFINITY_INFO | BIT64, {1, 0}, {1, 1}, true},
};

static uint64_t check_rows(void)
{
    int32_t version = psci(PSCI_VERSION, 0, 0, 0);

    check_true("1.8 PSCI_VERSION is at least 1.0", version >= 0x10000 && version < 0x20000);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].needs_smp && board.vp_count < 2) {
            continue;
        }
        uint64_t wants[2] = {(uint32_t)rows[i].want[0], (uint32_t)rows[i].want[1]};
        int32_t got = psci(rows[i].function, rows[i].arguments[0], rows[i].arguments[1],
                           rows[i].arguments[2]);
        check_any(rows[i].name, (uint32_t)got, wants, 2);
    }
    return 0;
}

/* ---- A wait that something pending ends ------------------------------------------------------ */

static uint64_t timer_arm(void)
{
    gic_enable(INTID_VTIMER, false);
    sysreg_write_cntv_cval_el0(counter_now() + counter_ms(10));
    sysreg_write_cntv_ctl_el0(1);
    return counter_now();
}

static uint64_t check_waits(void)
{
    static const uint64_t wants[] = {0, (uint32_t)PSCI_INVALID_PARAMETERS,
                                     (uint32_t)PSCI_NOT_SUPPORTED, (uint32_t)PSCI_DENIED};
    uint64_t start;

    if (rt_vtl == 0) {
        gic_distributor_init();
        gic_vp_init();
    }
    start = timer_arm();
    __asm__ volatile("wfi" ::: "memory");
    check_true("6.6 WFI with IRQs masked ends by the timer",
               counter_now() - start < counter_ms(2000));
    sysreg_write_cntv_ctl_el0(0);
    (void)irq_take();
    start = timer_arm();
    check_any("6.6 CPU_SUSPEND to standby", (uint32_t)psci(PSCI_CPU_SUSPEND | BIT64, 0, 0, 0),
              wants, COUNT_OF(wants));
    check_true("6.6 CPU_SUSPEND ends by the timer", counter_now() - start < counter_ms(2000));
    sysreg_write_cntv_ctl_el0(0);
    (void)irq_take();
    return 0;
}

/* ---- VTL0's other VPs ------------------------------------------------------------------------ */

static volatile uint32_t arrived[RT_VP_MAX];
static volatile uint64_t arrived_context[RT_VP_MAX];
static volatile uint32_t leave;

/* On the other VP, in VTL0: until told, then off. */
static void guest_other(uint64_t context)
{
    uint32_t index = vp_self_index();

    arrived_context[index] = context;
    barrier();
    arrived[index] = arrived[index] + 1;
    (void)wait_for(&leave, arrived[index]);
    (void)psci(PSCI_CPU_OFF, 0, 0, 0);
}

static void wait_off(uint32_t index)
{
    uint64_t end = counter_now() + counter_ms(2000);
    int32_t state;

    do {
        state = psci(PSCI_AFFINITY_INFO | BIT64, board.mpidr[index], 0, 0);
    } while (state != PSCI_AFFINITY_OFF && counter_now() < end);
    check_eq("6.6 after CPU_OFF, AFFINITY_INFO says off", (uint32_t)state, PSCI_AFFINITY_OFF);
}

static void check_cpu_on(uint32_t index, uint32_t round, uint32_t function)
{
    uint64_t context = function == PSCI_CPU_ON ? 0x11223344 : START_CONTEXT;

    check_eq("6.6 AFFINITY_INFO before CPU_ON",
             (uint32_t)psci(PSCI_AFFINITY_INFO, board.mpidr[index], 0, 0), PSCI_AFFINITY_OFF);
    check_eq("6.6 CPU_ON",
             (uint32_t)psci(function, board.mpidr[index], (uintptr_t)vtl0_cpu_on, context),
             PSCI_SUCCESS);
    check_true("7.8 the VP starts in VTL0", wait_for(&arrived[index], round));
    check_eq("7.8 X0 is the context", arrived_context[index], context);
    check_eq("6.6 AFFINITY_INFO after CPU_ON",
             (uint32_t)psci(PSCI_AFFINITY_INFO, board.mpidr[index], 0, 0), PSCI_AFFINITY_ON);
    check_eq("6.6 CPU_ON of a VP that is on",
             (uint32_t)psci(function, board.mpidr[index], (uintptr_t)vtl0_cpu_on, context),
             (uint32_t)-4);
}

static uint64_t guest_smp(void)
{
    vtl0_cpu_on_work = guest_other;
    for (uint32_t round = 1; round <= 2; round++) {
        for (uint32_t i = 1; i < board.vp_count; i++) {
            check_cpu_on(i, round, round == 1 ? PSCI_CPU_ON | BIT64 : PSCI_CPU_ON);
        }
        leave = round;
        barrier();
        for (uint32_t i = 1; i < board.vp_count; i++) {
            wait_off(i);
        }
    }
    return 0;
}

/* VTL2 of the other VPs: VTL0 held back until its own CPU_ON; runs VTL0 until the SGI that says
 * stop. */
static volatile uint32_t stop;
static uint32_t unexpected_exits;

static uint64_t hold_and_run(uint64_t argument)
{
    struct exit exit;

    (void)argument;
    uint64_t status =
        hv_set(VTL0, HV_REGISTER_INTERNAL_ACTIVITY_STATE, HV_ACTIVITY_STARTUP_SUSPEND);
    gic_enable(8, true);
    vp_self()->ready = 2;
    while (stop == 0) {
        vtl0_run(&exit);
        if (exit.kind != EXIT_INTERRUPT) {
            unexpected_exits++;
        }
    }
    return status;
}

static void check_startup_suspend(void)
{
    uint64_t value = 0;

    for (uint32_t i = 1; i < board.vp_count; i++) {
        vp_run(i, hold_and_run, 0);
        check_true("7.8 VTL0 is held back by startup suspend", wait_for(&vps[i].ready, 2));
    }
    (void)vtl0_call((const void *)guest_smp, 0, 0, 0);
    stop = 1;
    for (uint32_t i = 1; i < board.vp_count; i++) {
        gic_sgi(8, board.mpidr[i]);
        check_true("7.8 an interrupt of VTL2 enters a VP whose VTL0 is off", vp_join(i, &value));
        check_eq("3.3 InternalActivityState can be set", value, 0);
    }
    check_eq("6.6 VTL0's CPU_ON and CPU_OFF are no exits", unexpected_exits, 0);
}

static void run(void)
{
    (void)check_rows();
    (void)check_waits();
    if (board.vp_count > 1 && vps_start()) {
        check_eq("7.8 CPU_ON from VTL2 of a VP that is on in VTL2",
                 (uint32_t)psci(PSCI_CPU_ON | BIT64, board.mpidr[1], VTL0_IMAGE_GPA, 0),
                 (uint32_t)-4);
        check_startup_suspend();
    }
    (void)vtl0_call((const void *)check_waits, 0, 0, 0);
    (void)vtl0_call((const void *)check_rows, 0, 0, 0);
}

const struct program program = {.main = run};
