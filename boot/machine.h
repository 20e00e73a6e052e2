/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The devices that VTL0 sees, joined to those that VTL2 has: const tables of addresses and
 * interrupts.
 *
 * Locks, outermost first: console, then the model's or the driver's own.
 */
#ifndef BOOT_MACHINE_H
#define BOOT_MACHINE_H

#include "fdt_in.h"

/* Brings up the host's UART as the log's sink. NULL, or what is wrong. Needs vtl_memory_init. */
const char *machine_console(const struct board *board);

/* Models, MMIO ranges, interrupt handlers. NULL, or what is wrong. */
const char *machine_devices(const struct board *board);

/* Lets the host's interrupts in. After vtl_vp_init of the boot VP. */
const char *machine_interrupts(const struct board *board);

#endif /* BOOT_MACHINE_H */
