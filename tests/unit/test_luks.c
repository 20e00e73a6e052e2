/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Containers as a lying host has them, opened: which header counts, what is read of a disk, what is left behind.
 * That stock containers open is tests/luks'. Source: LUKS2 On-Disk Format Specification 1.1 ("LUKS2").
 */
#include "fake_luks.h"
#include "luks/luks_header.h"

#include <mbedtls/aes.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PAGES(bytes) ((bytes) / 4096u)
#define SECTORS ((FAKE_LUKS_BYTES - FAKE_LUKS_DATA) / 512) /* of a volume down to the disk's end */

static struct luks_volume volume;

static int make(void **state)
{
    (void)state;
    fake_luks_make();
    return 0;
}

static const char *open_with(const char *passphrase)
{
    const struct luks_source source = fake_luks_source();

    memset(&volume, 0xa5, sizeof(volume));
    return luks_open(&source, (const uint8_t *)passphrase, strlen(passphrase), &volume);
}

/* luks.h: nothing secret is left; here, nothing at all. */
static void expect_nothing(void)
{
    for (size_t i = 0; i < sizeof(volume); i++) {
        assert_int_equal(((const uint8_t *)&volume)[i], 0);
    }
}

static void refused(const char *passphrase, const char *words)
{
    const char *reason = open_with(passphrase);

    assert_non_null(reason);
    if (strstr(reason, words) == NULL) {
        fail_msg("\"%s\" has no \"%s\"", reason, words);
    }
    expect_nothing();
}

/* The volume's size says which header was taken. */
static void expect_sectors(uint64_t sectors)
{
    assert_null(open_with(FAKE_LUKS_PASSPHRASE));
    assert_int_equal(volume.sectors, sectors);
}

static const char *text_of(unsigned sectors)
{
    char to[32];

    (void)snprintf(to, sizeof(to), "\"size\":\"%u\"", sectors * 512);
    return fake_luks_change("\"size\":\"dynamic\"", to);
}

static void put(uint64_t at, uint64_t bytes, uint64_t sequence, unsigned sectors)
{
    fake_luks_put_header(at, bytes, sequence, text_of(sectors));
}

/* ---- A good one ------------------------------------------------------------------------------------ */

static void test_opens(void **state)
{
    static uint8_t plain[512] __attribute__((aligned(16)));
    uint8_t expected[512];
    uint8_t iv[16] = {3};
    mbedtls_aes_xts_context xts;

    (void)state;
    assert_null(open_with(FAKE_LUKS_PASSPHRASE));
    assert_int_equal(volume.first, FAKE_LUKS_DATA / 512);
    assert_int_equal(volume.sectors, SECTORS);
    assert_int_equal(volume.sector_bytes, 512);
    mbedtls_aes_xts_init(&xts);
    assert_int_equal(mbedtls_aes_xts_setkey_dec(&xts, fake_luks.key, 512), 0);
    assert_int_equal(mbedtls_aes_crypt_xts(&xts, MBEDTLS_AES_DECRYPT, 512, iv, plain, expected), 0);
    xts_decrypt(&volume.xts, 3, plain, plain, 512);
    assert_memory_equal(plain, expected, 512);
}

/* A host that answers another way the second time would change what was checked. */
static void test_nothing_is_read_twice(void **state)
{
    static uint8_t seen[FAKE_LUKS_BYTES / 512];

    (void)state;
    memset(seen, 0, sizeof(seen));
    assert_null(open_with(FAKE_LUKS_PASSPHRASE));
    for (unsigned i = 0; i < fake_luks.reads; i++) {
        for (uint64_t at = 0; at < fake_luks.log[i].bytes; at += 512) {
            assert_int_equal(seen[(fake_luks.log[i].offset + at) / 512]++, 0);
        }
    }
    /* Both headers, the keyslot's stripes (LUKS2 3.2.2), and nothing of the payload. */
    for (size_t i = 0; i < sizeof(seen); i++) {
        assert_int_equal(seen[i], i < (FAKE_LUKS_AREA + 4000 * 64) / 512);
    }
}

static void test_wrong_passphrases(void **state)
{
    (void)state;
    refused("a passphras", "no keyslot opens");
    refused("a passphrase\n", "no keyslot opens");
    refused("", "no keyslot opens");
}

/* A disk that can't be read says so itself; one header that can't is as good as broken. */
static void test_reads_fail(void **state)
{
    const unsigned header_reads = 2 * PAGES(FAKE_LUKS_HEADER);
    static const unsigned some[] = {1, 2, 250, 499, 500};

    (void)state;
    for (unsigned i = 1; i <= header_reads; i++) {
        fake_luks.fail_at = i;
        assert_null(open_with(FAKE_LUKS_PASSPHRASE));
    }
    for (unsigned i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
        fake_luks.fail_at = header_reads + some[i];
        refused(FAKE_LUKS_PASSPHRASE, fake_luks_failure);
        assert_int_equal(fake_luks.reads, fake_luks.fail_at);
    }
}

/* ---- Headers (LUKS2 2) ----------------------------------------------------------------------------- */

static void test_the_newer_counts(void **state)
{
    static const struct {
        uint64_t first;
        uint64_t second;
        unsigned taken;
    } cases[] = {{3, 3, 1},          {3, 4, 2},          {4, 3, 1},
                 {0, UINT64_MAX, 2}, {UINT64_MAX, 0, 1}, {1ull << 32, 1, 1}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        put(0, FAKE_LUKS_HEADER, cases[i].first, 1);
        put(FAKE_LUKS_HEADER, FAKE_LUKS_HEADER, cases[i].second, 2);
        expect_sectors(cases[i].taken);
    }
}

/* Each byte of a header is summed (2.1): any that differs makes the other one count. */
static void test_a_broken_one_does_not_count(void **state)
{
    static const unsigned offsets[] = {0,   5,   6,   7,   15,  23,  24,   72,   104,  168,   208,
                                       256, 263, 264, 448, 479, 512, 4095, 4096, 5000, 0x3fff};

    (void)state;
    put(0, FAKE_LUKS_HEADER, 3, 1);
    put(FAKE_LUKS_HEADER, FAKE_LUKS_HEADER, 4, 2);
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        uint8_t *second = fake_luks.disk + FAKE_LUKS_HEADER + offsets[i];

        *second ^= 1;
        expect_sectors(1);
        *second ^= 1;
        fake_luks.disk[offsets[i]] ^= 1;
        expect_sectors(2);
        *second ^= 1;
        assert_non_null(open_with(FAKE_LUKS_PASSPHRASE));
        expect_nothing();
        *second ^= 1;
        fake_luks.disk[offsets[i]] ^= 1;
    }
    expect_sectors(2);
}

/* 2.2: the second lies where the first says; without a first one it is looked for. */
static void test_where_the_second_is(void **state)
{
    (void)state;
    put(0, FAKE_LUKS_HEADER, 3, 1);
    put(FAKE_LUKS_HEADER, FAKE_LUKS_HEADER, 9, 2);
    memset(fake_luks.disk, 0, 4096);
    expect_sectors(2);
    for (uint64_t at = 0x8000; at <= 0x80000; at *= 2) {
        fake_luks_make();
        memset(fake_luks.disk, 0, (size_t)2 * FAKE_LUKS_HEADER);
        put(at, at, 9, 5);
        /* This one lies over the keyslot, so that nothing opens: but it was found. */
        refused(FAKE_LUKS_PASSPHRASE, "a keyslot's area is not where");
    }
    /* One that says to be of another size, as if at another place, is none. */
    fake_luks_make();
    memset(fake_luks.disk, 0, (size_t)2 * FAKE_LUKS_HEADER);
    put(0x8000, FAKE_LUKS_HEADER, 9, 5);
    refused(FAKE_LUKS_PASSPHRASE, "no LUKS2 header");
}

/* Sizes that differ are no pair. */
static void test_a_second_of_another_size(void **state)
{
    (void)state;
    /* The keyslot is where a longer header does not reach. */
    fake_luks_put_key(1, FAKE_LUKS_PASSPHRASE, "salt of the keyslot");
    (void)snprintf(fake_luks.text, sizeof(fake_luks.text), "%s",
                   fake_luks_change("\"32768\"", "\"290816\""));
    put(FAKE_LUKS_HEADER, (uint64_t)2 * FAKE_LUKS_HEADER, 9, 2);
    put(0, FAKE_LUKS_HEADER, 3, 1);
    expect_sectors(1);
}

static void change_first(size_t at, const void *data, size_t bytes)
{
    fake_luks_make();
    memset(fake_luks.disk + FAKE_LUKS_HEADER, 0, FAKE_LUKS_HEADER);
    memcpy(fake_luks.disk + at, data, bytes);
    fake_luks_seal(0, FAKE_LUKS_HEADER);
}

static void test_first_header_alone(void **state)
{
    static const struct {
        size_t at;
        const char *data;
        size_t bytes;
        const char *words; /* NULL: it counts */
    } cases[] = {
        {0, "SKUL", 4, "no LUKS2 header"}, /* the second's magic at the first's place */
        {4, "\0", 1, "no LUKS2 header"},
        {6, "\0\1", 2, "convert --type luks2"},
        {6, "\0\3", 2, "version 2"},
        {6, "\2\0", 2, "version 2"},
        {8, "\0\0\0\0\0\0\0\0", 8, "version 2"},
        {8, "\0\0\0\0\0\0\x20\0", 8, "version 2"},
        {8, "\0\0\0\0\0\0\x40\1", 8, "version 2"},
        {8, "\x80\0\0\0\0\0\x40\0", 8, "version 2"},
        {8, "\0\0\0\0\0\x40\0\0", 8, "version 2"}, /* longer than the disk */
        {72, "sha1\0", 6, "not SHA-256"},
        {72, "sha256x", 7, "not SHA-256"},
        {72, "SHA256", 6, "not SHA-256"},
        {256, "\0\0\0\0\0\0\x40\0", 8, "version 2"},
        {24, "label", 5, NULL}, /* nothing that Paravane looks at */
        {208, "subsystem", 9, NULL},
        {264, "padding", 7, NULL},
        {512, "padding", 7, NULL},
        {0x3fff, "x", 1, "behind its end"},
        {4096, "\0", 1, "behind its end"}, /* 2.1: the text, then zeros */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        change_first(cases[i].at, cases[i].data, cases[i].bytes);
        if (cases[i].words == NULL) {
            expect_sectors(SECTORS);
        } else {
            refused(FAKE_LUKS_PASSPHRASE, cases[i].words);
        }
    }
}

/* The sum counts 32 bytes of its room (2.1); what is behind them is zeroed for it as well. */
static void test_sums(void **state)
{
    (void)state;
    change_first(0, "L", 1);
    fake_luks.disk[448 + 63] = 1;
    expect_sectors(SECTORS);
    fake_luks.disk[448 + 31] ^= 1;
    refused(FAKE_LUKS_PASSPHRASE, "checksum");
}

static const char *text_read(uint64_t header_bytes, size_t text_bytes)
{
    static char text[0x10000];
    static struct luks_header header;
    const struct luks_source source = fake_luks_source();

    memset(text, ' ', text_bytes);
    text[text_bytes] = 0;
    fake_luks_put_header(0, header_bytes, 9, text);
    memset(fake_luks.disk + header_bytes, 0, 4096);
    const char *reason = luks_header_read(&source, &header);

    if (reason == NULL) {
        assert_int_equal(header.text_bytes, text_bytes);
        assert_memory_equal(header.text, text, text_bytes);
    }
    return reason;
}

static void test_lengths_of_the_text(void **state)
{
    (void)state;
    assert_null(text_read(0x4000, 0));
    assert_null(text_read(0x4000, 4095));
    assert_null(text_read(0x4000, 4096));
    assert_null(text_read(0x4000, 4097));
    /* All of the area: no zero is behind it. */
    assert_null(text_read(0x4000, 0x3000));
    assert_null(text_read(0x10000, LUKS_TEXT_BYTES));
    assert_non_null(text_read(0x10000, LUKS_TEXT_BYTES + 1));
    assert_non_null(text_read(0x10000, 0xf000));
}

static void test_short_disks(void **state)
{
    (void)state;
    for (uint64_t bytes = 0; bytes <= FAKE_LUKS_DATA; bytes += bytes < 0x9000 ? 512 : 0x3e00) {
        fake_luks.disk_bytes = bytes;
        assert_non_null(open_with(FAKE_LUKS_PASSPHRASE));
        expect_nothing();
    }
    fake_luks.disk_bytes = FAKE_LUKS_DATA + 512;
    assert_null(open_with(FAKE_LUKS_PASSPHRASE));
    assert_int_equal(volume.sectors, 1);
}

/* ---- Keyslots (LUKS2 3.2) -------------------------------------------------------------------------- */

#define SALT_1 "b25l" /* "one" */
#define SALT_2 "dHdv" /* "two" */
#define REST                                                                               \
    "\"type\":\"luks2\",\"key_size\":64,\"af\":{\"type\":\"luks1\",\"stripes\":4000,"      \
    "\"hash\":\"sha256\"},\"area\":{\"type\":\"raw\",\"size\":\"258048\",\"key_size\":64," \
    "\"encryption\":\"aes-xts-plain64\","
#define KDF(salt) \
    "\"kdf\":{\"type\":\"pbkdf2\",\"hash\":\"sha256\",\"iterations\":2,\"salt\":\"" salt "\"}"

/* Two more, with these priorities; "" is none. */
static void add_keyslots(const char *priority_1, const char *priority_2)
{
    static char slots[4096];
    const char *const lists[] = {"\"keyslots\":[\"0\"]", "\"keyslots\":[\"0\",\"1\",\"2\"]"};

    fake_luks_make();
    fake_luks_put_key(1, "passphrase one", "one");
    fake_luks_put_key(2, "passphrase two", "two");
    (void)snprintf(slots, sizeof(slots),
                   "}},\"1\":{%s" REST "\"offset\":\"290816\"}," KDF(
                       SALT_1) "},"
                               "\"2\":{%s" REST
                               "\"offset\":\"548864\"}," KDF(SALT_2) "}},\"tokens\"",
                   priority_1, priority_2);
    (void)snprintf(fake_luks.text, sizeof(fake_luks.text), "%s",
                   fake_luks_change("}}},\"tokens\"", slots));
    (void)snprintf(fake_luks.text, sizeof(fake_luks.text), "%s",
                   fake_luks_change(lists[0], lists[1]));
    fake_luks_put_header(0, FAKE_LUKS_HEADER, 9, fake_luks.text);
}

/* The areas in the order in which they were begun; digits of their keyslots. */
static void expect_order(const char *order)
{
    for (unsigned i = 0; i < fake_luks.reads; i++) {
        uint64_t area = fake_luks.log[i].offset - FAKE_LUKS_AREA;

        if (fake_luks.log[i].offset >= FAKE_LUKS_AREA && area % FAKE_LUKS_AREA_BYTES == 0) {
            assert_int_equal('0' + (int)(area / FAKE_LUKS_AREA_BYTES), *order++);
        }
    }
    assert_int_equal(*order, 0);
}

/* 3.2: ignore (0), normal (1, and without one), high (2); the preferred first, then by number. */
static void test_order_of_keyslots(void **state)
{
    (void)state;
    add_keyslots("", "");
    assert_null(open_with("passphrase two"));
    expect_order("012");
    assert_null(open_with("passphrase one"));
    expect_order("01");
    refused("another", "no keyslot opens");
    expect_order("012");
    add_keyslots("", "\"priority\":2,");
    refused("another", "no keyslot opens");
    expect_order("201");
    add_keyslots("\"priority\":2,", "\"priority\":2,");
    assert_null(open_with("passphrase two"));
    expect_order("12");
    add_keyslots("\"priority\":0,", "\"priority\":1,");
    refused("passphrase one", "no keyslot opens");
    expect_order("02");
    assert_null(open_with(FAKE_LUKS_PASSPHRASE));
    expect_order("0");
}

/* Two slots open the same volume: it is the key that counts. */
static void test_all_keyslots_give_one_key(void **state)
{
    static struct luks_volume one;

    (void)state;
    add_keyslots("", "");
    assert_null(open_with("passphrase one"));
    one = volume;
    assert_null(open_with(FAKE_LUKS_PASSPHRASE));
    assert_memory_equal(&one, &volume, sizeof(one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_opens, make),
        cmocka_unit_test_setup(test_nothing_is_read_twice, make),
        cmocka_unit_test_setup(test_wrong_passphrases, make),
        cmocka_unit_test_setup(test_reads_fail, make),
        cmocka_unit_test_setup(test_the_newer_counts, make),
        cmocka_unit_test_setup(test_a_broken_one_does_not_count, make),
        cmocka_unit_test_setup(test_where_the_second_is, make),
        cmocka_unit_test_setup(test_a_second_of_another_size, make),
        cmocka_unit_test_setup(test_first_header_alone, make),
        cmocka_unit_test_setup(test_sums, make),
        cmocka_unit_test_setup(test_lengths_of_the_text, make),
        cmocka_unit_test_setup(test_short_disks, make),
        cmocka_unit_test(test_order_of_keyslots),
        cmocka_unit_test(test_all_keyslots_give_one_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
