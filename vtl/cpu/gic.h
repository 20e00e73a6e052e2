/* SPDX-License-Identifier: BSD-3-Clause */
/* VTL2's GICv3 from inside vtl: a CPU's own part. */
#ifndef VTL_CPU_GIC_H
#define VTL_CPU_GIC_H

#include "vtl/vtl.h"

/* This CPU's interface and redistributor. PV_OK and nothing done if vtl_irq_init was not called. */
PV_MUST_USE enum pv_status gic_cpu_init(uint32_t index);
/* Enables an edge-triggered SGI or PPI of this CPU, more urgent than any SPI. */
PV_MUST_USE enum pv_status gic_private_enable(uint32_t index, uint32_t intid);
/*
 * Takes that interrupt if it is the one that is due; another that is due is kept for vtl_irq_take.
 */
void gic_private_ack(uint32_t intid);

#endif /* VTL_CPU_GIC_H */
