/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A VP as this backend keeps it, and what it knows of the hypervisor. struct vtl_vp belongs to its
 * VP; struct hv is written by vtl_init and the first vtl_vp_init, then only read, but for what is
 * asked later. Offsets are for switch.S.
 */
#ifndef VTL_HV_VP_H
#define VTL_HV_VP_H

#define VP_X(n) (8 * (n))
#define VP_ASSIST 256
#define VP_BUFFERS 264
#define VP_PROFILING 272
#define VP_TRACING 280
#define VP_BRANCHES 288

/* vp->buffers: which of their controls EL1 owns on this CPU. */
#define VP_BUFFER_PROFILING_BIT 0
#define VP_BUFFER_TRACING_BIT 1
#define VP_BUFFER_BRANCHES_BIT 2

/* struct hv_vp_assist_page: the entry reason, and eight bytes on the two registers. */
#define ASSIST_REASON 8
/* HV_SMCCC_VTL_RETURN as two immediates. */
#define SMCCC_RETURN_LOW 0x0012
#define SMCCC_RETURN_HIGH 0xc600

#ifndef __ASSEMBLER__

#include "hv_message.h"
#include "smccc.h"
#include "vtl/vtl.h"

/* How VTL2 returns, which says how VTL0's x29 and x30 travel: contradiction C1 of the reference. */
enum hv_return {
    HV_RETURN_UNKNOWN, /* by HVC #3, as if they were shared: right under both readings */
    HV_RETURN_SMCCC,   /* they are private */
    HV_RETURN_PRIVATE, /* HVC #3, and they are private */
    HV_RETURN_SHARED,  /* HVC #3, and they are shared */
};

struct hv {
    uint32_t vp_count;
    bool native;         /* HVC #1; else the SMCCC form */
    bool fast_output;    /* fast Get answers where Linux expects it, X6 and X7 */
    bool intercept_page; /* messages come in the VP assist page; else in SIMP slot 0 */
    enum hv_return vtl_return;
    uint32_t evidence; /* evidence.c's own: 0 until the first asks, then its kind and 1 */
};

extern struct hv hv;

struct vtl_vp {
    /*
     * VTL0's registers that the two VTLs share, live while VTL2 runs; 18 is unused, 29 and 30 as
     * hv.vtl_return says.
     */
    uint64_t x[31];
    uint64_t zero;
    struct hv_vp_assist_page *assist;
    /* VTL0's PMBLIMITR_EL1, TRBLIMITR_EL1 and BRBCR_EL1, off while VTL2 runs. */
    uint64_t buffers;
    uint64_t profiling;
    uint64_t tracing;
    uint64_t branches;

    const struct vtl_exit *state; /* if not NULL: VTL0's PC and PSTATE are as they are there */
    uint64_t usual_header;        /* of an intercept: index, and what exit.c adds */
    uint32_t index;
    uint32_t form;                      /* which switch: hv_switch_choose */
    struct vtl_exit *exit;              /* where the next one goes */
    struct hv_register_page *registers; /* NULL: by hypercall */
    struct hv_message_page *messages;   /* NULL: the intercept page is used */
};

_Static_assert(offsetof(struct vtl_vp, x) == VP_X(0), "switch.S");
_Static_assert(offsetof(struct vtl_vp, assist) == VP_ASSIST, "switch.S");
_Static_assert(offsetof(struct vtl_vp, buffers) == VP_BUFFERS, "switch.S");
_Static_assert(offsetof(struct vtl_vp, profiling) == VP_PROFILING, "switch.S");
_Static_assert(offsetof(struct vtl_vp, tracing) == VP_TRACING, "switch.S");
_Static_assert(offsetof(struct vtl_vp, branches) == VP_BRANCHES, "switch.S");
_Static_assert(offsetof(struct hv_vp_assist_page, entry_reason) == ASSIST_REASON, "switch.S");
_Static_assert(offsetof(struct hv_vp_assist_page, registers) == ASSIST_REASON + 8, "switch.S");
_Static_assert(HV_SMCCC_VTL_RETURN == ((uint32_t)SMCCC_RETURN_HIGH << 16 | SMCCC_RETURN_LOW),
               "switch.S");

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

#endif /* __ASSEMBLER__ */
#endif /* VTL_HV_VP_H */
