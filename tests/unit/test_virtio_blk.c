/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's disks: what a request does, and what it answers, with a host that completes requests in
 * the order that the test wants. Source: virtio 1.2, 5.2.6.
 */
#include "virtio_blk_test.h"

static void read_and_write(void **state)
{
    (void)state;
    uint16_t head = request(0, 0, VIRTIO_BLK_T_IN, 3, DATA, 4096);

    notify(0);
    assert_int_equal(fake_host_blk.io_count, 1);
    assert_int_equal(fake_ram_get16(drivers[0].device + 2), 0);
    fake_host_blk_complete_all();
    /* 2.7.8.2: len is what was written, the status byte among it. */
    expect_used(0, 0, head, 4097);
    assert_int_equal(status_of(0), VIRTIO_BLK_S_OK);
    assert_memory_equal(fake_ram(DATA), &fake_host_blk.sectors[0][3 * 512], 4096);
    assert_int_equal(fake_register_read(WINDOW, VIRTIO_MMIO_INTERRUPT_STATUS), 1);
    assert_int_equal(fake.lines[fake.line_count - 1].intid, 48 + WINDOW);
    assert_true(fake.lines[fake.line_count - 1].level);
    fake_register_write(WINDOW, VIRTIO_MMIO_INTERRUPT_ACK, 1);
    assert_false(fake.lines[fake.line_count - 1].level);

    memset(fake_ram(DATA), 0x3c, 1024);
    head = request(0, 1, VIRTIO_BLK_T_OUT, 254, DATA, 1024);
    notify(0);
    fake_host_blk_complete_all();
    expect_used(0, 1, head, 1);
    assert_int_equal(status_of(1), VIRTIO_BLK_S_OK);
    assert_memory_equal(fake_ram(DATA), &fake_host_blk.sectors[0][254 * 512], 1024);
}

/* 2.7.4: a device makes no assumption of where the parts of a request are cut. */
static void framing_means_nothing(void **state)
{
    (void)state;
    struct virtio_blk_header header = {VIRTIO_BLK_T_OUT, 0, 8};
    const struct fake_part written[] = {{HEADER(0), 7, false},
                                        {HEADER(0) + 7, 1, false},
                                        {HEADER(0) + 8, 208, false},
                                        {DATA, 313, false},
                                        {STATUS(9), 1, true}};
    const struct fake_part read[] = {
        {HEADER(5), 16, false}, {DATA + 1, 300, true}, {DATA + 500, 213, true}};

    fake_ram_put(HEADER(0), &header, sizeof(header));
    memset(fake_ram(HEADER(0) + 16), 0x11, 200);
    memset(fake_ram(DATA), 0x22, 312);
    /* 200 + 312 bytes are a sector; the byte behind is not of the request any more. */
    struct fake_part exact[5];
    memcpy(exact, written, sizeof(exact));
    exact[3].bytes = 312;
    fake_driver_add(&drivers[0], exact, 5);
    notify(0);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(9), VIRTIO_BLK_S_OK);
    assert_int_equal(fake_host_blk.sectors[0][8 * 512 + 199], 0x11);
    assert_int_equal(fake_host_blk.sectors[0][8 * 512 + 200], 0x22);
    assert_int_equal(fake_host_blk.sectors[0][8 * 512 + 511], 0x22);
    fake_driver_add(&drivers[0], written, 5);
    notify(0);
    assert_int_equal(status_of(9), VIRTIO_BLK_S_IOERR);

    /* The status is the last writable byte, behind data in its own piece. */
    header = (struct virtio_blk_header){VIRTIO_BLK_T_IN, 0, 8};
    fake_ram_put(HEADER(5), &header, sizeof(header));
    uint16_t head = fake_driver_add(&drivers[0], read, 3);
    notify(0);
    fake_host_blk_complete_all();
    expect_used(0, 2, head, 513);
    assert_memory_equal(fake_ram(DATA + 1), &fake_host_blk.sectors[0][8 * 512], 300);
    assert_memory_equal(fake_ram(DATA + 500), &fake_host_blk.sectors[0][8 * 512 + 300], 212);
    assert_int_equal(*fake_ram(DATA + 712), VIRTIO_BLK_S_OK);
}

static void any_order(void **state)
{
    (void)state;
    uint16_t heads[3];

    for (unsigned n = 0; n < 3; n++) {
        heads[n] = request(n % QUEUES, n, VIRTIO_BLK_T_IN, n, DATA + 512 * n, 512);
    }
    notify(0);
    notify(1);
    assert_int_equal(fake_host_blk.io_count, 3);
    /* In the host's ring: 0, 2, 1. */
    fake_host_blk_complete(1, true);
    expect_used(0, 0, heads[2], 513);
    fake_host_blk_complete(1, true);
    expect_used(1, 0, heads[1], 513);
    fake_host_blk_complete(0, true);
    expect_used(0, 1, heads[0], 513);
    assert_memory_equal(fake_ram(DATA), fake_host_blk.sectors[0], 3 * 512);
}

static void flush_discard_zeroes_id(void **state)
{
    (void)state;
    struct virtio_blk_range range = {16, 8, 0};

    fake_ram_put(DATA, &range, sizeof(range));
    request(0, 0, VIRTIO_BLK_T_FLUSH, 0, 0, 0);
    request(0, 1, VIRTIO_BLK_T_DISCARD, 0, DATA, 16);
    notify(0);
    assert_int_equal(fake_host_blk.io_count, 2);
    assert_int_equal(fake_host_blk.ios[0]->op, HOST_BLK_FLUSH);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(0), VIRTIO_BLK_S_OK);
    assert_int_equal(status_of(1), VIRTIO_BLK_S_OK);
    assert_int_equal(fake_host_blk.sectors[0][16 * 512], 0xdd);
    assert_int_equal(fake_host_blk.sectors[0][24 * 512 - 1], 0xdd);
    assert_int_not_equal(fake_host_blk.sectors[0][24 * 512], 0xdd);

    range = (struct virtio_blk_range){20, 2, VIRTIO_BLK_UNMAP};
    fake_ram_put(DATA, &range, sizeof(range));
    request(0, 2, VIRTIO_BLK_T_WRITE_ZEROES, 0, DATA, 16);
    notify(0);
    assert_true(fake_host_blk.ios[0]->unmap);
    fake_host_blk_complete_all();
    assert_int_equal(fake_host_blk.sectors[0][20 * 512], 0);
    assert_int_equal(fake_host_blk.sectors[0][22 * 512], 0xdd);

    uint16_t head = request(0, 3, VIRTIO_BLK_T_GET_ID, 0, DATA, 20);
    notify(0);
    expect_used(0, 3, head, 21);
    assert_string_equal(fake_ram(DATA), "a serial");
}

/* Each is answered at once, and nothing of it reaches the host. */
static void requests_that_make_no_sense(void **state)
{
    (void)state;
    static const struct {
        uint32_t type;
        uint64_t sector;
        uint32_t bytes;
        uint8_t status;
    } bad[] = {
        {VIRTIO_BLK_T_IN, 256, 512, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_IN, 255, 1024, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_OUT, UINT64_MAX, 512, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_OUT, 0, 511, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_IN, 0, 513, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_IN, 0, 0, VIRTIO_BLK_S_IOERR},
        {2, 0, 512, VIRTIO_BLK_S_UNSUPP},
        {UINT32_MAX, 0, 512, VIRTIO_BLK_S_UNSUPP},
        {VIRTIO_BLK_T_DISCARD, 0, 15, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_DISCARD, 0, 32, VIRTIO_BLK_S_IOERR},
    };
    static const struct {
        uint32_t type;
        struct virtio_blk_range range;
        uint8_t status;
    } ranges[] = {
        /* 5.2.6.2: unmap, and any unknown flag, of a discard are not supported. */
        {VIRTIO_BLK_T_DISCARD, {0, 8, 1}, VIRTIO_BLK_S_UNSUPP},
        {VIRTIO_BLK_T_WRITE_ZEROES, {0, 8, 2}, VIRTIO_BLK_S_UNSUPP},
        {VIRTIO_BLK_T_DISCARD, {250, 8, 0}, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_DISCARD, {UINT64_MAX - 4, 8, 0}, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_WRITE_ZEROES, {0, 129, 0}, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_WRITE_ZEROES, {0, 0, 0}, VIRTIO_BLK_S_IOERR},
    };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(set_up(NULL), 0);
        request(0, 0, bad[i].type, bad[i].sector, DATA, bad[i].bytes);
        notify(0);
        assert_int_equal(status_of(0), bad[i].status);
        assert_int_equal(fake_ram_get16(drivers[0].device + 2), 1);
        assert_int_equal(fake_host_blk.io_count, 0);
    }
    for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        assert_int_equal(set_up(NULL), 0);
        fake_ram_put(DATA, &ranges[i].range, sizeof(ranges[i].range));
        request(0, 0, ranges[i].type, 0, DATA, 16);
        notify(0);
        assert_int_equal(status_of(0), ranges[i].status);
        assert_int_equal(fake_host_blk.io_count, 0);
    }
}

/* 2.2: what was not negotiated is not there. 5.2.6.2: a read-only disk is not written. */
static void not_negotiated_and_read_only(void **state)
{
    (void)state;
    struct virtio_blk_range range = {0, 8, 0};

    fake_ram_put(DATA, &range, sizeof(range));
    start(WINDOW, 0);
    request(0, 0, VIRTIO_BLK_T_FLUSH, 0, 0, 0);
    request(0, 1, VIRTIO_BLK_T_DISCARD, 0, DATA, 16);
    notify(0);
    assert_int_equal(status_of(0), VIRTIO_BLK_S_UNSUPP);
    assert_int_equal(status_of(1), VIRTIO_BLK_S_UNSUPP);

    fake_host_blk_reset();
    fake_host_blk.info[0].read_only = true;
    boot_machine();
    start(WINDOW, ALL_FEATURES | (uint32_t)VIRTIO_BLK_F_RO);
    request(0, 0, VIRTIO_BLK_T_OUT, 0, DATA, 512);
    request(0, 1, VIRTIO_BLK_T_WRITE_ZEROES, 0, DATA, 16);
    request(0, 2, VIRTIO_BLK_T_IN, 0, DATA, 512);
    notify(0);
    assert_int_equal(status_of(0), VIRTIO_BLK_S_IOERR);
    assert_int_equal(status_of(1), VIRTIO_BLK_S_IOERR);
    assert_int_equal(fake_host_blk.io_count, 1);
}

static void blocks_of_4096(void **state)
{
    (void)state;
    fake_host_blk_reset();
    fake_host_blk.info[0].block_bytes = 4096;
    boot_machine();
    start(WINDOW, ALL_FEATURES);
    request(0, 0, VIRTIO_BLK_T_IN, 1, DATA, 4096);
    request(0, 1, VIRTIO_BLK_T_IN, 8, DATA, 512);
    request(0, 2, VIRTIO_BLK_T_IN, 8, DATA, 4096);
    notify(0);
    assert_int_equal(status_of(0), VIRTIO_BLK_S_IOERR);
    assert_int_equal(status_of(1), VIRTIO_BLK_S_IOERR);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(2), VIRTIO_BLK_S_OK);
}

static void configuration(void **state)
{
    (void)state;
    struct virtio_blk_config config;

    for (uint32_t i = 0; i < sizeof(config); i += 4) {
        uint32_t word = fake_register_read(WINDOW, VIRTIO_MMIO_CONFIG + i);
        memcpy((uint8_t *)&config + i, &word, 4);
    }
    assert_int_equal(config.capacity, FAKE_SECTORS);
    assert_int_equal(config.blk_size, 512);
    assert_int_equal(config.num_queues, QUEUES);
    assert_int_equal(config.max_discard_seg, 1);
    assert_int_equal(fake_register_read(WINDOW, VIRTIO_MMIO_DEVICE_ID), 2);
    /* Past the end, and of a window without a device. */
    assert_int_equal(fake_register_read(WINDOW, VIRTIO_MMIO_CONFIG + 64), 0);
    assert_int_equal(fake_register_read(WINDOW + 1, VIRTIO_MMIO_DEVICE_ID), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(read_and_write, set_up),
        cmocka_unit_test_setup(framing_means_nothing, set_up),
        cmocka_unit_test_setup(any_order, set_up),
        cmocka_unit_test_setup(flush_discard_zeroes_id, set_up),
        cmocka_unit_test_setup(requests_that_make_no_sense, set_up),
        cmocka_unit_test_setup(not_negotiated_and_read_only, set_up),
        cmocka_unit_test_setup(blocks_of_4096, set_up),
        cmocka_unit_test_setup(configuration, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
