/* SPDX-License-Identifier: BSD-3-Clause */
/* Synchronous exits by exception class, interrupts, SErrors; vectors.S calls the three entries here. */
#include "exit.h"

#include "arm64.h"
#include "console.h"
#include "el2_regs.h"
#include "gic.h"
#include "hv_message.h"
#include "intercept.h"
#include "smccc.h"
#include "sysreg_trap.h"
#include "vp.h"

#define UNDEFINED_SYNDROME (((uint64_t)ESR_EC_UNKNOWN << ESR_EC_SHIFT) | ESR_IL)
#define ESR_INSTRUCTION_BYTES(esr) (((esr) & ESR_IL) != 0 ? 4u : 2u)
/* TI of ISS: WFI, WFE, WFIT, WFET (Arm ARM D19.2.37). */
#define WFX_TI_MASK UINT64_C(3)
#define WFX_WFI UINT64_C(0)
#define HVC_IMMEDIATE_MASK UINT64_C(0xffff)

static void inject_undefined(struct vp *vp)
{
    exception_inject(vp, UNDEFINED_SYNDROME, 0);
}

static void exit_undefined(struct vp *vp, uint64_t esr)
{
    (void)esr;
    inject_undefined(vp);
}

/* WFIT, which HCR_EL2.TWI traps too, may end before its time (Arm ARM C6.2): nothing here would end it at that. */
static void exit_wfx(struct vp *vp, uint64_t esr)
{
    vp->pc += ESR_INSTRUCTION_BYTES(esr);
    if ((esr & WFX_TI_MASK) == WFX_WFI) {
        atomic_store_explicit(&vp_active(vp)->run, VTL_HALTED, memory_order_relaxed);
    }
}

/* HVC #2: up from VTL0, where VTL2 runs on this VP (TLFS vsm, "VTL Call"); undefined otherwise. */
static void exit_vtl_call(struct vp *vp)
{
    if (vp->active != SLOT_VTL0 || !vp->vtl[SLOT_VTL2].enabled) {
        vp->pc -= 4;
        inject_undefined(vp);
        return;
    }
    switch_enter_vtl2(vp, HV_ENTRY_REASON_VTL_CALL);
}

/* HVC #3: down from VTL2; undefined in the lowest VTL (TLFS vsm, "VTL Return"). */
static void exit_vtl_return(struct vp *vp)
{
    if (vp->active != SLOT_VTL2) {
        vp->pc -= 4;
        inject_undefined(vp);
        return;
    }
    switch_return_vtl0(vp);
}

/* The PC is past the HVC already. */
static void exit_hvc(struct vp *vp, uint64_t esr)
{
    switch (esr & HVC_IMMEDIATE_MASK) {
    case HV_HVC_SMCCC:
        smccc_handle(vp, false);
        break;
    case HV_HVC_HYPERCALL:
        hypercall_handle(vp, false);
        break;
    case HV_HVC_VTL_CALL:
        exit_vtl_call(vp);
        break;
    case HV_HVC_VTL_RETURN:
        exit_vtl_return(vp);
        break;
    default:
        vp->x[0] = SMCCC_NOT_SUPPORTED;
        break;
    }
}

/* A trapped SMC leaves the PC on the instruction. */
static void exit_smc(struct vp *vp, uint64_t esr)
{
    vp->pc += 4;
    if ((esr & HVC_IMMEDIATE_MASK) == 0) {
        smccc_handle(vp, true);
    } else {
        vp->x[0] = SMCCC_NOT_SUPPORTED;
    }
}

static void exit_sysreg(struct vp *vp, uint64_t esr)
{
    if (sysreg_trap(vp, esr)) {
        vp->pc += 4;
    } else {
        inject_undefined(vp);
    }
}

static void inject_external_abort(struct vp *vp, uint64_t esr, uint64_t far)
{
    const bool execute = ESR_EC(esr) == ESR_EC_INSTR_ABORT_LOWER;
    const uint64_t class = execute ? ESR_EC_INSTR_ABORT : ESR_EC_DATA_ABORT;
    const uint64_t write = execute ? 0 : esr & ESR_WNR;

    exception_inject(vp, (class << ESR_EC_SHIFT) | (esr & ESR_IL) | write | ESR_FSC_EXTERNAL, far);
}

static uint64_t sign_extended(uint64_t value, unsigned bytes, bool wide)
{
    const unsigned unused = 64 - 8 * bytes;
    const uint64_t extended = (uint64_t)((int64_t)(value << unused) >> unused);

    return wide ? extended : (uint32_t)extended;
}

/* An access to the VTL's GIC. Without a syndrome (a pair, a write-back) it gets an external abort: no
 * architected GIC register is reached so (IHI 0069, 12.1). False if gpa is in no GIC frame. */
static bool exit_gic_access(struct vp *vp, uint64_t esr, uint64_t far, uint64_t gpa)
{
    const unsigned bytes = 1u << ((esr >> ESR_SAS_SHIFT) & ESR_SAS_MASK);
    const unsigned rt = (unsigned)((esr >> ESR_SRT_SHIFT) & ESR_SRT_MASK);
    const bool write = (esr & ESR_WNR) != 0;
    uint64_t value = write && rt != 31 ? vp->x[rt] : 0;

    if (bytes < 8) {
        value &= (UINT64_C(1) << (8 * bytes)) - 1;
    }
    if (!vgic_window(gpa)) {
        return false;
    }
    if (ESR_EC(esr) != ESR_EC_DATA_ABORT_LOWER || (esr & ESR_ISV) == 0 ||
        !vgic_mmio(vp, vp->active, gpa, bytes, write, &value)) {
        inject_external_abort(vp, esr, far);
        return true;
    }
    if (!write && rt != 31) {
        vp->x[rt] = (esr & ESR_SSE) != 0 ? sign_extended(value, bytes, (esr & ESR_SF) != 0) : value;
    }
    vp->pc += ESR_INSTRUCTION_BYTES(esr);
    return true;
}

/* What the access of an abort needs of the map. */
static uint32_t access_of(const struct vp *vp, uint64_t esr)
{
    /* A walk that may read its descriptor and still faults wanted to write it: hardware's flags. */
    if ((esr & ESR_S1PTW) != 0) {
        const bool permission = (esr & ESR_FSC_TYPE_MASK) == ESR_FSC_PERMISSION;
        return permission ? HV_MAP_READ | HV_MAP_WRITE : HV_MAP_READ;
    }
    if (ESR_EC(esr) == ESR_EC_INSTR_ABORT_LOWER) {
        return PSTATE_EL(vp->pstate) == 0 ? HV_MAP_USER_EXECUTE : HV_MAP_KERNEL_EXECUTE;
    }
    return (esr & ESR_WNR) != 0 ? HV_MAP_WRITE : HV_MAP_READ;
}

static void exit_abort(struct vp *vp, uint64_t esr)
{
    const uint64_t far = read_far_el2();
    uint64_t gpa;

    if (!intercept_fault_gpa(esr, far, &gpa)) {
        return; /* the guest changed its tables meanwhile: it runs the access again */
    }
    if (exit_gic_access(vp, esr, far, gpa) ||
        stage2_fault_is_stale(vp->active, gpa, access_of(vp, esr))) {
        return;
    }
    if (vp->active == SLOT_VTL2 || !vp->vtl[SLOT_VTL2].enabled) {
        inject_external_abort(vp, esr, far);
        return;
    }
    const bool ram = stage2_is_ram(gpa);
    if (!ram && (partition.vsm_config & HV_VSM_CONFIG_INTERCEPT_NOT_PRESENT) == 0) {
        inject_external_abort(vp, esr, far); /* left to the host, and the host has no such device */
        return;
    }
    intercept_memory(vp, esr, far, gpa, ram ? HV_MESSAGE_GPA_INTERCEPT : HV_MESSAGE_UNMAPPED_GPA);
}

/* By exception class; what is not here is undefined for the guest. */
static void (*const exit_handlers[64])(struct vp *, uint64_t) = {
    [ESR_EC_WFX] = exit_wfx,
    [ESR_EC_HVC64] = exit_hvc,
    [ESR_EC_SMC64] = exit_smc,
    [ESR_EC_SYSREG] = exit_sysreg,
    [ESR_EC_INSTR_ABORT_LOWER] = exit_abort,
    [ESR_EC_DATA_ABORT_LOWER] = exit_abort,
};

void exit_sync(struct vp *vp)
{
    const uint64_t esr = read_esr_el2();
    void (*const handler)(struct vp *, uint64_t) = exit_handlers[ESR_EC(esr)];

    if (handler != NULL) {
        handler(vp, esr);
    } else {
        exit_undefined(vp, esr);
    }
}

void exit_irq(struct vp *vp)
{
    gic_handle_physical(vp);
}

/* A physical SError while a guest ran is handed to that guest as a virtual one. */
void exit_serror(struct vp *vp)
{
    (void)vp;
    write_hcr_el2(read_hcr_el2() | HCR_VSE);
}

void exit_own_exception(uint64_t kind, uint64_t esr, uint64_t elr, uint64_t far, uint64_t sp)
{
    console_fatal("exception in refhv: kind %llu esr 0x%llx elr 0x%llx far 0x%llx sp 0x%llx",
                  (unsigned long long)kind, (unsigned long long)esr, (unsigned long long)elr,
                  (unsigned long long)far, (unsigned long long)sp);
}
