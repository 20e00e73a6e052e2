/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The MMIO bus: which device an access reaches, and which accesses reach none.
 */
#include "fake_vtl.h"
#include "mmio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct mmio_access seen;
static void *seen_device;
static unsigned calls;
static bool answer;
static uint64_t read_value;

static bool handler(void *device, struct mmio_access *access)
{
    seen = *access;
    seen_device = device;
    calls++;
    if (!access->write) {
        access->value = read_value;
    }
    return answer;
}

static int devices[4];
static const struct mmio_range table[] = {
    {"a", {0x1000}, 0x1000, handler, &devices[0]},
    {"b", {0x2000}, 0x10, handler, &devices[1]},
    {"c", {0x9000000}, 0x1000, handler, &devices[2]},
    {"d", {UINT64_C(0xfffffffffffff000)}, 0xff8, handler, &devices[3]},
};

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    calls = 0;
    answer = true;
    read_value = UINT64_C(0x1122334455667788);
    assert_int_equal(mmio_set(table, 4), PV_OK);
    return 0;
}

static void test_malformed_tables(void **state)
{
    const struct mmio_range empty = {"", {0x1000}, 0, handler, NULL};
    const struct mmio_range no_handler = {"", {0x1000}, 0x1000, NULL, NULL};
    const struct mmio_range overflow = {"", {UINT64_C(0xfffffffffffff000)}, 0x2000, handler, NULL};
    const struct mmio_range odd_base = {"", {0x1004}, 0x1000, handler, NULL};
    const struct mmio_range odd_end = {"", {0x1000}, 0xffc, handler, NULL};
    const struct mmio_range overlap[2] = {{"", {0x1000}, 0x1008, handler, NULL},
                                          {"", {0x2000}, 0x1000, handler, NULL}};
    const struct mmio_range unsorted[2] = {{"", {0x2000}, 0x1000, handler, NULL},
                                           {"", {0x1000}, 0x1000, handler, NULL}};

    (void)state;
    assert_int_equal(mmio_set(&empty, 1), PV_INVALID);
    assert_int_equal(mmio_set(&no_handler, 1), PV_INVALID);
    assert_int_equal(mmio_set(&overflow, 1), PV_INVALID);
    assert_int_equal(mmio_set(&odd_base, 1), PV_INVALID);
    assert_int_equal(mmio_set(&odd_end, 1), PV_INVALID);
    assert_int_equal(mmio_set(overlap, 2), PV_INVALID);
    assert_int_equal(mmio_set(unsorted, 2), PV_INVALID);
}

struct row {
    uint64_t address;
    uint8_t bytes;
    int device; /* -1: none */
    uint64_t offset;
};

static void test_lookup(void **state)
{
    static const struct row rows[] = {
        {0x0ff8, 8, -1, 0},
        {0x1000, 1, 0, 0},
        {0x1fff, 1, 0, 0xfff},
        {0x1ff8, 8, 0, 0xff8},
        {0x2000, 4, 1, 0},
        {0x200c, 4, 1, 0xc},
        {0x2008, 8, 1, 8},
        {0x2010, 4, -1, 0},
        {0x8fffffc, 4, -1, 0},
        {0x9000018, 4, 2, 0x18},
        {0x9001000, 4, -1, 0},
        {UINT64_C(0xfffffffffffffff0), 8, 3, 0xff0},
        {UINT64_C(0xfffffffffffffff8), 8, -1, 0},
        {0, 4, -1, 0},
        /* Unaligned, or of a size that no access has. */
        {0x1001, 2, -1, 0},
        {0x1002, 4, -1, 0},
        {0x1004, 8, -1, 0},
        {0x1fff, 2, -1, 0},
        {0x1000, 0, -1, 0},
        {0x1000, 3, -1, 0},
        {0x1000, 16, -1, 0},
        {0x1000, 255, -1, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct mmio_access access = {.bytes = rows[i].bytes};
        bool expected = rows[i].device >= 0;

        calls = 0;
        if (mmio_perform(gpa(rows[i].address), &access) != expected ||
            mmio_covers(gpa(rows[i].address), rows[i].bytes) != expected) {
            fail_msg("row %zu", i);
        }
        assert_int_equal(calls, expected ? 1 : 0);
        if (expected) {
            assert_ptr_equal(seen_device, &devices[rows[i].device]);
            assert_int_equal(seen.offset, rows[i].offset);
        }
    }
}

static void test_refusal(void **state)
{
    struct mmio_access access = {.bytes = 4};

    (void)state;
    answer = false;
    assert_false(mmio_perform(gpa(0x1000), &access));
    assert_int_equal(calls, 1);
}

/* A device sees, and the guest gets, no bit beyond the access. */
static void test_values_are_cut(void **state)
{
    static const uint64_t cut[4] = {0x88, 0x7788, 0x55667788, UINT64_C(0x1122334455667788)};

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct mmio_access access = {.bytes = (uint8_t)(1u << i), .value = UINT64_MAX};

        assert_true(mmio_perform(gpa(0x1000), &access));
        assert_true(seen.value == 0);
        assert_true(access.value == cut[i]);
        access.write = true;
        access.value = UINT64_C(0x1122334455667788);
        assert_true(mmio_perform(gpa(0x1000), &access));
        assert_true(seen.value == cut[i]);
    }
}

static void test_no_table(void **state)
{
    struct mmio_access access = {.bytes = 4};

    (void)state;
    assert_int_equal(mmio_set(NULL, 0), PV_OK);
    assert_false(mmio_perform(gpa(0x1000), &access));
    assert_false(mmio_covers(gpa(0), 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_malformed_tables, setup),
        cmocka_unit_test_setup(test_lookup, setup),
        cmocka_unit_test_setup(test_refusal, setup),
        cmocka_unit_test_setup(test_values_are_cut, setup),
        cmocka_unit_test_setup(test_no_table, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
