/* SPDX-License-Identifier: BSD-3-Clause */
/* Realm Services: arguments, results, measurements. Expectations: DEN0137 1.0, B5; digests from sha256sum. */
#include "cpu_random.h"
#include "fake_refhv_realm.h"
#include "rsi.h"
#include "rsi_calls.h"

#include <string.h>

#include <cmocka.h>

#define MARK(i) (UINT64_C(0xa0a0a0a000000000) + (i))

static struct vp *vp;

/* No token here. */
bool cpu_random(uint64_t *word)
{
    *word = 0;
    return false;
}

static int setup(void **state)
{
    (void)state;
    fake_realm_reset();
    vp = &vps[0];
    return 0;
}

/* Registers that are no argument are marked, to be found again. */
static uint64_t call(uint32_t function, const uint64_t *arguments, unsigned count)
{
    for (unsigned i = 0; i < 31; i++) {
        vp->x[i] = MARK(i);
    }
    vp->x[0] = function;
    memcpy(&vp->x[1], arguments, count * sizeof(*arguments));
    assert_true(rsi_handle(vp, function));
    return vp->x[0];
}

/* X1 to X3 are results, here of nothing; the others keep what they had. */
static void assert_no_results(unsigned arguments)
{
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(vp->x[i], 0);
    }
    for (unsigned i = arguments < 3 ? 4 : arguments + 1; i < 31; i++) {
        assert_int_equal(vp->x[i], MARK(i));
    }
}

static void read_register(uint64_t index, uint8_t value[RSI_MEASUREMENT_BYTES])
{
    assert_int_equal(call(RSI_MEASUREMENT_READ, &index, 1), RSI_SUCCESS);
    memcpy(value, &vp->x[1], RSI_MEASUREMENT_BYTES);
    for (unsigned i = 9; i < 31; i++) {
        assert_int_equal(vp->x[i], MARK(i));
    }
}

static void version(void **state)
{
    static const struct {
        uint64_t requested;
        uint64_t status;
    } rows[] = {
        {0x10000, 0}, {0x10001, 1}, {0x20000, 1}, {0, 1}, {UINT64_C(0x100010000), 1},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(call(RSI_VERSION, &rows[i].requested, 1), rows[i].status);
        assert_int_equal(vp->x[1], 0x10000);
        assert_int_equal(vp->x[2], 0x10000);
        assert_int_equal(vp->x[3], 0);
        assert_int_equal(vp->x[4], MARK(4));
    }
}

static void features_are_none(void **state)
{
    static const uint64_t indices[] = {0, 1, UINT64_MAX};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(call(RSI_FEATURES, &indices[i], 1), RSI_SUCCESS);
        assert_no_results(1);
    }
}

static void rim_is_the_launch_digest(void **state)
{
    static const uint8_t zeros[32];
    uint8_t value[RSI_MEASUREMENT_BYTES];

    (void)state;
    read_register(0, value);
    for (unsigned i = 0; i < 32; i++) {
        assert_int_equal(value[i], 0xc0 + i);
    }
    assert_memory_equal(value + 32, zeros, 32);
}

static void rems_begin_as_zeros(void **state)
{
    static const uint8_t zeros[RSI_MEASUREMENT_BYTES];
    uint8_t value[RSI_MEASUREMENT_BYTES];

    (void)state;
    for (uint64_t i = 1; i <= 4; i++) {
        read_register(i, value);
        assert_memory_equal(value, zeros, sizeof(value));
    }
}

static void read_of_no_register(void **state)
{
    static const uint64_t indices[] = {5, UINT64_C(0x100000001), UINT64_MAX};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(call(RSI_MEASUREMENT_READ, &indices[i], 1), RSI_ERROR_INPUT);
        assert_no_results(1);
    }
}

/* Of sha256sum: 32 zeros; then the digest and "abc"; then that and the bytes 0x40 to 0x7f. */
static const uint8_t extended[3][32] = {
    {0x66, 0x68, 0x7a, 0xad, 0xf8, 0x62, 0xbd, 0x77, 0x6c, 0x8f, 0xc1,
     0x8b, 0x8e, 0x9f, 0x8e, 0x20, 0x08, 0x97, 0x14, 0x85, 0x6e, 0xe2,
     0x33, 0xb3, 0x90, 0x2a, 0x59, 0x1d, 0x0d, 0x5f, 0x29, 0x25},
    {0x2a, 0xc7, 0x1a, 0xc8, 0xcc, 0x2a, 0xf5, 0xaa, 0x59, 0x13, 0x01,
     0xaf, 0x3c, 0x74, 0xda, 0xa9, 0xde, 0x69, 0xea, 0x99, 0xa0, 0x81,
     0x85, 0xe8, 0x2d, 0x3e, 0xd3, 0x5f, 0x62, 0xe5, 0xfb, 0x2f},
    {0x41, 0x27, 0x76, 0xfe, 0x2a, 0x4c, 0xdc, 0xb3, 0xa3, 0xef, 0x8d,
     0xcb, 0x70, 0xc1, 0xea, 0xd9, 0x2a, 0xa8, 0xc7, 0x19, 0x02, 0x31,
     0x7e, 0x86, 0x90, 0x8c, 0xcb, 0xb3, 0x3a, 0x09, 0xc9, 0x4b},
};

static void extend(uint64_t index, const void *data, size_t bytes)
{
    uint64_t arguments[10] = {index, bytes};

    memset(&arguments[2], 0xee, 64); /* what is behind the bytes does not count */
    memcpy(&arguments[2], data, bytes);
    assert_int_equal(call(RSI_MEASUREMENT_EXTEND, arguments, 10), RSI_SUCCESS);
    assert_no_results(10);
    for (unsigned i = 4; i <= 10; i++) {
        assert_int_equal(vp->x[i], arguments[i - 1]);
    }
}

static void extend_is_a_chain_of_digests(void **state)
{
    static const uint8_t zeros[RSI_MEASUREMENT_BYTES];
    uint8_t data[64];
    uint8_t value[RSI_MEASUREMENT_BYTES];

    (void)state;
    for (unsigned i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(0x40 + i);
    }
    extend(3, "", 0);
    read_register(3, value);
    assert_memory_equal(value, extended[0], 32);
    assert_memory_equal(value + 32, zeros, 32);
    extend(3, "abc", 3);
    read_register(3, value);
    assert_memory_equal(value, extended[1], 32);
    extend(3, data, sizeof(data));
    read_register(3, value);
    assert_memory_equal(value, extended[2], 32);
    for (uint64_t i = 1; i <= 4; i++) {
        read_register(i, value);
        assert_memory_equal(value, i == 3 ? extended[2] : zeros, 32);
    }
}

static void extend_refuses(void **state)
{
    static const uint64_t rows[][2] = {
        {0, 32}, {5, 32}, {UINT64_MAX, 0}, {1, 65}, {1, UINT64_MAX}, {UINT64_C(0x100000001), 8},
    };
    static const uint8_t zeros[RSI_MEASUREMENT_BYTES];
    uint8_t value[RSI_MEASUREMENT_BYTES];

    (void)state;
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(call(RSI_MEASUREMENT_EXTEND, rows[i], 2), RSI_ERROR_INPUT);
        assert_no_results(2);
    }
    rim_is_the_launch_digest(state);
    for (uint64_t i = 1; i <= 4; i++) {
        read_register(i, value);
        assert_memory_equal(value, zeros, sizeof(value));
    }
}

/* VTL0 has no Realm Services, VTL2 none but those six. */
static void not_for_vtl0_and_no_others(void **state)
{
    static const uint32_t others[] = {0xc4000196, 0xc4000197, 0xc4000199, 0xc40001a3,
                                      0x84000190, 0xc400018f, 0xc4000150};

    (void)state;
    vp->x[0] = RSI_VERSION;
    for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(rsi_handle(vp, others[i]));
    }
    vp->active = SLOT_VTL0;
    for (uint32_t function = RSI_VERSION; function <= RSI_ATTEST_TOKEN_CONTINUE; function++) {
        assert_false(rsi_handle(vp, function));
    }
    assert_int_equal(vp->x[0], RSI_VERSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(version, setup),
        cmocka_unit_test_setup(features_are_none, setup),
        cmocka_unit_test_setup(rim_is_the_launch_digest, setup),
        cmocka_unit_test_setup(rems_begin_as_zeros, setup),
        cmocka_unit_test_setup(read_of_no_register, setup),
        cmocka_unit_test_setup(extend_is_a_chain_of_digests, setup),
        cmocka_unit_test_setup(extend_refuses, setup),
        cmocka_unit_test_setup(not_for_vtl0_and_no_others, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
