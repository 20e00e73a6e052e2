/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * refhv's stage 2 trees, read by a walker of the test's own. Expectations: Arm ARM DDI 0487K.a
 * D8.3.1 (descriptor formats), D8.4.2 and Table D8-47 (XN[1:0] with FEAT_XNX), D8.16.1 (break-
 * before-make), reference hyperv-vsm-arm64.md 2.6.
 */
#include "fake_refhv_board.h"
#include "hv_hypercall.h"
#include "stage2.h"
#include "stage2_hw.h"
#include "stage2_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MIB UINT64_C(0x100000)
#define GIB UINT64_C(0x40000000)
#define PAGE UINT64_C(0x1000)

static struct {
    uint32_t bits;
    bool xnx;
    const struct stage2_tree *active[SLOT_COUNT];
    unsigned page_flushes;
    unsigned full_flushes;
    /* What TLBs may hold: filled by the walker, emptied by flushes. Checks break-before-make. */
    uint64_t cached_address;
    uint64_t cached_size;
} hw;

uint32_t stage2_hw_address_bits(void)
{
    return hw.bits;
}

bool stage2_hw_has_xnx(void)
{
    return hw.xnx;
}

void stage2_hw_cpu_init(const struct stage2_tree *tree)
{
    (void)tree;
}

uint64_t stage2_hw_vttbr(const struct stage2_tree *tree, unsigned slot)
{
    hw.active[slot] = tree;
    return 0;
}

/*
 * A walk by the letter of the architecture. Returns the leaf, 0 for a translation fault; the
 * block's size.
 */
static uint64_t walk(const struct stage2_tree *tree, uint64_t ipa, uint64_t *size)
{
    *size = 0;
    if (ipa >= UINT64_C(1) << tree->address_bits) {
        return 0;
    }
    /*
     * More than 40 bits of address start at level 0 (with the roots that refhv uses), others at
     * level 1.
     */
    const int start = tree->address_bits > 40 ? 0 : 1;
    const uint64_t *table = tree->root;
    for (int level = start; level <= 3; level++) {
        const int shift = 12 + 9 * (3 - level);
        uint64_t index = ipa >> shift;
        if (level != start) {
            index %= 512;
        }
        const uint64_t entry = table[index];
        if ((entry & 1) == 0) {
            return 0;
        }
        if (level == 3 || (entry & 2) == 0) {
            assert_true(level != 0);                /* no block there */
            assert_true(level != 3 || (entry & 2)); /* reserved encoding */
            *size = UINT64_C(1) << shift;
            assert_int_equal(entry & 0x0000fffffffff000 & ~(*size - 1), ipa & ~(*size - 1));
            return entry;
        }
        table = (const uint64_t *)(uintptr_t)(entry & 0x0000fffffffff000);
    }
    return 0;
}

void stage2_hw_flush(const struct stage2_tree *tree, unsigned slot, const uint64_t *address)
{
    assert_int_equal(slot, SLOT_VTL0);
    if (address != NULL) {
        hw.page_flushes++;
        return;
    }
    hw.full_flushes++;
    /*
     * A change of size must be broken before it is made: at the flush, the address must not
     * translate.
     */
    uint64_t size;
    if (hw.cached_size != 0) {
        assert_int_equal(walk(tree, hw.cached_address, &size), 0);
    }
}

static const struct stage2_tree *tree_of(unsigned slot)
{
    (void)stage2_vttbr(slot);
    return hw.active[slot];
}

static int setup(void **state)
{
    (void)state;
    memset(&hw, 0, sizeof(hw));
    hw.bits = 44;
    fake_board_init();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_board_free();
    return 0;
}

static void memory_set(uint64_t bytes)
{
    machine.memory[0].bytes = bytes;
    stage2_init();
}

static void expect_vtl0(uint64_t gpa, uint64_t leaf_mask, uint64_t leaf_bits)
{
    uint64_t size;
    assert_int_equal(walk(tree_of(SLOT_VTL0), gpa, &size) & leaf_mask, leaf_bits);
}

#define ATTRIBUTES UINT64_C(0x007f0000000007fd)
#define RAM_RWX UINT64_C(0x00000000000007fd) /* AF, inner shareable, S2AP 3, normal write-back */

static void test_ram_of_both(void **state)
{
    (void)state;
    memory_set(8 * GIB);
    for (unsigned slot = 0; slot < SLOT_COUNT; slot++) {
        const struct stage2_tree *tree = tree_of(slot);
        uint64_t size;
        for (uint64_t gpa = 0x40000000; gpa < 0x40000000 + 8 * GIB; gpa += 2 * MIB) {
            assert_int_equal(walk(tree, gpa, &size) & ATTRIBUTES, RAM_RWX);
            assert_true(size >= 2 * MIB);
        }
        /* Below RAM, and what follows it: refhv's own memory. */
        for (uint64_t gpa = 0x3fe00000; gpa < 0x40000000; gpa += PAGE) {
            assert_int_equal(walk(tree, gpa, &size), 0);
            assert_int_equal(walk(tree, gpa + 0x200000 + 8 * GIB, &size), 0);
        }
    }
}

static void test_ragged_ram(void **state)
{
    (void)state;
    memory_set(64 * MIB + 5 * PAGE);
    uint64_t size;
    assert_true(walk(tree_of(SLOT_VTL0), 0x44000000 + 4 * PAGE, &size) != 0);
    assert_int_equal(size, PAGE);
    assert_int_equal(walk(tree_of(SLOT_VTL0), 0x44000000 + 5 * PAGE, &size), 0);
    assert_true(stage2_is_ram(0x44000000 + 4 * PAGE + 0xfff));
    assert_false(stage2_is_ram(0x44000000 + 5 * PAGE));
    assert_false(stage2_is_ram(0x3ffff000));
    assert_true(stage2_is_ram(0x40000000));
    assert_false(stage2_is_ram(UINT64_MAX));
}

static void test_devices_are_vtl2s(void **state)
{
    (void)state;
    memory_set(64 * MIB);
    const uint64_t windows[] = {0x0a000000, 0x09010000, 0x09000000};
    for (unsigned i = 0; i < 3; i++) {
        uint64_t size;
        const uint64_t leaf = walk(tree_of(SLOT_VTL2), windows[i], &size);
        assert_int_equal(size, PAGE);
        assert_int_equal(leaf & 0x3c, 0x04); /* device nGnRE */
        assert_int_equal(leaf & 0xc0, 0xc0); /* read and write */
        assert_int_equal(leaf >> 53 & 3, 2); /* never executed */
        assert_int_equal(walk(tree_of(SLOT_VTL0), windows[i], &size), 0);
        assert_null(stage2_guest_pointer(SLOT_VTL2, windows[i], HV_MAP_READ));
    }
    uint64_t size;
    assert_int_equal(walk(tree_of(SLOT_VTL2), 0x0a001000, &size), 0);
    assert_int_equal(walk(tree_of(SLOT_VTL2), 0x08000000, &size), 0); /* the GIC is emulated */
}

/* Each HV_MAP_* combination against Table D8-47: XN[1:0] 0 both, 1 EL0, 2 none, 3 EL1. */
static void test_permissions(void **state)
{
    (void)state;
    for (unsigned xnx = 0; xnx < 2; xnx++) {
        hw.xnx = xnx != 0;
        memory_set(64 * MIB);
        for (uint32_t flags = 0; flags < 16; flags++) {
            const bool kernel = (flags & 4) != 0;
            const bool user = (flags & 8) != 0;
            uint64_t xn = kernel || user ? 0 : 2;
            uint32_t granted = flags;
            if (xnx != 0) {
                xn = kernel ? (user ? 0 : 3) : (user ? 1 : 2);
            } else if (kernel || user) {
                granted |= 0xc;
            }
            assert_true(stage2_vtl0_protect(0x41001, flags));
            uint64_t size;
            const uint64_t leaf = walk(tree_of(SLOT_VTL0), 0x41001000, &size);
            assert_int_equal(stage2_vtl0_permissions(0x41001000), granted);
            if (flags == 0) {
                assert_int_equal(leaf, 0);
                continue;
            }
            assert_int_equal(leaf >> 6 & 1, flags & 1);
            assert_int_equal(leaf >> 7 & 1, flags >> 1 & 1);
            assert_int_equal(leaf >> 53 & 3, xn);
            expect_vtl0(0x41000000, ATTRIBUTES, RAM_RWX);
            expect_vtl0(0x41002000, ATTRIBUTES, RAM_RWX);
        }
    }
}

static void test_vtl2_keeps_its_rights(void **state)
{
    (void)state;
    memory_set(64 * MIB);
    assert_true(stage2_vtl0_protect(0x41000, 0));
    uint64_t size;
    assert_int_equal(walk(tree_of(SLOT_VTL2), 0x41000000, &size) & ATTRIBUTES, RAM_RWX);
    assert_ptr_equal(stage2_guest_pointer(SLOT_VTL2, 0x41000010, HV_MAP_READ | HV_MAP_WRITE),
                     fake_board.ram + 0x1000010);
    assert_null(stage2_guest_pointer(SLOT_VTL0, 0x41000010, HV_MAP_READ));
    assert_non_null(stage2_guest_pointer(SLOT_VTL0, 0x41001000, HV_MAP_READ | HV_MAP_WRITE));
    assert_true(stage2_vtl0_protect(0x41000, HV_MAP_READ));
    assert_non_null(stage2_guest_pointer(SLOT_VTL0, 0x41000010, HV_MAP_READ));
    assert_null(stage2_guest_pointer(SLOT_VTL0, 0x41000010, HV_MAP_WRITE));
}

static void test_refused(void **state)
{
    (void)state;
    memory_set(64 * MIB);
    assert_false(stage2_vtl0_protect(0x3ffff, 0));    /* below RAM */
    assert_false(stage2_vtl0_protect(0x44000, 0));    /* past it: refhv's */
    assert_false(stage2_vtl0_protect(0x09000, 0));    /* a device */
    assert_false(stage2_vtl0_protect(UINT64_MAX, 0)); /* wraps */
    assert_false(stage2_vtl0_protect(UINT64_C(1) << 52 | 0x41000, 0));
    assert_int_equal(stage2_vtl0_permissions(0x44000000), 0);
}

/* A page taken away is in no TLB when the call returns; granting needs no invalidation. */
static void test_flushes(void **state)
{
    (void)state;
    memory_set(64 * MIB);
    hw.cached_address = 0x41000000;
    hw.cached_size = 2 * MIB;
    assert_true(stage2_vtl0_protect(0x41000, 0));
    assert_int_equal(hw.full_flushes, 1); /* the block is split */
    assert_int_equal(hw.page_flushes, 1);
    hw.cached_size = 0;
    assert_true(stage2_vtl0_protect(0x41001, HV_MAP_READ));
    assert_int_equal(hw.page_flushes, 2);
    assert_true(stage2_vtl0_protect(0x41001, HV_MAP_READ)); /* nothing changes */
    assert_int_equal(hw.page_flushes, 2);
    assert_int_equal(hw.full_flushes, 1);
}

/*
 * 64 MiB page by page, in the order given by a stride, ends as it would by blocks: no table stays
 * behind.
 */
static void protect_region(uint64_t stride, uint32_t flags)
{
    const uint64_t pages = 64 * MIB / PAGE;
    for (uint64_t i = 0; i < pages; i++) {
        assert_true(stage2_vtl0_protect(0x48000 + i * stride % pages, flags));
    }
}

static void test_regions_merge(void **state)
{
    (void)state;
    const uint64_t strides[] = {1, 64 * MIB / PAGE - 1, 513}; /* up, down, scattered */
    for (unsigned i = 0; i < 3; i++) {
        memory_set(8 * GIB);
        assert_true(stage2_vtl0_protect(0x48000, 0)); /* splits the GiB */
        assert_true(stage2_vtl0_protect(0x48000, HV_MAP_ALL));
        const uint32_t before = stage2_table_free_count();
        protect_region(strides[i], 0);
        assert_int_equal(stage2_table_free_count(), before);
        uint64_t size;
        for (uint64_t gpa = 0x48000000; gpa < 0x4c000000; gpa += PAGE) {
            assert_int_equal(walk(tree_of(SLOT_VTL0), gpa, &size), 0);
        }
        expect_vtl0(0x47fff000, ATTRIBUTES, RAM_RWX);
        expect_vtl0(0x4c000000, ATTRIBUTES, RAM_RWX);
        protect_region(strides[i], HV_MAP_ALL);
        assert_int_equal(stage2_table_free_count(), before);
        assert_true(walk(tree_of(SLOT_VTL0), 0x48000000, &size) != 0);
        assert_int_equal(size, 2 * MIB);
    }
}

/*
 * When no tables are left, the call says so, changes nothing, and leaves what was taken away taken
 * away.
 */
static void test_pool_used_up(void **state)
{
    (void)state;
    memory_set(8 * GIB);
    uint64_t page = 0x48000;
    while (stage2_vtl0_protect(page, 0)) {
        page += 512;
        assert_true(page < 0x240000);
    }
    assert_true(page - 0x48000 >= 100 * 512);
    assert_int_equal(stage2_vtl0_permissions(page * PAGE), HV_MAP_ALL);
    assert_true(stage2_vtl0_protect(0x48001, 0)); /* its table is there already */
    for (uint64_t gone = 0x48000; gone < page; gone += 512) {
        assert_int_equal(stage2_vtl0_permissions(gone * PAGE), 0);
    }
    assert_true(stage2_vtl0_protect(0x48000, HV_MAP_ALL));
    assert_true(stage2_vtl0_protect(0x48001, HV_MAP_ALL)); /* gives a table back */
    assert_true(stage2_vtl0_protect(page, 0));
}

static void test_address_sizes(void **state)
{
    (void)state;
    const uint32_t bits[] = {32, 36, 40, 44, 48};
    for (unsigned i = 0; i < 5; i++) {
        hw.bits = bits[i];
        memory_set(64 * MIB);
        assert_true(stage2_vtl0_protect(0x41000, 0));
        expect_vtl0(0x41000000, ATTRIBUTES, 0);
        expect_vtl0(0x41001000, ATTRIBUTES, RAM_RWX);
    }
    hw.bits = 32;
    machine.memory[0].bytes = 8 * GIB;
    assert_true(FAKE_BOARD_FATAL(stage2_init()));
    /* With 40 bits the root is two tables in a row: memory in the second. */
    hw.bits = 40;
    machine.memory_count = 2;
    machine.memory[0].bytes = 64 * MIB;
    machine.memory[1] = (struct machine_range){UINT64_C(0x8000000000), 64 * MIB};
    stage2_init();
    expect_vtl0(UINT64_C(0x8000000000), ATTRIBUTES, RAM_RWX);
    expect_vtl0(0, ATTRIBUTES, 0);
}

static void test_stale_faults(void **state)
{
    (void)state;
    memory_set(64 * MIB);
    assert_true(stage2_vtl0_protect(0x41000, HV_MAP_READ));
    assert_true(stage2_fault_is_stale(SLOT_VTL0, 0x41000123, HV_MAP_READ));
    assert_false(stage2_fault_is_stale(SLOT_VTL0, 0x41000123, HV_MAP_WRITE));
    assert_false(stage2_fault_is_stale(SLOT_VTL0, 0x09000000, HV_MAP_READ));
    assert_false(stage2_fault_is_stale(SLOT_VTL2, 0x41000123, HV_MAP_READ));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ram_of_both, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ragged_ram, setup, teardown),
        cmocka_unit_test_setup_teardown(test_devices_are_vtl2s, setup, teardown),
        cmocka_unit_test_setup_teardown(test_permissions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_vtl2_keeps_its_rights, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flushes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_regions_merge, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pool_used_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_address_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stale_faults, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
