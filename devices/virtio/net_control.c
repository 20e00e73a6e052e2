/* SPDX-License-Identifier: BSD-3-Clause */
/* The control queue of the guest's network device, and what it sets: virtio 1.2, 5.1.6.5. */
#include "virtio/net.h"
#include "vtl/untrusted.h"

#include <string.h>

#define TURN_COMMANDS (RING_TURN_PIECES / RING_SIZE_MAX) /* of as many pieces as there can be */
#define COMMANDS_RX 6u
#define PARTS 2u /* class and command */

bool (*virtio_net_may_use)(const uint8_t *mac);

/* ---- The filter -------------------------------------------------------------------------------- */

/* A driver that can't set a filter gets all that may be for it. */
void virtio_net_filter_reset(struct virtio_net *net)
{
    vtl_lock(&net->lock);
    net->filter = (struct net_filter){.modes = NET_ALL_MULTI};
    memcpy(net->filter.mac, net->config.mac, NET_MAC_BYTES);
    vtl_unlock(&net->lock);
}

static bool is_in(const struct net_table *table, const uint8_t *mac)
{
    for (uint32_t i = 0; i < table->count; i++) {
        if (memcmp(table->macs[i], mac, NET_MAC_BYTES) == 0) {
            return true;
        }
    }
    return table->all;
}

static bool wants(const struct net_filter *filter, const uint8_t *mac)
{
    static const uint8_t broadcast[NET_MAC_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint32_t modes = filter->modes;

    if ((modes & NET_PROMISC) != 0) {
        return true;
    }
    if (memcmp(mac, broadcast, NET_MAC_BYTES) == 0) {
        return (modes & NET_NO_BROADCAST) == 0;
    }
    if ((mac[0] & 1) != 0) {
        return (modes & NET_NO_MULTI) == 0 &&
               ((modes & NET_ALL_MULTI) != 0 || is_in(&filter->multicast, mac));
    }
    return (modes & NET_NO_UNI) == 0 &&
           ((modes & NET_ALL_UNI) != 0 || memcmp(mac, filter->mac, NET_MAC_BYTES) == 0 ||
            is_in(&filter->unicast, mac));
}

bool virtio_net_wants(struct virtio_net *net, const uint8_t *mac)
{
    bool wanted;

    vtl_lock(&net->lock);
    wanted = wants(&net->filter, mac);
    vtl_unlock(&net->lock);
    return wanted;
}

void virtio_net_mac(uint8_t *mac)
{
    struct virtio_net *net = &virtio_net;

    vtl_lock(&net->lock);
    memcpy(mac, net->filter.mac, NET_MAC_BYTES);
    vtl_unlock(&net->lock);
}

/* ---- Commands: the data of one is at the cursor. False: VIRTIO_NET_ERR ------------------------- */

static bool command_rx(struct virtio_net *net, uint8_t command, struct ring_cursor *data)
{
    uint8_t on;

    if (ring_read(data, &on, 1) != 1 || on > 1) {
        return false;
    }
    vtl_lock(&net->lock);
    net->filter.modes = (net->filter.modes & ~(1u << command)) | (uint32_t)on << command;
    vtl_unlock(&net->lock);
    return true;
}

/* What does not fit is not looked at: then all are wanted. */
static bool table_read(struct net_table *table, struct ring_cursor *data)
{
    uint32_t count;

    *table = (struct net_table){0};
    if (ring_read(data, &count, sizeof(count)) != sizeof(count)) {
        return false;
    }
    if (count > NET_TABLE) {
        table->all = true;
        return ring_skip(data, (size_t)count * NET_MAC_BYTES) == (size_t)count * NET_MAC_BYTES;
    }
    table->count = count;
    return ring_read(data, table->macs, count * NET_MAC_BYTES) == count * NET_MAC_BYTES;
}

/* 5.1.6.5.2.1: of both tables together. */
static bool command_mac_table(struct virtio_net *net, uint8_t command, struct ring_cursor *data)
{
    struct net_table unicast;
    struct net_table multicast;

    (void)command;
    if (!table_read(&unicast, data) || !table_read(&multicast, data)) {
        return false;
    }
    vtl_lock(&net->lock);
    net->filter.unicast = unicast;
    net->filter.multicast = multicast;
    vtl_unlock(&net->lock);
    return true;
}

static bool command_mac_address(struct virtio_net *net, uint8_t command, struct ring_cursor *data)
{
    uint8_t mac[NET_MAC_BYTES];

    (void)command;
    if (ring_read(data, mac, sizeof(mac)) != sizeof(mac) || (mac[0] & 1) != 0 ||
        !virtio_net_may_use(mac)) {
        return false;
    }
    vtl_lock(&net->lock);
    memcpy(net->filter.mac, mac, sizeof(mac));
    vtl_unlock(&net->lock);
    /* 5.1.6.5.2.1. The driver knows: it gets no interrupt for it. */
    memcpy(net->config.mac, mac, sizeof(mac));
    net->device.generation++;
    return true;
}

static bool command_pairs(struct virtio_net *net, uint8_t command, struct ring_cursor *data)
{
    uint16_t pairs;

    (void)command;
    if (ring_read(data, &pairs, sizeof(pairs)) != sizeof(pairs) || pairs == 0 ||
        pairs > net->config.max_virtqueue_pairs) {
        return false;
    }
    __atomic_store_n(&net->pairs, pairs, __ATOMIC_RELAXED);
    return true;
}

/* 5.1.6.5.6: only what was negotiated. */
static bool command_offloads(struct virtio_net *net, uint8_t command, struct ring_cursor *data)
{
    uint64_t offloads;

    (void)command;
    if (ring_read(data, &offloads, sizeof(offloads)) != sizeof(offloads) ||
        (offloads & ~(net->device.accepted & (VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO4 |
                                              VIRTIO_NET_F_GUEST_TSO6))) != 0) {
        return false;
    }
    virtio_net_takes_set(net, virtio_net_offloads_of(offloads));
    return true;
}

static const struct {
    uint8_t class_of;
    uint8_t first;
    uint8_t last;
    uint64_t feature;
    bool (*perform)(struct virtio_net *net, uint8_t command, struct ring_cursor *data);
} commands[] = {
    {VIRTIO_NET_CTRL_RX, 0, 1, VIRTIO_NET_F_CTRL_RX, command_rx},
    {VIRTIO_NET_CTRL_RX, 2, COMMANDS_RX - 1, VIRTIO_NET_F_CTRL_RX_EXTRA, command_rx},
    {VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_TABLE_SET, VIRTIO_NET_CTRL_MAC_TABLE_SET,
     VIRTIO_NET_F_CTRL_RX, command_mac_table},
    {VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, VIRTIO_NET_CTRL_MAC_ADDR_SET,
     VIRTIO_NET_F_CTRL_MAC_ADDR, command_mac_address},
    {VIRTIO_NET_CTRL_MQ, VIRTIO_NET_CTRL_MQ_PAIRS_SET, VIRTIO_NET_CTRL_MQ_PAIRS_SET,
     VIRTIO_NET_F_MQ, command_pairs},
    {VIRTIO_NET_CTRL_OFFLOADS, VIRTIO_NET_CTRL_OFFLOADS_SET, VIRTIO_NET_CTRL_OFFLOADS_SET,
     VIRTIO_NET_F_CTRL_GUEST_OFFLOADS, command_offloads},
};

static uint8_t perform(struct virtio_net *net, struct ring_cursor *data)
{
    uint8_t part[PARTS];

    if (ring_read(data, part, PARTS) != PARTS) {
        return VIRTIO_NET_ERR;
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (commands[i].class_of == part[0] && part[1] >= commands[i].first &&
            part[1] <= commands[i].last && virtio_accepted(&net->device, commands[i].feature)) {
            return (uint8_t)(commands[i].perform(net, part[1], data) ? VIRTIO_NET_OK
                                                                     : VIRTIO_NET_ERR);
        }
    }
    return VIRTIO_NET_ERR;
}

bool virtio_net_control(struct virtio_net *net, struct ring *ring)
{
    for (unsigned i = 0; i < TURN_COMMANDS; i++) {
        const struct ring_chain *chain = ring_next(ring);
        struct ring_cursor data;
        struct ring_cursor answer;
        uint8_t ack;

        if (chain == NULL) {
            return false;
        }
        if (chain->writable == 0) {
            ring_break(ring, "a command without room for its answer (5.1.6.5)");
            return false;
        }
        data = ring_readable(chain);
        answer = ring_writable(chain);
        ack = perform(net, &data);
        ring_give(ring, chain->token, (uint32_t)ring_write(&answer, &ack, 1));
    }
    return true;
}
PV_UNTRUSTED(virtio_net_control, guest, "fuzz_virtio_net");
