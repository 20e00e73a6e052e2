/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IGVM reader against igvm.md: the vector of 7.1, the verdicts of 3, the stricter rules of 6.
 * Files are made here byte by byte, with a CRC of our own.
 */
#include "boot_test.h"
#include "igvm_reader.h"

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

/* ---- A file under construction: headers and data apart, joined by seal() ---- */

struct maker {
    uint8_t headers[8192];
    size_t header_bytes;
    uint8_t data[65536];
    size_t data_bytes;
    uint8_t file[8192 + 65536 + 32];
    size_t bytes;
};

static uint32_t crc32_bits(uint32_t crc, const uint8_t *data, size_t bytes)
{
    crc = ~crc;
    for (size_t i = 0; i < bytes; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1u) != 0 ? (crc >> 1) ^ 0xedb88320u : crc >> 1;
        }
    }
    return ~crc;
}

static void put32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
}

static void put64(uint8_t *to, uint64_t value)
{
    put32(to, (uint32_t)value);
    put32(to + 4, (uint32_t)(value >> 32));
}

/* Returns the body, zeroed. */
static uint8_t *header(struct maker *maker, uint32_t type, uint32_t length)
{
    uint8_t *at = maker->headers + maker->header_bytes;
    size_t padded = (length + 7u) & ~(size_t)7u;

    memset(at, 0, 8 + padded);
    put32(at, type);
    put32(at + 4, length);
    maker->header_bytes += 8 + padded;
    return at + 8;
}

/* Returns the file offset, for which it has to know how long the headers will be. */
static uint32_t data(struct maker *maker, uint32_t headers_total, const void *from, size_t bytes)
{
    size_t at = maker->data_bytes;

    memcpy(maker->data + at, from, bytes);
    maker->data_bytes += bytes;
    return (uint32_t)(32 + headers_total + at);
}

static void checksum(struct maker *maker)
{
    uint32_t bytes = 0;

    memcpy(&bytes, maker->file + 12, 4);
    put32(maker->file + 20, 0);
    uint32_t crc = crc32_bits(0, maker->file, 32);
    put32(maker->file + 20, crc32_bits(crc, maker->file + 32, bytes));
}

static void seal(struct maker *maker)
{
    maker->bytes = 32 + maker->header_bytes + maker->data_bytes;
    memcpy(maker->file, "IGVM", 4);
    put32(maker->file + 4, 2);
    put32(maker->file + 8, 32);
    put32(maker->file + 12, (uint32_t)maker->header_bytes);
    put32(maker->file + 16, (uint32_t)maker->bytes);
    put32(maker->file + 24, 1);
    put32(maker->file + 28, 4096);
    memcpy(maker->file + 32, maker->headers, maker->header_bytes);
    memcpy(maker->file + 32 + maker->header_bytes, maker->data, maker->data_bytes);
    checksum(maker);
}

static uint8_t *platform(struct maker *maker)
{
    uint8_t *body = header(maker, 0x001, 16);

    put32(body, 1);
    body[4] = 2;
    body[5] = 1;
    body[6] = 1;
    return body;
}

static uint8_t *page(struct maker *maker, uint64_t gpa, uint32_t offset)
{
    uint8_t *body = header(maker, 0x302, 24);

    put64(body, gpa);
    put32(body + 8, 1);
    put32(body + 12, offset);
    return body;
}

static uint8_t *context(struct maker *maker, uint32_t offset)
{
    uint8_t *body = header(maker, 0x304, 20);

    put32(body + 8, 1);
    put32(body + 12, offset);
    return body;
}

static uint8_t *region(struct maker *maker, uint64_t base, uint64_t size)
{
    uint8_t *body = header(maker, 0x102, 48);

    put32(body, 1);
    body[6] = 2;
    body[7] = 3;
    put64(body + 8, 0x200000);
    put64(body + 16, base);
    put64(body + 24, size);
    put64(body + 40, UINT64_C(1) << 48);
    return body;
}

static uint8_t *area(struct maker *maker, uint64_t bytes, uint32_t index)
{
    uint8_t *body = header(maker, 0x301, 16);

    put64(body, bytes);
    put32(body + 8, index);
    return body;
}

static uint8_t *insert(struct maker *maker, uint64_t gpa, uint32_t index)
{
    uint8_t *body = header(maker, 0x303, 16);

    put64(body, gpa);
    put32(body + 8, 1);
    put32(body + 12, index);
    return body;
}

static uint8_t *parameter(struct maker *maker, uint32_t type, uint32_t index, uint32_t offset)
{
    uint8_t *body = header(maker, type, 8);

    put32(body, index);
    put32(body + 4, offset);
    return body;
}

static uint8_t *required(struct maker *maker, uint64_t gpa, uint32_t bytes)
{
    uint8_t *body = header(maker, 0x305, 24);

    put64(body, gpa);
    put32(body + 8, 1);
    put32(body + 12, bytes);
    put32(body + 16, 1);
    return body;
}

static void record(uint8_t to[32], uint8_t vtl, uint32_t name, uint64_t value)
{
    memset(to, 0, 32);
    to[0] = vtl;
    put32(to + 1, name);
    put64(to + 16, value);
}

static struct maker maker;

static void begin(void)
{
    memset(&maker, 0, sizeof(maker));
}

static enum igvm_status open_now(void)
{
    struct igvm_file file;
    /* At its exact size on the heap, so that ASan sees a byte too far; not aligned either. */
    uint8_t *copy = malloc(maker.bytes + 1);

    memcpy(copy + 1, maker.file, maker.bytes);
    enum igvm_status status = igvm_open(&file, copy + 1, maker.bytes);
    free(copy);
    return status;
}

static void expect_status(enum igvm_status status)
{
    seal(&maker);
    assert_string_equal(igvm_status_text(open_now()), igvm_status_text(status));
}

/* igvm.md 7.1: 32 + 24 + 32 + 32 bytes of headers, page at 0x78, context at 0x1078. */
static void make_mini(void)
{
    uint8_t bytes[4096] = {'A'};
    uint8_t registers[36] = {1};

    begin();
    platform(&maker);
    page(&maker, 0, 0x78);
    context(&maker, 0x1078);
    data(&maker, 0, bytes, sizeof(bytes));
    record(registers + 4, 2, 0x20022, 0x1000);
    data(&maker, 0, registers, sizeof(registers));
    seal(&maker);
}

static uint8_t *mini_platform(void)
{
    return maker.headers + 8;
}

static uint8_t *mini_page(void)
{
    return maker.headers + 32;
}

static uint8_t *mini_context(void)
{
    return maker.headers + 64;
}

static uint8_t *mini_registers(void)
{
    return maker.data + 4096;
}

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

/* All headers of the subset. `change` may bend one before the file is sealed. */
static void make_full(void)
{
    uint8_t bytes[4096] = {1};
    uint8_t registers[4 + 32] = {1};
    const uint32_t headers = 24 + 56 + 40 + 32 + 24 + 16 + 16 + 32 + 24 + 32 + 32;

    begin();
    platform(&maker);
    region(&maker, 0x41000000, 0x10000);
    uint8_t *tables = header(&maker, 0x103, 32);
    put32(tables, 1);
    tables[6] = 2;
    put64(tables + 8, 0x41010000);
    put64(tables + 16, 0x2000);
    put64(tables + 24, 0x1000);
    required(&maker, 0x41000000, 0x12000);
    area(&maker, 0x2000, 7);
    parameter(&maker, 0x312, 7, 0);
    parameter(&maker, 0x307, 7, 0x1ffc);
    record(registers + 4, 2, 0x20022, 0x41000010);
    context(&maker, data(&maker, headers, registers, sizeof(registers)));
    insert(&maker, 0x41001000, 7);
    page(&maker, 0x41000000, data(&maker, headers, bytes, sizeof(bytes)));
    page(&maker, 0x41003000, 0);
    assert_int_equal(maker.header_bytes, headers);
    seal(&maker);
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
    expect_platform(5, 6, IGVM_CCA_UNSUPPORTED);
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

static void headers_of_other_platforms_are_named(void **state)
{
    (void)state;
    static const struct {
        uint32_t type;
        uint32_t length;
        enum igvm_status status;
    } cases[] = {
        {0x101, 16, IGVM_GUEST_POLICY_UNSUPPORTED},
        {0x104, 16, IGVM_CORIM_UNSUPPORTED},
        {0x105, 16, IGVM_CORIM_UNSUPPORTED},
        {0x106, 32, IGVM_CCA_UNSUPPORTED},
        {0x30b, 696, IGVM_SNP_UNSUPPORTED},
        {0x30d, 16, IGVM_ERROR_RANGE_UNSUPPORTED},
        {0x311, 864, IGVM_VBS_MEASUREMENT_UNSUPPORTED},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        platform(&maker);
        header(&maker, cases[i].type, cases[i].length);
        data(&maker, 0, "x", 1);
        expect_status(cases[i].status);
    }
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
    expect_page(16, 4, IGVM_PAGE_SHARED_UNSUPPORTED);
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
    expect_full64(FULL_REGION + 40, 0x41010000, IGVM_OK);
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
        cmocka_unit_test(headers_of_other_platforms_are_named),
        cmocka_unit_test(every_status_has_a_text),
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
