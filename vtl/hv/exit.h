/* SPDX-License-Identifier: BSD-3-Clause */
/* From an entry of VTL2 to struct vtl_exit. */
#ifndef VTL_HV_EXIT_H
#define VTL_HV_EXIT_H

#include "hv/vp.h"

/* Once a VP, when its index is known. */
void hv_exit_init(struct vtl_vp *vp);

/* Reads why VTL2 was entered into vp->exit. switch.S ends in it, its frame gone. */
void hv_entry(struct vtl_vp *vp);

/* Entries that no intercept page tells of. */
void hv_entry_other(struct vtl_vp *vp, uint32_t reason, struct vtl_exit *exit);

/*
 * A message for this VP. VTL0's PC and PSTATE are known afterwards, if the exit has them. Whatever
 * is not exactly what the contract has becomes VTL_EXIT_UNKNOWN.
 */
void hv_exit_decode(struct vtl_vp *vp, const struct hv_message *message, struct vtl_exit *exit);

#endif /* VTL_HV_EXIT_H */
