/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The switch: which frame goes where. A frame is looked at by its head, which was read once; the rest
 * of it is copied once, by the port that gets it.
 */
#include "addresses.h"
#include "vtl/untrusted.h"

#include <string.h>

#define DESTINATION 0u
#define SOURCE 6u
#define LOCAL 2u /* IEEE 802, 8.2.2: locally administered */
#define GROUP 1u /* and a group's address */

static struct {
    uint8_t own[NET_MAC_BYTES];
    uint32_t mtu;
    enum net_verdict (*paravane)(struct net_frame *frame); /* NULL: nobody listens */
    struct net_counts counts[NET_PORTS];                   /* atomic */
} network;

/* ---- Ports ------------------------------------------------------------------------------------- */

static enum net_verdict own_receive(struct net_frame *frame)
{
    return network.paravane != NULL ? network.paravane(frame) : NET_DROP_DOWN;
}

/* Nobody works on what nobody gets. */
static uint32_t own_takes(void)
{
    return network.paravane != NULL ? 0 : NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6;
}

/* In the order that a frame goes to them: one that can be full comes first. To what comes from the host
 * that is the guest's, and else the host's. */
static const struct {
    enum net_verdict (*give)(struct net_frame *frame);
    uint32_t (*takes)(void);
} ports[NET_PORTS] = {
    [NET_PORT_HOST] = {host_net_send, host_net_takes},
    [NET_PORT_GUEST] = {virtio_net_deliver, virtio_net_takes},
    [NET_PORT_OWN] = {own_receive, own_takes},
};

/* ---- Counts ------------------------------------------------------------------------------------ */

static void count(struct net_direction *direction, enum net_verdict verdict, uint32_t bytes)
{
    (void)__atomic_fetch_add(&direction->frames[verdict], 1, __ATOMIC_RELAXED);
    if (verdict == NET_TAKEN) {
        (void)__atomic_fetch_add(&direction->bytes, bytes, __ATOMIC_RELAXED);
    }
}

const struct net_counts *net_counts(enum net_port port)
{
    return &network.counts[port];
}

/* ---- Rules ------------------------------------------------------------------------------------- */

static bool is_own(const uint8_t *mac)
{
    return memcmp(mac, network.own, NET_MAC_BYTES) == 0;
}

static bool is_guests(const uint8_t *mac)
{
    uint8_t guest[NET_MAC_BYTES];

    virtio_net_mac(guest);
    return memcmp(mac, guest, NET_MAC_BYTES) == 0;
}

/* Paravane's address is nobody else's, the guest's is not the host's, a group sends nothing. */
static bool source_good(enum net_port port, const uint8_t *mac)
{
    if (port == NET_PORT_OWN) {
        return is_own(mac);
    }
    if ((mac[0] & GROUP) != 0 || is_own(mac)) {
        return false;
    }
    if (is_guests(mac)) {
        return port == NET_PORT_GUEST;
    }
    return addresses_learn(port, mac);
}

/* A bit a port. The guest's filter says what it wants of what comes from the host. */
static uint32_t destinations(enum net_port port, const uint8_t *mac)
{
    if ((mac[0] & GROUP) != 0) {
        return ((1u << NET_PORTS) - 1) & ~(1u << port);
    }
    if (is_own(mac)) {
        return 1u << NET_PORT_OWN & ~(1u << port);
    }
    if (port == NET_PORT_HOST) {
        return 1u << NET_PORT_GUEST;
    }
    if (is_guests(mac) || addresses_know(NET_PORT_GUEST, mac)) {
        return 1u << NET_PORT_GUEST & ~(1u << port);
    }
    return 1u << NET_PORT_HOST;
}

/* A frame with its checksum or its cutting undone, to a port that takes none such. */
static enum net_verdict give_whole(enum net_port to, struct net_frame *frame)
{
    struct net_frame whole = *frame;

    if (frame->offloads.gso_type != 0) {
        return NET_DROP_OFFLOAD;
    }
    if (!net_frame_complete(&whole)) {
        return NET_DROP_FAULT;
    }
    (void)__atomic_fetch_add(&network.counts[to].completed, 1, __ATOMIC_RELAXED);
    enum net_verdict verdict = ports[to].give(&whole);
    frame->pieces = whole.pieces;
    return verdict;
}

static enum net_verdict give(enum net_port to, struct net_frame *frame)
{
    uint32_t missing = net_frame_needs(frame) & ~ports[to].takes();
    enum net_verdict verdict = missing == 0 ? ports[to].give(frame) : give_whole(to, frame);

    if (verdict != NET_FULL) {
        count(&network.counts[to].to, verdict, frame->bytes);
    }
    return verdict;
}

/* What became of it at the port that it is most for. */
static enum net_verdict forward(enum net_port from, struct net_frame *frame)
{
    uint32_t to = destinations(from, frame->head + DESTINATION);
    enum net_verdict result = NET_DROP_FILTERED;

    for (enum net_port port = NET_PORT_HOST; port < NET_PORTS; port++) {
        if ((to & 1u << port) != 0) {
            enum net_verdict verdict = give(port, frame);

            if (verdict == NET_FULL) {
                return NET_FULL;
            }
            result = result == NET_TAKEN ? NET_TAKEN : verdict;
        }
    }
    return result;
}

static enum net_verdict frame_from(enum net_port from, struct net_frame *frame)
{
    enum net_verdict verdict;

    if (!net_frame_check(frame, network.mtu)) {
        verdict = NET_DROP_MALFORMED;
    } else if (!source_good(from, frame->head + SOURCE)) {
        verdict = NET_DROP_SOURCE;
    } else {
        verdict = forward(from, frame);
    }
    if (verdict != NET_FULL) {
        count(&network.counts[from].from, verdict, frame->bytes);
    }
    return verdict;
}

/* ---- What comes ---------------------------------------------------------------------------------- */

static enum net_verdict from_host(struct net_frame *frame)
{
    return frame_from(NET_PORT_HOST, frame);
}
PV_UNTRUSTED(from_host, network, "fuzz_net_switch");

static enum net_verdict from_guest(struct net_frame *frame)
{
    return frame_from(NET_PORT_GUEST, frame);
}
PV_UNTRUSTED(from_guest, guest, "fuzz_net_switch");

enum net_verdict net_send(struct net_frame *frame)
{
    return frame_from(NET_PORT_OWN, frame);
}

void net_flush(void)
{
    host_net_kick();
    virtio_net_flush();
}

/* An address that the guest wants for itself. */
static bool guest_may_use(const uint8_t *mac)
{
    return !is_own(mac) && !addresses_know(NET_PORT_HOST, mac);
}

/* ---- Start ------------------------------------------------------------------------------------- */

void net_mac(uint8_t *mac)
{
    memcpy(mac, network.own, NET_MAC_BYTES);
}

void net_set_receive(enum net_verdict (*paravane)(struct net_frame *frame))
{
    network.paravane = paravane;
}

void net_init(void)
{
    const struct host_net_info *info = host_net_info();

    if (info == NULL) {
        return;
    }
    memset(&network, 0, sizeof(network));
    addresses_reset();
    memcpy(network.own, info->mac, NET_MAC_BYTES);
    /* Another bit of the first byte too: the card's may be locally administered already. */
    network.own[0] = (uint8_t)((network.own[0] | LOCAL) ^ 4u);
    network.mtu = info->mtu;
    host_net_set_receive(from_host, virtio_net_flush);
    virtio_net_set_transmit(from_guest, guest_may_use);
}
