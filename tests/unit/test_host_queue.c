/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver's side of a split ring (virtio 1.2, 2.7), against a device that reads the ring from
 * memory, and that lies about what it has used.
 */
#include "fake_host_virtio.h"
#include "host/bounce.h"
#include "host/host_virtio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SIZE 8u

static struct host_virtio device;
static struct host_queue queue;
static uint8_t *memory; /* a page of the bounce region */

static void start(uint64_t features)
{
    fake_vtl_reset();
    fake_host_reset();
    fake_host_plug(0, VIRTIO_ID_ENTROPY, 1, SIZE);
    fake_host[0].offered |= features;
    device = (struct host_virtio){.name = "test", .base = fake_host_base(0)};
    assert_int_equal(bounce_init(4), PV_OK);
    assert_int_equal(host_virtio_open(&device, VIRTIO_F_EVENT_IDX), PV_OK);
    assert_int_equal(host_queue_open(&device, &queue, 0, SIZE), PV_OK);
    assert_int_equal(host_virtio_start(&device), PV_OK);
    memory = bounce_reserve(4096);
    assert_non_null(memory);
    fake_host[0].accesses = 0;
}

static int setup(void **state)
{
    (void)state;
    start(VIRTIO_F_EVENT_IDX);
    return 0;
}

static int setup_flags(void **state)
{
    (void)state;
    start(0);
    return 0;
}

/* A chain of `count` buffers, the first of them readable, 16 bytes each. */
static uint16_t add(unsigned count)
{
    struct host_buffer buffers[SIZE];
    uint16_t id = UINT16_MAX;

    for (unsigned i = 0; i < count; i++) {
        buffers[i] = (struct host_buffer){memory + 16 * i, 16, i != 0};
    }
    assert_true(host_queue_add(&queue, buffers, count, &id));
    return id;
}

static bool refused(unsigned count)
{
    struct host_buffer buffers[SIZE + 1];
    uint16_t id;

    for (unsigned i = 0; i < count; i++) {
        buffers[i] = (struct host_buffer){memory, 16, true};
    }
    return !host_queue_add(&queue, buffers, count, &id);
}

static uint16_t take_at_device(void)
{
    struct fake_host_request request;

    assert_true(fake_host_take(0, 0, &request));
    return request.head;
}

static void expect_done(uint16_t id, uint32_t bytes)
{
    uint16_t got = UINT16_MAX;
    uint32_t written = UINT32_MAX;

    assert_true(host_queue_take(&queue, &got, &written));
    assert_int_equal(got, id);
    assert_int_equal(written, bytes);
}

static void expect_none(void)
{
    uint32_t written;
    uint16_t id;

    assert_false(host_queue_take(&queue, &id, &written));
}

/* ---- A device that keeps to the rules ---------------------------------------------------------- */

static void test_chain(void **state)
{
    (void)state;
    struct fake_host_request request;
    uint16_t id = add(3);

    host_queue_kick(&queue);
    assert_int_equal(fake_host[0].queues[0].notifications, 1);
    assert_true(fake_host_take(0, 0, &request));
    assert_int_equal(request.head, id);
    assert_int_equal(request.readable, 1);
    assert_int_equal(request.writable, 2);
    for (unsigned i = 0; i < 3; i++) {
        assert_ptr_equal(request.segments[i].base, memory + 16 * i);
        assert_int_equal(request.segments[i].bytes, 16);
    }
    expect_none();
    fake_host_give(0, 0, id, 32);
    expect_done(id, 32);
    expect_none();
    /* No register but QueueNotify: an access is a trap. */
    assert_int_equal(fake_host[0].accesses, 1);
}

/* 2.7.5.3.1: no more descriptors than the ring has; all of them come back. */
static void test_room(void **state)
{
    (void)state;
    uint16_t first = add(5);
    uint16_t second = add(3);

    assert_true(refused(1));
    assert_int_not_equal(first, second);
    (void)take_at_device();
    (void)take_at_device();
    fake_host_give(0, 0, second, 0);
    expect_done(second, 0);
    assert_true(refused(4));
    (void)add(3);
    fake_host_give(0, 0, first, 64);
    expect_done(first, 64);
    (void)add(5);
    assert_true(refused(1));
    assert_null(device.dead);
}

static void test_longer_than_ring(void **state)
{
    (void)state;
    assert_true(refused(SIZE + 1));
    (void)add(SIZE);
}

/* Any order, over all values of the 16-bit indexes, with each notification that the device wants and
 * no other. */
static void test_wrap(void **state)
{
    (void)state;
    uint32_t notified = 0;

    for (uint32_t i = 0; i < 40000; i++) {
        uint16_t ids[2] = {add(1 + i % 3), 0};
        bool wants = i % 5 == 0;

        ids[1] = add(2);
        fake_host_notify_after(0, 0, wants ? (uint16_t)(i % 2) : 2);
        host_queue_kick(&queue);
        notified += wants;
        assert_int_equal(fake_host[0].queues[0].notifications, notified);
        assert_int_equal(take_at_device(), ids[0]);
        assert_int_equal(take_at_device(), ids[1]);
        fake_host_give(0, 0, ids[(i + 1) % 2], 0);
        fake_host_give(0, 0, ids[i % 2], 0);
        expect_done(ids[(i + 1) % 2], 0);
        expect_done(ids[i % 2], 0);
        expect_none();
    }
    assert_null(device.dead);
}

/* Nothing new: nothing to tell. */
static void test_kick_twice(void **state)
{
    (void)state;
    host_queue_kick(&queue);
    (void)add(1);
    host_queue_kick(&queue);
    host_queue_kick(&queue);
    assert_int_equal(fake_host[0].queues[0].notifications, 1);
}

/* 2.7.10.1 without EVENT_IDX: the flag, and not what lies where avail_event would. */
static void test_flags(void **state)
{
    (void)state;
    assert_int_equal(device.features & VIRTIO_F_EVENT_IDX, 0);
    fake_host_notify_never(0, 0, true);
    (void)add(1);
    host_queue_kick(&queue);
    assert_int_equal(fake_host[0].queues[0].notifications, 0);
    fake_host_notify_never(0, 0, false);
    fake_host_notify_after(0, 0, 1000);
    uint16_t id = add(1);
    host_queue_kick(&queue);
    assert_int_equal(fake_host[0].queues[0].notifications, 1);
    (void)take_at_device();
    assert_int_equal(take_at_device(), id);
    fake_host_give(0, 0, id, 0);
    assert_true(fake_host_wants(0, 0));
    expect_done(id, 0);
    assert_false(host_queue_rearm(&queue));
}

/* 2.7.7.2: one interrupt for what comes before the driver looks; then for the next one again. */
static void test_rearm(void **state)
{
    (void)state;
    uint16_t ids[4];

    for (unsigned i = 0; i < 4; i++) {
        ids[i] = add(1);
        (void)take_at_device();
    }
    fake_host_give(0, 0, ids[0], 0);
    assert_true(fake_host_wants(0, 0));
    fake_host_give(0, 0, ids[1], 0);
    assert_false(fake_host_wants(0, 0));
    expect_done(ids[0], 0);
    expect_done(ids[1], 0);
    expect_none();
    assert_false(host_queue_rearm(&queue));
    fake_host_give(0, 0, ids[2], 0);
    assert_true(fake_host_wants(0, 0));
    /* One that comes between the last look and rearm has no interrupt: rearm says so. */
    expect_done(ids[2], 0);
    fake_host_give(0, 0, ids[3], 0);
    assert_false(fake_host_wants(0, 0));
    assert_true(host_queue_rearm(&queue));
    expect_done(ids[3], 0);
    assert_false(host_queue_rearm(&queue));
}

/* ---- Lies -------------------------------------------------------------------------------------- */

static void expect_dead(void)
{
    expect_none();
    assert_non_null(device.dead);
    assert_int_equal(fake.log_lines, 1);
    assert_int_equal(fake_host[0].status, 0);
    assert_true(refused(1));
}

/* At most what is in flight can have been used: 0, then 2. */
static void test_used_index_jumps(void **state)
{
    static const uint16_t by[] = {1, 2, SIZE, SIZE + 1, 0x7fff, 0x8000, 0xffff};

    for (unsigned flying = 0; flying < 3; flying += 2) {
        for (size_t i = 0; i < sizeof(by) / sizeof(by[0]); i++) {
            (void)setup(state);
            for (unsigned j = 0; j < flying; j++) {
                (void)add(1);
            }
            if (by[i] <= flying) {
                continue;
            }
            *fake_host_used_index(0, 0) = by[i];
            expect_dead();
        }
    }
}

/* An entry that the device has taken back stays done; the driver's index does not go back. */
static void test_used_index_goes_back(void **state)
{
    (void)state;
    uint16_t id = add(1);

    (void)add(1);
    (void)take_at_device();
    fake_host_give(0, 0, id, 0);
    expect_done(id, 0);
    *fake_host_used_index(0, 0) = 0;
    expect_dead();
}

static void test_wrong_id(void **state)
{
    static const uint32_t wrong[] = {SIZE, 0x10000, UINT32_MAX, 0x80000000};
    struct fake_host_request request;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        (void)setup(state);
        (void)add(1);
        assert_true(fake_host_take(0, 0, &request));
        /* 0x10000 + head must not be taken for head. */
        fake_host_give(0, 0, wrong[i] + (wrong[i] == 0x10000 ? request.head : 0), 0);
        expect_dead();
    }
}

/* Not the head: another descriptor of a chain in flight; and every one that is free. */
static void test_id_of_no_chain(void **state)
{
    for (uint16_t id = 0; id < SIZE; id++) {
        (void)setup(state);
        if (add(3) == id) {
            continue;
        }
        fake_host_give(0, 0, id, 0);
        expect_dead();
    }
}

static void test_id_twice(void **state)
{
    (void)state;
    uint16_t id = add(2);

    (void)add(2);
    fake_host_give(0, 0, id, 0);
    fake_host_give(0, 0, id, 0);
    expect_done(id, 0);
    expect_dead();
}

/* The device may find a request before the kick, and give it back: no lie. */
static void test_before_kick(void **state)
{
    (void)state;
    uint16_t id = add(1);

    assert_int_equal(take_at_device(), id);
    fake_host_give(0, 0, id, 0);
    expect_done(id, 0);
    host_queue_kick(&queue);
    assert_null(device.dead);
}

static void test_length(void **state)
{
    (void)state;
    uint16_t id = add(3);

    fake_host_give(0, 0, id, 33);
    expect_dead();
    (void)setup(state);
    id = add(1);
    fake_host_give(0, 0, id, 1);
    expect_dead();
    (void)setup(state);
    id = add(2);
    fake_host_give(0, 0, id, UINT32_MAX);
    expect_dead();
}

/* What the device scribbles on the driver's areas changes nothing that the driver relies on. */
static void test_scribbles(void **state)
{
    (void)state;
    uint16_t first = add(3);
    uint16_t second = add(2);
    struct fake_host_queue *ring = &fake_host[0].queues[0];

    memset((void *)(uintptr_t)ring->desc, 0xff, 16 * SIZE);
    memset((void *)(uintptr_t)ring->driver, 0xff, 6 + 2 * SIZE);
    fake_host_give(0, 0, second, 16);
    fake_host_give(0, 0, first, 32);
    expect_done(second, 16);
    expect_done(first, 32);
    for (unsigned i = 0; i < SIZE; i++) {
        (void)add(1);
    }
    assert_true(refused(1));
    assert_null(device.dead);
}

/* After a good end, a used ring of nothing but ones. */
static void test_used_ring_of_ones(void **state)
{
    (void)state;
    uint16_t id = add(2);

    fake_host_give(0, 0, id, 16);
    expect_done(id, 16);
    memset((void *)(uintptr_t)fake_host[0].queues[0].device, 0xff, 6 + 8 * SIZE);
    expect_dead();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_chain, setup),
        cmocka_unit_test_setup(test_room, setup),
        cmocka_unit_test_setup(test_longer_than_ring, setup),
        cmocka_unit_test_setup(test_wrap, setup),
        cmocka_unit_test_setup(test_kick_twice, setup),
        cmocka_unit_test_setup(test_flags, setup_flags),
        cmocka_unit_test_setup(test_rearm, setup),
        cmocka_unit_test_setup(test_used_index_jumps, setup),
        cmocka_unit_test_setup(test_used_index_goes_back, setup),
        cmocka_unit_test_setup(test_wrong_id, setup),
        cmocka_unit_test_setup(test_id_of_no_chain, setup),
        cmocka_unit_test_setup(test_id_twice, setup),
        cmocka_unit_test_setup(test_before_kick, setup),
        cmocka_unit_test_setup(test_length, setup),
        cmocka_unit_test_setup(test_scribbles, setup),
        cmocka_unit_test_setup(test_used_ring_of_ones, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
