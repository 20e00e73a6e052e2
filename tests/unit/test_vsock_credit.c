/* SPDX-License-Identifier: BSD-3-Clause */
/* Flow control of the socket device, packet by packet, against virtio 1.2, 5.10.6.1, 5.10.6.3. */
#include "vsock_test.h"

/* ---- 5.10.6.3: credit ------------------------------------------------------------------------- */

/* "RW data packets MUST only be transmitted when the peer has sufficient free buffer space". */
static void test_credit_of_guest(void **state)
{
    struct virtio_vsock_header header = packet(OP_CREDIT_UPDATE, GUEST_PORT);
    uint16_t one = connect(GUEST_PORT);

    (void)state;
    peers[one].waiting = 1000;
    nudge(GUEST_PORT);
    assert_int_equal(next(300).len, 300);
    assert_int_equal(next(300).len, 100);
    expect_nothing();
    header.fwd_cnt = 50;
    send_header(&header);
    assert_int_equal(next(300).len, 50);
    expect_nothing();
    header.fwd_cnt = 450;
    header.buf_alloc = 10;
    send_header(&header);
    assert_int_equal(next(300).len, 10);
    expect_nothing();
}

/* What can't be: more freed than was sent, less room than is in flight. No room, then. */
static void test_credit_that_lies(void **state)
{
    struct virtio_vsock_header header = packet(OP_CREDIT_UPDATE, GUEST_PORT);
    uint16_t one = connect(GUEST_PORT);

    (void)state;
    peers[one].waiting = 1000;
    nudge(GUEST_PORT);
    assert_int_equal(next(300).len, 300);
    header.buf_alloc = 100;
    send_header(&header);
    expect_nothing();
    header.buf_alloc = CREDIT;
    header.fwd_cnt = 301;
    send_header(&header);
    expect_nothing();
    header.fwd_cnt = 300;
    send_header(&header);
    assert_int_equal(next(500).len, 400);
}

/* Counters are free-running, of 32 bits. */
static void test_credit_wraps(void **state)
{
    struct virtio_vsock_header header = packet(OP_CREDIT_UPDATE, GUEST_PORT);
    uint16_t one = connect(GUEST_PORT);
    struct vsock_connection *connection = &table.connections[one];

    (void)state;
    connection->tx_cnt = UINT32_MAX - 99;
    connection->rx_cnt = UINT32_MAX - 99;
    connection->fwd_cnt_told = UINT32_MAX - 99;
    peers[one].waiting = 1000;
    header.fwd_cnt = UINT32_MAX - 99;
    send_header(&header);
    assert_int_equal(next(1000).len, CREDIT);
    assert_int_equal(connection->tx_cnt, CREDIT - 100);
    expect_nothing();
    header.fwd_cnt = 100; /* 200 bytes freed */
    send_header(&header);
    assert_int_equal(next(1000).len, 200);
    peers[one].waiting = 0;
    send_data(GUEST_PORT, WINDOW);
    expect_nothing();
    peers[one].held = 0;
    header.fwd_cnt = 500;
    send_header(&header);
    header = expect(OP_CREDIT_UPDATE, GUEST_PORT);
    assert_int_equal(header.fwd_cnt, WINDOW - 100);
}

/* "The reply to this query is a CREDIT_UPDATE packet", even where another says as much. */
static void test_credit_request(void **state)
{
    uint16_t one = connect(GUEST_PORT);
    struct virtio_vsock_header header;

    (void)state;
    send_data(GUEST_PORT, 100);
    peers[one].waiting = 10;
    peers[one].held = 60;
    send(OP_CREDIT_REQUEST, GUEST_PORT);
    header = expect(OP_CREDIT_UPDATE, GUEST_PORT);
    assert_int_equal(header.fwd_cnt, 40);
    assert_int_equal(header.buf_alloc, WINDOW);
    header = expect(OP_RW, GUEST_PORT);
    assert_int_equal(header.fwd_cnt, 40);
    expect_nothing();
}

/* Told by itself once half of the room is free again, and not for each byte. */
static void test_credit_update(void **state)
{
    uint16_t one = connect(GUEST_PORT);
    struct virtio_vsock_header header;

    (void)state;
    send_data(GUEST_PORT, WINDOW);
    expect_nothing();
    peers[one].held = WINDOW / 2 + 1;
    nudge(GUEST_PORT);
    expect_nothing();
    peers[one].held = WINDOW / 2;
    nudge(GUEST_PORT);
    header = expect(OP_CREDIT_UPDATE, GUEST_PORT);
    assert_int_equal(header.fwd_cnt, WINDOW / 2);
    expect_nothing();
    nudge(GUEST_PORT);
    expect_nothing();
}

/* 5.10.6.3.1: a guest that sends more than it was granted. */
static void test_credit_overdrawn(void **state)
{
    uint16_t one = connect(GUEST_PORT);

    (void)state;
    send_data(GUEST_PORT, WINDOW);
    assert_int_equal(peers[one].received, WINDOW);
    send_data(GUEST_PORT, 1);
    assert_int_equal(peers[one].received, WINDOW);
    assert_false(peers[one].open);
    expect(OP_RST, GUEST_PORT);
    one = connect(GUEST_PORT);
    send_data(GUEST_PORT, 600);
    peers[one].held = 100;
    send_data(GUEST_PORT, 900);
    assert_true(peers[one].open);
    assert_int_equal(peers[one].received, 1500);
    send_data(GUEST_PORT, UINT32_MAX);
    assert_false(peers[one].open);
}

/* A payload that is not there. */
static void test_short_payload(void **state)
{
    struct virtio_vsock_header header = packet(OP_RW, GUEST_PORT);
    uint16_t one = connect(GUEST_PORT);

    (void)state;
    header.len = 100;
    assert_null(vsock_packet_in(&table, &header, 99));
    assert_false(peers[one].open);
    expect(OP_RST, GUEST_PORT);
    one = connect(GUEST_PORT);
    /* "the driver may provide buffer(s) [...] longer than len" (5.10.6). */
    assert_non_null(vsock_packet_in(&table, &header, 5000));
    vsock_receive(&table, &table.connections[one], data, 60);
    vsock_receive_failed(&table, &table.connections[one]);
    assert_false(peers[one].open);
    expect(OP_RST, GUEST_PORT);
    expect_nothing();
}

/* ---- 5.10.6.1: a guest that takes nothing ----------------------------------------------------- */

/* Packets come in until resets have no more room; none is lost, and it goes on from there. */
static void test_resets_wait(void **state)
{
    uint32_t sent = 0;

    (void)state;
    while (vsock_has_room(&table)) {
        send(OP_RW, GUEST_PORT + sent++);
    }
    assert_true(sent > 1);
    for (uint32_t i = 0; i < sent; i++) {
        expect(OP_RST, GUEST_PORT + i);
    }
    expect_nothing();
    assert_true(vsock_has_room(&table));
}

/* At the last place, a request that takes another one's and is refused then makes two. */
static void test_two_resets(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < VSOCK_CONNECTIONS; i++) {
        uint16_t number = connect(GUEST_PORT + i);

        peers[number].over = true;
        nudge(GUEST_PORT + i);
        expect(OP_SHUTDOWN, GUEST_PORT + i);
    }
    full = true;
    while (table.reset_count + 2 < VSOCK_RESETS) {
        send(OP_RW, 1);
    }
    send(OP_REQUEST, 2);
    assert_int_equal(table.reset_count, VSOCK_RESETS);
    assert_int_equal(next(1).op, OP_RST);
    assert_false(vsock_has_room(&table));
    assert_int_equal(next(1).op, OP_RST);
    assert_true(vsock_has_room(&table));
    while (table.reset_count > 2) {
        assert_int_equal(next(1).dst_port, 1);
    }
    assert_int_equal(next(1).dst_port, GUEST_PORT);
    assert_int_equal(next(1).dst_port, 2);
    expect_nothing();
}

/* Who has been answered goes behind the others: none has to wait for another's end. */
static void test_round_robin(void **state)
{
    struct virtio_vsock_header header = packet(OP_CREDIT_UPDATE, 0);

    (void)state;
    for (uint32_t i = 0; i < 3; i++) {
        peers[connect(GUEST_PORT + i)].waiting = 300;
    }
    header.buf_alloc = 1000;
    for (uint32_t i = 0; i < 3; i++) {
        header.src_port = GUEST_PORT + i;
        send_header(&header);
    }
    for (uint32_t i = 0; i < 9; i++) {
        header = next(100);
        assert_int_equal(header.op, OP_RW);
        assert_int_equal(header.len, 100);
        assert_int_equal(header.dst_port, GUEST_PORT + i % 3);
    }
    expect_nothing();
}

/* Everything ends with the device. */
static void test_clear(void **state)
{
    uint16_t numbers[100];

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        numbers[i] = connect(GUEST_PORT + i);
    }
    for (uint32_t i = 0; i < 100; i++) {
        uint16_t number = numbers[i];

        peers[number].over = i % 3 == 1;
        peers[number].waiting = i % 3 == 2 ? 10 : 0;
        nudge(GUEST_PORT + i);
    }
    send(OP_RW, 1);
    vsock_table_clear(&table);
    expect_nothing();
    assert_int_equal(table.counts.open, 0);
    for (unsigned i = 0; i < VSOCK_CONNECTIONS; i++) {
        assert_false(peers[i].open);
        assert_int_equal(peers[i].closes, peers[i].accepts);
    }
    for (uint32_t i = 0; i < VSOCK_CONNECTIONS; i++) {
        connect(GUEST_PORT + i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_credit_of_guest, setup),
        cmocka_unit_test_setup(test_credit_that_lies, setup),
        cmocka_unit_test_setup(test_credit_wraps, setup),
        cmocka_unit_test_setup(test_credit_request, setup),
        cmocka_unit_test_setup(test_credit_update, setup),
        cmocka_unit_test_setup(test_credit_overdrawn, setup),
        cmocka_unit_test_setup(test_short_payload, setup),
        cmocka_unit_test_setup(test_resets_wait, setup),
        cmocka_unit_test_setup(test_two_resets, setup),
        cmocka_unit_test_setup(test_round_robin, setup),
        cmocka_unit_test_setup(test_clear, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
