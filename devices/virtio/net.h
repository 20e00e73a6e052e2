/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's network device (virtio 1.2, 5.1). What other files of the image call is in devices.h.
 *
 * Locks, outer first: device->lock for the control queue, the ring->lock of a transmit or the control
 * queue, what is behind the registered functions (the host's card), the ring->lock of a receive queue,
 * net->lock (the filter).
 */
#ifndef DEVICES_VIRTIO_NET_H
#define DEVICES_VIRTIO_NET_H

#include "virtio/device.h"
#include "virtio/frame.h"

#define NET_PAIRS_MAX 4u
#define NET_QUEUES_MAX (2 * NET_PAIRS_MAX + 1)
#define NET_FLOWS 64u
#define NET_TABLE 16u /* addresses of each kind that the driver can filter by */

/* Modes of the filter: a bit a command of 5.1.6.5.1. */
#define NET_PROMISC 1u
#define NET_ALL_MULTI 2u
#define NET_ALL_UNI 4u
#define NET_NO_MULTI 8u
#define NET_NO_UNI 16u
#define NET_NO_BROADCAST 32u

struct net_table {
    uint32_t count;
    bool all; /* there were more than fit */
    uint8_t macs[NET_TABLE][NET_MAC_BYTES];
};

struct net_filter {
    uint32_t modes;
    uint8_t mac[NET_MAC_BYTES];
    struct net_table unicast;
    struct net_table multicast;
};

struct virtio_net {
    struct virtio_device device;
    struct virtio_net_config config;
    struct vtl_lock link_lock; /* outside of all others */
    struct vtl_lock lock;      /* filter */
    struct net_filter filter;
    uint32_t pairs;                    /* that may be used: 1 until the driver says more; atomic */
    uint32_t takes;                    /* NET_OFFLOAD_* that the driver takes now; atomic */
    uint32_t filled;                   /* a bit a receive queue that got something; atomic */
    uint8_t flows[NET_FLOWS];          /* a flow's pair, and how long it stays; atomic */
    bool waiting[NET_QUEUES_MAX];      /* there may be more in it; its ring->lock */
    uint64_t wait_ends[NET_PAIRS_MAX]; /* frame without a buffer; 0: none waits; its ring->lock */
    struct vmm_work work;
    struct ring queues[NET_QUEUES_MAX];
    struct ring_used used[NET_PAIRS_MAX][RING_SIZE_MAX]; /* of a frame; its ring->lock */
};

extern struct virtio_net virtio_net;

/* Serves it; device->lock and its ring->lock are held. True: there may be more. */
bool virtio_net_control(struct virtio_net *net, struct ring *ring);
/* As after a reset (5.1.6.5). */
void virtio_net_filter_reset(struct virtio_net *net);
/* Does the driver want a frame to this address? */
bool virtio_net_wants(struct virtio_net *net, const uint8_t *mac);
/* What the driver takes, of NET_OFFLOAD_*; the host's card is told. */
void virtio_net_takes_set(struct virtio_net *net, uint32_t takes);
/* NET_OFFLOAD_* for features, or features' bits in a command, of what the driver receives. */
uint32_t virtio_net_offloads_of(uint64_t features);
/* May the driver have this address? The function that was registered. */
extern bool (*virtio_net_may_use)(const uint8_t *mac);

#endif /* DEVICES_VIRTIO_NET_H */
