/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The connections of the socket device, as packets in and packets out: virtio 1.2, 5.10.6. Knows
 * nothing of queues.
 *
 * What is to be told of a connection are a few bits of it, not packets that wait: so a guest that
 * gives no receive buffers takes up nothing, and loses nothing. The one thing that waits outside of
 * connections are resets for peers that have none; while that ring is full, no packet may come in
 * (5.10.6.1 allows it).
 */
#ifndef DEVICES_VSOCK_CONNECTION_H
#define DEVICES_VSOCK_CONNECTION_H

#include "devices/devices.h"
#include "virtio/vsock_abi.h"

#define VSOCK_BUCKETS 1024u
#define VSOCK_RESETS 64u

/* Where a connection is linked in; always in one of these. */
enum vsock_list {
    VSOCK_FREE,
    VSOCK_IDLE,    /* open, nothing to tell */
    VSOCK_READY,   /* something to tell, who waits longest first */
    VSOCK_CLOSING, /* told that it is shut down; the guest has to answer */
    VSOCK_LISTS,
};

enum vsock_state {
    VSOCK_OPEN,
    VSOCK_SHUT,  /* the service is through with it */
    VSOCK_RESET, /* a reset has to be told, then it is free */
};

struct vsock_connection {
    const struct vsock_service *service;
    uint32_t guest_port;
    /* What the guest can take: free-running counters, modulo 2^32 (5.10.6.3). */
    uint32_t peer_buf_alloc;
    uint32_t peer_fwd_cnt;
    uint32_t tx_cnt;
    /* What has come from the guest, and how much of it the guest knows to have been freed. */
    uint32_t rx_cnt;
    uint32_t fwd_cnt_told;
    uint16_t bucket_next;
    uint8_t state;
    uint8_t list;
    uint8_t pending;  /* what to tell: bits of vsock_connection.c */
    uint8_t shutdown; /* flags that the guest has sent */
};

struct vsock_link {
    uint16_t next;
    uint16_t previous;
};

/* A reset for a peer without a connection. */
struct vsock_reset {
    uint32_t cid;
    uint32_t port;
    uint32_t guest_port;
    uint16_t type;
};

struct vsock_table {
    const struct vsock_service *const *services;
    size_t service_count;
    struct vsock_connection connections[VSOCK_CONNECTIONS];
    /* Of connections, then the heads of the lists: rings, so that no end is special. */
    struct vsock_link links[VSOCK_CONNECTIONS + VSOCK_LISTS];
    uint16_t buckets[VSOCK_BUCKETS];
    struct vsock_reset resets[VSOCK_RESETS];
    uint32_t reset_first;
    uint32_t reset_count;
    struct vsock_counts counts;
};

void vsock_table_init(struct vsock_table *table, const struct vsock_service *const *services,
                      size_t count);
/* Every connection ends, and nothing is left to tell. */
void vsock_table_clear(struct vsock_table *table);

/* May a packet come in? It makes two resets at most: for itself, and for who has to make room. */
static inline bool vsock_has_room(const struct vsock_table *table)
{
    return table->reset_count + 2 <= VSOCK_RESETS;
}

/*
 * A packet from the guest, and how many bytes there are behind its header. NULL, or the connection
 * whose service is to get header->len bytes: by vsock_receive piece by piece, then vsock_received.
 */
struct vsock_connection *vsock_packet_in(struct vsock_table *table,
                                         const struct virtio_vsock_header *header,
                                         uint64_t payload_bytes);
void vsock_receive(struct vsock_table *table, struct vsock_connection *connection,
                   const uint8_t *bytes, size_t count);
void vsock_received(struct vsock_table *table, struct vsock_connection *connection);
/* The rest of its payload can't be read: the connection is reset. */
void vsock_receive_failed(struct vsock_table *table, struct vsock_connection *connection);

/* Its service may have more to say; or there is no such connection any more. */
void vsock_woken(struct vsock_table *table, uint16_t number);

/* Is there a packet for the guest? */
bool vsock_has_packet(const struct vsock_table *table);
/* That packet: its header, and header->len bytes of payload, room at most, which is not 0. */
void vsock_packet_out(struct vsock_table *table, struct virtio_vsock_header *header, uint8_t *data,
                      size_t room);

#endif /* DEVICES_VSOCK_CONNECTION_H */
