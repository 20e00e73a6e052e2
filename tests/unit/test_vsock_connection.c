/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections of the socket device, packet by packet, against virtio 1.2, 5.10.6.4, 5.10.6.5. */
#include "vsock_test.h"

/* ---- 5.10.6.5: connections -------------------------------------------------------------------- */

/* "If a listening socket exists on the destination a RESPONSE reply is sent". */
static void test_connect(void **state)
{
    struct virtio_vsock_header header;

    (void)state;
    expect_nothing();
    send(OP_REQUEST, GUEST_PORT);
    header = expect(OP_RESPONSE, GUEST_PORT);
    /* 5.10.6.3.2: "All packets associated with a stream flow MUST contain valid information". */
    assert_int_equal(header.buf_alloc, WINDOW);
    assert_int_equal(header.fwd_cnt, 0);
    assert_int_equal(header.len, 0);
    assert_int_equal(header.flags, 0);
    expect_nothing();
    assert_int_equal(table.counts.open, 1);
}

/* "A RST reply is sent if a listening socket does not exist on the destination". */
static void test_no_listener(void **state)
{
    struct virtio_vsock_header header = packet(OP_REQUEST, GUEST_PORT);

    (void)state;
    header.dst_port = 99;
    send_header(&header);
    header = next(1);
    assert_int_equal(header.op, OP_RST);
    assert_int_equal(header.src_cid, 2);
    assert_int_equal(header.src_port, 99);
    assert_int_equal(header.dst_port, GUEST_PORT);
    expect_nothing();
}

/* On another destination there is no socket either; it is that destination which answers. */
static void test_other_destination(void **state)
{
    struct virtio_vsock_header header = packet(OP_REQUEST, GUEST_PORT);

    (void)state;
    connect(GUEST_PORT);
    header.dst_cid = 77;
    send_header(&header);
    header = next(1);
    assert_int_equal(header.op, OP_RST);
    assert_int_equal(header.src_cid, 77);
    assert_int_equal(table.counts.open, 1);
}

/* "or the destination has insufficient resources to establish the connection". */
static void test_no_resources(void **state)
{
    (void)state;
    full = true;
    send(OP_REQUEST, GUEST_PORT);
    expect(OP_RST, GUEST_PORT);
    expect_nothing();
    assert_int_equal(table.counts.open, 0);
    full = false;
    for (uint32_t i = 0; i < VSOCK_CONNECTIONS; i++) {
        connect(GUEST_PORT + i);
    }
    send(OP_REQUEST, GUEST_PORT + VSOCK_CONNECTIONS);
    expect(OP_RST, GUEST_PORT + VSOCK_CONNECTIONS);
    expect_nothing();
    assert_int_equal(table.counts.open, VSOCK_CONNECTIONS);
    /* Another one's end makes room. */
    send(OP_RST, GUEST_PORT + 7);
    connect(GUEST_PORT + VSOCK_CONNECTIONS);
}

/* Whatever is not a request, for a connection that is not: a reset, but for a reset. */
static void test_unknown_connection(void **state)
{
    static const uint16_t ops[] = {
        0, OP_RESPONSE, OP_SHUTDOWN, OP_RW, OP_CREDIT_UPDATE, OP_CREDIT_REQUEST, 8, 0xffff};

    (void)state;
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        send(ops[i], GUEST_PORT);
        expect(OP_RST, GUEST_PORT);
        expect_nothing();
    }
    send(OP_RST, GUEST_PORT);
    expect_nothing();
}

/* 5.10.6.2: a flow is the tuple of both addresses. */
static void test_tuples(void **state)
{
    struct virtio_vsock_header header = packet(OP_REQUEST, GUEST_PORT);
    uint16_t one = connect(GUEST_PORT);
    uint16_t two = connect(GUEST_PORT + VSOCK_BUCKETS); /* the same bucket */

    (void)state;
    header.dst_port = OTHER_PORT;
    /* "least" accepts without being asked: its peer is opened by hand. */
    for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++) {
        peers[i].open = true;
    }
    send_header(&header);
    header = next(1);
    assert_int_equal(header.op, OP_RESPONSE);
    assert_int_equal(header.src_port, OTHER_PORT);
    assert_int_equal(table.counts.open, 3);
    send_data(GUEST_PORT, 10);
    send_data(GUEST_PORT + VSOCK_BUCKETS, 20);
    assert_int_equal(peers[one].received, 10);
    assert_int_equal(peers[two].received, 20);
    header = packet(OP_RW, GUEST_PORT);
    header.dst_port = OTHER_PORT;
    header.len = 30;
    send_header(&header);
    assert_int_equal(peers[one].received, 10);
}

/* "The RST packet [...] forcibly disconnects a connected socket", and is not answered. */
static void test_reset_by_guest(void **state)
{
    uint16_t one = connect(GUEST_PORT);

    (void)state;
    peers[one].waiting = 50;
    nudge(GUEST_PORT);
    send(OP_RST, GUEST_PORT);
    assert_int_equal(peers[one].closes, 1);
    assert_int_equal(table.counts.open, 0);
    expect_nothing();
    connect(GUEST_PORT);
}

/* Operations that a connected socket can't get. */
static void test_wrong_operations(void **state)
{
    static const uint16_t ops[] = {0, OP_REQUEST, OP_RESPONSE, 8, 0xffff};

    (void)state;
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        uint16_t one = connect(GUEST_PORT);

        send(ops[i], GUEST_PORT);
        assert_false(peers[one].open);
        expect(OP_RST, GUEST_PORT);
        expect_nothing();
        assert_int_equal(table.counts.open, 0);
    }
}

/* Until its reset has been told, nothing of a connection is answered. */
static void test_reset_waits(void **state)
{
    uint16_t one = connect(GUEST_PORT);

    (void)state;
    send(OP_RESPONSE, GUEST_PORT);
    send_data(GUEST_PORT, 5);
    send(OP_CREDIT_REQUEST, GUEST_PORT);
    send(OP_REQUEST, GUEST_PORT);
    send_shutdown(GUEST_PORT, 3);
    assert_int_equal(peers[one].closes, 1);
    expect(OP_RST, GUEST_PORT);
    expect_nothing();
}

/* ---- 5.10.6.5: shutdown ----------------------------------------------------------------------- */

/* "Clean disconnect is achieved by one or more SHUTDOWN packets that indicate no more data will be
 * sent and received, followed by a RST response from the peer." */
static void test_shutdown_by_guest(void **state)
{
    uint16_t one = connect(GUEST_PORT);

    (void)state;
    send_shutdown(GUEST_PORT, 3);
    assert_int_equal(peers[one].closes, 1);
    expect(OP_RST, GUEST_PORT);
    expect_nothing();
    assert_int_equal(table.counts.open, 0);
}

/* "These hints are permanent once sent and successive packets with bits clear do not reset them." */
static void test_shutdown_in_steps(void **state)
{
    uint16_t one = connect(GUEST_PORT);

    (void)state;
    peers[one].waiting = 10;
    send_shutdown(GUEST_PORT, 1);
    expect_nothing();
    send_shutdown(GUEST_PORT, 0);
    assert_true(peers[one].open);
    expect_nothing();
    send_shutdown(GUEST_PORT, 2);
    expect(OP_RST, GUEST_PORT);
    expect_nothing();
}

/* The guest sends no more: what it is owed is sent, then the connection ends. */
static void test_half_closed_by_sender(void **state)
{
    uint16_t one = connect(GUEST_PORT);
    struct virtio_vsock_header header;

    (void)state;
    peers[one].waiting = 30;
    peers[one].over = true;
    send_shutdown(GUEST_PORT, 2);
    assert_true(peers[one].ended);
    header = next(20);
    assert_int_equal(header.op, OP_RW);
    assert_int_equal(header.len, 20);
    assert_true(peers[one].open);
    header = next(20);
    assert_int_equal(header.len, 10);
    header = expect(OP_SHUTDOWN, GUEST_PORT);
    assert_int_equal(header.flags, 3);
    assert_false(peers[one].open);
    expect_nothing();
    assert_int_equal(table.counts.open, 1);
    send(OP_RST, GUEST_PORT);
    assert_int_equal(table.counts.open, 0);
    expect_nothing();
}

/* The service knows better than the guest whether there is more: what it has later is sent, too. */
static void test_half_closed_with_more_to_come(void **state)
{
    uint16_t one = connect(GUEST_PORT);

    (void)state;
    send_shutdown(GUEST_PORT, 2);
    assert_true(peers[one].ended);
    expect_nothing();
    vsock_woken(&table, one);
    expect_nothing();
    peers[one].waiting = 30;
    peers[one].over = true;
    expect_nothing();
    vsock_woken(&table, one);
    assert_int_equal(next(50).len, 30);
    expect(OP_SHUTDOWN, GUEST_PORT);
    send(OP_RST, GUEST_PORT);
    /* It may be woken when it is gone. */
    vsock_woken(&table, one);
    expect_nothing();
    assert_int_equal(table.counts.open, 0);
}

/* A service that can't tell has no more to say then. */
static void test_half_closed_without_over(void **state)
{
    struct virtio_vsock_header header = packet(OP_REQUEST, GUEST_PORT);

    (void)state;
    header.dst_port = OTHER_PORT;
    for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++) {
        peers[i].open = true;
    }
    assert_null(vsock_packet_in(&table, &header, 0));
    assert_int_equal(next(1).op, OP_RESPONSE);
    header.op = OP_SHUTDOWN;
    header.flags = 2;
    assert_null(vsock_packet_in(&table, &header, 0));
    assert_int_equal(next(1).op, OP_SHUTDOWN);
}

/* It must not send after that. */
static void test_data_after_end(void **state)
{
    uint16_t one = connect(GUEST_PORT);

    (void)state;
    peers[one].waiting = 30;
    send_shutdown(GUEST_PORT, 2);
    send_data(GUEST_PORT, 1);
    assert_false(peers[one].open);
    assert_int_equal(peers[one].received, 0);
    expect(OP_RST, GUEST_PORT);
    expect_nothing();
}

/* The guest receives no more: nothing is sent to it, and what it sends is still taken. */
static void test_half_closed_by_receiver(void **state)
{
    uint16_t one = connect(GUEST_PORT);

    (void)state;
    peers[one].waiting = 3000;
    send_shutdown(GUEST_PORT, 1);
    assert_int_equal(peers[one].waiting, 0);
    expect_nothing();
    send_data(GUEST_PORT, 100);
    assert_int_equal(peers[one].received, 100);
    peers[one].waiting = 100;
    send_data(GUEST_PORT, 100);
    expect_nothing();
    assert_false(peers[one].ended);
}

/* The service ends first: told with both flags; the guest answers by a reset, or by its own. */
static void test_shutdown_by_service(void **state)
{
    (void)state;
    for (unsigned answer = 0; answer < 2; answer++) {
        uint16_t one = connect(GUEST_PORT);
        struct virtio_vsock_header header;

        peers[one].over = true;
        peers[one].waiting = 1;
        nudge(GUEST_PORT);
        assert_int_equal(next(100).op, OP_RW);
        header = expect(OP_SHUTDOWN, GUEST_PORT);
        assert_int_equal(header.flags, 3);
        expect_nothing();
        /* On its way since before. */
        send_data(GUEST_PORT, 10);
        expect_nothing();
        assert_int_equal(peers[one].received, 0);
        if (answer == 0) {
            send(OP_RST, GUEST_PORT);
        } else {
            send_shutdown(GUEST_PORT, 3);
            expect(OP_RST, GUEST_PORT);
        }
        expect_nothing();
        assert_int_equal(table.counts.open, 0);
        assert_int_equal(peers[one].closes, 1);
    }
}

/* "If no RST response is received within an implementation-specific amount of time, a RST packet is
 * sent": that is when another needs the place; the longest waiting goes first. */
static void test_shutdown_unanswered(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VSOCK_CONNECTIONS; i++) {
        uint16_t number = connect(GUEST_PORT + i);

        if (i == 5 || i == 9) {
            peers[number].over = true;
            nudge(GUEST_PORT + i);
            expect(OP_SHUTDOWN, GUEST_PORT + i);
        }
    }
    send(OP_REQUEST, 1);
    expect(OP_RST, GUEST_PORT + 5);
    expect(OP_RESPONSE, 1);
    send(OP_REQUEST, 2);
    expect(OP_RST, GUEST_PORT + 9);
    expect(OP_RESPONSE, 2);
    send(OP_REQUEST, 3);
    expect(OP_RST, 3);
    expect_nothing();
}

/* ---- 5.10.6.4: addresses and types ------------------------------------------------------------ */

/* "The guest_cid configuration field MUST be used as the source CID"; the upper half is reserved. */
static void test_wrong_addresses(void **state)
{
    struct virtio_vsock_header header = packet(OP_REQUEST, GUEST_PORT);

    (void)state;
    header.src_cid = 4;
    send_header(&header);
    header.src_cid = UINT64_C(0x100000003);
    send_header(&header);
    header.src_cid = 3;
    header.dst_cid = UINT64_C(0x100000002);
    send_header(&header);
    expect_nothing();
    assert_int_equal(table.counts.open, 0);
    assert_int_equal(table.counts.dropped, 3);
}

/* "A RST reply MUST be sent if a packet is received with an unknown type value." Its own is that. */
static void test_unknown_type(void **state)
{
    static const uint16_t types[] = {0, 2, 3, 0xffff};
    uint16_t one = connect(GUEST_PORT);

    (void)state;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct virtio_vsock_header header = packet(OP_REQUEST, GUEST_PORT);

        header.type = types[i];
        send_header(&header);
        header = next(1);
        assert_int_equal(header.op, OP_RST);
        assert_int_equal(header.type, types[i]);
        expect_nothing();
    }
    assert_true(peers[one].open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_connect, setup),
        cmocka_unit_test_setup(test_no_listener, setup),
        cmocka_unit_test_setup(test_other_destination, setup),
        cmocka_unit_test_setup(test_no_resources, setup),
        cmocka_unit_test_setup(test_unknown_connection, setup),
        cmocka_unit_test_setup(test_tuples, setup),
        cmocka_unit_test_setup(test_reset_by_guest, setup),
        cmocka_unit_test_setup(test_wrong_operations, setup),
        cmocka_unit_test_setup(test_reset_waits, setup),
        cmocka_unit_test_setup(test_shutdown_by_guest, setup),
        cmocka_unit_test_setup(test_shutdown_in_steps, setup),
        cmocka_unit_test_setup(test_half_closed_by_sender, setup),
        cmocka_unit_test_setup(test_half_closed_with_more_to_come, setup),
        cmocka_unit_test_setup(test_half_closed_without_over, setup),
        cmocka_unit_test_setup(test_data_after_end, setup),
        cmocka_unit_test_setup(test_half_closed_by_receiver, setup),
        cmocka_unit_test_setup(test_shutdown_by_service, setup),
        cmocka_unit_test_setup(test_shutdown_unanswered, setup),
        cmocka_unit_test_setup(test_wrong_addresses, setup),
        cmocka_unit_test_setup(test_unknown_type, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
