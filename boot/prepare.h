/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What VTL0 begins with: its parts checked and measured, its device tree written. Boot VP, before VTL0
 * runs.
 */
#ifndef BOOT_PREPARE_H
#define BOOT_PREPARE_H

#include "fdt_in.h"
#include "guest.h"

/* page: the guest page, copied. virtio: a bit a window that has a device. NULL, or what is wrong. */
const char *prepare_guest(const struct board *board, const struct igvm_guest_page *page,
                          uint32_t virtio, struct guest_parts *parts);

#endif /* BOOT_PREPARE_H */
