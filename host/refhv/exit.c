/* SPDX-License-Identifier: BSD-3-Clause */
/* Synchronous exits by exception class, interrupts, SErrors; vectors.S calls the three entries here. */
#include "exit.h"

#include "arm64.h"
#include "console.h"
#include "el2_regs.h"
#include "fp.h"
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
#define HPFAR_FIPA_MASK UINT64_C(0x00000ffffffffff0)

/* Keeps what is rare out of the functions on the way of a device access. */
#define COLD __attribute__((noinline, cold))
#define LIKELY(condition) __builtin_expect((condition), true)

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
        vp_halt(vp);
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
    const uint64_t immediate = esr & HVC_IMMEDIATE_MASK;

    if (LIKELY(immediate == HV_HVC_SMCCC)) {
        smccc_handle(vp, false);
        return;
    }
    switch (immediate) {
    case HV_HVC_VTL_RETURN:
        exit_vtl_return(vp);
        break;
    case HV_HVC_HYPERCALL:
        hypercall_handle(vp, false);
        break;
    case HV_HVC_VTL_CALL:
        exit_vtl_call(vp);
        break;
    default:
        vp->x[0] = SMCCC_NOT_SUPPORTED;
        break;
    }
}

/* The PC is that of the SMC, as it was trapped and not taken (Arm ARM D1.3.5). */
static void exit_smc(struct vp *vp, uint64_t esr)
{
    if (machine.options.no_rsi) {
        inject_undefined(vp);
        return;
    }
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
 * architected GIC register is reached so (IHI 0069, 12.1). */
COLD static void exit_gic_access(struct vp *vp, uint64_t esr, uint64_t far, uint64_t gpa)
{
    const unsigned bytes = 1u << ((esr >> ESR_SAS_SHIFT) & ESR_SAS_MASK);
    const unsigned rt = (unsigned)((esr >> ESR_SRT_SHIFT) & ESR_SRT_MASK);
    const bool write = (esr & ESR_WNR) != 0;
    uint64_t value = write && rt != 31 ? vp->x[rt] : 0;

    if (bytes < 8) {
        value &= (UINT64_C(1) << (8 * bytes)) - 1;
    }
    if (ESR_EC(esr) != ESR_EC_DATA_ABORT_LOWER || (esr & ESR_ISV) == 0 ||
        !vgic_mmio(vp, vp->active, gpa, bytes, write, &value)) {
        inject_external_abort(vp, esr, far);
        return;
    }
    if (!write && rt != 31) {
        vp->x[rt] = (esr & ESR_SSE) != 0 ? sign_extended(value, bytes, (esr & ESR_SF) != 0) : value;
    }
    vp->pc += ESR_INSTRUCTION_BYTES(esr);
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

/* Does VTL2 hear of this VP's aborts? It has nobody above itself. */
static bool is_intercepted(const struct vp *vp)
{
    return vp->active == SLOT_VTL0 && vp->vtl[SLOT_VTL2].enabled;
}

static bool devices_are_intercepted(const struct vp *vp)
{
    return is_intercepted(vp) && (partition.vsm_config & HV_VSM_CONFIG_INTERCEPT_NOT_PRESENT) != 0;
}

static void abort_in_ram(struct vp *vp, uint64_t esr, uint64_t far, uint64_t gpa)
{
    if (stage2_fault_is_stale(vp->active, gpa, access_of(vp, esr))) {
        return;
    }
    if (is_intercepted(vp)) {
        intercept_memory(vp, esr, far, gpa, HV_MESSAGE_GPA_INTERCEPT);
    } else {
        inject_external_abort(vp, esr, far);
    }
}

static void abort_at(struct vp *vp, uint64_t esr, uint64_t far, uint64_t gpa)
{
    if (vgic_window(gpa)) {
        exit_gic_access(vp, esr, far, gpa);
    } else if (stage2_is_ram(gpa)) {
        abort_in_ram(vp, esr, far, gpa);
    } else if (devices_are_intercepted(vp)) {
        intercept_memory(vp, esr, far, gpa, HV_MESSAGE_UNMAPPED_GPA);
    } else {
        inject_external_abort(vp, esr, far); /* left to the host, and the host has no such device */
    }
}

static uint64_t hpfar_page(void)
{
    return (read_hpfar_el2() & HPFAR_FIPA_MASK) << 8;
}

COLD static void exit_abort(struct vp *vp, uint64_t esr)
{
    const uint64_t far = read_far_el2();
    uint64_t gpa;

    if ((esr & ESR_S1PTW) != 0) {
        abort_at(vp, esr, far, hpfar_page());
    } else if ((esr & ESR_FSC_TYPE_MASK) != ESR_FSC_PERMISSION) {
        abort_at(vp, esr, far, hpfar_page() | (far & 0xfff));
    } else if (intercept_translate(far, &gpa)) {
        /* HPFAR_EL2 is unknown for a permission fault that is not on a walk (Arm ARM D19.2.60). */
        abort_at(vp, esr, far, gpa);
    }
    /* Else the guest has changed its tables meanwhile: it runs the access again. */
}

static bool is_memory_or_gic(uint64_t gpa)
{
    return gpa - machine.memory_span.base < machine.memory_span.bytes ||
           gpa - machine.gic_span.base < machine.gic_span.bytes;
}

/* What guests exit for most, an access to a device, is told apart with as few looks as will do. */
static void exit_data_abort(struct vp *vp, uint64_t esr)
{
    const uint64_t kind = esr & (ESR_ISV | ESR_S1PTW | ESR_FSC_TYPE_MASK);

    if (LIKELY(kind == (ESR_ISV | ESR_FSC_TRANSLATION))) {
        const uint64_t far = read_far_el2();
        const uint64_t gpa = hpfar_page() | (far & 0xfff);
        if (LIKELY(!is_memory_or_gic(gpa) && devices_are_intercepted(vp))) {
            intercept_device(vp, esr, far, gpa);
            return;
        }
    }
    exit_abort(vp, esr);
}

/* By exception class; what is neither here nor in exit_sync() is undefined for the guest. */
static void (*const exit_handlers[64])(struct vp *, uint64_t) = {
    [ESR_EC_WFX] = exit_wfx,
    [ESR_EC_SMC64] = exit_smc,
    [ESR_EC_FP] = fp_trap,
    [ESR_EC_SYSREG] = exit_sysreg,
    [ESR_EC_INSTR_ABORT_LOWER] = exit_abort,
};

static void exit_other(struct vp *vp, uint64_t esr)
{
    void (*const handler)(struct vp *, uint64_t) = exit_handlers[ESR_EC(esr)];

    if (handler != NULL) {
        handler(vp, esr);
    } else {
        exit_undefined(vp, esr);
    }
}

/* The two of a device access, there and back, come first. */
void exit_sync(struct vp *vp)
{
    const uint64_t esr = read_esr_el2();

    if (ESR_EC(esr) == ESR_EC_DATA_ABORT_LOWER) {
        exit_data_abort(vp, esr);
    } else if (ESR_EC(esr) == ESR_EC_HVC64) {
        exit_hvc(vp, esr);
    } else {
        exit_other(vp, esr);
    }
}

void exit_irq(struct vp *vp)
{
    gic_handle_physical(vp);
}

/* A physical SError while a guest ran is handed to that guest as a virtual one. */
void exit_serror(struct vp *vp)
{
    switch_serror(vp, read_esr_el2());
}

void exit_own_exception(uint64_t kind, uint64_t esr, uint64_t elr, uint64_t far, uint64_t sp)
{
    console_fatal("exception in refhv: kind %llu esr 0x%llx elr 0x%llx far 0x%llx sp 0x%llx",
                  (unsigned long long)kind, (unsigned long long)esr, (unsigned long long)elr,
                  (unsigned long long)far, (unsigned long long)sp);
}
