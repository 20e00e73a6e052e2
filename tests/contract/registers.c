/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers by name (section 3): VTL0's state as VTL2 sets and reads it, against what VTL0
 * itself reads and writes; then the synthetic registers (registers_synthetic.c) and events
 * (registers_event.c).
 */
#include "registers_program.h"

/* name, system register, number, pattern that VTL2 sets, pattern that VTL0 writes. No bit
 * enables anything that could stop the code below: MMU off, FP on. */
#define EL1_ROWS(ROW)                                                                    \
    ROW(sctlr_el1, "sctlr_el1", 0x40002, 0x30d08800, 0x34d00800)                         \
    ROW(ttbr0_el1, "ttbr0_el1", 0x40005, 0x0012000047001000, 0x0034000047002000)         \
    ROW(ttbr1_el1, "ttbr1_el1", 0x40006, 0x0056000047003000, 0x0078000047004000)         \
    ROW(tcr_el1, "tcr_el1", 0x40007, 0x0000000580803511, 0x0000000500903510)             \
    ROW(esr_el1, "esr_el1", 0x40008, 0x56001234, 0x96004321)                             \
    ROW(far_el1, "far_el1", 0x40009, 0xffff123456789abc, 0xffffabcdef012345)             \
    ROW(mair_el1, "mair_el1", 0x4000b, 0x44aa00ff44aa00ff, 0x00000000ffbb4400)           \
    ROW(contextidr_el1, "contextidr_el1", 0x4000d, 0x11223344, 0x55667788)               \
    ROW(tpidr_el1, "tpidr_el1", 0x4000e, 0x1111222233334444, 0x4444333322221111)         \
    ROW(tpidrro_el0, "tpidrro_el0", 0x40010, 0x5555666677778888, 0x8888777766665555)     \
    ROW(tpidr_el0, "tpidr_el0", 0x40011, 0x9999aaaabbbbcccc, 0xccccbbbbaaaa9999)         \
    ROW(fpcr, "S3_3_C4_C4_0", 0x40012, 0x00400000, 0x01c00000)                           \
    ROW(fpsr, "S3_3_C4_C4_1", 0x40013, 0x0000001f, 0x08000001)                           \
    ROW(spsr_el1, "spsr_el1", 0x40014, 0x60000340, 0x900003c4)                           \
    ROW(elr_el1, "elr_el1", 0x40015, 0xffff000011112220, 0xffff000033334440)             \
    ROW(afsr0_el1, "afsr0_el1", 0x40016, 0, 0)                                           \
    ROW(amair_el1, "amair_el1", 0x40018, 0, 0)                                           \
    ROW(csselr_el1, "csselr_el1", 0x40035, 2, 1)                                         \
    ROW(sp_el0, "sp_el0", 0x20020, 0x0000123412341230, 0x0000432143214320)               \
    ROW(cntkctl_el1, "cntkctl_el1", 0x58008, 0x2, 0x1)                                   \
    ROW(cntv_cval_el0, "cntv_cval_el0", 0x5800f, 0x7fffffff00000000, 0x7fffffff11110000) \
    ROW(cpacr_el1, "cpacr_el1", 0x40004, 0x00300000, 0x00100000)                         \
    ROW(vbar_el1, "vbar_el1", 0x4000c, 0x0000000047008000, 0x0000000047010000)

#define ROW_ACCESS(name, encoding, number, by_vtl2, by_vtl0) \
    SYSREG_READER(row_##name, encoding)                      \
    SYSREG_WRITER(row_##name, encoding)
EL1_ROWS(ROW_ACCESS)

struct el1_row {
    const char *set_name;
    const char *get_name;
    uint32_t number;
    uint64_t by_vtl2;
    uint64_t by_vtl0;
    uint64_t (*read)(void);
    void (*write)(uint64_t value);
};

#define ROW_TABLE(name, encoding, hv_number, for_vtl0, from_vtl0) \
    {"3.2 VTL0's " #name " as VTL2 set it",                       \
     "3.2 VTL0's " #name " as VTL0 wrote it",                     \
     hv_number,                                                   \
     for_vtl0,                                                    \
     from_vtl0,                                                   \
     sysreg_read_row_##name,                                      \
     sysreg_write_row_##name},
static const struct el1_row rows[] = {EL1_ROWS(ROW_TABLE)};

static uint64_t seen[COUNT_OF(rows)];
static uint64_t stack_seen;

/* In VTL0. The last two are changed on the way into C. */
static uint64_t read_rows(void)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        seen[i] = rows[i].read();
    }
    return 0;
}

static uint64_t write_rows(void)
{
    uint64_t vbar = rows[COUNT_OF(rows) - 1].read();

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        rows[i].write(rows[i].by_vtl0);
        seen[i] = rows[i].read();
    }
    __asm__ volatile("mov %0, sp" : "=r"(stack_seen));
    doorbell(1);
    rows[COUNT_OF(rows) - 1].write(vbar);
    rows[COUNT_OF(rows) - 2].write(3 << 20);
    return 0;
}

static void check_set(void)
{
    struct exit exit;
    uint64_t value;

    vtl0_start((const void *)read_rows, 0, 0, 0);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_eq(rows[i].set_name, hv_set(VTL0, rows[i].number, rows[i].by_vtl2), 0);
        check_eq(rows[i].set_name, hv_get(VTL0, rows[i].number, &value), 0);
        check_eq(rows[i].set_name, value, rows[i].by_vtl2);
    }
    check_true("3.2 VTL0 runs with the registers that were set", vtl0_finish(&exit));
    for (size_t i = 0; i + 2 < COUNT_OF(rows); i++) {
        check_eq(rows[i].set_name, VTL0_OF(seen[i]), rows[i].by_vtl2);
    }
}

static void check_get(void)
{
    struct exit exit;
    uint64_t value;

    vtl0_start((const void *)write_rows, 0, 0, 0);
    vtl0_run(&exit);
    check_eq("3.2 VTL0 wrote its registers", exit.value, 1);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_eq(rows[i].get_name, hv_get(VTL0, rows[i].number, &value), 0);
        check_eq(rows[i].get_name, value, VTL0_OF(seen[i]));
    }
    check_eq("3.1 VTL0's SP_EL1 is its stack pointer", hv_must_get(VTL0, HV_REGISTER_sp_el1),
             VTL0_OF(stack_seen));
    check_eq("3.1 SP is SP_EL1 at EL1h", hv_must_get(VTL0, HV_REGISTER_SP), VTL0_OF(stack_seen));
    check_true("3.2 VTL0 went on", vtl0_finish(&exit));
}

/* ---- X18, X29, X30, PC, PSTATE, SP: registers_probe.S ---------------------------------------- */

static struct probe probe;

static void check_general(void)
{
    struct exit exit;
    struct vtl_regs *regs = &vp_self()->regs;
    uint64_t stack = (uintptr_t)vtl0_address(&probe) + sizeof(probe);

    vtl0_start((const void *)probe_entry, (uintptr_t)vtl0_address(&probe), 0, 0);
    check_eq("3.1 set PC",
             hv_set(VTL0, HV_REGISTER_PC, (uintptr_t)vtl0_address((const void *)probe_entry)), 0);
    check_eq("3.1 set PSTATE", hv_set(VTL0, HV_REGISTER_PSTATE, 0x600003c5), 0);
    check_eq("3.1 set X18", hv_set(VTL0, HV_REGISTER_X18, 0x1818181818181818), 0);
    check_eq("3.1 set X29", hv_set(VTL0, HV_REGISTER_FP, 0x2929292929292929), 0);
    check_eq("3.1 set X30", hv_set(VTL0, HV_REGISTER_LR, 0x3030303030303030), 0);
    check_eq("3.1 set SP_EL1", hv_set(VTL0, HV_REGISTER_sp_el1, stack), 0);
    regs->x[29] = 0x2929292929292929;
    regs->x[30] = 0x3030303030303030;
    vtl0_run(&exit);
    check_eq("3.1 VTL0 started at PC", exit.kind, EXIT_DOORBELL);
    const struct probe *from = &VTL0_OF(probe);
    check_eq("3.1 VTL0 got X18", from->x18, 0x1818181818181818);
    check_eq("3.1 VTL0 got X29", from->x29, 0x2929292929292929);
    check_eq("3.1 VTL0 got X30", from->x30, 0x3030303030303030);
    check_eq("3.1 VTL0 got SP", from->sp, stack);
    check_eq("3.1 VTL0 got NZCV", from->nzcv, 0x60000000);
    check_eq("3.1 VTL0 got DAIF", from->daif, 0x3c0);
    check_eq("3.1 VTL0 got EL1", from->current_el, 4);
    check_eq("3.1 get PC", hv_must_get(VTL0, HV_REGISTER_PC),
             (uintptr_t)vtl0_address((const void *)probe_after));
    check_eq("3.1 get PSTATE", hv_must_get(VTL0, HV_REGISTER_PSTATE) & 0xf00003cf, 0x900003c5);
    check_eq("3.1 get X18", hv_must_get(VTL0, HV_REGISTER_X18), 0x5151515151515151);
    if (!board.x29_shared) {
        check_eq("8.1 get X29 (private)", hv_must_get(VTL0, HV_REGISTER_FP), 0x5252525252525252);
        check_eq("8.1 get X30 (private)", hv_must_get(VTL0, HV_REGISTER_LR), 0x5353535353535353);
    }
}

/* A guest must not be put where VTL0 can't be. */
static void check_bad_pstate(void)
{
    static const uint64_t refused[] = {HV_STATUS_INVALID_REGISTER_VALUE,
                                       HV_STATUS_INVALID_PARAMETER};
    static const struct {
        const char *name;
        uint64_t pstate;
    } bad[] = {
        {"3.1 PSTATE of EL2 is refused", 0x3c9},
        {"3.1 PSTATE of EL3 is refused", 0x3cd},
        {"3.1 PSTATE of a reserved mode is refused", 0x3c2},
    };

    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        check_any(bad[i].name, hv_set(VTL0, HV_REGISTER_PSTATE, bad[i].pstate), refused,
                  COUNT_OF(refused));
    }
    hv_must_set(VTL0, HV_REGISTER_PSTATE, PSTATE_DAIF | PSTATE_EL1H);
}

/* ---- Batches, section 2.2 -------------------------------------------------------------------- */

static void check_batches(void)
{
    uint64_t *input = hv_input_page();

    for (uint32_t i = 0; i < 16; i++) {
        input[2 + i] = HV_REGISTER_X(2 * i) | (uint64_t)HV_REGISTER_X(2 * i + 1) << 32;
    }
    input[17] = HV_REGISTER_X(30) | (uint64_t)HV_REGISTER_PC << 32;
    input[0] = HV_PARTITION_ID_SELF;
    input[1] = HV_VP_INDEX_SELF | (uint64_t)VTL0 << 32;
    uint64_t result = hv_call(WAY_HVC1_MEMORY, HV_REP(HV_CALL_GET_VP_REGISTERS, 32), 18, 0, NULL);
    check_eq("2.2 32 names in one call", result, UINT64_C(32) << HV_RESULT_REP_SHIFT);
    check_eq("2.2 32 names in one call: the last", hv_output_page()[62],
             hv_must_get(VTL0, HV_REGISTER_PC));

    /* Private names: setting what the VTLs share would change the call's own registers under it. */
    for (uint32_t i = 0; i < 31; i++) {
        input[2 + 4 * i] = i < 30 ? HV_REGISTER_tpidr_el0 : HV_REGISTER_sp_el0;
        input[3 + 4 * i] = 0;
        input[4 + 4 * i] = 0x1000 + i;
        input[5 + 4 * i] = 0;
    }
    input[0] = HV_PARTITION_ID_SELF;
    input[1] = HV_VP_INDEX_SELF | (uint64_t)VTL0 << 32;
    result = hv_call(WAY_HVC1_MEMORY, HV_REP(HV_CALL_SET_VP_REGISTERS, 31), 126, 0, NULL);
    check_eq("2.3 31 registers set in one call", result, UINT64_C(31) << HV_RESULT_REP_SHIFT);
    check_eq("2.3 31 registers set in one call: the last", hv_must_get(VTL0, HV_REGISTER_sp_el0),
             0x1000 + 30);
    check_eq("2.3 31 registers set in one call: the last but one",
             hv_must_get(VTL0, HV_REGISTER_tpidr_el0), 0x1000 + 29);
}

static void check_identity(void)
{
    uint64_t value = 0;
    static const uint64_t refused[] = {HV_STATUS_INVALID_PARAMETER, HV_STATUS_ACCESS_DENIED,
                                       HV_STATUS_INVALID_REGISTER_VALUE};

    check_eq("3.2 MPIDR_EL1 of VTL0", hv_get(VTL0, HV_REGISTER_mpidr_el1, &value), 0);
    check_eq("3.2 MPIDR_EL1 of VTL0: affinity", value & MPIDR_AFFINITY_MASK, board.mpidr[0]);
    check_any("3.2 MPIDR_EL1 is read-only", hv_set(VTL0, HV_REGISTER_mpidr_el1, 5), refused,
              COUNT_OF(refused));
    check_eq("3.2 GicrBaseGpa", hv_get(VTL0, HV_REGISTER_GICR_BASE_GPA, &value), 0);
    check_eq("3.2 GicrBaseGpa: the VP's own", value, board.gicr);
}

static void run(void)
{
    check_set();
    check_get();
    check_general();
    check_bad_pstate();
    check_batches();
    check_identity();
    check_synthetic();
    check_register_page();
    check_events();
}

const struct program program = {.main = run};
