/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The host's network card (virtio 1.2, 5.1): one pair of queues, and a control queue for what it may
 * leave undone in what it receives. What other files of the image call is in devices.h.
 *
 * One lock, inside those of the guest's transmit and control queues, outside those of its receive
 * queues: a received frame is delivered with it held, so that frames keep their order.
 */
#ifndef DEVICES_HOST_NET_H
#define DEVICES_HOST_NET_H

#include "devices/devices.h"
#include "host/host_virtio.h"

/* Of one card; a second one is not driven. Boot VP. */
PV_MUST_USE enum pv_status host_net_open(uint64_t base);
void host_net_interrupt(void *device);

/* room: there may be room again after NET_FULL; link: it may have come or gone. Both with no lock held. */
void host_net_set_events(void (*room)(void), void (*link)(void));
/* NET_OFFLOAD_* that its receiver can have turned on, and which are to be. Boot, and any VP. */
uint32_t host_net_may(void);
void host_net_offloads(uint32_t wanted);

#endif /* DEVICES_HOST_NET_H */
