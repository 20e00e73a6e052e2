/* SPDX-License-Identifier: BSD-3-Clause */
/* A device at work: notifications, interrupts, configuration; virtio 1.2, 2.1.2, 2.5, 2.9, 4.2. */
#include "virtio_mmio_test.h"

/* ---- Notifications ---- */

static void notifications(void **state)
{
    (void)state;
    /* 3.1.1: the device does nothing before DRIVER_OK. */
    assert_int_equal(fake_transport_negotiate(WINDOW, USUAL), 11);
    queue_begin(0, false);
    uint16_t id = chain_add(0);
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
    assert_int_equal(model.notified[0], 0);
    reg_write(VIRTIO_MMIO_STATUS, 15);
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
    assert_int_equal(model.notified[0], 1);
    expect_used(0, id);
    /* An empty queue, one that was not made ready, none. */
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 1);
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, QUEUES);
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, UINT32_MAX);
    assert_int_equal(model.notified[0] + model.notified[1] + model.notified[2], 1);
    /* 4.2.3.3, 2.9: with data the upper half is how far the driver is. */
    for (unsigned packed = 0; packed < 2; packed++) {
        drive(USUAL | VIRTIO_F_NOTIFICATION_DATA | (packed != 0 ? VIRTIO_F_RING_PACKED : 0));
        id = chain_add(2);
        reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 0x80010002);
        expect_used(2, id);
        reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 0x0001ffff);
    }
}

/* ---- Interrupts ---- */

/* 4.2.2: a level, high while a cause is not acknowledged. */
static void interrupt_line(void **state)
{
    (void)state;
    drive(VIRTIO_F_VERSION_1);
    expect_works(0);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 1);
    assert_int_equal(fake.line_count, 1);
    assert_int_equal(fake.lines[0].intid, FIRST_INTID + WINDOW);
    assert_true(fake.lines[0].level);
    expect_works(0);
    assert_int_equal(fake.line_count, 1);
    const uint8_t value = 7;
    virtio_config_set(&model.device, 4, &value, 1);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 3);
    reg_write(VIRTIO_MMIO_INTERRUPT_ACK, 0xfffffffc);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 3);
    reg_write(VIRTIO_MMIO_INTERRUPT_ACK, 1);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 2);
    assert_int_equal(fake.line_count, 1);
    reg_write(VIRTIO_MMIO_INTERRUPT_ACK, 3);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
    assert_int_equal(fake.line_count, 2);
    assert_false(fake.lines[1].level);
    reg_write(VIRTIO_MMIO_INTERRUPT_ACK, 3);
    assert_int_equal(fake.line_count, 2);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_ACK), 0);
}

/* What a host refuses is asked for again with the next change: no interrupt is lost for good. */
static void refused_line(void **state)
{
    (void)state;
    drive(VIRTIO_F_VERSION_1);
    fake.line_error = PV_DENIED;
    expect_works(0);
    assert_int_equal(fake.line_count, 0);
    fake.line_error = PV_OK;
    expect_works(0);
    assert_int_equal(fake.line_count, 1);
    assert_true(fake.lines[0].level);
    fake.line_error = PV_DENIED;
    reg_write(VIRTIO_MMIO_INTERRUPT_ACK, 1);
    fake.line_error = PV_OK;
    reg_write(VIRTIO_MMIO_INTERRUPT_ACK, 1);
    assert_int_equal(fake.line_count, 2);
    assert_false(fake.lines[1].level);
}

/* 2.1.2: a queue that breaks is told of once; the others go on. */
static void a_broken_queue(void **state)
{
    (void)state;
    drive(VIRTIO_F_VERSION_1);
    fake_ram_put16(drivers[1].driver + 2, 999);
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 1);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), 15 | 64);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 2);
    assert_int_equal(fake.log_lines, 1);
    reg_write(VIRTIO_MMIO_INTERRUPT_ACK, 2);
    for (unsigned i = 0; i < 3; i++) {
        reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 1);
    }
    assert_int_equal(model.notified[1], 1);
    vtl_lock(&model.queues[1].lock);
    virtio_tell(&model.device, &model.queues[1]);
    vtl_unlock(&model.queues[1].lock);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
    assert_int_equal(fake.log_lines, 1);
    expect_works(0);
    expect_works(2);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 1);
    struct virtio_queue_info info;
    assert_true(virtio_queue_info_get(WINDOW, 1, &info));
    assert_non_null(info.broken);
    assert_false(info.live);
    /* A guest that breaks it again and again does not fill the log: 1 to 4, 8, 16, 32, 64. */
    for (unsigned i = 1; i < 100; i++) {
        drive(VIRTIO_F_VERSION_1);
        fake_ram_put16(drivers[1].driver + 2, 999);
        reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 1);
        assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), 15 | 64);
    }
    assert_int_equal(fake.log_lines, 8);
}

/* ---- Configuration, and the bus ---- */

static bool access_at(uint32_t window, uint32_t offset, uint8_t bytes, bool write, uint64_t *value)
{
    struct mmio_access access = {.value = write ? *value : UINT64_C(0xeeeeeeeeeeeeeeee),
                                 .offset = window * VIRTIO_WINDOW_BYTES + offset,
                                 .bytes = bytes,
                                 .write = write};
    bool done = virtio_mmio(NULL, &access);

    *value = access.value;
    return done;
}

/* 4.2.2.2: configuration is read by 1, 2, 4, or 8 bytes; past its end there is nothing. */
static void configuration(void **state)
{
    (void)state;
    static const struct {
        uint32_t offset;
        uint8_t bytes;
        uint64_t value;
        bool inside;
    } cases[] = {
        {0, 1, 0x11, true},       {2, 2, 0x1413, true},
        {4, 4, 0x18171615, true}, {0, 8, UINT64_C(0x1817161514131211), true},
        {10, 1, 0x1b, true},      {10, 2, 0, false},
        {8, 4, 0, false},         {8, 8, 0, false},
        {11, 1, 0, false},        {0xf8, 8, 0, false},
        {0xff, 1, 0, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t value = 0;
        unsigned writes = model.config_writes;

        assert_true(access_at(WINDOW, 0x100 + cases[i].offset, cases[i].bytes, false, &value));
        assert_int_equal(value, cases[i].value);
        value = 0x1234;
        assert_true(access_at(WINDOW, 0x100 + cases[i].offset, cases[i].bytes, true, &value));
        assert_int_equal(model.config_writes, writes + cases[i].inside);
        if (cases[i].inside) {
            assert_int_equal(model.config_offset, cases[i].offset);
            assert_int_equal(model.config_bytes, cases[i].bytes);
            assert_int_equal(model.config_value, 0x1234);
        }
    }
    uint64_t value = 0x55;
    attach(&bare_model);
    assert_true(access_at(WINDOW, 0x100, 1, true, &value));
    assert_int_equal(reg_read(0x100), 0x14131211);
}

/* 2.5.3: the generation says that a field of several accesses has changed meanwhile. */
static void generation(void **state)
{
    (void)state;
    const uint8_t bytes[2] = {0xaa, 0xbb};
    uint32_t before = reg_read(VIRTIO_MMIO_CONFIG_GENERATION);

    /* Before DRIVER_OK nobody is told. */
    virtio_config_set(&model.device, 9, bytes, 2);
    uint32_t after = reg_read(VIRTIO_MMIO_CONFIG_GENERATION);
    assert_int_not_equal(before, after);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 0);
    assert_int_equal(model.config[9], 0xaa);
    assert_int_equal(model.config[10], 0xbb);
    drive(USUAL);
    assert_int_equal(reg_read(VIRTIO_MMIO_CONFIG_GENERATION), after);
    virtio_config_set(&model.device, 0, bytes, 1);
    assert_int_not_equal(reg_read(VIRTIO_MMIO_CONFIG_GENERATION), after);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS), 2);
}

/* 4.2.2.2: registers by words alone: another size is an error on the bus, of which nothing comes. */
static void sizes(void **state)
{
    (void)state;
    static const uint8_t bad[] = {1, 2, 8};

    drive(USUAL);
    for (unsigned i = 0; i < sizeof(bad); i++) {
        for (uint32_t reg = 0; reg < 0x100; reg += 8) {
            uint64_t value = 0;

            assert_false(access_at(WINDOW, reg, bad[i], true, &value));
            assert_false(access_at(WINDOW, reg, bad[i], false, &value));
            assert_int_equal(value, 0);
        }
    }
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), 15);
    expect_works(0);
}

/* 4.2.2.1: a window without a device has the magic, the version, and id 0. */
static void empty_windows(void **state)
{
    (void)state;
    for (uint32_t window = 0; window < VIRTIO_WINDOWS; window++) {
        if (window == WINDOW) {
            assert_true(virtio_window_used(window));
            continue;
        }
        assert_false(virtio_window_used(window));
        for (uint32_t reg = 0; reg < VIRTIO_WINDOW_BYTES; reg += 4) {
            uint32_t expected = reg == 0 ? 0x74726976 : reg == 4 ? 2 : 0;

            fake_register_write(window, reg, UINT32_MAX);
            assert_int_equal(fake_register_read(window, reg), expected);
        }
    }
    assert_false(virtio_window_used(VIRTIO_WINDOWS));
    /* Nothing of it reached the device. */
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS), 0);
    assert_int_equal(model.resets, 0);
}

static void who_inspects(void **state)
{
    (void)state;
    struct virtio_device_info device;
    struct virtio_queue_info queue;

    drive(USUAL);
    expect_works(2);
    assert_true(virtio_device_info_get(WINDOW, &device));
    assert_string_equal(device.name, "test");
    assert_int_equal(device.status, 15);
    assert_true(virtio_queue_info_get(WINDOW, 2, &queue));
    assert_int_equal(queue.size, 8);
    assert_true(queue.live);
    assert_null(queue.broken);
    assert_int_equal(queue.taken, 1);
    assert_int_equal(queue.given, 1);
    assert_false(virtio_queue_info_get(WINDOW, QUEUES, &queue));
    assert_false(virtio_queue_info_get(WINDOW + 1, 0, &queue));
    assert_false(virtio_device_info_get(VIRTIO_WINDOWS, &device));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(notifications, set_up),
        cmocka_unit_test_setup(interrupt_line, set_up),
        cmocka_unit_test_setup(refused_line, set_up),
        cmocka_unit_test_setup(a_broken_queue, set_up),
        cmocka_unit_test_setup(configuration, set_up),
        cmocka_unit_test_setup(generation, set_up),
        cmocka_unit_test_setup(sizes, set_up),
        cmocka_unit_test_setup(empty_windows, set_up),
        cmocka_unit_test_setup(who_inspects, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
