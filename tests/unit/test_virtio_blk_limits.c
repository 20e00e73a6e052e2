/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's disks where something ends: the host's room, its good will, the driver's, a device by
 * its reset. Source: virtio 1.2, 2.1.2, 2.6.1, 5.2.6.
 */
#include "virtio_blk_test.h"

static void large_requests_are_cut(void **state)
{
    (void)state;
    /* Two requests of 120 KiB and bounce pages for half of one: they wait for each other's. */
    fake_host_blk_reset();
    fill_disk();
    fake_host_blk.bounce_pages = 15;
    boot_machine();
    start(WINDOW, ALL_FEATURES);
    uint16_t first = request(0, 0, VIRTIO_BLK_T_IN, 1, DATA, 0x1e000 - 512);
    uint16_t second = request(1, 1, VIRTIO_BLK_T_IN, 0, DATA + 0x1e000, 4096);

    notify(0);
    notify(1);
    assert_int_equal(fake_host_blk.io_count, 1);
    fake_host_blk_complete_all();
    expect_used(0, 0, first, 0x1e000 - 512 + 1);
    expect_used(1, 0, second, 4097);
    assert_memory_equal(fake_ram(DATA), &fake_host_blk.sectors[0][512], 0x1e000 - 512);
    assert_memory_equal(fake_ram(DATA + 0x1e000), fake_host_blk.sectors[0], 4096);
}

static void more_than_the_host_takes(void **state)
{
    (void)state;
    fake_host_blk.room = 2;
    for (unsigned n = 0; n < 12; n++) {
        request(0, n, VIRTIO_BLK_T_OUT, n, DATA + 512 * n, 512);
        memset(fake_ram(DATA + 512 * n), (int)n + 1, 512);
    }
    notify(0);
    assert_int_equal(fake_host_blk.io_count, 2);
    fake_host_blk_complete_all();
    assert_int_equal(fake_host_blk.most, 2);
    assert_int_equal(fake_ram_get16(drivers[0].device + 2), 12);
    for (unsigned n = 0; n < 12; n++) {
        assert_int_equal(status_of(n), VIRTIO_BLK_S_OK);
        assert_int_equal(fake_host_blk.sectors[0][512 * n + 511], n + 1);
    }
}

/* Who waits is encrypted, or copied, when there is room, and not at each that comes behind it. */
static void nothing_is_copied_without_room(void **state)
{
    (void)state;
    fake_host_blk.room = 1;
    for (unsigned n = 0; n < 12; n++) {
        request(0, n, VIRTIO_BLK_T_OUT, n, DATA, 512);
    }
    notify(0);
    assert_int_equal(fake_host_blk.io_count, 1);
    assert_int_equal(fake_host_blk.out, 2 * 512); /* the one, and the first that waits */
    /* Room that comes meanwhile is the first one's. */
    fake_host_blk.room = FAKE_IOS_MAX;
    request(1, 12, VIRTIO_BLK_T_OUT, 12, DATA, 512);
    notify(1);
    assert_int_equal(fake_host_blk.io_count, 1);
    fake_host_blk_complete(0, true);
    assert_int_equal(fake_host_blk.io_count, 12);
    for (unsigned n = 0; n < 12; n++) {
        assert_int_equal(fake_host_blk.ios[n]->sector, n + 1);
    }
    fake_host_blk_complete_all();
}

/* What was in flight ends on another VP, between a request's finding no room and its waiting. */
static void others_end(void)
{
    fake_host_blk.refused = NULL;
    fake_host_blk.room = FAKE_IOS_MAX;
    fake_host_blk_complete_all();
}

static void expect_it_goes_on(unsigned n)
{
    struct vmm_work *work = later;

    assert_int_equal(fake_host_blk.io_count, 0);
    assert_int_equal(status_of(n), 0x77);
    assert_non_null(work);
    later = NULL;
    work->run(work->device);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(n), VIRTIO_BLK_S_OK);
    assert_null(later);
}

static void the_last_ends_before_one_waits(void **state)
{
    (void)state;
    fake_host_blk.room = 1;
    request(1, 1, VIRTIO_BLK_T_IN, 0, DATA, 512);
    notify(1);
    fake_host_blk.refused = others_end;
    request(0, 0, VIRTIO_BLK_T_IN, 0, DATA + 512, 512);
    notify(0);
    assert_int_equal(status_of(1), VIRTIO_BLK_S_OK);
    expect_it_goes_on(0);
}

static void the_last_ends_before_one_waits_again(void **state)
{
    (void)state;
    fake_host_blk.room = 2;
    request(1, 1, VIRTIO_BLK_T_IN, 0, DATA, 512);
    request(1, 2, VIRTIO_BLK_T_FLUSH, 0, 0, 0);
    notify(1);
    request(0, 0, VIRTIO_BLK_T_IN, 0, DATA + 512, 512);
    notify(0);
    /* Something is in flight: its end is waited for, and nothing else. */
    assert_null(later);
    fake_host_blk.room = 0;
    fake_host_blk.refused = others_end;
    fake_host_blk_complete(0, true);
    assert_int_equal(status_of(2), VIRTIO_BLK_S_OK);
    expect_it_goes_on(0);
}

/* Without a place for an answer the queue is broken, and only it. */
static void no_header_or_status(void **state)
{
    (void)state;
    const struct fake_part no_status[] = {{HEADER(0), 16, false}, {DATA, 512, false}};
    const struct fake_part short_header[] = {{HEADER(0), 15, false}, {STATUS(0), 1, true}};

    fake_driver_add(&drivers[0], no_status, 2);
    notify(0);
    assert_int_equal(fake_register_read(WINDOW, VIRTIO_MMIO_STATUS), 15 | 64);
    assert_int_equal(fake_register_read(WINDOW, VIRTIO_MMIO_INTERRUPT_STATUS), 2);
    request(1, 1, VIRTIO_BLK_T_IN, 0, DATA, 512);
    notify(1);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(1), VIRTIO_BLK_S_OK);
    start(WINDOW, ALL_FEATURES);
    fake_driver_add(&drivers[1], short_header, 2);
    notify(1);
    assert_int_equal(fake_register_read(WINDOW, VIRTIO_MMIO_STATUS), 15 | 64);
    start(WINDOW, ALL_FEATURES);
    request(1, 1, VIRTIO_BLK_T_IN, 0, DATA, 512);
    notify(1);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(1), VIRTIO_BLK_S_OK);
}

static void host_errors(void **state)
{
    (void)state;
    uint16_t head = request(0, 0, VIRTIO_BLK_T_IN, 0, DATA, 512);

    memset(fake_ram(DATA), 0x55, 512);
    notify(0);
    fake_host_blk_complete(0, false);
    expect_used(0, 0, head, 1);
    assert_int_equal(status_of(0), VIRTIO_BLK_S_IOERR);
    /* What the host left in its pages does not reach the guest. */
    assert_int_equal(*fake_ram(DATA), 0x55);
    fake_host_blk.dead[0] = "dead";
    request(0, 1, VIRTIO_BLK_T_OUT, 0, DATA, 512);
    notify(0);
    assert_int_equal(status_of(1), VIRTIO_BLK_S_IOERR);
    assert_int_equal(fake_host_blk.io_count, 0);
}

/* 2.1.2, 2.6.1: after a reset nothing of the guest's is written; its disk goes on as before. */
static void reset_in_flight(void **state)
{
    (void)state;
    static uint8_t before[FAKE_RAM_BYTES];

    for (unsigned round = 0; round < 200; round++) {
        fake_host_blk.room = round % 3 + 1;
        request(0, 0, VIRTIO_BLK_T_IN, 0, DATA, 8192);
        request(0, 1, VIRTIO_BLK_T_OUT, 100, DATA, 512);
        request(1, 2, VIRTIO_BLK_T_FLUSH, 0, 0, 0);
        notify(0);
        notify(1);
        fake_register_write(WINDOW, VIRTIO_MMIO_STATUS, 0);
        memset(fake_ram(DATA), 0x99, 8192);
        memcpy(before, fake.ram, sizeof(before));
        if (round % 2 == 0) {
            fake_host_blk_complete_all();
            assert_memory_equal(before, fake.ram, sizeof(before));
        }
        start(WINDOW, ALL_FEATURES);
        if (round % 2 != 0) {
            /* The old ones end while the new ring is live: they are not given back to that. */
            fake_host_blk_complete_all();
            assert_int_equal(fake_ram_get16(drivers[0].device + 2), 0);
            assert_int_equal(fake_ram_get16(drivers[1].device + 2), 0);
        }
    }
    fake_host_blk.room = FAKE_IOS_MAX;
    request(0, 0, VIRTIO_BLK_T_IN, 0, DATA, 8192);
    notify(0);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(0), VIRTIO_BLK_S_OK);
    assert_memory_equal(fake_ram(DATA), fake_host_blk.sectors[0], 8192);
}

/* A disk that does not answer takes nothing from another. */
static void another_disk_goes_on(void **state)
{
    (void)state;
    fake_host_blk_reset();
    fake_host_blk.count = 2;
    boot_machine();
    start(WINDOW, ALL_FEATURES);
    request(0, 0, VIRTIO_BLK_T_IN, 0, DATA, 0x1e000);
    request(1, 1, VIRTIO_BLK_T_IN, 0, DATA, 0x1e000);
    notify(0);
    notify(1);
    size_t hanging = fake_host_blk.io_count;
    start(WINDOW + 1, ALL_FEATURES);
    request(0, 2, VIRTIO_BLK_T_IN, 0, DATA, 4096);
    fake_register_write(WINDOW + 1, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
    assert_int_equal(fake_host_blk.io_count, hanging + 1);
    fake_host_blk_complete(hanging, true);
    assert_int_equal(status_of(2), VIRTIO_BLK_S_OK);
}

/* A driver that fills the ring again and again while it is worked on keeps a VP for one ring's
 * length, and is not forgotten. */
static void bounded_work(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 20; n++) {
        request(0, 0, VIRTIO_BLK_T_GET_ID, 0, DATA, 20);
    }
    /* The same chain 300 times: available moves on under the device. */
    uint16_t head = 0;
    for (unsigned i = 0; i < SIZE; i++) {
        fake_ram_put(drivers[0].driver + 4 + 2u * i, &head, 2);
    }
    for (unsigned i = 0; i < 5; i++) {
        uint16_t index = (uint16_t)(SIZE * (i + 1));
        fake_ram_put(drivers[0].driver + 2, &index, 2);
        notify(0);
    }
    assert_int_equal(fake_ram_get16(drivers[0].device + 2), SIZE * 5);
}

/* Chains of as many pieces as the queue has descriptors: a turn takes so many pieces, not chains. What is
 * left comes later, all of it. */
static void bounded_pieces(void **state)
{
    const struct virtio_blk_header header = {VIRTIO_BLK_T_GET_ID, 0, 0};
    struct fake_part parts[SIZE];
    uint16_t all = SIZE;
    unsigned used = 0;

    (void)state;
    fake_ram_put(HEADER(0), &header, sizeof(header));
    for (unsigned i = 0; i < SIZE; i++) {
        parts[i] = (struct fake_part){DATA + i, 1, true};
    }
    parts[0] = (struct fake_part){HEADER(0), 16, false};
    const uint16_t head = fake_driver_add(&drivers[0], parts, SIZE);
    for (unsigned i = 0; i < SIZE; i++) {
        fake_ram_put(drivers[0].driver + 4 + 2u * i, &head, 2);
    }
    fake_ram_put(drivers[0].driver + 2, &all, 2);
    notify(0);
    for (; used < SIZE; used += RING_TURN_PIECES / SIZE) {
        struct vmm_work *work = later;

        assert_int_equal(fake_ram_get16(drivers[0].device + 2), used + RING_TURN_PIECES / SIZE);
        assert_non_null(work);
        later = NULL;
        work->run(work->device);
    }
    assert_null(later);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(large_requests_are_cut, set_up),
        cmocka_unit_test_setup(more_than_the_host_takes, set_up),
        cmocka_unit_test_setup(nothing_is_copied_without_room, set_up),
        cmocka_unit_test_setup(the_last_ends_before_one_waits, set_up),
        cmocka_unit_test_setup(the_last_ends_before_one_waits_again, set_up),
        cmocka_unit_test_setup(no_header_or_status, set_up),
        cmocka_unit_test_setup(host_errors, set_up),
        cmocka_unit_test_setup(reset_in_flight, set_up),
        cmocka_unit_test_setup(another_disk_goes_on, set_up),
        cmocka_unit_test_setup(bounded_work, set_up),
        cmocka_unit_test_setup(bounded_pieces, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
