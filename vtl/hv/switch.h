/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The VTL return. Each function loads VTL0's shared registers from the VP, gives the CPU to VTL0,
 * and when VTL2 is entered again stores VTL0's registers and goes to hv_entry, which returns. To
 * the caller it is an ordinary function.
 */
#ifndef VTL_HV_SWITCH_H
#define VTL_HV_SWITCH_H

#include "hv/vp.h"

/* By SMCCC: VTL0's x0 goes through the assist page; x29 and x30 of VTL2 stay in place. */
void hv_switch_smccc(struct vtl_vp *vp);
/* By HVC #3. x29 and x30 of VTL2 stay in place: the specification's reading. */
void hv_switch_private(struct vtl_vp *vp);
/* By HVC #3. x29 and x30 are loaded for VTL0 and stored: right under both readings. */
void hv_switch_shared(struct vtl_vp *vp);
/* The same, where the CPU can profile, trace or record branches: VTL0's is off while VTL2 runs. */
void hv_switch_smccc_buffers(struct vtl_vp *vp);
void hv_switch_private_buffers(struct vtl_vp *vp);
void hv_switch_shared_buffers(struct vtl_vp *vp);

/* Which of them vtl_vp_enter uses from now on, by hv.vtl_return and vp->buffers. */
void hv_switch_choose(struct vtl_vp *vp);

/* Is pc where x29 is VTL0's? The frame record then lies at SP. */
bool switch_window_contains(uint64_t pc);

#endif /* VTL_HV_SWITCH_H */
