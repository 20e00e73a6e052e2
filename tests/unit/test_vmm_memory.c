/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guest memory: which addresses are RAM, and copies that never leave it.
 */
#include "fake_vtl.h"
#include "vmm/vmm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define TOP UINT64_C(0xfffffffffffff000)

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    assert_int_equal(guest_ram_set(NULL, 0), PV_OK);
    return 0;
}

static void test_malformed_tables(void **state)
{
    const struct vmm_ram empty = {{0x1000}, 0};
    const struct vmm_ram overflow = {{TOP}, 0x2000};
    const struct vmm_ram overlap[2] = {{{0x1000}, 0x2000}, {{0x2000}, 0x1000}};
    const struct vmm_ram descending[2] = {{{0x5000}, 0x1000}, {{0x1000}, 0x1000}};
    struct vmm_ram many[VMM_RAM_MAX + 1];

    (void)state;
    for (size_t i = 0; i < VMM_RAM_MAX + 1; i++) {
        many[i] = (struct vmm_ram){gpa(i * 0x2000), 0x1000};
    }
    assert_int_equal(guest_ram_set(&empty, 1), PV_INVALID);
    assert_int_equal(guest_ram_set(&overflow, 1), PV_INVALID);
    assert_int_equal(guest_ram_set(overlap, 2), PV_INVALID);
    assert_int_equal(guest_ram_set(descending, 2), PV_INVALID);
    assert_int_equal(guest_ram_set(many, VMM_RAM_MAX + 1), PV_INVALID);
    assert_int_equal(guest_ram_set(many, VMM_RAM_MAX), PV_OK);
    /* A table that is refused leaves the one before. */
    assert_int_equal(guest_ram_set(overlap, 2), PV_INVALID);
    assert_true(guest_ram_contains(gpa(0), 0x1000));
    assert_false(guest_ram_contains(gpa(0x1000), 1));
}

static void test_contains(void **state)
{
    const struct vmm_ram ram[2] = {{{0x10000}, 0x4000}, {{0x20000}, 0x1000}};

    (void)state;
    assert_int_equal(guest_ram_set(ram, 2), PV_OK);
    assert_true(guest_ram_contains(gpa(0x10000), 0x4000));
    assert_true(guest_ram_contains(gpa(0x13fff), 1));
    assert_true(guest_ram_contains(gpa(0x20000), 0x1000));
    assert_false(guest_ram_contains(gpa(0xffff), 2));
    assert_false(guest_ram_contains(gpa(0x13fff), 2));
    assert_false(guest_ram_contains(gpa(0x10000), 0x4001));
    assert_false(guest_ram_contains(gpa(0x10000), UINT64_MAX));
    assert_false(guest_ram_contains(gpa(UINT64_MAX), UINT64_MAX));
    assert_false(guest_ram_contains(gpa(0x13000), 0xd000));
}

static void test_neighbours_are_one(void **state)
{
    const struct vmm_ram ram[3] = {{{0x10000}, 0x1000}, {{0x11000}, 0x1000}, {{0x13000}, 0x1000}};
    struct vmm_ram got[VMM_RAM_MAX];

    (void)state;
    assert_int_equal(guest_ram_set(ram, 3), PV_OK);
    assert_true(guest_ram_contains(gpa(0x10800), 0x1000));
    assert_int_equal(guest_ram_get(got, VMM_RAM_MAX), 2);
    assert_int_equal(got[0].base.raw, 0x10000);
    assert_int_equal(got[0].bytes, 0x2000);
    assert_int_equal(got[1].base.raw, 0x13000);
    assert_int_equal(guest_ram_get(got, 1), 1);
}

static void test_up_to_the_last_byte(void **state)
{
    const struct vmm_ram ram = {{TOP}, 0xfff};

    (void)state;
    assert_int_equal(guest_ram_set(&ram, 1), PV_OK);
    assert_true(guest_ram_contains(gpa(TOP), 0xfff));
    assert_false(guest_ram_contains(gpa(TOP), 0x1000));
    assert_false(guest_ram_contains(gpa(UINT64_MAX), 2));
}

static void test_copies(void **state)
{
    const struct vmm_ram ram = {{FAKE_RAM_BASE + 0x1000}, 0x1000};
    uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t back[8] = {0};

    (void)state;
    assert_int_equal(guest_ram_set(&ram, 1), PV_OK);
    assert_int_equal(guest_write(gpa(FAKE_RAM_BASE + 0x1ff8), bytes, 8), PV_OK);
    assert_memory_equal(&fake.ram[0x1ff8], bytes, 8);
    assert_int_equal(guest_read(gpa(FAKE_RAM_BASE + 0x1ff8), back, 8), PV_OK);
    assert_memory_equal(back, bytes, 8);
}

static void test_copies_outside_ram(void **state)
{
    const struct vmm_ram ram = {{FAKE_RAM_BASE + 0x1000}, 0x1000};
    uint8_t bytes[8] = {9, 9, 9, 9, 9, 9, 9, 9};
    static uint8_t before[FAKE_RAM_BYTES];

    (void)state;
    memcpy(before, fake.ram, sizeof(before));
    assert_int_equal(guest_ram_set(&ram, 1), PV_OK);
    assert_int_equal(guest_write(gpa(FAKE_RAM_BASE + 0x1ff9), bytes, 8), PV_FAULT);
    assert_int_equal(guest_write(gpa(FAKE_RAM_BASE + 0xfff), bytes, 8), PV_FAULT);
    assert_int_equal(guest_read(gpa(FAKE_RAM_BASE + 0x1ff9), bytes, 8), PV_FAULT);
    assert_int_equal(guest_read(gpa(UINT64_MAX), bytes, 8), PV_FAULT);
    assert_int_equal(bytes[0], 9);
    assert_memory_equal(before, fake.ram, sizeof(before));
}

static void test_copy_faults(void **state)
{
    const struct vmm_ram ram = {{FAKE_RAM_BASE}, 0x1000};
    uint8_t byte = 0;

    (void)state;
    assert_int_equal(guest_ram_set(&ram, 1), PV_OK);
    fake.copy_error = PV_FAULT;
    assert_int_equal(guest_read(gpa(FAKE_RAM_BASE), &byte, 1), PV_FAULT);
    assert_int_equal(guest_write(gpa(FAKE_RAM_BASE), &byte, 1), PV_FAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_malformed_tables, setup),
        cmocka_unit_test_setup(test_contains, setup),
        cmocka_unit_test_setup(test_neighbours_are_one, setup),
        cmocka_unit_test_setup(test_up_to_the_last_byte, setup),
        cmocka_unit_test_setup(test_copies, setup),
        cmocka_unit_test_setup(test_copies_outside_ram, setup),
        cmocka_unit_test_setup(test_copy_faults, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
