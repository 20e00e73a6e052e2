/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Q0 to Q31 by name: one set for both VTLs, always in the CPU that runs the VP. Z0 to Z31, P0 to P15 and FFR have
 * names too, and values that no register value can hold: they are refused like names that there are not.
 */
#include "fp.h"
#include "hvregs_private.h"

uint32_t hvregs_vector_get(const struct hvregs_access *access, struct hv_register_value *value)
{
    if (!access->own) {
        return HV_STATUS_INVALID_VP_STATE;
    }
    fp_q_get(access->vp, access->name - HV_REGISTER_Q(0), value);
    return HV_STATUS_SUCCESS;
}

uint32_t hvregs_vector_set(const struct hvregs_access *access,
                           const struct hv_register_value *value)
{
    if (!access->own) {
        return HV_STATUS_INVALID_VP_STATE;
    }
    fp_q_set(access->vp, access->name - HV_REGISTER_Q(0), value);
    return HV_STATUS_SUCCESS;
}
