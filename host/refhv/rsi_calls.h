/* SPDX-License-Identifier: BSD-3-Clause */
/* Realm Services for VTL2 (vtl/abi/rsi.h), by SMC. VTL0 has none of them. */
#ifndef REFHV_RSI_CALLS_H
#define REFHV_RSI_CALLS_H

#include <stdbool.h>
#include <stdint.h>

struct vp;

/* Carries out function for the active VTL: status in x0, results behind it. False if it is none that VTL has. */
bool rsi_handle(struct vp *vp, uint32_t function);

#endif /* REFHV_RSI_CALLS_H */
