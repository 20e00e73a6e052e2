/* SPDX-License-Identifier: BSD-3-Clause */
/* Synthetic registers: sections 3.3 to 3.5, 4.2 (register page) and 6.7 (TLB lock). */
#include "registers_program.h"

static const uint64_t refused[] = {HV_STATUS_INVALID_PARAMETER, HV_STATUS_ACCESS_DENIED,
                                   HV_STATUS_INVALID_REGISTER_VALUE, HV_STATUS_OPERATION_DENIED};

struct reset_row {
    const char *name;
    uint32_t number;
    uint64_t mask;
    uint64_t want;
};

/* VTL0's own at its start, as VTL2 reads them by name. */
static const struct reset_row reset_rows[] = {
    {"3.3 SINT0 at reset is masked", HV_REGISTER_SINT(0), ~0ull, HV_SINT_RESET},
    {"3.3 SINT15 at reset is masked", HV_REGISTER_SINT(15), ~0ull, HV_SINT_RESET},
    {"3.3 Scontrol at reset", HV_REGISTER_SCONTROL, 1, 0},
    {"3.3 Simp at reset is off", HV_REGISTER_SIMP, 1, 0},
    {"3.3 Siefp at reset is off", HV_REGISTER_SIEFP, 1, 0},
    {"3.3 VpAssistPage at reset is off", HV_REGISTER_VP_ASSIST_PAGE, 1, 0},
    {"3.3 ReferenceTsc at reset is off", HV_REGISTER_REFERENCE_TSC, 1, 0},
    {"3.3 GuestOsId of VTL0 at reset", HV_REGISTER_GUEST_OS_ID, ~0ull, 0},
    {"3.3 InternalActivityState: no startup suspend", HV_REGISTER_INTERNAL_ACTIVITY_STATE, 1, 0},
    {"3.6 no pending event", HV_REGISTER_PENDING_EVENT0, 1, 0},
    {"3.3 no deliverability notification", HV_REGISTER_DELIVERABILITY_NOTIFICATIONS, ~0ull, 0},
};

/* VTL2's own. */
static const struct reset_row own_rows[] = {
    {"3.3 VpIndex of the boot VP", HV_REGISTER_VP_INDEX, ~0ull, 0},
    {"3.3 VsmVpStatus: active VTL 2, enabled 0 and 2", HV_REGISTER_VSM_VP_STATUS, 0xffff000f,
     0x00050002},
    {"3.3 VsmPartitionStatus: enabled 0 and 2, maximum 2", HV_REGISTER_VSM_PARTITION_STATUS,
     0xfffff, 0x20005},
    {"3.4 VsmCapabilities: DR6 is x64's, bit 33 is 0", HV_REGISTER_VSM_CAPABILITIES, 1ull << 33 | 1,
     0},
    {"3.5 privileges: counter, SynIC, hypercalls, VP index, VSM, registers, fast output",
     HV_REGISTER_PRIVILEGES_AND_FEATURES, 0x000b000000000066, 0x000b000000000066},
    {"3.5 features: no reset by hypercall", HV_REGISTER_FEATURES, 1, 0},
    {"3.3 Sversion", HV_REGISTER_SVERSION, ~0ull, 1},
};

static void check_rows(uint32_t vtl, const struct reset_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 0;
        uint64_t status = hv_get(vtl, rows[i].number, &value);
        check_eq(rows[i].name, status == 0 ? value & rows[i].mask : ~status, rows[i].want);
    }
}

static void check_round_trip(const char *name, uint32_t vtl, uint32_t number, uint64_t value)
{
    uint64_t got = ~value;

    check_eq(name, hv_set(vtl, number, value), 0);
    check_eq(name, hv_get(vtl, number, &got), 0);
    check_eq(name, got, value);
}

static void check_synic_registers(void)
{
    uint64_t value;

    check_round_trip("3.3 SINT5 holds what is written", VTL0, HV_REGISTER_SINT(5), 0x12);
    check_round_trip("3.3 SINT5 can be masked again", VTL0, HV_REGISTER_SINT(5), HV_SINT_RESET);
    check_any("3.3 SINT vector below 16 is refused", hv_set(VTL0, HV_REGISTER_SINT(5), 5), refused,
              COUNT_OF(refused));
    check_round_trip("3.3 Simp", VTL0, HV_REGISTER_SIMP, VTL0_SCRATCH_GPA | 1);
    check_round_trip("3.3 Simp off", VTL0, HV_REGISTER_SIMP, 0);
    check_round_trip("3.3 Siefp", VTL0, HV_REGISTER_SIEFP, VTL0_SCRATCH_GPA | 1);
    check_round_trip("3.3 Siefp off", VTL0, HV_REGISTER_SIEFP, 0);
    check_round_trip("3.3 Scontrol", VTL0, HV_REGISTER_SCONTROL, 1);
    check_round_trip("3.3 Scontrol off", VTL0, HV_REGISTER_SCONTROL, 0);
    check_differs("3.3 Eom can't be read", hv_get(VTL0, HV_REGISTER_EOM, &value), 0);
    check_eq("3.3 Eom can be written", hv_set(VTL0, HV_REGISTER_EOM, 0), 0);
    check_any("3.3 Sversion is read-only", hv_set(VTL0, HV_REGISTER_SVERSION, 2), refused,
              COUNT_OF(refused));
}

static void check_time(void)
{
    uint64_t count = counter_now();
    uint64_t start = hv_must_get(OWN_VTL, HV_REGISTER_TIME_REF_COUNT);

    spin_ms(20);
    uint64_t elapsed = hv_must_get(OWN_VTL, HV_REGISTER_TIME_REF_COUNT) - start;
    uint64_t ticks = counter_now() - count;
    uint64_t frequency = counter_ms(1000);
    uint64_t want = ticks * 10000 / (frequency / 1000);
    check_true("3.3 TimeRefCount runs at 10 MHz",
               elapsed <= want + 10 && elapsed + want / 2 >= want);
}

/* Section 3.3: sequence @0, scale @8, offset @16; 0 says that the page is not to be used. */
static void check_reference_tsc(void)
{
    uint64_t page = (uintptr_t)vp_self()->pages.siefp;

    check_eq("3.3 ReferenceTsc can be set", hv_set(OWN_VTL, HV_REGISTER_REFERENCE_TSC, page | 1),
             0);
    barrier();
    if (read32(page) == 0) {
        return;
    }
    uint64_t before = hv_must_get(OWN_VTL, HV_REGISTER_TIME_REF_COUNT);
    uint64_t now = counter_now();
    uint64_t after = hv_must_get(OWN_VTL, HV_REGISTER_TIME_REF_COUNT);
    uint64_t scale = read64(page + 8);
    uint64_t high;
    __asm__("umulh %0, %1, %2" : "=r"(high) : "r"(now), "r"(scale));
    uint64_t time = high + read64(page + 16);
    check_true("3.3 ReferenceTsc's page gives TimeRefCount",
               time + 1 >= before && time <= after + 1);
    check_eq("3.3 ReferenceTsc can be turned off", hv_set(OWN_VTL, HV_REGISTER_REFERENCE_TSC, 0),
             0);
}

static void check_vsm(void)
{
    struct exit exit;
    uint64_t config = hv_must_get(OWN_VTL, HV_REGISTER_VSM_PARTITION_CONFIG);

    check_eq("3.4 VsmPartitionConfig holds protection and default mask", config & 0x1f, 0x1f);
    check_eq("3.4 VsmPartitionConfig may be written again, bits 4:0 unchanged",
             hv_set(OWN_VTL, HV_REGISTER_VSM_PARTITION_CONFIG, config), 0);
    check_differs("3.4 VsmPartitionConfig: protection can't be taken back",
                  hv_set(OWN_VTL, HV_REGISTER_VSM_PARTITION_CONFIG, config & ~1ull), 0);
    check_differs("3.4 VsmPartitionConfig: the default mask is fixed",
                  hv_set(OWN_VTL, HV_REGISTER_VSM_PARTITION_CONFIG, config & ~2ull), 0);
    check_eq("3.4 a refused write changes nothing",
             hv_must_get(OWN_VTL, HV_REGISTER_VSM_PARTITION_CONFIG), config);
    check_eq("6.7 TLB lock can be taken", hv_set(OWN_VTL, HV_REGISTER_VSM_VP_SECURE_CONFIG(0), 2),
             0);
    check_eq("6.7 TLB lock reads back",
             hv_must_get(OWN_VTL, HV_REGISTER_VSM_VP_SECURE_CONFIG(0)) & 2, 2);
    vtl0_loop_to_timer(&exit);
    check_eq("5.7 the timer brings VTL2 back", exit.kind, EXIT_INTERRUPT);
    check_eq("6.7 TLB lock is dropped by the VTL return",
             hv_must_get(OWN_VTL, HV_REGISTER_VSM_VP_SECURE_CONFIG(0)) & 2, 0);
}

void check_synthetic(void)
{
    check_rows(VTL0, reset_rows, COUNT_OF(reset_rows));
    check_rows(OWN_VTL, own_rows, COUNT_OF(own_rows));
    check_true("3.5 implementation limits: VPs",
               (hv_must_get(OWN_VTL, HV_REGISTER_IMPLEMENTATION_LIMITS) & 0xffffffff) >=
                   board.vp_count);
    for (uint32_t i = 0; i < 5; i++) {
        check_round_trip("3.3 crash parameter holds what is written", OWN_VTL,
                         HV_REGISTER_GUEST_CRASH_P0 + i, 0xabc000 + i);
    }
    check_synic_registers();
    check_time();
    check_reference_tsc();
    check_vsm();
}

/* ---- Section 4.2 ----------------------------------------------------------------------------- */

static volatile uint32_t page_steps;

static uint64_t page_guest(void)
{
    page_steps = 1;
    doorbell(1);
    page_steps = page_steps + 1; /* skipped or not, as VTL2 wishes */
    return 0;
}

/* The page is VTL2's to write: nothing in it may put VTL0 where VTL0 can't be. Whatever becomes
 * of VTL0, VTL2's timer has to bring VTL2 back. */
static void check_bad_page_pstate(struct hv_register_page *page)
{
    struct exit exit;

    vtl0_loop_to_timer(&exit);
    page->cpsr = 0x3c9;
    page->dirty = HV_REGISTER_PAGE_DIRTY_CPSR;
    barrier();
    sysreg_write_cntv_cval_el0(counter_now() + counter_ms(5));
    sysreg_write_cntv_ctl_el0(1);
    vtl0_run(&exit);
    sysreg_write_cntv_ctl_el0(0);
    check_differs("4.2 register page: a PSTATE of EL2 is not VTL0's",
                  hv_must_get(VTL0, HV_REGISTER_PSTATE) & PSTATE_MODE_MASK, 9);
}

void check_register_page(void)
{
    struct exit exit;
    struct hv_register_page *page = (struct hv_register_page *)(void *)vp_self()->pages.siefp;
    uint64_t status = hv_set(OWN_VTL, HV_REGISTER_REGISTER_PAGE, (uintptr_t)page | 1);

    if (status != HV_STATUS_SUCCESS) {
        static const uint64_t absent[] = {HV_STATUS_INVALID_PARAMETER, HV_STATUS_ACCESS_DENIED,
                                          HV_STATUS_UNKNOWN_REGISTER_NAME};
        check_any("4.2 no register page here", status, absent, COUNT_OF(absent));
        return;
    }
    vtl0_start((const void *)page_guest, 0, 0, 0);
    vtl0_run(&exit);
    /* The step over the doorbell went by hypercall: the page is the one of the entry. */
    check_eq("4.2 register page is valid after an entry", page->valid, 1);
    check_eq("4.2 register page is VTL0's", page->vtl, 0);
    check_eq("4.2 register page: CPSR", page->cpsr, hv_must_get(VTL0, HV_REGISTER_PSTATE));
    check_eq("4.2 register page: SCTLR_EL1", page->sctlr_el1,
             hv_must_get(VTL0, HV_REGISTER_sctlr_el1));
    check_eq("4.2 register page: TCR_EL1", page->tcr_el1, hv_must_get(VTL0, HV_REGISTER_tcr_el1));
    check_eq("4.2 register page: PC is the doorbell's", page->pc + 4,
             hv_must_get(VTL0, HV_REGISTER_PC));
    page->tcr_el1 = 0x580803511;
    page->pc = page->pc + 4;
    page->dirty = HV_REGISTER_PAGE_DIRTY_PC | HV_REGISTER_PAGE_DIRTY_CONTROL;
    barrier();
    check_true("4.2 VTL0 went on from the page's PC", vtl0_finish(&exit));
    check_eq("4.2 VTL0 went on from the page's PC: steps", VTL0_OF(page_steps), 2);
    check_eq("4.2 the page's TCR_EL1 was taken", hv_must_get(VTL0, HV_REGISTER_tcr_el1),
             0x580803511);
    check_bad_page_pstate(page);
    check_eq("4.2 register page can be turned off", hv_set(OWN_VTL, HV_REGISTER_REGISTER_PAGE, 0),
             0);
}
