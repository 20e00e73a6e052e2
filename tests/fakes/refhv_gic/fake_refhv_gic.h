/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hardware for tests of refhv's vGIC and timers: a register file a CPU, the virtual CPU interface as a guest uses
 * it (IHI 0069H, 6.3 and 12.3, written from the specification), the board's side of the links, kicks. What cmocka.h
 * wants before it comes with this header.
 */
#ifndef FAKE_REFHV_GIC_H
#define FAKE_REFHV_GIC_H

#include "vp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_SPURIOUS 1023u

/* Everything back to reset: vp_count VPs with Aff0 = index, lr_count list registers, 5 priority bits. */
void fake_refhv_gic_reset(uint32_t vp_count, unsigned lr_count);

/* The CPU that the test plays from now on; its VP is vp_current(). */
struct vp *fake_refhv_gic_cpu(uint32_t index);

/* A register of the current CPU. */
uint64_t fake_refhv_gic_get(const char *name);
void fake_refhv_gic_set(const char *name, uint64_t value);
unsigned fake_refhv_gic_writes(void); /* of registers, on all CPUs, since the last call */

/* The counter, one for all CPUs. */
void fake_refhv_gic_time(uint64_t ticks);

/* The guest's CPU interface. Groups: 0 or 1. */
void guest_open(uint8_t mask);            /* groups on, PMR = mask, binary points lowest */
uint32_t guest_signalled(unsigned group); /* INTID that would be taken now, or FAKE_SPURIOUS */
uint32_t guest_acknowledge(unsigned group);
void guest_end(unsigned group, uint32_t intid); /* ICC_EOIR */
bool guest_deactivate(uint32_t intid);          /* ICC_DIR; false if it traps */
void guest_split_eoi(bool split);
bool guest_maintenance(void); /* is PPI 25 asserted? */

/* The board's side. */
struct fake_board {
    bool spi_enabled[1024];
    bool active[1024]; /* SPIs */
    bool cntv_active[MACHINE_CPU_MAX];
    unsigned cntv_activations;
    unsigned kicks[MACHINE_CPU_MAX];
};
extern struct fake_board fake_board;

#endif /* FAKE_REFHV_GIC_H */
