/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a verdict does to the guest's state; used by the run loop alone.
 */
#ifndef VMM_RESUME_H
#define VMM_RESUME_H

#include "arm64.h"
#include "vmm/vmm.h"

/* For resume_advance: an instruction after which more than the PC changes, or by another length. */
PV_MUST_USE enum pv_status resume_advance_pstate(struct vtl_vp *vp, const struct vtl_exit *exit);

/* Past the instruction of the exit. In line: every access goes through here. */
PV_MUST_USE static inline enum pv_status resume_advance(struct vtl_vp *vp,
                                                        const struct vtl_exit *exit)
{
    if ((exit->pstate & (PSTATE_AARCH32 | PSTATE_SS | PSTATE_BTYPE_MASK)) != 0) {
        return resume_advance_pstate(vp, exit);
    }
    return vtl_register_set(vp, VTL_PC, exit->pc.raw + 4);
}

/* A synchronous external abort for the access of a memory exit. */
PV_MUST_USE enum pv_status resume_abort(struct vtl_vp *vp, const struct vtl_exit *exit);
PV_MUST_USE enum pv_status resume_undefined(struct vtl_vp *vp);

#endif /* VMM_RESUME_H */
