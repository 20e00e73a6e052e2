/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A header's JSON area with one thing changed: refused with its reason, or taken as LUKS2 On-Disk Format
 * Specification 1.1, 3, says it.
 */
#include "fake_luks.h"
#include "luks/luks_metadata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEADERS (2u * FAKE_LUKS_HEADER)
#define SALT64 \
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="

static struct luks_metadata metadata;

static int make(void **state)
{
    (void)state;
    fake_luks_make();
    return 0;
}

static const char *read_text(const char *text)
{
    memset(&metadata, 0xa5, sizeof(metadata));
    return luks_metadata_read(text, strlen(text), HEADERS, FAKE_LUKS_BYTES, &metadata);
}

static void refused(const char *text, const char *words)
{
    const char *reason = read_text(text);

    if (reason == NULL || strstr(reason, words) == NULL) {
        fail_msg("\"%s\" instead of \"%s\": %s", reason, words, text);
    }
}

struct change {
    const char *from;
    const char *to;
    const char *words; /* NULL: it is as good */
};

static void each(const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = fake_luks_change(changes[i].from, changes[i].to);

        if (changes[i].words != NULL) {
            refused(text, changes[i].words);
        } else if (read_text(text) != NULL) {
            fail_msg("%s: %s", read_text(text), text);
        }
    }
}
#define EACH(changes) each(changes, sizeof(changes) / sizeof((changes)[0]))

static void test_good(void **state)
{
    (void)state;
    assert_null(read_text(fake_luks.text));
    assert_int_equal(metadata.offset, FAKE_LUKS_DATA);
    assert_int_equal(metadata.bytes, FAKE_LUKS_BYTES - FAKE_LUKS_DATA);
    assert_int_equal(metadata.sector_bytes, 512);
    assert_int_equal(metadata.key_bytes, 64);
    assert_int_equal(metadata.digest_bytes, 32);
    assert_int_equal(metadata.digest_kdf.iterations, 2);
    assert_int_equal(metadata.keyslot_count, 1);
    assert_int_equal(metadata.keyslots[0].priority, 1);
    assert_int_equal(metadata.keyslots[0].area, FAKE_LUKS_AREA);
    assert_int_equal(metadata.keyslots[0].area_key_bytes, 64);
    assert_int_equal(metadata.keyslots[0].kdf.salt_bytes, 19);
    assert_memory_equal(metadata.keyslots[0].kdf.salt, "salt of the keyslot", 19);
}

/* RFC 8259; what the reader refuses is test_json_read's. */
static void test_no_json(void **state)
{
    static const struct change changes[] = {
        {"{\"keyslots\"", "[{\"keyslots\"", "can't be read"},
        {"\"config\":", "\"config\"", "can't be read"},
        {"\"tokens\":{}", "\"tokens\":{\"0\":{}},\"tokens\":{}", "can't be read"},
        {"\"tokens\":{}", "\"tokens\":\"\\ud800\"", "can't be read"},
        {"\"tokens\":{}", "\"tokens\":{\"0\":{\"type\":\"luks2-keyring\",\"keyslots\":[\"0\"]}}",
         NULL},
        {"\"tokens\":{}", "\"of another time\":[1,true,null,{}]", NULL},
    };

    (void)state;
    EACH(changes);
    refused("", "can't be read");
    refused("[]", "can't be read");
    refused("{}", "no config");
    refused("{\"config\":[]}", "no config");
    refused("{\"config\":{}}", "no segment");
}

/* 3.6 */
static void test_requirements(void **state)
{
    static const struct change changes[] = {
        {"\"json_size\"", "\"requirements\":{\"mandatory\":[\"online-reencrypt\"]},\"json_size\"",
         "reencrypt"},
        {"\"json_size\"", "\"requirements\":{\"mandatory\":[\"of another time\"]},\"json_size\"",
         "not supported"},
        {"\"json_size\"", "\"requirements\":{\"mandatory\":[[]]},\"json_size\"", "not supported"},
        {"\"json_size\"", "\"requirements\":{\"mandatory\":{}},\"json_size\"", "can't be read"},
        {"\"json_size\"", "\"requirements\":{},\"json_size\"", "can't be read"},
        {"\"json_size\"", "\"requirements\":[],\"json_size\"", "can't be read"},
        {"\"json_size\"", "\"requirements\":{\"mandatory\":[]},\"json_size\"", NULL},
        {"\"json_size\"", "\"flags\":[\"allow-discards\"],\"json_size\"", NULL},
    };

    (void)state;
    EACH(changes);
}

/* 3.3 */
static void test_segment(void **state)
{
    static const struct change changes[] = {
        {"{\"0\":{\"type\":\"crypt\"", "{\"1\":{\"type\":\"crypt\"", "not encrypted"},
        {"\"type\":\"crypt\",", "", "not encrypted"},
        {"\"type\":\"crypt\"", "\"type\":7", "not encrypted"},
        {"\"sector_size\":512", "\"sector_size\":512,\"integrity\":null", "integrity"},
        {"\"encryption\":\"aes-xts-plain64\",\"sector_size\"",
         "\"encryption\":\"aes-xts-plain64\\u0000\",\"sector_size\"", "can't be read"},
        {"\"encryption\":\"aes-xts-plain64\",\"sector_size\"",
         "\"encryption\":\"aes-xts-plain\",\"sector_size\"", "another cipher"},
        {"\"encryption\":\"aes-xts-plain64\",\"sector_size\"",
         "\"encryption\":\"aes-xts-plain64be\",\"sector_size\"", "another cipher"},
        {"\"encryption\":\"aes-xts-plain64\",\"sector_size\"", "\"sector_size\"", "another cipher"},
        {"\"encryption\":\"aes-xts-plain64\",\"sector_size\"",
         "\"encryption\":\"\\u0061es-xts-plain64\",\"sector_size\"", NULL},
        {"\"sector_size\":512", "\"sector_size\":0", "sector size"},
        {"\"sector_size\":512", "\"sector_size\":256", "sector size"},
        {"\"sector_size\":512", "\"sector_size\":1536", "sector size"},
        {"\"sector_size\":512", "\"sector_size\":8192", "sector size"},
        {"\"sector_size\":512", "\"sector_size\":4294967808", "sector size"},
        {"\"sector_size\":512", "\"sector_size\":-512", "sector size"},
        {"\"sector_size\":512", "\"sector_size\":5.12e2", "sector size"},
        {",\"sector_size\":512", "", "sector size"},
        {"\"iv_tweak\":\"0\"", "\"iv_tweak\":0", "iv_tweak"},
        {"\"iv_tweak\":\"0\"", "\"iv_tweak\":\"\"", "iv_tweak"},
        {"\"iv_tweak\":\"0\"", "\"iv_tweak\":\"0x1\"", "iv_tweak"},
        {"\"iv_tweak\":\"0\"", "\"iv_tweak\":\"18446744073709551616\"", "iv_tweak"},
        {"\"iv_tweak\":\"0\"", "\"iv_tweak\":\"1\"", "iv_tweak that is not 0"},
        {"\"iv_tweak\":\"0\"", "\"iv_tweak\":\"4294967296\"", "iv_tweak that is not 0"},
        {"\"iv_tweak\":\"0\"", "\"iv_tweak\":\"18446744073709551615\"", "iv_tweak that is not 0"},
        {"\"iv_tweak\":\"0\"", "\"iv_tweak\":\"00\"", NULL},
        {"\"offset\":\"1048576\"", "\"offset\":1048576", "offset"},
        {"\"offset\":\"1048576\"", "\"offset\":\"0\"", "detached"},
        {"\"offset\":\"1048576\"", "\"offset\":\"32256\"", "in the header"},
        {"\"offset\":\"1048576\"", "\"offset\":\"1048577\"", "in the header"},
        {"\"offset\":\"1048576\"", "\"offset\":\"1180160\"", "behind the disk"},
        {"\"offset\":\"1048576\"", "\"offset\":\"1179648\"", "ends before"},
        {"\"offset\":\"1048576\"", "\"offset\":\"18446744073709551104\"", "behind the disk"},
        {"\"size\":\"dynamic\"", "\"size\":\"0\"", "ends before"},
        {"\"size\":\"dynamic\"", "\"size\":\"513\"", "longer"},
        {"\"size\":\"dynamic\"", "\"size\":\"131584\"", "longer"},
        {"\"size\":\"dynamic\"", "\"size\":\"18446744073709551104\"", "longer"},
        {"\"size\":\"dynamic\"", "\"size\":131072", "longer"},
        {"\"size\":\"dynamic\",", "", "longer"},
        {"\"size\":\"dynamic\"", "\"size\":\"131072\"", NULL},
        {"\"segments\":{", "\"segments\":{\"1\":{},", "more than one"},
        {"\"segments\":{\"0\"", "\"segments\":7,\"other\":{\"0\"", "no segment"},
    };

    (void)state;
    EACH(changes);
}

static void test_sizes(void **state)
{
    char text[64];

    (void)state;
    for (uint32_t bytes = 512; bytes <= 4096; bytes *= 2) {
        (void)snprintf(text, sizeof(text), "\"sector_size\":%u", bytes);
        assert_null(read_text(fake_luks_change("\"sector_size\":512", text)));
        assert_int_equal(metadata.sector_bytes, bytes);
    }
    /* What is left over of the disk behind the last whole sector is no part of the segment. */
    const char *large = fake_luks_change("\"sector_size\":512", "\"sector_size\":4096");
    assert_null(
        luks_metadata_read(large, strlen(large), HEADERS, FAKE_LUKS_BYTES - 512, &metadata));
    assert_int_equal(metadata.bytes, FAKE_LUKS_BYTES - FAKE_LUKS_DATA - 4096);
    assert_non_null(
        luks_metadata_read(large, strlen(large), HEADERS, FAKE_LUKS_DATA + 4095, &metadata));
    assert_null(read_text(fake_luks_change("\"size\":\"dynamic\"", "\"size\":\"1024\"")));
    assert_int_equal(metadata.bytes, 1024);
}

/* 3.2 */
static void test_keyslot(void **state)
{
    static const char no_keyslot[] = "no keyslot for the segment";
    static const struct change changes[] = {
        {"{\"0\":{\"type\":\"luks2\"", "{\"32\":{\"type\":\"luks2\"", no_keyslot},
        {"{\"0\":{\"type\":\"luks2\"", "{\"\":{\"type\":\"luks2\"", no_keyslot},
        {"{\"0\":{\"type\":\"luks2\"", "{\"0000\":{\"type\":\"luks2\"", no_keyslot},
        {"{\"0\":{\"type\":\"luks2\"", "{\"-1\":{\"type\":\"luks2\"", no_keyslot},
        {"\"keyslots\":[\"0\"]", "\"keyslots\":[\"1\"]", no_keyslot},
        {"\"keyslots\":[\"0\"]", "\"keyslots\":[0]", no_keyslot},
        {"\"keyslots\":[\"0\"]", "\"keyslots\":{}", no_keyslot},
        {"\"keyslots\":{\"0\"", "\"keyslots\":7,\"other\":{\"0\"", no_keyslot},
        {"\"type\":\"luks2\",", "\"type\":\"luks2\",\"priority\":0,", no_keyslot},
        {"\"type\":\"luks2\",", "\"type\":\"luks2\",\"priority\":3,", no_keyslot},
        {"\"type\":\"luks2\",", "\"type\":\"luks2\",\"priority\":\"1\",", no_keyslot},
        {"\"type\":\"luks2\",", "\"type\":\"luks2\",\"priority\":2,", NULL},
        {"\"type\":\"luks2\"", "\"type\":\"luks1\"", "another type"},
        {"\"key_size\":64", "\"key_size\":48", "neither of 256"},
        {"\"key_size\":64", "\"key_size\":0", "neither of 256"},
        {"\"key_size\":64", "\"key_size\":128", "neither of 256"},
        {"\"key_size\":64", "\"key_size\":32", NULL}, /* the area is longer than it must be */
        {"\"kdf\":", "\"other\":", "without key derivation"},
        {"\"type\":\"pbkdf2\"", "\"type\":\"argon2i\"", "luksConvertKey --pbkdf pbkdf2"},
        {"\"type\":\"pbkdf2\"", "\"type\":\"argon2id\"", "luksConvertKey --pbkdf pbkdf2"},
        {"\"iterations\":2", "\"iterations\":0", "PBKDF2"},
        {"\"iterations\":2", "\"iterations\":10000001", "PBKDF2"},
        {"\"iterations\":2", "\"iterations\":4294967297", "PBKDF2"},
        {"\"iterations\":2", "\"iterations\":\"2\"", "PBKDF2"},
        {"\"iterations\":2", "\"iterations\":10000000", NULL},
        {"\"hash\":\"sha256\",\"iterations\"", "\"hash\":\"sha1\",\"iterations\"", "PBKDF2"},
        {"\"hash\":\"sha256\",\"iterations\"", "\"iterations\"", "PBKDF2"},
        {"\"hash\":\"sha256\",\"iterations\"", "\"hash\":\"sha512\",\"iterations\"", NULL},
        {"\"salt\":\"", "\"salt\":\"=", "PBKDF2"},
        {"\"salt\":\"", "\"salt\":\"\",\"other\":\"", "PBKDF2"},
        {"\"salt\":\"", "\"other\":\"", "PBKDF2"},
        {"\"salt\":\"", "\"salt\":\"" SALT64 "\",\"other\":\"", NULL},
        {"\"salt\":\"", "\"salt\":\"AAAA" SALT64 "\",\"other\":\"", "PBKDF2"},
        {"\"type\":\"luks1\"", "\"type\":\"none\"", "split"},
        {"\"stripes\":4000", "\"stripes\":1", "split"},
        {"\"stripes\":4000", "\"stripes\":4001", "split"},
        {"\"hash\":\"sha256\"},\"area\"", "\"hash\":\"sha1\"},\"area\"", "split"},
        {"\"hash\":\"sha256\"},\"area\"", "\"hash\":\"sha512\"},\"area\"", NULL},
        {"\"af\":", "\"other\":", "split"},
    };

    (void)state;
    EACH(changes);
}

/* 3.2.3 */
static void test_area(void **state)
{
    static const char no_area[] = "area is not where";
    static const struct change changes[] = {
        {"\"area\":", "\"other\":", "keyslot-cipher"},
        {"\"type\":\"raw\"", "\"type\":\"journal\"", "keyslot-cipher"},
        {"\"encryption\":\"aes-xts-plain64\",\"key_size\":64",
         "\"encryption\":\"aes-xts-plain64\",\"key_size\":48", "keyslot-cipher"},
        {"\"encryption\":\"aes-xts-plain64\",\"key_size\":64",
         "\"encryption\":\"aes-xts-plain64\",\"key_size\":32", NULL},
        {"\"encryption\":\"aes-xts-plain64\",\"key_size\":64",
         "\"encryption\":\"serpent-xts-plain64\",\"key_size\":64", "keyslot-cipher"},
        {"\"offset\":\"32768\"", "\"offset\":\"32256\"", no_area},
        {"\"offset\":\"32768\"", "\"offset\":\"0\"", no_area},
        {"\"offset\":\"32768\"", "\"offset\":\"32769\"", no_area},
        {"\"offset\":\"32768\"", "\"offset\":32768", no_area},
        {"\"offset\":\"32768\"", "\"offset\":\"921600\"", NULL}, /* ends where the disk does */
        {"\"offset\":\"32768\"", "\"offset\":\"922112\"", no_area},
        {"\"offset\":\"32768\"", "\"offset\":\"1180160\"", no_area},
        {"\"offset\":\"32768\"", "\"offset\":\"18446744073709551104\"", no_area},
        {"\"size\":\"258048\"", "\"size\":\"256000\"", NULL},
        {"\"size\":\"258048\"", "\"size\":\"255999\"", no_area},
        {"\"size\":\"258048\"", "\"size\":\"0\"", no_area},
        {"\"size\":\"258048\"", "\"size\":\"1146881\"", no_area},
        {"\"size\":\"258048\"", "\"size\":\"18446744073709551615\"", no_area},
    };

    (void)state;
    EACH(changes);
}

/* 3.4 */
static void test_digest(void **state)
{
    static const char no_digest[] = "no digest of the segment";
    static const char digest32[] = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    static const char other[] = "\",\"other\":\"";
    char text[256];
    static const struct change changes[] = {
        {"\"digests\":{\"0\"", "\"digests\":7,\"other\":{\"0\"", "no digest"},
        {"\"digests\":{\"0\"", "\"digests\":{},\"other\":{\"0\"", no_digest},
        {"\"segments\":[\"0\"]", "\"segments\":[]", no_digest},
        {"\"segments\":[\"0\"]", "\"segments\":[\"00\"]", no_digest},
        {"\"segments\":[\"0\"]", "\"segments\":[0]", no_digest},
        {"\"segments\":[\"0\"]", "\"segments\":\"0\"", no_digest},
        {"\"segments\":[\"0\"]", "\"segments\":[\"1\",\"0\"]", NULL},
        {"\"digests\":{", "\"digests\":{\"1\":{\"segments\":[\"0\"]},", "more than one digest"},
        {"\"digests\":{", "\"digests\":{\"1\":{\"segments\":[]},\"2\":7,", NULL},
        {"\"type\":\"pbkdf2\",\"keyslots\"", "\"type\":\"pbkdf\",\"keyslots\"", no_digest},
        {"\"digest\":\"", "\"digest\":\"AAAA\",\"other\":\"", "short digest"},
        {"\"digest\":\"", "\"digest\":\"\",\"other\":\"", no_digest},
        {"\"digest\":\"", "\"digest\":\"" SALT64 "\",\"other\":\"", NULL},
        {"\"digest\":\"", "\"digest\":\"AAAA" SALT64 "\",\"other\":\"", no_digest},
        {"\"digest\":\"", "\"other\":\"", no_digest},
    };

    (void)state;
    EACH(changes);
    (void)snprintf(text, sizeof(text), "\"digest\":\"%s%s", digest32, other);
    assert_null(read_text(fake_luks_change("\"digest\":\"", text)));
    assert_int_equal(metadata.digest_bytes, 32);
    /* One byte less than SHA-256 has. */
    (void)snprintf(text, sizeof(text), "\"digest\":\"%.40s%s", digest32, other);
    refused(fake_luks_change("\"digest\":\"", text), "short digest");
}

#define SLOT(number, key_size, kdf) SLOT_OF(number, key_size, kdf, "1")
#define SLOT_OF(number, key_size, kdf, iterations)                                                    \
    "\"" number "\":{\"type\":\"luks2\",\"key_size\":" key_size ",\"af\":{\"type\":\"luks1\","        \
    "\"stripes\":4000,\"hash\":\"sha256\"},\"area\":{\"type\":\"raw\",\"offset\":\"32768\",\"size\":" \
    "\"258048\",\"encryption\":\"aes-xts-plain64\",\"key_size\":64},\"kdf\":{\"type\":\"" kdf         \
    "\",\"hash\":\"sha256\",\"iterations\":" iterations ",\"salt\":\"AA==\"}},"

static const char *with_slot(const char *slot, const char *list)
{
    char text[2048];

    fake_luks_make();
    (void)snprintf(text, sizeof(text), "\"keyslots\":{%s", slot);
    (void)snprintf(fake_luks.text, sizeof(fake_luks.text), "%s",
                   fake_luks_change("\"keyslots\":{", text));
    (void)snprintf(text, sizeof(text), "\"keyslots\":[%s]", list);
    return fake_luks_change("\"keyslots\":[\"0\"]", text);
}

/* One that can't be opened takes no other with it; a key has one length. */
static void test_several_keyslots(void **state)
{
    (void)state;
    assert_null(read_text(with_slot(SLOT("31", "64", "pbkdf2"), "\"0\",\"31\"")));
    assert_int_equal(metadata.keyslot_count, 2);
    assert_null(read_text(with_slot(SLOT("7", "64", "argon2id"), "\"0\",\"7\"")));
    assert_int_equal(metadata.keyslot_count, 1);
    assert_int_equal(metadata.keyslots[0].kdf.iterations, 2); /* of the first one: SLOT has 1 */
    refused(with_slot(SLOT("7", "32", "pbkdf2"), "\"0\",\"7\""), "neither of 256");
    refused(with_slot(SLOT("7", "32", "argon2id"), "\"0\",\"7\""), "neither of 256");
    /* 3.2: unbound, of a key of its own. */
    assert_null(read_text(with_slot(SLOT("7", "32", "pbkdf2"), "\"0\"")));
    assert_int_equal(metadata.keyslot_count, 1);
    assert_int_equal(metadata.key_bytes, 64);
}

/* Two keyslots more, with these numbers of iterations; the first one has 2. */
static const char *with_iterations(unsigned one, unsigned two, unsigned digest)
{
    char slots[1024];
    char to[64];

    (void)snprintf(slots, sizeof(slots),
                   SLOT_OF("7", "64", "pbkdf2", "%u") SLOT_OF("8", "64", "pbkdf2", "%u"), one, two);
    const char *text = with_slot(slots, "\"0\",\"7\",\"8\"");
    (void)snprintf(fake_luks.text, sizeof(fake_luks.text), "%s", text);
    (void)snprintf(to, sizeof(to), "[\"0\"],\"hash\":\"sha256\",\"iterations\":%u", digest);
    return fake_luks_change("[\"0\"],\"hash\":\"sha256\",\"iterations\":2", to);
}

/* What a header makes Paravane do before it says that nothing opens: as much as one keyslot could. */
static void test_iterations_of_all(void **state)
{
    (void)state;
    assert_null(read_text(with_iterations(9999992, 10000000, 2)));
    assert_int_equal(metadata.keyslot_count, 3);
    refused(with_iterations(9999993, 10000000, 2), "too many iterations");
    refused(with_iterations(10000000, 10000000, 1), "too many iterations");
    assert_null(read_text(with_iterations(1, 1, 6666665)));
    refused(with_iterations(1, 1, 6666666), "too many iterations");
    refused(with_iterations(1, 1, 10000000), "too many iterations");
    /* One that is not tried takes no time. */
    (void)with_iterations(10000000, 10000000, 2);
    (void)snprintf(fake_luks.text, sizeof(fake_luks.text), "%s",
                   fake_luks_change("\"8\":{", "\"8\":{\"priority\":0,"));
    assert_null(read_text(fake_luks.text));
    assert_int_equal(metadata.keyslot_count, 2);
}

/* As many as there may be (LUKS2 3.2), and one that has the number of another. */
static void test_all_keyslots(void **state)
{
    static char slots[(LUKS_KEYSLOTS_MAX + 1) * 400];
    static char text[sizeof(slots) + FAKE_LUKS_TEXT_BYTES];
    static char list[512];
    const char *rest = strstr(fake_luks.text, "\"tokens\"");
    size_t used = 0;
    size_t listed = 0;

    (void)state;
    for (unsigned i = 0; i <= LUKS_KEYSLOTS_MAX; i++) {
        const char *name = i == LUKS_KEYSLOTS_MAX ? "0" : "";
        unsigned number = i % LUKS_KEYSLOTS_MAX;

        used += (size_t)snprintf(slots + used, sizeof(slots) - used,
                                 SLOT_OF("%s%u", "64,\"priority\":%u", "pbkdf2", "%u"), name,
                                 number, 1 + i % 2, number + 1);
        listed += (size_t)snprintf(list + listed, sizeof(list) - listed, "%s\"%s%u\"",
                                   i == 0 ? "" : ",", name, number);
    }
    slots[used - 1] = 0; /* the last comma */
    const char *before = strstr(rest, "\"keyslots\":[");
    (void)snprintf(text, sizeof(text), "{\"keyslots\":{%s},%.*s\"keyslots\":[%s%s", slots,
                   (int)(before - rest), rest, list, before + strlen("\"keyslots\":[\"0\""));
    assert_null(read_text(text));
    assert_int_equal(metadata.keyslot_count, LUKS_KEYSLOTS_MAX);
    /* The preferred ones, then the others, as they come. */
    for (unsigned i = 0; i < LUKS_KEYSLOTS_MAX; i++) {
        assert_int_equal(metadata.keyslots[i].kdf.iterations,
                         (i < 16 ? 2 * i + 1 : 2 * (i - 16)) + 1);
        assert_int_equal(metadata.keyslots[i].priority, i < 16 ? 2 : 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_good, make),         cmocka_unit_test_setup(test_no_json, make),
        cmocka_unit_test_setup(test_requirements, make), cmocka_unit_test_setup(test_segment, make),
        cmocka_unit_test_setup(test_sizes, make),        cmocka_unit_test_setup(test_keyslot, make),
        cmocka_unit_test_setup(test_area, make),         cmocka_unit_test_setup(test_digest, make),
        cmocka_unit_test(test_several_keyslots),         cmocka_unit_test(test_iterations_of_all),
        cmocka_unit_test_setup(test_all_keyslots, make),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
