/* SPDX-License-Identifier: BSD-3-Clause */
/* The register table as data, and what of it this machine has. */
#include "rows.h"

const struct row rows[ROW_COUNT] = {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, hyperv, ...) \
    {#name,                                                                                 \
     "8 " #name " " #class " " #saver,                                                      \
     op0,                                                                                   \
     op1,                                                                                   \
     crn,                                                                                   \
     crm,                                                                                   \
     op2,                                                                                   \
     REGISTER_ACCESS_##access,                                                              \
     REGISTER_FEATURE_##feature,                                                            \
     REGISTER_CLASS_##class,                                                                \
     REGISTER_SAVER_##saver,                                                                \
     hyperv},
#include "registers.def"
};

struct feature_field {
    enum row_index id;
    uint8_t shift;
    uint8_t least;
};
static const struct feature_field features[] = {
#define X(word, id, shift, least) {ROW_##id, shift, least},
    REGISTER_FEATURES(X)
#undef X
};

SYSREG(sctlr_el1, "sctlr_el1")
SYSREG_WRITER(cpacr_el1, "cpacr_el1")
SYSREG_WRITER(cntkctl_el1, "cntkctl_el1")
SYSREG(mdscr_el1, "mdscr_el1")

static const void *code_of(enum row_index index, unsigned offset)
{
    return row_code + index * ROW_CODE_BYTES + offset;
}

static struct row_access access(enum row_index index, unsigned offset, uint64_t value, bool el0)
{
    uint8_t map[ROW_CODE_BYTES / 4] = {0};
    struct probe probe = {
        .code = (uintptr_t)code_of(index, offset),
        .el0 = el0,
        .map = map,
        .value = value,
    };

    barrier();
    probe_run(&probe);
    barrier();
    return (struct row_access){.value = probe.value, .trap = ((volatile uint8_t *)map)[0]};
}

struct row_access row_read(enum row_index index)
{
    return access(index, 0, 0, false);
}

struct row_access row_read_el0(enum row_index index)
{
    return access(index, 0, 0, true);
}

struct row_access row_write(enum row_index index, uint64_t value)
{
    return access(index, ROW_CODE_WRITE, value, false);
}

struct row_access row_swap(enum row_index index, uint64_t value)
{
    return access(index, ROW_CODE_SWAP, value, false);
}

uint64_t row_get(enum row_index index)
{
    uint64_t (*const read)(void) = (uint64_t (*)(void))(uintptr_t)code_of(index, 0);

    return read();
}

void row_put(enum row_index index, uint64_t value)
{
    void (*const write)(uint64_t) = (void (*)(uint64_t))(uintptr_t)code_of(index, ROW_CODE_WRITE);

    write(value);
}

static uint64_t field(enum row_index id, unsigned shift)
{
    return row_read(id).value >> shift & 0xf;
}

bool row_feature_offered(enum register_feature feature)
{
    const struct feature_field *at = &features[feature];

    if (feature == REGISTER_FEATURE_PAUTH) {
        /* Any of the algorithms: ID_AA64ISAR1_EL1.APA, API, ID_AA64ISAR2_EL1.APA3. */
        return field(ROW_id_aa64isar1_el1, 4) != 0 || field(ROW_id_aa64isar1_el1, 8) != 0 ||
               field(ROW_id_aa64isar2_el1, 12) != 0;
    }
    if (at->id == ROW_none) {
        return true;
    }
    uint64_t value = field(at->id, at->shift);
    /* ID_AA64DFR0_EL1.PMUVer: 15 is a PMU that is not the architecture's. */
    return value >= at->least && !(feature == REGISTER_FEATURE_PMU && value == 15);
}

static bool feature_is_held(enum register_feature feature)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].feature == feature && rows[i].saver == REGISTER_SAVER_HELD) {
            return true;
        }
    }
    return false;
}

uint64_t row_id_fields_held(enum row_index index)
{
    uint64_t fields = 0;

    if (index == ROW_id_aa64zfr0_el1 || index == ROW_id_aa64smfr0_el1) {
        return ~UINT64_C(0); /* of SVE and SME alone */
    }
    if (index == ROW_id_dfr0_el1 && feature_is_held(REGISTER_FEATURE_PMU)) {
        fields |= UINT64_C(0xf) << 24; /* PerfMon: the same in the words of AArch32 */
    }
    for (unsigned i = 0; i < COUNT_OF(features); i++) {
        if (features[i].id == index && feature_is_held((enum register_feature)i)) {
            fields |= UINT64_C(0xf) << features[i].shift;
        }
    }
    return fields;
}

/* ID_AA64DFR0_EL1.BRPs and WRPs are the number less one. */
static bool debug_beyond(const struct row *row)
{
    if (row->op0 != 2 || row->op1 != 0 || row->crn != 0 || row->op2 < 4) {
        return false;
    }
    return row->crm > field(ROW_id_aa64dfr0_el1, row->op2 < 6 ? 12 : 20);
}

/* PMCR_EL0.N is the number of PMEVCNTRn_EL0 and PMEVTYPERn_EL0. */
static bool counter_beyond(const struct row *row)
{
    const unsigned n = (row->crm & 3u) * 8u + row->op2;

    if (row->op0 != 3 || row->op1 != 3 || row->crn != 14 || row->crm < 8 || n == 31) {
        return false;
    }
    return n >= (row_read(ROW_pmcr_el0).value >> 11 & 0x1f);
}

/* ICC_CTLR_EL1.PRIbits: 5 bits need one register, 6 need two, 7 four (IHI 0069H, 12.2.3). */
static bool priority_beyond(enum row_index index)
{
    const uint64_t bits = (row_read(ROW_icc_ctlr_el1).value >> 8 & 7) + 1;

    if ((index >= ROW_icc_ap0r1_el1 && index <= ROW_icc_ap0r3_el1) ||
        (index >= ROW_icc_ap1r1_el1 && index <= ROW_icc_ap1r3_el1)) {
        const unsigned n = rows[index].op2 & 3u;
        return bits <= 5 || (bits == 6 && n > 1);
    }
    return false;
}

bool row_beyond_count(enum row_index index)
{
    return debug_beyond(&rows[index]) || counter_beyond(&rows[index]) || priority_beyond(index);
}

bool row_offered(enum row_index index)
{
    const struct row *row = &rows[index];

    if (row->class == REGISTER_CLASS_ABSENT || row->class == REGISTER_CLASS_GUARDED ||
        (row->saver == REGISTER_SAVER_TRAP && row->class != REGISTER_CLASS_TRAPPED)) {
        return false;
    }
    return row->access != REGISTER_ACCESS_EL2 && row->access != REGISTER_ACCESS_DEBUG_STATE &&
           row_feature_offered(row->feature) && !row_beyond_count(index);
}

/*
 * What the board leaves out: QEMU has no external debugger, and up to 7.2 none of the registers that talk to one.
 * PMMIR_EL1 is there from PMUv3p4 on (ID_AA64DFR0_EL1.PMUVer 5). QEMU up to 8.2 traps CNTPCT_EL0 at EL0 to EL2
 * by the wrong bit of CNTHCTL_EL2, that of CNTP.
 */
static const uint16_t may_miss[] = {
    ROW_osdtrrx_el1,       ROW_osdtrtx_el1,     ROW_oseccr_el1,
    ROW_dbgprcr_el1,       ROW_dbgclaimset_el1, ROW_dbgclaimclr_el1,
    ROW_dbgauthstatus_el1, ROW_dbgdtr_el0,      ROW_dbgdtrrx_el0,
};

bool row_may_miss(enum row_index index, bool el0)
{
    for (size_t i = 0; i < COUNT_OF(may_miss); i++) {
        if (may_miss[i] == index) {
            return true;
        }
    }
    return (index == ROW_pmmir_el1 && field(ROW_id_aa64dfr0_el1, 8) < 5) ||
           (index == ROW_cntpct_el0 && el0);
}

/* SCTLR_EL1.UMA, UCT, EnTP2, not TSCXT; CNTKCTL_EL1: counters and timers; PMUSERENR_EL0; MDSCR_EL1.TDCC. */
void row_open_el0(void)
{
    sysreg_write_sctlr_el1(
        (sysreg_read_sctlr_el1() | UINT64_C(1) << 9 | UINT64_C(1) << 15 | UINT64_C(1) << 60) &
        ~(UINT64_C(1) << 20));
    sysreg_write_cpacr_el1(0x03330000);
    sysreg_write_cntkctl_el1(0x303);
    sysreg_write_mdscr_el1(sysreg_read_mdscr_el1() & ~(UINT64_C(1) << 12));
    (void)row_write(ROW_pmuserenr_el0, 0xf);
}
