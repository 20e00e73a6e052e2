/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a verdict does to the guest's state; used by the run loop alone.
 */
#ifndef VMM_RESUME_H
#define VMM_RESUME_H

#include "arm64.h"
#include "vmm/vmm.h"

/* Is the PC all that changes when the instruction is done, by 4? */
static inline bool resume_is_plain(const struct vtl_exit *exit)
{
    return (exit->pstate & (PSTATE_AARCH32 | PSTATE_SS | PSTATE_BTYPE_MASK)) == 0;
}

/* Past the instruction of an exit that is plain, and of any. */
PV_MUST_USE static inline enum pv_status resume_next(struct vtl_vp *vp, const struct vtl_exit *exit)
{
    return vtl_pc_set(vp, gva(exit->pc.raw + 4));
}

PV_MUST_USE enum pv_status resume_advance(struct vtl_vp *vp, const struct vtl_exit *exit);

/* A synchronous external abort for the access of a memory exit. */
PV_MUST_USE enum pv_status resume_abort(struct vtl_vp *vp, const struct vtl_exit *exit);
PV_MUST_USE enum pv_status resume_undefined(struct vtl_vp *vp);

#endif /* VMM_RESUME_H */
