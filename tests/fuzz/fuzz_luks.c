/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as a LUKS2 disk: as it is ('r'), or with the sums that a host would make, of a text ('t') or of a binary
 * header and its text ('b'). The second byte is the disk's size. What is read lies on the disk and in one page; what
 * opens lies on the disk, behind its headers; what does not leaves nothing. Hashes and ciphers are stand-ins, as a keyslot would
 * take ten million rounds: each digest is FILL over and over, so that a container opens whose digest says so.
 */
#include "luks/luks.h"
#include "luks/pbkdf2.h"

#include <mbedtls/sha256.h>

#include <stdlib.h>
#include <string.h>

#define SECTOR_BYTES 512u
#define PAGE_BYTES 4096u
#define HEADER_BYTES 0x4000u
#define DISK_BYTES 0x10000u /* those that the input has; behind them: FILL */
#define SUM_OFFSET 448u
#define SUM_BYTES 64u
#define SIZE_OFFSET 8u
#define PLACE_OFFSET 256u
#define ITERATIONS_MAX 10000000u
#define ITERATIONS_ALL_MAX 20000000u
#define FILL 0x5a
#define READS_MAX 40000u /* headers at ten places, 32 keyslots, and some */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room); /* libFuzzer's own */

static uint8_t disk[DISK_BYTES];
static uint64_t disk_bytes;
static unsigned reads;
static uint64_t iterations;

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* ---- Stand-ins of pbkdf2.h and xts.h --------------------------------------------------------------- */

bool pbkdf2_hash_named(const char *name, size_t bytes, enum pbkdf2_hash *hash)
{
    *hash = bytes == 6 && memcmp(name, "sha512", 6) == 0 ? PBKDF2_SHA512 : PBKDF2_SHA256;
    return bytes == 6 && (*hash == PBKDF2_SHA512 || memcmp(name, "sha256", 6) == 0);
}

uint32_t pbkdf2_hash_bytes(enum pbkdf2_hash hash)
{
    require(hash < PBKDF2_HASHES);
    return hash == PBKDF2_SHA256 ? 32 : 64;
}

/* Reads all, writes all: for the sanitizers. */
void pbkdf2_hash_of(enum pbkdf2_hash hash, const void *a, size_t a_bytes, const void *b,
                    size_t b_bytes, uint8_t *digest)
{
    uint8_t copy[PBKDF2_HASH_BYTES_MAX];

    require(a_bytes <= sizeof(copy) && b_bytes <= sizeof(copy));
    memcpy(copy, a, a_bytes);
    memcpy(copy, b, b_bytes);
    memset(digest, copy[0], pbkdf2_hash_bytes(hash));
}

void pbkdf2_derive(const struct pbkdf2 *by, const uint8_t *password, size_t password_bytes,
                   uint8_t *to, size_t bytes)
{
    uint8_t copy[128];

    require(by->hash < PBKDF2_HASHES && by->iterations != 0 && by->iterations <= ITERATIONS_MAX);
    require(by->salt_bytes != 0 && by->salt_bytes <= 64 && bytes >= 32 && bytes <= 64);
    memcpy(copy, password, password_bytes);
    memcpy(copy, by->salt, by->salt_bytes);
    memset(to, FILL, bytes);
    iterations += by->iterations;
    require(iterations <= ITERATIONS_ALL_MAX);
}

bool xts_start(struct xts *xts, const uint8_t *key, size_t bytes)
{
    require(bytes == 32 || bytes == 64);
    memset(xts, 0, sizeof(*xts));
    memcpy(xts->encrypt.round, key, bytes);
    return true;
}

void xts_wipe(struct xts *xts)
{
    memset(xts, 0, sizeof(*xts));
}

void xts_decrypt(const struct xts *xts, uint64_t unit, const void *in, void *out, size_t bytes)
{
    (void)xts;
    (void)unit;
    require(bytes == SECTOR_BYTES && (uintptr_t)in % 16 == 0 && (uintptr_t)out % 16 == 0);
    memmove(out, in, bytes);
}

/* ---- The disk -------------------------------------------------------------------------------------- */

static const char *read_disk(void *context, uint64_t offset, void *to, uint32_t bytes)
{
    (void)context;
    require(++reads <= READS_MAX && bytes != 0);
    require(offset % SECTOR_BYTES == 0 && bytes % SECTOR_BYTES == 0);
    require(offset % PAGE_BYTES + bytes <= PAGE_BYTES);
    require(offset <= disk_bytes && bytes <= disk_bytes - offset);
    memset(to, FILL, bytes);
    if (offset < sizeof(disk)) {
        uint64_t left = sizeof(disk) - offset;

        memcpy(to, disk + offset, left < bytes ? left : bytes);
    }
    return NULL;
}

static void put_big(uint8_t *to, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        to[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

static uint64_t get_big(const uint8_t *from)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < 8; i++) {
        value = value << 8 | from[i];
    }
    return value;
}

/* Of as many bytes as the header says, if it may say so (LUKS2 2.2). */
static void seal(uint8_t *header)
{
    uint64_t bytes = get_big(header + SIZE_OFFSET);
    size_t room = (size_t)(disk + sizeof(disk) - header);

    memset(header + SUM_OFFSET, 0, SUM_BYTES);
    (void)mbedtls_sha256(header, bytes < room ? bytes : room, header + SUM_OFFSET, 0);
}

static void put_text(uint64_t at, const uint8_t *text, size_t bytes)
{
    uint8_t *header = disk + at;
    size_t room = HEADER_BYTES - PAGE_BYTES;

    memcpy(header, at == 0 ? "LUKS\xba\xbe\0\2" : "SKUL\xba\xbe\0\2", 8);
    put_big(header + SIZE_OFFSET, HEADER_BYTES);
    memcpy(header + 72, "sha256", 6);
    put_big(header + PLACE_OFFSET, at);
    memcpy(header + PAGE_BYTES, text, bytes < room ? bytes : room);
    seal(header);
}

static void put(uint8_t kind, const uint8_t *data, size_t size)
{
    size_t binary = size < SECTOR_BYTES ? size : SECTOR_BYTES;
    size_t rest = size - binary < 0xc000 ? size - binary : 0xc000;

    memset(disk, 0, sizeof(disk));
    if (kind == 'r') {
        memcpy(disk, data, size < sizeof(disk) ? size : sizeof(disk));
    } else if (kind == 'b') {
        memcpy(disk, data, binary);
        memcpy(disk + PAGE_BYTES, data + binary, rest);
        seal(disk);
    } else {
        put_text(0, data, size);
        put_text(HEADER_BYTES, data, size);
    }
}

/* ---- What comes of it ------------------------------------------------------------------------------ */

static void expect_on_disk(const struct luks_volume *volume)
{
    const uint32_t unit = volume->sector_bytes;

    require(unit >= 512 && unit <= 4096 && (unit & (unit - 1)) == 0);
    require(volume->first >= 2 * HEADER_BYTES / SECTOR_BYTES && volume->sectors != 0);
    require(volume->first <= disk_bytes / SECTOR_BYTES);
    require(volume->sectors <= disk_bytes / SECTOR_BYTES - volume->first);
    require(volume->sectors * SECTOR_BYTES % unit == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint64_t sizes[] = {0, 4096, 0x8000, 0x48000, 0x1200000, 0x100000000, 1ull << 50};
    static struct luks_volume volume;
    struct luks_source source = {.read = read_disk};

    if (size < 2) {
        return 0;
    }
    put(data[0], data + 2, size - 2);
    disk_bytes = sizes[data[1] % (sizeof(sizes) / sizeof(sizes[0]))];
    source.bytes = disk_bytes;
    reads = 0;
    iterations = 0;
    memset(&volume, 0xa5, sizeof(volume));
    const char *reason = luks_open(&source, (const uint8_t *)"a passphrase", 12, &volume);
    if (reason == NULL) {
        expect_on_disk(&volume);
    } else {
        require(reason[0] != 0);
        for (size_t i = 0; i < sizeof(volume); i++) {
            require(((const uint8_t *)&volume)[i] == 0);
        }
    }
    return 0;
}

/* ---- Numbers, which bytes that change by chance seldom make ---------------------------------------- */

static bool is_digit(uint8_t byte)
{
    return byte >= '0' && byte <= '9';
}

static size_t number_end(const uint8_t *data, size_t size, size_t at)
{
    while (at < size && is_digit(data[at])) {
        at++;
    }
    return at;
}

/* Mostly one number of the text becomes another, at some limit. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned int seed)
{
    static const char *const numbers[] = {"0",
                                          "1",
                                          "7",
                                          "31",
                                          "32",
                                          "33",
                                          "64",
                                          "512",
                                          "513",
                                          "3999",
                                          "4000",
                                          "4096",
                                          "32256",
                                          "32768",
                                          "36864",
                                          "258048",
                                          "10000001",
                                          "16777216",
                                          "4278190080",
                                          "4294709248",
                                          "4294967296",
                                          "4294967808",
                                          "9223372036854775808",
                                          "18446744073709547520",
                                          "18446744073709551615",
                                          "18446744073709551616"};
    const char *number = numbers[seed / 65536 % (sizeof(numbers) / sizeof(numbers[0]))];
    const size_t bytes = strlen(number);
    size_t at = size == 0 ? 0 : seed / 8 % 8192 % size;

    while (at < size && !is_digit(data[at])) {
        at++;
    }
    const size_t end = number_end(data, size, at);
    if (seed % 8 == 0 || at < 2 || end == at || size - (end - at) + bytes > room) {
        return LLVMFuzzerMutate(data, size, room);
    }
    memmove(data + at + bytes, data + end, size - end);
    memcpy(data + at, number, bytes);
    return size - (end - at) + bytes;
}
