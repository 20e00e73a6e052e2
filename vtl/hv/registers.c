/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL0's registers: shared ones where the switch put them, private ones by name. Reference sections
 * 3 and 8.
 */
#include "cpu/simd.h"
#include "hv/hypercall.h"
#include "hv/vp.h"
#include "smccc.h"

#define ZERO_REGISTER 31u
#define Q_REGISTERS 32u

/* Is x<n> in vp->x? */
static bool x_is_shared(unsigned n)
{
    return n < 29 ? n != 18 : hv.x29 != HV_X29_PRIVATE;
}

enum pv_status vtl_x_get(struct vtl_vp *vp, unsigned n, uint64_t *value)
{
    *value = 0;
    if (n >= ZERO_REGISTER) {
        return n == ZERO_REGISTER ? PV_OK : PV_INVALID;
    }
    if (x_is_shared(n)) {
        *value = vp->x[n];
        return PV_OK;
    }
    return hv_get64(VTL0, HV_REGISTER_X(n), value) == PV_OK ? PV_OK : PV_DENIED;
}

enum pv_status vtl_x_set(struct vtl_vp *vp, unsigned n, uint64_t value)
{
    if (n >= ZERO_REGISTER) {
        return n == ZERO_REGISTER ? PV_OK : PV_INVALID;
    }
    if (x_is_shared(n)) {
        vp->x[n] = value;
        return PV_OK;
    }
    return hv_set64(VTL0, HV_REGISTER_X(n), value) == PV_OK ? PV_OK : PV_DENIED;
}

enum pv_status vtl_q_get(struct vtl_vp *vp, unsigned n, uint8_t value[16])
{
    (void)vp;
    if (n >= Q_REGISTERS) {
        return PV_INVALID;
    }
    simd_q_read(n, value);
    return PV_OK;
}

enum pv_status vtl_q_set(struct vtl_vp *vp, unsigned n, const uint8_t value[16])
{
    (void)vp;
    if (n >= Q_REGISTERS) {
        return PV_INVALID;
    }
    simd_q_write(n, value);
    return PV_OK;
}

static const uint32_t names[VTL_REGISTERS] = {
    [VTL_SP] = HV_REGISTER_SP,           [VTL_PC] = HV_REGISTER_PC,
    [VTL_PSTATE] = HV_REGISTER_PSTATE,   [VTL_SCTLR_EL1] = HV_REGISTER_SCTLR_EL1,
    [VTL_ESR_EL1] = HV_REGISTER_ESR_EL1, [VTL_FAR_EL1] = HV_REGISTER_FAR_EL1,
    [VTL_ELR_EL1] = HV_REGISTER_ELR_EL1, [VTL_VBAR_EL1] = HV_REGISTER_VBAR_EL1,
};

enum pv_status vtl_register_get(struct vtl_vp *vp, enum vtl_register name, uint64_t *value)
{
    *value = 0;
    if ((unsigned)name >= VTL_REGISTERS) {
        return PV_INVALID;
    }
    if (name == VTL_PC || name == VTL_PSTATE) {
        enum pv_status status = hv_state_fetch(vp);
        *value = name == VTL_PC ? vp->pc : vp->pstate;
        return status;
    }
    return hv_get64(VTL0, names[name], value);
}

enum pv_status vtl_register_set(struct vtl_vp *vp, enum vtl_register name, uint64_t value)
{
    if ((unsigned)name >= VTL_REGISTERS) {
        return PV_INVALID;
    }
    if (name != VTL_PC && name != VTL_PSTATE) {
        return hv_set64(VTL0, names[name], value);
    }
    /* The other one of the two must be known before this one hides that it is not. */
    enum pv_status status = hv_state_fetch(vp);
    if (status != PV_OK) {
        return status;
    }
    if (name == VTL_PC) {
        vp->pc = value;
        vp->pc_dirty = true;
    } else {
        vp->pstate = value;
        vp->pstate_dirty = true;
    }
    return PV_OK;
}

/*
 * Reference 3.6. The fault address lies in the second register: set first, as the first one makes
 * it pending.
 */
enum pv_status vtl_exception_inject(struct vtl_vp *vp, uint64_t esr, gva_t far)
{
    (void)vp;
    enum pv_status status = hv_set64(VTL0, HV_REGISTER_PENDING_EVENT1, far.raw);
    if (status != PV_OK) {
        return status;
    }
    uint64_t head = HV_PENDING_EVENT_PENDING | HV_PENDING_EVENT_EXCEPTION
                                                   << HV_PENDING_EVENT_TYPE_SHIFT;
    return hv_set(VTL0, HV_REGISTER_PENDING_EVENT0, (struct hv_register_value){head, esr});
}
