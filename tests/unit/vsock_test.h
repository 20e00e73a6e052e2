/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A service that keeps what it receives, and sends and frees as much of it as a test lets it; and the
 * guest's packets to it.
 */
#ifndef TESTS_UNIT_VSOCK_TEST_H
#define TESTS_UNIT_VSOCK_TEST_H

#include "fake_vtl.h"
#include "virtio/vsock_connection.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define PORT 5000u
#define OTHER_PORT 5001u
#define WINDOW 1000u
#define GUEST_PORT 1024u
#define CREDIT 400u

#define OP_REQUEST 1
#define OP_RESPONSE 2
#define OP_RST 3
#define OP_SHUTDOWN 4
#define OP_RW 5
#define OP_CREDIT_UPDATE 6
#define OP_CREDIT_REQUEST 7

struct peer {
    bool open;
    bool ended;
    bool over;
    uint32_t held;
    size_t waiting;
    size_t received;
    uint32_t accepts;
    uint32_t closes;
};

static struct peer peers[VSOCK_CONNECTIONS];
static bool full;
static struct vsock_table table;
static uint8_t data[8192];

/* ---- The service ---- */

static inline bool on_accept(uint16_t connection)
{
    assert_false(peers[connection].open);
    if (full) {
        return false;
    }
    peers[connection] = (struct peer){
        .open = true, .accepts = peers[connection].accepts + 1, .closes = peers[connection].closes};
    return true;
}

static inline void on_receive(uint16_t connection, const uint8_t *bytes, size_t count)
{
    assert_true(peers[connection].open);
    assert_non_null(bytes);
    peers[connection].received += count;
    peers[connection].held += (uint32_t)count;
    assert_true(peers[connection].held <= WINDOW);
}

static inline void on_end(uint16_t connection)
{
    assert_true(peers[connection].open && !peers[connection].ended);
    peers[connection].ended = true;
}

static inline uint32_t on_held(uint16_t connection)
{
    assert_true(peers[connection].open);
    return peers[connection].held;
}

static inline size_t on_waiting(uint16_t connection)
{
    assert_true(peers[connection].open);
    return peers[connection].waiting;
}

static inline size_t on_produce(uint16_t connection, uint8_t *to, size_t room)
{
    struct peer *peer = &peers[connection];
    size_t count = peer->waiting < room ? peer->waiting : room;

    assert_true(peer->open && room != 0);
    memset(to, 'x', count);
    peer->waiting -= count;
    return count;
}

static inline bool on_over(uint16_t connection)
{
    assert_true(peers[connection].open);
    return peers[connection].over;
}

static inline void on_closed(uint16_t connection)
{
    assert_true(peers[connection].open);
    peers[connection].open = false;
    peers[connection].closes++;
}

static const struct vsock_service service = {
    .name = "test",
    .port = PORT,
    .window = WINDOW,
    .accept = on_accept,
    .receive = on_receive,
    .end = on_end,
    .held = on_held,
    .waiting = on_waiting,
    .produce = on_produce,
    .over = on_over,
    .closed = on_closed,
};

/* With nothing that may be left out. */
static const struct vsock_service least = {
    .name = "least",
    .port = OTHER_PORT,
    .window = WINDOW,
    .receive = on_receive,
    .waiting = on_waiting,
    .produce = on_produce,
};

static const struct vsock_service *const services[] = {&service, &least};

static inline int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    memset(peers, 0, sizeof(peers));
    full = false;
    vsock_table_init(&table, services, 2);
    return 0;
}

/* ---- The guest ---- */

static inline struct virtio_vsock_header packet(uint16_t op, uint32_t guest_port)
{
    return (struct virtio_vsock_header){.src_cid = 3,
                                        .dst_cid = 2,
                                        .src_port = guest_port,
                                        .dst_port = PORT,
                                        .type = 1,
                                        .op = op,
                                        .buf_alloc = CREDIT};
}

static inline void send_header(const struct virtio_vsock_header *header)
{
    struct vsock_connection *connection;

    assert_true(vsock_has_room(&table));
    connection = vsock_packet_in(&table, header, header->len);
    if (connection != NULL) {
        assert_true(header->len <= sizeof(data));
        vsock_receive(&table, connection, data, header->len);
        vsock_received(&table, connection);
    }
}

static inline void send(uint16_t op, uint32_t guest_port)
{
    struct virtio_vsock_header header = packet(op, guest_port);

    send_header(&header);
}

static inline void send_data(uint32_t guest_port, uint32_t bytes)
{
    struct virtio_vsock_header header = packet(OP_RW, guest_port);

    header.len = bytes;
    send_header(&header);
}

static inline void send_shutdown(uint32_t guest_port, uint32_t flags)
{
    struct virtio_vsock_header header = packet(OP_SHUTDOWN, guest_port);

    header.flags = flags;
    send_header(&header);
}

static inline struct virtio_vsock_header next(size_t room)
{
    struct virtio_vsock_header header;

    assert_true(vsock_has_packet(&table));
    vsock_packet_out(&table, &header, data, room);
    assert_int_equal(header.dst_cid, 3);
    assert_true(header.len <= room);
    return header;
}

static inline struct virtio_vsock_header expect(uint16_t op, uint32_t guest_port)
{
    struct virtio_vsock_header header = next(sizeof(data));

    assert_int_equal(header.op, op);
    assert_int_equal(header.dst_port, guest_port);
    assert_int_equal(header.src_port, PORT);
    assert_int_equal(header.src_cid, 2);
    assert_int_equal(header.type, 1);
    return header;
}

static inline void expect_nothing(void)
{
    assert_false(vsock_has_packet(&table));
}

static inline uint16_t connect(uint32_t guest_port)
{
    static uint32_t accepts[VSOCK_CONNECTIONS];

    for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++) {
        accepts[i] = peers[i].accepts;
    }
    send(OP_REQUEST, guest_port);
    expect(OP_RESPONSE, guest_port);
    for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++) {
        if (peers[i].accepts != accepts[i]) {
            return (uint16_t)i;
        }
    }
    fail();
    return 0;
}

/* The service has something to say, or has freed something; a packet makes the table look. */
static inline void nudge(uint32_t guest_port)
{
    send(OP_CREDIT_UPDATE, guest_port);
}

#endif /* TESTS_UNIT_VSOCK_TEST_H */
