/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IGVM files made byte by byte, with a CRC of our own: the tests owe nothing to our writer.
 */
#ifndef TESTS_UNIT_IGVM_MAKER_H
#define TESTS_UNIT_IGVM_MAKER_H

#include "boot_test.h"
#include "igvm_reader.h"

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- A file under construction: headers and data apart, joined by seal() ---- */

struct maker {
    uint8_t headers[8192];
    size_t header_bytes;
    uint8_t data[65536];
    size_t data_bytes;
    uint8_t file[8192 + 65536 + 32];
    size_t bytes;
};

static inline uint32_t crc32_bits(uint32_t crc, const uint8_t *data, size_t bytes)
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

static inline void put32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
}

static inline void put64(uint8_t *to, uint64_t value)
{
    put32(to, (uint32_t)value);
    put32(to + 4, (uint32_t)(value >> 32));
}

/* Returns the body, zeroed. */
static inline uint8_t *header(struct maker *maker, uint32_t type, uint32_t length)
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
static inline uint32_t data(struct maker *maker, uint32_t headers_total, const void *from,
                            size_t bytes)
{
    size_t at = maker->data_bytes;

    memcpy(maker->data + at, from, bytes);
    maker->data_bytes += bytes;
    return (uint32_t)(32 + headers_total + at);
}

static inline void checksum(struct maker *maker)
{
    uint32_t bytes = 0;

    memcpy(&bytes, maker->file + 12, 4);
    put32(maker->file + 20, 0);
    uint32_t crc = crc32_bits(0, maker->file, 32);
    put32(maker->file + 20, crc32_bits(crc, maker->file + 32, bytes));
}

static inline void seal(struct maker *maker)
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

static inline uint8_t *platform(struct maker *maker)
{
    uint8_t *body = header(maker, 0x001, 16);

    put32(body, 1);
    body[4] = 2;
    body[5] = 1;
    body[6] = 1;
    return body;
}

static inline uint8_t *page(struct maker *maker, uint64_t gpa, uint32_t offset)
{
    uint8_t *body = header(maker, 0x302, 24);

    put64(body, gpa);
    put32(body + 8, 1);
    put32(body + 12, offset);
    return body;
}

static inline uint8_t *context(struct maker *maker, uint32_t offset)
{
    uint8_t *body = header(maker, 0x304, 20);

    put32(body + 8, 1);
    put32(body + 12, offset);
    return body;
}

static inline uint8_t *region(struct maker *maker, uint64_t base, uint64_t size)
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

static inline uint8_t *area(struct maker *maker, uint64_t bytes, uint32_t index)
{
    uint8_t *body = header(maker, 0x301, 16);

    put64(body, bytes);
    put32(body + 8, index);
    return body;
}

static inline uint8_t *insert(struct maker *maker, uint64_t gpa, uint32_t index)
{
    uint8_t *body = header(maker, 0x303, 16);

    put64(body, gpa);
    put32(body + 8, 1);
    put32(body + 12, index);
    return body;
}

static inline uint8_t *parameter(struct maker *maker, uint32_t type, uint32_t index,
                                 uint32_t offset)
{
    uint8_t *body = header(maker, type, 8);

    put32(body, index);
    put32(body + 4, offset);
    return body;
}

static inline uint8_t *required(struct maker *maker, uint64_t gpa, uint32_t bytes)
{
    uint8_t *body = header(maker, 0x305, 24);

    put64(body, gpa);
    put32(body + 8, 1);
    put32(body + 12, bytes);
    put32(body + 16, 1);
    return body;
}

static inline void record(uint8_t to[32], uint8_t vtl, uint32_t name, uint64_t value)
{
    memset(to, 0, 32);
    to[0] = vtl;
    put32(to + 1, name);
    put64(to + 16, value);
}

static struct maker maker;

static inline void begin(void)
{
    memset(&maker, 0, sizeof(maker));
}

static inline enum igvm_status open_now(void)
{
    struct igvm_file file;
    /* At its exact size on the heap, so that ASan sees a byte too far; not aligned either. */
    uint8_t *copy = malloc(maker.bytes + 1);

    memcpy(copy + 1, maker.file, maker.bytes);
    enum igvm_status status = igvm_open(&file, copy + 1, maker.bytes);
    free(copy);
    return status;
}

static inline void expect_status(enum igvm_status status)
{
    seal(&maker);
    assert_string_equal(igvm_status_text(open_now()), igvm_status_text(status));
}

/* igvm.md 7.1: 32 + 24 + 32 + 32 bytes of headers, page at 0x78, context at 0x1078. */
static inline void make_mini(void)
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

static inline uint8_t *mini_platform(void)
{
    return maker.headers + 8;
}

static inline uint8_t *mini_page(void)
{
    return maker.headers + 32;
}

static inline uint8_t *mini_context(void)
{
    return maker.headers + 64;
}

static inline uint8_t *mini_registers(void)
{
    return maker.data + 4096;
}

/* All headers of the subset. */
static inline void make_full(void)
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

#endif /* TESTS_UNIT_IGVM_MAKER_H */
