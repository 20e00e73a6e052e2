/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A network card of the host's that gives back what it likes, with what lengths and headers it likes.
 * Every frame that is delivered can be read whole, and a card that has been found to lie gets nothing
 * more.
 */
#include "fake_host_virtio.h"
#include "host/bounce.h"
#include "host/host_net.h"
#include "virtio/frame.h"

#include <stdlib.h>
#include <string.h>

#define QUEUES 3u
#define SIZE 64u

static uint8_t bytes_of[80000];
static struct vmm_work *later;
static bool
    lied; /* it has given back what it had not taken: the ring means nothing to it any more */

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    (void)delay_ns;
    later = work;
}

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static enum net_verdict receive(struct net_frame *frame)
{
    require(frame->bytes <= sizeof(bytes_of) && net_frame_copy(frame, 0, bytes_of, frame->bytes));
    if (net_frame_check(frame, 1500) && net_frame_needs(frame) == NET_OFFLOAD_CSUM) {
        require(net_frame_complete(frame) && frame->sum_at + 2 <= frame->bytes);
    }
    /* Some come again. */
    return bytes_of[0] % 8 == 7 ? NET_FULL : NET_TAKEN;
}

static void nothing(void)
{
}

static bool start(const uint8_t *data, uint8_t features)
{
    fake_vtl_reset();
    fake_host_reset();
    later = NULL;
    lied = false;
    fake_host_plug(0, VIRTIO_ID_NET, QUEUES, SIZE);
    fake_host[0].offered |=
        features % 2 != 0 ? UINT64_C(0x30021983) | VIRTIO_NET_F_MRG_RXBUF : VIRTIO_F_EVENT_IDX;
    fake_host[0].offered |= VIRTIO_NET_F_STATUS | VIRTIO_NET_F_MAC | VIRTIO_NET_F_MTU |
                            VIRTIO_NET_F_CTRL_GUEST_OFFLOADS;
    memcpy(fake_host[0].config, data, 12);
    require(bounce_init(200) == PV_OK);
    host_net_set_receive(receive, nothing);
    host_net_set_events(nothing, nothing);
    return host_net_open(fake_host_base(0)) == PV_OK;
}

/* The device takes the next request, writes into it, and says that it is done. */
static void serve(unsigned queue, uint8_t first, uint8_t second, uint32_t length)
{
    const struct virtio_net_header header = {.flags = first % 4,
                                             .gso_type = first / 4 % 5,
                                             .gso_size = second,
                                             .csum_start = (uint16_t)(second % 64),
                                             .csum_offset = (uint16_t)(first % 32),
                                             .num_buffers = second % 8 != 0 ? 1 : first % 40};
    struct fake_host_request request;

    if (lied || !fake_host_take(0, queue, &request)) {
        return;
    }
    if (request.writable_bytes >= sizeof(header)) {
        fake_host_write(&request, 0, &header, sizeof(header));
    }
    fake_host_give(0, queue, request.head, length);
}

static void send(uint8_t size, uint8_t flags)
{
    static uint8_t wire[70000];
    const struct virtio_net_header header = {.flags = flags};
    struct ring_segment segment = {gpa((uintptr_t)wire), sizeof(wire)};
    struct net_source source = {.start = {&segment, &segment + 1, 0}};
    struct net_frame frame;

    require(net_frame_open(&frame, &source, (uint32_t)size * 257, &header));
    (void)host_net_send(&frame);
    host_net_kick();
}

/* Four bytes an operation. */
static void operate(const uint8_t *op)
{
    unsigned queue = op[1] % QUEUES;

    if (fake_host[0].queues[queue].ready == 0) {
        queue = 0;
    }
    switch (op[0] % 8) {
    case 0:
    case 1:
    case 2:
        serve(queue, op[2], op[3], queue == 0 ? op[3] * 9u : op[3] % 4 / 3);
        break;
    case 3:
        lied = true;
        fake_host_give(0, queue, op[2], op[3]);
        break;
    case 4:
        lied = true;
        *fake_host_used_index(0, queue) = (uint16_t)(*fake_host_used_index(0, queue) + op[2] % 4);
        break;
    case 5:
        fake_host[0].config[op[1] % 12] = op[2];
        fake_host_raise(0, op[3] % 4);
        host_net_interrupt(NULL);
        break;
    case 6:
        send(op[2], op[3]);
        break;
    default:
        host_net_offloads(op[1]);
        if (later != NULL) {
            later->run(later->device);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes < 13 || !start(data, data[12])) {
        return 0;
    }
    for (size_t i = 13; i + 3 < bytes && fake_host[0].status != 0; i += 4) {
        operate(data + i);
    }
    host_net_interrupt(NULL);
    if (fake_host[0].status == 0) {
        require(!host_net_link());
    }
    return 0;
}
