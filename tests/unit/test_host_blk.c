/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver of the host's disks (virtio 1.2, 5.2): what a disk says of itself, and what it may say
 * that makes no sense.
 */
#include "host_blk_test.h"

static void test_info(void **state)
{
    (void)state;
    const struct host_blk_info *info = host_blk_info(0);

    assert_int_equal(host_blk_count(), 1);
    assert_int_equal(info->sectors, CAPACITY & ~UINT64_C(7));
    assert_int_equal(info->block_bytes, 4096);
    assert_int_equal(info->physical_block_exp, 3);
    assert_int_equal(info->alignment_offset, 1);
    assert_int_equal(info->min_io_blocks, 8);
    assert_int_equal(info->opt_io_blocks, 64);
    assert_false(info->read_only);
    assert_true(info->flush);
    /* A range's length in bytes fits in 32 bits. */
    assert_int_equal(info->discard_sectors_max, UINT32_MAX / 512);
    assert_int_equal(info->discard_alignment, 8);
    assert_int_equal(info->zeroes_sectors_max, 4096);
    assert_true(info->zeroes_may_unmap);
    assert_memory_equal(info->serial, "serial number\0\0\0\0\0\0\0", 20);
    assert_int_equal(fake_host[0].interrupt_status, 0);
}

/* A feature that was not offered has no field (2.5.2): the fake ends the program at a read of one. */
static void test_info_bare(void **state)
{
    (void)state;
    plug(0, VIRTIO_BLK_F_RO);
    assert_int_equal(host_blk_open(0, fake_host_base(0)), PV_OK);
    const struct host_blk_info *info = host_blk_info(0);
    assert_int_equal(info->sectors, CAPACITY);
    assert_int_equal(info->block_bytes, 512);
    assert_int_equal(info->opt_io_blocks, 0);
    assert_true(info->read_only);
    assert_false(info->flush);
    assert_int_equal(info->discard_sectors_max, 0);
    assert_int_equal(info->zeroes_sectors_max, 0);
    assert_false(info->zeroes_may_unmap);
}

static void test_info_nonsense(void **state)
{
    static const struct {
        uint32_t offset;
        unsigned bytes;
        uint64_t value;
        enum pv_status status;
    } cases[] = {
        {0, 8, 0, PV_INVALID},
        {0, 8, 7, PV_INVALID}, /* no block of 4096 */
        {0, 8, UINT64_MAX, PV_INVALID},
        {0, 8, UINT64_C(1) << 56, PV_INVALID},
        {20, 4, 0, PV_INVALID},
        {20, 4, 256, PV_INVALID},
        {20, 4, 513, PV_INVALID},
        {20, 4, 8192, PV_INVALID},
        {20, 4, 0x80000000, PV_INVALID},
        {8, 4, 4096, PV_INVALID},
        {12, 4, 0, PV_INVALID},
        {12, 4, 1, PV_OK},
        {20, 4, 512, PV_OK},
        {24, 1, 255, PV_OK},
        {36, 4, 0, PV_OK},
        {40, 4, 0, PV_OK},
        {56, 1, 255, PV_OK},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        (void)setup_without_device(state);
        plug(0, ALL | VIRTIO_BLK_F_SIZE_MAX | VIRTIO_BLK_F_SEG_MAX);
        fake_host_field(0, cases[i].offset, cases[i].bytes, cases[i].value);
        assert_int_equal(host_blk_open(0, fake_host_base(0)), cases[i].status);
        assert_int_equal(host_blk_count(), cases[i].status == PV_OK);
        if (cases[i].status != PV_OK) {
            assert_int_equal(fake_host[0].status, 0);
            assert_int_equal(fake.log_lines, 1);
        }
    }
    assert_false(host_blk_info(0)->zeroes_may_unmap);
}

static void test_topology_nonsense(void **state)
{
    (void)state;
    plug(0, ALL);
    fake_host_field(0, 24, 1, 17);
    assert_int_equal(host_blk_open(0, fake_host_base(0)), PV_OK);
    assert_int_equal(host_blk_info(0)->physical_block_exp, 0);
    assert_int_equal(host_blk_info(0)->opt_io_blocks, 0);
}

/* 5.2.4, 2.7: no request has more segments than the device takes, or than the queue. */
static void test_shorter_requests(void **state)
{
    (void)state;
    plug(0, ALL | VIRTIO_BLK_F_SEG_MAX);
    fake_host_field(0, 12, 4, 5);
    assert_int_equal(host_blk_open(0, fake_host_base(0)), PV_OK);
    assert_int_equal(host_blk_info(0)->pages_max, 5);
    plug(1, ALL);
    fake_host[1].queues[0].size_max = 16;
    assert_int_equal(host_blk_open(1, fake_host_base(1)), PV_OK);
    assert_int_equal(host_blk_info(1)->pages_max, 14);
}

/* A queue with no room for data is as good as none. */
static void test_queue_too_short(void **state)
{
    (void)state;
    plug(0, ALL);
    fake_host[0].queues[0].size_max = 2;
    assert_int_equal(host_blk_open(0, fake_host_base(0)), PV_UNSUPPORTED);
    assert_int_equal(host_blk_count(), 0);
    assert_int_equal(fake_host[0].status, 0);
}

static void test_config_never_settles(void **state)
{
    (void)state;
    plug(0, ALL);
    fake_host[0].generation_moves = true;
    assert_int_equal(host_blk_open(0, fake_host_base(0)), PV_IO);
    assert_int_equal(host_blk_count(), 0);
}

static void test_serial_fails(void **state)
{
    (void)state;
    static const uint8_t none[20];

    plug(0, ALL);
    serial_status = VIRTIO_BLK_S_UNSUPP;
    assert_int_equal(host_blk_open(0, fake_host_base(0)), PV_OK);
    assert_null(host_blk_dead(0));
    assert_memory_equal(host_blk_info(0)->serial, none, 20);
}

/* A disk that does not answer its first request is there, and dead. */
static void test_no_answer(void **state)
{
    (void)state;
    plug(0, ALL);
    serial = NULL;
    assert_int_equal(host_blk_open(0, fake_host_base(0)), PV_OK);
    assert_non_null(host_blk_dead(0));
    submit(0, HOST_BLK_READ, 0, 512);
    host_blk_kick(0);
    run_later();
    expect_done(0, false);
}

static void test_disks(void **state)
{
    (void)state;
    plug(1, VIRTIO_BLK_F_RO);
    assert_int_equal(host_blk_open(1, fake_host_base(1)), PV_OK);
    assert_int_equal(host_blk_count(), 2);
    assert_ptr_not_equal(host_blk_device(0), host_blk_device(1));
    fake_host_needs_reset(0);
    host_blk_interrupt(host_blk_device(0));
    assert_non_null(host_blk_dead(0));
    assert_null(host_blk_dead(1));
    assert_non_null(strstr(fake.log_last, "disk 0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_info, setup),
        cmocka_unit_test_setup(test_info_bare, setup_without_device),
        cmocka_unit_test_setup(test_info_nonsense, setup_without_device),
        cmocka_unit_test_setup(test_topology_nonsense, setup_without_device),
        cmocka_unit_test_setup(test_shorter_requests, setup_without_device),
        cmocka_unit_test_setup(test_queue_too_short, setup_without_device),
        cmocka_unit_test_setup(test_config_never_settles, setup_without_device),
        cmocka_unit_test_setup(test_serial_fails, setup_without_device),
        cmocka_unit_test_setup(test_no_answer, setup_without_device),
        cmocka_unit_test_setup(test_disks, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
