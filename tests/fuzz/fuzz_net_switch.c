/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Frames of the host's and the guest's, with any addresses and headers. Whatever they send: nothing
 * reaches a port that its source has no right to, Paravane's frames for the host's side never end at
 * the guest, and no port gets what it does not take.
 */
#include "fake_vtl.h"
#include "net/net.h"
#include "virtio/frame.h"

#include <stdlib.h>
#include <string.h>

static const struct host_net_info info = {{0x52, 0x54, 0, 0x12, 0x34, 0x56}, 1500};
static const uint8_t peer[NET_MAC_BYTES] = {0x52, 0x55, 0x0a, 0, 2, 2};
static uint8_t own[NET_MAC_BYTES];
static uint8_t guest[NET_MAC_BYTES];
static uint32_t takes;
static enum net_port from;
static enum net_port last;
static uint8_t whole[70000];

static enum net_verdict (*from_host)(struct net_frame *frame);
static enum net_verdict (*from_guest)(struct net_frame *frame);
static bool (*may_use)(const uint8_t *mac);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

const struct host_net_info *host_net_info(void)
{
    return &info;
}

void host_net_set_receive(enum net_verdict (*receive)(struct net_frame *frame), void (*flush)(void))
{
    (void)flush;
    from_host = receive;
}

void virtio_net_set_transmit(enum net_verdict (*transmit)(struct net_frame *frame),
                             bool (*use)(const uint8_t *mac))
{
    from_guest = transmit;
    may_use = use;
}

static enum net_verdict got(enum net_port port, const struct net_frame *frame, uint32_t taken)
{
    last = port;
    require(port != from);
    require((net_frame_needs(frame) & ~taken) == 0);
    require(frame->bytes >= 14 && frame->bytes <= 65550);
    require((frame->head[6] & 1) == 0);
    require((memcmp(frame->head + 6, own, 6) == 0) == (from == NET_PORT_OWN));
    require(from != NET_PORT_HOST || memcmp(frame->head + 6, guest, 6) != 0);
    require(memcmp(frame->head, own, 6) != 0 || port == NET_PORT_OWN);
    require(net_frame_copy(frame, 0, whole, frame->bytes));
    return NET_TAKEN;
}

enum net_verdict host_net_send(struct net_frame *frame)
{
    return got(NET_PORT_HOST, frame, NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6);
}

enum net_verdict virtio_net_deliver(struct net_frame *frame)
{
    return got(NET_PORT_GUEST, frame, takes);
}

static enum net_verdict own_receive(struct net_frame *frame)
{
    return got(NET_PORT_OWN, frame, 0);
}

uint32_t host_net_takes(void)
{
    return NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6;
}

uint32_t virtio_net_takes(void)
{
    return takes;
}

void host_net_kick(void)
{
}

void virtio_net_flush(void)
{
}

void virtio_net_mac(uint8_t *mac)
{
    memcpy(mac, guest, NET_MAC_BYTES);
}

/* An address out of a byte: those that matter, and others. */
static void address(uint8_t *to, uint8_t which)
{
    const uint8_t other[NET_MAC_BYTES] = {which & 0xf7, 0, 0, 0, 0, which};
    const uint8_t *known[] = {own, guest, peer, other, other, other, other, other};

    memcpy(to, known[which % 8], NET_MAC_BYTES);
}

static void send(enum net_port port, uint8_t to, uint8_t source_of, uint32_t bytes,
                 const struct virtio_net_header *header)
{
    static uint8_t wire[66000];
    struct ring_segment segment = {gpa((uintptr_t)wire), sizeof(wire)};
    struct net_source source = {.start = {&segment, &segment + 1, 0}};
    struct net_frame frame;

    from = port;
    address(wire, to);
    address(wire + 6, source_of);
    require(net_frame_open(&frame, &source, bytes, header));
    frame.sender_may = bytes % 8;
    if (port == NET_PORT_HOST) {
        from_host(&frame);
    } else {
        (void)from_guest(&frame);
    }
}

/* Eight bytes an operation. */
static void operate(const uint8_t *op)
{
    struct virtio_net_header header = {
        .flags = op[3] % 2, .gso_type = op[3] / 2 % 8, .gso_size = op[4]};

    header.hdr_len = op[5];
    header.csum_start = (uint16_t)(op[6] * (op[3] >= 128 ? 256u : 1u));
    header.csum_offset = op[7];
    if (op[0] % 8 == 7) {
        uint8_t mac[NET_MAC_BYTES];

        address(mac, op[1]);
        if (may_use(mac)) {
            memcpy(guest, mac, sizeof(guest));
        }
        takes = op[2] % 8;
        fake.time_ns += (uint64_t)op[3] << 30;
        return;
    }
    send(op[0] % 2 == 0 ? NET_PORT_HOST : NET_PORT_GUEST, op[1], op[2],
         op[4] * (op[0] >= 128 ? 258u : 6u), &header);
}

/* The host's side has shown an address: the guest can't have it, and frames to it go to the host. */
static void host_stays_host(void)
{
    static const struct virtio_net_header none;

    memcpy(guest, info.mac, sizeof(guest));
    send(NET_PORT_HOST, 1, 2, 64, &none);
    require(!may_use(peer) && !may_use(own));
    send(NET_PORT_GUEST, 0, 2, 64, &none);
    struct ring_segment segment = {gpa((uintptr_t)whole), sizeof(whole)};
    struct net_source source = {.start = {&segment, &segment + 1, 0}};
    struct net_frame frame;
    memcpy(whole, peer, 6);
    memcpy(whole + 6, own, 6);
    require(net_frame_open(&frame, &source, 64, &none));
    from = NET_PORT_OWN;
    require(net_send(&frame) == NET_TAKEN && last == NET_PORT_HOST);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    fake_vtl_reset();
    takes = 0;
    memcpy(guest, info.mac, sizeof(guest));
    net_init();
    net_set_receive(own_receive);
    net_mac(own);
    for (size_t i = 0; i + 7 < bytes; i += 8) {
        operate(data + i);
    }
    host_stays_host();
    return 0;
}
