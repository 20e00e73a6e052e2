/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers by Hyper-V name, of either VTL of a VP: Get/SetVpRegisters behind the hypercall's checks.
 * The VP must be the current one, or one whose VTL is off. Status is an HV_STATUS_*.
 */
#ifndef REFHV_HVREGS_H
#define REFHV_HVREGS_H

#include "hv_hypercall.h"

#include <stdint.h>

struct vp;

/* caller_slot is the VTL that asks: a few names answer differently for VTL0. */
uint32_t hvregs_get(struct vp *vp, unsigned slot, unsigned caller_slot, uint32_t name,
                    struct hv_register_value *value);
uint32_t hvregs_set(struct vp *vp, unsigned slot, unsigned caller_slot, uint32_t name,
                    const struct hv_register_value *value);

/* Allowed while the caller's GuestOsId is zero (TLFS hypercall-interface)? */
int hvregs_early_get(uint32_t name);
int hvregs_early_set(uint32_t name);

#endif /* REFHV_HVREGS_H */
