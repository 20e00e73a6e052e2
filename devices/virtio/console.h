/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's console device, with a port for each of enum HOST_CONSOLE_*. See host/host_console.h
 * for what is behind them.
 */
#ifndef DEVICES_VIRTIO_CONSOLE_H
#define DEVICES_VIRTIO_CONSOLE_H

#include "host/host_console.h"
#include "virtio/device.h"

struct virtio_console_counts {
    uint64_t in; /* bytes from the host that the guest has got */
    uint64_t out;
    uint64_t dropped; /* bytes of the guest's that went nowhere: there is no such port */
};
struct virtio_console_counts virtio_console_counts(unsigned port);
/* Control messages of the driver's that said nothing to us. */
uint64_t virtio_console_ignored(void);

#endif /* DEVICES_VIRTIO_CONSOLE_H */
