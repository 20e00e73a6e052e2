/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Requests to the host's disks (virtio 1.2, 5.2.6), against a disk that works, one that answers with
 * nonsense, and one that dies with requests in flight.
 */
#include "host_blk_test.h"

#define LONG 16u /* pages */

/* ---- Requests ---------------------------------------------------------------------------------- */

static void test_read(void **state)
{
    (void)state;
    struct fake_host_request request;
    static uint8_t data[8192 + 512];

    memset(data, 0x5a, sizeof(data));
    assert_true(host_blk_idle(0));
    submit(0, HOST_BLK_READ, 77, sizeof(data));
    assert_false(host_blk_idle(0));
    host_blk_kick(0);
    request = at_device(VIRTIO_BLK_T_IN, 77);
    assert_int_equal(request.readable_bytes, 16);
    assert_int_equal(request.writable_bytes, sizeof(data) + 1);
    fake_host_write(&request, 0, data, sizeof(data));
    finish(&request, VIRTIO_BLK_S_OK, sizeof(data) + 1);
    assert_true(fake_host_wants(0, 0));
    assert_false(host_blk_idle(0));
    interrupt();
    expect_done(0, true);
    assert_true(host_blk_idle(0));
    assert_memory_equal(ios[0].pages[0], data, 4096);
    assert_memory_equal(ios[0].pages[1], data, 4096);
    assert_memory_equal(ios[0].pages[2], data, 512);
}

static void test_write(void **state)
{
    (void)state;
    struct fake_host_request request;
    uint8_t data[4096 + 1024];

    submit(0, HOST_BLK_WRITE, 5, sizeof(data));
    memset(ios[0].pages[0], 1, 4096);
    memset(ios[0].pages[1], 2, 1024);
    request = at_device(VIRTIO_BLK_T_OUT, 5);
    assert_int_equal(request.readable_bytes, 16 + sizeof(data));
    assert_int_equal(request.writable_bytes, 1);
    fake_host_read(&request, 16, data, sizeof(data));
    assert_memory_equal(data, ios[0].pages[0], 4096);
    assert_memory_equal(data + 4096, ios[0].pages[1], 1024);
    finish(&request, VIRTIO_BLK_S_OK, 1);
    interrupt();
    expect_done(0, true);
}

static void test_longest(void **state)
{
    (void)state;
    struct fake_host_request request;

    submit(0, HOST_BLK_WRITE, 0, HOST_BLK_PAGES * 4096);
    request = at_device(VIRTIO_BLK_T_OUT, 0);
    assert_int_equal(request.readable_bytes, 16 + HOST_BLK_PAGES * 4096);
    finish(&request, VIRTIO_BLK_S_OK, 1);
    interrupt();
    expect_done(0, true);
}

/* 5.2.6: no data; sector 0. */
static void test_flush(void **state)
{
    (void)state;
    struct fake_host_request request;

    submit(0, HOST_BLK_FLUSH, 99, 0);
    request = at_device(VIRTIO_BLK_T_FLUSH, 0);
    assert_int_equal(request.readable_bytes, 16);
    assert_int_equal(request.writable_bytes, 1);
    finish(&request, VIRTIO_BLK_S_OK, 1);
    interrupt();
    expect_done(0, true);
}

/* 5.2.6.1: one range; the unmap flag belongs to write zeroes and must be clear in a discard. */
static void test_ranges(void **state)
{
    static const struct {
        enum host_blk_op op;
        uint32_t type;
        bool unmap;
        uint32_t flags;
    } cases[] = {
        {HOST_BLK_DISCARD, VIRTIO_BLK_T_DISCARD, false, 0},
        {HOST_BLK_DISCARD, VIRTIO_BLK_T_DISCARD, true, 0},
        {HOST_BLK_WRITE_ZEROES, VIRTIO_BLK_T_WRITE_ZEROES, false, 0},
        {HOST_BLK_WRITE_ZEROES, VIRTIO_BLK_T_WRITE_ZEROES, true, 1},
    };

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct fake_host_request request;
        struct virtio_blk_range range;
        struct host_blk_io *io = make(i, cases[i].op, 800, 16 * 512);

        io->unmap = cases[i].unmap;
        assert_true(host_blk_submit(0, io));
        request = at_device(cases[i].type, 0);
        assert_int_equal(request.readable_bytes, 16 + 16);
        fake_host_read(&request, 16, &range, sizeof(range));
        assert_int_equal(range.sector, 800);
        assert_int_equal(range.sectors, 16);
        assert_int_equal(range.flags, cases[i].flags);
        finish(&request, VIRTIO_BLK_S_OK, 1);
        interrupt();
        expect_done(i, true);
    }
}

/* 5.2.6: 0 alone is good, and a read has to have been written whole. */
static void test_status(void **state)
{
    static const struct {
        uint8_t status;
        uint32_t written;
        bool good;
    } cases[] = {
        {VIRTIO_BLK_S_OK, 513, true},
        {VIRTIO_BLK_S_IOERR, 513, false},
        {VIRTIO_BLK_S_UNSUPP, 513, false},
        {3, 513, false},
        {0xff, 513, false},
        {VIRTIO_BLK_S_OK, 512, false},
        {VIRTIO_BLK_S_OK, 1, false},
        {VIRTIO_BLK_S_OK, 0, false},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fake_host_request request;

        submit(i, HOST_BLK_READ, 1, 512);
        request = at_device(VIRTIO_BLK_T_IN, 1);
        finish(&request, cases[i].status, cases[i].written);
        interrupt();
        expect_done(i, cases[i].good);
    }
    assert_null(host_blk_dead(0));
}

/* The device has not touched the status byte: not good, whatever an earlier request left there. */
static void test_status_stale(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct fake_host_request request;

        submit(i, HOST_BLK_FLUSH, 0, 0);
        request = at_device(VIRTIO_BLK_T_FLUSH, 0);
        if (i == 0) {
            finish(&request, VIRTIO_BLK_S_OK, 1);
        } else {
            fake_host_give(0, 0, request.head, 1);
        }
        interrupt();
        expect_done(i, i == 0);
    }
}

/* 64 at once, in any order, each its own pages and status; the 65th waits. */
static void test_all_in_flight(void **state)
{
    (void)state;
    struct fake_host_request requests[HOST_BLK_INFLIGHT];
    unsigned order = 0;

    for (unsigned i = 0; i < HOST_BLK_INFLIGHT; i++) {
        submit(i, HOST_BLK_READ, i, 512);
    }
    assert_false(host_blk_submit(0, make(HOST_BLK_INFLIGHT, HOST_BLK_FLUSH, 0, 0)));
    host_blk_kick(0);
    for (unsigned i = 0; i < HOST_BLK_INFLIGHT; i++) {
        requests[i] = at_device(VIRTIO_BLK_T_IN, i);
    }
    for (unsigned i = 0; i < HOST_BLK_INFLIGHT; i++) {
        order = (order + 29) % HOST_BLK_INFLIGHT;
        fake_host_write(&requests[order], 0, &order, sizeof(order));
        finish(&requests[order], order % 3 == 0 ? VIRTIO_BLK_S_IOERR : VIRTIO_BLK_S_OK, 513);
    }
    interrupt();
    run_later();
    for (unsigned i = 0; i < HOST_BLK_INFLIGHT; i++) {
        expect_done(i, i % 3 != 0);
        assert_memory_equal(ios[i].pages[0], &i, sizeof(i));
    }
    submit(HOST_BLK_INFLIGHT, HOST_BLK_FLUSH, 0, 0);
}

/* Longer requests: the ring is full before there are 64; what was refused left no trace. */
static void test_ring_full(void **state)
{
    (void)state;
    struct fake_host_request request;
    unsigned taken = 0;
    void *pages[2 * LONG];

    assert_int_equal(bounce_take(pages, 2 * LONG), 2 * LONG);
    for (; taken < HOST_BLK_INFLIGHT; taken++) {
        struct host_blk_io *io = &ios[taken];

        *io = (struct host_blk_io){.op = HOST_BLK_READ, .bytes = LONG * 4096, .page_count = LONG};
        /* No two neighbours: as many descriptors as there are pages. */
        for (unsigned i = 0; i < LONG; i++) {
            io->pages[i] = pages[2 * i];
        }
        if (!host_blk_submit(0, io)) {
            break;
        }
    }
    /* 2.7.5.3.1: no more descriptors than there are, two of a request for header and status. */
    assert_int_equal(taken, QUEUE_SIZE / (LONG + 2));
    request = at_device(VIRTIO_BLK_T_IN, 0);
    finish(&request, VIRTIO_BLK_S_IOERR, 0);
    interrupt();
    expect_done(0, false);
    assert_true(host_blk_submit(0, &ios[taken]));
    assert_int_equal(done_all, 1);
}

/* Interrupts that have no cause, and completions that have no interrupt. */
static void test_interrupts(void **state)
{
    (void)state;
    struct fake_host_request requests[3];

    host_blk_interrupt(host_blk_device(0));
    interrupt();
    assert_int_equal(done_all, 0);
    for (unsigned i = 0; i < 3; i++) {
        submit(i, HOST_BLK_FLUSH, 0, 0);
        requests[i] = at_device(VIRTIO_BLK_T_FLUSH, 0);
    }
    for (unsigned i = 0; i < 3; i++) {
        finish(&requests[i], VIRTIO_BLK_S_OK, 1);
        assert_int_equal(fake_host_wants(0, 0), i == 0);
    }
    interrupt();
    assert_int_equal(done_all, 3);
    submit(3, HOST_BLK_FLUSH, 0, 0);
    requests[0] = at_device(VIRTIO_BLK_T_FLUSH, 0);
    finish(&requests[0], VIRTIO_BLK_S_OK, 1);
    assert_true(fake_host_wants(0, 0));
}

static void test_done_submits_again(void **state)
{
    (void)state;
    struct fake_host_request request;

    done_submits_again = true;
    submit(0, HOST_BLK_FLUSH, 0, 0);
    for (unsigned i = 1; i <= 3; i++) {
        request = at_device(VIRTIO_BLK_T_FLUSH, 0);
        finish(&request, VIRTIO_BLK_S_OK, 1);
        interrupt();
        assert_int_equal(done_count[0], i);
    }
    assert_false(fake_host_take(0, 0, &request));
}

static void finish_of_three(void)
{
    struct fake_host_request requests[3];

    done_cost = RING_TURN_PIECES;
    for (unsigned i = 0; i < 3; i++) {
        submit(i, HOST_BLK_FLUSH, 0, 0);
        requests[i] = at_device(VIRTIO_BLK_T_FLUSH, 0);
    }
    for (unsigned i = 0; i < 3; i++) {
        finish(&requests[i], VIRTIO_BLK_S_OK, 1);
    }
}

/* `done` has cost as much as a turn may: the next is told of in another. */
static void test_done_costs(void **state)
{
    (void)state;
    finish_of_three();
    interrupt();
    for (unsigned i = 1; i <= 3; i++) {
        struct vmm_work *work = later;

        assert_int_equal(done_all, i);
        assert_non_null(work);
        later = NULL;
        work->run(work->device);
    }
    assert_null(later);
    assert_int_equal(done_all, 3);
}

/* Three are done, and there is an interrupt: how many are told of at once? */
static unsigned told_at_once(void)
{
    unsigned before = done_all;

    finish_of_three();
    done_cost = 1;
    elsewhere = NULL;
    interrupt();
    return done_all - before;
}

/* An interrupt whose work takes long is acknowledged, and the rest left to a VP where VTL0 waits, or for later. */
static void test_slow(void **state)
{
    (void)state;
    rests = true;
    assert_int_equal(told_at_once(), 3);
    host_blk_slow(0);
    assert_int_equal(told_at_once(), 0);
    assert_null(elsewhere);
    run_later();
    assert_int_equal(done_all, 6);
    rests = false;
    assert_int_equal(told_at_once(), 0);
    fake.guest_waits = true; /* there */
    assert_non_null(elsewhere);
    elsewhere->run(elsewhere->device);
    assert_int_equal(done_all, 9);
    assert_non_null(later); /* had VTL0 not waited there */
    run_later();
    assert_int_equal(told_at_once(), 3);
    fake.guest_waits = false;
    others = false;
    assert_int_equal(told_at_once(), 3);
    others = true;
    assert_int_equal(told_at_once(), 0);
    run_later();
    assert_int_equal(done_all, 18);
}

/* Another VP tells of what is done, if VTL0 waits there, as much as a turn may cost. */
static void test_done_elsewhere(void **state)
{
    (void)state;
    finish_of_three();
    elsewhere = NULL;
    host_blk_share(0);
    assert_non_null(elsewhere);
    elsewhere->run(elsewhere->device);
    assert_int_equal(done_all, 0);
    fake.guest_waits = true;
    elsewhere->run(elsewhere->device);
    assert_int_equal(done_all, 1);
    /* And goes on by itself. */
    assert_non_null(later);
    run_later();
    assert_int_equal(done_all, 3);
    elsewhere = NULL;
    host_blk_share(0);
    assert_null(elsewhere);
}

/* ---- A disk that dies -------------------------------------------------------------------------- */

static void needs_reset(const struct fake_host_request *requests)
{
    (void)requests;
    fake_host_needs_reset(0);
}

static void used_index_jumps(const struct fake_host_request *requests)
{
    (void)requests;
    *fake_host_used_index(0, 0) = 0x4000;
}

static void id_of_nothing(const struct fake_host_request *requests)
{
    (void)requests;
    fake_host_give(0, 0, QUEUE_SIZE, 0);
}

static void id_twice(const struct fake_host_request *requests)
{
    fake_host_give(0, 0, requests[3].head, 0);
    fake_host_give(0, 0, requests[3].head, 0);
}

static void too_long(const struct fake_host_request *requests)
{
    fake_host_give(0, 0, requests[3].head, 514);
}

static void never_resets(const struct fake_host_request *requests)
{
    fake_host[0].resets_never = true;
    too_long(requests);
}

/* Everything in flight comes back once, not good; so does what is submitted afterwards. */
static void test_dies(void **state)
{
    static void (*const ways[])(const struct fake_host_request *requests) = {
        needs_reset, used_index_jumps, id_of_nothing, id_twice, too_long, never_resets,
    };

    for (unsigned way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
        struct fake_host_request requests[40];

        (void)setup(state);
        for (unsigned i = 0; i < 40; i++) {
            submit(i, HOST_BLK_READ, i, 512);
            requests[i] = at_device(VIRTIO_BLK_T_IN, i);
        }
        ways[way](requests);
        interrupt();
        run_later();
        assert_non_null(host_blk_dead(0));
        assert_int_equal(fake.log_lines, 1);
        for (unsigned i = 0; i < 40; i++) {
            expect_done(i, false);
        }
        submit(40, HOST_BLK_READ, 0, 512);
        assert_int_equal(done_count[40], 0);
        host_blk_kick(0);
        run_later();
        interrupt();
        expect_done(40, false);
        assert_int_equal(done_all, 41);
    }
}

/* `done` of a dead disk that submits and kicks: no call of `done` inside of `done`. */
static void test_dies_and_submits_again(void **state)
{
    (void)state;
    done_submits_again = true;
    for (unsigned i = 0; i < 40; i++) {
        submit(i, HOST_BLK_FLUSH, 0, 0);
    }
    *fake_host_used_index(0, 0) = 0x4000;
    interrupt();
    run_later();
    for (unsigned i = 0; i < 40; i++) {
        assert_int_equal(done_count[i], 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_read, setup),
        cmocka_unit_test_setup(test_write, setup),
        cmocka_unit_test_setup(test_longest, setup),
        cmocka_unit_test_setup(test_flush, setup),
        cmocka_unit_test_setup(test_ranges, setup),
        cmocka_unit_test_setup(test_status, setup),
        cmocka_unit_test_setup(test_status_stale, setup),
        cmocka_unit_test_setup(test_all_in_flight, setup),
        cmocka_unit_test_setup(test_ring_full, setup),
        cmocka_unit_test_setup(test_interrupts, setup),
        cmocka_unit_test_setup(test_done_submits_again, setup),
        cmocka_unit_test_setup(test_done_costs, setup),
        cmocka_unit_test_setup(test_slow, setup),
        cmocka_unit_test_setup(test_done_elsewhere, setup),
        cmocka_unit_test_setup(test_dies, setup),
        cmocka_unit_test_setup(test_dies_and_submits_again, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
