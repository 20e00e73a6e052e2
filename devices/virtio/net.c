/* SPDX-License-Identifier: BSD-3-Clause */
/* The guest's network device: net.h. Source: virtio 1.2, 5.1. */
#include "virtio/net.h"

#include "host/host_net.h"
#include "vtl/untrusted.h"

#include <string.h>

/* What one exit sends of one queue at most; VTL0 gets so long before what is left over. */
#define TURN_FRAMES 64u
#define TURN_BYTES (UINT32_C(256) << 10)
/*
 * So long a frame without a buffer is kept, for a driver that is about to give some. Behind one that gives
 * none by then, frames for others wait no more, until one was taken.
 */
#define PATIENCE_NS UINT64_C(200000000)
/* A frame whose buffers have more finds none that will do. The longest takes 19 pages, or 43 whole buffers. */
#define FRAME_PIECES 1024u

#define OFFERED                                                                           \
    (VIRTIO_NET_F_MTU | VIRTIO_NET_F_MAC | VIRTIO_NET_F_MRG_RXBUF | VIRTIO_NET_F_STATUS | \
     VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_RX | VIRTIO_NET_F_CTRL_RX_EXTRA |           \
     VIRTIO_NET_F_CTRL_MAC_ADDR | VIRTIO_NET_F_MQ)
/* 5.1.3.1: each wants the control queue. */
#define WANT_CONTROL                                                                  \
    (VIRTIO_NET_F_CTRL_RX | VIRTIO_NET_F_CTRL_RX_EXTRA | VIRTIO_NET_F_CTRL_MAC_ADDR | \
     VIRTIO_NET_F_MQ | VIRTIO_NET_F_CTRL_GUEST_OFFLOADS)

struct virtio_net virtio_net;
static enum net_verdict (*transmit_callback)(struct net_frame *frame);

void virtio_net_set_transmit(enum net_verdict (*transmit)(struct net_frame *frame),
                             bool (*may_use)(const uint8_t *mac))
{
    transmit_callback = transmit;
    virtio_net_may_use = may_use;
}

/* ---- Offloads ---------------------------------------------------------------------------------- */

/* Of what the driver sends, and of what it receives. */
static const struct {
    uint32_t offload;
    uint64_t sends;
    uint64_t receives;
} offloads[] = {
    {NET_OFFLOAD_CSUM, VIRTIO_NET_F_CSUM, VIRTIO_NET_F_GUEST_CSUM},
    {NET_OFFLOAD_TSO4, VIRTIO_NET_F_HOST_TSO4, VIRTIO_NET_F_GUEST_TSO4},
    {NET_OFFLOAD_TSO6, VIRTIO_NET_F_HOST_TSO6, VIRTIO_NET_F_GUEST_TSO6},
};

#define OFFLOADS (sizeof(offloads) / sizeof(offloads[0]))

uint32_t virtio_net_offloads_of(uint64_t features)
{
    uint32_t found = 0;

    for (size_t i = 0; i < OFFLOADS; i++) {
        found |= (features & offloads[i].receives) != 0 ? offloads[i].offload : 0;
    }
    return found;
}

static uint32_t sender_may(uint64_t features)
{
    uint32_t found = 0;

    for (size_t i = 0; i < OFFLOADS; i++) {
        found |= (features & offloads[i].sends) != 0 ? offloads[i].offload : 0;
    }
    return found;
}

static uint64_t features_of(uint32_t host_takes, uint32_t host_may)
{
    uint64_t features = OFFERED;

    for (size_t i = 0; i < OFFLOADS; i++) {
        features |= (host_takes & offloads[i].offload) != 0 ? offloads[i].sends : 0;
        features |= (host_may & offloads[i].offload) != 0 ? offloads[i].receives : 0;
    }
    return features | (host_may != 0 ? VIRTIO_NET_F_CTRL_GUEST_OFFLOADS : 0);
}

void virtio_net_takes_set(struct virtio_net *net, uint32_t takes)
{
    __atomic_store_n(&net->takes, takes, __ATOMIC_RELAXED);
    host_net_offloads(takes);
}

uint32_t virtio_net_takes(void)
{
    return __atomic_load_n(&virtio_net.takes, __ATOMIC_RELAXED);
}

/* ---- Which queue ------------------------------------------------------------------------------- */

/* It moves with the feature MQ (5.1.2). */
static unsigned control_queue(const struct virtio_net *net)
{
    return virtio_accepted(&net->device, VIRTIO_NET_F_MQ) ? 2u * net->config.max_virtqueue_pairs
                                                          : 2;
}

static uint32_t word_at(const uint8_t *head, unsigned at)
{
    uint32_t word;

    memcpy(&word, head + at, sizeof(word));
    return word;
}

/*
 * A number for a frame's flow, the same both ways: addresses, and ports where they are at their usual
 * place. Zeroes lie behind the end of a short frame, and a wrong guess costs only time.
 */
static unsigned flow_of(const uint8_t *head)
{
    uint32_t sum = 0;

    if (head[12] == 0x08 && head[13] == 0x00) { /* IPv4, RFC 791; no options, no fragment */
        bool ports = head[14] == 0x45 && ((head[20] & 0x3f) | head[21]) == 0;

        sum = word_at(head, 26) ^ word_at(head, 30) ^ (ports ? word_at(head, 34) : 0);
    } else if (head[12] == 0x86 && head[13] == 0xdd) { /* IPv6, RFC 8200 */
        for (unsigned at = 22; at <= 54; at += 4) {
            sum ^= word_at(head, at);
        }
    }
    sum ^= sum >> 16;
    return (sum ^ (sum >> 8)) % NET_FLOWS;
}

/*
 * 5.1.6.5.5: a flow comes in by the pair that it goes out by. But one that comes in moves only after so
 * many frames out by another pair: what comes by that would overtake what the driver has not seen yet,
 * and a sender takes that for loss.
 */
#define STAYS 8u

static void steer(struct virtio_net *net, const struct net_frame *frame, unsigned queue)
{
    if (__atomic_load_n(&net->pairs, __ATOMIC_RELAXED) > 1) {
        uint8_t *flow = &net->flows[flow_of(frame->head)];
        unsigned state = __atomic_load_n(flow, __ATOMIC_RELAXED);

        if (state % NET_PAIRS_MAX != queue / 2) {
            state = state < NET_PAIRS_MAX ? queue / 2 : state - NET_PAIRS_MAX;
            __atomic_store_n(flow, (uint8_t)state, __ATOMIC_RELAXED);
        }
    }
}

static unsigned pair_for(struct virtio_net *net, const struct net_frame *frame)
{
    uint32_t pairs = __atomic_load_n(&net->pairs, __ATOMIC_RELAXED);
    uint8_t *flow;
    unsigned pair;

    if (pairs == 1) {
        return 0;
    }
    flow = &net->flows[flow_of(frame->head)];
    pair = __atomic_load_n(flow, __ATOMIC_RELAXED) % NET_PAIRS_MAX;
    pair = pair < pairs ? pair : 0;
    __atomic_store_n(flow, (uint8_t)(pair + STAYS * NET_PAIRS_MAX), __ATOMIC_RELAXED);
    return pair;
}

/* ---- From the guest, with the queue's lock held ------------------------------------------------ */

static enum net_verdict send(struct virtio_net *net, unsigned queue, const struct ring_chain *chain)
{
    struct net_source source = {.start = ring_readable(chain)};
    struct virtio_net_header header;
    struct net_frame frame;
    uint64_t bytes = chain->readable_bytes - VIRTIO_NET_HEADER_BYTES;

    if (ring_read(&source.start, &header, sizeof(header)) != sizeof(header)) {
        return NET_DROP_FAULT;
    }
    /* 5.1.6.2.2: other flags than this are not looked at. */
    header.flags &= VIRTIO_NET_NEEDS_CSUM;
    if (bytes > VIRTIO_NET_FRAME_MAX) {
        bytes = VIRTIO_NET_FRAME_MAX + 1; /* refused, whatever it is exactly */
    }
    if (!net_frame_open(&frame, &source, (uint32_t)bytes, &header)) {
        return NET_DROP_FAULT;
    }
    frame.sender_may = sender_may(net->device.accepted);
    steer(net, &frame, queue);
    return transmit_callback(&frame);
}

/* True: there may be more, and nobody else says so. */
static bool pump(struct virtio_net *net, unsigned queue)
{
    struct ring *ring = &net->queues[queue];
    uint32_t pieces = 0;
    uint64_t bytes = 0;

    for (unsigned i = 0; i < TURN_FRAMES && bytes < TURN_BYTES && pieces < RING_TURN_PIECES; i++) {
        const struct ring_chain *chain = ring_next(ring);

        if (chain == NULL) {
            return false;
        }
        if (chain->readable_bytes < VIRTIO_NET_HEADER_BYTES) {
            ring_break(ring, "a frame without a header (5.1.6)");
            return false;
        }
        if (send(net, queue, chain) == NET_FULL) {
            ring_put_back(ring);
            net->waiting[queue] = true;
            return false;
        }
        bytes += chain->readable_bytes;
        pieces += ring_pieces(chain);
        ring_give(ring, chain->token, 0);
    }
    return true;
}

/*
 * Queues of odd number transmit. Which of the others is the control queue changes with what the driver
 * accepts: device->lock, which a reset holds too, is held to ask, and then it is asked here and not by
 * who has come to serve it. A receive queue must not be served as another: its lock lies inside the
 * host card's, and the others' outside.
 */
static void serve(struct virtio_net *net, unsigned queue, bool only_waiting)
{
    struct ring *ring = &net->queues[queue];
    bool transmits = queue % 2 == 1;
    bool more = false;

    if (!transmits) {
        vtl_lock(&net->device.lock);
    }
    vtl_lock(&ring->lock);
    if (!only_waiting || net->waiting[queue]) {
        net->waiting[queue] = false;
        if (transmits) {
            more = pump(net, queue);
        } else if (queue == control_queue(net)) {
            more = virtio_net_control(net, ring);
        } else {
            /* What comes looks for buffers by itself: no notification of each. */
            (void)ring_rearm(ring);
        }
        net->waiting[queue] = net->waiting[queue] || more;
        virtio_tell(&net->device, ring);
    }
    vtl_unlock(&ring->lock);
    if (!transmits) {
        vtl_unlock(&net->device.lock);
    }
    if (more) {
        vmm_again(&net->work);
    }
}

/* What waited for room, or for a turn. */
static void resume(void)
{
    struct virtio_net *net = &virtio_net;

    for (unsigned queue = 0; queue < net->device.queue_count; queue++) {
        serve(net, queue, true);
    }
    host_net_kick();
}

static void work_run(void *device)
{
    (void)device;
    resume();
}

static void notify(struct virtio_device *device, unsigned queue)
{
    struct virtio_net *net = device->instance;

    serve(net, queue, false);
    host_net_kick();
    if (queue % 2 == 0) {
        host_net_again();
    }
}
PV_UNTRUSTED(notify, guest, "fuzz_virtio_net");

/* ---- To the guest ------------------------------------------------------------------------------ */

/* Where the header's num_buffers lies: its bytes may be in two buffers. */
struct count_place {
    void *at[2];
};

static bool header_write(const struct virtio_net *net, const struct net_frame *frame,
                         struct ring_cursor *to, struct count_place *place)
{
    uint32_t takes = __atomic_load_n(&net->takes, __ATOMIC_RELAXED);
    struct virtio_net_header header = {
        .flags = (takes & NET_OFFLOAD_CSUM) != 0 ? frame->offloads.flags : 0,
        .gso_type = frame->offloads.gso_type,
        .hdr_len = frame->offloads.hdr_len,
        .gso_size = frame->offloads.gso_size,
        .csum_start = frame->offloads.csum_start,
        .csum_offset = frame->offloads.csum_offset,
        .num_buffers = 1,
    };
    struct ring_cursor count = *to;

    header.flags &= VIRTIO_NET_NEEDS_CSUM | VIRTIO_NET_DATA_VALID;
    (void)ring_skip(&count, VIRTIO_NET_NUM_BUFFERS);
    return ring_step(&count, 1, &place->at[0]) == 1 && ring_step(&count, 1, &place->at[1]) == 1 &&
           ring_write(to, &header, sizeof(header)) == sizeof(header);
}

/* So many bytes of the frame into a buffer that has room for them. False: memory is not there. */
static bool buffer_fill(const struct net_frame *frame, uint32_t offset, struct ring_cursor *to,
                        uint32_t bytes)
{
    for (uint32_t done = 0, now; done < bytes; done += now) {
        void *at;

        now = ring_step(to, bytes - done, &at);
        if (now == 0 || !net_frame_copy(frame, offset + done, at, now)) {
            return false;
        }
    }
    return true;
}

static bool count_write(const struct count_place *place, unsigned count)
{
    return vtl_store(place->at[0], 1, count & 0xff) == PV_OK &&
           vtl_store(place->at[1], 1, count >> 8) == PV_OK;
}

/* A buffer for what is left of a frame, and for a header of `skip` bytes; NULL: none that will do. */
static const struct ring_chain *buffer_take(struct ring *ring, uint64_t bytes, bool merge)
{
    const struct ring_chain *chain = ring_take(ring);

    if (chain != NULL && chain->writable_bytes < VIRTIO_NET_HEADER_BYTES) {
        ring_break(ring, "a receive buffer smaller than a header (5.1.6.3.1)");
        return NULL;
    }
    return chain != NULL && (merge || chain->writable_bytes >= bytes) ? chain : NULL;
}

/* Into as many buffers as it takes; the driver sees all of them at once. ring->lock is held. */
static enum net_verdict put(struct virtio_net *net, unsigned pair, struct net_frame *frame)
{
    bool merge = virtio_accepted(&net->device, VIRTIO_NET_F_MRG_RXBUF);
    struct ring *ring = &net->queues[2 * pair];
    struct ring_used *used = net->used[pair];
    struct count_place place;
    uint32_t done = 0;
    unsigned count = 0;

    for (uint32_t skip = VIRTIO_NET_HEADER_BYTES; done < frame->bytes; skip = 0) {
        uint32_t left = frame->bytes - done;
        const struct ring_chain *chain = count < RING_SIZE_MAX && frame->pieces < FRAME_PIECES
                                             ? buffer_take(ring, left + skip, merge)
                                             : NULL;

        if (chain == NULL) {
            return NET_DROP_NO_BUFFER;
        }
        frame->pieces += ring_pieces(chain);
        struct ring_cursor to = ring_writable(chain);
        uint64_t room = chain->writable_bytes - skip;
        uint32_t now = room < left ? (uint32_t)room : left;
        if ((skip != 0 && !header_write(net, frame, &to, &place)) ||
            !buffer_fill(frame, done, &to, now)) {
            return NET_DROP_FAULT;
        }
        used[count++] = (struct ring_used){chain->token, skip + now};
        done += now;
    }
    if (count > 1 && !count_write(&place, count)) {
        return NET_DROP_FAULT;
    }
    ring_give_all(ring, used, count);
    return NET_TAKEN;
}

/* May a frame that found too few buffers come again? */
static bool may_wait(struct virtio_net *net, unsigned pair)
{
    uint64_t now = vtl_time_ns();

    if (net->wait_ends[pair] == 0) {
        net->wait_ends[pair] = now + PATIENCE_NS;
    }
    return net->queues[2 * pair].live && now < net->wait_ends[pair];
}

/* As put; and nothing is taken if the frame is not. ring->lock is held. */
static enum net_verdict put_whole(struct virtio_net *net, unsigned pair, struct net_frame *frame)
{
    struct ring *ring = &net->queues[2 * pair];
    struct ring_mark mark = ring_mark(ring);
    enum net_verdict verdict = put(net, pair, frame);

    if (verdict == NET_DROP_NO_BUFFER && frame->can_wait && may_wait(net, pair)) {
        /* Behind the buffers that were not enough: they are no news. */
        bool more = ring_rearm(ring);

        ring_rewind(ring, mark);
        verdict = more ? put(net, pair, frame) : verdict;
        verdict = verdict == NET_DROP_NO_BUFFER ? NET_FULL : verdict;
    }
    if (verdict == NET_TAKEN) {
        net->wait_ends[pair] = 0;
    } else {
        ring_rewind(ring, mark);
    }
    return verdict;
}

enum net_verdict virtio_net_deliver(struct net_frame *frame)
{
    struct virtio_net *net = &virtio_net;
    unsigned pair = pair_for(net, frame);
    struct ring *ring = &net->queues[2 * pair];
    enum net_verdict verdict;

    if (!virtio_running(&net->device)) {
        return NET_DROP_DOWN;
    }
    if (!virtio_net_wants(net, frame->head)) {
        return NET_DROP_FILTERED;
    }
    vtl_lock(&ring->lock);
    verdict = put_whole(net, pair, frame);
    vtl_unlock(&ring->lock);
    (void)__atomic_fetch_or(&net->filled, 1u << pair, __ATOMIC_RELAXED);
    return verdict;
}
PV_UNTRUSTED(virtio_net_deliver, network, "fuzz_virtio_net");

void virtio_net_flush(void)
{
    struct virtio_net *net = &virtio_net;
    uint32_t filled = __atomic_exchange_n(&net->filled, 0, __ATOMIC_RELAXED);

    for (unsigned pair = 0; filled != 0; pair++, filled >>= 1) {
        if ((filled & 1) != 0) {
            struct ring *ring = &net->queues[2 * pair];

            vtl_lock(&ring->lock);
            virtio_tell(&net->device, ring);
            vtl_unlock(&ring->lock);
        }
    }
}

/* ---- The device -------------------------------------------------------------------------------- */

static bool accepts(const struct virtio_device *device, uint64_t features)
{
    bool cut_out = (features & (VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6)) != 0;
    bool cut_in = (features & (VIRTIO_NET_F_GUEST_TSO4 | VIRTIO_NET_F_GUEST_TSO6)) != 0;

    (void)device;
    return ((features & WANT_CONTROL) == 0 || (features & VIRTIO_NET_F_CTRL_VQ) != 0) &&
           (!cut_out || (features & VIRTIO_NET_F_CSUM) != 0) &&
           (!cut_in || (features & VIRTIO_NET_F_GUEST_CSUM) != 0);
}

/* Queues are stopped. What was waiting is nobody's. */
static void reset(struct virtio_device *device)
{
    struct virtio_net *net = device->instance;

    __atomic_store_n(&net->pairs, 1, __ATOMIC_RELAXED);
    virtio_net_takes_set(net, 0);
    memcpy(net->config.mac, host_net_info()->mac, NET_MAC_BYTES);
    virtio_net_filter_reset(net);
}

static void start(struct virtio_device *device)
{
    virtio_net_takes_set(device->instance, virtio_net_offloads_of(device->accepted));
}

/* No lock is held. Two at a time would put an old state over a new one. */
static void link_update(void)
{
    struct virtio_net *net = &virtio_net;
    uint16_t status;

    vtl_lock(&net->link_lock);
    status = host_net_link() ? VIRTIO_NET_LINK_UP : 0;
    if (net->config.status != status) {
        virtio_config_set(&net->device, offsetof(struct virtio_net_config, status), &status,
                          sizeof(status));
    }
    vtl_unlock(&net->link_lock);
}

static const struct virtio_model model = {
    .name = "network",
    .id = VIRTIO_ID_NET,
    .notify = notify,
    .reset = reset,
    .start = start,
    .accepts = accepts,
};

void virtio_net_init(unsigned pairs)
{
    struct virtio_net *net = &virtio_net;
    const struct host_net_info *info = host_net_info();

    if (info == NULL) {
        return;
    }
    pairs = pairs < NET_PAIRS_MAX ? pairs : NET_PAIRS_MAX;
    memset(net, 0, sizeof(*net));
    net->device = (struct virtio_device){
        .model = &model,
        .instance = net,
        .offered = features_of(host_net_takes(), host_net_may()),
        .config = &net->config,
        .config_bytes = sizeof(net->config),
        .queues = net->queues,
        .queue_count = (uint16_t)(2 * pairs + 1),
        .queue_size_max = RING_SIZE_MAX,
    };
    net->config = (struct virtio_net_config){
        .status = host_net_link() ? VIRTIO_NET_LINK_UP : 0,
        .max_virtqueue_pairs = (uint16_t)pairs,
        .mtu = info->mtu,
    };
    net->pairs = 1;
    net->work = (struct vmm_work){.run = work_run};
    memcpy(net->config.mac, info->mac, NET_MAC_BYTES);
    virtio_net_filter_reset(net);
    host_net_set_events(resume, link_update);
    virtio_attach(&net->device, VIRTIO_WINDOW_NET);
}
