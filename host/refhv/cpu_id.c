/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ID registers as both VTLs see them: the CPU's own, less the features that bring state which a VTL switch
 * does not keep apart, or devices that refhv does not hand out. Source: Arm ARM D19.2.61 and following.
 */
#include "cpu.h"
#include "el2_regs.h"
#include "stage2.h"

#include <stddef.h>

#define ID_ROW(crm)                                  \
    SYSREG_READ_AS(id_##crm##_0, s3_0_c0_c##crm##_0) \
    SYSREG_READ_AS(id_##crm##_1, s3_0_c0_c##crm##_1) \
    SYSREG_READ_AS(id_##crm##_2, s3_0_c0_c##crm##_2) \
    SYSREG_READ_AS(id_##crm##_3, s3_0_c0_c##crm##_3) \
    SYSREG_READ_AS(id_##crm##_4, s3_0_c0_c##crm##_4) \
    SYSREG_READ_AS(id_##crm##_5, s3_0_c0_c##crm##_5) \
    SYSREG_READ_AS(id_##crm##_6, s3_0_c0_c##crm##_6) \
    SYSREG_READ_AS(id_##crm##_7, s3_0_c0_c##crm##_7)
#define ID_POINTERS(crm)                                                            \
    {                                                                               \
        read_id_##crm##_0, read_id_##crm##_1, read_id_##crm##_2, read_id_##crm##_3, \
        read_id_##crm##_4, read_id_##crm##_5, read_id_##crm##_6, read_id_##crm##_7, \
    }

ID_ROW(1)
ID_ROW(2)
ID_ROW(3)
ID_ROW(4)
ID_ROW(5)
ID_ROW(6)
ID_ROW(7)

static uint64_t (*const id_read[7][8])(void) = {
    ID_POINTERS(1), ID_POINTERS(2), ID_POINTERS(3), ID_POINTERS(4),
    ID_POINTERS(5), ID_POINTERS(6), ID_POINTERS(7),
};

#define FIELD(shift) (UINT64_C(0xf) << (shift))
#define ALL (~UINT64_C(0))

struct id_hidden {
    uint8_t crm;
    uint8_t op2;
    uint64_t fields;
};

/* Fields that read as zero in VTL2 alone: it has neither SVE nor SME nor a PMU of its own (cpu_trap_vtl). */
static const struct id_hidden hidden_vtl2[] = {
    {4, 0, FIELD(32)}, /* PFR0: SVE */
    {4, 1, FIELD(24)}, /* PFR1: SME */
    {4, 4, ALL},       /* ZFR0 */
    {4, 5, ALL},       /* SMFR0 */
    {5, 0, FIELD(8)},  /* DFR0: PMUVer */
};

/* Fields that read as zero in both. */
static const struct id_hidden hidden_always[] = {
    /* PFR0: RME, MPAM. */
    {4, 0, FIELD(52) | FIELD(40)},
    /* PFR1: PFAR, DF2, MTEX, THE, GCS, MTE_frac, NMI, CSV2_frac, MPAM_frac. */
    {4, 1,
     FIELD(60) | FIELD(56) | FIELD(52) | FIELD(48) | FIELD(44) | FIELD(40) | FIELD(36) | FIELD(32) |
         FIELD(16)},
    {4, 2, ALL},
    /* DFR0: HPMN0, ExtTrcBuff, BRBE, TraceBuffer, TraceFilt, PMSVer, TraceVer. */
    {5, 0, FIELD(60) | FIELD(56) | FIELD(52) | FIELD(44) | FIELD(40) | FIELD(32) | FIELD(4)},
    {5, 1, ALL},
    /* ISAR1: LS64. ISAR2: SYSREG_128, SYSINSTR_128. */
    {6, 1, FIELD(60)},
    {6, 2, FIELD(32) | FIELD(36)},
    /* MMFR1: LO. MMFR3: TCR2, SCTLR2, PIE, POE, AIE, MEC, D128 and the like. */
    {7, 1, FIELD(16)},
    {7, 3, ALL},
};

static uint64_t hide(uint64_t value, const struct id_hidden *rows, size_t count, unsigned crm,
                     unsigned op2)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].crm == crm && rows[i].op2 == op2) {
            value &= ~rows[i].fields;
        }
    }
    return value;
}

/* A field of more than one says that there is more of the feature: it is seen as one. */
static uint64_t at_most_one(uint64_t value, unsigned shift)
{
    if (((value >> shift) & 0xf) > 1) {
        value = (value & ~FIELD(shift)) | (UINT64_C(1) << shift);
    }
    return value;
}

bool cpu_id_register(unsigned slot, unsigned crm, unsigned op2, uint64_t *value)
{
    if (crm < 1 || crm > 7 || op2 > 7) {
        return false;
    }
    uint64_t seen = id_read[crm - 1][op2]();
    seen = hide(seen, hidden_always, sizeof(hidden_always) / sizeof(hidden_always[0]), crm, op2);
    if (slot == SLOT_VTL2) {
        seen = hide(seen, hidden_vtl2, sizeof(hidden_vtl2) / sizeof(hidden_vtl2[0]), crm, op2);
    }
    if (crm == 4 && op2 == 0) {
        /* PFR0.CSV2: without SCXTNUM_ELx, which would be private state (HCR_EL2.EnSCXT is 0). */
        seen = at_most_one(seen, 56);
    }
    if (crm == 4 && op2 == 1) {
        /* PFR1.MTE: tags would be shared memory state of both VTLs, so instructions only. */
        seen = at_most_one(seen, 8);
    }
    *value = seen;
    return true;
}
