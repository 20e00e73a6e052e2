/* SPDX-License-Identifier: BSD-3-Clause */
/* The host's network card, its way in: host_net.h. Source: virtio 1.2, 5.1.6.3, 5.1.6.4. */
#include "host/host_net_card.h"
#include "virtio/frame.h"
#include "vtl/untrusted.h"

/* What one exit delivers at most. */
#define TURN_BUFFERS 192u
/* Where who has no room does not say when there is. */
#define HELD_NS UINT64_C(5000000)

static struct host_net_card *const card = &host_net_card;

static enum net_verdict (*receive_callback)(struct net_frame *frame);
static void (*flush_callback)(void);

void host_net_set_receive(enum net_verdict (*receive)(struct net_frame *frame), void (*flush)(void))
{
    receive_callback = receive;
    flush_callback = flush;
}

/* ---- The lock is held -------------------------------------------------------------------------- */

/* A buffer goes to the device. */
static void buffer_give(uint8_t buffer)
{
    const struct host_buffer part = {card->in + buffer * HOST_NET_BUFFER_BYTES,
                                     HOST_NET_BUFFER_BYTES, true};
    uint16_t id;

    if (host_queue_add(&card->receive, &part, 1, &id)) {
        card->buffer_of[id] = buffer;
    }
}

/* The frame in the buffers that have come. False: there was no room for it. *pieces counts on in how many
 * the guest has got it. */
static bool deliver(uint32_t *pieces)
{
    struct ring_segment segments[HOST_NET_FRAME_BUFFERS];
    struct net_source source = {.start = {segments, segments, 0}};
    struct net_frame frame;
    uint32_t skip = VIRTIO_NET_HEADER_BYTES;
    uint32_t bytes = 0;
    unsigned count = 0;

    for (unsigned i = 0; i < card->coming_count; i++, skip = 0) {
        uint32_t now = card->coming_bytes[i] - skip;

        if (now != 0) {
            const uint8_t *base = card->in + card->coming[i] * HOST_NET_BUFFER_BYTES + skip;

            segments[count++] = (struct ring_segment){gpa((uintptr_t)base), now};
            bytes += now;
        }
    }
    source.start.end = segments + count;
    if (net_frame_open(&frame, &source, bytes, &card->header)) {
        frame.sender_may = host_net_may();
        frame.can_wait = true;
        if (receive_callback(&frame) == NET_FULL) {
            return false;
        }
        bounce_count_in(bytes);
        *pieces += frame.pieces;
    }
    return true;
}

/* The header of a frame whose first buffer has come. */
static void header_read(uint32_t bytes)
{
    if (bytes < VIRTIO_NET_HEADER_BYTES ||
        vtl_copy(&card->header, card->in + card->coming[0] * HOST_NET_BUFFER_BYTES,
                 VIRTIO_NET_HEADER_BYTES) != PV_OK) {
        host_virtio_kill(&card->device, "a frame without a header");
        return;
    }
    /* 5.1.6.4.1: without mergeable buffers there is one. */
    card->coming_wanted =
        (card->device.features & VIRTIO_NET_F_MRG_RXBUF) != 0 ? card->header.num_buffers : 1;
    if (card->coming_wanted == 0 || card->coming_wanted > HOST_NET_FRAME_BUFFERS) {
        host_virtio_kill(&card->device, "a frame of no number of buffers that can be");
    }
}

/* Takes one buffer. False: there is none. */
static bool buffer_take(void)
{
    uint32_t written;
    uint16_t id;

    if (!host_queue_next(&card->receive, &id, &written)) {
        return false;
    }
    card->coming[card->coming_count] = card->buffer_of[id];
    card->coming_bytes[card->coming_count++] = written;
    if (card->coming_count == 1) {
        header_read(written);
    }
    return true;
}

/* Takes one buffer, and delivers a frame if it is its last. False: there is none, or no room for it.
 * *pieces: counted on. */
static bool receive_one(uint32_t *pieces)
{
    bool whole;
    bool held;

    if (!card->held && !buffer_take()) {
        return false;
    }
    whole = card->device.dead == NULL && card->coming_count == card->coming_wanted;
    held = whole && !deliver(pieces);
    __atomic_store_n(&card->held, held, __ATOMIC_RELAXED);
    if (whole && !held) {
        for (unsigned i = 0; i < card->coming_count; i++) {
            buffer_give(card->coming[i]);
        }
        card->coming_count = 0;
    }
    return card->device.dead == NULL && !held;
}

/* ---- Without ----------------------------------------------------------------------------------- */

void host_net_receive(void)
{
    bool more = true;
    uint32_t pieces = 0;
    unsigned taken;

    for (taken = 0; more && taken < TURN_BUFFERS && pieces < RING_TURN_PIECES; taken++) {
        vtl_lock(&card->lock);
        more = receive_one(&pieces);
        vtl_unlock(&card->lock);
    }
    if (taken > 1) {
        vtl_lock(&card->lock);
        host_queue_kick(&card->receive);
        vtl_unlock(&card->lock);
        flush_callback();
    }
    if (more) {
        vmm_again(&card->work);
    } else if (__atomic_load_n(&card->held, __ATOMIC_RELAXED)) {
        vmm_later(&card->work, HELD_NS);
    }
}

void host_net_again(void)
{
    if (__atomic_load_n(&card->held, __ATOMIC_RELAXED)) {
        host_net_receive();
    }
}
PV_UNTRUSTED(host_net_receive, network, "fuzz_host_net");
PV_UNTRUSTED(host_net_receive, host, "fuzz_host_net");

void host_net_start_receive(void)
{
    for (uint8_t i = 0; i < HOST_NET_IN && i < card->receive.size; i++) {
        buffer_give(i);
    }
    host_queue_kick(&card->receive);
}
