/* SPDX-License-Identifier: BSD-3-Clause */
/* The guest's entropy device: virtio 1.2, 5.4. */
#include "fake_transport.h"
#include "host/host_rng.h"
#include "virtio/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define WINDOW VIRTIO_WINDOW_ENTROPY
#define DATA (FAKE_RAM_BASE + 0x10000u)
/* What a buffer gets at most, and what may be drawn at once after a long rest. */
#define BUFFER 256u
#define BURST 16384u
#define BYTE_NS 4000u
#define TRIES_MAX 1000u

static struct fake_driver driver;
static struct vmm_work *later;
static uint64_t later_ns;
static unsigned refreshes;
static uint64_t now = UINT64_C(1) << 40;

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    later = work;
    later_ns = delay_ns;
}

void host_rng_refresh(void)
{
    refreshes++;
}

static void notify(void)
{
    fake_register_write(WINDOW, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
}

static void begin(uint64_t features)
{
    fake_transport_start(WINDOW, features, &driver, 1, 16);
}

/* A machine that has rested for long: what one test has drawn is not held against the next. */
static int set_up(void **state)
{
    const struct vmm_ram all = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};

    (void)state;
    fake_vtl_reset();
    assert_int_equal(guest_ram_set(&all, 1), PV_OK);
    later = NULL;
    refreshes = 0;
    now += UINT64_C(1) << 40;
    fake.time_ns = now;
    virtio_init(48);
    virtio_entropy_init();
    begin(0);
    return 0;
}

static uint16_t ask(uint32_t bytes)
{
    const struct fake_part part = {DATA, bytes, true};

    return fake_driver_add(&driver, &part, 1);
}

static void expect_used(uint16_t id, uint32_t written)
{
    struct fake_used used;

    assert_true(fake_driver_used(&driver, &used));
    assert_int_equal(used.id, id);
    assert_int_equal(used.written, written);
}

static void expect_nothing(void)
{
    struct fake_used used;

    assert_false(fake_driver_used(&driver, &used));
}

/* What was put off, after so long. */
static void run_later(uint64_t nanoseconds)
{
    struct vmm_work *work = later;

    assert_non_null(work);
    later = NULL;
    fake.time_ns += nanoseconds;
    work->run(work->device);
}

/* 5.4.6: a buffer is filled, or in part, and as much is said; nothing behind it is written. */
static void buffers(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{1, 1},     {7, 7},     {8, 8},       {64, 64},
                                        {256, 256}, {257, 256}, {0x8000, 256}};

    assert_int_equal(fake_register_read(WINDOW, VIRTIO_MMIO_DEVICE_ID), 4);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        memset(fake_ram(DATA), 0xee, 0x8000);
        fake.random_words = 0x0101010101010100;
        uint16_t id = ask(sizes[i][0]);
        notify();
        expect_used(id, sizes[i][1]);
        assert_int_equal(*fake_ram(DATA), 1);
        assert_int_equal(*fake_ram(DATA + sizes[i][1] - 1), 1);
        assert_int_equal(*fake_ram(DATA + sizes[i][1]), 0xee);
        assert_int_equal(fake_register_read(WINDOW, VIRTIO_MMIO_INTERRUPT_STATUS), 1);
        fake_register_write(WINDOW, VIRTIO_MMIO_INTERRUPT_ACK, 1);
    }
    assert_int_equal(refreshes, sizeof(sizes) / sizeof(sizes[0]));
    /* In pieces, packed, by event index. */
    const struct fake_part parts[] = {{DATA, 3, true}, {DATA + 0x100, 5, true}};
    begin(VIRTIO_F_RING_PACKED | VIRTIO_F_EVENT_IDX);
    memset(fake_ram(DATA), 0xee, 0x200);
    fake.random_words = 0x0101010101010100;
    uint16_t id = fake_driver_add(&driver, parts, 2);
    notify();
    expect_used(id, 8);
    assert_int_equal(*fake_ram(DATA + 2), 1);
    assert_int_equal(*fake_ram(DATA + 3), 0xee);
    assert_int_equal(*fake_ram(DATA + 0x104), 1);
    assert_int_equal(*fake_ram(DATA + 0x105), 0xee);
}

/* One exit fills few; the rest comes a little later, without the driver. */
static void many_buffers(void **state)
{
    (void)state;
    uint16_t ids[16];
    unsigned turns = 0;

    for (unsigned i = 0; i < 16; i++) {
        ids[i] = ask(8);
    }
    notify();
    assert_true(fake_ram_get16(driver.device + 2) < 16);
    while (later != NULL) {
        assert_true(turns++ < TRIES_MAX);
        assert_true(later_ns > 0);
        run_later(later_ns);
    }
    for (unsigned i = 0; i < 16; i++) {
        expect_used(ids[i], 8);
    }
    expect_nothing();
}

/* In the long run 250 kB a second, after a rest 16 KiB more, whatever the driver does. */
static void rate(void **state)
{
    (void)state;
    const uint64_t seconds = 1;
    uint64_t begun = fake.time_ns;
    uint64_t drawn = 0;

    for (unsigned i = 0; fake.time_ns - begun < seconds * 1000000000; i++) {
        struct fake_used used;

        assert_true(i < 100 * TRIES_MAX);
        (void)ask(BUFFER);
        notify();
        while (fake_driver_used(&driver, &used)) {
            drawn += used.written;
        }
        if (later != NULL) {
            assert_true(later_ns > 0);
            run_later(later_ns);
        }
        fake.time_ns += 1000;
        while (fake_driver_used(&driver, &used)) {
            drawn += used.written;
        }
        if (fake_ram_get16(driver.driver + 2) - fake_ram_get16(driver.device + 2) > 8) {
            begin(0);
        }
        /* At no time more than the rate allows. */
        assert_true(drawn <= BURST + (fake.time_ns - begun) / BYTE_NS + BUFFER);
    }
    assert_true(drawn >= 200000);
}

/* What is drawn too early waits, and is given without another notification. */
static void waits_its_turn(void **state)
{
    (void)state;
    for (unsigned i = 0; i < BURST / BUFFER; i++) {
        uint16_t id = ask(BUFFER);

        notify();
        expect_used(id, BUFFER);
    }
    /* The last one may be on credit; then it is time. */
    (void)ask(BUFFER);
    notify();
    struct fake_used used;
    (void)fake_driver_used(&driver, &used);
    later = NULL;
    uint16_t id = ask(BUFFER);
    notify();
    expect_nothing();
    assert_non_null(later);
    assert_int_equal(later_ns, BUFFER * BYTE_NS);
    run_later(later_ns - 1);
    expect_nothing();
    assert_int_equal(later_ns, 1);
    run_later(1);
    expect_used(id, BUFFER);
    /* A reset is no way around it. */
    begin(0);
    (void)ask(BUFFER);
    notify();
    expect_nothing();
}

/* Without entropy nothing is given that looks like some: the buffer waits, and is not lost. */
static void no_entropy(void **state)
{
    (void)state;
    fake.no_entropy = true;
    memset(fake_ram(DATA), 0xee, 64);
    uint16_t id = ask(64);
    notify();
    expect_nothing();
    assert_int_equal(*fake_ram(DATA), 0xee);
    assert_non_null(later);
    run_later(later_ns);
    expect_nothing();
    assert_non_null(later);
    fake.no_entropy = false;
    run_later(later_ns);
    expect_used(id, 64);
    assert_int_equal(fake_register_read(WINDOW, VIRTIO_MMIO_STATUS), 15);
}

/* 5.4.6.1: a driver gives no buffer to read from; nor one outside memory. */
static void buffers_that_break(void **state)
{
    (void)state;
    const struct fake_part read_only = {DATA, 64, false};
    const struct fake_part outside = {FAKE_RAM_BASE + FAKE_RAM_BYTES, 64, true};

    for (unsigned i = 0; i < 2; i++) {
        begin(0);
        (void)fake_driver_add(&driver, i == 0 ? &read_only : &outside, 1);
        notify();
        expect_nothing();
        assert_int_equal(fake_register_read(WINDOW, VIRTIO_MMIO_STATUS), 15 | 64);
        assert_int_equal(fake_register_read(WINDOW, VIRTIO_MMIO_INTERRUPT_STATUS), 2);
        begin(0);
        uint16_t id = ask(8);
        notify();
        expect_used(id, 8);
        assert_int_equal(fake_register_read(WINDOW, VIRTIO_MMIO_STATUS), 15);
    }
}

/* Work that was put off finds another queue, or none. */
static void reset_while_it_waits(void **state)
{
    (void)state;
    fake.no_entropy = true;
    (void)ask(64);
    notify();
    fake.no_entropy = false;
    fake_register_write(WINDOW, VIRTIO_MMIO_STATUS, 0);
    run_later(later_ns);
    expect_nothing();
    assert_int_equal(fake_register_read(WINDOW, VIRTIO_MMIO_STATUS), 0);
    begin(VIRTIO_F_RING_PACKED);
    uint16_t id = ask(64);
    notify();
    expect_used(id, 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(buffers, set_up),
        cmocka_unit_test_setup(many_buffers, set_up),
        cmocka_unit_test_setup(rate, set_up),
        cmocka_unit_test_setup(waits_its_turn, set_up),
        cmocka_unit_test_setup(no_entropy, set_up),
        cmocka_unit_test_setup(buffers_that_break, set_up),
        cmocka_unit_test_setup(reset_while_it_waits, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
