/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TranslateVirtualAddressEx (section 2.8) and the TLB lock (6.7), with VTL0's MMU off and on;
 * then intercepts of a VTL0 whose MMU is on. Tables: Arm ARM D8.3, 4 KiB granule, 39-bit input
 * (levels 1 to 3).
 */
#include "rt.h"

#define LEVEL1 (VTL0_SCRATCH_GPA + 0x10000)
#define LEVEL2 (VTL0_SCRATCH_GPA + 0x11000)
#define LEVEL3 (VTL0_SCRATCH_GPA + 0x12000)
#define DATA (VTL0_SCRATCH_GPA + 0x20000)
#define DEVICE UINT64_C(0x09010000)
#define WINDOW UINT64_C(0x80000000) /* level 1 entry 2 */
#define BLOCK (WINDOW + 0x200000)
#define BLOCK_GPA UINT64_C(0x48000000)

#define TABLE 3u
#define PAGE 3u
#define BLOCK_ENTRY 1u
#define AF (UINT64_C(1) << 10)
#define SHARED (UINT64_C(3) << 8)
#define READ_ONLY (UINT64_C(1) << 7)
#define EL0 (UINT64_C(1) << 6)
#define XN (UINT64_C(3) << 53)
#define PXN (UINT64_C(1) << 53)
#define ATTRIBUTE(n) ((uint64_t)(n) << 2)
#define NORMAL (AF | SHARED)
/* Attribute 0 normal write-back, 1 device. T0SZ 25, 4 KiB, EPD1, 40-bit addresses. */
#define MAIR UINT64_C(0x00ff)
#define TCR (UINT64_C(25) | UINT64_C(1) << 23 | UINT64_C(2) << 32)

static void entry(uint64_t table, uint32_t index, uint64_t value)
{
    write64(table + index * 8, value);
}

static void tables_build(void)
{
    for (uint64_t at = LEVEL1; at < LEVEL1 + 0x3000; at += 8) {
        write64(at, 0);
    }
    entry(LEVEL1, 0, 0 | ATTRIBUTE(1) | AF | XN | BLOCK_ENTRY);
    entry(LEVEL1, 1, 0x40000000 | NORMAL | BLOCK_ENTRY);
    entry(LEVEL1, 2, LEVEL2 | TABLE);
    entry(LEVEL2, 0, LEVEL3 | TABLE);
    entry(LEVEL2, 1, BLOCK_GPA | NORMAL | BLOCK_ENTRY);
    entry(LEVEL3, 0, DATA | NORMAL | PAGE);
    entry(LEVEL3, 1, (DATA + 0x1000) | NORMAL | READ_ONLY | PAGE);
    entry(LEVEL3, 2, (DATA + 0x2000) | NORMAL | EL0 | PAGE);
    entry(LEVEL3, 4, (DATA + 0x4000) | NORMAL | XN | PAGE);
    entry(LEVEL3, 5, DEVICE | ATTRIBUTE(1) | AF | XN | PAGE);
    entry(LEVEL3, 6, (DATA + 0x6000) | NORMAL | PAGE);
    entry(LEVEL3, 7, (DATA + 0x7000) | NORMAL | PXN | PAGE);
    barrier();
}

static void mmu_on(void)
{
    hv_must_set(VTL0, HV_REGISTER_ttbr0_el1, LEVEL1);
    hv_must_set(VTL0, HV_REGISTER_tcr_el1, TCR);
    hv_must_set(VTL0, HV_REGISTER_mair_el1, MAIR);
    hv_must_set(VTL0, HV_REGISTER_sctlr_el1, SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_I);
}

static uint64_t translate(uint64_t gva, uint64_t flags, uint64_t *gpa, uint64_t *status)
{
    uint64_t *input = hv_input_page();

    input[0] = HV_PARTITION_ID_SELF;
    input[1] = HV_VP_INDEX_SELF;
    input[2] = flags | (uint64_t)VTL0 << HV_TRANSLATE_INPUT_VTL_SHIFT;
    input[3] = gva >> 12;
    hv_output_page()[0] = ~0ull;
    hv_output_page()[1] = ~0ull;
    uint64_t result = hv_call(WAY_SMCCC_FAST, HV_CALL_TRANSLATE_VIRTUAL_ADDRESS_EX, 4, 2, NULL);
    *status = HV_STATUS(result);
    *gpa = hv_output_page()[1] << 12;
    return hv_output_page()[0];
}

#define R HV_TRANSLATE_READ
#define W HV_TRANSLATE_WRITE
#define X HV_TRANSLATE_EXECUTE
#define USER HV_TRANSLATE_USER
#define SUPERVISOR HV_TRANSLATE_SUPERVISOR
#define NONE ~UINT64_C(0)

struct translate_row {
    const char *name;
    uint64_t gva;
    uint64_t flags;
    uint32_t wants[2];
    uint64_t gpa; /* of a success */
};

static const struct translate_row off_rows[] = {
    {"2.8 MMU off: read", DATA, R, {0, 0}, DATA},
    {"2.8 MMU off: write", DATA, R | W, {0, 0}, DATA},
    {"2.8 MMU off: fetch", DATA, X, {0, 0}, DATA},
    /* Not mapped for VTL0: whether that is a failure or an address to emulate differs (6.2,
     * 2.8). */
    {"2.8 MMU off: no RAM there", DEVICE, R, {4, 0}, DEVICE},
};

static const struct translate_row on_rows[] = {
    {"2.8 page: read", WINDOW, R, {0, 0}, DATA},
    {"2.8 page: write", WINDOW, R | W, {0, 0}, DATA},
    {"2.8 page: fetch", WINDOW, X, {0, 0}, DATA},
    {"2.8 page: page-table bits and TLB lock", WINDOW, R | 0x30, {0, 0}, DATA},
    {"2.8 page of EL1: user's read", WINDOW, R | USER, {2, 2}, NONE},
    {"2.8 read-only page: read", WINDOW + 0x1000, R, {0, 0}, DATA + 0x1000},
    {"2.8 read-only page: write", WINDOW + 0x1000, R | W, {2, 2}, NONE},
    {"2.8 page of EL0: user's write", WINDOW + 0x2000, R | W | USER, {0, 0}, DATA + 0x2000},
    {"2.8 page of EL0: supervisor's read", WINDOW + 0x2000, R | SUPERVISOR, {0, 0}, DATA + 0x2000},
    {"2.8 no page", WINDOW + 0x3000, R, {1, 1}, NONE},
    {"2.8 never-execute page: read", WINDOW + 0x4000, R, {0, 0}, DATA + 0x4000},
    {"2.8 never-execute page: fetch", WINDOW + 0x4000, X, {2, 2}, NONE},
    {"2.8 page of no RAM", WINDOW + 0x5000, R, {4, 0}, DEVICE},
    {"2.8 block: read", BLOCK + 0x123000, R, {0, 0}, BLOCK_GPA + 0x123000},
    {"2.8 block: identity", 0x44000000, X, {0, 0}, 0x44000000},
    {"2.8 no table", 0xc0000000, R, {1, 1}, NONE},
    {"2.8 beyond the input size", 0x8000000000, R, {1, 1}, NONE},
    {"2.8 upper half, walks disabled", 0xffffff8000000000, R, {1, 1}, NONE},
};

static void check_rows(const struct translate_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t gpa;
        uint64_t status;
        uint64_t wants[2] = {rows[i].wants[0], rows[i].wants[1]};
        uint64_t output = translate(rows[i].gva, rows[i].flags, &gpa, &status);

        if (check_eq(rows[i].name, status, 0) &&
            check_any(rows[i].name, output & 0xffffffff, wants, 2) &&
            (output & 0xffffffff) == HV_TRANSLATE_RESULT_SUCCESS) {
            check_eq(rows[i].name, gpa, rows[i].gpa);
            check_eq("2.8 no overlay", output >> 40 & 1, 0);
        }
    }
}

static uint64_t protect(uint64_t gpa, uint32_t flags)
{
    uint64_t *input = hv_input_page();

    input[0] = HV_PARTITION_ID_SELF;
    input[1] = flags;
    input[2] = gpa >> 12;
    return HV_STATUS(
        hv_call(WAY_SMCCC_FAST, HV_REP(HV_CALL_MODIFY_VTL_PROTECTION_MASK, 1), 3, 0, NULL));
}

static void check_protected(void)
{
    static const struct translate_row none[] = {
        {"2.8 page taken away: read", WINDOW + 0x6000, R, {5, 8}, NONE}};
    static const struct translate_row read[] = {
        {"2.8 page made read-only: read", WINDOW + 0x6000, R, {0, 0}, DATA + 0x6000},
        {"2.8 page made read-only: write", WINDOW + 0x6000, R | W, {6, 8}, NONE}};

    check_eq("2.6 modify-protection", protect(DATA + 0x6000, 0), 0);
    check_rows(none, COUNT_OF(none));
    check_eq("2.6 modify-protection", protect(DATA + 0x6000, HV_MAP_READ), 0);
    check_rows(read, COUNT_OF(read));
    check_eq("2.6 modify-protection", protect(DATA + 0x6000, HV_MAP_ALL), 0);
}

static uint64_t tlb_lock(void)
{
    return hv_must_get(OWN_VTL, HV_REGISTER_VSM_VP_SECURE_CONFIG(0)) &
           HV_VSM_SECURE_CONFIG_TLB_LOCKED;
}

/* An intercept may take the lock too (6.7): these switches have none. */
static void check_tlb_lock(void)
{
    struct exit exit;
    uint64_t gpa;
    uint64_t status;

    vtl0_loop_to_timer(&exit);
    check_eq("6.7 after a VTL return there is no TLB lock", tlb_lock(), 0);
    (void)translate(DATA, R, &gpa, &status);
    check_eq("6.7 a translation without flag 5 takes none", tlb_lock(), 0);
    (void)translate(DATA, R | HV_TRANSLATE_TLB_FLUSH_INHIBIT, &gpa, &status);
    check_eq("6.7 a translation with flag 5 takes the TLB lock", tlb_lock(),
             HV_VSM_SECURE_CONFIG_TLB_LOCKED);
    vtl0_loop_to_timer(&exit);
    check_eq("6.7 the VTL return drops it", tlb_lock(), 0);
}

/* ---- Intercepts with the MMU on -------------------------------------------------------------- */

static uint64_t guest_read(uint64_t address)
{
    return read64(address);
}

static void guest_read_start(uint64_t address)
{
    vtl0_start((const void *)guest_read, address, 0, 0);
    mmu_on();
}

static void check_intercepts(void)
{
    struct exit exit;
    const struct hv_memory_intercept *memory =
        (const struct hv_memory_intercept *)(const void *)exit.message.payload;

    guest_read_start(WINDOW + 0x5c40);
    vtl0_run(&exit);
    check_eq("5.2 MMU on: unmapped GPA", exit.message.type, HV_MESSAGE_UNMAPPED_GPA);
    check_eq("5.4 MMU on: GVA", memory->gva, WINDOW + 0x5c40);
    check_eq("5.4 MMU on: GPA", memory->gpa, DEVICE + 0xc40);
    check_eq("5.4 MMU on: syndrome valid", memory->syndrome >> 24 & 1, 1);
    check_eq("6.7 the TLB lock is taken with a valid GVA to GPA", tlb_lock(),
             memory->access_info & HV_ACCESS_INFO_GVA_GPA_VALID);

    write64(DATA + 0x6008, 0x600d);
    check_eq("2.6 modify-protection", protect(DATA + 0x6000, 0), 0);
    guest_read_start(WINDOW + 0x6008);
    vtl0_run(&exit);
    check_eq("5.2 MMU on: protected GPA", exit.message.type, HV_MESSAGE_GPA_INTERCEPT);
    check_eq("5.4 MMU on: GVA", memory->gva, WINDOW + 0x6008);
    check_eq("5.4 MMU on: GPA", memory->gpa, DATA + 0x6008);
    check_eq("2.6 modify-protection", protect(DATA + 0x6000, HV_MAP_ALL), 0);
    check_true("2.6 MMU on: repeated", vtl0_finish(&exit));
    check_eq("2.6 MMU on: value", VTL0_OF(vtl0_result[0]), 0x600d);
}

/* The walk itself is a read by VTL0: a table that VTL0 may not read is an intercept of the
 * table's page. */
static void check_walk(void)
{
    struct exit exit;
    const struct hv_memory_intercept *memory =
        (const struct hv_memory_intercept *)(const void *)exit.message.payload;

    check_eq("2.6 modify-protection", protect(LEVEL2, 0), 0);
    guest_read_start(WINDOW + 0x6008);
    vtl0_run(&exit);
    check_eq("5.2 walk: message type", exit.message.type, HV_MESSAGE_GPA_INTERCEPT);
    check_eq("5.4 walk: the table's page", memory->gpa & ~UINT64_C(0xfff), LEVEL2);
    check_eq("5.4 walk: S1PTW", memory->syndrome & ESR_S1PTW, ESR_S1PTW);
    check_eq("2.6 modify-protection", protect(LEVEL2, HV_MAP_ALL), 0);
    check_true("2.6 walk: repeated", vtl0_finish(&exit));
    check_eq("2.6 walk: value", VTL0_OF(vtl0_result[0]), 0x600d);
}

/* A page that stage 1 lets EL0 execute, and no more: what VTL2 took away is an intercept all the same. VTL2's
 * timer ends the wait for one that does not come. */
static void check_execute_only(void)
{
    struct exit exit;
    const struct hv_memory_intercept *memory =
        (const struct hv_memory_intercept *)(const void *)exit.message.payload;

    check_eq("2.6 modify-protection", protect(DATA + 0x7000, HV_MAP_READ | HV_MAP_WRITE), 0);
    vtl0_start((const void *)guest_read, 0, 0, 0);
    mmu_on();
    hv_must_set(VTL0, HV_REGISTER_PSTATE, PSTATE_DAIF | PSTATE_EL0T);
    hv_must_set(VTL0, HV_REGISTER_PC, WINDOW + 0x7010);
    gic_enable(INTID_VTIMER, false);
    sysreg_write_cntv_cval_el0(counter_now() + counter_ms(500));
    sysreg_write_cntv_ctl_el0(1);
    vtl0_run(&exit);
    sysreg_write_cntv_ctl_el0(0);
    check_eq("5.2 EL0 executes: message type", exit.message.type, HV_MESSAGE_GPA_INTERCEPT);
    check_eq("5.3 EL0 executes: access type", memory->header.access_type, HV_INTERCEPT_EXECUTE);
    check_eq("5.3 EL0 executes: EL", memory->header.execution_state & 3, 0);
    check_eq("5.4 EL0 executes: GVA", memory->gva, WINDOW + 0x7010);
    check_eq("5.4 EL0 executes: GPA", memory->gpa, DATA + 0x7010);
    check_eq("2.6 modify-protection", protect(DATA + 0x7000, HV_MAP_ALL), 0);
}

static void run(void)
{
    tables_build();
    vtl0_start((const void *)guest_read, 0, 0, 0);
    check_rows(off_rows, COUNT_OF(off_rows));
    mmu_on();
    check_rows(on_rows, COUNT_OF(on_rows));
    check_protected();
    check_intercepts();
    check_walk();
    check_execute_only();
    check_tlb_lock();
}

const struct program program = {.main = run};
