/* SPDX-License-Identifier: BSD-3-Clause */
/* See vsock_connection.h. Section numbers: virtio 1.2. */
#include "virtio/vsock_connection.h"

#include "vtl/untrusted.h"

#include <string.h>

#define NONE UINT16_MAX

/* What is to be told of a connection. */
#define PENDING_RESPONSE 1u
#define PENDING_ANSWER 2u /* to a request for credit */
#define PENDING_CREDIT 4u /* goes with any packet */
#define PENDING_SHUTDOWN 8u

#define DRAIN_BYTES 256u

/* ---- Lists ------------------------------------------------------------------------------------ */

static uint16_t head_of(enum vsock_list list)
{
    return (uint16_t)(VSOCK_CONNECTIONS + list);
}

static uint16_t number_of(const struct vsock_table *table,
                          const struct vsock_connection *connection)
{
    return (uint16_t)(connection - table->connections);
}

static struct vsock_connection *first_of(struct vsock_table *table, enum vsock_list list)
{
    uint16_t first = table->links[head_of(list)].next;

    return first < VSOCK_CONNECTIONS ? &table->connections[first] : NULL;
}

static void append(struct vsock_table *table, struct vsock_connection *connection,
                   enum vsock_list list)
{
    uint16_t number = number_of(table, connection);
    struct vsock_link *head = &table->links[head_of(list)];

    table->links[number] = (struct vsock_link){head_of(list), head->previous};
    table->links[head->previous].next = number;
    head->previous = number;
    connection->list = (uint8_t)list;
}

static void move(struct vsock_table *table, struct vsock_connection *connection,
                 enum vsock_list list)
{
    struct vsock_link link = table->links[number_of(table, connection)];

    table->links[link.previous].next = link.next;
    table->links[link.next].previous = link.previous;
    append(table, connection, list);
}

/* The guest chooses its ports: neighbours get different buckets, and a guest that wants collisions
 * walks a long chain itself. */
static uint16_t *bucket_of(struct vsock_table *table, uint32_t port, uint32_t guest_port)
{
    return &table->buckets[(guest_port ^ port * 61u) % VSOCK_BUCKETS];
}

static struct vsock_connection *find(struct vsock_table *table, uint32_t port, uint32_t guest_port)
{
    uint16_t number = *bucket_of(table, port, guest_port);

    while (number != NONE) {
        struct vsock_connection *connection = &table->connections[number];

        if (connection->guest_port == guest_port && connection->service->port == port) {
            return connection;
        }
        number = connection->bucket_next;
    }
    return NULL;
}

static void free_connection(struct vsock_table *table, struct vsock_connection *connection)
{
    uint16_t *at = bucket_of(table, connection->service->port, connection->guest_port);

    while (*at != number_of(table, connection)) {
        at = &table->connections[*at].bucket_next;
    }
    *at = connection->bucket_next;
    move(table, connection, VSOCK_FREE);
    table->counts.open--;
}

void vsock_table_init(struct vsock_table *table, const struct vsock_service *const *services,
                      size_t count)
{
    memset(table, 0, sizeof(*table));
    table->services = services;
    table->service_count = count;
    for (unsigned i = 0; i < VSOCK_LISTS; i++) {
        uint16_t head = head_of((enum vsock_list)i);

        table->links[head] = (struct vsock_link){head, head};
    }
    for (unsigned i = 0; i < VSOCK_BUCKETS; i++) {
        table->buckets[i] = NONE;
    }
    for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++) {
        append(table, &table->connections[i], VSOCK_FREE);
    }
}

/* ---- A connection's life ---------------------------------------------------------------------- */

static size_t waiting(const struct vsock_table *table, const struct vsock_connection *connection)
{
    return connection->service->waiting(number_of(table, connection));
}

/* 5.10.6.3, fwd_cnt: what has been received, but for what still takes up room. */
static uint32_t fwd_cnt(const struct vsock_table *table, const struct vsock_connection *connection)
{
    const struct vsock_service *service = connection->service;
    uint32_t held = service->held != NULL && connection->state == VSOCK_OPEN
                        ? service->held(number_of(table, connection))
                        : 0;

    return connection->rx_cnt - held;
}

/* 5.10.6.3, peer_free. A guest that takes room back, or counts what was never sent, has none. */
static uint32_t peer_free(const struct vsock_connection *connection)
{
    uint32_t in_flight = connection->tx_cnt - connection->peer_fwd_cnt;

    return in_flight < connection->peer_buf_alloc ? connection->peer_buf_alloc - in_flight : 0;
}

static void leave_service(struct vsock_table *table, struct vsock_connection *connection,
                          enum vsock_state state)
{
    const struct vsock_service *service = connection->service;

    if (connection->state == VSOCK_OPEN && service->closed != NULL) {
        service->closed(number_of(table, connection));
    }
    connection->state = (uint8_t)state;
}

static void end_connection(struct vsock_table *table, struct vsock_connection *connection)
{
    leave_service(table, connection, VSOCK_RESET);
    free_connection(table, connection);
}

void vsock_table_clear(struct vsock_table *table)
{
    static const enum vsock_list lists[] = {VSOCK_IDLE, VSOCK_READY, VSOCK_CLOSING};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        struct vsock_connection *connection;

        while ((connection = first_of(table, lists[i])) != NULL) {
            end_connection(table, connection);
        }
    }
    table->reset_count = 0;
}

/* The guest receives no more: what its service has to say is said to nobody. */
static void drain(struct vsock_table *table, struct vsock_connection *connection)
{
    uint8_t nowhere[DRAIN_BYTES];

    while (waiting(table, connection) != 0) {
        CHECK(connection->service->produce(number_of(table, connection), nowhere,
                                           sizeof(nowhere)) != 0);
    }
}

/* Something has happened to an open connection: what follows from it? */
static void consider(struct vsock_table *table, struct vsock_connection *connection)
{
    const struct vsock_service *service = connection->service;
    uint32_t freed;

    if ((connection->shutdown & VIRTIO_VSOCK_SHUTDOWN_RECEIVE) != 0) {
        drain(table, connection);
    }
    freed = fwd_cnt(table, connection) - connection->fwd_cnt_told;
    if (freed != 0 && freed >= service->window / 2) {
        connection->pending |= PENDING_CREDIT;
    }
    if (waiting(table, connection) == 0 &&
        (service->over != NULL ? service->over(number_of(table, connection))
                               : (connection->shutdown & VIRTIO_VSOCK_SHUTDOWN_SEND) != 0)) {
        leave_service(table, connection, VSOCK_SHUT);
        connection->pending |= PENDING_SHUTDOWN;
    }
}

static bool can_send(const struct vsock_table *table, const struct vsock_connection *connection)
{
    return connection->state == VSOCK_OPEN && peer_free(connection) != 0 &&
           waiting(table, connection) != 0;
}

/* Puts a connection where it belongs; who is ready already keeps its place. */
static void settle(struct vsock_table *table, struct vsock_connection *connection)
{
    enum vsock_list list = VSOCK_IDLE;

    if (connection->state == VSOCK_OPEN) {
        consider(table, connection);
    }
    if (connection->state == VSOCK_RESET || connection->pending != 0 ||
        can_send(table, connection)) {
        list = VSOCK_READY;
    } else if (connection->state == VSOCK_SHUT) {
        list = VSOCK_CLOSING;
    }
    if (connection->list != list) {
        move(table, connection, list);
    }
}

/* Forcibly disconnected: the guest is told, then it is free (5.10.6.5). */
static void reset(struct vsock_table *table, struct vsock_connection *connection)
{
    leave_service(table, connection, VSOCK_RESET);
    settle(table, connection);
}

/* ---- Packets from the guest ------------------------------------------------------------------- */

/* 5.10.6.4, 5.10.6.5. A reset is not answered by a reset: that would have no end. */
static void refuse(struct vsock_table *table, const struct virtio_vsock_header *header)
{
    if (header->op == VIRTIO_VSOCK_OP_RST) {
        return;
    }
    table->counts.refused++;
    CHECK(table->reset_count < VSOCK_RESETS);
    table->resets[(table->reset_first + table->reset_count) % VSOCK_RESETS] = (struct vsock_reset){
        (uint32_t)header->dst_cid, header->dst_port, header->src_port, header->type};
    table->reset_count++;
}

static const struct vsock_service *listener(const struct vsock_table *table,
                                            const struct virtio_vsock_header *header)
{
    for (size_t i = 0; i < table->service_count; i++) {
        if (table->services[i]->port == header->dst_port) {
            return table->services[i];
        }
    }
    return NULL;
}

/*
 * A free connection, or NULL. 5.10.6.5: who does not answer a shutdown for some time is
 * disconnected; that time ends when another wants the place.
 */
static struct vsock_connection *place(struct vsock_table *table)
{
    struct vsock_connection *closing = first_of(table, VSOCK_CLOSING);

    if (first_of(table, VSOCK_FREE) == NULL && closing != NULL) {
        const struct virtio_vsock_header header = {.dst_cid = VIRTIO_VSOCK_CID_HOST,
                                                   .dst_port = closing->service->port,
                                                   .src_port = closing->guest_port,
                                                   .type = VIRTIO_VSOCK_TYPE_STREAM};

        refuse(table, &header);
        free_connection(table, closing);
    }
    return first_of(table, VSOCK_FREE);
}

/* A packet for a connection that there is not. */
static void packet_new(struct vsock_table *table, const struct virtio_vsock_header *header)
{
    const struct vsock_service *service = listener(table, header);
    struct vsock_connection *connection;

    if (header->op != VIRTIO_VSOCK_OP_REQUEST || service == NULL ||
        header->dst_cid != VIRTIO_VSOCK_CID_HOST || (connection = place(table)) == NULL ||
        (service->accept != NULL && !service->accept(number_of(table, connection)))) {
        refuse(table, header);
        return;
    }
    uint16_t *bucket = bucket_of(table, header->dst_port, header->src_port);
    *connection = (struct vsock_connection){.service = service,
                                            .guest_port = header->src_port,
                                            .peer_buf_alloc = header->buf_alloc,
                                            .peer_fwd_cnt = header->fwd_cnt,
                                            .bucket_next = *bucket,
                                            .state = VSOCK_OPEN,
                                            .list = VSOCK_FREE,
                                            .pending = PENDING_RESPONSE};
    *bucket = number_of(table, connection);
    table->counts.open++;
    table->counts.accepted++;
    settle(table, connection);
}

/* Payload for an open connection: NULL, and a reset, if it is more than was granted (5.10.6.3.1),
 * than there is, or comes after the guest's own end. */
static struct vsock_connection *packet_data(struct vsock_table *table,
                                            struct vsock_connection *connection,
                                            const struct virtio_vsock_header *header)
{
    uint32_t used = connection->rx_cnt - fwd_cnt(table, connection);

    if ((connection->shutdown & VIRTIO_VSOCK_SHUTDOWN_SEND) != 0 ||
        header->len > connection->service->window - used) {
        reset(table, connection);
        return NULL;
    }
    connection->rx_cnt += header->len;
    return header->len != 0 ? connection : NULL;
}

static void packet_shutdown(struct vsock_table *table, struct vsock_connection *connection,
                            uint32_t flags)
{
    const struct vsock_service *service = connection->service;
    /* Permanent once sent (5.10.6.5). */
    uint8_t shutdown = (uint8_t)(connection->shutdown | (flags & VIRTIO_VSOCK_SHUTDOWN_BOTH));
    bool ends = (shutdown & ~connection->shutdown & VIRTIO_VSOCK_SHUTDOWN_SEND) != 0;

    connection->shutdown = shutdown;
    if (shutdown == VIRTIO_VSOCK_SHUTDOWN_BOTH) {
        reset(table, connection);
    } else if (ends && connection->state == VSOCK_OPEN && service->end != NULL) {
        service->end(number_of(table, connection));
    }
}

/* A packet for a connection that still is: open, shut down and not yet answered, or with a reset to
 * be told, which nothing changes. */
static struct vsock_connection *packet_known(struct vsock_table *table,
                                             struct vsock_connection *connection,
                                             const struct virtio_vsock_header *header)
{
    struct vsock_connection *receiver = NULL;

    connection->peer_buf_alloc = header->buf_alloc;
    connection->peer_fwd_cnt = header->fwd_cnt;
    switch (header->op) {
    case VIRTIO_VSOCK_OP_RW:
        /* On its way while the connection was shut down: nobody wants it. */
        if (connection->state == VSOCK_OPEN) {
            receiver = packet_data(table, connection, header);
        }
        break;
    case VIRTIO_VSOCK_OP_CREDIT_UPDATE:
        break;
    case VIRTIO_VSOCK_OP_CREDIT_REQUEST:
        connection->pending |= PENDING_ANSWER;
        break;
    case VIRTIO_VSOCK_OP_SHUTDOWN:
        packet_shutdown(table, connection, header->flags);
        break;
    default:
        /* A second request, an answer to none, or an operation that there is not. */
        reset(table, connection);
        break;
    }
    if (receiver == NULL) {
        settle(table, connection);
    }
    return receiver;
}

struct vsock_connection *vsock_packet_in(struct vsock_table *table,
                                         const struct virtio_vsock_header *header,
                                         uint64_t payload_bytes)
{
    struct vsock_connection *connection;

    /* 5.10.6.4.1, 5.10.6: who sends from elsewhere, or to a reserved part, can't be answered. */
    if (header->src_cid != VSOCK_GUEST_CID || header->dst_cid >> 32 != 0) {
        table->counts.dropped++;
        return NULL;
    }
    if (header->type != VIRTIO_VSOCK_TYPE_STREAM) {
        refuse(table, header);
        return NULL;
    }
    connection = header->dst_cid == VIRTIO_VSOCK_CID_HOST
                     ? find(table, header->dst_port, header->src_port)
                     : NULL;
    if (connection == NULL) {
        packet_new(table, header);
    } else if (header->op == VIRTIO_VSOCK_OP_RST) {
        end_connection(table, connection);
    } else if (header->len > payload_bytes) {
        reset(table, connection);
    } else {
        return packet_known(table, connection, header);
    }
    return NULL;
}
PV_UNTRUSTED(vsock_packet_in, guest, "fuzz_vsock");

void vsock_receive(struct vsock_table *table, struct vsock_connection *connection,
                   const uint8_t *bytes, size_t count)
{
    connection->service->receive(number_of(table, connection), bytes, count);
}

void vsock_received(struct vsock_table *table, struct vsock_connection *connection)
{
    settle(table, connection);
}

void vsock_receive_failed(struct vsock_table *table, struct vsock_connection *connection)
{
    reset(table, connection);
}

void vsock_woken(struct vsock_table *table, uint16_t number)
{
    struct vsock_connection *connection = &table->connections[number];

    if (connection->list != VSOCK_FREE) {
        settle(table, connection);
    }
}

/* ---- Packets for the guest -------------------------------------------------------------------- */

bool vsock_has_packet(const struct vsock_table *table)
{
    return table->reset_count != 0 || table->links[head_of(VSOCK_READY)].next < VSOCK_CONNECTIONS;
}

static void reset_out(struct vsock_table *table, struct virtio_vsock_header *header)
{
    const struct vsock_reset *what = &table->resets[table->reset_first];

    *header = (struct virtio_vsock_header){.src_cid = what->cid,
                                           .dst_cid = VSOCK_GUEST_CID,
                                           .src_port = what->port,
                                           .dst_port = what->guest_port,
                                           .type = what->type,
                                           .op = VIRTIO_VSOCK_OP_RST};
    table->reset_first = (table->reset_first + 1) % VSOCK_RESETS;
    table->reset_count--;
}

/* 5.10.6.3.2: no more than the guest has room for. */
static void data_out(struct vsock_table *table, struct vsock_connection *connection,
                     struct virtio_vsock_header *header, uint8_t *data, size_t room)
{
    uint32_t granted = peer_free(connection);
    size_t count = connection->service->produce(number_of(table, connection), data,
                                                room < granted ? room : granted);

    header->op = VIRTIO_VSOCK_OP_RW;
    header->len = (uint32_t)count;
    connection->tx_cnt += (uint32_t)count;
}

/* What is most urgent; the connection has something to tell. */
static void connection_out(struct vsock_table *table, struct vsock_connection *connection,
                           struct virtio_vsock_header *header, uint8_t *data, size_t room)
{
    uint8_t told = 0;

    if (connection->state == VSOCK_RESET) {
        header->op = VIRTIO_VSOCK_OP_RST;
    } else if ((connection->pending & PENDING_RESPONSE) != 0) {
        header->op = VIRTIO_VSOCK_OP_RESPONSE;
        told = PENDING_RESPONSE;
    } else if ((connection->pending & PENDING_ANSWER) != 0) {
        header->op = VIRTIO_VSOCK_OP_CREDIT_UPDATE;
        told = PENDING_ANSWER;
    } else if (can_send(table, connection)) {
        data_out(table, connection, header, data, room);
    } else if ((connection->pending & PENDING_SHUTDOWN) != 0) {
        header->op = VIRTIO_VSOCK_OP_SHUTDOWN;
        header->flags = VIRTIO_VSOCK_SHUTDOWN_BOTH;
        told = PENDING_SHUTDOWN;
    } else {
        header->op = VIRTIO_VSOCK_OP_CREDIT_UPDATE;
    }
    connection->pending &= (uint8_t)~(told | PENDING_CREDIT);
}

void vsock_packet_out(struct vsock_table *table, struct virtio_vsock_header *header, uint8_t *data,
                      size_t room)
{
    struct vsock_connection *connection;

    if (table->reset_count != 0) {
        reset_out(table, header);
        return;
    }
    connection = first_of(table, VSOCK_READY);
    CHECK(connection != NULL);
    *header = (struct virtio_vsock_header){.src_cid = VIRTIO_VSOCK_CID_HOST,
                                           .dst_cid = VSOCK_GUEST_CID,
                                           .src_port = connection->service->port,
                                           .dst_port = connection->guest_port,
                                           .type = VIRTIO_VSOCK_TYPE_STREAM};
    connection_out(table, connection, header, data, room);
    /* 5.10.6.3.2: all packets of a stream say what may be sent. */
    header->buf_alloc = connection->service->window;
    header->fwd_cnt = fwd_cnt(table, connection);
    connection->fwd_cnt_told = header->fwd_cnt;
    if (connection->state == VSOCK_RESET) {
        free_connection(table, connection);
        return;
    }
    /* Behind the others, if there is more. */
    move(table, connection, VSOCK_IDLE);
    settle(table, connection);
}
