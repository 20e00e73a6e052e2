/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The socket device: virtio 1.2, 5.10. Its three queues, and vsock_connection.c between them.
 *
 * Lock: everything here belongs to whoever holds the receive queue's. Who needs another queue takes
 * its lock after that, in the order of their numbers.
 */
#include "virtio/device.h"
#include "virtio/vsock_connection.h"
#include "vtl/untrusted.h"

#include <string.h>

#define QUEUE_SIZE 128u

/*
 * What one exit does at most, each way, in what a piece of a chain costs; the rest comes after the guest
 * has run for a while. A packet costs a walk over as many connections as the guest has given the
 * same hash: 32 of one piece are a turn. A byte costs some 35 instructions where a service looks at
 * each: 8 KiB are a turn.
 */
#define TURN_COST (RING_TURN_PIECES / 2)
#define COST_PACKET 15u
#define COST_BYTES 16u

/* Payload is moved in pieces: what a service gets at once, and what a packet for the guest holds at
 * most. */
#define PIECE_BYTES 4096u

static void pump(void *unused);

static struct {
    struct virtio_device device;
    struct ring queues[VIRTIO_VSOCK_QUEUES];
    struct virtio_vsock_config config;
    struct vsock_table table;
    struct vmm_work work;
    bool interrupted; /* connections were lost, and the driver is to be told */
    uint8_t piece[PIECE_BYTES];
} vsock;

/* ---- From the guest --------------------------------------------------------------------------- */

static void payload_take(struct vsock_connection *connection, struct ring_cursor *cursor,
                         uint32_t bytes)
{
    while (bytes != 0) {
        uint32_t now = bytes < PIECE_BYTES ? bytes : PIECE_BYTES;

        if (ring_read(cursor, vsock.piece, now) != now) {
            vsock_receive_failed(&vsock.table, connection);
            return;
        }
        vsock_receive(&vsock.table, connection, vsock.piece, now);
        bytes -= now;
    }
    vsock_received(&vsock.table, connection);
}

/* Returns how many bytes were moved. */
static uint32_t packet_take(struct ring *tx, const struct ring_chain *chain)
{
    struct ring_cursor cursor = ring_readable(chain);
    struct virtio_vsock_header header;
    struct vsock_connection *connection;
    uint32_t moved = 0;

    if (chain->writable != 0) {
        ring_break(tx, "a packet that is to be written (5.10.6.4)");
        return 0;
    }
    if (ring_read(&cursor, &header, sizeof(header)) != sizeof(header)) {
        ring_break(tx, "a packet shorter than its header (5.10.6)");
        return 0;
    }
    connection = vsock_packet_in(&vsock.table, &header, chain->readable_bytes - sizeof(header));
    if (connection != NULL) {
        payload_take(connection, &cursor, header.len);
        moved = header.len;
    }
    ring_give(tx, chain->token, 0);
    return moved;
}

/* 5.10.6.1: stops where resets have no more room, and goes on when the guest has taken some. False:
 * all that can be done is done. */
static bool packets_take(struct ring *tx)
{
    uint32_t cost = 0;

    while (cost < TURN_COST) {
        const struct ring_chain *chain = vsock_has_room(&vsock.table) ? ring_next(tx) : NULL;

        if (chain == NULL) {
            return false;
        }
        cost += COST_PACKET + ring_pieces(chain) + packet_take(tx, chain) / COST_BYTES;
    }
    return true;
}

/* ---- For the guest ---------------------------------------------------------------------------- */

static uint32_t packet_give(struct ring *rx, const struct ring_chain *chain)
{
    struct ring_cursor cursor = ring_writable(chain);
    struct virtio_vsock_header header;
    uint64_t room = chain->writable_bytes - sizeof(header);

    if (chain->readable != 0 || chain->writable_bytes <= sizeof(header)) {
        ring_break(rx, "a receive buffer that a packet can't be written into (5.10.6.4)");
        return 0;
    }
    vsock_packet_out(&vsock.table, &header, vsock.piece,
                     room < PIECE_BYTES ? (size_t)room : PIECE_BYTES);
    if (ring_write(&cursor, &header, sizeof(header)) != sizeof(header) ||
        ring_write(&cursor, vsock.piece, header.len) != header.len) {
        ring_break(rx, "a receive buffer in memory that is not there");
        return 0;
    }
    ring_give(rx, chain->token, (uint32_t)sizeof(header) + header.len);
    return header.len;
}

/* False: all that can be done is done. */
static bool packets_give(struct ring *rx)
{
    uint32_t cost = 0;

    while (cost < TURN_COST) {
        const struct ring_chain *chain = vsock_has_packet(&vsock.table) ? ring_next(rx) : NULL;

        if (chain == NULL) {
            return false;
        }
        cost += COST_PACKET + ring_pieces(chain) + packet_give(rx, chain) / COST_BYTES;
    }
    return true;
}

/* ---- The device ------------------------------------------------------------------------------- */

static void pump(void *unused)
{
    struct ring *rx = &vsock.queues[VIRTIO_VSOCK_RX];
    struct ring *tx = &vsock.queues[VIRTIO_VSOCK_TX];
    bool more;

    (void)unused;
    vtl_lock(&rx->lock);
    vtl_lock(&tx->lock);
    more = packets_take(tx);
    bool stopped = !vsock_has_room(&vsock.table);
    more = packets_give(rx) || more || (stopped && vsock_has_room(&vsock.table));
    if (vsock.table.counts.open != 0) {
        vsock.interrupted = false;
    }
    virtio_tell(&vsock.device, tx);
    virtio_tell(&vsock.device, rx);
    vtl_unlock(&tx->lock);
    vtl_unlock(&rx->lock);
    if (more) {
        vmm_later(&vsock.work, 0);
    }
}

/*
 * 5.10.6.7: what was open when the driver reset the device is no more. A driver that has opened new
 * connections since then knows.
 */
static void event_give(void)
{
    const struct virtio_vsock_event event = {VIRTIO_VSOCK_EVENT_TRANSPORT_RESET};
    struct vtl_lock *lock = &vsock.queues[VIRTIO_VSOCK_RX].lock;
    struct ring *ring = &vsock.queues[VIRTIO_VSOCK_EVENT];
    const struct ring_chain *chain = NULL;

    vtl_lock(lock);
    vtl_lock(&ring->lock);
    if (vsock.interrupted) {
        chain = ring_take(ring);
    }
    if (chain != NULL) {
        struct ring_cursor cursor = ring_writable(chain);

        if (ring_write(&cursor, &event, sizeof(event)) == sizeof(event)) {
            ring_give(ring, chain->token, sizeof(event));
        } else {
            ring_break(ring, "a buffer that an event can't be written into (5.10.6.7)");
        }
        vsock.interrupted = false;
    }
    virtio_tell(&vsock.device, ring);
    vtl_unlock(&ring->lock);
    vtl_unlock(lock);
}

static void notify(struct virtio_device *device, unsigned queue)
{
    (void)device;
    if (queue == VIRTIO_VSOCK_EVENT) {
        event_give();
    } else {
        pump(NULL);
    }
}
PV_UNTRUSTED(notify, guest, "fuzz_vsock");

void vsock_wake(uint16_t connection)
{
    struct vtl_lock *lock = &vsock.queues[VIRTIO_VSOCK_RX].lock;

    vtl_lock(lock);
    vsock_woken(&vsock.table, connection);
    vtl_unlock(lock);
    vmm_later(&vsock.work, 0);
}

static void reset(struct virtio_device *device)
{
    struct vtl_lock *lock = &vsock.queues[VIRTIO_VSOCK_RX].lock;

    (void)device;
    vtl_lock(lock);
    vsock.interrupted = vsock.interrupted || vsock.table.counts.open != 0;
    vsock_table_clear(&vsock.table);
    vtl_unlock(lock);
}

static const struct virtio_model model = {
    .name = "vsock",
    .id = VIRTIO_ID_VSOCK,
    .notify = notify,
    .reset = reset,
};

struct vsock_counts vsock_counts(void)
{
    return vsock.table.counts;
}

void vsock_init(const struct vsock_service *const *services, size_t count)
{
    memset(&vsock, 0, sizeof(vsock));
    vsock_table_init(&vsock.table, services, count);
    vsock.config.guest_cid = VSOCK_GUEST_CID;
    vsock.work.run = pump;
    vsock.device = (struct virtio_device){.model = &model,
                                          .offered = VIRTIO_VSOCK_F_STREAM,
                                          .config = &vsock.config,
                                          .config_bytes = sizeof(vsock.config),
                                          .queues = vsock.queues,
                                          .queue_count = VIRTIO_VSOCK_QUEUES,
                                          .queue_size_max = QUEUE_SIZE};
    virtio_attach(&vsock.device, VIRTIO_WINDOW_VSOCK);
}
