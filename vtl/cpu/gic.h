/* SPDX-License-Identifier: BSD-3-Clause */
/* VTL2's GICv3 from inside vtl: a CPU's own part. */
#ifndef VTL_CPU_GIC_H
#define VTL_CPU_GIC_H

#include "vtl/vtl.h"

/* This CPU's interface and redistributor. PV_OK and nothing done if vtl_irq_init was not called. */
PV_MUST_USE enum pv_status gic_cpu_init(uint32_t index);
/* Enables the SGI or PPI, edge-triggered, that announces messages: more urgent than any other. */
PV_MUST_USE enum pv_status gic_messages_enable(uint32_t index, uint32_t intid);
/*
 * Takes that interrupt if it is the one that is due; another that is due is kept for vtl_irq_take.
 */
void gic_messages_ack(uint32_t intid);

#endif /* VTL_CPU_GIC_H */
