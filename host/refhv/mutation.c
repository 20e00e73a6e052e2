/* SPDX-License-Identifier: BSD-3-Clause */
#include "mutation.h"

#include "arm64.h"
#include "registers_el1.h"
#include "vgic_hw.h"

#include <stddef.h>
#include <string.h>

uint32_t mutation;

static const struct {
    const char *name;
    uint32_t iss;
    enum register_saver saver;
} rows[] = {
    [MUTATION_NONE] = {"", ISS_none, REGISTER_SAVER_NONE},
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, ...) \
    [MUTATION_##name] = {#name, ISS_##name, REGISTER_SAVER_##saver},
#define STATE(name, ...) [MUTATION_##name] = {#name, ISS_none, REGISTER_SAVER_NONE},
#include "registers.def"
};

bool mutation_choose(const char *name, uint64_t bytes)
{
    for (uint32_t i = MUTATION_NONE + 1; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strlen(rows[i].name) == bytes && memcmp(rows[i].name, name, bytes) == 0) {
            mutation = i;
            return true;
        }
    }
    return false;
}

bool mutation_traps(uint32_t iss)
{
    return rows[mutation].iss == iss && (rows[mutation].saver == REGISTER_SAVER_TRAP ||
                                         rows[mutation].saver == REGISTER_SAVER_HELD);
}

struct part {
    uint32_t row;
    uint64_t bits;
};

static uint64_t keep(const struct part *parts, size_t count, uint64_t next, uint64_t now)
{
    for (size_t i = 0; i < count; i++) {
        if (mutation == parts[i].row) {
            return (next & ~parts[i].bits) | (now & parts[i].bits);
        }
    }
    return next;
}

uint64_t mutation_vmcr(uint64_t next, uint64_t now)
{
    static const struct part parts[] = {
        {MUTATION_icc_pmr_el1, UINT64_C(0xff) << ICH_VMCR_PMR_SHIFT},
        {MUTATION_icc_bpr0_el1, UINT64_C(7) << ICH_VMCR_BPR0_SHIFT},
        {MUTATION_icc_bpr1_el1, UINT64_C(7) << ICH_VMCR_BPR1_SHIFT},
        {MUTATION_icc_ctlr_el1, ICH_VMCR_EOIM | ICH_VMCR_CBPR},
        {MUTATION_icc_igrpen0_el1, ICH_VMCR_GROUP0},
        {MUTATION_icc_igrpen1_el1, ICH_VMCR_GROUP1},
    };

    return keep(parts, sizeof(parts) / sizeof(parts[0]), next, now);
}

uint64_t mutation_pstate(uint64_t next, uint64_t now)
{
    static const struct part parts[] = {
        {MUTATION_spsel, 1},
        {MUTATION_currentel, UINT64_C(0xc)},
        {MUTATION_pan, PSTATE_PAN},
        {MUTATION_uao, PSTATE_UAO},
        {MUTATION_nzcv, PSTATE_NZCV_MASK},
        {MUTATION_daif, PSTATE_DAIF},
        {MUTATION_dit, PSTATE_DIT},
        {MUTATION_ssbs, PSTATE_SSBS},
        {MUTATION_tco, PSTATE_TCO},
        {MUTATION_pstate, ~UINT64_C(0)},
    };

    return keep(parts, sizeof(parts) / sizeof(parts[0]), next, now);
}
