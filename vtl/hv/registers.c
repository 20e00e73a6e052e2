/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL0's registers: shared ones where the switch put them, private ones by name. Reference sections
 * 3 and 8.
 */
#include "arm64.h"
#include "cpu/simd.h"
#include "hv/hypercall.h"
#include "hv/vp.h"
#include "vtl/untrusted.h"

#define ZERO_REGISTER 31u
#define Q_REGISTERS 32u

/* Is x<n> in vp->x? */
static bool x_is_shared(unsigned n)
{
    return n < 29 ? n != 18
                  : hv.vtl_return == HV_RETURN_SHARED || hv.vtl_return == HV_RETURN_UNKNOWN;
}

enum pv_status vtl_x_get_private(struct vtl_vp *vp, unsigned n, uint64_t *value)
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
PV_UNTRUSTED(vtl_x_get_private, guest, "");

enum pv_status vtl_x_set_private(struct vtl_vp *vp, unsigned n, uint64_t value)
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
    [VTL_PSTATE] = HV_REGISTER_PSTATE,   [VTL_SCTLR_EL1] = HV_REGISTER_sctlr_el1,
    [VTL_ESR_EL1] = HV_REGISTER_esr_el1, [VTL_FAR_EL1] = HV_REGISTER_far_el1,
    [VTL_ELR_EL1] = HV_REGISTER_elr_el1, [VTL_VBAR_EL1] = HV_REGISTER_vbar_el1,
};

/* valid and vtl of the register page, the one behind the other: 1 and 0, in one look. */
#define PAGE_VALID_VTL0 1u
_Static_assert(offsetof(struct hv_register_page, valid) == 2 &&
                   offsetof(struct hv_register_page, vtl) == 3,
               "one look");

/* The register page: NULL if there is none, or what is in it is not VTL0's. */
static inline volatile struct hv_register_page *register_page(const struct vtl_vp *vp)
{
    volatile struct hv_register_page *page = vp->registers;

    if (page == NULL || *(volatile uint16_t *)(volatile void *)&page->valid != PAGE_VALID_VTL0) {
        return NULL;
    }
    return page;
}

/* Out of line, off the way of every access. */
__attribute__((noinline)) static enum pv_status pc_set_by_name(struct vtl_vp *vp, gva_t pc)
{
    vp->state = NULL;
    return hv_set64(VTL0, HV_REGISTER_PC, pc.raw);
}

enum pv_status vtl_pc_set(struct vtl_vp *vp, gva_t pc)
{
    volatile struct hv_register_page *page = register_page(vp);

    if (page == NULL) {
        return pc_set_by_name(vp, pc);
    }
    vp->state = NULL;
    page->pc = pc.raw;
    page->dirty = HV_REGISTER_PAGE_DIRTY_PC;
    return PV_OK;
}

enum pv_status vtl_register_get(struct vtl_vp *vp, enum vtl_register name, uint64_t *value)
{
    const volatile struct hv_register_page *page = register_page(vp);

    *value = 0;
    if ((unsigned)name >= VTL_REGISTERS) {
        return PV_INVALID;
    }
    if (name == VTL_PSTATE && vp->state != NULL) {
        *value = vp->state->pstate;
        return PV_OK;
    }
    if (name == VTL_PC && vp->state != NULL) {
        *value = vp->state->pc.raw;
        return PV_OK;
    }
    /* What has been written to the page is nowhere else yet. */
    if (name == VTL_PC && page != NULL) {
        *value = page->pc;
        return PV_OK;
    }
    return hv_get64(VTL0, names[name], value);
}
PV_UNTRUSTED(vtl_register_get, guest, "");

/*
 * PC goes by the page where there is one. PSTATE goes by name, at once: it changes rarely, and a
 * walk of VTL0's tables goes by it.
 */
enum pv_status vtl_register_set(struct vtl_vp *vp, enum vtl_register name, uint64_t value)
{
    if ((unsigned)name >= VTL_REGISTERS) {
        return PV_INVALID;
    }
    if (name == VTL_PC) {
        return vtl_pc_set(vp, gva(value));
    }
    if (name == VTL_PSTATE) {
        vp->state = NULL;
    }
    return hv_set64(VTL0, names[name], value);
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

/* ---- What VTL0 does ---------------------------------------------------------------------------- */

bool vtl_guest_waits(void)
{
    uint64_t activity;
    enum pv_status status = hv_get64(VTL0, HV_REGISTER_INTERNAL_ACTIVITY_STATE, &activity);

    return status == PV_OK && (activity & (HV_ACTIVITY_HALT | HV_ACTIVITY_IDLE)) != 0;
}
PV_UNTRUSTED(vtl_guest_waits, host, "");
