/* SPDX-License-Identifier: BSD-3-Clause */
/* A driver sets up a device: features, status, queues; virtio 1.2, 2.1, 2.2, 2.4, 2.6, 3.1, 4.2. */
#include "virtio_mmio_test.h"

/* ---- Features and status ---- */

static void what_is_there(void **state)
{
    (void)state;
    assert_int_equal(reg_read(VIRTIO_MMIO_MAGIC), 0x74726976);
    assert_int_equal(reg_read(VIRTIO_MMIO_VERSION), 2);
    assert_int_equal(reg_read(VIRTIO_MMIO_DEVICE_ID), 42);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), 0);
    /* 2.2, 6: bits 28, 29; 32, 33, 34, 38, 40; no others above 63. */
    assert_int_equal(reg_read(VIRTIO_MMIO_DEVICE_FEATURES), 0x30000021);
    reg_write(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
    assert_int_equal(reg_read(VIRTIO_MMIO_DEVICE_FEATURES), 0x147);
    reg_write(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 2);
    assert_int_equal(reg_read(VIRTIO_MMIO_DEVICE_FEATURES), 0);
    reg_write(VIRTIO_MMIO_DEVICE_FEATURES_SEL, UINT32_MAX);
    assert_int_equal(reg_read(VIRTIO_MMIO_DEVICE_FEATURES), 0);
    /* 4.2.2.2: 0 of a queue that is not there. */
    assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_NUM_MAX), SIZE_MAX_OFFERED);
    reg_write(VIRTIO_MMIO_QUEUE_SEL, QUEUES);
    assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_NUM_MAX), 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_READY), 0);
    /* 4.2.2.1: no shared memory: length and base are -1. */
    reg_write(VIRTIO_MMIO_SHM_SEL, 1);
    for (uint32_t reg = VIRTIO_MMIO_SHM_LEN_LOW; reg <= VIRTIO_MMIO_SHM_BASE_HIGH; reg += 4) {
        assert_int_equal(reg_read(reg), UINT32_MAX);
    }
    /* 4.2.2: what a driver writes only, what is reserved. */
    assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_NOTIFY), 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_DESC_LOW), 0);
    assert_int_equal(reg_read(0x018), 0);
    reg_write(VIRTIO_MMIO_MAGIC, 1);
    reg_write(VIRTIO_MMIO_INTERRUPT_STATUS, 3);
    assert_int_equal(reg_read(VIRTIO_MMIO_MAGIC), 0x74726976);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
}

/* 2.2.2, 3.1.1, 6.1: FEATURES_OK stays off for what can't be. */
static void features(void **state)
{
    (void)state;
    static const struct {
        uint64_t features;
        bool good;
    } cases[] = {
        {VIRTIO_F_VERSION_1, true},
        {VIRTIO_F_VERSION_1 | VIRTIO_FEATURE(0), true},
        {VIRTIO_F_VERSION_1 | VIRTIO_FEATURE(5) | VIRTIO_F_RING_PACKED, true},
        {0x14730000000 | VIRTIO_FEATURE(0), true},
        {0, false},
        {VIRTIO_F_EVENT_IDX, false},
        {VIRTIO_F_VERSION_1 | VIRTIO_FEATURE(1), false},
        {VIRTIO_F_VERSION_1 | VIRTIO_FEATURE(24), false},
        {VIRTIO_F_VERSION_1 | VIRTIO_FEATURE(35), false},
        {VIRTIO_F_VERSION_1 | VIRTIO_FEATURE(63), false},
        {VIRTIO_F_VERSION_1 | OWN, false},
        {UINT64_MAX, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(fake_transport_negotiate(WINDOW, cases[i].features),
                         cases[i].good ? 11 : 3);
        reg_write(VIRTIO_MMIO_STATUS, 15);
        assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), cases[i].good ? 15 : 3);
        assert_int_equal(virtio_running(&model.device), cases[i].good);
    }
    assert_int_equal(model.starts, 4);
    /* A model without an opinion takes all that is offered. */
    attach(&bare_model);
    assert_int_equal(fake_transport_negotiate(WINDOW, VIRTIO_F_VERSION_1 | OWN), 11);
    reg_write(VIRTIO_MMIO_STATUS, 15);
    reg_write(VIRTIO_MMIO_STATUS, 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), 0);
}

/* 3.1.1: features are fixed by FEATURES_OK; bits above 63 are nobody's. */
static void features_are_fixed(void **state)
{
    (void)state;
    fake_transport_negotiate(WINDOW, VIRTIO_F_VERSION_1 | VIRTIO_FEATURE(0));
    for (uint32_t half = 0; half < 2; half++) {
        reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, half);
        reg_write(VIRTIO_MMIO_DRIVER_FEATURES, UINT32_MAX);
    }
    assert_true(virtio_accepted(&model.device, VIRTIO_F_VERSION_1 | VIRTIO_FEATURE(0)));
    assert_false(virtio_accepted(&model.device, VIRTIO_FEATURE(5)));
    assert_false(virtio_accepted(&model.device, VIRTIO_F_RING_PACKED));
    reg_write(VIRTIO_MMIO_STATUS, 0);
    assert_false(virtio_accepted(&model.device, VIRTIO_F_VERSION_1));
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 2);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES, UINT32_MAX);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES, 1);
    reg_write(VIRTIO_MMIO_STATUS, 11);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), 11);
    assert_int_equal(model.device.accepted, VIRTIO_F_VERSION_1);
}

/* 2.1: bits are set, in their order, and cleared by a reset alone. */
static void status_bits(void **state)
{
    (void)state;
    static const struct {
        uint32_t write;
        uint32_t status;
    } steps[] = {
        {1, 1},    {4, 1},          {2, 3},   {7, 3},
        {0x40, 3}, {0xffffff00, 3}, {11, 11}, {1, 11},
        {8, 11},   {15, 15},        {11, 15}, {128, 143},
        {15, 143}, {0, 0},          {4, 0},   {UINT32_MAX & ~64u, 0x83},
    };

    reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES, 1);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        reg_write(VIRTIO_MMIO_STATUS, steps[i].write);
        assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), steps[i].status);
    }
    assert_int_equal(model.starts, 1);
    assert_int_equal(model.resets, 1);
}

/* 2.4: as it was before, whatever was set up; the line falls. */
static void reset_clears(void **state)
{
    (void)state;
    drive(USUAL);
    expect_works(1);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 1);
    reg_write(VIRTIO_MMIO_QUEUE_SEL, 1);
    reg_write(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 1);
    reg_write(VIRTIO_MMIO_STATUS, 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
    assert_false(fake.lines[fake.line_count - 1].level);
    assert_int_equal(reg_read(VIRTIO_MMIO_DEVICE_FEATURES), 0x30000021);
    for (uint32_t queue = 0; queue < QUEUES; queue++) {
        reg_write(VIRTIO_MMIO_QUEUE_SEL, queue);
        assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_READY), 0);
        assert_int_equal(model.queues[queue].desc, 0);
        assert_int_equal(model.queues[queue].size, SIZE_MAX_OFFERED);
    }
    unsigned before = model.notified[1];
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 1);
    assert_int_equal(model.notified[1], before);
    drive(USUAL);
    expect_works(1);
}

/* ---- Queues ---- */

static void set64(uint32_t low, uint64_t value)
{
    reg_write(low, (uint32_t)value);
    reg_write(low + 4, (uint32_t)(value >> 32));
}

/* 4.2.2.2, 2.7: a queue that can't be is not ready, and breaks the device (2.1.2). */
static void queues_that_cannot_be(void **state)
{
    (void)state;
    static const struct {
        uint32_t size;
        uint64_t desc;
        uint64_t driver;
        uint64_t device;
        uint64_t features;
    } cases[] = {
        {0, BASE(0), BASE(1), BASE(2), USUAL},
        {6, BASE(0), BASE(1), BASE(2), USUAL},
        {128, BASE(0), BASE(1), BASE(2), USUAL},
        {0x10008, BASE(0), BASE(1), BASE(2), USUAL},
        {65, BASE(0), BASE(1), BASE(2), USUAL | VIRTIO_F_RING_PACKED},
        {8, BASE(0) + 8, BASE(1), BASE(2), USUAL},
        {8, BASE(0), BASE(1) + 1, BASE(2), USUAL},
        {8, BASE(0), BASE(1), BASE(2) + 2, USUAL},
        {8, 0, BASE(1), BASE(2), USUAL},
        {8, BASE(0), RAM_END, BASE(2), USUAL},
        {8, BASE(0), BASE(1), BASE(2) | UINT64_C(1) << 32, USUAL},
        {8, BASE(0) | UINT64_C(1) << 63, BASE(1), BASE(2), USUAL},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(set_up(NULL), 0);
        assert_int_equal(fake_transport_negotiate(WINDOW, cases[i].features), 11);
        reg_write(VIRTIO_MMIO_STATUS, 15);
        reg_write(VIRTIO_MMIO_QUEUE_NUM, cases[i].size);
        set64(VIRTIO_MMIO_QUEUE_DESC_LOW, cases[i].desc);
        set64(VIRTIO_MMIO_QUEUE_DRIVER_LOW, cases[i].driver);
        set64(VIRTIO_MMIO_QUEUE_DEVICE_LOW, cases[i].device);
        reg_write(VIRTIO_MMIO_QUEUE_READY, 1);
        assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_READY), 0);
        assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), 15 | 64);
        assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 2);
        assert_int_equal(fake.line_count, 1);
        /* A better place, and ready again, is no way out: a reset is. */
        reg_write(VIRTIO_MMIO_QUEUE_READY, 0);
        fake_driver_init(&drivers[0], false, 8, BASE(0));
        (void)fake_transport_queue(WINDOW, 0, &drivers[0]);
        assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_READY), 0);
        assert_int_equal(fake.line_count, 1);
        drive(USUAL);
        expect_works(0);
    }
    /* Before DRIVER_OK there is nobody to be told (2.1.2): the status says it. */
    assert_int_equal(fake_transport_negotiate(WINDOW, USUAL), 11);
    size_t lines = fake.line_count;
    reg_write(VIRTIO_MMIO_QUEUE_READY, 1);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), 11 | 64);
    assert_int_equal(fake.line_count, lines);
}

/* 3.1.1, 4.2.3.2: no queue before FEATURES_OK, no change while it is live, none that is not there. */
static void queue_set_up(void **state)
{
    (void)state;
    fake_driver_init(&drivers[0], false, 8, BASE(0));
    reg_write(VIRTIO_MMIO_STATUS, 3);
    assert_false(fake_transport_queue(WINDOW, 0, &drivers[0]));
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), 3);
    drive(USUAL);
    reg_write(VIRTIO_MMIO_QUEUE_SEL, 1);
    reg_write(VIRTIO_MMIO_QUEUE_NUM, 0);
    set64(VIRTIO_MMIO_QUEUE_DESC_LOW, 0);
    set64(VIRTIO_MMIO_QUEUE_DRIVER_LOW, 0);
    set64(VIRTIO_MMIO_QUEUE_DEVICE_LOW, 0);
    assert_int_equal(model.queues[1].size, 8);
    assert_int_equal(model.queues[1].desc, BASE(1));
    uint32_t generation = model.queues[1].generation;
    reg_write(VIRTIO_MMIO_QUEUE_READY, 1);
    reg_write(VIRTIO_MMIO_QUEUE_READY, 2);
    assert_int_equal(model.queues[1].generation, generation);
    expect_works(1);
    /* A queue number that is none, and one whose low bits are. */
    for (uint32_t queue = QUEUES; queue != 0; queue = queue == QUEUES ? 0x10001 : 0) {
        reg_write(VIRTIO_MMIO_QUEUE_SEL, queue);
        reg_write(VIRTIO_MMIO_QUEUE_READY, 0);
        reg_write(VIRTIO_MMIO_QUEUE_RESET, 1);
        reg_write(VIRTIO_MMIO_QUEUE_NUM, 16);
        reg_write(VIRTIO_MMIO_QUEUE_READY, 1);
        assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_READY), 0);
    }
    expect_works(1);
    /* 4.2.2.2: not ready; then set up anew. */
    reg_write(VIRTIO_MMIO_QUEUE_SEL, 1);
    reg_write(VIRTIO_MMIO_QUEUE_READY, 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_READY), 0);
    unsigned before = model.notified[1];
    (void)chain_add(1);
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 1);
    assert_int_equal(model.notified[1], before);
    queue_begin(1, false);
    expect_works(1);
    expect_works(2);
}

/* 2.6.1: with the feature a queue can be reset, a broken one too; without it the write is nothing. */
static void queue_reset(void **state)
{
    (void)state;
    drive(USUAL);
    expect_works(1);
    reg_write(VIRTIO_MMIO_QUEUE_SEL, 1);
    reg_write(VIRTIO_MMIO_QUEUE_RESET, 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_READY), 1);
    reg_write(VIRTIO_MMIO_QUEUE_RESET, 1);
    /* 4.2.2.2: 0 is read when it is done. */
    assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_RESET), 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_READY), 0);
    queue_begin(1, false);
    expect_works(1);
    expect_works(0);
    fake_ram_put16(drivers[1].driver + 2, 999);
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 1);
    assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_READY), 0);
    reg_write(VIRTIO_MMIO_QUEUE_RESET, 1);
    queue_begin(1, false);
    expect_works(1);

    drive(VIRTIO_F_VERSION_1);
    reg_write(VIRTIO_MMIO_QUEUE_SEL, 1);
    reg_write(VIRTIO_MMIO_QUEUE_RESET, 1);
    assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_READY), 1);
    expect_works(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_there, set_up),
        cmocka_unit_test_setup(features, set_up),
        cmocka_unit_test_setup(features_are_fixed, set_up),
        cmocka_unit_test_setup(status_bits, set_up),
        cmocka_unit_test_setup(reset_clears, set_up),
        cmocka_unit_test_setup(queues_that_cannot_be, set_up),
        cmocka_unit_test_setup(queue_set_up, set_up),
        cmocka_unit_test_setup(queue_reset, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
