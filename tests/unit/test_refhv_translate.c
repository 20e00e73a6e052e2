/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HvCallTranslateVirtualAddressEx and the stage 1 walk behind it. Expectations: the contract reference 2.8;
 * Arm ARM D8 (translation table formats, permissions, hierarchical control).
 */
#include "arm64.h"
#include "fake_refhv_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sysreg.h>

#include <cmocka.h>

#define INPUT FAKE_RAM
#define OUTPUT (FAKE_RAM + 0x1000)
#define TABLES (FAKE_RAM + 0x10000)
#define PAGE (FAKE_RAM + 0x80000)

#define AF (UINT64_C(1) << 10)
#define USER (UINT64_C(1) << 6)
#define READ_ONLY (UINT64_C(1) << 7)
#define PXN (UINT64_C(1) << 53)
#define UXN (UINT64_C(1) << 54)
#define TABLE 3u
#define LEAF (AF | 3u)
#define BLOCK (AF | 1u)

#define VALID_READ HV_TRANSLATE_READ
#define WRITE HV_TRANSLATE_WRITE
#define EXECUTE HV_TRANSLATE_EXECUTE
#define NOT_PRESENT HV_TRANSLATE_RESULT_NOT_PRESENT
#define PRIVILEGE HV_TRANSLATE_RESULT_PRIVILEGE

/* TCR: T0SZ/T1SZ 16 (48 bits), granules 4 KiB, IPS 48 bits. */
#define TCR_4K (UINT64_C(16) | UINT64_C(16) << 16 | UINT64_C(2) << 30 | UINT64_C(5) << 32)

static struct vp *vp;
static struct private_regs *regs;
static struct hv_translate_virtual_address_ex_output out;

static int setup(void **state)
{
    (void)state;
    fake_world_reset();
    vp = &vps[0];
    regs = &vp->vtl[SLOT_VTL0].regs;
    regs->sctlr_el1 = SCTLR_M | SCTLR_RES1;
    regs->tcr_el1 = TCR_4K;
    regs->mair_el1 = 0xffbb4400; /* device, non-cacheable, write-through, write-back */
    regs->ttbr0_el1 = TABLES;
    regs->ttbr1_el1 = TABLES + 0x8000;
    fake_sysreg_set("id_aa64mmfr0_el1", 5); /* PARange 48 bits */
    return 0;
}

static uint32_t status_of(uint64_t flags, uint64_t gva)
{
    const struct hv_translate_virtual_address_ex request = {.partition_id = HV_PARTITION_ID_SELF,
                                                            .vp_index = HV_VP_INDEX_SELF,
                                                            .flags = flags,
                                                            .gva_page = gva >> 12};

    memcpy(fake_at(INPUT), &request, sizeof(request));
    vp->x[0] = HV_CALL_TRANSLATE_VIRTUAL_ADDRESS_EX;
    vp->x[1] = INPUT;
    vp->x[2] = OUTPUT;
    hypercall_handle(vp, false);
    memcpy(&out, fake_at(OUTPUT), sizeof(out));
    return (uint32_t)vp->x[0];
}

/* The result code for VTL0. */
static uint32_t translate(uint64_t flags, uint64_t gva)
{
    memset(fake_at(OUTPUT), 0xee, sizeof(out));
    assert_int_equal(status_of(flags | UINT64_C(0x10) << 56, gva), HV_STATUS_SUCCESS);
    return out.result;
}

static void entry(unsigned table, unsigned index, uint64_t value)
{
    fake_write64(TABLES + table * 0x1000 + index * 8, value);
}

/* Four levels for gva 0x123456789000-like indexes (1, 2, 3, index). */
#define GVA(index) \
    (UINT64_C(1) << 39 | UINT64_C(2) << 30 | UINT64_C(3) << 21 | (uint64_t)(index) << 12)

static void map_4k(unsigned index, uint64_t leaf)
{
    entry(0, 1, (TABLES + 0x1000) | TABLE);
    entry(1, 2, (TABLES + 0x2000) | TABLE);
    entry(2, 3, (TABLES + 0x3000) | TABLE);
    entry(3, index, leaf);
}

static void d8_four_levels_of_4k(void **state)
{
    (void)state;
    map_4k(4, PAGE | LEAF | 3u << 2);
    assert_int_equal(translate(VALID_READ, GVA(4)), 0);
    assert_int_equal(out.gpa_page, PAGE >> 12);
    assert_int_equal(out.cache_type, HV_CACHE_TYPE_WRITE_BACK);
    assert_int_equal(out.overlay, 0);
    assert_int_equal(translate(VALID_READ, GVA(5)), NOT_PRESENT);
    assert_int_equal(translate(VALID_READ, 0), NOT_PRESENT);
    entry(3, 6, PAGE | AF | 1); /* reserved at level 3 */
    assert_int_equal(translate(VALID_READ, GVA(6)), NOT_PRESENT);
    entry(0, 5, PAGE | BLOCK); /* no block at level 0 */
    assert_int_equal(translate(VALID_READ, UINT64_C(5) << 39), NOT_PRESENT);
}

static void d8_blocks(void **state)
{
    (void)state;
    map_4k(4, 0);
    entry(2, 7, UINT64_C(0x41000000) | BLOCK);
    assert_int_equal(
        translate(VALID_READ, UINT64_C(1) << 39 | UINT64_C(2) << 30 | 7 << 21 | 0x85000), 0);
    assert_int_equal(out.gpa_page, 0x41085);
    assert_int_equal(out.cache_type, HV_CACHE_TYPE_UNCACHED);
    entry(1, 9, UINT64_C(0x40000000) | BLOCK | 1u << 2);
    assert_int_equal(translate(VALID_READ, UINT64_C(1) << 39 | UINT64_C(9) << 30 | 0x1012000), 0);
    assert_int_equal(out.gpa_page, 0x41012);
    assert_int_equal(out.cache_type, 1);
}

static void d8_upper_half(void **state)
{
    const uint64_t gva = UINT64_C(0xffff) << 48 | GVA(4);

    (void)state;
    fake_write64(TABLES + 0x8000 + 8, (TABLES + 0x1000) | TABLE);
    entry(1, 2, (TABLES + 0x2000) | TABLE);
    entry(2, 3, (TABLES + 0x3000) | TABLE);
    entry(3, 4, PAGE | LEAF);
    assert_int_equal(translate(VALID_READ, gva), 0);
    assert_int_equal(out.gpa_page, PAGE >> 12);
    assert_int_equal(translate(VALID_READ, GVA(4)), NOT_PRESENT);
    /* Neither half. */
    assert_int_equal(translate(VALID_READ, UINT64_C(0xfffe) << 48 | GVA(4)), NOT_PRESENT);
    /* Tagged with TBI1, not for code with TBID1. */
    assert_int_equal(translate(VALID_READ, UINT64_C(0x12ff) << 48 | GVA(4)), NOT_PRESENT);
    regs->tcr_el1 |= UINT64_C(1) << 38;
    assert_int_equal(translate(VALID_READ, UINT64_C(0x12ff) << 48 | GVA(4)), 0);
    regs->tcr_el1 |= UINT64_C(1) << 52;
    assert_int_equal(translate(EXECUTE, UINT64_C(0x12ff) << 48 | GVA(4)), NOT_PRESENT);
    assert_int_equal(translate(VALID_READ, UINT64_C(0x12ff) << 48 | GVA(4)), 0);
    regs->tcr_el1 |= UINT64_C(1) << 23; /* EPD1 */
    assert_int_equal(translate(VALID_READ, gva), NOT_PRESENT);
}

static void d8_granules_16k_and_64k(void **state)
{
    (void)state;
    /* 16 KiB: T0SZ 17 (47 bits), three levels of 11 bits and a page of 14. */
    regs->tcr_el1 = (TCR_4K & ~UINT64_C(0x3f)) | 17 | UINT64_C(2) << 14;
    fake_write64(TABLES + 8 * 1, (TABLES + 0x4000) | TABLE);
    fake_write64(TABLES + 0x4000 + 8 * 2, (TABLES + 0x8000) | TABLE);
    fake_write64(TABLES + 0x8000 + 8 * 3, PAGE | LEAF);
    assert_int_equal(translate(VALID_READ, UINT64_C(1) << 36 | 2 << 25 | 3 << 14 | 0x2000), 0);
    assert_int_equal(out.gpa_page, (PAGE >> 12) + 2);
    /* 64 KiB: 48 bits, levels of 6, 13 and 13 bits. */
    regs->tcr_el1 = TCR_4K | UINT64_C(1) << 14;
    regs->ttbr0_el1 = FAKE_RAM + 0x20000;
    fake_write64(FAKE_RAM + 0x20000 + 8 * 1, (FAKE_RAM + 0x30000) | TABLE);
    fake_write64(FAKE_RAM + 0x30000 + 8 * 2, (FAKE_RAM + 0x40000) | TABLE);
    fake_write64(FAKE_RAM + 0x40000 + 8 * 3, PAGE | LEAF);
    assert_int_equal(translate(VALID_READ, UINT64_C(1) << 42 | 2 << 29 | 3 << 16 | 0x5000), 0);
    assert_int_equal(out.gpa_page, (PAGE >> 12) + 5);
    regs->tcr_el1 = TCR_4K | UINT64_C(3) << 14; /* reserved */
    assert_int_equal(translate(VALID_READ, 0), NOT_PRESENT);
}

static void d8_lpa2_52_bit_input(void **state)
{
    const uint64_t ds = UINT64_C(1) << 59;

    (void)state;
    /* T0SZ 12: level -1 has four bits. */
    regs->tcr_el1 = (TCR_4K & ~UINT64_C(0x3f)) | 12 | ds;
    assert_int_equal(translate(VALID_READ, GVA(4)), NOT_PRESENT); /* the CPU has no LPA2 */
    fake_sysreg_set("id_aa64mmfr0_el1", 6 | UINT64_C(1) << 28);
    regs->tcr_el1 = (regs->tcr_el1 & ~(UINT64_C(7) << 32)) | UINT64_C(6) << 32;
    fake_write64(TABLES + 0x5000 + 8 * 5, TABLES | TABLE);
    regs->ttbr0_el1 = TABLES + 0x5000;
    map_4k(4, PAGE | LEAF);
    assert_int_equal(translate(VALID_READ, UINT64_C(5) << 48 | GVA(4)), 0);
    assert_int_equal(out.gpa_page, PAGE >> 12);
    /* Bits 51:50 of the address are bits 9:8 of the descriptor: outside RAM, a device for all we know. */
    map_4k(5, PAGE | LEAF | 2u << 8);
    assert_int_equal(translate(VALID_READ, UINT64_C(5) << 48 | GVA(5)), 0);
    assert_int_equal(out.gpa_page, (UINT64_C(2) << 50 | PAGE) >> 12);
}

static void d8_size_limits(void **state)
{
    static const unsigned bad[] = {0, 1, 15, 40, 63};

    (void)state;
    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        regs->tcr_el1 = (TCR_4K & ~UINT64_C(0x3f)) | bad[i];
        assert_int_equal(translate(VALID_READ, 0), NOT_PRESENT);
    }
    regs->tcr_el1 = (TCR_4K & ~UINT64_C(0x3f)) | 39; /* 25 bits: starts at level 2 */
    entry(0, 1, (TABLES + 0x1000) | TABLE);
    entry(1, 2, PAGE | LEAF);
    assert_int_equal(translate(VALID_READ, 1 << 21 | 2 << 12), 0);
    assert_int_equal(out.gpa_page, PAGE >> 12);
    assert_int_equal(translate(VALID_READ, 1 << 25 | 1 << 21 | 2 << 12), NOT_PRESENT);
}

static void d8_4_permissions(void **state)
{
    static const struct {
        uint64_t leaf;
        uint64_t flags;
        uint32_t supervisor;
        uint32_t user;
    } cases[] = {
        {0, VALID_READ, 0, PRIVILEGE},
        {0, WRITE, 0, PRIVILEGE},
        {0, EXECUTE, 0, 0},
        {USER, VALID_READ, 0, 0},
        {USER, WRITE, 0, 0},
        {USER, EXECUTE, PRIVILEGE, 0}, /* writable by EL0: never executed by EL1 */
        {READ_ONLY, VALID_READ, 0, PRIVILEGE},
        {READ_ONLY, WRITE, PRIVILEGE, PRIVILEGE},
        {READ_ONLY | USER, VALID_READ, 0, 0},
        {READ_ONLY | USER, WRITE, PRIVILEGE, PRIVILEGE},
        {READ_ONLY | USER, EXECUTE, 0, 0},
        {PXN, EXECUTE, PRIVILEGE, 0},
        {UXN, EXECUTE, 0, PRIVILEGE},
        {USER | UXN, VALID_READ | WRITE, 0, 0},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        map_4k(4, PAGE | LEAF | cases[i].leaf);
        assert_int_equal(translate(cases[i].flags | HV_TRANSLATE_SUPERVISOR, GVA(4)),
                         cases[i].supervisor);
        assert_int_equal(translate(cases[i].flags | HV_TRANSLATE_USER, GVA(4)), cases[i].user);
        /* Without a flag the VP's own EL counts. */
        vp->vtl[SLOT_VTL0].pstate = PSTATE_EL0T;
        assert_int_equal(translate(cases[i].flags, GVA(4)), cases[i].user);
        vp->vtl[SLOT_VTL0].pstate = PSTATE_EL1H;
        assert_int_equal(translate(cases[i].flags, GVA(4)), cases[i].supervisor);
    }
}

static void d8_4_wxn(void **state)
{
    (void)state;
    regs->sctlr_el1 |= SCTLR_WXN;
    map_4k(4, PAGE | LEAF);
    assert_int_equal(translate(EXECUTE, GVA(4)), PRIVILEGE);
    map_4k(4, PAGE | LEAF | READ_ONLY);
    assert_int_equal(translate(EXECUTE, GVA(4)), 0);
}

static void d8_4_pan(void **state)
{
    (void)state;
    map_4k(4, PAGE | LEAF | USER | READ_ONLY);
    vp->vtl[SLOT_VTL0].pstate = PSTATE_EL1H | PSTATE_PAN;
    assert_int_equal(translate(VALID_READ, GVA(4)), PRIVILEGE);
    assert_int_equal(translate(VALID_READ | HV_TRANSLATE_PAN_CLEAR, GVA(4)), 0);
    assert_int_equal(translate(EXECUTE, GVA(4)), 0);
    vp->vtl[SLOT_VTL0].pstate = PSTATE_EL1H;
    assert_int_equal(translate(VALID_READ, GVA(4)), 0);
    assert_int_equal(translate(VALID_READ | HV_TRANSLATE_PAN_SET, GVA(4)), PRIVILEGE);
    assert_int_equal(translate(VALID_READ | HV_TRANSLATE_PAN_SET | HV_TRANSLATE_USER, GVA(4)), 0);
}

static void d8_4_2_hierarchical(void **state)
{
    (void)state;
    map_4k(4, PAGE | LEAF | USER);
    entry(1, 2, (TABLES + 0x2000) | TABLE | UINT64_C(1) << 62); /* read-only below */
    assert_int_equal(translate(WRITE, GVA(4)), PRIVILEGE);
    assert_int_equal(translate(VALID_READ, GVA(4)), 0);
    entry(1, 2, (TABLES + 0x2000) | TABLE | UINT64_C(1) << 61); /* not for EL0 */
    assert_int_equal(translate(VALID_READ | HV_TRANSLATE_USER, GVA(4)), PRIVILEGE);
    entry(1, 2, (TABLES + 0x2000) | TABLE | UINT64_C(1) << 60);
    assert_int_equal(translate(EXECUTE | HV_TRANSLATE_USER, GVA(4)), PRIVILEGE);
    map_4k(4, PAGE | LEAF | READ_ONLY);
    entry(0, 1, (TABLES + 0x1000) | TABLE | UINT64_C(1) << 59);
    assert_int_equal(translate(EXECUTE, GVA(4)), PRIVILEGE);
    regs->tcr_el1 |= UINT64_C(1) << 41; /* HPD0 */
    assert_int_equal(translate(EXECUTE, GVA(4)), 0);
}

static void d8_access_flag_and_dirty_state(void **state)
{
    const uint64_t leaf = PAGE | 3 | READ_ONLY | UINT64_C(1) << 51; /* DBM, AF clear */
    const uint64_t at = TABLES + 0x3000 + 4 * 8;

    (void)state;
    map_4k(4, leaf);
    assert_int_equal(translate(VALID_READ, GVA(4)), NOT_PRESENT);
    regs->tcr_el1 |= UINT64_C(3) << 39; /* HA, HD: but the CPU has neither */
    assert_int_equal(translate(VALID_READ, GVA(4)), NOT_PRESENT);
    fake_sysreg_set("id_aa64mmfr1_el1", 1); /* the flag, not dirty state */
    assert_int_equal(translate(VALID_READ, GVA(4)), 0);
    assert_int_equal(translate(WRITE, GVA(4)), PRIVILEGE);
    fake_sysreg_set("id_aa64mmfr1_el1", 2);
    assert_int_equal(translate(VALID_READ | WRITE, GVA(4)), 0);
    assert_int_equal(fake_read64(at), leaf); /* not asked to */
    assert_int_equal(translate(VALID_READ | HV_TRANSLATE_SET_PAGE_TABLE_BITS, GVA(4)), 0);
    assert_int_equal(fake_read64(at), leaf | AF);
    assert_int_equal(translate(WRITE | HV_TRANSLATE_SET_PAGE_TABLE_BITS, GVA(4)), 0);
    assert_int_equal(fake_read64(at), (leaf | AF) & ~READ_ONLY);
}

static void d8_big_endian_tables(void **state)
{
    (void)state;
    regs->sctlr_el1 |= UINT64_C(1) << 25;
    entry(0, 1, __builtin_bswap64((TABLES + 0x1000) | TABLE));
    entry(1, 2, __builtin_bswap64((TABLES + 0x2000) | TABLE));
    entry(2, 3, __builtin_bswap64(PAGE | BLOCK));
    assert_int_equal(translate(VALID_READ, GVA(4)), 0);
}

static void section_2_8_tables_and_pages_out_of_reach(void **state)
{
    (void)state;
    map_4k(4, PAGE | LEAF);
    entry(2, 5, UINT64_C(0x9000000) | TABLE);
    assert_int_equal(translate(VALID_READ, UINT64_C(1) << 39 | UINT64_C(2) << 30 | 5 << 21),
                     HV_TRANSLATE_RESULT_GPA_UNMAPPED);
    entry(2, 5, UINT64_C(1) << 47 | TABLE);
    regs->tcr_el1 &= ~(UINT64_C(7) << 32); /* IPS 32 bits */
    assert_int_equal(translate(VALID_READ, UINT64_C(1) << 39 | UINT64_C(2) << 30 | 5 << 21),
                     HV_TRANSLATE_RESULT_BAD_FLAGS);
    fake_vtl0_rights[0x13] = 0; /* VTL2 took a table */
    assert_int_equal(translate(VALID_READ, GVA(4)), HV_TRANSLATE_RESULT_NO_READ);
    fake_vtl0_rights[0x13] = HV_MAP_ALL;
    fake_vtl0_rights[0x80] = HV_MAP_READ;
    assert_int_equal(translate(VALID_READ, GVA(4)), 0);
    assert_int_equal(translate(VALID_READ | WRITE, GVA(4)), HV_TRANSLATE_RESULT_NO_WRITE);
    fake_vtl0_rights[0x80] = 0;
    assert_int_equal(translate(VALID_READ, GVA(4)), HV_TRANSLATE_RESULT_NO_READ);
    /* A device window translates: VTL2 emulates it. */
    map_4k(4, UINT64_C(0x9000000) | LEAF);
    assert_int_equal(translate(VALID_READ | WRITE, GVA(4)), 0);
    assert_int_equal(out.gpa_page, 0x9000);
}

static void section_2_8_mmu_off(void **state)
{
    (void)state;
    regs->sctlr_el1 = SCTLR_RES1;
    assert_int_equal(translate(VALID_READ, PAGE), 0);
    assert_int_equal(out.gpa_page, PAGE >> 12);
    assert_int_equal(translate(VALID_READ, UINT64_C(1) << 48), NOT_PRESENT);
}

static void section_2_8_own_vtl_from_the_hardware(void **state)
{
    (void)state;
    map_4k(4, PAGE | LEAF);
    fake_sysreg_set("sctlr_el1", SCTLR_RES1);
    assert_int_equal(status_of(VALID_READ, PAGE), 0);
    assert_int_equal(out.result, 0);
    assert_int_equal(out.gpa_page, PAGE >> 12);
    fake_sysreg_set("sctlr_el1", SCTLR_RES1 | SCTLR_M);
    fake_sysreg_set("tcr_el1", TCR_4K);
    fake_sysreg_set("ttbr0_el1", TABLES);
    assert_int_equal(status_of(VALID_READ, GVA(4)), 0);
    assert_int_equal(out.result, 0);
}

static void section_2_8_tlb_lock(void **state)
{
    (void)state;
    map_4k(4, PAGE | LEAF);
    assert_int_equal(translate(VALID_READ, GVA(4)), 0);
    assert_false(vp->secure_tlb_lock);
    assert_int_equal(translate(VALID_READ | HV_TRANSLATE_TLB_FLUSH_INHIBIT, GVA(9)), NOT_PRESENT);
    assert_false(vp->secure_tlb_lock);
    assert_int_equal(translate(VALID_READ | HV_TRANSLATE_TLB_FLUSH_INHIBIT, GVA(4)), 0);
    assert_true(vp->secure_tlb_lock);
}

static void section_2_8_malformed(void **state)
{
    const uint64_t vtl0 = UINT64_C(0x10) << 56;

    (void)state;
    assert_int_equal(status_of(vtl0 | 1 << 3, 0), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(status_of(vtl0 | 1 << 10, 0), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(status_of(vtl0 | 3 << 6, 0), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(status_of(vtl0 | 3 << 8, 0), HV_STATUS_INVALID_PARAMETER);
    assert_int_equal(status_of(UINT64_C(0x13) << 56, 0), HV_STATUS_ACCESS_DENIED);
    vp->active = SLOT_VTL0;
    assert_int_equal(status_of(UINT64_C(0x12) << 56, 0), HV_STATUS_ACCESS_DENIED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(d8_four_levels_of_4k, setup),
        cmocka_unit_test_setup(d8_blocks, setup),
        cmocka_unit_test_setup(d8_upper_half, setup),
        cmocka_unit_test_setup(d8_granules_16k_and_64k, setup),
        cmocka_unit_test_setup(d8_lpa2_52_bit_input, setup),
        cmocka_unit_test_setup(d8_size_limits, setup),
        cmocka_unit_test_setup(d8_4_permissions, setup),
        cmocka_unit_test_setup(d8_4_wxn, setup),
        cmocka_unit_test_setup(d8_4_pan, setup),
        cmocka_unit_test_setup(d8_4_2_hierarchical, setup),
        cmocka_unit_test_setup(d8_access_flag_and_dirty_state, setup),
        cmocka_unit_test_setup(d8_big_endian_tables, setup),
        cmocka_unit_test_setup(section_2_8_tables_and_pages_out_of_reach, setup),
        cmocka_unit_test_setup(section_2_8_mmu_off, setup),
        cmocka_unit_test_setup(section_2_8_own_vtl_from_the_hardware, setup),
        cmocka_unit_test_setup(section_2_8_tlb_lock, setup),
        cmocka_unit_test_setup(section_2_8_malformed, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
