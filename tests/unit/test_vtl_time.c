/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Time and VTL2's timer: what is in CNTV_CTL_EL0 and CNTV_CVAL_EL0 (Arm ARM D19.12) for a deadline.
 */
#include "fake_cpu.h"
#include "vtl/vtl.h"
#include "vtl_test.h"

#include <cmocka.h>

#define OFF 0u
#define ENABLED 1u /* ENABLE, and not IMASK */

static int setup(void **state)
{
    (void)state;
    fake_cpu_reset();
    return 0;
}

/* The counter at which the timer fires must be a time that has reached the deadline, and the one
 * before must not. */
static void test_deadline(void **state)
{
    static const uint64_t frequencies[] = {1,        3,          1000000,   24000000,
                                           62500000, 1000000000, UINT32_MAX};
    static const uint64_t deadlines[] = {1,
                                         999,
                                         UINT64_C(1000000000),
                                         UINT64_C(1000000001),
                                         UINT64_C(123456789012345),
                                         UINT64_C(1) << 60};

    (void)state;
    for (size_t i = 0; i < sizeof(frequencies) / sizeof(frequencies[0]); i++) {
        for (size_t j = 0; j < sizeof(deadlines) / sizeof(deadlines[0]); j++) {
            fake_cpu.cntfrq_el0 = frequencies[i];
            vtl_timer_set(deadlines[j]);
            assert_int_equal(fake_cpu.cntv_ctl_el0, ENABLED);
            assert_true(fake_cpu.cntv_cval_el0 != 0);
            fake_cpu.cntvct_el0 = fake_cpu.cntv_cval_el0;
            assert_true(vtl_time_ns() >= deadlines[j]);
            fake_cpu.cntvct_el0--;
            assert_true(vtl_time_ns() < deadlines[j]);
        }
    }
}

/* A difference of ticks is the difference of the times, but for what is rounded. */
static void test_ticks(void **state)
{
    static const uint64_t frequencies[] = {1, 3, 62500000, 1000000000, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(frequencies) / sizeof(frequencies[0]); i++) {
        fake_cpu.cntfrq_el0 = frequencies[i];
        fake_cpu.cntvct_el0 = 12345678;
        const uint64_t start = vtl_ticks();

        fake_cpu.cntvct_el0 += 7 * frequencies[i] + frequencies[i] / 2;
        assert_int_equal(vtl_ticks_ns(vtl_ticks() - start),
                         UINT64_C(7000000000) +
                             frequencies[i] / 2 * UINT64_C(1000000000) / frequencies[i]);
    }
    fake_cpu.cntfrq_el0 = 0;
    assert_int_equal(vtl_ticks_ns(1), 0);
}

static void test_off(void **state)
{
    static const uint64_t never[] = {0, UINT64_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
        vtl_timer_set(1);
        assert_int_equal(fake_cpu.cntv_ctl_el0, ENABLED);
        vtl_timer_set(never[i]);
        assert_int_equal(fake_cpu.cntv_ctl_el0, OFF);
    }
    /* Ticks that 64 bits don't hold never come. */
    fake_cpu.cntfrq_el0 = UINT32_MAX;
    vtl_timer_set(1);
    vtl_timer_set(UINT64_MAX - 1);
    assert_int_equal(fake_cpu.cntv_ctl_el0, OFF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_deadline, setup),
        cmocka_unit_test_setup(test_ticks, setup),
        cmocka_unit_test_setup(test_off, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
