/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_luks.h"

#include "formats/base64.h"
#include "luks/pbkdf2.h"

#include <mbedtls/aes.h>
#include <mbedtls/sha256.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR_BYTES 512u
#define PAGE_BYTES 4096u
#define STRIPES 4000u /* LUKS2 3.2.2 */
#define ITERATIONS 2u
#define DIGEST_BYTES 32u
#define SUM_OFFSET 448u
#define SUM_BYTES 64u

struct fake_luks fake_luks;
const char fake_luks_failure[] = "the disk can't be read";

static const char salt[] = "salt of the keyslot";
static const char digest_salt[] = "salt of the digest";

static void require(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "fake_luks: %s\n", what);
        abort();
    }
}

/* ---- Keys ------------------------------------------------------------------------------------------ */

/* LUKS1 2.4: H1, of a key of two digests. */
static void diffuse(uint8_t key[FAKE_LUKS_KEY_BYTES])
{
    for (uint8_t i = 0; i < FAKE_LUKS_KEY_BYTES / DIGEST_BYTES; i++) {
        uint8_t part[4 + DIGEST_BYTES] = {0, 0, 0, i};

        memcpy(part + 4, key + i * DIGEST_BYTES, DIGEST_BYTES);
        (void)mbedtls_sha256(part, sizeof(part), key + i * DIGEST_BYTES, 0);
    }
}

/* LUKS1 2.4: all stripes but the last are any bytes. */
static void split(uint8_t *stripes)
{
    uint8_t sum[FAKE_LUKS_KEY_BYTES] = {0};
    uint32_t seed = 1;

    for (unsigned i = 0; i < STRIPES - 1; i++) {
        for (unsigned j = 0; j < sizeof(sum); j++) {
            seed = seed * 1664525u + 1013904223u;
            stripes[i * sizeof(sum) + j] = (uint8_t)(seed >> 24);
            sum[j] ^= stripes[i * sizeof(sum) + j];
        }
        diffuse(sum);
    }
    for (unsigned j = 0; j < sizeof(sum); j++) {
        stripes[(STRIPES - 1) * sizeof(sum) + j] = sum[j] ^ fake_luks.key[j];
    }
}

static void derive(const void *password, size_t password_bytes, const char *its_salt, uint8_t *to,
                   size_t bytes)
{
    struct pbkdf2 by = {
        .hash = PBKDF2_SHA256, .iterations = ITERATIONS, .salt_bytes = (uint32_t)strlen(its_salt)};

    memcpy(by.salt, its_salt, by.salt_bytes);
    pbkdf2_derive(&by, password, password_bytes, to, bytes);
}

/* LUKS2 3.2.3: an area is encrypted in sectors of 512 bytes, numbered from its own start. */
void fake_luks_put_key(unsigned keyslot, const char *passphrase, const char *its_salt)
{
    uint8_t *area = fake_luks.disk + FAKE_LUKS_AREA + keyslot * FAKE_LUKS_AREA_BYTES;
    uint8_t key[FAKE_LUKS_KEY_BYTES];
    mbedtls_aes_xts_context xts;

    derive(passphrase, strlen(passphrase), its_salt, key, sizeof(key));
    mbedtls_aes_xts_init(&xts);
    require(mbedtls_aes_xts_setkey_enc(&xts, key, sizeof(key) * 8) == 0, "no cipher");
    split(area);
    for (uint32_t i = 0; i < STRIPES * FAKE_LUKS_KEY_BYTES / SECTOR_BYTES; i++) {
        uint8_t iv[16] = {(uint8_t)i, (uint8_t)(i >> 8)};
        uint8_t *at = area + i * SECTOR_BYTES;

        require(mbedtls_aes_crypt_xts(&xts, MBEDTLS_AES_ENCRYPT, SECTOR_BYTES, iv, at, at) == 0,
                "no encryption");
    }
}

/* ---- Headers --------------------------------------------------------------------------------------- */

static void put_big(uint8_t *to, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++) {
        to[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

void fake_luks_seal(uint64_t at, uint64_t header_bytes)
{
    uint8_t *header = fake_luks.disk + at;

    memset(header + SUM_OFFSET, 0, SUM_BYTES);
    (void)mbedtls_sha256(header, header_bytes, header + SUM_OFFSET, 0);
}

void fake_luks_put_header(uint64_t at, uint64_t header_bytes, uint64_t sequence, const char *text)
{
    uint8_t *header = fake_luks.disk + at;
    size_t text_bytes = strlen(text);

    require(header_bytes <= FAKE_LUKS_BYTES - at && text_bytes <= header_bytes - PAGE_BYTES,
            "text that does not fit");
    memset(header, 0, header_bytes);
    memcpy(header, at == 0 ? "LUKS\xba\xbe\0\2" : "SKUL\xba\xbe\0\2", 8);
    put_big(header + 8, header_bytes);
    put_big(header + 16, sequence);
    memcpy(header + 72, "sha256", 6);
    memcpy(header + 168, "01234567-89ab-4cde-8f01-23456789abcd", 36);
    put_big(header + 256, at);
    memcpy(header + PAGE_BYTES, text, text_bytes);
    fake_luks_seal(at, header_bytes);
}

static void write_text(void)
{
    uint8_t digest[DIGEST_BYTES];
    char texts[3][BASE64_BYTES(DIGEST_BYTES) + 1] = {{0}};
    int bytes;

    derive(fake_luks.key, sizeof(fake_luks.key), digest_salt, digest, sizeof(digest));
    (void)base64_encode(BASE64_STANDARD, salt, strlen(salt), texts[0]);
    (void)base64_encode(BASE64_STANDARD, digest_salt, strlen(digest_salt), texts[1]);
    (void)base64_encode(BASE64_STANDARD, digest, sizeof(digest), texts[2]);
    bytes = snprintf(
        fake_luks.text, sizeof(fake_luks.text),
        "{\"keyslots\":{\"0\":{\"type\":\"luks2\",\"key_size\":64,"
        "\"af\":{\"type\":\"luks1\",\"stripes\":4000,\"hash\":\"sha256\"},"
        "\"area\":{\"type\":\"raw\",\"offset\":\"32768\",\"size\":\"258048\","
        "\"encryption\":\"aes-xts-plain64\",\"key_size\":64},"
        "\"kdf\":{\"type\":\"pbkdf2\",\"hash\":\"sha256\",\"iterations\":2,\"salt\":\"%s\"}}},"
        "\"tokens\":{},"
        "\"segments\":{\"0\":{\"type\":\"crypt\",\"offset\":\"1048576\",\"size\":\"dynamic\","
        "\"iv_tweak\":\"0\",\"encryption\":\"aes-xts-plain64\",\"sector_size\":512}},"
        "\"digests\":{\"0\":{\"type\":\"pbkdf2\",\"keyslots\":[\"0\"],\"segments\":[\"0\"],"
        "\"hash\":\"sha256\",\"iterations\":2,\"salt\":\"%s\",\"digest\":\"%s\"}},"
        "\"config\":{\"json_size\":\"12288\",\"keyslots_size\":\"1015808\"}}",
        texts[0], texts[1], texts[2]);
    require(bytes > 0 && (size_t)bytes < sizeof(fake_luks.text), "no text");
}

const char *fake_luks_change(const char *from, const char *to)
{
    static char changed[2 * FAKE_LUKS_TEXT_BYTES];
    const char *at = strstr(fake_luks.text, from);

    require(at != NULL, from);
    require(strlen(to) < FAKE_LUKS_TEXT_BYTES, "a longer text than there is room for");
    (void)snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - fake_luks.text), fake_luks.text,
                   to, at + strlen(from));
    return changed;
}

void fake_luks_make(void)
{
    memset(&fake_luks, 0, sizeof(fake_luks));
    fake_luks.disk_bytes = FAKE_LUKS_BYTES;
    for (unsigned i = 0; i < sizeof(fake_luks.key); i++) {
        fake_luks.key[i] = (uint8_t)(i * 37 + 11);
    }
    fake_luks_put_key(0, FAKE_LUKS_PASSPHRASE, salt);
    write_text();
    fake_luks_put_header(0, FAKE_LUKS_HEADER, 3, fake_luks.text);
    fake_luks_put_header(FAKE_LUKS_HEADER, FAKE_LUKS_HEADER, 3, fake_luks.text);
}

/* ---- The disk -------------------------------------------------------------------------------------- */

/* luks.h: multiples of 512; blk_luks.c: nothing across a page's end. */
static const char *read_disk(void *context, uint64_t offset, void *to, uint32_t bytes)
{
    require(context == &fake_luks, "another source's context");
    require(offset % SECTOR_BYTES == 0 && bytes % SECTOR_BYTES == 0, "no whole sectors");
    require(bytes != 0 && offset % PAGE_BYTES + bytes <= PAGE_BYTES, "across a page's end");
    require(offset <= fake_luks.disk_bytes && bytes <= fake_luks.disk_bytes - offset,
            "behind the disk's end");
    require(fake_luks.reads < FAKE_LUKS_READS_MAX, "reads without end");
    fake_luks.log[fake_luks.reads].offset = offset;
    fake_luks.log[fake_luks.reads++].bytes = bytes;
    if (fake_luks.reads == fake_luks.fail_at) {
        return fake_luks_failure;
    }
    memcpy(to, fake_luks.disk + offset, bytes);
    return NULL;
}

struct luks_source fake_luks_source(void)
{
    fake_luks.reads = 0;
    return (struct luks_source){
        .bytes = fake_luks.disk_bytes, .read = read_disk, .context = &fake_luks};
}
