/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL0's performance counters stand still while VTL2 runs, and run on afterwards. Cycles are compared with the
 * counter-timer: what VTL2 spends must be missing. Arm ARM D13; events: D13.12 (CPU_CYCLES 0x11).
 */
#include "rows_program.h"

#define PMCR_E UINT64_C(0x01)
#define PMCR_RUN UINT64_C(0x47) /* LC, C, P, E: 64 bits, cleared, on */
#define CYCLE_COUNTER (UINT64_C(1) << 31)
#define EVENT_COUNTER UINT64_C(1)
#define EVENT_CPU_CYCLES UINT64_C(0x11)
#define VTL2_SPIN_MS 40u
#define VTL0_SPIN_MS 2u

struct counts {
    uint64_t time;
    uint64_t cycles;
    uint64_t events;
    uint64_t control;
    uint64_t enabled;
};
/* Before the call, after it, and after a while in VTL0. */
static struct counts counts[3];

static uint64_t value(enum row_index index)
{
    return row_read(index).value;
}

/* The time is taken outside of the counters' interval: first, or last. */
static void take(struct counts *to, bool time_first)
{
    if (time_first) {
        to->time = counter_now();
    }
    to->cycles = value(ROW_pmccntr_el0);
    to->events = value(ROW_pmevcntr0_el0);
    if (!time_first) {
        to->time = counter_now();
    }
    to->control = value(ROW_pmcr_el0);
    to->enabled = value(ROW_pmcntenset_el0);
}

static uint64_t guest(void)
{
    struct call_regs regs = {0};

    (void)row_write(ROW_pmcr_el0, 0);
    (void)row_write(ROW_pmintenclr_el1, ~UINT64_C(0));
    (void)row_write(ROW_pmcntenclr_el0, ~UINT64_C(0));
    (void)row_write(ROW_pmovsclr_el0, ~UINT64_C(0));
    (void)row_write(ROW_pmccfiltr_el0, 0);
    (void)row_write(ROW_pmevtyper0_el0, EVENT_CPU_CYCLES);
    (void)row_write(ROW_pmcntenset_el0, CYCLE_COUNTER | EVENT_COUNTER);
    (void)row_write(ROW_pmcr_el0, PMCR_RUN);
    take(&counts[0], true);
    raw_hvc2(&regs);
    take(&counts[1], false);
    spin_ms(VTL0_SPIN_MS);
    take(&counts[2], false);
    (void)row_write(ROW_pmcr_el0, 0);
    return 0;
}

/* How many cycles VTL0 alone makes in a time is its own affair: the rate of its last spin is the measure. */
static void check_counts(const char *still, const char *on, uint64_t across, uint64_t later,
                         uint64_t spin)
{
    const struct counts *seen = VTL0_OF(counts);
    const uint64_t here = seen[1].time - seen[0].time - spin + counter_ms(1);
    const uint64_t last = seen[2].time - seen[1].time;

    note("counted across the call", across);
    note("counted in VTL0 afterwards", later);
    check_true(still, across / here <= 2 * (later / last + 1));
    check_true(on, later > 0);
}

void check_pmu(void)
{
    const struct counts *seen = VTL0_OF(counts);
    struct exit exit;

    vtl0_start((const void *)guest, 0, 0, 0);
    vtl0_run(&exit);
    check_way("pmu");
    check_eq("8 VTL2 is called", exit.kind, EXIT_CALL);
    const uint64_t start = counter_now();
    spin_ms(VTL2_SPIN_MS);
    const uint64_t spin = counter_now() - start;
    check_true("8 VTL0 comes to its end", vtl0_finish(&exit));
    check_counts("8 pmccntr_el0: stands still while VTL2 runs", "8 pmccntr_el0: runs on in VTL0",
                 seen[1].cycles - seen[0].cycles, seen[2].cycles - seen[1].cycles, spin);
    check_counts("8 pmevcntr0_el0: stands still while VTL2 runs",
                 "8 pmevcntr0_el0: runs on in VTL0", seen[1].events - seen[0].events,
                 seen[2].events - seen[1].events, spin);
    check_eq("8 pmcr_el0: VTL0's is enabled still", seen[1].control & PMCR_E, PMCR_E);
    check_eq("8 pmcr_el0: VTL0's is as it was", seen[1].control, seen[0].control);
    check_eq("8 pmcntenset_el0: VTL0's is as it was", seen[1].enabled, seen[0].enabled);
    check_way("");
}
