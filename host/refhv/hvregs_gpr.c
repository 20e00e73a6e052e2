/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * General registers: reference sections 3.1 and 8.1. x0-x17 and x19-x28 are one set for both VTLs; x18 is
 * private; x29 and x30 are either, as the operator chose (C1) and by which way VTL2 left last.
 */
#include "arm64.h"
#include "cpu.h"
#include "hvregs_private.h"

/* AArch64 PSTATE bits that an SPSR_EL2 for EL1 or EL0 may hold (Arm ARM C5.2.19). */
#define PSTATE_AARCH64_MASK                                                             \
    (PSTATE_MODE_MASK | PSTATE_DAIF | PSTATE_BTYPE_MASK | PSTATE_SSBS | PSTATE_ALLINT | \
     PSTATE_IL | PSTATE_SS | PSTATE_PAN | PSTATE_UAO | PSTATE_DIT | PSTATE_TCO | PSTATE_NZCV_MASK)
#define PSTATE_AARCH32_USER UINT64_C(0x10)
#define PSTATE_SPSEL UINT64_C(1)

static uint64_t *saved(struct vtl_state *vtl, unsigned n)
{
    return n == 18 ? &vtl->x18 : n == 29 ? &vtl->x29 : &vtl->x30;
}

static bool is_private(const struct vp *vp, unsigned n)
{
    return n == 18 || (n >= 29 && vp->x29_x30_private);
}

static uint64_t general_get(const struct hvregs_access *access, unsigned n)
{
    return access->live || !is_private(access->vp, n) ? access->vp->x[n] : *saved(access->vtl, n);
}

/* VTL0's own x29 and x30 are set too while the two are one register: a return by SMCCC takes them from there. */
static void general_set(const struct hvregs_access *access, unsigned n, uint64_t value)
{
    if (access->live || !is_private(access->vp, n)) {
        access->vp->x[n] = value;
    }
    if (!access->live && (n == 18 || n >= 29)) {
        *saved(access->vtl, n) = value;
    }
}

uint64_t *hvregs_pstate(const struct hvregs_access *access)
{
    return access->live ? &access->vp->pstate : &access->vtl->pstate;
}

static uint64_t *pc_of(const struct hvregs_access *access)
{
    return access->live ? &access->vp->pc : &access->vtl->pc;
}

/* The same access to the stack pointer register that is meant. */
static struct hvregs_access stack_pointer(const struct hvregs_access *access)
{
    struct hvregs_access which = *access;

    if (which.name == HV_REGISTER_SP) {
        which.name =
            (*hvregs_pstate(access) & PSTATE_SPSEL) != 0 ? HV_REGISTER_sp_el1 : HV_REGISTER_sp_el0;
    }
    return which;
}

static bool is_stack_pointer(uint32_t name)
{
    return name >= HV_REGISTER_SP && name <= HV_REGISTER_sp_el1;
}

/* Arm ARM D1.4.4, illegal return. */
bool hvregs_pstate_valid(uint64_t value)
{
    if ((value & PSTATE_AARCH32) != 0) {
        return cpu.aarch32_el0 && value <= UINT32_MAX &&
               (value & (PSTATE_AARCH32 | PSTATE_MODE_MASK)) == PSTATE_AARCH32_USER;
    }
    const uint64_t mode = value & PSTATE_MODE_MASK;
    return (value & ~PSTATE_AARCH64_MASK) == 0 &&
           (mode == PSTATE_EL0T || mode == PSTATE_EL1T || mode == PSTATE_EL1H);
}

uint32_t hvregs_gpr_get(const struct hvregs_access *access, struct hv_register_value *value)
{
    if (is_stack_pointer(access->name)) {
        const struct hvregs_access which = stack_pointer(access);
        return hvregs_system_get(&which, value);
    }
    if (access->name == HV_REGISTER_PC) {
        value->low = *pc_of(access);
    } else if (access->name == HV_REGISTER_PSTATE || access->name == HV_REGISTER_SPSR_EL2) {
        value->low = *hvregs_pstate(access);
    } else if (access->name != HV_REGISTER_XZR) {
        value->low = general_get(access, access->name - HV_REGISTER_X(0));
    }
    return HV_STATUS_SUCCESS;
}

uint32_t hvregs_gpr_set(const struct hvregs_access *access, const struct hv_register_value *value)
{
    if (is_stack_pointer(access->name)) {
        const struct hvregs_access which = stack_pointer(access);
        return hvregs_system_set(&which, value);
    }
    if (access->name == HV_REGISTER_PC) {
        *pc_of(access) = value->low;
    } else if (access->name == HV_REGISTER_PSTATE) {
        if (!hvregs_pstate_valid(value->low)) {
            return HV_STATUS_INVALID_REGISTER_VALUE;
        }
        *hvregs_pstate(access) = value->low;
    } else if (access->name != HV_REGISTER_XZR) {
        general_set(access, access->name - HV_REGISTER_X(0), value->low);
    }
    return HV_STATUS_SUCCESS;
}
