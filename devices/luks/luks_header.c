/* SPDX-License-Identifier: BSD-3-Clause */
#include "luks/luks_header.h"

#include "vtl/untrusted.h"

#include <mbedtls/sha256.h>

#include <string.h>

#define BINARY_BYTES 4096u
#define MAGIC_BYTES 6u
#define SUM_BYTES 64u
#define SHA256_BYTES 32u

static const uint8_t magic_first[MAGIC_BYTES] = {'L', 'U', 'K', 'S', 0xba, 0xbe};
static const uint8_t magic_second[MAGIC_BYTES] = {'S', 'K', 'U', 'L', 0xba, 0xbe};

/* LUKS2 2.1; integers are big endian. */
struct binary {
    uint8_t magic[MAGIC_BYTES];
    uint8_t version[2];
    uint8_t header_bytes[8];
    uint8_t sequence[8];
    char label[48];
    char sum_name[32];
    uint8_t salt[64];
    char uuid[40];
    char subsystem[48];
    uint8_t offset[8];
    uint8_t padding[184];
    uint8_t sum[SUM_BYTES];
    uint8_t padding4096[BINARY_BYTES - 512];
};
_Static_assert(sizeof(struct binary) == BINARY_BYTES, "LUKS2 2.1");
_Static_assert(offsetof(struct binary, sum) == 448, "LUKS2 2.1");

static uint8_t page[BINARY_BYTES];

static uint64_t big(const uint8_t *from, unsigned bytes)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < bytes; i++) {
        value = value << 8 | from[i];
    }
    return value;
}

/* LUKS2 2.2: 16 KiB to 4 MiB, powers of two. */
static bool size_good(uint64_t bytes)
{
    return bytes >= 0x4000 && bytes <= 0x400000 && (bytes & (bytes - 1)) == 0;
}

/* The next bytes of the metadata: text, then zeros to the end. */
static bool text_take(struct luks_header *header, bool *ended)
{
    size_t text = 0;

    if (!*ended) {
        while (text < BINARY_BYTES && page[text] != 0) {
            text++;
        }
        if (text > LUKS_TEXT_BYTES - header->text_bytes) {
            return false;
        }
        memcpy(header->text + header->text_bytes, page, text);
        header->text_bytes += (uint32_t)text;
        *ended = text < BINARY_BYTES;
    }
    for (size_t i = text; i < BINARY_BYTES; i++) {
        if (page[i] != 0) {
            return false;
        }
    }
    return true;
}

static const char *read_text(const struct luks_source *source, uint64_t at,
                             mbedtls_sha256_context *sum, struct luks_header *header)
{
    const char *reason = NULL;
    bool ended = false;

    header->text_bytes = 0;
    for (uint64_t done = BINARY_BYTES; done < header->bytes && reason == NULL;
         done += BINARY_BYTES) {
        reason = source->read(source->context, at + done, page, BINARY_BYTES);
        if (reason == NULL) {
            (void)mbedtls_sha256_update(sum, page, BINARY_BYTES);
            if (!text_take(header, &ended)) {
                reason = "LUKS2: metadata longer than 32 KiB, or with something behind its end";
            }
        }
    }
    return reason;
}

/* Everything of one header, at an offset where it says to be. */
static const char *read_whole(const struct luks_source *source, uint64_t at, struct binary *binary,
                              struct luks_header *header)
{
    uint8_t sum[SUM_BYTES] = {0};
    uint8_t digest[SHA256_BYTES];
    mbedtls_sha256_context context;
    const char *reason;

    header->bytes = big(binary->header_bytes, sizeof(binary->header_bytes));
    header->sequence = big(binary->sequence, sizeof(binary->sequence));
    if (big(binary->version, sizeof(binary->version)) == 1) {
        return "LUKS1: cryptsetup convert --type luks2";
    }
    if (big(binary->version, sizeof(binary->version)) != 2 || !size_good(header->bytes) ||
        big(binary->offset, sizeof(binary->offset)) != at || header->bytes > source->bytes - at) {
        return "LUKS2: a header that is none of version 2";
    }
    if (memcmp(binary->sum_name, "sha256", sizeof("sha256")) != 0) {
        return "LUKS2: a checksum that is not SHA-256";
    }
    memcpy(sum, binary->sum, sizeof(sum));
    memset(binary->sum, 0, sizeof(binary->sum));
    mbedtls_sha256_init(&context);
    (void)mbedtls_sha256_starts(&context, 0);
    (void)mbedtls_sha256_update(&context, (const uint8_t *)binary, sizeof(*binary));
    reason = read_text(source, at, &context, header);
    (void)mbedtls_sha256_finish(&context, digest);
    if (reason == NULL && memcmp(digest, sum, sizeof(digest)) != 0) {
        reason = "LUKS2: a header with a wrong checksum";
    }
    return reason;
}

static const char *read_one(const struct luks_source *source, uint64_t at, const uint8_t *magic,
                            struct luks_header *header)
{
    static struct binary binary;

    if (source->bytes < at || source->bytes - at < BINARY_BYTES) {
        return "LUKS2: the disk is too short for a header";
    }
    const char *reason = source->read(source->context, at, &binary, sizeof(binary));
    if (reason != NULL) {
        return reason;
    }
    return memcmp(binary.magic, magic, MAGIC_BYTES) == 0
               ? read_whole(source, at, &binary, header)
               : "no LUKS2 header on the disk (cryptsetup luksFormat --type luks2)";
}

/* Without a first one: at each place where the second can be (LUKS2 2.2). */
static const char *search_second(const struct luks_source *source, struct luks_header *header)
{
    const char *reason = "LUKS2: no header that is whole";

    for (uint64_t at = 0x4000; at <= 0x400000 && reason != NULL; at *= 2) {
        if (read_one(source, at, magic_second, header) == NULL && header->bytes == at) {
            reason = NULL;
        }
    }
    return reason;
}

const char *luks_header_read(const struct luks_source *source, struct luks_header *header)
{
    static struct luks_header second;
    const char *reason = read_one(source, 0, magic_first, header);

    if (reason != NULL) {
        return search_second(source, header) == NULL ? NULL : reason;
    }
    if (read_one(source, header->bytes, magic_second, &second) == NULL &&
        second.bytes == header->bytes && second.sequence > header->sequence) {
        *header = second;
    }
    return NULL;
}
PV_UNTRUSTED(luks_header_read, disk, "fuzz_luks");
