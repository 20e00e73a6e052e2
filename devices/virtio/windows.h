/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the transport's registers (mmio.c) and the devices behind them (device.c).
 */
#ifndef DEVICES_VIRTIO_WINDOWS_H
#define DEVICES_VIRTIO_WINDOWS_H

#include "virtio/device.h"

/* NULL: the window is empty. */
struct virtio_device *virtio_window(unsigned index);

/* InterruptACK: the line falls with the last cause. */
void virtio_interrupt_clear(struct virtio_device *device, uint32_t causes);

#endif /* DEVICES_VIRTIO_WINDOWS_H */
