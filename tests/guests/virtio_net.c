/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Rules of the network device (virtio 1.2, 5.1). Behind the host's card is one who answers an ARP request
 * for PEER (QEMU's user network): what the answer to a frame shows is that the frame went out.
 */
#include "hostile.h"
#include "virtio.h"

#include <string.h>

#define SIZE 16u
#define HEADER_BYTES VIRTIO_NET_HEADER_BYTES
#define RX_BYTES 1600u
#define MAC_BYTES 6u
#define MTU 1500u       /* QEMU tells none: host_net.c */
#define AROUND 18u      /* an Ethernet header and a tag */
#define FRAME_BYTES 60u /* an ARP request with its padding */
#define ANSWER_MAX 4u   /* frames that may come in front of the one that is waited for */
#define ACK_UNTOUCHED 0xeeu
#define OWN_FEATURES                                                                          \
    (VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS | VIRTIO_NET_F_MRG_RXBUF | VIRTIO_NET_F_CTRL_VQ | \
     VIRTIO_NET_F_CTRL_RX | VIRTIO_NET_F_CTRL_RX_EXTRA | VIRTIO_NET_F_CTRL_MAC_ADDR |         \
     VIRTIO_NET_F_MQ | VIRTIO_NET_F_CSUM | VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6)

struct net {
    struct queue tx;
    struct queue rx;
    struct queue control;
    uint8_t mac[MAC_BYTES];
    uint16_t pairs;
};

/* Of the network that QEMU has behind its card: 10.0.2.2 answers whoever asks from 10.0.2.0/24. */
static const uint8_t peer[] = {10, 0, 2, 2};
static uint8_t asked; /* the last byte of the address that a request was last from */

/* ---- A driver ------------------------------------------------------------------------------------- */

static void start(struct net *net, const struct device *device, unsigned slot, unsigned rx_slot,
                  unsigned control_slot, uint64_t features)
{
    uint64_t config = device->base + VIRTIO_MMIO_CONFIG;

    device_reset(device);
    (void)device_agree(device, FEATURES | (features & ~VIRTIO_F_RING_PACKED & device->offered) |
                                   (features & VIRTIO_F_RING_PACKED));
    for (unsigned i = 0; i < MAC_BYTES; i++) {
        net->mac[i] = get8(config + i);
    }
    net->pairs = get16(config + offsetof(struct virtio_net_config, max_virtqueue_pairs));
    bool packed = (features & VIRTIO_F_RING_PACKED) != 0;
    queue_place(&net->tx, device, 1, slot, SIZE, packed);
    queue_place(&net->rx, device, 0, rx_slot, SIZE, packed);
    /* 5.1.2: behind all pairs, with MQ; else behind the first. */
    queue_place(&net->control, device,
                (features & VIRTIO_NET_F_MQ) != 0 ? (uint16_t)(2 * net->pairs) : 2, control_slot,
                SIZE, packed);
    queue_ready(&net->tx);
    queue_ready(&net->rx);
    queue_ready(&net->control);
    device_run(device);
}

/* Odd variants have packed queues. */
static void rule_start(struct net *net, const struct run *run)
{
    start(net, run->device, SLOT_RULE, SLOT_RX, SLOT_CONTROL,
          OWN_FEATURES | (run->variant % 2 != 0 ? VIRTIO_F_RING_PACKED : 0));
}

static void header_write(const struct queue *tx, const struct virtio_net_header *header)
{
    put_bytes(tx->data, header, sizeof(*header));
}

/* RFC 826: who has `peer`? From an address that no request before it was from. */
static void request_write(const struct net *net, const uint8_t *source)
{
    static const uint8_t fixed[] = {0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1};
    uint64_t at = net->tx.data + HEADER_BYTES;
    uint8_t from[] = {10, 0, 2, 0};

    asked = (uint8_t)(asked < 16 || asked >= 250 ? 16 : asked + 1);
    from[3] = asked;
    for (unsigned i = 0; i < FRAME_BYTES; i++) {
        put8(at + i, i < MAC_BYTES ? 0xff : 0);
    }
    put_bytes(at + 6, source, MAC_BYTES);
    put_bytes(at + 12, fixed, sizeof(fixed));
    put_bytes(at + 22, source, MAC_BYTES);
    put_bytes(at + 28, from, sizeof(from));
    put_bytes(at + 38, peer, sizeof(peer));
}

/* Sent: the header, `bytes` of the frame in the slot, and `behind` bytes of other memory. */
static bool send(struct net *net, uint32_t bytes, uint32_t behind)
{
    const struct part parts[] = {{net->tx.data, HEADER_BYTES + bytes, 0},
                                 {board.ram[0].base, behind, 0}};
    uint32_t length;

    queue_add(&net->tx, parts, behind != 0 ? 2 : 1);
    queue_notify(&net->tx);
    /* 5.1.6.2: nothing is written to it. */
    return queue_wait(&net->tx, &length) && length == 0;
}

static void receive_add(struct net *net, uint32_t bytes)
{
    const struct part part = {net->rx.data, bytes, VIRTIO_DESC_WRITE};

    memory_allow(part.address, part.bytes);
    queue_add(&net->rx, &part, 1);
    queue_notify(&net->rx);
}

/* The answer to the request from 10.0.2.`from` comes, and none to one from 10.0.2.`not_from`. */
static bool answer_comes(struct net *net, uint8_t from, uint8_t not_from)
{
    uint64_t at = net->rx.data + HEADER_BYTES;
    uint32_t length;

    for (unsigned i = 0; i < ANSWER_MAX; i++) {
        /* 5.1.6.4.1: one buffer, as it fits. */
        if (!queue_wait(&net->rx, &length) || length < HEADER_BYTES + 42 || length > RX_BYTES ||
            get16(net->rx.data + VIRTIO_NET_NUM_BUFFERS) != 1) {
            return false;
        }
        if (get8(at + 12) == 0x08 && get8(at + 13) == 0x06 && get8(at + 21) == 2) {
            if (get8(at + 41) == not_from) {
                return false;
            }
            if (get8(at + 41) == from) {
                return true;
            }
        }
        receive_add(net, RX_BYTES);
    }
    return false;
}

/* A request goes out, and its answer comes into the buffer that was added last; there was none to
 * 10.0.2.`not_from`. */
static bool answer_taken(struct net *net, uint8_t not_from)
{
    static const struct virtio_net_header plain = {0};

    header_write(&net->tx, &plain);
    request_write(net, net->mac);
    return send(net, FRAME_BYTES, 0) && answer_comes(net, asked, not_from);
}

static bool answered(struct net *net)
{
    receive_add(net, RX_BYTES);
    return answer_taken(net, 0);
}

bool net_works(const struct device *device, unsigned slot)
{
    struct net net;

    start(&net, device, slot, slot + 1, slot + 2, OWN_FEATURES);
    return answered(&net);
}

/* ---- Out ------------------------------------------------------------------------------------------ */

/* 5.1.6: no whole header; nothing that can be read. */
bool net_shape(struct run *run)
{
    static const struct part parts[] = {
        {0, HEADER_BYTES - 1, 0}, {0, 1, 0}, {0, 1514, VIRTIO_DESC_WRITE}};
    struct part part = parts[run->variant];

    part.address = run->queue.data;
    queue_add(&run->queue, &part, 1);
    queue_notify(&run->queue);
    return true;
}

/* Whose address a frame is from. */
enum source { GUEST, PARAVANE, GROUP, OTHER_GROUP };

static void source_make(const struct net *net, enum source source, uint8_t *mac)
{
    memcpy(mac, net->mac, MAC_BYTES);
    if (source == PARAVANE) {
        mac[0] = (uint8_t)((mac[0] | 2u) ^ 4u); /* net/README.md */
    } else if (source != GUEST) {
        memset(mac, source == GROUP ? 0xff : 0x33, MAC_BYTES);
    }
}

#define SUM VIRTIO_NET_NEEDS_CSUM
/* Frames that are none: the device drops them (5.1.6.2.2 leaves it no other answer), nothing of them
 * goes out, and the next one goes. */
bool net_refused(struct run *run)
{
    static const struct {
        struct virtio_net_header header;
        enum source source;
        uint32_t bytes; /* of the request */
        uint32_t behind;
    } rows[] = {
        /* 5.1.6.2.1: the checksum's place is outside of the frame, or in its Ethernet header. */
        {{SUM, 0, 0, 0, FRAME_BYTES, 0, 0}, GUEST, FRAME_BYTES, 0},
        {{SUM, 0, 0, 0, FRAME_BYTES - 4, 3, 0}, GUEST, FRAME_BYTES, 0},
        {{SUM, 0, 0, 0, 34, UINT16_MAX, 0}, GUEST, FRAME_BYTES, 0},
        {{SUM, 0, 0, 0, UINT16_MAX, 1, 0}, GUEST, FRAME_BYTES, 0},
        {{SUM, 0, 0, 0, UINT16_MAX, UINT16_MAX, 0}, GUEST, FRAME_BYTES, 0},
        {{SUM, 0, 0, 0, 0, 16, 0}, GUEST, FRAME_BYTES, 0},
        /* To be cut: without a checksum, without a size; types that are not offered, or nobody's. */
        {{0, VIRTIO_NET_GSO_TCPV4, 54, 100, 34, 16, 0}, GUEST, FRAME_BYTES, 0},
        {{0, VIRTIO_NET_GSO_TCPV6, 54, 100, 34, 16, 0}, GUEST, FRAME_BYTES, 0},
        {{SUM, VIRTIO_NET_GSO_TCPV4, 54, 0, 34, 16, 0}, GUEST, FRAME_BYTES, 0},
        {{SUM, 3, 42, 100, 34, 6, 0}, GUEST, FRAME_BYTES, 0},
        {{SUM, 5, 42, 100, 34, 6, 0}, GUEST, FRAME_BYTES, 0},
        {{0, 2, 0, 0, 0, 0, 0}, GUEST, FRAME_BYTES, 0},
        {{0, 0x80, 0, 0, 0, 0, 0}, GUEST, FRAME_BYTES, 0},
        {{SUM, 0x81, 54, 100, 34, 16, 0}, GUEST, FRAME_BYTES, 0},
        {{0, UINT8_MAX, UINT16_MAX, UINT16_MAX, 0, 0, 0}, GUEST, FRAME_BYTES, 0},
        /* Good in themselves, but not negotiated (QEMU's user network offers neither). */
        {{SUM, 0, 0, 0, 34, 6, 0}, GUEST, FRAME_BYTES, 0},
        {{SUM, VIRTIO_NET_GSO_TCPV4, 54, 100, 34, 16, 0}, GUEST, FRAME_BYTES, 0},
        /* No frame; no whole Ethernet header. */
        {{0}, GUEST, 0, 0},
        {{0}, GUEST, 1, 0},
        {{0}, GUEST, 13, 0},
        /* 5.1.4, 5.1.6.2: longer than the MTU and what is around it; than any frame. */
        {{0}, GUEST, FRAME_BYTES, MTU + AROUND + 1 - FRAME_BYTES},
        {{0}, GUEST, FRAME_BYTES, VIRTIO_NET_FRAME_MAX + 1 - FRAME_BYTES},
        {{0}, GUEST, FRAME_BYTES, 0x1000000},
        /* From Paravane's own address (net/README.md), and from what no frame is from (IEEE 802). */
        {{0}, PARAVANE, FRAME_BYTES, 0},
        {{0}, GROUP, FRAME_BYTES, 0},
        {{0}, OTHER_GROUP, FRAME_BYTES, 0},
    };
    struct inspected before;
    struct inspected after;
    uint8_t source[MAC_BYTES];
    unsigned row = run->variant / 2;
    struct net net;

    _Static_assert(COUNT_OF(rows) == NET_REFUSED, "virtio_rules.c");
    rule_start(&net, run);
    source_make(&net, rows[row].source, source);
    receive_add(&net, RX_BYTES);
    header_write(&net.tx, &rows[row].header);
    request_write(&net, source);
    return inspect(&before) && send(&net, rows[row].bytes, rows[row].behind) && inspect(&after) &&
           before.bytes_out == after.bytes_out && !queue_is_used(&net.rx) &&
           answer_taken(&net, asked) && inspect(&after) && before.bytes_out != after.bytes_out &&
           reg_read(run->device, VIRTIO_MMIO_STATUS) == STATUS_RUNS;
}

/* 5.1.6.2.2: flags that it does not know; where a checksum is to be, without one; how to cut what is
 * not to be cut. 5.1.6.2.1: num_buffers. The frame goes. */
bool net_not_looked_at(struct run *run)
{
    static const struct virtio_net_header headers[] = {
        {0xfe, 0, 0, 0, 0, 0, 0},
        {0, 0, 0, 0, UINT16_MAX, UINT16_MAX, 0},
        {0, 0, UINT16_MAX, UINT16_MAX, 0, 0, 0},
        {0, 0, 0, 0, 0, 0, UINT16_MAX},
        {0xfe, 0, 1, 1, 1, 1, 1},
    };
    struct net net;

    _Static_assert(COUNT_OF(headers) == NET_NOT_LOOKED_AT, "virtio_rules.c");
    rule_start(&net, run);
    header_write(&net.tx, &headers[run->variant / 2]);
    request_write(&net, net.mac);
    receive_add(&net, RX_BYTES);
    return send(&net, FRAME_BYTES, 0) && answer_comes(&net, asked, 0) && answered(&net);
}

/* ---- In ------------------------------------------------------------------------------------------- */

/* 5.1.6.3.1: a buffer that is smaller than a header, that can't be written. Found when a frame comes. */
bool net_receive_shape(struct run *run)
{
    static const struct part parts[] = {{0, 1, VIRTIO_DESC_WRITE},
                                        {0, HEADER_BYTES - 1, VIRTIO_DESC_WRITE},
                                        {0, RX_BYTES, 0},
                                        {0, 0, VIRTIO_DESC_WRITE}};
    static const struct virtio_net_header plain = {0};
    struct part part = parts[run->variant / 2];
    struct net net;

    rule_start(&net, run);
    queue_quiet(&net.tx);
    part.address = net.rx.data;
    queue_add(&net.rx, &part, 1);
    queue_notify(&net.rx);
    header_write(&net.tx, &plain);
    request_write(&net, net.mac);
    run->queue = net.rx;
    return send(&net, FRAME_BYTES, 0);
}

/* 5.1.6.3.1, without mergeable buffers: room for a header and not for a frame. The frame is lost, the
 * buffer stays the driver's; the next one, behind it, has the next frame. */
bool net_receive_small(struct run *run)
{
    static const struct virtio_net_header plain = {0};
    struct net net;

    start(&net, run->device, SLOT_RULE, SLOT_RX, SLOT_CONTROL,
          (OWN_FEATURES & ~VIRTIO_NET_F_MRG_RXBUF) |
              (run->variant != 0 ? VIRTIO_F_RING_PACKED : 0));
    receive_add(&net, HEADER_BYTES + 20);
    header_write(&net.tx, &plain);
    request_write(&net, net.mac);
    if (!send(&net, FRAME_BYTES, 0)) {
        return false;
    }
    /* Behind the first answer, which so has come: with no room, too. */
    request_write(&net, net.mac);
    if (!send(&net, FRAME_BYTES, 0)) {
        return false;
    }
    pause_ms(1);
    return !queue_is_used(&net.rx) && reg_read(run->device, VIRTIO_MMIO_STATUS) == STATUS_RUNS;
}

/* ---- Commands ------------------------------------------------------------------------------------- */

/* A command out of the slot's bytes; its answer, or ACK_UNTOUCHED if none has come. */
static uint8_t command(struct net *net, const uint8_t *bytes, uint32_t count)
{
    const struct part parts[] = {
        {net->control.data, count, 0},
        {net->control.data + DATA_STATUS, 1, VIRTIO_DESC_WRITE},
    };
    uint32_t length;

    put_bytes(parts[0].address, bytes, count);
    put8(parts[1].address, ACK_UNTOUCHED);
    memory_allow(parts[1].address, 1);
    queue_add(&net->control, parts, 2);
    queue_notify(&net->control);
    return queue_wait(&net->control, &length) && length == 1 ? get8(parts[1].address)
                                                             : ACK_UNTOUCHED;
}

/* 5.1.6.5: nothing to write the answer into; the answer's byte can only be read. */
bool net_command_shape(struct run *run)
{
    static const uint8_t promiscuous[] = {VIRTIO_NET_CTRL_RX, 0, 1};
    struct net net;

    rule_start(&net, run);
    const struct part parts[] = {{net.control.data, sizeof(promiscuous), 0},
                                 {net.control.data + DATA_STATUS, 1, 0}};
    put_bytes(net.control.data, promiscuous, sizeof(promiscuous));
    queue_add(&net.control, parts, 1 + run->variant / 2);
    queue_notify(&net.control);
    run->queue = net.control;
    return true;
}

/* What has to be put into a command that is only known when the machine runs. */
enum told { AS_IT_IS, PAIRS_TOO_MANY, PARAVANES };

/* 5.1.6.5: unknown classes and commands, values that there are not, data that is cut short: an error
 * each time (VIRTIO_NET_ERR), and nothing of it has become so. */
bool net_command_refused(struct run *run)
{
    static const struct {
        uint8_t bytes[16];
        uint8_t count;
        enum told told;
    } rows[] = {
        {{0xff, 0, 1}, 3, AS_IT_IS},
        {{6, 0, 1}, 3, AS_IT_IS},
        {{VIRTIO_NET_CTRL_RX}, 1, AS_IT_IS},
        /* 5.1.6.5.1: on or off. */
        {{VIRTIO_NET_CTRL_RX, 6, 1}, 3, AS_IT_IS},
        {{VIRTIO_NET_CTRL_RX, 0xff, 1}, 3, AS_IT_IS},
        {{VIRTIO_NET_CTRL_RX, 0}, 2, AS_IT_IS},
        {{VIRTIO_NET_CTRL_RX, 4, 2}, 3, AS_IT_IS},
        {{VIRTIO_NET_CTRL_RX, 5, 0xff}, 3, AS_IT_IS},
        /* 5.1.6.5.2: tables that are cut short, addresses that are none, or Paravane's. */
        {{VIRTIO_NET_CTRL_MAC, 2, 0}, 3, AS_IT_IS},
        {{VIRTIO_NET_CTRL_MAC, 0}, 2, AS_IT_IS},
        {{VIRTIO_NET_CTRL_MAC, 0, 0, 0, 0}, 5, AS_IT_IS},
        {{VIRTIO_NET_CTRL_MAC, 0, 0, 0, 0, 0}, 6, AS_IT_IS},
        {{VIRTIO_NET_CTRL_MAC, 0, 1, 0, 0, 0, 2, 2, 2, 2, 2}, 11, AS_IT_IS},
        {{VIRTIO_NET_CTRL_MAC, 0, 0xff, 0xff, 0xff, 0xff, 2, 2, 2, 2, 2, 2}, 12, AS_IT_IS},
        {{VIRTIO_NET_CTRL_MAC, 0, 0, 0, 0, 0, 0xab, 0xaa, 0xaa, 0xaa}, 10, AS_IT_IS},
        {{VIRTIO_NET_CTRL_MAC, 1, 2, 2, 2, 2, 2}, 7, AS_IT_IS},
        {{VIRTIO_NET_CTRL_MAC, 1, 0x33, 0x33, 0, 0, 0, 1}, 8, AS_IT_IS},
        {{VIRTIO_NET_CTRL_MAC, 1}, 8, PARAVANES},
        /* 5.1.6.5.3: VLAN, not offered. */
        {{2, 0, 5, 0}, 4, AS_IT_IS},
        {{2, 0, 0xff, 0xff}, 4, AS_IT_IS},
        {{2, 1, 0, 0x10}, 4, AS_IT_IS},
        /* 5.1.6.5.5: no pair, more than there are, a number cut short; RSS, not offered. */
        {{VIRTIO_NET_CTRL_MQ, 0, 0, 0}, 4, AS_IT_IS},
        {{VIRTIO_NET_CTRL_MQ, 0, 0, 0}, 4, PAIRS_TOO_MANY},
        {{VIRTIO_NET_CTRL_MQ, 0, 1, 0x80}, 4, AS_IT_IS},
        {{VIRTIO_NET_CTRL_MQ, 0, 1}, 3, AS_IT_IS},
        {{VIRTIO_NET_CTRL_MQ, 1, 1, 0}, 4, AS_IT_IS},
        /* 5.1.6.5.6: offloads that were not negotiated. */
        {{VIRTIO_NET_CTRL_OFFLOADS, 0, 0x82, 0, 0, 0, 0, 0, 0, 0}, 10, AS_IT_IS},
    };
    uint8_t bytes[sizeof(rows[0].bytes)];
    unsigned row = run->variant / 2;
    struct net net;

    _Static_assert(COUNT_OF(rows) == NET_COMMANDS_REFUSED, "virtio_rules.c");
    rule_start(&net, run);
    memcpy(bytes, rows[row].bytes, sizeof(bytes));
    if (rows[row].told == PAIRS_TOO_MANY) {
        bytes[2] = (uint8_t)(net.pairs + 1);
    } else if (rows[row].told == PARAVANES) {
        source_make(&net, PARAVANE, bytes + 2);
    }
    if (command(&net, bytes, rows[row].count) != VIRTIO_NET_ERR) {
        return false;
    }
    for (unsigned i = 0; i < MAC_BYTES; i++) {
        if (get8(run->device->base + VIRTIO_MMIO_CONFIG + i) != net.mac[i]) {
            return false;
        }
    }
    return answered(&net) && reg_read(run->device, VIRTIO_MMIO_STATUS) == STATUS_RUNS;
}

/* 5.1.6.5.2.2: the device may take all frames instead. What the driver's own address gets, it gets. */
#define TABLE 200u
bool net_table_too_long(struct run *run)
{
    static uint8_t bytes[2 + 2 * (4 + TABLE * MAC_BYTES)];
    struct net net;

    rule_start(&net, run);
    memset(bytes, 0x22, sizeof(bytes));
    bytes[0] = VIRTIO_NET_CTRL_MAC;
    bytes[1] = VIRTIO_NET_CTRL_MAC_TABLE_SET;
    for (unsigned i = 0; i < 2; i++) {
        const uint8_t count[] = {TABLE, 0, 0, 0};

        memcpy(bytes + 2 + i * (4 + TABLE * MAC_BYTES), count, sizeof(count));
    }
    return command(&net, bytes, sizeof(bytes)) == VIRTIO_NET_OK && answered(&net) &&
           reg_read(run->device, VIRTIO_MMIO_STATUS) == STATUS_RUNS;
}
