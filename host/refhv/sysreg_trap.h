/* SPDX-License-Identifier: BSD-3-Clause */
/* Trapped system register accesses of the active VTL. */
#ifndef REFHV_SYSREG_TRAP_H
#define REFHV_SYSREG_TRAP_H

#include <stdbool.h>
#include <stdint.h>

struct vp;

/* Carries out the access that esr (class 0x18) describes. False: undefined for the guest. */
bool sysreg_trap(struct vp *vp, uint64_t esr);

#endif /* REFHV_SYSREG_TRAP_H */
