/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Erased flash: an erased cell is 1. The CFI query (JESD68.01: 0x98 at 0x55) gets no "QRY" for an answer.
 */
#include "devices/devices.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint64_t read_at(uint64_t offset, uint8_t bytes)
{
    struct mmio_access access = {.offset = offset, .bytes = bytes};

    assert_true(flash_erased_mmio(NULL, &access));
    return access.value;
}

static void reads_as_ones(void **state)
{
    (void)state;
    assert_int_equal(read_at(0, 1) & 0xff, 0xff);
    assert_int_equal(read_at(4, 4) & 0xffffffff, 0xffffffff);
    assert_true(read_at(0x3fff8, 8) == UINT64_MAX);
}

static void takes_no_command(void **state)
{
    (void)state;
    struct mmio_access query = {.value = 0x98, .offset = 0x55, .bytes = 1, .write = true};

    assert_true(flash_erased_mmio(NULL, &query));
    assert_int_equal(read_at(0x10, 1) & 0xff, 0xff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_as_ones),
        cmocka_unit_test(takes_no_command),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
