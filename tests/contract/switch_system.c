/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System registers across a switch: section 8.1's private list, a row each. Both VTLs fill each
 * with patterns of their own and find them again. "kept": no source says whose it is (8.4 C8);
 * VTL2 leaves it alone, and VTL0's value has to survive.
 */
#include "switch.h"

SYSREG_READER(id_aa64dfr0_el1, "id_aa64dfr0_el1")

enum need { ALWAYS, NEED_PMU, NEED_SVE, NEED_PAC, NEED_SCXT };

/* ROW(name, encoding, VTL2's pattern, VTL0's pattern, what it takes). Nothing is enabled by any. */
#define PRIVATE_ROWS(ROW)                                                               \
    ROW(sctlr_el1, "sctlr_el1", 0x30d08800, 0x34d00800, ALWAYS)                         \
    ROW(cpacr_el1, "cpacr_el1", 0x330000, 0x130000, ALWAYS)                             \
    ROW(ttbr0_el1, "ttbr0_el1", 0x0012000047001000, 0x0034000047002000, ALWAYS)         \
    ROW(ttbr1_el1, "ttbr1_el1", 0x0056000047003000, 0x0078000047004000, ALWAYS)         \
    ROW(tcr_el1, "tcr_el1", 0x580803511, 0x500903510, ALWAYS)                           \
    ROW(mair_el1, "mair_el1", 0x44aa00ff44aa00ff, 0xffbb4400, ALWAYS)                   \
    ROW(esr_el1, "esr_el1", 0x56001234, 0x96004321, ALWAYS)                             \
    ROW(far_el1, "far_el1", 0xffff123456789abc, 0xffffabcdef012345, ALWAYS)             \
    ROW(elr_el1, "elr_el1", 0xffff000011112220, 0xffff000033334440, ALWAYS)             \
    ROW(spsr_el1, "spsr_el1", 0x600003c4, 0x900003c5, ALWAYS)                           \
    ROW(sp_el0, "sp_el0", 0x123412341230, 0x432143214320, ALWAYS)                       \
    ROW(contextidr_el1, "contextidr_el1", 0x11223344, 0x55667788, ALWAYS)               \
    ROW(tpidr_el0, "tpidr_el0", 0x1111222233334444, 0x4444333322221111, ALWAYS)         \
    ROW(tpidr_el1, "tpidr_el1", 0x5555666677778888, 0x8888777766665555, ALWAYS)         \
    ROW(tpidrro_el0, "tpidrro_el0", 0x9999aaaabbbbcccc, 0xccccbbbbaaaa9999, ALWAYS)     \
    ROW(afsr0_el1, "afsr0_el1", 0, 0, ALWAYS)                                           \
    ROW(afsr1_el1, "afsr1_el1", 0, 0, ALWAYS)                                           \
    ROW(amair_el1, "amair_el1", 0, 0, ALWAYS)                                           \
    ROW(cntkctl_el1, "cntkctl_el1", 2, 1, ALWAYS)                                       \
    ROW(cntv_cval_el0, "cntv_cval_el0", 0x7fffffff00000000, 0x7fffffff11110000, ALWAYS) \
    ROW(icc_pmr_el1, "S3_0_C4_C6_0", 0xd0, 0xc0, ALWAYS)                                \
    ROW(icc_bpr1_el1, "S3_0_C12_C12_3", 5, 6, ALWAYS)                                   \
    ROW(icc_igrpen1_el1, "S3_0_C12_C12_7", 1, 0, ALWAYS)                                \
    ROW(mdscr_el1, "mdscr_el1", 0x1000, 0, ALWAYS)                                      \
    ROW(dbgbvr0_el1, "dbgbvr0_el1", 0x1000, 0x2000, ALWAYS)                             \
    ROW(dbgbcr0_el1, "dbgbcr0_el1", 0x1e4, 0x1e2, ALWAYS)                               \
    ROW(dbgbvr1_el1, "dbgbvr1_el1", 0x3000, 0x4000, ALWAYS)                             \
    ROW(dbgwvr0_el1, "dbgwvr0_el1", 0x5000, 0x6000, ALWAYS)                             \
    ROW(dbgwcr0_el1, "dbgwcr0_el1", 0x1ffc, 0x1ffa, ALWAYS)                             \
    ROW(pmselr_el0, "pmselr_el0", 1, 2, NEED_PMU)                                       \
    ROW(pmuserenr_el0, "pmuserenr_el0", 1, 2, NEED_PMU)                                 \
    ROW(pmccfiltr_el0, "pmccfiltr_el0", 0x80000000, 0x40000000, NEED_PMU)               \
    ROW(pmevtyper0_el0, "pmevtyper0_el0", 0x11, 0x08, NEED_PMU)                         \
    ROW(pmevcntr0_el0, "pmevcntr0_el0", 0x1234, 0x4321, NEED_PMU)                       \
    ROW(zcr_el1, "S3_0_C1_C2_0", 0, 1, NEED_SVE)                                        \
    ROW(scxtnum_el0, "S3_3_C13_C0_7", 0x11112222, 0x33334444, NEED_SCXT)                \
    ROW(scxtnum_el1, "S3_0_C13_C0_7", 0x55556666, 0x77778888, NEED_SCXT)

/* ROW(name, encoding, VTL0's pattern, what it takes). */
#define KEPT_ROWS(ROW)                                               \
    ROW(par_el1, "par_el1", 0x47000b80, ALWAYS)                      \
    ROW(csselr_el1, "csselr_el1", 2, ALWAYS)                         \
    ROW(apiakeylo_el1, "S3_0_C2_C1_0", 0x1020304050607080, NEED_PAC) \
    ROW(apiakeyhi_el1, "S3_0_C2_C1_1", 0x1121314151617181, NEED_PAC) \
    ROW(apibkeylo_el1, "S3_0_C2_C1_2", 0x1222324252627282, NEED_PAC) \
    ROW(apdakeylo_el1, "S3_0_C2_C2_0", 0x1323334353637383, NEED_PAC) \
    ROW(apgakeyhi_el1, "S3_0_C2_C3_1", 0x1424344454647484, NEED_PAC)

/* Filled last and restored first, so that an exception by any other is seen. */
#define VECTOR_ROW(ROW) ROW(vbar_el1, "vbar_el1", 0x47008000, 0x47010000, ALWAYS)

#define ACCESS_PRIVATE(name, encoding, own, guest, need) SYSREG(private_##name, encoding)
#define ACCESS_KEPT(name, encoding, guest, need) SYSREG(kept_##name, encoding)
PRIVATE_ROWS(ACCESS_PRIVATE)
VECTOR_ROW(ACCESS_PRIVATE)
KEPT_ROWS(ACCESS_KEPT)

struct system_row {
    const char *name;
    uint64_t (*read)(void);
    void (*write)(uint64_t value);
    uint64_t own;
    uint64_t guest;
    enum need need;
    bool kept;
};

#define TABLE_PRIVATE(name, encoding, own, guest, need) \
    {"8.1 " #name " is private",                        \
     sysreg_read_private_##name,                        \
     sysreg_write_private_##name,                       \
     own,                                               \
     guest,                                             \
     need,                                              \
     false},
#define TABLE_KEPT(name, encoding, guest, need) \
    {"8.4 " #name " of VTL0 survives",          \
     sysreg_read_kept_##name,                   \
     sysreg_write_kept_##name,                  \
     0,                                         \
     guest,                                     \
     need,                                      \
     true},
static const struct system_row rows[] = {PRIVATE_ROWS(TABLE_PRIVATE) KEPT_ROWS(TABLE_KEPT)
                                             VECTOR_ROW(TABLE_PRIVATE)};

struct row_values {
    uint64_t saved[COUNT_OF(rows)];
    uint64_t written[COUNT_OF(
        rows)]; /* read back at once: with what the CPU doesn't implement left out */
    uint64_t found[COUNT_OF(rows)];
};
static struct row_values values;

static bool sve_usable;

static bool pmu_claimed(void)
{
    uint64_t version = sysreg_read_id_aa64dfr0_el1() >> 8 & 0xf;

    return version != 0 && version != 0xf;
}

/* What the ID registers claim has to be there. Once, before VTL0's copy of this is used. */
void find_features(void)
{
    bool claimed = (sysreg_read_id_aa64pfr0_el1() >> 32 & 0xf) != 0;

    if (claimed) {
        sysreg_write_private_cpacr_el1(0x330000);
        exception_expect();
        (void)sysreg_read_private_zcr_el1();
        sve_usable = exception_took() == 0;
        check_true("8.1 SVE can be used where ID_AA64PFR0_EL1 says that it is there", sve_usable);
    }
    VTL0_OF(sve_usable) = sve_usable;
    if (pmu_claimed()) {
        uint64_t before = sysreg_read_private_pmccfiltr_el0();
        sysreg_write_private_pmccfiltr_el0(0x80000000);
        check_eq("8.1 a PMU can be used where ID_AA64DFR0_EL1 says that it is there",
                 sysreg_read_private_pmccfiltr_el0(), 0x80000000);
        sysreg_write_private_pmccfiltr_el0(before);
    }
}

static bool needed_is_there(enum need need)
{
    switch (need) {
    case NEED_PMU:
        return pmu_claimed();
    case NEED_SVE:
        return sve_usable;
    case NEED_PAC:
        return (sysreg_read_id_aa64isar1_el1() & 0xff0) != 0;
    case NEED_SCXT:
        return (sysreg_read_id_aa64pfr0_el1() >> 56 & 0xf) >= 2;
    case ALWAYS:
    default:
        return true;
    }
}

/* SVE at EL1 and EL0 is not trapped; CPACR_EL1.FPEN, ZEN. */
static void sve_enable(void)
{
    if (needed_is_there(NEED_SVE)) {
        sysreg_write_private_cpacr_el1(0x330000);
    }
}

static bool row_is_used(const struct system_row *row, bool guest)
{
    return needed_is_there(row->need) && (guest || !row->kept);
}

/* VTL2: what is filled can be undone. Nothing but the switch may happen in between. */
static void rows_fill(bool guest)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (row_is_used(&rows[i], guest)) {
            values.saved[i] = rows[i].read();
            rows[i].write(guest ? rows[i].guest : rows[i].own);
            values.written[i] = rows[i].read();
        }
    }
}

static void row_replace(uint64_t (*read)(void), uint64_t value)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (rows[i].read == read) {
            rows[i].write(value);
            values.written[i] = value;
        }
    }
}

static void rows_restore(bool guest)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (row_is_used(&rows[i], guest)) {
            values.found[i] = rows[i].read();
        }
    }
    for (size_t i = COUNT_OF(rows); i-- > 0;) {
        if (row_is_used(&rows[i], guest)) {
            rows[i].write(values.saved[i]);
        }
    }
}

/* A register that takes no pattern proves nothing: say so. */
static void rows_note_empty(void)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (row_is_used(&rows[i], false) && rows[i].own != 0 && values.written[i] == 0) {
            note(rows[i].name, values.written[i]);
        }
    }
}

static void rows_check(const struct row_values *from, bool guest, const char *whose)
{
    check_way(whose);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        if (row_is_used(&rows[i], guest)) {
            check_eq(rows[i].name, from->found[i], from->written[i]);
        }
    }
}

static uint64_t system_guest(uint64_t event)
{
    sve_enable();
    rows_fill(true);
    event_happen((enum event)event);
    rows_restore(true);
    return 0;
}

void check_system_registers(enum event event)
{
    struct exit exit;
    static const char *const names[2][EVENTS] = {
        {"VTL2, intercept", "VTL2, interrupt", "VTL2, vtl call"},
        {"VTL0, intercept", "VTL0, interrupt", "VTL0, vtl call"},
    };

    vtl0_start((const void *)system_guest, event, 0, 0);
    event_arm(event);
    sve_enable();
    uint64_t deadline = sysreg_read_cntv_cval_el0();
    rows_fill(false);
    if (event == EVENT_INTERRUPT) {
        row_replace(sysreg_read_private_cntv_cval_el0, deadline);
    }
    vtl0_run(&exit);
    rows_restore(false);
    event_check(event, &exit);
    rows_note_empty();
    rows_check(&values, false, names[0][event]);
    vtl0_run(&exit);
    check_eq("8 VTL0 went on", exit.kind, EXIT_DOORBELL);
    rows_check(&VTL0_OF(values), true, names[1][event]);
    check_way(event_names[event]);
}

/* ---- P0..P15 and FFR ------------------------------------------------------------------------- */

static struct predicates predicates_block;

static void predicates_fill(struct predicates *to, uint8_t first)
{
    for (size_t i = 0; i < 17; i++) {
        for (size_t j = 0; j < 32; j++) {
            /* FFR has to be a run of ones from the lowest element (Arm ARM, SVE FFR). */
            to->bytes[i][j] =
                i == 16 ? (uint8_t)(j == 0 ? first : 0) : (uint8_t)(first + 8 * i + j);
        }
    }
}

static uint64_t predicates_wrong(const struct predicates *from, uint8_t first)
{
    uint64_t wrong = 0;

    for (size_t i = 0; i < 17; i++) {
        /* 16 bits of a predicate exist at every vector length. */
        wrong |=
            from->bytes[i][0] != (uint8_t)(i == 16 ? first : first + 8 * i) ? UINT64_C(1) << i : 0;
    }
    return wrong;
}

static uint64_t predicates_guest(uint64_t event)
{
    sve_enable();
    predicates_fill(&predicates_block, 0x07);
    predicates_load(&predicates_block);
    event_happen((enum event)event);
    predicates_store(&predicates_block);
    return 0;
}

void check_predicates(enum event event)
{
    static struct predicates own;
    struct exit exit;

    if (!needed_is_there(NEED_SVE)) {
        return;
    }
    sve_enable();
    vtl0_start((const void *)predicates_guest, event, 0, 0);
    event_arm(event);
    predicates_fill(&own, 0x03);
    predicates_load(&own);
    vtl0_run(&exit);
    predicates_store(&own);
    event_check(event, &exit);
    check_eq("8.1 P0..P15, FFR are private: VTL2's own", predicates_wrong(&own, 0x03), 0);
    vtl0_run(&exit);
    check_eq("8 VTL0 went on", exit.kind, EXIT_DOORBELL);
    check_eq("8.1 P0..P15, FFR are private: VTL0's own",
             predicates_wrong(&VTL0_OF(predicates_block), 0x07), 0);
}
