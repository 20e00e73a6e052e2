/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The PL031 model against Arm DDI 0224C.
 */
#include "devices/devices.h"
#include "fake_vtl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SPI 34u
#define START 1700000000u
#define SECOND UINT64_C(1000000000)

#define DR 0x00u
#define MR 0x04u
#define LR 0x08u
#define CR 0x0cu
#define IMSC 0x10u
#define RIS 0x14u
#define MIS 0x18u
#define ICR 0x1cu

static struct pl031 rtc;

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake.time_ns = 12345 * SECOND + 999999999;
    pl031_init(&rtc, SPI, START);
    return 0;
}

static uint64_t rd(uint64_t offset)
{
    struct mmio_access access = {.offset = offset, .bytes = 4};

    assert_true(pl031_mmio(&rtc, &access));
    return access.value;
}

static void wr(uint64_t offset, uint64_t value)
{
    struct mmio_access access = {.offset = offset, .bytes = 4, .write = true, .value = value};

    assert_true(pl031_mmio(&rtc, &access));
}

static void pass(uint64_t seconds)
{
    fake.time_ns += seconds * SECOND;
}

static void test_counts_seconds(void **state)
{
    (void)state;
    assert_int_equal(rd(DR), START);
    pass(1);
    assert_int_equal(rd(DR), START + 1);
    pass(86400);
    assert_int_equal(rd(DR), START + 86401);
    wr(DR, 5);
    assert_int_equal(rd(DR), START + 86401);
}

static void test_load(void **state)
{
    (void)state;
    wr(LR, 1000);
    assert_int_equal(rd(DR), 1000);
    pass(5);
    assert_int_equal(rd(DR), 1005);
    assert_int_equal(rd(LR), 1000);
}

static void test_wraps(void **state)
{
    (void)state;
    wr(LR, 0xffffffff);
    assert_int_equal(rd(DR), 0xffffffff);
    pass(2);
    assert_int_equal(rd(DR), 1);
}

/* 3.3.4: it runs, and writes do not stop it. */
static void test_control(void **state)
{
    (void)state;
    assert_int_equal(rd(CR), 1);
    wr(CR, 0);
    assert_int_equal(rd(CR), 1);
    pass(3);
    assert_int_equal(rd(DR), START + 3);
}

static void test_identification(void **state)
{
    static const uint8_t ids[8] = {0x31, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        wr(0xfe0 + 4 * i, 0xff);
        assert_int_equal(rd(0xfe0 + 4 * i), ids[i]);
    }
    assert_int_equal(rd(0x20), 0);
    assert_int_equal(rd(0xfdc), 0);
}

static void test_alarm(void **state)
{
    (void)state;
    wr(IMSC, 1);
    wr(MR, START + 10);
    assert_int_equal(rd(MR), START + 10);
    pass(9);
    assert_int_equal(rd(RIS), 0);
    pass(1);
    assert_int_equal(rd(RIS), 1);
    assert_int_equal(rd(MIS), 1);
    assert_int_equal(fake.line_count, 1);
    assert_int_equal(fake.lines[0].intid, SPI);
    assert_true(fake.lines[0].level);
    wr(ICR, 1);
    assert_int_equal(rd(RIS), 0);
    assert_int_equal(fake.line_count, 2);
    assert_false(fake.lines[1].level);
    /* Cleared, and the counter still there or past it: no second match. */
    pass(1);
    assert_int_equal(rd(RIS), 0);
}

static void test_alarm_is_not_missed(void **state)
{
    (void)state;
    wr(IMSC, 1);
    wr(MR, START + 10);
    pass(100000);
    (void)rd(DR);
    assert_int_equal(fake.line_count, 1);
    assert_true(fake.lines[0].level);
    (void)rd(DR);
    assert_int_equal(fake.line_count, 1);
}

static void test_alarm_over_the_wrap(void **state)
{
    (void)state;
    wr(LR, 0xfffffff0);
    wr(MR, 4);
    pass(0x10);
    assert_int_equal(rd(RIS), 0);
    pass(10);
    assert_int_equal(rd(RIS), 1);
}

static void test_alarm_now_and_in_the_past(void **state)
{
    (void)state;
    wr(MR, START - 1);
    assert_int_equal(rd(RIS), 0);
    wr(MR, START);
    assert_int_equal(rd(RIS), 1);
    wr(ICR, 1);
    wr(MR, 5000);
    wr(LR, 5000);
    assert_int_equal(rd(RIS), 1);
}

static void test_mask(void **state)
{
    (void)state;
    wr(MR, START);
    assert_int_equal(rd(MIS), 0);
    assert_int_equal(fake.line_count, 0);
    wr(IMSC, 0xffffffff);
    assert_int_equal(rd(IMSC), 1);
    assert_int_equal(rd(MIS), 1);
    assert_int_equal(fake.line_count, 1);
    wr(IMSC, 0);
    assert_int_equal(fake.line_count, 2);
    assert_false(fake.lines[1].level);
    wr(RIS, 0);
    wr(MIS, 0);
    assert_int_equal(rd(RIS), 1);
    assert_int_equal(rd(ICR), 0);
}

static void test_refused_line_is_driven_later(void **state)
{
    (void)state;
    wr(IMSC, 1);
    fake.line_error = PV_BUSY;
    wr(MR, START);
    fake.line_error = PV_OK;
    (void)rd(DR);
    assert_int_equal(fake.line_count, 1);
}

static void test_access_sizes(void **state)
{
    (void)state;
    for (uint8_t bytes = 1; bytes <= 8; bytes *= 2) {
        struct mmio_access access = {.offset = CR, .bytes = bytes};

        assert_int_equal(pl031_mmio(&rtc, &access), bytes <= 4);
    }
    for (uint64_t offset = 1; offset < 4; offset++) {
        struct mmio_access access = {.offset = offset, .bytes = 1};

        assert_false(pl031_mmio(&rtc, &access));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_counts_seconds, setup),
        cmocka_unit_test_setup(test_load, setup),
        cmocka_unit_test_setup(test_wraps, setup),
        cmocka_unit_test_setup(test_control, setup),
        cmocka_unit_test_setup(test_identification, setup),
        cmocka_unit_test_setup(test_alarm, setup),
        cmocka_unit_test_setup(test_alarm_is_not_missed, setup),
        cmocka_unit_test_setup(test_alarm_over_the_wrap, setup),
        cmocka_unit_test_setup(test_alarm_now_and_in_the_past, setup),
        cmocka_unit_test_setup(test_mask, setup),
        cmocka_unit_test_setup(test_refused_line_is_driven_later, setup),
        cmocka_unit_test_setup(test_access_sizes, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
