/* SPDX-License-Identifier: BSD-3-Clause */
/* In place of boot's: the machine's devices, and the test's. */
#include "device.h"
#include "guest_tree.h"
#include "machine.h"
#include "simd_device.h"

const struct mmio_range machine_ranges[] = {
    {"pl011", {GUEST_UART_BASE}, PL011_BYTES, pl011_mmio, &machine_uart},
    {"pl031", {GUEST_RTC_BASE}, PL031_BYTES, pl031_mmio, &machine_rtc},
    {"simd", {SIMD_DEVICE_GPA}, SIMD_DEVICE_BYTES, simd_device_mmio, NULL},
};

const size_t machine_range_count = sizeof(machine_ranges) / sizeof(machine_ranges[0]);
