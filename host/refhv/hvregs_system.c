/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers of EL1 and EL0 by name: the rows of registers.def that have a Hyper-V number, so that what is kept apart
 * and what has a name can't drift apart. Each is found where its saver has it: in the hardware for the VTL that it
 * holds, else in the VTL's saved state. A VTL has the names of the features that its ID registers tell of.
 */
#include "arm64.h"
#include "cpu.h"
#include "el2_regs.h"
#include "fp_registers.h"
#include "gic.h"
#include "hvregs_private.h"
#include "register_try.h"

/* Every row as a function from value to value, for register_try(). */
#define GET(name)                                \
    static uint64_t get_##name(uint64_t ignored) \
    {                                            \
        (void)ignored;                           \
        return read_##name();                    \
    }
#define SET(name)                              \
    static uint64_t set_##name(uint64_t value) \
    {                                          \
        write_##name(value);                   \
        return value;                          \
    }
#define ACCESS_RW(name) GET(name) SET(name)
#define ACCESS_EL2(name) GET(name) SET(name)
#define ACCESS_RO(name) GET(name)
#define ACCESS_WO(name) SET(name)
#define ACCESS_DEBUG_STATE(name)
#define REGISTER(name, op0, op1, crn, crm, op2, access, ...) ACCESS_##access(name)
#include "registers.def"

#define POINTERS_RW(name) get_##name, set_##name
#define POINTERS_EL2(name) get_##name, set_##name
#define POINTERS_RO(name) get_##name, NULL
#define POINTERS_WO(name) NULL, set_##name
#define POINTERS_DEBUG_STATE(name) NULL, NULL

/* Where the state is saved: its offset in struct vtl_state; or which bits of PSTATE it is. */
#define PLACE_NONE(name) 0
#define PLACE_SWITCH(name) offsetof(struct vtl_state, regs.name)
#define PLACE_EXIT(name) 0
#define PLACE_PSTATE(name) PSTATE_OF_##name
#define PLACE_TIMER(name) TIMER_##name
#define PLACE_GIC(name) 0
#define PLACE_SERROR(name) 0
#define PLACE_LAZY(name) 0
#define PLACE_HELD(name) 0
#define PLACE_VTL2(name) 0
#define PLACE_GUARD(name) 0
#define PLACE_TRAP(name) 0
#define TIMER_cntkctl_el1 offsetof(struct vtl_state, timer.cntkctl)
#define TIMER_cntv_ctl_el0 offsetof(struct vtl_state, timer.cntv_ctl)
#define TIMER_cntv_cval_el0 offsetof(struct vtl_state, timer.cntv_cval)
#define TIMER_cntv_tval_el0 offsetof(struct vtl_state, timer.cntv_cval) /* a view */
/* The registers have the bits where SPSR_EL2 has them (Arm ARM C5.2). */
#define PSTATE_OF_spsel UINT64_C(0x1)
#define PSTATE_OF_currentel UINT64_C(0xc)
#define PSTATE_OF_pan PSTATE_PAN
#define PSTATE_OF_uao PSTATE_UAO
#define PSTATE_OF_nzcv PSTATE_NZCV_MASK
#define PSTATE_OF_daif PSTATE_DAIF
#define PSTATE_OF_dit PSTATE_DIT
#define PSTATE_OF_ssbs PSTATE_SSBS
#define PSTATE_OF_tco PSTATE_TCO

struct row {
    uint32_t name; /* 0: has none */
    uint32_t iss;
    uint8_t feature;
    uint8_t class;
    uint8_t saver;
    uint64_t place;
    uint64_t (*get)(uint64_t ignored); /* NULL: write-only */
    uint64_t (*set)(uint64_t value);   /* NULL: read-only */
};

static const struct row rows[] = {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, hyperv, ...) \
    {hyperv,                                                                                \
     ISS_##name,                                                                            \
     REGISTER_FEATURE_##feature,                                                            \
     REGISTER_CLASS_##class,                                                                \
     REGISTER_SAVER_##saver,                                                                \
     PLACE_##saver(name),                                                                   \
     POINTERS_##access(name)},
#include "registers.def"
};

/* Second names: of "the current EL", which is EL1 (reference section 3.2), and of ID registers. */
static const struct {
    uint32_t name;
    uint32_t iss;
} aliases[] = {
    {0x2100c, ISS_elr_el1},       {0x2100d, ISS_spsr_el1},       {0x22000, ISS_midr_el1},
    {0x22005, ISS_mpidr_el1},     {0x40073, ISS_afsr0_el1},      {0x40074, ISS_afsr1_el1},
    {0x40075, ISS_amair_el1},     {0x40076, ISS_contextidr_el1}, {0x40077, ISS_cpacr_el1},
    {0x40078, ISS_esr_el1},       {0x40079, ISS_far_el1},        {0x4007a, ISS_mair_el1},
    {0x4007b, ISS_sctlr_el1},     {0x4007c, ISS_tcr_el1},        {0x4007d, ISS_ttbr0_el1},
    {0x4007f, ISS_ttbr1_el1},     {0x40080, ISS_vbar_el1},       {0x40081, ISS_zcr_el1},
    {0x58013, ISS_cntkctl_el1},   {0x58014, ISS_cntp_ctl_el0},   {0x58015, ISS_cntp_cval_el0},
    {0x58016, ISS_cntp_tval_el0}, {0x58017, ISS_cntv_ctl_el0},   {0x58018, ISS_cntv_cval_el0},
    {0x58019, ISS_cntv_tval_el0},
};

#define CNT_ISTATUS UINT64_C(4)
#define CNT_CTL_WRITABLE UINT64_C(3)
#define ISR_A (UINT64_C(1) << 8)
#define ISR_I (UINT64_C(1) << 7)
#define PMCR_E UINT64_C(1)

static uint32_t alias_of(uint32_t name)
{
    for (unsigned i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (aliases[i].name == name) {
            return aliases[i].iss;
        }
    }
    return ISS_none;
}

/* NULL: no such register for the VTL. */
static const struct row *find(const struct hvregs_access *access)
{
    const uint32_t iss = alias_of(access->name);

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct row *row = &rows[i];
        if (iss != ISS_none ? row->iss == iss : row->name == access->name && row->name != 0) {
            return row->class != REGISTER_CLASS_ABSENT && cpu_offers(access->slot, row->feature)
                       ? row
                       : NULL;
        }
    }
    return NULL;
}

/* ---- In the hardware ---- */

/* With the FP unit open: CPTR_EL2 traps its registers at EL2 too. A register that is not there is 5. */
static uint32_t hardware(uint64_t (*function)(uint64_t), uint64_t *value)
{
    const uint64_t closed = fp_open();
    const bool done = register_try(function, value);

    fp_close(closed);
    return done ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARAMETER;
}

/* Which cache it tells of is the VTL's own choice. */
static uint32_t ccsidr_get(const struct hvregs_access *access, const struct row *row,
                           uint64_t *value)
{
    const uint64_t selected = read_csselr_el1();

    if (!access->live) {
        write_csselr_el1(access->vtl->regs.csselr_el1);
        isb();
    }
    const uint32_t status = hardware(row->get, value);
    write_csselr_el1(selected);
    return status;
}

static uint32_t shared_get(const struct hvregs_access *access, const struct row *row,
                           uint64_t *value)
{
    if (row->iss == ISS_mpidr_el1) {
        *value = access->vp->mpidr;
        return HV_STATUS_SUCCESS;
    }
    if (row->iss == ISS_ccsidr_el1 || row->iss == ISS_ccsidr2_el1) {
        return ccsidr_get(access, row, value);
    }
    return hardware(row->get, value);
}

/* VTL0's are in its CPU at all times; VTL2's read as zero and ignore writes, as for VTL2 itself (sysreg_trap.c). */
static uint32_t held(const struct hvregs_access *access, uint64_t (*function)(uint64_t),
                     uint64_t *value)
{
    if (access->slot == SLOT_VTL2) {
        *value = 0;
        return HV_STATUS_SUCCESS;
    }
    return access->own ? hardware(function, value) : HV_STATUS_INVALID_VP_STATE;
}

/* PMCR_EL0.E is taken off while VTL2 runs (switch.c). */
static uint32_t held_get(const struct hvregs_access *access, const struct row *row, uint64_t *value)
{
    const uint32_t status = held(access, row->get, value);

    if (status == HV_STATUS_SUCCESS && row->iss == ISS_pmcr_el0 &&
        (access->vp->unusual & VP_PMU_PAUSED) != 0) {
        *value |= PMCR_E;
    }
    return status;
}

static uint32_t held_set(const struct hvregs_access *access, const struct row *row, uint64_t value)
{
    struct vp *vp = access->vp;

    if (row->iss == ISS_pmcr_el0 && access->own && !access->live) {
        vp->unusual &= ~VP_PMU_PAUSED;
        vp->unusual |= (value & PMCR_E) != 0 ? VP_PMU_PAUSED : 0;
        value &= ~PMCR_E;
    }
    return held(access, row->set, &value);
}

/* ---- Saved, or in the hardware ---- */

static uint64_t *saved(const struct hvregs_access *access, const struct row *row)
{
    return (uint64_t *)(void *)((uint8_t *)access->vtl + row->place);
}

static bool holds_nothing(const struct row *row)
{
    return row->feature == REGISTER_FEATURE_AUXILIARY && !cpu.auxiliary;
}

static uint32_t switched_get(const struct hvregs_access *access, const struct row *row,
                             uint64_t *value)
{
    if (access->live) {
        return hardware(row->get, value);
    }
    *value = holds_nothing(row) ? 0 : *saved(access, row);
    return HV_STATUS_SUCCESS;
}

static uint32_t switched_set(const struct hvregs_access *access, const struct row *row,
                             uint64_t value)
{
    if (access->live) {
        return hardware(row->set, &value);
    }
    *saved(access, row) = value;
    return HV_STATUS_SUCCESS;
}

/* TVAL is CVAL's distance from now, 32 bits (Arm ARM D11.2.4). */
static uint64_t tval_of(uint64_t cval)
{
    return (uint32_t)(cval - read_cntpct_el0());
}

static uint64_t cval_of(uint64_t tval)
{
    return read_cntpct_el0() + (uint64_t)(int64_t)(int32_t)(uint32_t)tval;
}

static uint32_t timer_get(const struct hvregs_access *access, const struct row *row,
                          uint64_t *value)
{
    const uint32_t status = switched_get(access, row, value);
    const struct vtimer *timer = &access->vtl->timer;

    if (!access->live && row->iss == ISS_cntv_tval_el0) {
        *value = tval_of(*value);
    }
    if (!access->live && row->iss == ISS_cntv_ctl_el0 && read_cntpct_el0() >= timer->cntv_cval) {
        *value |= CNT_ISTATUS;
    }
    return status;
}

static uint32_t timer_set(const struct hvregs_access *access, const struct row *row, uint64_t value)
{
    if (!access->live && row->iss == ISS_cntv_tval_el0) {
        value = cval_of(value);
    }
    if (row->iss == ISS_cntv_ctl_el0) {
        value &= CNT_CTL_WRITABLE;
    }
    const uint32_t status = switched_set(access, row, value);
    if (access->own && !access->live) {
        timer_changed(access->vp, access->slot); /* its deadline may be another now */
    }
    return status;
}

static uint32_t pstate_set(const struct hvregs_access *access, const struct row *row,
                           uint64_t value)
{
    uint64_t *pstate = hvregs_pstate(access);
    const uint64_t next = (*pstate & ~row->place) | value;

    if ((value & ~row->place) != 0 || !hvregs_pstate_valid(next)) {
        return HV_STATUS_INVALID_REGISTER_VALUE;
    }
    *pstate = next;
    return HV_STATUS_SUCCESS;
}

/* DISR_EL1. Another VP's may be in its CPU just now. */
static uint32_t deferred_get(const struct hvregs_access *access, uint64_t *value)
{
    if (!access->own) {
        return HV_STATUS_INVALID_VP_STATE;
    }
    *value = access->live ? read_vdisr_el2() : access->vtl->serror.deferred;
    return HV_STATUS_SUCCESS;
}

static uint32_t deferred_set(const struct hvregs_access *access, uint64_t value)
{
    if (!access->own) {
        return HV_STATUS_INVALID_VP_STATE;
    }
    if (access->live) {
        write_vdisr_el2(value);
    } else {
        access->vtl->serror.deferred = value;
        access->vp->unusual |= VP_SERROR;
    }
    return HV_STATUS_SUCCESS;
}

/* ISR_EL1: what the VTL would take. */
static uint32_t pending_get(const struct hvregs_access *access, uint64_t *value)
{
    if (!access->own) {
        return HV_STATUS_INVALID_VP_STATE;
    }
    const bool serror =
        access->live ? (read_hcr_el2() & HCR_VSE) != 0 : access->vtl->serror.pending;
    *value = (serror ? ISR_A : 0) | (vgic_deliverable(access->vp, access->slot) ? ISR_I : 0);
    return HV_STATUS_SUCCESS;
}

/* ---- Trapped: what the VTL's own access finds ---- */

static bool cntp_get(const struct vtimer *timer, uint32_t iss, uint64_t *value)
{
    switch (iss) {
    case ISS_cntp_ctl_el0:
        *value = timer->cntp_ctl | (read_cntpct_el0() >= timer->cntp_cval ? CNT_ISTATUS : 0);
        return true;
    case ISS_cntp_cval_el0:
        *value = timer->cntp_cval;
        return true;
    case ISS_cntp_tval_el0:
        *value = tval_of(timer->cntp_cval);
        return true;
    default:
        return false;
    }
}

static bool cntp_set(struct vtimer *timer, uint32_t iss, uint64_t value)
{
    switch (iss) {
    case ISS_cntp_ctl_el0:
        timer->cntp_ctl = value & CNT_CTL_WRITABLE;
        return true;
    case ISS_cntp_cval_el0:
        timer->cntp_cval = value;
        return true;
    case ISS_cntp_tval_el0:
        timer->cntp_cval = cval_of(value);
        return true;
    default:
        return false;
    }
}

static uint32_t trapped_get(const struct hvregs_access *access, const struct row *row,
                            uint64_t *value)
{
    const unsigned crm = (row->iss >> 1) & 15;
    const unsigned op2 = (row->iss >> 17) & 7;

    if (row->iss == ISS_actlr_el1) {
        *value = 0;
        return HV_STATUS_SUCCESS;
    }
    if (row->iss == REGISTER_ISS(3, 0, 0, crm, op2)) {
        return cpu_id_register(access->slot, crm, op2, value) ? HV_STATUS_SUCCESS
                                                              : HV_STATUS_INVALID_PARAMETER;
    }
    return cntp_get(&access->vtl->timer, row->iss, value) ? HV_STATUS_SUCCESS
                                                          : HV_STATUS_INVALID_PARAMETER;
}

static uint32_t trapped_set(const struct hvregs_access *access, const struct row *row,
                            uint64_t value)
{
    if (row->iss == ISS_actlr_el1) {
        return HV_STATUS_SUCCESS;
    }
    if (!cntp_set(&access->vtl->timer, row->iss, value)) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    if (access->own) {
        timer_changed(access->vp, access->slot);
    }
    return HV_STATUS_SUCCESS;
}

/* ---- By saver ---- */

static uint32_t row_get(const struct hvregs_access *access, const struct row *row, uint64_t *value)
{
    switch (row->saver) {
    case REGISTER_SAVER_NONE:
        return shared_get(access, row, value);
    case REGISTER_SAVER_SWITCH:
        return switched_get(access, row, value);
    case REGISTER_SAVER_TIMER:
        return timer_get(access, row, value);
    case REGISTER_SAVER_PSTATE:
        *value = *hvregs_pstate(access) & row->place;
        return HV_STATUS_SUCCESS;
    case REGISTER_SAVER_HELD:
        return held_get(access, row, value);
    case REGISTER_SAVER_SERROR:
        return deferred_get(access, value);
    case REGISTER_SAVER_GIC:
        return pending_get(access, value);
    case REGISTER_SAVER_TRAP:
        return trapped_get(access, row, value);
    default:
        return HV_STATUS_INVALID_PARAMETER;
    }
}

static uint32_t row_set(const struct hvregs_access *access, const struct row *row, uint64_t value)
{
    switch (row->saver) {
    case REGISTER_SAVER_SWITCH:
        return switched_set(access, row, value);
    case REGISTER_SAVER_TIMER:
        return timer_set(access, row, value);
    case REGISTER_SAVER_PSTATE:
        return pstate_set(access, row, value);
    case REGISTER_SAVER_HELD:
        return held_set(access, row, value);
    case REGISTER_SAVER_SERROR:
        return deferred_set(access, value);
    case REGISTER_SAVER_TRAP:
        return trapped_set(access, row, value);
    default:
        return HV_STATUS_INVALID_PARAMETER;
    }
}

uint32_t hvregs_system_get(const struct hvregs_access *access, struct hv_register_value *value)
{
    const struct row *row = find(access);

    if (row == NULL || row->get == NULL) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    const uint32_t status = row_get(access, row, &value->low);
    if (status != HV_STATUS_SUCCESS) {
        value->low = 0;
    }
    return status;
}

uint32_t hvregs_system_set(const struct hvregs_access *access,
                           const struct hv_register_value *value)
{
    const struct row *row = find(access);

    if (row == NULL || row->set == NULL) {
        return HV_STATUS_INVALID_PARAMETER;
    }
    return row_set(access, row, value->low);
}
