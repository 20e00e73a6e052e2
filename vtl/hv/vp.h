/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A VP as this backend keeps it, and what it knows of the hypervisor. struct vtl_vp belongs to its
 * VP; struct hv is written by vtl_init and the first vtl_vp_init, then only read. Offsets are for
 * switch.S.
 */
#ifndef VTL_HV_VP_H
#define VTL_HV_VP_H

#define VP_X(n) (8 * (n))
#define VP_PROFILING 256
#define VP_TRACING 264
#define VP_BUFFERS 272

/* vp->buffers: which buffer controls EL1 owns on this CPU. */
#define VP_BUFFER_PROFILING 1
#define VP_BUFFER_TRACING 2

#ifndef __ASSEMBLER__

#include "hv_message.h"
#include "vtl/vtl.h"

/* How VTL0's x29 and x30 travel: contradiction C1 of the reference. */
enum hv_x29 { HV_X29_UNKNOWN, HV_X29_PRIVATE, HV_X29_SHARED };

struct hv {
    uint32_t vp_count;
    bool native;         /* HVC #1; else the SMCCC form */
    bool fast_output;    /* fast Get answers where Linux expects it, X6 and X7 */
    bool intercept_page; /* messages come in the VP assist page; else in SIMP slot 0 */
    enum hv_x29 x29;
};

extern struct hv hv;

struct vtl_vp {
    /*
     * VTL0's registers that the two VTLs share, live while VTL2 runs; 18 is unused, 29 and 30 as
     * hv.x29 says.
     */
    uint64_t x[31];
    uint64_t unused;
    /* VTL0's PMBLIMITR_EL1 and TRBLIMITR_EL1, off while VTL2 runs. */
    uint64_t profiling;
    uint64_t tracing;
    uint64_t buffers;

    /* VTL0's PC and PSTATE, known from the exit; written back before the next entry. */
    uint64_t pc;
    uint64_t pstate;
    bool known;
    bool pc_dirty;
    bool pstate_dirty;

    uint32_t index;
    struct hv_vp_assist_page *assist;
    struct hv_register_page *registers; /* NULL: by hypercall */
    struct hv_message_page *messages;   /* NULL: the intercept page is used */
};

_Static_assert(offsetof(struct vtl_vp, profiling) == VP_PROFILING, "switch.S");
_Static_assert(offsetof(struct vtl_vp, tracing) == VP_TRACING, "switch.S");
_Static_assert(offsetof(struct vtl_vp, buffers) == VP_BUFFERS, "switch.S");

/*
 * PPI of SINT0 where messages come by SIMP: the one that the field uses for messages (reference
 * 3.3).
 */
#define HV_SINT_PPI 18u

#define VTL0 HV_INPUT_VTL(0)

struct vtl_vp *hv_vp(uint32_t index);

/* Where the probe of x29 and x30 stands in for the run loop: see probe.c. */
PV_MUST_USE enum pv_status hv_probe_x29(struct vtl_vp *vp);

/* What VTL0 may do with these pages: HV_MAP_*. Page aligned. */
PV_MUST_USE enum pv_status hv_protect(gpa_t base, uint64_t bytes, uint32_t map_flags);

/* VTL0 at reset, about to run at pc. */
PV_MUST_USE enum pv_status hv_first_state(struct vtl_vp *vp, uint64_t pc);

/* Makes vp->pc and vp->pstate known. */
PV_MUST_USE enum pv_status hv_state_fetch(struct vtl_vp *vp);
/*
 * Writes a changed PC and PSTATE of VTL0 back to the hypervisor. By the register page they count
 * from VTL0's entry on; now: by name, at once.
 */
PV_MUST_USE enum pv_status hv_state_flush(struct vtl_vp *vp, bool now);

#endif /* __ASSEMBLER__ */
#endif /* VTL_HV_VP_H */
