/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The VTL return. Each function loads VTL0's shared registers from the VP, gives the CPU to VTL0,
 * and returns when VTL2 is entered again, VTL0's registers stored. To the caller it is an ordinary
 * function.
 */
#ifndef VTL_HV_SWITCH_H
#define VTL_HV_SWITCH_H

#include "hv/vp.h"

/* x29 and x30 of VTL2 stay in place: the specification's reading. */
void hv_switch_private(struct vtl_vp *vp);
/* x29 and x30 are loaded for VTL0 and stored: right under both readings. */
void hv_switch_shared(struct vtl_vp *vp);
/* The same, where EL1 owns a profiling or trace buffer: VTL0's is off while VTL2 runs. */
void hv_switch_private_buffers(struct vtl_vp *vp);
void hv_switch_shared_buffers(struct vtl_vp *vp);

/* Is pc where x29 is VTL0's? The frame record then lies at SP. */
bool switch_window_contains(uint64_t pc);

#endif /* VTL_HV_SWITCH_H */
