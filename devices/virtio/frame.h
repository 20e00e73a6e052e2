/* SPDX-License-Identifier: BSD-3-Clause */
/* A frame's bytes where its sender has them: in the guest's memory, or in the bounce region. */
#ifndef DEVICES_VIRTIO_FRAME_H
#define DEVICES_VIRTIO_FRAME_H

#include "devices/devices.h"
#include "virtio/ring.h"

struct net_source {
    struct ring_cursor start;
    struct ring_cursor now;
    uint32_t at; /* the frame's offset of now */
};

/*
 * Makes a frame of `bytes` that lie from the source's start on, and of its header: reads its head.
 * False: it has not so many, or their memory is not there.
 */
bool net_frame_open(struct net_frame *frame, struct net_source *source, uint32_t bytes,
                    const struct virtio_net_header *header);

#endif /* DEVICES_VIRTIO_FRAME_H */
