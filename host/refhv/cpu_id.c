/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ID registers as both VTLs see them: the CPU's own, less the features that bring state which a VTL switch
 * does not keep apart, or devices that refhv does not hand out. Source: Arm ARM D19.2.61 and following.
 */
#include "cpu.h"
#include "el2_regs.h"

#include <stddef.h>

#define FIELD(shift) (UINT64_C(0xf) << (shift))
#define ALL (~UINT64_C(0))

/* The rows that registers.def calls trapped and read-only: identification, and ERRIDR_EL1, which is not asked for here. */
static uint64_t id_read(uint32_t iss)
{
#define CASE_RW(name)
#define CASE_WO(name)
#define CASE_RO(name) \
    case ISS_##name:  \
        return read_##name();
#define CASE_PRIVATE(name, access)
#define CASE_SHARED(name, access)
#define CASE_GUARDED(name, access)
#define CASE_ABSENT(name, access)
#define CASE_TRAPPED(name, access) CASE_##access(name)
    switch (iss) {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, ...) \
    CASE_##class(name, access)
#include "registers.def"
    default:
        return 0;
    }
}

struct id_fields {
    uint32_t iss;
    uint64_t fields;
};

/* Fields that read as zero in VTL2 alone: it has neither SVE nor SME nor a PMU of its own (struct cpu_traps). */
static const struct id_fields hidden_vtl2[] = {
    {ISS_id_aa64pfr0_el1, FIELD(32)}, /* SVE */
    {ISS_id_aa64pfr1_el1, FIELD(24)}, /* SME */
    {ISS_id_aa64zfr0_el1, ALL},       {ISS_id_aa64smfr0_el1, ALL},
    {ISS_id_aa64dfr0_el1, FIELD(8)}, /* PMUVer */
    {ISS_id_dfr0_el1, FIELD(24)},    /* PerfMon */
};

/* Fields that read as zero in both. */
static const struct id_fields hidden_always[] = {
    {ISS_id_pfr0_el1, FIELD(20)},                         /* AMU */
    {ISS_id_dfr0_el1, FIELD(28) | FIELD(16) | FIELD(12)}, /* TraceFilt, MMapTrc, CopTrc */
    /* RME, AMU, MPAM. */
    {ISS_id_aa64pfr0_el1, FIELD(52) | FIELD(44) | FIELD(40)},
    /* PFAR, DF2, MTEX, THE, GCS, MTE_frac, NMI, CSV2_frac, MPAM_frac. */
    {ISS_id_aa64pfr1_el1, FIELD(60) | FIELD(56) | FIELD(52) | FIELD(48) | FIELD(44) | FIELD(40) |
                              FIELD(36) | FIELD(32) | FIELD(16)},
    {ISS_id_aa64pfr2_el1, ALL},
    {ISS_id_aa64fpfr0_el1, ALL}, /* FP8 needs FPMR */
    /* HPMN0, ExtTrcBuff, BRBE, TraceBuffer, TraceFilt, PMSVer, TraceVer. */
    {ISS_id_aa64dfr0_el1,
     FIELD(60) | FIELD(56) | FIELD(52) | FIELD(44) | FIELD(40) | FIELD(32) | FIELD(4)},
    {ISS_id_aa64dfr1_el1, ALL},
    {ISS_id_aa64dfr2_el1, ALL},
    {ISS_id_aa64isar1_el1, FIELD(60)},             /* LS64 */
    {ISS_id_aa64isar2_el1, FIELD(32) | FIELD(36)}, /* SYSREG_128, SYSINSTR_128 */
    {ISS_id_aa64mmfr1_el1, FIELD(16)},             /* LO */
    {ISS_id_aa64mmfr3_el1, ALL}, /* TCR2, SCTLR2, PIE, POE, AIE, MEC, D128 and the like */
};

/* A field of more than this says that there is more of the feature: it is seen as this. */
static const struct id_limit {
    uint32_t iss;
    unsigned shift;
    uint64_t most;
} limits[] = {
    {ISS_id_aa64pfr0_el1, 56, 1}, /* CSV2: without SCXTNUM_ELx (HCR_EL2.EnSCXT is 0) */
    {ISS_id_aa64pfr1_el1, 8,
     1}, /* MTE: tags would be memory state of both VTLs; instructions only */
    {ISS_id_aa64dfr0_el1, 0, 10}, /* DebugVer: without MDSELR_EL1 */
    {ISS_id_aa64dfr0_el1, 8, 8},  /* PMUVer: without PMUACR_EL1 */
};
#define PMU_OTHER (UINT64_C(0xf) << 8)

static uint64_t hide(uint64_t value, const struct id_fields *rows, size_t count, uint32_t iss)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].iss == iss) {
            value &= ~rows[i].fields;
        }
    }
    return value;
}

static uint64_t limit(uint64_t value, uint32_t iss)
{
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        const struct id_limit *row = &limits[i];
        if (row->iss == iss && ID_FIELD(value, row->shift) > row->most) {
            value = (value & ~FIELD(row->shift)) | row->most << row->shift;
        }
    }
    return value;
}

static uint64_t id_seen(unsigned slot, uint32_t iss)
{
    uint64_t seen = id_read(iss);

    if (iss == ISS_id_aa64dfr0_el1 && (seen & FIELD(8)) == PMU_OTHER) {
        seen &= ~FIELD(8); /* not the architecture's */
    }
    seen = hide(seen, hidden_always, sizeof(hidden_always) / sizeof(hidden_always[0]), iss);
    if (slot == SLOT_VTL2) {
        seen = hide(seen, hidden_vtl2, sizeof(hidden_vtl2) / sizeof(hidden_vtl2[0]), iss);
    }
    return limit(seen, iss);
}

bool cpu_id_register(unsigned slot, unsigned crm, unsigned op2, uint64_t *value)
{
    if (crm < 1 || crm > 7 || op2 > 7) {
        return false;
    }
    *value = id_seen(slot, REGISTER_ISS(3, 0, 0, crm, op2));
    return true;
}

bool cpu_offers(unsigned slot, enum register_feature feature)
{
    static const struct {
        uint32_t iss;
        unsigned shift;
        uint64_t least;
    } features[] = {
#define X(word, id, shift, least) {ISS_##id, shift, least},
        REGISTER_FEATURES(X)
#undef X
    };

    if (feature == REGISTER_FEATURE_PAUTH) {
        return cpu.pauth; /* any of three fields says so */
    }
    return features[feature].iss == ISS_none ||
           ID_FIELD(id_seen(slot, features[feature].iss), features[feature].shift) >=
               features[feature].least;
}
