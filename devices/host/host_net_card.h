/* SPDX-License-Identifier: BSD-3-Clause */
/* What host_net.c (out, control) and host_net_in.c share. */
#ifndef DEVICES_HOST_NET_CARD_H
#define DEVICES_HOST_NET_CARD_H

#include "host/bounce.h"
#include "host/host_net.h"

#define HOST_NET_BUFFER_BYTES 2048u
#define HOST_NET_IN 128u
#define HOST_NET_OUT 160u
#define HOST_NET_NONE UINT16_MAX
/* What the longest frame and its header fill. */
#define HOST_NET_FRAME_BUFFERS                                                      \
    ((VIRTIO_NET_FRAME_MAX + VIRTIO_NET_HEADER_BYTES + HOST_NET_BUFFER_BYTES - 1) / \
     HOST_NET_BUFFER_BYTES)

/* In the bounce region. */
struct host_net_command {
    uint8_t class_of;
    uint8_t command;
    uint8_t answer;
    uint64_t offloads;
};

struct host_net_card {
    struct vtl_lock lock;
    bool open;
    bool link;
    struct host_virtio device;
    struct host_queue receive;
    struct host_queue transmit;
    struct host_queue control;
    struct host_net_info info;

    /* Out: buffers, free or of a frame, in lists. */
    uint8_t *out;
    uint16_t next[HOST_NET_OUT];
    uint16_t free_first;
    uint16_t free_count;
    uint16_t first[HOST_QUEUE_SIZE_MAX]; /* of the frame with this id */
    bool full;                           /* NET_FULL was said */

    /* In: the buffers of the frame that is coming. */
    uint8_t *in;
    uint8_t buffer_of[HOST_QUEUE_SIZE_MAX]; /* by id */
    uint8_t coming[HOST_NET_FRAME_BUFFERS];
    uint32_t coming_bytes[HOST_NET_FRAME_BUFFERS];
    unsigned coming_count;
    unsigned coming_wanted;
    bool held; /* it is all there, and had no room; atomic */
    struct virtio_net_header header;
    struct vmm_work work;

    struct host_net_command *command;
    bool commanding; /* it is on its way */
    uint32_t offloads;
    uint32_t offloads_sent;
};

extern struct host_net_card host_net_card;

/* All that has come, as far as an exit may: the rest comes by itself. No lock held. */
void host_net_receive(void);
/* Gives the device its buffers. */
void host_net_start_receive(void);

#endif /* DEVICES_HOST_NET_CARD_H */
