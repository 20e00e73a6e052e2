/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IGVM reader against igvm.md 3 and 6: pages, contexts, regions, required memory, parameters.
 */
#include "igvm_maker.h"

/* ---- Pages ---- */

static void expect_page(size_t at, uint8_t value, enum igvm_status status)
{
    make_mini();
    mini_page()[at] = value;
    expect_status(status);
}

static void page_rules(void **state)
{
    (void)state;
    expect_page(0, 1, IGVM_BAD_PAGE);
    expect_page(16, 1, IGVM_PAGE_2MB_UNSUPPORTED);
    expect_page(16, 2, IGVM_OK);
    expect_page(16, 4, IGVM_OK);
    expect_page(16, 8, IGVM_RESERVED_NOT_ZERO);
    expect_page(19, 0x80, IGVM_RESERVED_NOT_ZERO);
    expect_page(22, 1, IGVM_RESERVED_NOT_ZERO);
    for (uint8_t type = 1; type < 6; type++) {
        expect_page(20, type, IGVM_BAD_PAGE_TYPE);
    }
    expect_page(12, 0x77, IGVM_BAD_FILE_OFFSET); /* into the headers: the reference panics */
    expect_page(12, 1, IGVM_BAD_FILE_OFFSET);
    expect_page(12, 0x9d, IGVM_BAD_FILE_OFFSET); /* its last byte is behind the file's */
    expect_page(15, 0xff, IGVM_BAD_FILE_OFFSET);
    expect_page(12, 0x9c, IGVM_OK); /* not aligned, up to the last byte */
}

static void page_at_the_end_of_addresses(void **state)
{
    (void)state;
    make_mini();
    put64(mini_page(), UINT64_C(0xfffffffffffff000));
    expect_status(IGVM_BAD_PAGE);
}

static void pages_must_ascend(void **state)
{
    (void)state;
    static const struct {
        uint64_t first;
        uint64_t second;
        enum igvm_status status;
    } cases[] = {
        {0x1000, 0x2000, IGVM_OK},
        {0x1000, 0x1000, IGVM_PAGE_TWICE},
        {0x2000, 0x1000, IGVM_PAGE_ORDER},
        {0, 0, IGVM_PAGE_TWICE},
    };
    uint8_t bytes[4096] = {1};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        platform(&maker);
        page(&maker, cases[i].first, data(&maker, 24 + 64, bytes, sizeof(bytes)));
        page(&maker, cases[i].second, 0);
        expect_status(cases[i].status);
    }
}

/* ---- VP contexts ---- */

static void expect_register(uint8_t vtl, uint32_t name, enum igvm_status status)
{
    make_mini();
    record(mini_registers() + 4, vtl, name, 0);
    expect_status(status);
}

static void register_rules(void **state)
{
    (void)state;
    static const uint32_t good[] = {0x20000, 0x20007, 0x20022, 0x20023, 0x40002,
                                    0x40005, 0x40006, 0x40007, 0x4000b, 0x4000c};
    static const uint32_t bad[] = {0,       0x1ffff, 0x20008, 0x2001e, 0x2001f, 0x20020, 0x20024,
                                   0x40000, 0x40003, 0x40008, 0x4000a, 0x4000d, 0x90000};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        expect_register(2, good[i], IGVM_OK);
        expect_register(0, good[i], IGVM_OK);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        expect_register(2, bad[i], IGVM_BAD_REGISTER);
    }
    expect_register(1, 0x20022, IGVM_BAD_VTL);
    expect_register(3, 0x20022, IGVM_BAD_VTL);
    for (size_t at = 5; at < 32; at++) {
        make_mini();
        mini_registers()[4 + at] = 1;
        expect_status(at >= 16 && at < 24 ? IGVM_OK : IGVM_RESERVED_NOT_ZERO);
    }
}

static void context_rules(void **state)
{
    (void)state;
    static const uint32_t counts[] = {0, 17, UINT32_MAX, 0x08000000};

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        make_mini();
        put32(mini_registers(), counts[i]);
        expect_status(IGVM_BAD_CONTEXT);
    }
    make_mini();
    put32(mini_registers(), 2);
    expect_status(IGVM_BAD_FILE_OFFSET);
    make_mini();
    mini_context()[0] = 1;
    expect_status(IGVM_RESERVED_NOT_ZERO);
    make_mini();
    mini_context()[16] = 1;
    expect_status(IGVM_BAD_VP_INDEX);
    make_mini();
    mini_context()[18] = 1;
    expect_status(IGVM_RESERVED_NOT_ZERO);
    make_mini();
    put32(mini_context() + 12, 0);
    expect_status(IGVM_BAD_FILE_OFFSET);
    make_mini();
    put32(mini_context() + 12, 4252 - 3);
    expect_status(IGVM_BAD_FILE_OFFSET);
}

static void expect_two_registers(uint8_t vtl, uint32_t name, enum igvm_status status)
{
    uint8_t more[32];

    make_mini();
    put32(mini_registers(), 2);
    record(more, vtl, name, 0);
    data(&maker, 0, more, sizeof(more));
    expect_status(status);
}

static void register_pairs(void **state)
{
    (void)state;
    expect_two_registers(2, 0x20000, IGVM_OK);
    expect_two_registers(0, 0x20000, IGVM_BAD_VTL);
    expect_two_registers(2, 0x20022, IGVM_REGISTER_TWICE);
}

static void same_vtl_twice(void **state)
{
    (void)state;
    make_mini();
    context(&maker, 0x1078 + 32);
    put32(mini_page() + 12, 0x78 + 32);
    put32(mini_context() + 12, 0x1078 + 32);
    expect_status(IGVM_CONTEXT_TWICE);
}

/* ---- Regions and required memory: bodies of make_full() ---- */

#define FULL_REGION (24 + 8)
#define FULL_TABLES (24 + 56 + 8)
#define FULL_REQUIRED (24 + 56 + 40 + 8)
#define FULL_AREA (24 + 56 + 40 + 32 + 8)
#define FULL_DEVICE_TREE (24 + 56 + 40 + 32 + 24 + 8)
#define FULL_VP_COUNT (24 + 56 + 40 + 32 + 24 + 16 + 8)
#define FULL_CONTEXT (24 + 56 + 40 + 32 + 24 + 32 + 8)
#define FULL_INSERT (24 + 56 + 40 + 32 + 24 + 32 + 32 + 8)
#define FULL_PAGE (24 + 56 + 40 + 32 + 24 + 32 + 32 + 24 + 8)

static void expect_full8(size_t at, uint8_t value, enum igvm_status status)
{
    make_full();
    maker.headers[at] = value;
    expect_status(status);
}

static void expect_full64(size_t at, uint64_t value, enum igvm_status status)
{
    make_full();
    put64(maker.headers + at, value);
    expect_status(status);
}

static void region_rules(void **state)
{
    (void)state;
    expect_full8(FULL_REGION + 4, 1, IGVM_BAD_VP_INDEX);
    expect_full8(FULL_REGION + 6, 1, IGVM_BAD_VTL);
    expect_full8(FULL_REGION + 6, 0, IGVM_BAD_VTL);
    expect_full8(FULL_REGION + 7, 7, IGVM_RESERVED_NOT_ZERO);
    expect_full8(FULL_REGION + 7, 0x83, IGVM_RESERVED_NOT_ZERO);
    expect_full64(FULL_REGION + 8, 0, IGVM_BAD_REGION);
    expect_full64(FULL_REGION + 8, 0x800, IGVM_BAD_REGION);
    expect_full64(FULL_REGION + 8, 0x3000, IGVM_BAD_REGION);
    expect_full64(FULL_REGION + 16, 0x41001000, IGVM_BAD_REGION);
    expect_full64(FULL_REGION + 24, 0, IGVM_BAD_REGION);
    expect_full64(FULL_REGION + 24, 0x800, IGVM_BAD_REGION);
    expect_full64(FULL_REGION + 24, UINT64_C(0xffffffffffff0000), IGVM_BAD_REGION);
    expect_full64(FULL_REGION + 24, 0x11000, IGVM_REGION_OVERLAP);
    expect_full64(FULL_REGION + 32, 0x41000001, IGVM_BAD_REGION);
    expect_full64(FULL_REGION + 40, 0x4100ffff, IGVM_BAD_REGION);
    expect_full64(FULL_REGION + 40, 0x41010000, IGVM_BAD_REGION); /* not aligned */
    expect_full64(FULL_REGION + 40, 0x41200000, IGVM_OK);
}

static void page_table_rules(void **state)
{
    (void)state;
    expect_full8(FULL_TABLES + 7, 1, IGVM_RESERVED_NOT_ZERO);
    expect_full8(FULL_TABLES + 4, 1, IGVM_BAD_VP_INDEX);
    expect_full8(FULL_TABLES + 6, 0, IGVM_REGION_WITHOUT_CONTEXT);
    expect_full8(FULL_TABLES + 6, 1, IGVM_BAD_VTL);
    expect_full64(FULL_TABLES + 8, 0x41010800, IGVM_BAD_REGION);
    expect_full64(FULL_TABLES + 16, 0, IGVM_BAD_REGION);
    expect_full64(FULL_TABLES + 24, 0x3000, IGVM_BAD_REGION);
    expect_full64(FULL_TABLES + 24, 0x2000, IGVM_OK);
    expect_full64(FULL_TABLES + 8, 0x41002000, IGVM_REGION_OVERLAP);
    /* The insert at 0x41001000 would land in the tables. */
    make_full();
    put64(maker.headers + FULL_REGION + 16, 0x42000000);
    put64(maker.headers + FULL_TABLES + 8, 0x41002000);
    expect_status(IGVM_BAD_INSERT);
    begin();
    platform(&maker);
    put32(header(&maker, 0x103, 32), 1);
    data(&maker, 0, "x", 1);
    expect_status(IGVM_BAD_REGION);
}

static void two_page_table_regions(void **state)
{
    (void)state;
    begin();
    platform(&maker);
    for (uint64_t i = 0; i < 2; i++) {
        uint8_t *body = header(&maker, 0x103, 32);
        put32(body, 1);
        body[6] = 2;
        put64(body + 8, i * 0x10000);
        put64(body + 16, 0x1000);
    }
    data(&maker, 0, "x", 1);
    expect_status(IGVM_TWO_PAGE_TABLE_REGIONS);
}

static void regions_need_contexts_and_are_few(void **state)
{
    (void)state;
    begin();
    platform(&maker);
    region(&maker, 0, 0x1000);
    data(&maker, 0, "x", 1);
    expect_status(IGVM_REGION_WITHOUT_CONTEXT);
    begin();
    platform(&maker);
    for (uint64_t i = 0; i < 5; i++) {
        region(&maker, i * 0x200000, 0x1000);
    }
    data(&maker, 0, "x", 1);
    expect_status(IGVM_TOO_MANY_REGIONS);
}

static void required_memory_rules(void **state)
{
    (void)state;
    expect_full64(FULL_REQUIRED, 0x41000800, IGVM_BAD_REQUIRED_MEMORY);
    expect_full64(FULL_REQUIRED, UINT64_C(0xfffffffffffff000), IGVM_BAD_REQUIRED_MEMORY);
    expect_full8(FULL_REQUIRED + 12, 1, IGVM_BAD_REQUIRED_MEMORY);
    expect_full8(FULL_REQUIRED + 16, 0, IGVM_OK);
    expect_full8(FULL_REQUIRED + 16, 2, IGVM_RESERVED_NOT_ZERO);
    expect_full8(FULL_REQUIRED + 20, 1, IGVM_RESERVED_NOT_ZERO);
    make_full();
    put32(maker.headers + FULL_REQUIRED + 12, 0);
    expect_status(IGVM_BAD_REQUIRED_MEMORY);
}

/* ---- Parameters ---- */

static void parameter_rules(void **state)
{
    (void)state;
    expect_full64(FULL_AREA, 0, IGVM_BAD_AREA);
    expect_full64(FULL_AREA, 0x2001, IGVM_BAD_AREA);
    expect_full64(FULL_AREA, UINT64_C(0x100000000), IGVM_BAD_AREA);
    expect_full8(FULL_AREA + 8, 8, IGVM_AREA_UNKNOWN);
    expect_full8(FULL_DEVICE_TREE, 8, IGVM_AREA_UNKNOWN);
    expect_full64(FULL_DEVICE_TREE, UINT64_C(0x200000000007), IGVM_PARAMETER_OUTSIDE);
    /* VP_COUNT is four bytes at 0x1ffc. */
    expect_full8(FULL_VP_COUNT + 4, 0xfd, IGVM_PARAMETER_OUTSIDE);
    expect_full64(FULL_INSERT, 0x41001800, IGVM_BAD_INSERT);
    expect_full64(FULL_INSERT, UINT64_C(0xfffffffffffff000), IGVM_BAD_INSERT);
    expect_full8(FULL_INSERT + 8, 2, IGVM_BAD_MASK);
    expect_full8(FULL_INSERT + 12, 6, IGVM_AREA_UNKNOWN);
    expect_full64(FULL_PAGE, 0x41001000, IGVM_PAGE_IN_AREA);
    expect_full64(FULL_PAGE, 0x41002000, IGVM_PAGE_IN_AREA);
    /* First content of an area has to be in the file's data, all of it. */
    expect_full8(FULL_AREA + 12, 1, IGVM_BAD_FILE_OFFSET);
}

static void parameter_life_cycle(void **state)
{
    (void)state;
    begin();
    platform(&maker);
    area(&maker, 0x1000, 0);
    data(&maker, 0, "x", 1);
    expect_status(IGVM_AREA_UNUSED);
    insert(&maker, 0, 0);
    insert(&maker, 0x1000, 0);
    expect_status(IGVM_AREA_INSERTED);
    maker.header_bytes -= 24;
    parameter(&maker, 0x30c, 0, 0);
    expect_status(IGVM_AREA_INSERTED);
    maker.header_bytes -= 16;
    area(&maker, 0x1000, 0);
    expect_status(IGVM_AREA_TWICE);
    maker.header_bytes -= 24;
    area(&maker, 0x1000, 1);
    insert(&maker, 0, 1);
    expect_status(IGVM_INSERT_ORDER);
    maker.header_bytes -= 24;
    insert(&maker, 0x1000, 1);
    expect_status(IGVM_TRAILING_BYTES); /* the 'x': all else is good */
}

static void parameter_sizes(void **state)
{
    (void)state;
    static const struct {
        uint32_t type;
        uint32_t last; /* offset in one page where it still fits */
    } cases[] = {{0x307, 4092}, {0x313, 4092}, {0x30a, 4064}, {0x30c, 4072},
                 {0x30e, 4095}, {0x312, 4095}, {0x30f, 4095}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (uint32_t more = 0; more < 2; more++) {
            begin();
            platform(&maker);
            area(&maker, 0x1000, 0);
            parameter(&maker, cases[i].type, 0, cases[i].last + more);
            insert(&maker, 0, 0);
            data(&maker, 0, "x", 1);
            expect_status(more == 0 ? IGVM_TRAILING_BYTES : IGVM_PARAMETER_OUTSIDE);
        }
    }
}

static void areas_are_few(void **state)
{
    (void)state;
    begin();
    platform(&maker);
    for (uint32_t i = 0; i < IGVM_AREAS_MAX + 1; i++) {
        area(&maker, 0x1000, i);
    }
    data(&maker, 0, "x", 1);
    expect_status(IGVM_TOO_MANY_AREAS);
}

/* ---- What a loader asks ---- */

static enum igvm_status start_status(void)
{
    struct igvm_file file;

    seal(&maker);
    assert_int_equal(igvm_open(&file, maker.file, maker.bytes), IGVM_OK);
    return igvm_check_start(&file);
}

static void start_rules(void **state)
{
    (void)state;
    make_mini();
    record(mini_registers() + 4, 2, 0x20022, 0xffc);
    assert_int_equal(start_status(), IGVM_OK);
    record(mini_registers() + 4, 0, 0x20022, 0xffc);
    assert_int_equal(start_status(), IGVM_NO_CONTEXT);
    record(mini_registers() + 4, 2, 0x20000, 0xffc);
    assert_int_equal(start_status(), IGVM_NO_PC);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_rules),
        cmocka_unit_test(page_at_the_end_of_addresses),
        cmocka_unit_test(pages_must_ascend),
        cmocka_unit_test(register_rules),
        cmocka_unit_test(context_rules),
        cmocka_unit_test(register_pairs),
        cmocka_unit_test(same_vtl_twice),
        cmocka_unit_test(region_rules),
        cmocka_unit_test(page_table_rules),
        cmocka_unit_test(two_page_table_regions),
        cmocka_unit_test(regions_need_contexts_and_are_few),
        cmocka_unit_test(required_memory_rules),
        cmocka_unit_test(parameter_rules),
        cmocka_unit_test(parameter_life_cycle),
        cmocka_unit_test(parameter_sizes),
        cmocka_unit_test(areas_are_few),
        cmocka_unit_test(start_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
