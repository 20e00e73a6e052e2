/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pages of VTL2's region, over one that is an array: each given out once, zeroed, from behind what
 * boot has placed to the region's end, the part beyond entry.S' 4 MiB too.
 */
#include "cpu/cpu.h"
#include "cpu/mmu.h"
#include "cpu/pool.h"
#include "cpu/random.h"
#include "fake_cpu.h"
#include "vtl_test.h"

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE UINT64_C(4096)
#define REGION_BYTES UINT64_C(0x600000)
#define IMAGE_PAGES 5u

/* The image begins the region, as boot/paravane.ld has it. */
__asm__(".bss\n.balign 4096\n"
        ".globl __image_start, __code_end, __const_end, __image_end\n"
        ".globl __boot_guard, __boot_stack_top, __emergency_guard\n"
        "__image_start: .skip 4096\n"
        "__code_end: .skip 4096\n"
        "__const_end: .skip 4096\n"
        "__boot_guard: .skip 4096\n"
        "__boot_stack_top: __emergency_guard: .skip 4096\n"
        "__image_end: .skip 0x600000 - 5 * 4096\n"
        ".text\n");
extern char __image_start[], __image_end[];

struct fake_cpu fake_cpu;
struct cpu_translation cpu_translation;
static struct {
    uint64_t base;
    uint64_t bytes;
    enum mmu_kind kind;
    enum pv_status status;
} map;

/* ---- Stand-ins ---- */

uint64_t fake_cpu_read(const uint64_t *which)
{
    return *which;
}

enum pv_status mmu_early(const struct mmu_image *image)
{
    (void)image;
    return PV_OK;
}

enum pv_status mmu_map(uint64_t base, uint64_t bytes, enum mmu_kind kind)
{
    map.base = base;
    map.bytes = bytes;
    map.kind = kind;
    return map.status;
}

enum pv_status mmu_unmap_page(uint64_t page)
{
    (void)page;
    return PV_OK;
}

void random_mix(const void *data, size_t bytes)
{
    (void)data;
    (void)bytes;
}

uint64_t random_secret(void)
{
    return 1;
}

void vtl_lock(struct vtl_lock *lock)
{
    assert_int_equal(lock->taken, 0);
    lock->taken = 1;
}

void vtl_unlock(struct vtl_lock *lock)
{
    lock->taken = 0;
}

__attribute__((noreturn)) void panic_at(const char *file, int line, const char *what)
{
    (void)file;
    (void)line;
    (void)what;
    abort();
}

/* ---- Tests ---- */

static uint64_t base;

static int setup(void **state)
{
    (void)state;
    base = (uint64_t)(uintptr_t)__image_start;
    memset(&map, 0, sizeof(map));
    return 0;
}

static void expect_counts(uint64_t used, uint64_t left)
{
    uint32_t counts[2];

    vtl_page_counts(&counts[0], &counts[1]);
    assert_int_equal(counts[0], used);
    assert_int_equal(counts[1], left);
}

static void test_all(void **state)
{
    uint64_t first = base + IMAGE_PAGES * PAGE;
    uint64_t count = REGION_BYTES / PAGE - IMAGE_PAGES - 2;

    (void)state;
    memset(__image_end, 0xff, REGION_BYTES - IMAGE_PAGES * PAGE);
    /* Two pages behind the image are taken, the second in part. */
    assert_int_equal(vtl_memory_init(base, REGION_BYTES, first + PAGE + 1), PV_OK);
    assert_true(map.base == base + MMU_EARLY_BYTES && map.kind == MMU_DATA);
    assert_int_equal(map.bytes, REGION_BYTES - MMU_EARLY_BYTES);
    expect_counts(IMAGE_PAGES + 2, count);
    assert_null(vtl_page_alloc(0));
    assert_null(vtl_page_alloc(count + 1));
    assert_null(vtl_page_alloc(SIZE_MAX));
    for (uint64_t i = 0; i < count; i += i == 0 ? 2 : 1) {
        const uint8_t *page = vtl_page_alloc(i == 0 ? 2 : 1);

        assert_true((uint64_t)(uintptr_t)page == first + (2 + i) * PAGE);
        for (uint64_t j = 0; j < (i == 0 ? 2 : 1) * PAGE; j++) {
            assert_int_equal(page[j], 0);
        }
    }
    expect_counts(REGION_BYTES / PAGE, 0);
    assert_null(vtl_page_alloc(1));
    assert_int_equal((uint8_t)__image_end[0], 0xff);
}

/* Zeroed by the CPU's blocks, where it has any that fit into a page (Arm ARM, DCZID_EL0: bit 4 forbids them). */
static void test_zeroed(void **state)
{
    static const struct {
        uint64_t id;
        uint64_t blocks;
    } cpus[] = {{0, 1024}, {4, 64}, {9, 2}, {10, 1}, {11, 0}, {15, 0}, {0x14, 0}};
    uint64_t first = base + IMAGE_PAGES * PAGE;

    (void)state;
    memset(__image_end, 0xff, REGION_BYTES - IMAGE_PAGES * PAGE);
    assert_int_equal(vtl_memory_init(base, REGION_BYTES, first), PV_OK);
    for (size_t i = 0; i < sizeof(cpus) / sizeof(cpus[0]); i++) {
        fake_cpu.dczid_el0 = cpus[i].id;
        fake_cpu.zeroed_blocks = 0;
        const uint8_t *page = vtl_page_alloc(1);

        assert_int_equal(fake_cpu.zeroed_blocks, cpus[i].blocks);
        for (uint64_t j = 0; j < PAGE; j++) {
            assert_int_equal(page[j], 0);
        }
        assert_int_equal(page[PAGE], 0xff);
    }
}

/* What lies beyond the 4 MiB is given out only if it could be mapped. */
static void test_not_mapped(void **state)
{
    uint64_t end = base + MMU_EARLY_BYTES;

    (void)state;
    map.status = PV_NO_SPACE;
    assert_int_equal(vtl_memory_init(base, REGION_BYTES, end - PAGE), PV_NO_SPACE);
    expect_counts(MMU_EARLY_BYTES / PAGE - 1, 1);
    assert_true(vtl_page_alloc(1) == (void *)(uintptr_t)(end - PAGE));
    assert_null(vtl_page_alloc(1));
}

static void test_refused(void **state)
{
    uint64_t first = (uint64_t)(uintptr_t)__image_end;

    (void)state;
    assert_int_equal(vtl_memory_init(base + PAGE, REGION_BYTES, first), PV_INVALID);
    assert_int_equal(vtl_memory_init(base, MMU_EARLY_BYTES - PAGE, first), PV_INVALID);
    assert_int_equal(vtl_memory_init(base, REGION_BYTES + 1, first), PV_INVALID);
    assert_int_equal(vtl_memory_init(base, UINT64_MAX & ~(PAGE - 1), first), PV_INVALID);
    assert_int_equal(vtl_memory_init(base, REGION_BYTES, first - 1), PV_INVALID);
    assert_int_equal(vtl_memory_init(base, REGION_BYTES, base + MMU_EARLY_BYTES + 1), PV_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_all, setup),
        cmocka_unit_test_setup(test_zeroed, setup),
        cmocka_unit_test_setup(test_not_mapped, setup),
        cmocka_unit_test_setup(test_refused, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
