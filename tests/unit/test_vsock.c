/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The socket device between its queues: virtio 1.2, 5.10. Packets of a guest to the echo service,
 * and the guest that breaks the rules. The connections themselves: test_vsock_connection.c.
 */
#include "fake_queue.h"
#include "fake_vtl.h"
#include "virtio/vsock_abi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RX 0u
#define TX 1u
#define EVENT 2u
#define ECHO_PORT 7u
#define GUEST_PORT 1024u
#define HEADER 44u

static const struct vsock_service *const services[] = {&vsock_echo};
static void *pages[32];
static unsigned page_calls;

void *vtl_page_alloc(size_t count)
{
    unsigned i = page_calls++ % 32;

    free(pages[i]);
    pages[i] = calloc(count, 4096);
    return page_calls <= 32 ? pages[i] : NULL;
}

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake_queue_reset();
    page_calls = 0;
    assert_int_equal(vsock_echo_init(), PV_OK);
    vsock_init(services, 1);
    fake_queue_live(true);
    return 0;
}

static void notify(unsigned queue)
{
    fake_queue.device->model->notify(fake_queue.device, queue);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(fake_queue.device->queues[i].lock.taken, 0);
    }
}

static struct virtio_vsock_header packet(uint16_t op)
{
    return (struct virtio_vsock_header){.src_cid = 3,
                                        .dst_cid = 2,
                                        .src_port = GUEST_PORT,
                                        .dst_port = ECHO_PORT,
                                        .type = 1,
                                        .op = op,
                                        .buf_alloc = 65536};
}

/* Puts a packet into the queue; the payload is `fill`, again and again. */
static struct fake_chain *add(const struct virtio_vsock_header *header, uint8_t fill)
{
    static uint8_t bytes[FAKE_CHAIN_BYTES];

    memcpy(bytes, header, HEADER);
    memset(bytes + HEADER, fill, header->len);
    return fake_queue_add(TX, bytes, HEADER + header->len, 0);
}

static struct fake_chain *send(uint16_t op, uint32_t bytes, uint8_t fill)
{
    struct virtio_vsock_header header = packet(op);
    struct fake_chain *chain;

    header.len = bytes;
    chain = add(&header, fill);
    notify(TX);
    return chain;
}

static struct virtio_vsock_header received(const struct fake_chain *chain)
{
    struct virtio_vsock_header header;

    assert_int_equal(chain->state, FAKE_CHAIN_GIVEN);
    memcpy(&header, chain->bytes, HEADER);
    assert_int_equal(chain->written, HEADER + header.len);
    return header;
}

static struct virtio_vsock_header next(size_t room)
{
    const struct fake_chain *chain = fake_queue_add(RX, NULL, 0, room);

    notify(RX);
    return received(chain);
}

static void connect(void)
{
    send(VIRTIO_VSOCK_OP_REQUEST, 0, 0);
    assert_int_equal(next(HEADER + 1).op, VIRTIO_VSOCK_OP_RESPONSE);
}

/* 5.10.1 to 5.10.4: what the driver finds. */
static void test_identity(void **state)
{
    const struct virtio_device *device = fake_queue.device;
    static const uint8_t config[8] = {3};

    (void)state;
    assert_int_equal(device->model->id, 19);
    assert_int_equal(device->queue_count, 3);
    assert_int_equal(device->offered, 1);
    assert_int_equal(device->config_bytes, sizeof(config));
    assert_memory_equal(device->config, config, sizeof(config));
    assert_int_equal(fake_queue.window, VIRTIO_WINDOW_VSOCK);
}

static void test_echo(void **state)
{
    struct virtio_vsock_header header;
    const struct fake_chain *chain;

    (void)state;
    connect();
    chain = send(VIRTIO_VSOCK_OP_RW, 300, 'e');
    assert_int_equal(chain->state, FAKE_CHAIN_GIVEN);
    assert_int_equal(chain->written, 0);
    header = next(HEADER + 100);
    assert_int_equal(header.op, VIRTIO_VSOCK_OP_RW);
    assert_int_equal(header.len, 100);
    assert_int_equal(header.fwd_cnt, 100);
    chain = fake_queue_add(RX, NULL, 0, 4096);
    notify(RX);
    header = received(chain);
    assert_int_equal(header.len, 200);
    assert_int_equal(header.fwd_cnt, 300);
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(chain->bytes[HEADER + i], 'e');
    }
    assert_true(fake_queue.tells >= 2);
    assert_null(fake_queue.later[0]);
}

/* In order, whatever the pieces, over the end of the service's buffer. */
static void test_stream(void **state)
{
    uint32_t sent = 0;
    uint32_t seen = 0;
    uint32_t fwd_cnt = 0;

    (void)state;
    connect();
    while (seen < 40000) {
        struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_RW);
        static uint8_t bytes[FAKE_CHAIN_BYTES];
        struct fake_chain *chain;

        fake_queue.count = 0;
        header.fwd_cnt = seen;
        header.len = 8192 - (sent - fwd_cnt) < 3001 ? 8192 - (sent - fwd_cnt) : 3001;
        memcpy(bytes, &header, HEADER);
        for (uint32_t i = 0; i < header.len; i++, sent++) {
            bytes[HEADER + i] = (uint8_t)(sent * 7 + sent / 251);
        }
        fake_queue_add(TX, bytes, HEADER + header.len, 0);
        notify(TX);
        chain = fake_queue_add(RX, NULL, 0, HEADER + 1777);
        notify(RX);
        header = received(chain);
        assert_true(header.op == VIRTIO_VSOCK_OP_RW || header.op == VIRTIO_VSOCK_OP_CREDIT_UPDATE);
        fwd_cnt = header.fwd_cnt;
        for (uint32_t i = 0; i < header.len; i++, seen++) {
            assert_int_equal(chain->bytes[HEADER + i], (uint8_t)(seen * 7 + seen / 251));
        }
    }
    assert_int_equal(vsock_counts().open, 1);
}

/* As many as there are buffers; beyond, a reset, until one is free again (5.10.6.5). */
static void test_echo_full(void **state)
{
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_REQUEST);

    (void)state;
    for (unsigned i = 0; i <= 32; i++) {
        header.src_port = GUEST_PORT + i;
        add(&header, 0);
        notify(TX);
        assert_int_equal(next(HEADER + 1).op,
                         i < 32 ? VIRTIO_VSOCK_OP_RESPONSE : VIRTIO_VSOCK_OP_RST);
    }
    send(VIRTIO_VSOCK_OP_RST, 0, 0);
    add(&header, 0);
    notify(TX);
    assert_int_equal(next(HEADER + 1).op, VIRTIO_VSOCK_OP_RESPONSE);
}

static void test_no_memory(void **state)
{
    (void)state;
    assert_int_equal(vsock_echo_init(), PV_NO_SPACE);
}

/* 5.10.6.1: "The tx virtqueue MUST be processed even when the rx virtqueue is full", as far as
 * there is somewhere to keep the replies; then it waits, and nothing is lost. */
static void test_no_receive_buffers(void **state)
{
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_RW);
    unsigned resets = 0;

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        header.src_port = i;
        add(&header, 0);
    }
    notify(TX);
    while (fake_queue_run()) {
    }
    for (unsigned i = 0; i < 100; i++) {
        resets += fake_queue.chains[i].state == FAKE_CHAIN_GIVEN ? 1 : 0;
    }
    assert_true(resets > 32 && resets < 100);
    for (unsigned i = 0; i < 100; i++) {
        header = next(HEADER + 1);
        while (fake_queue_run()) {
        }
        assert_int_equal(header.op, VIRTIO_VSOCK_OP_RST);
        assert_int_equal(header.dst_port, i);
    }
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(fake_queue.chains[i].state, FAKE_CHAIN_GIVEN);
    }
}

/* Where resets had no more room, it goes on by itself once the guest has given buffers. */
static void test_goes_on(void **state)
{
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_RW);
    unsigned before;

    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        header.src_port = i;
        add(&header, 0);
    }
    notify(TX);
    while (fake_queue_run()) {
    }
    for (before = 0; fake_queue.chains[before].state == FAKE_CHAIN_GIVEN; before++) {
    }
    for (unsigned i = 0; i < 10; i++) {
        fake_queue_add(RX, NULL, 0, HEADER + 1);
    }
    notify(RX);
    while (fake_queue_run()) {
    }
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(fake_queue.chains[i].state,
                         i < before + 10 ? FAKE_CHAIN_GIVEN : FAKE_CHAIN_AVAILABLE);
    }
}

/* One exit does a bounded amount; the rest is put off, and comes. */
static void test_bounded(void **state)
{
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
    unsigned turns = 0;
    unsigned done = 0;

    (void)state;
    connect();
    fake_queue.count = 0;
    for (unsigned i = 0; i < 128; i++) {
        add(&header, 0);
    }
    notify(TX);
    do {
        unsigned now = 0;

        for (unsigned i = 0; i < 128; i++) {
            now += fake_queue.chains[i].state == FAKE_CHAIN_GIVEN ? 1 : 0;
        }
        assert_true(now - done <= 32);
        done = now;
        turns++;
    } while (fake_queue_run());
    assert_int_equal(done, 128);
    assert_true(turns >= 4);
}

/* Bytes are bounded too, both ways: with the packets around them no more than 8 KiB, and what the last packet
 * goes beyond that. */
static void test_bounded_bytes(void **state)
{
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_REQUEST);
    struct fake_chain *in[8];
    struct fake_chain *out[8];

    (void)state;
    for (uint32_t i = 0; i < 8; i++) {
        header.src_port = i;
        add(&header, 0);
        notify(TX);
        assert_int_equal(next(HEADER + 1).op, VIRTIO_VSOCK_OP_RESPONSE);
    }
    header.op = VIRTIO_VSOCK_OP_RW;
    header.len = 4000;
    for (uint32_t i = 0; i < 8; i++) {
        header.src_port = i;
        in[i] = add(&header, 'b');
    }
    notify(TX);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(in[i]->state, i < 2 ? FAKE_CHAIN_GIVEN : FAKE_CHAIN_AVAILABLE);
    }
    while (fake_queue_run()) {
    }
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(in[i]->state, FAKE_CHAIN_GIVEN);
        out[i] = fake_queue_add(RX, NULL, 0, HEADER + 4000);
    }
    notify(RX);
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(out[i]->state, i < 2 ? FAKE_CHAIN_GIVEN : FAKE_CHAIN_AVAILABLE);
    }
    while (fake_queue_run()) {
    }
    for (uint32_t i = 0; i < 8; i++) {
        assert_int_equal(received(out[i]).len, 4000);
    }
}

/* 5.10.6: a packet without its header, or one that can be written, belongs to nobody. */
static void test_broken_transmit(void **state)
{
    static const uint8_t bytes[HEADER] = {0};
    struct ring *tx = &fake_queue.device->queues[TX];

    (void)state;
    fake_queue_add(TX, bytes, HEADER - 1, 0);
    notify(TX);
    assert_non_null(tx->broken);
    fake_queue_live(true);
    fake_queue_add(TX, bytes, HEADER, 1);
    notify(TX);
    assert_non_null(tx->broken);
    fake_queue_live(true);
    fake_queue.fault = true;
    fake_queue_add(TX, bytes, HEADER, 0);
    notify(TX);
    assert_non_null(tx->broken);
    assert_null(fake_queue.device->queues[RX].broken);
}

/* A length that the chain does not have (5.10.6): that connection is reset, the queue goes on. */
static void test_length_beyond_chain(void **state)
{
    struct virtio_vsock_header header = packet(VIRTIO_VSOCK_OP_RW);

    (void)state;
    connect();
    header.len = 10;
    fake_queue_add(TX, &header, HEADER, 0);
    notify(TX);
    assert_null(fake_queue.device->queues[TX].broken);
    assert_int_equal(next(HEADER + 1).op, VIRTIO_VSOCK_OP_RST);
    connect();
}

/* 5.10.6.4: "Virtqueue buffers for incoming packets are write-only", and hold a packet. */
static void test_broken_receive(void **state)
{
    static const struct {
        size_t readable;
        size_t writable;
    } rows[] = {{0, HEADER - 1}, {0, HEADER}, {1, 4096}, {1, 0}};
    static const uint8_t byte[1] = {0};
    struct ring *rx = &fake_queue.device->queues[RX];

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        send(VIRTIO_VSOCK_OP_RESPONSE, 0, 0);
        fake_queue_add(RX, byte, rows[i].readable, rows[i].writable);
        notify(RX);
        assert_non_null(rx->broken);
        fake_queue_live(true);
        assert_int_equal(next(HEADER + 1).op, VIRTIO_VSOCK_OP_RST);
    }
    send(VIRTIO_VSOCK_OP_RESPONSE, 0, 0);
    fake_queue_add(RX, byte, 0, 4096);
    fake_queue.fault = true;
    notify(RX);
    assert_non_null(rx->broken);
}

/* Payload in memory that is gone: the connection's loss, and nobody else's. */
static void test_payload_fault(void **state)
{
    (void)state;
    connect();
    fake_queue.fault = true;
    fake_queue.fault_after = 1; /* the header */
    send(VIRTIO_VSOCK_OP_RW, 100, 'f');
    fake_queue.fault = false;
    assert_null(fake_queue.device->queues[TX].broken);
    assert_int_equal(next(4096).op, VIRTIO_VSOCK_OP_RST);
    assert_int_equal(vsock_counts().open, 0);
    connect();
}

/* The driver's reset ends all connections, and 5.10.6.7 tells the next driver. */
static void test_reset(void **state)
{
    static const uint8_t event[4] = {0};
    const struct fake_chain *chain;

    (void)state;
    connect();
    send(VIRTIO_VSOCK_OP_RW, 100, 'r');
    fake_queue_live(false);
    fake_queue.device->model->reset(fake_queue.device);
    assert_int_equal(vsock_counts().open, 0);
    notify(TX);
    notify(RX);
    fake_queue_live(true);
    chain = fake_queue_add(EVENT, NULL, 0, 4);
    notify(EVENT);
    assert_int_equal(chain->state, FAKE_CHAIN_GIVEN);
    assert_int_equal(chain->written, 4);
    assert_memory_equal(chain->bytes, event, 4);
    /* Once. */
    chain = fake_queue_add(EVENT, NULL, 0, 4);
    notify(EVENT);
    assert_int_equal(chain->state, FAKE_CHAIN_AVAILABLE);
    connect();
    assert_int_equal(vsock_counts().open, 1);
}

/* Without a loss there is no event, nor once the driver has made new connections. */
static void test_no_event(void **state)
{
    const struct fake_chain *chain = fake_queue_add(EVENT, NULL, 0, 4);

    (void)state;
    fake_queue.device->model->reset(fake_queue.device);
    notify(EVENT);
    assert_int_equal(chain->state, FAKE_CHAIN_AVAILABLE);
    connect();
    fake_queue.device->model->reset(fake_queue.device);
    connect();
    notify(EVENT);
    assert_int_equal(chain->state, FAKE_CHAIN_AVAILABLE);
}

static void test_broken_event(void **state)
{
    (void)state;
    connect();
    fake_queue.device->model->reset(fake_queue.device);
    fake_queue_add(EVENT, NULL, 0, 3);
    notify(EVENT);
    assert_non_null(fake_queue.device->queues[EVENT].broken);
    connect();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_identity, setup),
        cmocka_unit_test_setup(test_echo, setup),
        cmocka_unit_test_setup(test_stream, setup),
        cmocka_unit_test_setup(test_echo_full, setup),
        cmocka_unit_test_setup(test_no_memory, setup),
        cmocka_unit_test_setup(test_no_receive_buffers, setup),
        cmocka_unit_test_setup(test_goes_on, setup),
        cmocka_unit_test_setup(test_bounded, setup),
        cmocka_unit_test_setup(test_bounded_bytes, setup),
        cmocka_unit_test_setup(test_broken_transmit, setup),
        cmocka_unit_test_setup(test_length_beyond_chain, setup),
        cmocka_unit_test_setup(test_broken_receive, setup),
        cmocka_unit_test_setup(test_payload_fault, setup),
        cmocka_unit_test_setup(test_reset, setup),
        cmocka_unit_test_setup(test_no_event, setup),
        cmocka_unit_test_setup(test_broken_event, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
