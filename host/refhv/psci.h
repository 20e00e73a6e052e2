/* SPDX-License-Identifier: BSD-3-Clause */
/* PSCI 1.1 (Arm DEN0022) for both VTLs. */
#ifndef REFHV_PSCI_H
#define REFHV_PSCI_H

#include <stdbool.h>
#include <stdint.h>

struct vp;

/* Carries out function for the active VTL, result in x0. False if it is no PSCI function. */
bool psci_handle(struct vp *vp, uint32_t function);

#endif /* REFHV_PSCI_H */
