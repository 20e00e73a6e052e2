/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtual processor: one a physical CPU, for good. Its two VTLs share what the contract calls shared
 * (x0-x17, x19-x28, Q registers) in place; private state of the inactive VTL waits in struct vtl_state.
 *
 * Ownership: the CPU that runs the VP, except the fields under "requests", which others set under their
 * own rules and announce with gic_kick().
 */
#ifndef REFHV_VP_H
#define REFHV_VP_H

#include "hv_hypercall.h"
#include "machine.h"
#include "stage2.h"
#include "switched.h"
#include "synic.h"
#include "timer.h"
#include "vgic_cpu.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a VTL of a VP stands. */
enum vtl_run {
    VTL_OFF, /* not started: PSCI off, startup suspend */
    VTL_RUNNING,
    VTL_HALTED, /* in WFI: an interrupt brings it back */
};

/* Exception waiting for the VTL: PendingEvent0/1, or refhv's own (external abort, undefined). */
struct vtl_event {
    bool pending;
    uint64_t esr; /* EC in current-EL form for aborts */
    uint64_t far;
};

/* The VTL's part in an SError (switch.c), while another VTL runs. */
struct vtl_serror {
    bool pending;      /* HCR_EL2.VSE */
    uint64_t syndrome; /* VSESR_EL2 */
    uint64_t deferred; /* VDISR_EL2: the VTL's DISR_EL1 */
};

/* What a switch has to look after besides the usual: struct vp's unusual. */
#define VP_FP_LENT 1u    /* VTL2 uses the FP unit; VTL0's vector state waits in fp.c */
#define VP_PMU_PAUSED 2u /* VTL0's PMCR_EL0.E is taken off */
#define VP_SERROR 4u     /* an SError waits for a VTL, or its DISR_EL1 holds something */
#define VP_OF_VTL2 (VP_FP_LENT | VP_PMU_PAUSED)

struct vtl_state {
    bool enabled;         /* EnableVpVtl was done (VTL0: always) */
    _Atomic uint32_t run; /* enum vtl_run */

    /* Private state while the VTL is inactive. The active VTL's is in vp and in the hardware. */
    uint64_t x18;
    uint64_t x29;
    uint64_t x30;
    uint64_t pc;
    uint64_t pstate;
    struct private_regs regs;
    struct vtl_serror serror;
    struct vtimer timer;
    struct vgic_cpu gic;

    struct vtl_event event;
    struct synic synic;

    /* Synthetic registers, per VTL. */
    uint64_t guest_os_id;
    uint64_t vp_assist; /* register values: bit 0 enable, page */
    uint64_t register_page;
    struct hv_vp_assist_page *assist_at; /* the pages that the two name, while they are on */
    struct hv_register_page *registers_at;
    uint64_t reference_tsc;
    uint64_t deliverability; /* DeliverabilityNotifications */
    uint64_t crash[5];
};

struct vp {
    /* Guest's general registers at the exit; vectors.S stores and loads them. Keep first: offsets 8 * n. */
    uint64_t x[31];
    uint64_t pc;     /* offset 248: ELR_EL2 */
    uint64_t pstate; /* offset 256: SPSR_EL2 */

    /* Offset 264. False: vp_resume() would find nothing to do, and vectors.S does not call it. Who makes work for
     * it calls vp_attend() after. */
    _Atomic uint32_t attention;
    uint32_t index;
    uint32_t active; /* slot that the hardware holds */
    uint64_t mpidr;  /* what the guest reads */
    struct vtl_state vtl[SLOT_COUNT];

    uint32_t unusual; /* VP_* above; zero at most switches */

    /* x29 and x30 are each VTL's own: by the x29 option, and after a VTL return by SMCCC whatever it says. */
    bool x29_x30_private;
    bool secure_tlb_lock; /* VsmVpSecureConfigVtl0 bit 1, dropped on VTL return */

    /* Requests from other CPUs, taken by vp_take_requests() on the VP's own CPU. */
    _Atomic bool online; /* the CPU has entered refhv */
    struct {
        _Atomic uint32_t on_state; /* enum vp_on */
        uint64_t pc;
        uint64_t x0;
        struct hv_initial_vp_context context;
        bool has_context;
    } start[SLOT_COUNT];
};

/* State of a start request; a caller fills it in and moves IDLE -> READY; the VP takes it -> IDLE. */
enum vp_on { VP_ON_IDLE, VP_ON_READY };

/* The partition: one, shared by all VPs. */
struct partition {
    uint32_t vp_count;
    _Atomic uint64_t vtl2_enabled_vps; /* bit a VP */
    uint64_t vsm_config;               /* VsmPartitionConfig of VTL2; partition lock */
    bool unknown_connection_intercept; /* InstallIntercept type 0x0d by VTL2 */
};

extern struct vp vps[MACHINE_CPU_MAX];
extern struct partition partition;

/* The VP that the calling CPU runs (TPIDR_EL2). */
struct vp *vp_current(void);
struct vp *vp_by_index(uint32_t index);    /* NULL if there is none */
struct vp *vp_by_mpidr(uint64_t affinity); /* NULL if there is none */

static inline struct vtl_state *vp_active(struct vp *vp)
{
    return &vp->vtl[vp->active];
}

/* Any CPU; another's then kicks the VP. */
static inline void vp_attend(struct vp *vp)
{
    atomic_store_explicit(&vp->attention, true, memory_order_release);
}

/* The active VTL waits for an interrupt. On the VP's own CPU. */
static inline void vp_halt(struct vp *vp)
{
    atomic_store_explicit(&vp_active(vp)->run, VTL_HALTED, memory_order_relaxed);
    vp_attend(vp);
}

static inline unsigned slot_number(unsigned slot)
{
    return slot == SLOT_VTL2 ? 2u : 0u;
}

/* VTL switches on the current CPU. Entry writes the assist page's reason, or the message, before. */
void switch_enter_vtl2(struct vp *vp, uint32_t reason);
void switch_return_vtl0(struct vp *vp);

/* The return by SMCCC: x29 and x30 stay apart, whatever the x29 option says. */
void switch_return_vtl0_smccc(struct vp *vp);

/* The SError that has just been taken from the active VTL is that VTL's. */
void switch_serror(struct vp *vp, uint64_t esr);

/* The first load of a VP's hardware: nothing is saved. */
void switch_load_first(struct vp *vp, unsigned slot);

/* A VTL's saved registers back to reset, and with VTL0's what stays in the CPU that must not go on. */
void switch_reset(struct vp *vp, unsigned slot);

/* Runs change on the slot's saved state, whether the slot is active or not. */
void switch_refresh(struct vp *vp, void (*change)(struct vp *vp, unsigned slot, void *context),
                    unsigned slot, void *context);

/* VTL2's VP assist page of this VP; NULL if it has enabled none. */
static inline struct hv_vp_assist_page *switch_assist_page(struct vp *vp)
{
    return vp->vtl[SLOT_VTL2].assist_at;
}

/* A VTL's register file back to reset, and its state to pc/x0 or the hypercall's context. */
void vp_reset_vtl(struct vp *vp, unsigned slot);

enum vp_start_status {
    VP_START_GRANTED,
    VP_START_PENDING,      /* one is under way already */
    VP_START_RUNNING,      /* the VTL runs there */
    VP_START_WITHOUT_VTL2, /* VTL0 never runs on a VP whose VTL2 does not */
};

/* PSCI CPU_ON and HvCallStartVirtualProcessor: whoever else asks, one of them is granted it (vp_start.c). */
enum vp_start_status vp_request_start(struct vp *target, unsigned slot, uint64_t pc, uint64_t x0,
                                      const struct hv_initial_vp_context *context);

/* PSCI CPU_OFF of a VTL, on the VP's own CPU. False if VTL2 has to stay for its VTL0. */
bool vp_stop(struct vp *vp, unsigned slot);

/* Intercepts: compose a message for VTL2 and enter it; see intercept.c. */
void intercept_memory(struct vp *vp, uint64_t esr, uint64_t far, uint64_t gpa, uint32_t type);
void intercept_hypercall(struct vp *vp, uint16_t immediate);
void intercept_reset(struct vp *vp, uint32_t type, uint32_t code);

/* Puts an exception on the active VTL at once: sets ELR/SPSR/ESR/FAR_EL1 and the vector. */
void exception_inject(struct vp *vp, uint64_t esr, uint64_t far);

/* SMCCC and PSCI (function id in x0) of the active VTL; advances nothing. */
void smccc_handle(struct vp *vp, bool by_smc);

/* Hypercall of the active VTL: HVC #1 (smccc false) or 0x46000001. PC already past the HVC; a call that
 * must run again, or be intercepted, puts it back. */
void hypercall_handle(struct vp *vp, bool smccc);

#endif /* REFHV_VP_H */
