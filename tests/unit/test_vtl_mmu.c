/* SPDX-License-Identifier: BSD-3-Clause */
/* VTL2's tables: rights of the image's parts, guards, block sizes. Bits from Arm ARM D8.3. */
#include "cpu/cpu.h"
#include "cpu/mmu.h"
#include "fake_cpu.h"
#include "vtl_test.h"

#include <cmocka.h>

#define BASE UINT64_C(0x7fe00000)           /* the 4 MiB straddle a GiB: the most tables */
#define RIGHTS UINT64_C(0x0060000000000080) /* UXN, PXN, AP[2] */
#define UXN (UINT64_C(1) << 54)
#define PXN (UINT64_C(1) << 53)
#define READ_ONLY (UINT64_C(1) << 7)
#define GP (UINT64_C(1) << 50)
#define OUTPUT UINT64_C(0x0000fffffffff000)

static uint64_t at(uint64_t address, unsigned expected_level)
{
    unsigned level = 9;
    uint64_t entry = mmu_entry(address, &level);
    assert_int_not_equal(entry, 0);
    assert_int_equal(level, expected_level);
    return entry;
}

static int setup(void **state)
{
    (void)state;
    const struct mmu_image image = {.base = BASE,
                                    .code_end = BASE + 0x3000,
                                    .const_end = BASE + 0x5000,
                                    .end = BASE + 0x20000,
                                    .guard = {BASE + 0x10000, BASE + 0x18000}};
    fake_cpu_reset();
    fake_cpu.id_aa64pfr1_el1 = 1; /* BTI */
    return mmu_early(&image) == PV_OK ? 0 : -1;
}

static void test_image(void **state)
{
    (void)state;
    unsigned level;
    for (uint64_t a = BASE; a < BASE + 0x400000; a += 4096) {
        if (a == BASE + 0x10000 || a == BASE + 0x18000) {
            assert_int_equal(mmu_entry(a, &level), 0);
            continue;
        }
        uint64_t entry = at(a, 3);
        assert_int_equal(entry & OUTPUT, a);
        assert_int_equal(entry & 3, 3);
        uint64_t expected = a < BASE + 0x3000   ? UXN | READ_ONLY
                            : a < BASE + 0x5000 ? UXN | PXN | READ_ONLY
                                                : UXN | PXN;
        assert_int_equal(entry & RIGHTS, expected);
        assert_int_equal((entry & GP) != 0, a < BASE + 0x3000);
    }
    assert_int_equal(mmu_entry(BASE - 4096, &level), 0);
    assert_int_equal(mmu_entry(BASE + 0x400000, &level), 0);
}

static void test_registers(void **state)
{
    (void)state;
    /* T0SZ 16, IPS of 44 bits, EPD1; MMU, caches, WXN on. */
    assert_int_equal(cpu_translation.tcr & 0x3f, 16);
    assert_int_equal(cpu_translation.tcr >> 32 & 7, 4);
    assert_int_equal(cpu_translation.tcr >> 23 & 1, 1);
    assert_int_equal(cpu_translation.sctlr & 0x81005, 0x81005);
    assert_int_equal(cpu_translation.sctlr & 0x30d00800, 0x30d00800);
}

static void test_blocks(void **state)
{
    (void)state;
    /* 2 MiB, then 1 GiB, then a page. */
    assert_int_equal(vtl_map(0xffe00000, 0x40201000, VTL_MAP_GUEST_RAM), PV_OK);
    assert_int_equal(at(0xffe12345, 2) & 3, 1);
    assert_int_equal(at(0x100000000, 1) & OUTPUT, 0x100000000);
    assert_int_equal(at(0x140000000, 3) & OUTPUT, 0x140000000);
    assert_int_equal(at(0x100000000, 1) & RIGHTS, UXN | PXN);
    assert_int_equal(vtl_map(0xffe00000, 0x40201000, VTL_MAP_GUEST_RAM), PV_OK);
    assert_int_equal(vtl_map(0x100001000, 0x1000, VTL_MAP_GUEST_RAM), PV_OK);
    assert_int_equal(vtl_map(0x100001000, 0x1000, VTL_MAP_DEVICE), PV_INVALID);
    assert_int_equal(vtl_map(0xffe00000, 0x200000, VTL_MAP_DEVICE), PV_INVALID);
}

static void test_device(void **state)
{
    (void)state;
    assert_int_equal(vtl_map(0x09000000, 0x1000, VTL_MAP_DEVICE), PV_OK);
    uint64_t entry = at(0x09000000, 3);
    assert_int_equal(entry & RIGHTS, UXN | PXN);
    unsigned attribute = (unsigned)(entry >> 2 & 7);
    assert_int_equal(cpu_translation.mair >> (8 * attribute) & 0xff, 0x04); /* nGnRE */
    assert_int_equal(vtl_map(0x08000000, 0x1000800, VTL_MAP_DEVICE), PV_INVALID);
    assert_int_equal(vtl_map(UINT64_C(1) << 44, 0x1000, VTL_MAP_DEVICE), PV_INVALID);
    assert_int_equal(vtl_map(UINT64_MAX & ~0xfffull, 0x2000, VTL_MAP_DEVICE), PV_INVALID);
    /* The image can't be made anything else. */
    assert_int_equal(vtl_map(BASE, 0x1000, VTL_MAP_GUEST_RAM), PV_INVALID);
}

static void test_guard(void **state)
{
    (void)state;
    unsigned level;
    assert_int_equal(mmu_unmap_page(BASE + 0x8000), PV_OK);
    assert_int_equal(mmu_entry(BASE + 0x8000, &level), 0);
    assert_int_equal(fake_cpu.invalidated, BASE + 0x8000);
    assert_int_equal(mmu_unmap_page(BASE + 0x8000), PV_INVALID);
    assert_int_equal(vtl_map(0x200000000, 0x200000, VTL_MAP_GUEST_RAM), PV_OK);
    assert_int_equal(mmu_unmap_page(0x200000000), PV_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image),  cmocka_unit_test(test_registers),
        cmocka_unit_test(test_blocks), cmocka_unit_test(test_device),
        cmocka_unit_test(test_guard),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
