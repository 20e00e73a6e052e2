/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Between the transport's registers (mmio.c) and the devices behind them (device.c).
 */
#ifndef DEVICES_VIRTIO_WINDOWS_H
#define DEVICES_VIRTIO_WINDOWS_H

#include "virtio/device.h"

extern struct virtio_device *virtio_windows[VIRTIO_WINDOWS];

/* NULL: the window is empty. In line, as every access passes here. */
static inline struct virtio_device *virtio_window(unsigned index)
{
    return index < VIRTIO_WINDOWS ? virtio_windows[index] : NULL;
}

/* InterruptACK: the line falls with the last cause. */
void virtio_interrupt_clear(struct virtio_device *device, uint32_t causes);

#endif /* DEVICES_VIRTIO_WINDOWS_H */
