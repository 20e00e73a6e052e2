/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The launch digest against igvm.md 7: the vector of 7.1, then each kind of record, put together here
 * byte by byte.
 */
#include "igvm_maker.h"
#include "igvm_measure.h"

#include <openssl/sha.h>
#include <stdio.h>

static void sha256(uint8_t digest[IGVM_DIGEST_BYTES], const struct igvm_part *parts, size_t count)
{
    static uint8_t all[8192];
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++) {
        assert_true(parts[i].bytes <= sizeof(all) - bytes);
        memcpy(all + bytes, parts[i].data, parts[i].bytes);
        bytes += parts[i].bytes;
    }
    assert_non_null(SHA256(all, bytes, digest));
}

/* The digest that the reader and igvm_measure make of the file. */
static void measure(uint8_t digest[32])
{
    struct igvm_file file;

    seal(&maker);
    assert_int_equal(igvm_open(&file, maker.file, maker.bytes), IGVM_OK);
    igvm_measure(&file, sha256, digest);
}

static void expect_hex(const uint8_t digest[32], const char *hex)
{
    char text[65];

    for (int i = 0; i < 32; i++) {
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
    assert_string_equal(text, hex);
}

static void chain(uint8_t digest[32], const void *record, size_t bytes)
{
    const struct igvm_part parts[] = {{digest, 32}, {record, bytes}};

    sha256(digest, parts, 2);
}

/* 4128 bytes: size, type 2, zero, metadata, page number, content. */
static void chain_page(uint8_t digest[32], uint64_t gpa, uint64_t metadata, const uint8_t *content)
{
    static uint8_t page_record[4128];

    memset(page_record, 0, sizeof(page_record));
    put32(page_record, 0x1020);
    put32(page_record + 4, 2);
    put64(page_record + 16, metadata);
    put64(page_record + 24, gpa / 4096);
    if (content != NULL) {
        memcpy(page_record + 32, content, 4096);
    }
    chain(digest, page_record, sizeof(page_record));
}

static void chain_register(uint8_t digest[32], uint8_t vtl, uint32_t name, uint64_t value)
{
    uint8_t bytes[48] = {48};

    bytes[20] = vtl;
    put32(bytes + 28, name);
    put64(bytes + 32, value);
    chain(digest, bytes, sizeof(bytes));
}

static void vector(void **state)
{
    (void)state;
    uint8_t page_bytes[4096] = {'A'};
    uint8_t digest[32] = {0};

    make_mini();
    measure(digest);
    expect_hex(digest, "57cb2c3f7d0a84b1a85d77dad65189f661f566d4319ec332fd36587e1b390a75");
    /* And the records of this test make the vector's two values, too. */
    memset(digest, 0, sizeof(digest));
    chain_page(digest, 0, 0, page_bytes);
    expect_hex(digest, "2417bb2cde33efe2574fb106e7d4aabf0f099d188b9d6ff9fb72f726919b6947");
    chain_register(digest, 2, 0x20022, 0x1000);
    expect_hex(digest, "57cb2c3f7d0a84b1a85d77dad65189f661f566d4319ec332fd36587e1b390a75");
}

static void expect_flags(uint8_t flags, bool recorded, uint64_t metadata)
{
    uint8_t content[4096] = {'A'};
    uint8_t expected[32] = {0};
    uint8_t digest[32];

    make_mini();
    mini_page()[16] = flags;
    put64(mini_page(), 0x7000);
    measure(digest);
    if (recorded) {
        chain_page(expected, 0x7000, metadata, metadata == 0 ? content : NULL);
    }
    chain_register(expected, 2, 0x20022, 0x1000);
    assert_memory_equal(digest, expected, sizeof(digest));
}

static void kinds_of_pages(void **state)
{
    (void)state;
    expect_flags(0, true, 0);
    expect_flags(2, true, 4);  /* unmeasured: its place, not its content */
    expect_flags(4, false, 0); /* shared: nothing */
}

/* All headers that leave a record, out of order with the context in front of them. */
static void every_record(void **state)
{
    (void)state;
    uint8_t content[4096] = {1};
    uint8_t expected[32] = {0};
    uint8_t digest[32];

    make_full();
    measure(digest);
    chain_page(expected, 0x41001000, 4, NULL);
    chain_page(expected, 0x41002000, 4, NULL);
    chain_page(expected, 0x41000000, 0, content);
    chain_page(expected, 0x41003000, 0, NULL); /* a page of zeros is measured as zeros */
    chain_register(expected, 2, 0x20022, 0x41000010);
    assert_memory_equal(digest, expected, sizeof(digest));
}

static void error_ranges_and_two_contexts(void **state)
{
    (void)state;
    const uint32_t headers = 24 + 32 + 32 + 24 + 32;
    uint8_t registers[36] = {1};
    uint8_t content[4096] = {9};
    uint8_t expected[32] = {0};
    uint8_t digest[32];

    begin();
    platform(&maker);
    record(registers + 4, 2, 0x20022, 0x5000);
    context(&maker, data(&maker, headers, registers, sizeof(registers)));
    record(registers + 4, 0, 0x20007, UINT64_MAX);
    context(&maker, data(&maker, headers, registers, sizeof(registers)));
    uint8_t *range = header(&maker, 0x30d, 16);
    put64(range, 0x8000);
    put32(range + 8, 1);
    put32(range + 12, 0x2000);
    page(&maker, 0x5000, data(&maker, headers, content, sizeof(content)));
    measure(digest);
    chain_page(expected, 0x8000, 7, NULL);
    chain_page(expected, 0x9000, 7, NULL);
    chain_page(expected, 0x5000, 0, content);
    chain_register(expected, 2, 0x20022, 0x5000);
    chain_register(expected, 0, 0x20007, UINT64_MAX);
    assert_memory_equal(digest, expected, sizeof(digest));
}

/* What is for the CCA platform alone is not in the digest of the other. */
static void another_platforms_pages(void **state)
{
    (void)state;
    const uint32_t headers = 24 + 24 + 32 + 32 + 32;
    uint8_t registers[36] = {1};
    uint8_t content[4096] = {9};
    uint8_t expected[32] = {0};
    uint8_t digest[32];

    begin();
    platform(&maker);
    uint8_t *cca = platform(&maker);
    put32(cca, 2);
    cca[5] = 6;
    page(&maker, 0x1000, data(&maker, headers, content, sizeof(content)));
    put32(page(&maker, 0x2000, 0) + 8, 2);
    record(registers + 4, 2, 0x20022, 0x1000);
    context(&maker, data(&maker, headers, registers, sizeof(registers)));
    measure(digest);
    chain_page(expected, 0x1000, 0, content);
    chain_register(expected, 2, 0x20022, 0x1000);
    assert_memory_equal(digest, expected, sizeof(digest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vector),
        cmocka_unit_test(kinds_of_pages),
        cmocka_unit_test(every_record),
        cmocka_unit_test(error_ranges_and_two_contexts),
        cmocka_unit_test(another_platforms_pages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
