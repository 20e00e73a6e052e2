/* SPDX-License-Identifier: BSD-3-Clause */
#include "guest_tree.h"
#include "machine.h"

const struct mmio_range machine_ranges[] = {
    {"flash", {GUEST_FLASH_BASE}, GUEST_FLASH_BYTES, flash_erased_mmio, NULL},
    {"pl011", {GUEST_UART_BASE}, PL011_BYTES, pl011_mmio, &machine_uart},
    {"pl031", {GUEST_RTC_BASE}, PL031_BYTES, pl031_mmio, &machine_rtc},
    {"virtio", {GUEST_VIRTIO_BASE}, VIRTIO_BYTES, virtio_mmio, NULL},
};

const size_t machine_range_count = sizeof(machine_ranges) / sizeof(machine_ranges[0]);
