/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The devices that VTL0 sees, joined to those that VTL2 has: const tables of addresses and
 * interrupts.
 *
 * Locks, outermost first: console, then the model's or the driver's own.
 */
#ifndef BOOT_MACHINE_H
#define BOOT_MACHINE_H

#include "devices/devices.h"
#include "fdt_in.h"

/*
 * What answers where in VTL0's memory; ascending. In a file of its own, so that a test's image can
 * be linked with one more device than the machine has.
 */
extern const struct mmio_range machine_ranges[];
extern const size_t machine_range_count;

/* Its devices, of machine.c. */
extern struct pl011 machine_uart;
extern struct pl031 machine_rtc;

/* Brings up the host's UART as the log's sink. NULL, or what is wrong. Needs vtl_memory_init. */
const char *machine_console(const struct board *board);

/* Seconds since 1970, as the host says. After machine_devices. */
uint32_t machine_time_s(void);

/* Is this one of the words of VTL2's bootargs? */
bool machine_option(const struct board *board, const char *word);

/*
 * Models, MMIO ranges, interrupt handlers. NULL, or what is wrong. joined: the guest's consoles are
 * joined to the host's; else its PL011 is a UART that nothing is connected to, and there is no virtio
 * console.
 */
const char *machine_devices(const struct board *board, bool joined);

/* Of machine_devices: the host's virtio devices, and the guest's. */
const char *machine_virtio(const struct board *board, bool joined);
/* One more interrupt of VTL2's. */
void machine_interrupt_add(const struct vmm_irq *interrupt, bool edge);

/* A bit a virtio window of the guest's that has a device. */
uint32_t machine_virtio_windows(void);

/* Lets the host's interrupts in. After vtl_vp_init of the boot VP. joined: as for machine_devices. */
const char *machine_interrupts(bool joined);

#endif /* BOOT_MACHINE_H */
