/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The transport of the host's devices and the bounce region, against a device that keeps to virtio
 * 1.2, and one that lies in every way that the registers allow.
 */
#include "fake_host_virtio.h"
#include "host/bounce.h"
#include "host/host_virtio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define WANTED (VIRTIO_F_EVENT_IDX | VIRTIO_BLK_F_FLUSH | VIRTIO_BLK_F_RO)
/* 3.1.1: ACKNOWLEDGE, DRIVER, FEATURES_OK; then DRIVER_OK. */
#define STATUS_READY 11u
#define STATUS_STARTED 15u
#define STATUS_FAILED 128u
/* No wait may take more reads than this: a VP is kept from its guest meanwhile. */
#define ACCESSES_MAX 200000u

static struct host_virtio device;
static struct host_queue queue;

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake_host_reset();
    fake_host_plug(0, VIRTIO_ID_BLOCK, 1, 8);
    fake_host[0].offered |= VIRTIO_F_EVENT_IDX | VIRTIO_BLK_F_FLUSH | VIRTIO_BLK_F_MQ;
    device = (struct host_virtio){.name = "test", .base = fake_host_base(0)};
    assert_int_equal(bounce_init(16), PV_OK);
    return 0;
}

/* ---- The bounce region ------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static void test_bounce_reserve(void **state)
{
    (void)state;
    uint8_t *small = bounce_reserve(100);
    uint8_t *next = bounce_reserve(1);
    uint8_t *page = bounce_reserve(8192);

    assert_non_null(small);
    assert_int_equal((uintptr_t)small % 64, 0);
    assert_int_equal((uintptr_t)next % 64, 0);
    assert_true(next >= small + 100);
    assert_int_equal((uintptr_t)page % 4096, 0);
    assert_true(page > next);
    assert_true(is_zero(small, 100) && is_zero(page, 8192));
    assert_null(bounce_reserve(0));
    assert_null(bounce_reserve(14 * 4096));
    assert_non_null(bounce_reserve(13 * 4096));
    assert_null(bounce_reserve(1));
}

/* What is left over is a pool; no page is in it that was reserved, and none twice. */
static void test_bounce_pool(void **state)
{
    (void)state;
    void *pages[20];
    uint8_t *reserved = bounce_reserve(4097);

    assert_int_equal(bounce_take(pages, 5), 5);
    assert_null(bounce_reserve(64));
    assert_int_equal(bounce_take(pages + 5, 15), 9);
    assert_int_equal(bounce_take(pages + 14, 1), 0);
    for (size_t i = 0; i < 14; i++) {
        uint8_t *page = pages[i];

        assert_int_equal((uintptr_t)page % 4096, 0);
        assert_true(page + 4096 <= reserved || page >= reserved + 4097);
        for (size_t j = 0; j < i; j++) {
            assert_ptr_not_equal(page, pages[j]);
        }
    }
    assert_int_equal(bounce_counts().pages, 14);
    assert_int_equal(bounce_counts().pages_free, 0);
    bounce_count_in(5);
    bounce_count_in(6);
    bounce_count_out(7);
    assert_int_equal(bounce_counts().in, 11);
    assert_int_equal(bounce_counts().out, 7);
}

static void test_bounce_no_memory(void **state)
{
    (void)state;
    void *page;

    fake_host_pages(20);
    assert_int_equal(bounce_init(5), PV_NO_SPACE);
    assert_null(bounce_reserve(64));
    assert_int_equal(bounce_take(&page, 1), 0);
    assert_int_equal(bounce_init(0), PV_NO_SPACE);
}

/* ---- What is there ----------------------------------------------------------------------------- */

/* 4.2.2.2: other magic values and versions, and device 0, are ignored, and not reported. */
static void test_identify(void **state)
{
    (void)state;
    assert_int_equal(host_virtio_identify(fake_host_base(0)), VIRTIO_ID_BLOCK);
    assert_int_equal(host_virtio_identify(fake_host_base(1)), 0);
    fake_host[0].version = 1;
    assert_int_equal(host_virtio_identify(fake_host_base(0)), 0);
    fake_host[0].version = 2;
    fake_host[0].magic ^= 1;
    assert_int_equal(host_virtio_identify(fake_host_base(0)), 0);
    assert_int_equal(fake.log_lines, 0);
}

/* ---- Start ------------------------------------------------------------------------------------- */

static void test_open(void **state)
{
    (void)state;
    fake_host[0].status = 0x55;
    fake_host[0].resets_late = 7;
    assert_int_equal(host_virtio_open(&device, WANTED), PV_OK);
    assert_int_equal(fake_host[0].resets, 1);
    assert_int_equal(fake_host[0].status, STATUS_READY);
    assert_int_equal(device.features, VIRTIO_F_VERSION_1 | VIRTIO_F_EVENT_IDX | VIRTIO_BLK_F_FLUSH);
    assert_int_equal(fake_host[0].accepted, device.features);
    assert_int_equal(host_queue_open(&device, &queue, 0, 8), PV_OK);
    assert_int_equal(host_virtio_start(&device), PV_OK);
    assert_int_equal(fake_host[0].status, STATUS_STARTED);
    assert_null(device.dead);
    assert_int_equal(fake.log_lines, 0);
}

static void dead_in_one_line(enum pv_status got, enum pv_status want)
{
    assert_int_equal(got, want);
    assert_non_null(device.dead);
    assert_int_equal(fake.log_lines, 1);
    assert_non_null(strstr(fake.log_last, "test"));
    assert_non_null(strstr(fake.log_last, device.dead));
    assert_true(fake_host[0].accesses < ACCESSES_MAX);
}

static void test_never_resets(void **state)
{
    (void)state;
    fake_host[0].status = STATUS_STARTED;
    fake_host[0].resets_never = true;
    dead_in_one_line(host_virtio_open(&device, WANTED), PV_IO);
}

static void test_without_version_1(void **state)
{
    (void)state;
    fake_host[0].offered &= ~VIRTIO_F_VERSION_1;
    dead_in_one_line(host_virtio_open(&device, WANTED), PV_UNSUPPORTED);
    /* 3.1.1: FAILED, next to what was there. */
    assert_int_equal(fake_host[0].status, 3 | STATUS_FAILED);
}

static void test_refuses_features(void **state)
{
    (void)state;
    fake_host[0].refuses_features = true;
    dead_in_one_line(host_virtio_open(&device, WANTED), PV_UNSUPPORTED);
    assert_int_equal(fake_host[0].status, 3 | STATUS_FAILED);
}

static void test_starts_never(void **state)
{
    (void)state;
    fake_host[0].starts_never = true;
    assert_int_equal(host_virtio_open(&device, WANTED), PV_OK);
    dead_in_one_line(host_virtio_start(&device), PV_IO);
}

/* 4.2.3.2: the size is the driver's choice up to the device's; 0 or in use: not available. */
static void test_queue_open(void **state)
{
    static const struct {
        uint32_t offered;
        uint16_t wanted;
        uint16_t size;
    } cases[] = {{8, 4, 4},        {4, 8, 4}, {1, 8, 1},           {7, 8, 4},
                 {1024, 256, 256}, {0, 8, 0}, {UINT32_MAX, 64, 64}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum pv_status status;

        (void)setup(state);
        fake_host[0].queues[0].size_max = cases[i].offered;
        assert_int_equal(host_virtio_open(&device, WANTED), PV_OK);
        status = host_queue_open(&device, &queue, 0, cases[i].wanted);
        assert_int_equal(status, cases[i].size == 0 ? PV_UNSUPPORTED : PV_OK);
        assert_int_equal(fake_host[0].queues[0].size, cases[i].size);
        assert_int_equal(fake_host[0].queues[0].ready, cases[i].size != 0);
    }
    (void)setup(state);
    fake_host[0].ready_before = true;
    assert_int_equal(host_virtio_open(&device, WANTED), PV_OK);
    assert_int_equal(host_queue_open(&device, &queue, 0, 8), PV_UNSUPPORTED);
    assert_int_equal(host_queue_open(&device, &queue, 7, 8), PV_UNSUPPORTED);
}

static void test_queue_no_memory(void **state)
{
    (void)state;
    assert_non_null(bounce_reserve(16 * 4096 - 128));
    assert_int_equal(host_virtio_open(&device, WANTED), PV_OK);
    assert_int_equal(host_queue_open(&device, &queue, 0, 8), PV_NO_SPACE);
    assert_int_equal(fake_host[0].queues[0].ready, 0);
}

/* ---- Configuration ----------------------------------------------------------------------------- */

/* The fake ends the program if a field is read in another width than its own (4.2.2.2). */
static void test_config(void **state)
{
    (void)state;
    uint64_t eight = 0;
    uint32_t four = 0;
    uint16_t two = 0;
    uint8_t one = 0;

    fake_host_field(0, 0, 8, UINT64_C(0x1122334455667788));
    fake_host_field(0, 20, 4, 0xaabbccdd);
    fake_host_field(0, 25, 1, 0xee);
    fake_host_field(0, 26, 2, 0x1234);
    assert_int_equal(host_virtio_open(&device, WANTED), PV_OK);
    assert_int_equal(host_virtio_config(&device, 0, &eight, 8), PV_OK);
    assert_int_equal(host_virtio_config(&device, 20, &four, 4), PV_OK);
    assert_int_equal(host_virtio_config(&device, 25, &one, 1), PV_OK);
    assert_int_equal(host_virtio_config(&device, 26, &two, 2), PV_OK);
    assert_int_equal(eight, UINT64_C(0x1122334455667788));
    assert_int_equal(four, 0xaabbccdd);
    assert_int_equal(one, 0xee);
    assert_int_equal(two, 0x1234);
}

static uint64_t capacity_next;

/* The device changes its configuration behind the first word's back (2.5.1). */
static uint32_t read_and_change(uint64_t address)
{
    uint32_t value = 0;

    if (address == fake_host_base(0) + VIRTIO_MMIO_CONFIG_GENERATION) {
        return fake_host[0].generation;
    }
    memcpy(&value, &fake_host[0].config[address - fake_host_base(0) - VIRTIO_MMIO_CONFIG], 4);
    if (capacity_next != 0) {
        fake_host_field(0, 0, 8, capacity_next);
        fake_host[0].generation++;
        capacity_next = 0;
    }
    return value;
}

static void test_config_changes(void **state)
{
    (void)state;
    uint64_t value = 0;

    fake_host_field(0, 0, 8, UINT64_C(0xffffffff));
    assert_int_equal(host_virtio_open(&device, WANTED), PV_OK);
    fake.mmio_read = read_and_change;
    capacity_next = UINT64_C(0x100000000);
    assert_int_equal(host_virtio_config(&device, 0, &value, 8), PV_OK);
    assert_int_equal(value, UINT64_C(0x100000000));
}

static void test_config_never_settles(void **state)
{
    (void)state;
    uint32_t value = 5;

    fake_host_field(0, 0, 4, 7);
    fake_host[0].generation_moves = true;
    assert_int_equal(host_virtio_open(&device, WANTED), PV_OK);
    assert_int_equal(host_virtio_config(&device, 0, &value, 4), PV_IO);
    assert_int_equal(value, 0);
    assert_true(fake_host[0].accesses < 1000);
}

/* ---- Interrupts, and the end ------------------------------------------------------------------- */

static void start(void)
{
    assert_int_equal(host_virtio_open(&device, WANTED), PV_OK);
    assert_int_equal(host_queue_open(&device, &queue, 0, 8), PV_OK);
    assert_int_equal(host_virtio_start(&device), PV_OK);
    fake_host[0].accesses = 0;
}

static void test_interrupt(void **state)
{
    (void)state;
    start();
    fake_host_raise(0, VIRTIO_INTERRUPT_USED);
    assert_int_equal(host_virtio_interrupt(&device), VIRTIO_INTERRUPT_USED);
    assert_int_equal(fake_host[0].interrupt_status, 0);
    /* Each access is a trap: InterruptStatus and InterruptACK. */
    assert_int_equal(fake_host[0].accesses, 2);
    fake_host_raise(0, VIRTIO_INTERRUPT_CONFIG);
    assert_int_equal(host_virtio_interrupt(&device), VIRTIO_INTERRUPT_CONFIG);
    assert_null(device.dead);
}

/* Without a cause (2.3 allows it), and with one that does not exist. */
static void test_interrupt_without_cause(void **state)
{
    (void)state;
    start();
    assert_int_equal(host_virtio_interrupt(&device), 0);
    fake_host_raise(0, 0xfffffffc);
    assert_int_equal(host_virtio_interrupt(&device), 0);
    assert_null(device.dead);
}

static void test_needs_reset(void **state)
{
    (void)state;
    start();
    fake_host_needs_reset(0);
    (void)host_virtio_interrupt(&device);
    assert_non_null(device.dead);
    assert_true(device.confirmed);
    assert_int_equal(fake_host[0].status, 0);
    assert_int_equal(fake.log_lines, 1);
}

/* A dead device is told of once, and asked for nothing more. */
static void test_dead(void **state)
{
    (void)state;
    struct host_buffer buffer = {bounce_reserve(64), 64, true};
    uint32_t accesses;
    uint32_t written;
    uint16_t id;

    start();
    assert_true(host_queue_add(&queue, &buffer, 1, &id));
    host_virtio_kill(&device, "a reason");
    accesses = fake_host[0].accesses;
    host_virtio_kill(&device, "another");
    assert_string_equal(device.dead, "a reason");
    assert_int_equal(host_virtio_interrupt(&device), 0);
    assert_false(host_queue_add(&queue, &buffer, 1, &id));
    host_queue_kick(&queue);
    assert_false(host_queue_take(&queue, &id, &written));
    assert_false(host_queue_rearm(&queue));
    assert_int_equal(fake_host[0].accesses, accesses);
    assert_int_equal(fake.log_lines, 1);
}

static void test_dies_without_reset(void **state)
{
    (void)state;
    start();
    fake_host[0].resets_never = true;
    host_virtio_kill(&device, "a reason");
    assert_non_null(device.dead);
    assert_false(device.confirmed);
    assert_true(fake_host[0].accesses < ACCESSES_MAX);
    assert_int_equal(fake.log_lines, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_bounce_reserve, setup),
        cmocka_unit_test_setup(test_bounce_pool, setup),
        cmocka_unit_test_setup(test_bounce_no_memory, setup),
        cmocka_unit_test_setup(test_identify, setup),
        cmocka_unit_test_setup(test_open, setup),
        cmocka_unit_test_setup(test_never_resets, setup),
        cmocka_unit_test_setup(test_without_version_1, setup),
        cmocka_unit_test_setup(test_refuses_features, setup),
        cmocka_unit_test_setup(test_starts_never, setup),
        cmocka_unit_test_setup(test_queue_open, setup),
        cmocka_unit_test_setup(test_queue_no_memory, setup),
        cmocka_unit_test_setup(test_config, setup),
        cmocka_unit_test_setup(test_config_changes, setup),
        cmocka_unit_test_setup(test_config_never_settles, setup),
        cmocka_unit_test_setup(test_interrupt, setup),
        cmocka_unit_test_setup(test_interrupt_without_cause, setup),
        cmocka_unit_test_setup(test_needs_reset, setup),
        cmocka_unit_test_setup(test_dead, setup),
        cmocka_unit_test_setup(test_dies_without_reset, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
