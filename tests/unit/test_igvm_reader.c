/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IGVM reader against igvm.md: the vector of 7.1; of the verdicts of 3 and the stricter rules
 * of 6, those about the fixed header, the platform and framing.
 */
#include "igvm_maker.h"

/* ---- Accepted ---- */

static void mini_is_the_vector(void **state)
{
    (void)state;
    static const uint8_t fixed[32] = {
        0x49, 0x47, 0x56, 0x4d, 0x02, 0,    0,    0,    0x20, 0, 0, 0, 0x58, 0,    0, 0,
        0x9c, 0x10, 0,    0,    0x9f, 0x83, 0xcf, 0x07, 1,    0, 0, 0, 0,    0x10, 0, 0};

    make_mini();
    assert_int_equal(maker.bytes, 4252);
    assert_memory_equal(maker.file, fixed, sizeof(fixed));
    assert_int_equal(open_now(), IGVM_OK);
}

static void crc_has_the_known_check_value(void **state)
{
    (void)state;
    assert_int_equal(igvm_crc32(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(igvm_crc32(igvm_crc32(0, "12345", 5), "6789", 4), 0xcbf43926);
}

static void mini_decodes(void **state)
{
    (void)state;
    struct igvm_file file;
    struct igvm_cursor cursor = {0};
    struct igvm_header found;
    struct igvm_vp_register value;

    make_mini();
    assert_int_equal(igvm_open(&file, maker.file, maker.bytes), IGVM_OK);
    assert_true(igvm_next(&file, &cursor, &found));
    assert_int_equal(found.type, 0x001);
    assert_int_equal(found.platform.highest_vtl, 2);
    assert_true(igvm_next(&file, &cursor, &found));
    assert_int_equal(found.type, 0x302);
    assert_int_equal(found.page_data.gpa, 0);
    assert_int_equal(igvm_page(&file, &found.page_data)[0], 'A');
    assert_true(igvm_next(&file, &cursor, &found));
    assert_int_equal(found.type, 0x304);
    assert_true(igvm_vp_register(&file, &found.vp_context, 0, &value));
    assert_int_equal(value.vtl, 2);
    assert_int_equal(value.name, 0x20022);
    assert_int_equal(value.value, 0x1000);
    assert_false(igvm_vp_register(&file, &found.vp_context, 1, &value));
    assert_false(igvm_next(&file, &cursor, &found));
    /* The vector's PC lies outside its page: well formed, but nothing to start. */
    assert_int_equal(igvm_check_start(&file), IGVM_PC_OUTSIDE);
}

static void full_file_is_good(void **state)
{
    (void)state;
    struct igvm_file file;
    struct igvm_cursor cursor = {0};
    struct igvm_header found;
    uint32_t count = 0;

    make_full();
    assert_int_equal(open_now(), IGVM_OK);
    assert_int_equal(igvm_open(&file, maker.file, maker.bytes), IGVM_OK);
    assert_int_equal(igvm_check_start(&file), IGVM_OK);
    while (igvm_next(&file, &cursor, &found)) {
        count++;
    }
    assert_int_equal(count, 11);
    assert_int_equal(found.type, 0x302);
    assert_null(igvm_page(&file, &found.page_data));
}

static void two_contexts_of_different_vtls_are_good(void **state)
{
    (void)state;
    uint8_t registers[36] = {1};

    make_mini();
    /* One more header of 32 bytes moves the data by as much. */
    context(&maker, 0x1078 + 32 + 36);
    put32(mini_page() + 12, 0x78 + 32);
    put32(mini_context() + 12, 0x1078 + 32);
    record(registers + 4, 0, 0x20000, 5);
    data(&maker, 0, registers, sizeof(registers));
    expect_status(IGVM_OK);
}

/* ---- Fixed header ---- */

static void expect_fixed(size_t at, uint32_t value, enum igvm_status status)
{
    make_mini();
    put32(maker.file + at, value);
    assert_string_equal(igvm_status_text(open_now()), igvm_status_text(status));
}

static void fixed_header_rules(void **state)
{
    (void)state;
    expect_fixed(0, 0x4d564748, IGVM_BAD_MAGIC);
    expect_fixed(4, 1, IGVM_BAD_VERSION);
    expect_fixed(8, 28, IGVM_BAD_HEADER_BOUNDS);
    expect_fixed(8, 36, IGVM_BAD_HEADER_BOUNDS);
    expect_fixed(12, 4252 - 32, IGVM_BAD_HEADER_BOUNDS);
    expect_fixed(12, UINT32_MAX - 7, IGVM_BAD_HEADER_BOUNDS);
    expect_fixed(12, 0x57, IGVM_BAD_HEADER_BOUNDS);
    expect_fixed(16, 4253, IGVM_BAD_FILE_SIZE);
    expect_fixed(16, 4251, IGVM_BAD_FILE_SIZE);
    expect_fixed(20, 0x07cf839e, IGVM_BAD_CHECKSUM);
    expect_fixed(24, 0, IGVM_BAD_ARCHITECTURE);
    expect_fixed(24, 2, IGVM_BAD_ARCHITECTURE);
    expect_fixed(28, 65536, IGVM_BAD_PAGE_SIZE);
}

static void short_files(void **state)
{
    (void)state;
    struct igvm_file file;

    make_mini();
    assert_int_equal(igvm_open(&file, maker.file, 0), IGVM_TOO_SHORT);
    assert_int_equal(igvm_open(&file, maker.file, 31), IGVM_TOO_SHORT);
    assert_int_equal(igvm_open(&file, maker.file, UINT64_C(1) << 32), IGVM_TOO_LONG);
    maker.bytes = 4251;
    assert_int_equal(open_now(), IGVM_BAD_FILE_SIZE);
}

/* "At least one byte of file data must follow the headers" (igvm.md 1.1). */
static void no_data(void **state)
{
    (void)state;
    begin();
    platform(&maker);
    page(&maker, 0, 0);
    expect_status(IGVM_BAD_HEADER_BOUNDS);
}

/* ---- Platform ---- */

static void expect_platform(size_t at, uint8_t value, enum igvm_status status)
{
    make_mini();
    mini_platform()[at] = value;
    expect_status(status);
}

static void platform_rules(void **state)
{
    (void)state;
    static const uint8_t refused[] = {0, 2, 3, 4, 5, 7, 0xff};

    for (size_t i = 0; i < sizeof(refused); i++) {
        expect_platform(5, refused[i], IGVM_BAD_PLATFORM);
    }
    expect_platform(5, 6, IGVM_NO_VSM_PLATFORM);
    expect_platform(4, 1, IGVM_BAD_VTL);
    expect_platform(4, 3, IGVM_BAD_VTL);
    expect_platform(0, 0, IGVM_BAD_MASK);
    expect_platform(0, 3, IGVM_BAD_MASK);
    expect_platform(0, 2, IGVM_BAD_MASK); /* then the others' bit has no platform */
    expect_platform(6, 2, IGVM_BAD_PLATFORM);
    expect_platform(8, 1, IGVM_BAD_PLATFORM);
}

static void platform_count(void **state)
{
    (void)state;
    uint8_t byte = 1;

    begin();
    page(&maker, 0, 0);
    data(&maker, 0, &byte, 1);
    expect_status(IGVM_NO_PLATFORM);
    begin();
    data(&maker, 0, &byte, 1);
    expect_status(IGVM_NO_PLATFORM);
    begin();
    platform(&maker);
    platform(&maker);
    data(&maker, 0, &byte, 1);
    expect_status(IGVM_TWO_PLATFORMS);
    begin();
    platform(&maker);
    data(&maker, 0, &byte, 1);
    expect_status(IGVM_TRAILING_BYTES);
}

/* ---- Framing ---- */

static void framing_rules(void **state)
{
    (void)state;
    make_mini();
    put32(mini_page() - 8, 0x80000302);
    expect_status(IGVM_UNKNOWN_TYPE);
    make_mini();
    put32(mini_page() - 8, 0x306);
    expect_status(IGVM_UNKNOWN_TYPE);
    make_mini();
    put32(mini_page() - 4, 16);
    expect_status(IGVM_BAD_LENGTH);
    make_mini();
    put32(mini_page() - 4, UINT32_MAX);
    expect_status(IGVM_BAD_LENGTH);
    make_mini();
    mini_context()[20] = 1;
    expect_status(IGVM_BAD_PADDING);
    make_mini();
    mini_page()[8] = 2;
    expect_status(IGVM_BAD_MASK);
    make_mini();
    mini_page()[8] = 3;
    expect_status(IGVM_BAD_MASK);
    make_mini();
    mini_context()[8] = 0;
    expect_status(IGVM_BAD_MASK);
}

static void headers_cut_short(void **state)
{
    (void)state;
    for (size_t cut = 8; cut < 32; cut += 8) {
        make_mini();
        maker.header_bytes -= cut;
        expect_status(IGVM_TRUNCATED_HEADER);
    }
}

static void section_order(void **state)
{
    (void)state;
    begin();
    platform(&maker);
    required(&maker, 0, 4096);
    region(&maker, 0, 0x1000);
    data(&maker, 0, "x", 1);
    expect_status(IGVM_BAD_ORDER);
    begin();
    platform(&maker);
    required(&maker, 0, 4096);
    platform(&maker);
    data(&maker, 0, "x", 1);
    expect_status(IGVM_BAD_ORDER);
}

static void every_status_has_a_text(void **state)
{
    (void)state;
    for (int i = 0; i < (int)IGVM_STATUSES; i++) {
        const char *text = igvm_status_text((enum igvm_status)i);
        assert_string_not_equal(text, "unknown status");
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(text, igvm_status_text((enum igvm_status)j));
        }
    }
    assert_string_equal(igvm_status_text(IGVM_STATUSES), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mini_is_the_vector),
        cmocka_unit_test(crc_has_the_known_check_value),
        cmocka_unit_test(mini_decodes),
        cmocka_unit_test(full_file_is_good),
        cmocka_unit_test(two_contexts_of_different_vtls_are_good),
        cmocka_unit_test(fixed_header_rules),
        cmocka_unit_test(short_files),
        cmocka_unit_test(no_data),
        cmocka_unit_test(platform_rules),
        cmocka_unit_test(platform_count),
        cmocka_unit_test(framing_rules),
        cmocka_unit_test(headers_cut_short),
        cmocka_unit_test(section_order),
        cmocka_unit_test(every_status_has_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
