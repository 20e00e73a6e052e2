/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Trust anchors: PEM files with one certificate, several, none, too many, damaged ones; what arrives in
 * the policy. The DER is what the lines between BEGIN and END say in base64 (RFC 7468), decoded here.
 */
#include "certificate.h"
#include "igvm_asked.h"
#include "igvm_certificates.h"
#include "igvm_tool_test.h"
#include "recipe.h"

static const char one[] = CERTIFICATE_ONE;
static const char two[] = CERTIFICATE_TWO;

static size_t decode(const char *pem, uint8_t *der)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(pem, '\n');
    uint32_t bits = 0;
    uint32_t count = 0;
    size_t bytes = 0;

    for (; *at != '-' && *at != '='; at++) {
        const char *digit = strchr(digits, *at);
        if (*at == '\n') {
            continue;
        }
        assert_non_null(digit);
        bits = bits << 6 | (uint32_t)(digit - digits);
        count += 6;
        if (count >= 8) {
            count -= 8;
            der[bytes++] = (uint8_t)(bits >> count);
        }
    }
    return bytes;
}

/* A file of this text has these certificates, in this order. */
static void expect_read(const char *text, const char *const *pem, size_t count)
{
    char *path = in_folder("x.pem");
    struct blob der[4] = {0};
    uint8_t expected[4096];
    size_t found = 99;

    put_text("x.pem", text);
    listen_to_stderr();
    bool good = certificate_read(path, der, 4, &found);
    expect_part(told(), "");
    assert_true(good);
    assert_int_equal(found, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(der[i].bytes, decode(pem[i], expected));
        assert_memory_equal(der[i].data, expected, der[i].bytes);
        free(der[i].data);
    }
    free(path);
}

static void several(void **state)
{
    (void)state;
    const char *const order[] = {one, two, two, one};

    expect_read(CERTIFICATE_ONE, order, 1);
    expect_read(CERTIFICATE_ONE CERTIFICATE_TWO, order, 2);
    expect_read(CERTIFICATE_ONE CERTIFICATE_TWO CERTIFICATE_TWO CERTIFICATE_ONE, order, 4);
    /* Text around them says what they are, and is nothing to us (RFC 7468, 2). */
    expect_read("the first\n" CERTIFICATE_ONE "\nthe other:\n\n" CERTIFICATE_TWO "end\n", order, 2);
    /* Neither is a key that lies in the same file. */
    expect_read("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" CERTIFICATE_ONE,
                order, 1);
}

static void expect_refused(const void *text, size_t bytes, size_t room, const char *part)
{
    char *path = in_folder("x.pem");
    struct blob der[4] = {0};
    size_t found = 99;

    put_file("x.pem", text, bytes);
    listen_to_stderr();
    bool good = certificate_read(path, der, room, &found);
    expect_part(told(), part);
    assert_false(good);
    assert_int_equal(found, 0); /* and what was read before is freed: LeakSanitizer sees to it */
    free(path);
}

static void none(void **state)
{
    (void)state;
    static const char text[] = "no certificate\n";
    static const char key[] = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    uint8_t der[4096];
    size_t found = 99;
    struct blob blob;

    expect_refused(text, strlen(text), 4, "there is no certificate");
    expect_refused(key, strlen(key), 4, "there is no certificate");
    expect_refused(der, decode(one, der), 4, "there is no certificate"); /* not in PEM */
    expect_refused("", 0, 4, "is empty");
    listen_to_stderr();
    bool good = certificate_read("/nonexistent/x.pem", &blob, 1, &found);
    expect_part(told(), "can't open the trust anchor");
    assert_false(good);
    assert_int_equal(found, 0);
}

static void too_many(void **state)
{
    (void)state;
    static const char five[] =
        CERTIFICATE_ONE CERTIFICATE_TWO CERTIFICATE_ONE CERTIFICATE_TWO CERTIFICATE_ONE;

    expect_refused(five, strlen(five), 4, "4 trust anchors at most");
    expect_refused(one, strlen(one), 0, "4 trust anchors at most");
}

/* The second of two, cut off at any byte, or with any byte of it changed. */
static void damaged(void **state)
{
    (void)state;
    static const char both[] = CERTIFICATE_ONE CERTIFICATE_TWO;
    const size_t first = strlen(one);
    const size_t begin = strlen("-----BEGIN CERTIFICATE-----\n");
    const size_t end = strlen("-----END CERTIFICATE-----\n");
    char text[sizeof(both)];

    for (size_t bytes = first + begin; bytes < sizeof(both) - 2; bytes++) {
        expect_refused(both, bytes, 4, "a certificate in it is damaged");
    }
    for (size_t at = first + begin; at < sizeof(both) - 1 - end; at += 7) {
        memcpy(text, both, sizeof(both));
        text[at] = '!';
        expect_refused(text, strlen(text), 4, "a certificate in it is damaged");
    }
    /* Its first byte is no SEQUENCE any more (X.690, 8.9). */
    memcpy(text, both, sizeof(both));
    text[first + begin] = 'N';
    expect_refused(text, strlen(text), 4, "a certificate in it is damaged");
}

/* Nobody is asked for a passphrase, as nobody may be there. */
static void encrypted(void **state)
{
    (void)state;
    static const char text[] = "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\n"
                               "DEK-Info: AES-128-CBC,000102030405060708090A0B0C0D0E0F\n\n"
                               "AAAAAAAAAAAAAAAAAAAAAA==\n-----END CERTIFICATE-----\n";

    UI_METHOD *method = asked_watch();
    expect_refused(text, strlen(text), 4, "a certificate in it is damaged");
    asked_expect_never(method);
}

static void subjects(void **state)
{
    (void)state;
    uint8_t der[4096];
    size_t bytes = decode(two, der);
    char text[64];
    char small[8];

    certificate_subject(der, bytes, text, sizeof(text));
    assert_string_equal(text, "CN=anchor two,O=Paravane tests"); /* RFC 2253: last part first */
    certificate_subject(der, bytes, small, sizeof(small));
    assert_string_equal(small, "CN=anch");
    certificate_subject(der, bytes - 1, text, sizeof(text));
    assert_string_equal(text, "no certificate");
    der[bytes] = 0;
    certificate_subject(der, bytes + 1, text, sizeof(text));
    assert_string_equal(text, "no certificate");
    certificate_subject(der, 0, text, sizeof(text));
    assert_string_equal(text, "no certificate");
}

/* A terminal must not obey what a certificate calls itself. */
static void subject_that_commands(void **state)
{
    (void)state;
    uint8_t der[4096];
    size_t bytes = decode(one, der);
    char text[64];

    for (size_t i = 0; i + 10 <= bytes; i++) {
        if (memcmp(der + i, "anchor one", 10) == 0) {
            memcpy(der + i, "\x1b[2J\r\n\x7fone", 10);
        }
    }
    certificate_subject(der, bytes, text, sizeof(text));
    assert_string_equal(text, "CN=\\1B[2J\\0D\\0A\\7Fone,O=Paravane tests");
}

/* ---- From files to the policy ---- */

static void expect_gathered(const char *const *files, size_t count, size_t anchors,
                            const char *part)
{
    struct ingredients all;
    struct recipe recipe;
    char *image = in_folder("a.elf");

    recipe_init(&recipe);
    recipe_set(&recipe.image, image);
    for (size_t i = 0; i < count; i++) {
        recipe.anchor_file[recipe.anchor_files++] = in_folder(files[i]);
    }
    listen_to_stderr();
    bool good = recipe_gather(&recipe, &all);
    expect_part(told(), part);
    assert_int_equal(good, part[0] == '\0');
    if (good) {
        uint8_t der[4096];
        assert_int_equal(all.policy.anchors, anchors);
        for (uint32_t i = 0; i < anchors; i++) {
            assert_int_equal(all.policy.anchor[i].bytes, decode(i % 2 == 0 ? one : two, der));
            assert_memory_equal(all.policy.anchor[i].data, der, all.policy.anchor[i].bytes);
        }
        assert_ptr_equal(all.build.policy, &all.policy);
    }
    ingredients_free(&all);
    recipe_free(&recipe);
    free(image);
}

/* 64 bytes of header, 56 of one segment, and that segment: eight bytes at address 0. */
static void put_elf(void)
{
    const uint16_t kind[2] = {3, 183}; /* ET_DYN, EM_AARCH64 */
    const uint64_t segment[7] = {1, 120, 0, 0, 8, 8, 1};
    const uint64_t header_end = 64;
    const uint16_t sizes[2] = {56, 1};
    uint8_t elf[128] = {0x7f, 'E', 'L', 'F', 2, 1, 1};

    memcpy(elf + 16, kind, sizeof(kind));
    memcpy(elf + 32, &header_end, sizeof(header_end));
    memcpy(elf + 54, sizes, sizeof(sizes));
    memcpy(elf + 64, segment, sizeof(segment));
    put_file("a.elf", elf, sizeof(elf));
}

static void gathering(void **state)
{
    (void)state;
    static const char *const files[] = {"1.pem", "2.pem", "both.pem", "1.pem"};

    put_elf();
    put_text("1.pem", one);
    put_text("2.pem", two);
    put_text("both.pem", CERTIFICATE_ONE CERTIFICATE_TWO);
    put_text("bad.pem", "x");
    expect_gathered(files, 0, 0, "");
    expect_gathered(files, 1, 1, "");
    expect_gathered(files, 3, 4, "");
    expect_gathered(files, 4, 0, "1.pem' is not good: a policy holds 4 trust anchors at most");
    expect_gathered((const char *const[]){"both.pem", "bad.pem"}, 2, 0, "bad.pem' is not good");
    expect_gathered((const char *const[]){"both.pem", "no.pem"}, 2, 0, "can't open the trust");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several),
        cmocka_unit_test(none),
        cmocka_unit_test(too_many),
        cmocka_unit_test(damaged),
        cmocka_unit_test(encrypted),
        cmocka_unit_test(subjects),
        cmocka_unit_test(subject_that_commands),
        cmocka_unit_test(gathering),
    };

    return cmocka_run_group_tests(tests, folder_set_up, folder_tear_down);
}
