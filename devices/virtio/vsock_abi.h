/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The socket device: virtio 1.2, 5.10. All fields are little-endian, as this CPU is.
 */
#ifndef DEVICES_VSOCK_ABI_H
#define DEVICES_VSOCK_ABI_H

#include "virtio/virtio_abi.h"

/* Queues (5.10.2). */
#define VIRTIO_VSOCK_RX 0u
#define VIRTIO_VSOCK_TX 1u
#define VIRTIO_VSOCK_EVENT 2u
#define VIRTIO_VSOCK_QUEUES 3u

#define VIRTIO_VSOCK_F_STREAM VIRTIO_FEATURE(0)

/* Context ids (5.10.4): the host's is well known; 0, 1 and those of all ones are reserved. */
#define VIRTIO_VSOCK_CID_HOST 2u

struct virtio_vsock_config {
    uint64_t guest_cid;
};

#define VIRTIO_VSOCK_TYPE_STREAM 1u

#define VIRTIO_VSOCK_OP_REQUEST 1u
#define VIRTIO_VSOCK_OP_RESPONSE 2u
#define VIRTIO_VSOCK_OP_RST 3u
#define VIRTIO_VSOCK_OP_SHUTDOWN 4u
#define VIRTIO_VSOCK_OP_RW 5u
#define VIRTIO_VSOCK_OP_CREDIT_UPDATE 6u
#define VIRTIO_VSOCK_OP_CREDIT_REQUEST 7u

/* Flags of a shutdown (5.10.6.5): the sender will not receive, not send any more. */
#define VIRTIO_VSOCK_SHUTDOWN_RECEIVE 1u
#define VIRTIO_VSOCK_SHUTDOWN_SEND 2u
#define VIRTIO_VSOCK_SHUTDOWN_BOTH 3u

/* In front of each packet (5.10.6); payload of `len` bytes follows. */
struct virtio_vsock_header {
    uint64_t src_cid;
    uint64_t dst_cid;
    uint32_t src_port;
    uint32_t dst_port;
    uint32_t len;
    uint16_t type;
    uint16_t op;
    uint32_t flags;
    uint32_t buf_alloc;
    uint32_t fwd_cnt;
} __attribute__((packed));

_Static_assert(sizeof(struct virtio_vsock_header) == 44, "5.10.6");

/* Events (5.10.6.7). */
#define VIRTIO_VSOCK_EVENT_TRANSPORT_RESET 0u

struct virtio_vsock_event {
    uint32_t id;
};

#endif /* DEVICES_VSOCK_ABI_H */
