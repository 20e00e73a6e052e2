/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VTL0's Q registers while VTL2 uses the unit: what is read, written and given back is VTL0's, and
 * nothing that VTL2 computed with stays in the unit.
 */
#include "cpu/simd.h"
#include "vtl_test.h"

#include <string.h>

#include <cmocka.h>

#define VTL2_BYTE 0xa5u

static void q_value(unsigned n, uint8_t value[SIMD_Q_BYTES])
{
    for (unsigned i = 0; i < SIMD_Q_BYTES; i++) {
        value[i] = (uint8_t)(n * SIMD_Q_BYTES + i);
    }
}

static int set_up(void **state)
{
    (void)state;
    fake_cpu_reset();
    for (unsigned n = 0; n < SIMD_Q_COUNT; n++) {
        q_value(n, fake_cpu.q[n]);
    }
    return 0;
}

static void test_unit_is_vtl0s(void **state)
{
    uint8_t value[SIMD_Q_BYTES];
    uint8_t want[SIMD_Q_BYTES];

    (void)state;
    simd_q_read(31, value);
    q_value(31, want);
    assert_memory_equal(value, want, sizeof(want));
    simd_q_write(0, value);
    assert_memory_equal(fake_cpu.q[0], want, sizeof(want));
    simd_leave();
    assert_memory_equal(fake_cpu.q[0], want, sizeof(want));
}

static void test_unit_is_vtl2s(void **state)
{
    uint8_t value[SIMD_Q_BYTES];
    uint8_t want[SIMD_Q_BYTES];

    (void)state;
    fake_cpu_simd_take(VTL2_BYTE);
    for (unsigned n = 0; n < SIMD_Q_COUNT; n++) {
        simd_q_read(n, value);
        q_value(n, want);
        assert_memory_equal(value, want, sizeof(want));
    }
    memset(value, 0x11, sizeof(value));
    simd_q_write(7, value);
    memset(want, VTL2_BYTE, sizeof(want));
    assert_memory_equal(fake_cpu.q[7], want, sizeof(want));
    simd_q_read(7, want);
    assert_memory_equal(want, value, sizeof(want));
}

static void test_leave_gives_back(void **state)
{
    uint8_t written[SIMD_Q_BYTES];
    uint8_t want[SIMD_Q_BYTES];

    (void)state;
    memset(written, 0x22, sizeof(written));
    fake_cpu_simd_take(VTL2_BYTE);
    simd_q_write(7, written);
    simd_leave();
    for (unsigned n = 0; n < SIMD_Q_COUNT; n++) {
        q_value(n, want);
        assert_memory_equal(fake_cpu.q[n], n == 7 ? written : want, sizeof(want));
    }
    assert_int_equal(cpus[0].simd_taken, 0);
}

/* Once for each take: later values of VTL0 are not overwritten by older ones. */
static void test_leave_twice(void **state)
{
    uint8_t later[SIMD_Q_BYTES];

    (void)state;
    fake_cpu_simd_take(VTL2_BYTE);
    simd_leave();
    memset(later, 0x33, sizeof(later));
    memcpy(fake_cpu.q[3], later, sizeof(later));
    simd_leave();
    assert_memory_equal(fake_cpu.q[3], later, sizeof(later));
    simd_q_read(3, later);
    assert_int_equal(later[0], 0x33);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_unit_is_vtl0s, set_up),
        cmocka_unit_test_setup(test_unit_is_vtl2s, set_up),
        cmocka_unit_test_setup(test_leave_gives_back, set_up),
        cmocka_unit_test_setup(test_leave_twice, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
