/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bench guest's socket: one connection to Paravane's echo service. As Linux' driver does: header and data
 * out are two descriptors in an indirect table, whose being used raises no interrupt; in, one buffer.
 * Source: virtio 1.2, sections in the code.
 */
#include "driver.h"
#include "virtio/vsock_abi.h"

#include <stddef.h>

#define DATA_BYTES 4096u
#define BUFFER_BYTES (DATA_BYTES + 64u)
#define OUR_CID 3u
#define OUR_PORT 1024u
#define ECHO_PORT 7u
#define CREDIT (1u << 20)

static struct driver_queue queues[VIRTIO_VSOCK_QUEUES];
static const struct driver_device device = {
    UINT64_C(0x0a000400),
    50,
    VIRTIO_ID_VSOCK,
    VIRTIO_VSOCK_F_STREAM,
};
static union {
    struct virtio_vsock_header header;
    uint8_t bytes[BUFFER_BYTES];
} received[QUEUE_SIZE] __attribute__((aligned(4096)));
static struct virtio_desc table[2] __attribute__((aligned(16)));
static struct virtio_vsock_header header __attribute__((aligned(8)));
static uint8_t data[DATA_BYTES] __attribute__((aligned(4096)));
static uint32_t forwarded;

/* Called by guest.S; true: it worked. */
uint64_t bench_socket_start(void);
uint64_t bench_socket_echo(uint32_t bytes);

static void receive_add(uint32_t index)
{
    queues[VIRTIO_VSOCK_RX].ring[index] =
        (struct virtio_desc){(uintptr_t)&received[index], BUFFER_BYTES, VIRTIO_DESC_WRITE, 0};
    driver_add(&queues[VIRTIO_VSOCK_RX], (uint16_t)index, true);
}

/* 5.10.6 */
static void send(uint16_t operation, uint32_t bytes)
{
    header.src_cid = OUR_CID;
    header.dst_cid = VIRTIO_VSOCK_CID_HOST;
    header.src_port = OUR_PORT;
    header.dst_port = ECHO_PORT;
    header.len = bytes;
    header.type = VIRTIO_VSOCK_TYPE_STREAM;
    header.op = operation;
    header.buf_alloc = CREDIT;
    header.fwd_cnt = forwarded;
    table[0] = (struct virtio_desc){(uintptr_t)&header, sizeof(header), VIRTIO_DESC_NEXT, 1};
    if (bytes == 0) {
        table[0].flags = 0;
    }
    table[1] = (struct virtio_desc){(uintptr_t)data, bytes, 0, 0};
    queues[VIRTIO_VSOCK_TX].ring[0] = (struct virtio_desc){
        (uintptr_t)table, bytes == 0 ? sizeof(table[0]) : sizeof(table), VIRTIO_DESC_INDIRECT, 0};
    driver_add(&queues[VIRTIO_VSOCK_TX], 0, false);
    driver_notify(&device, VIRTIO_VSOCK_TX);
}

/* Waits for a packet of this operation; its bytes. Others tell of credit, of which there is enough. */
static uint32_t receive(uint16_t operation)
{
    for (;;) {
        uint32_t at = driver_wait(&queues[VIRTIO_VSOCK_RX]);
        uint32_t index = queues[VIRTIO_VSOCK_RX].used.ring[at].id % QUEUE_SIZE;
        uint16_t found = received[index].header.op;
        uint32_t bytes = received[index].header.len;

        receive_add(index);
        if (found == operation) {
            return bytes;
        }
    }
}

uint64_t bench_socket_start(void)
{
    if (!driver_start(&device, queues, VIRTIO_VSOCK_QUEUES)) {
        return false;
    }
    for (uint32_t i = 0; i < QUEUE_SIZE; i++) {
        receive_add(i);
    }
    driver_notify(&device, VIRTIO_VSOCK_RX);
    send(VIRTIO_VSOCK_OP_REQUEST, 0);
    (void)driver_wait(&queues[VIRTIO_VSOCK_TX]);
    (void)receive(VIRTIO_VSOCK_OP_RESPONSE);
    return driver_interrupt(&device);
}

uint64_t bench_socket_echo(uint32_t bytes)
{
    uint32_t back = 0;

    send(VIRTIO_VSOCK_OP_RW, bytes);
    while (back < bytes) {
        back += receive(VIRTIO_VSOCK_OP_RW);
    }
    forwarded += back;
    (void)driver_wait(&queues[VIRTIO_VSOCK_TX]);
    return driver_interrupt(&device) && back == bytes;
}
