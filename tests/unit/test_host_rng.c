/* SPDX-License-Identifier: BSD-3-Clause */
/* The driver of the host's entropy device (virtio 1.2, 5.4). */
#include "fake_host_virtio.h"
#include "host/bounce.h"
#include "host/host_rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define LONG_NS UINT64_C(3600000000000)

static uint8_t mixed[256];
static size_t mixed_bytes;
static unsigned mixes;

/* The only way into the generator that the driver has: one that does not count as a source. */
void vtl_random_mix(const void *data, size_t bytes)
{
    assert_true(bytes <= sizeof(mixed));
    memcpy(mixed, data, bytes);
    mixed_bytes = bytes;
    mixes++;
}

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake_host_reset();
    mixes = 0;
    assert_int_equal(bounce_init(4), PV_OK);
    fake_host_plug(0, VIRTIO_ID_ENTROPY, 1, 8);
    fake_host[0].offered |= VIRTIO_F_EVENT_IDX;
    return 0;
}

static void open(void)
{
    assert_int_equal(host_rng_open(fake_host_base(0)), PV_OK);
}

static struct fake_host_request asked(void)
{
    struct fake_host_request request;

    assert_true(fake_host_take(0, 0, &request));
    assert_int_equal(request.readable, 0);
    assert_in_range(request.writable_bytes, 32, 64);
    return request;
}

static bool asks(void)
{
    struct fake_host_request request;

    return fake_host_take(0, 0, &request);
}

static void give(const struct fake_host_request *request, const char *bytes)
{
    uint32_t count = (uint32_t)strlen(bytes);

    fake_host_write(request, 0, bytes, count);
    fake_host_give(0, 0, request->head, count);
    assert_true(fake_host_wants(0, 0));
    host_rng_interrupt(NULL);
}

/* At the start, and then each time it is asked after a while: no more than came is mixed in. */
static void test_mixes(void **state)
{
    (void)state;
    struct fake_host_request request;

    open();
    assert_int_equal(fake_host[0].queues[0].notifications, 1);
    request = asked();
    host_rng_refresh();
    fake.time_ns = LONG_NS;
    host_rng_refresh();
    assert_false(asks());
    give(&request, "fourteen bytes");
    assert_int_equal(mixes, 1);
    assert_int_equal(mixed_bytes, 14);
    assert_memory_equal(mixed, "fourteen bytes", 14);
    for (unsigned i = 2; i < 70000; i++) {
        fake.time_ns += LONG_NS;
        host_rng_refresh();
        request = asked();
        give(&request, "more");
        assert_int_equal(mixes, i);
        assert_int_equal(mixed_bytes, 4);
    }
}

/* The guest reads much entropy: the host is not asked each time. */
static void test_not_too_often(void **state)
{
    (void)state;
    struct fake_host_request request;

    open();
    request = asked();
    give(&request, "x");
    for (unsigned i = 0; i < 100; i++) {
        host_rng_refresh();
    }
    assert_false(asks());
}

static void test_interrupts_without_cause(void **state)
{
    (void)state;
    open();
    for (unsigned i = 0; i < 10; i++) {
        host_rng_interrupt(NULL);
        fake_host_raise(0, VIRTIO_INTERRUPT_USED);
        host_rng_interrupt(NULL);
    }
    assert_int_equal(mixes, 0);
    assert_int_equal(fake.log_lines, 0);
}

/* A length of more than there was room for: nothing is mixed in, it is never asked again. */
static void test_lies(void **state)
{
    (void)state;
    struct fake_host_request request;

    open();
    request = asked();
    fake_host_give(0, 0, request.head, 65);
    host_rng_interrupt(NULL);
    assert_int_equal(mixes, 0);
    assert_int_equal(fake.log_lines, 1);
    assert_int_equal(fake_host[0].status, 0);
    fake.time_ns = LONG_NS;
    host_rng_refresh();
    host_rng_interrupt(NULL);
    assert_int_equal(fake_host[0].queues[0].notifications, 1);
    assert_int_equal(fake.log_lines, 1);
}

static void test_cannot_be_opened(void **state)
{
    (void)state;
    fake_host[0].queues[0].size_max = 0;
    assert_int_equal(host_rng_open(fake_host_base(0)), PV_UNSUPPORTED);
    assert_int_equal(fake_host[0].status, 0);
    fake.time_ns = LONG_NS;
    host_rng_refresh();
    (void)setup(state);
    assert_non_null(bounce_reserve(4 * 4096));
    assert_int_equal(host_rng_open(fake_host_base(0)), PV_NO_SPACE);
    fake.time_ns = LONG_NS;
    host_rng_refresh();
    assert_int_equal(fake_host[0].queues[0].notifications, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_cannot_be_opened, setup),
        cmocka_unit_test_setup(test_mixes, setup),
        cmocka_unit_test_setup(test_not_too_often, setup),
        cmocka_unit_test_setup(test_interrupts_without_cause, setup),
        cmocka_unit_test_setup(test_lies, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
