/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IGVM reader against igvm.md 2, 3 and 6: policies, endorsements, error ranges, a second platform,
 * shared pages.
 */
#include "igvm_maker.h"

/* ---- A file with one more header ---- */

#define FIRST UINT64_C(0x1000)

/* Platform, the header, a page at FIRST with data and one register. Returns the header's body. */
static uint8_t *make(uint32_t type, uint32_t length)
{
    const uint32_t total = 24 + 8 + ((length + 7u) & ~7u) + 32 + 32;
    uint8_t content[4096] = {1};
    uint8_t registers[36] = {1};

    begin();
    platform(&maker);
    uint8_t *body = header(&maker, type, length);
    page(&maker, FIRST, data(&maker, total, content, sizeof(content)));
    record(registers + 4, 2, 0x20022, FIRST);
    context(&maker, data(&maker, total, registers, sizeof(registers)));
    return body;
}

static void put_cca_platform(uint8_t *body)
{
    put32(body, 2);
    body[4] = 0;
    body[5] = 6;
    body[6] = 1;
}

static void guest_policy(void **state)
{
    (void)state;
    put32(make(0x101, 16) + 8, 1);
    expect_status(IGVM_OK);
    (void)make(0x101, 16);
    expect_status(IGVM_BAD_MASK);
    uint8_t *body = make(0x101, 16);
    put32(body + 8, 1);
    body[12] = 1;
    expect_status(IGVM_RESERVED_NOT_ZERO);
}

static void error_range(void **state)
{
    (void)state;
    static const struct {
        uint64_t gpa;
        uint32_t bytes;
        enum igvm_status status;
    } cases[] = {
        {0x8000, 0x2000, IGVM_OK},
        {0x8001, 0x1000, IGVM_BAD_ERROR_RANGE},
        {0x8000, 0x1001, IGVM_BAD_ERROR_RANGE}, /* the reference takes it: igvm.md 6 */
        {0x8000, 0, IGVM_BAD_ERROR_RANGE},
        {FIRST, 0x1000, IGVM_BAD_ERROR_RANGE},
        {0, 0x2000, IGVM_BAD_ERROR_RANGE},
        {0, 0x1000, IGVM_OK},
        {UINT64_C(0xfffffffffffff000), 0x1000, IGVM_BAD_ERROR_RANGE},
    };
    struct igvm_file file;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t *body = make(0x30d, 16);
        put64(body, cases[i].gpa);
        put32(body + 8, 1);
        put32(body + 12, cases[i].bytes);
        expect_status(cases[i].status);
        if (cases[i].status == IGVM_OK) {
            assert_int_equal(igvm_open(&file, maker.file, maker.bytes), IGVM_OK);
            assert_int_equal(igvm_check_start(&file), IGVM_ERROR_RANGE_UNSUPPORTED);
        }
    }
}

static void two_error_ranges(void **state)
{
    (void)state;
    static const struct {
        uint64_t second;
        enum igvm_status status;
    } cases[] = {{0x8000, IGVM_BAD_ERROR_RANGE},
                 {0x9000, IGVM_BAD_ERROR_RANGE},
                 {0x7000, IGVM_OK},
                 {0xa000, IGVM_OK}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t *body = make(0x30d, 16);
        put64(body, 0x8000);
        put32(body + 8, 1);
        put32(body + 12, 0x2000);
        uint8_t *second = header(&maker, 0x30d, 16);
        put64(second, cases[i].second);
        put32(second + 8, 1);
        put32(second + 12, 0x1000);
        put32(maker.headers + 24 + 24 + 8 + 12, 32 + 24 + 24 + 32 + 32 + 24);
        put32(maker.headers + 24 + 24 + 32 + 8 + 12, 32 + 24 + 24 + 32 + 32 + 24 + 4096);
        expect_status(cases[i].status);
    }
}

static uint8_t *make_vbs(void)
{
    uint8_t *body = make(0x311, 864);

    put32(body, 1);
    put32(body + 4, 1);
    put32(body + 16, 77);
    put32(body + 20, 1);
    put32(body + 24, 1);
    put32(body + 28, 1);
    memset(body + 32, 0xd1, 32);
    return body;
}

static void vbs_measurement(void **state)
{
    (void)state;
    static const size_t bad[] = {0, 4, 21, 24, 28, 32 + 32, 32 + 63};
    struct igvm_vbs_measurement vbs;
    struct igvm_file file;

    make_vbs();
    expect_status(IGVM_OK);
    assert_int_equal(igvm_open(&file, maker.file, maker.bytes), IGVM_OK);
    assert_true(igvm_vbs_measurement(&file, &vbs));
    assert_int_equal(vbs.svn, 77);
    assert_int_equal(vbs.digest[31], 0xd1);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        make_vbs()[bad[i]] ^= 2;
        expect_status(i == 0 ? IGVM_BAD_MASK : IGVM_BAD_VBS_MEASUREMENT);
    }
    make_mini();
    assert_int_equal(igvm_open(&file, maker.file, maker.bytes), IGVM_OK);
    assert_false(igvm_vbs_measurement(&file, &vbs));
}

static void two_vbs_measurements(void **state)
{
    (void)state;
    uint8_t copy[864];

    memcpy(copy, make_vbs(), sizeof(copy));
    memcpy(header(&maker, 0x311, 864), copy, sizeof(copy));
    put32(maker.headers + 24 + 872 + 8 + 12, 32 + 24 + 872 + 32 + 32 + 872);
    put32(maker.headers + 24 + 872 + 32 + 8 + 12, 32 + 24 + 872 + 32 + 32 + 872 + 4096);
    expect_status(IGVM_TWO_VBS_MEASUREMENTS);
}

static void snp_id_block(void **state)
{
    (void)state;
    put32(make(0x30b, 696), 1);
    expect_status(IGVM_OK);
    uint8_t *body = make(0x30b, 696);
    put32(body, 1);
    body[7] = 1;
    expect_status(IGVM_RESERVED_NOT_ZERO);
    put32(make(0x30b, 696), 2);
    expect_status(IGVM_BAD_MASK);
}

static uint8_t *make_corim(uint32_t type, uint32_t size)
{
    const uint32_t headers = 24 + 24 + 32 + 32;
    uint8_t *body = make(type, 16);

    put32(body, 1);
    put32(body + 4, 32 + headers); /* the page's bytes: any data of the file will do */
    put32(body + 8, size);
    return body;
}

static void corim(void **state)
{
    (void)state;
    (void)make_corim(0x104, 100);
    expect_status(IGVM_OK);
    (void)make_corim(0x104, 0);
    expect_status(IGVM_BAD_CORIM);
    (void)make_corim(0x104, 4096 + 36);
    expect_status(IGVM_OK);
    (void)make_corim(0x104, 4096 + 37);
    expect_status(IGVM_BAD_FILE_OFFSET);
    make_corim(0x104, 1)[12] = 1;
    expect_status(IGVM_RESERVED_NOT_ZERO);
    put32(make_corim(0x104, 1) + 4, 40);
    expect_status(IGVM_BAD_FILE_OFFSET);
    (void)make_corim(0x105, 100); /* of which document? */
    expect_status(IGVM_BAD_CORIM);
}

static void a_second_platform(void **state)
{
    (void)state;
    uint8_t *body = make(0x001, 16);

    put_cca_platform(body);
    expect_status(IGVM_OK);
    put_cca_platform(make(0x001, 16));
    body[5] = 1;
    expect_status(IGVM_TWO_PLATFORMS);
    put_cca_platform(make(0x001, 16));
    put32(body, 1);
    expect_status(IGVM_BAD_MASK);
    put_cca_platform(make(0x001, 16));
    put32(body, 6);
    expect_status(IGVM_BAD_MASK);
    /* Headers may be for one of them, or both, and for no third. */
    for (uint32_t mask = 0; mask < 8; mask++) {
        put_cca_platform(make(0x001, 16));
        put32(maker.headers + 48 + 8 + 8, mask);
        expect_status(mask >= 1 && mask <= 3 ? IGVM_OK : IGVM_BAD_MASK);
    }
}

/* A CCA context is a page: 80 bytes of registers, then zeros. */
static void cca_context(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        enum igvm_status status;
    } cases[] = {
        {0, IGVM_OK}, {79, IGVM_OK}, {80, IGVM_RESERVED_NOT_ZERO}, {4095, IGVM_RESERVED_NOT_ZERO}};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint8_t content[4096] = {0};
        uint8_t *body = make(0x001, 16);
        put_cca_platform(body);
        content[cases[i].at] = 0x80;
        put32(context(&maker, 32 + 24 + 24 + 32 + 32 + 32 + 4096 + 36) + 8, 2);
        put32(maker.headers + 48 + 8 + 12, 32 + 24 + 24 + 32 + 32 + 32);
        put32(maker.headers + 48 + 32 + 8 + 12, 32 + 24 + 24 + 32 + 32 + 32 + 4096);
        data(&maker, 0, content, sizeof(content));
        expect_status(cases[i].status);
        put32(maker.headers + 48 + 64 + 8 + 8, 3); /* of both platforms: which form is it? */
        expect_status(IGVM_BAD_MASK);
    }
}

static void cca_policy(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
        enum igvm_status status;
    } cases[] = {
        {0, 2, IGVM_OK},
        {0, 1, IGVM_BAD_CCA_POLICY},
        {0, 3, IGVM_BAD_CCA_POLICY},
        {4, 1, IGVM_RESERVED_NOT_ZERO},
        {24, 2, IGVM_OK},
        {24, 3, IGVM_BAD_CCA_POLICY},
        {8, 2, IGVM_OK},
        {8, 1, IGVM_BAD_CCA_POLICY}, /* bit 0 is asked to be one below */
        {26, 1, IGVM_RESERVED_NOT_ZERO},
        {31, 1, IGVM_RESERVED_NOT_ZERO},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint32_t total = 24 + 24 + 40 + 32 + 32;
        uint8_t content[4096] = {1};
        uint8_t registers[36] = {1};

        begin();
        platform(&maker);
        put_cca_platform(platform(&maker));
        uint8_t *body = header(&maker, 0x106, 32);
        put32(body, 2);
        body[16] = 1;
        body[cases[i].at] = cases[i].value;
        page(&maker, FIRST, data(&maker, total, content, sizeof(content)));
        record(registers + 4, 2, 0x20022, FIRST);
        context(&maker, data(&maker, total, registers, sizeof(registers)));
        expect_status(cases[i].status);
    }
    put32(make(0x106, 32), 1); /* no CCA platform at all */
    expect_status(IGVM_BAD_CCA_POLICY);
}

/* The host may look at shared pages: VTL2 has none in its own memory. */
static void shared_pages(void **state)
{
    (void)state;
    make_full();
    expect_status(IGVM_OK);
    maker.headers[maker.header_bytes - 32 + 8 + 16] = 4;
    expect_status(IGVM_PAGE_SHARED_IN_VTL2);
    put64(maker.headers + maker.header_bytes - 32 + 8, 0x42000000);
    expect_status(IGVM_OK);
}

/* Both ends of where it may go are as aligned as its base (the reference says so). */
static void relocation_limits(void **state)
{
    (void)state;
    make_full();
    put64(maker.headers + 24 + 8 + 32, 0x1000);
    expect_status(IGVM_BAD_REGION);
    make_full();
    put64(maker.headers + 24 + 8 + 40, 0x80001000);
    expect_status(IGVM_BAD_REGION);
    make_full();
    put64(maker.headers + 24 + 8 + 40, 0x80000000);
    expect_status(IGVM_OK);
}

static void masks_are_told(void **state)
{
    (void)state;
    struct igvm_file file;
    struct igvm_cursor cursor = {0};
    struct igvm_header found;

    put_cca_platform(make(0x001, 16));
    put32(maker.headers + 48 + 8 + 8, 3);
    seal(&maker);
    assert_int_equal(igvm_open(&file, maker.file, maker.bytes), IGVM_OK);
    assert_int_equal(file.mask, 1);
    assert_int_equal(file.cca_mask, 2);
    (void)igvm_next(&file, &cursor, &found);
    (void)igvm_next(&file, &cursor, &found);
    assert_true(igvm_next(&file, &cursor, &found));
    assert_int_equal(found.type, 0x302);
    assert_int_equal(igvm_header_mask(&file, &found), 3);
    assert_int_equal(found.body_offset, 32 + 48 + 8);
    assert_int_equal(found.body_bytes, 24);
    assert_true(igvm_next(&file, &cursor, &found));
    assert_int_equal(igvm_header_mask(&file, &found), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guest_policy),
        cmocka_unit_test(error_range),
        cmocka_unit_test(two_error_ranges),
        cmocka_unit_test(vbs_measurement),
        cmocka_unit_test(two_vbs_measurements),
        cmocka_unit_test(snp_id_block),
        cmocka_unit_test(corim),
        cmocka_unit_test(a_second_platform),
        cmocka_unit_test(cca_context),
        cmocka_unit_test(cca_policy),
        cmocka_unit_test(shared_pages),
        cmocka_unit_test(relocation_limits),
        cmocka_unit_test(masks_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
