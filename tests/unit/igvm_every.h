/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file with every header type that igvm.md 2 has for AArch64, for two platforms, as the rules of its
 * section 6 have it written: data in the order of the headers, equal pages once.
 */
#ifndef TESTS_UNIT_IGVM_EVERY_H
#define TESTS_UNIT_IGVM_EVERY_H

#include "igvm_maker.h"

/* Where headers begin in maker.headers, by their number in the file. */
static size_t every_at[64];
static size_t every_count;

static inline uint8_t *every_header(uint32_t type, uint32_t length)
{
    every_at[every_count++] = maker.header_bytes;
    return header(&maker, type, length);
}

static inline void every_first(uint32_t total)
{
    uint8_t bytes[4096];

    every_count = 0;
    uint8_t *body = every_header(0x001, 16); /* VSM */
    put32(body, 1);
    body[4] = 2;
    body[5] = 1;
    body[6] = 1;
    body = every_header(0x001, 16); /* CCA */
    put32(body, 2);
    body[5] = 6;
    body[6] = 1;
    body = every_header(0x101, 16);
    put64(body, UINT64_C(0x0123456789abcdef));
    put32(body + 8, 3);
    every_at[every_count++] = maker.header_bytes;
    region(&maker, 0x41000000, 0x10000);
    body = every_header(0x103, 32);
    put32(body, 1);
    body[6] = 2;
    put64(body + 8, 0x41010000);
    put64(body + 16, 0x2000);
    put64(body + 24, 0x1000);
    memset(bytes, 0xd0, sizeof(bytes));
    for (uint32_t type = 0x104; type <= 0x105; type++) {
        body = every_header(type, 16);
        put32(body, 1);
        put32(body + 4, data(&maker, total, bytes, type == 0x104 ? 100 : 53));
        put32(body + 8, type == 0x104 ? 100 : 53);
    }
    body = every_header(0x106, 32);
    put32(body, 2);
    body[16] = 1;
    body[24] = 2;
}

static inline void every_parameters(uint32_t total)
{
    static const uint16_t types[] = {0x307, 0x308, 0x309, 0x30a, 0x30c,
                                     0x30e, 0x30f, 0x310, 0x312, 0x313};
    uint8_t bytes[4096];

    memset(bytes, 0xa0, sizeof(bytes));
    uint8_t *body = every_header(0x301, 16); /* with first content */
    put64(body, 0x1000);
    put32(body + 8, 1);
    put32(body + 12, data(&maker, total, bytes, sizeof(bytes)));
    body = every_header(0x301, 16);
    put64(body, 0x2000);
    put32(body + 8, 7);
    for (uint32_t i = 0; i < COUNT_OF(types); i++) {
        body = every_header(types[i], 8);
        put32(body, i % 2 == 0 ? 7 : 1);
        put32(body + 4, 0x40 * i);
    }
    body = every_header(0x305, 24);
    put64(body, 0x41000000);
    put32(body + 8, 3);
    put32(body + 12, 0x12000);
    put32(body + 16, 1);
}

static inline void every_context(uint32_t total)
{
    uint8_t registers[4 + 3 * 32] = {3};
    uint8_t bytes[4096] = {0xcc, 0xca};

    record(registers + 4, 2, 0x20022, 0x41000010);
    record(registers + 36, 2, 0x20000, 0x1234);
    record(registers + 68, 2, 0x40002, 0x30d00800);
    uint8_t *body = every_header(0x304, 20);
    put32(body + 8, 1);
    put32(body + 12, data(&maker, total, registers, sizeof(registers)));
    body = every_header(0x304, 20);
    put32(body + 8, 2);
    put32(body + 12, data(&maker, total, bytes, sizeof(bytes)));
}

static inline void every_page(uint64_t gpa, uint32_t mask, uint32_t offset, uint32_t flags)
{
    uint8_t *body = every_header(0x302, 24);

    put64(body, gpa);
    put32(body + 8, mask);
    put32(body + 12, offset);
    put32(body + 16, flags);
}

static inline void every_memory(uint32_t total)
{
    uint8_t bytes[4096] = {'A'};

    for (uint32_t i = 0; i < 2; i++) {
        uint8_t *body = every_header(0x303, 16);
        put64(body, 0x41004000 + 0x1000 * i);
        put32(body + 8, 3);
        put32(body + 12, i == 0 ? 1 : 7);
    }
    uint32_t first = data(&maker, total, bytes, sizeof(bytes));
    every_page(0x41000000, 3, first, 0);
    every_page(0x41001000, 1, first, 0); /* the same content */
    every_page(0x41002000, 1, 0, 0);     /* zeros */
    bytes[4095] = 'B';
    every_page(0x41003000, 1, data(&maker, total, bytes, sizeof(bytes)), 2);
    bytes[0] = 'C';
    every_page(0x42000000, 3, data(&maker, total, bytes, sizeof(bytes)), 4);
    uint8_t *body = every_header(0x30d, 16);
    put64(body, 0x50000000);
    put32(body + 8, 1);
    put32(body + 12, 0x3000);
}

static inline void every_last(void)
{
    uint8_t *body = every_header(0x30b, 696);

    put32(body, 1);
    memset(body + 8, 0x5a, 688);
    body = every_header(0x311, 864);
    put32(body, 1);
    put32(body + 4, 1);
    put32(body + 8, 0x7466736d);
    put32(body + 12, 0x736276);
    put32(body + 16, 77);
    put32(body + 24, 1);
    put32(body + 28, 1);
    memset(body + 32, 0xd1, 32);
    memset(body + 96, 0xe1, 768);
}

static inline void make_every(void)
{
    uint32_t total = 0;

    for (int pass = 0; pass < 2; pass++) { /* the second knows how long the headers are */
        begin();
        every_first(total);
        every_parameters(total);
        every_context(total);
        every_memory(total);
        every_last();
        total = (uint32_t)maker.header_bytes;
    }
    every_at[every_count] = maker.header_bytes;
    seal(&maker);
}

#endif /* TESTS_UNIT_IGVM_EVERY_H */
