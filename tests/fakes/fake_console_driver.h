/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A driver of the guest's console device: fake_driver.h, with split rings whose every chain is one
 * descriptor or a list of a test's own.
 */
#ifndef TESTS_FAKES_FAKE_CONSOLE_DRIVER_H
#define TESTS_FAKES_FAKE_CONSOLE_DRIVER_H

#include "fake_transport.h"
#include "host/host_console.h"

#define DRIVER_QUEUES 6u
#define DRIVER_ENTRIES 128u
/* Free memory of the guest's. */
#define DRIVER_MEMORY (FAKE_RAM_BASE + DRIVER_QUEUES * FAKE_DRIVER_BYTES)

/* A fresh device in its window, with its driver gone. */
void driver_init(void);
uint32_t driver_read(uint32_t offset);
void driver_write(uint32_t offset, uint32_t value);
/* Reset, up to DRIVER_OK. */
void driver_start(uint64_t features);
/* The next chain: one descriptor; or `count` of `bytes` each, `stride` apart. */
void driver_add(unsigned queue, uint64_t address, uint32_t bytes, bool write);
void driver_add_list(unsigned queue, uint64_t address, uint32_t bytes, uint32_t stride,
                     unsigned count, bool write);
void driver_notify(unsigned queue);
/* The next that the device has given back, and how many bytes it has written. */
bool driver_used(unsigned queue, uint32_t *written);
/* What was asked to be done later is done. False: nothing. */
bool driver_later(void);

#endif /* TESTS_FAKES_FAKE_CONSOLE_DRIVER_H */
