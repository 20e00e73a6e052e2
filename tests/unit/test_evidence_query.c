/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What evidence is asked for, and the challenge that it becomes. Challenges were made by Python's
 * hashlib.
 */
#include "evidence_query.h"
#include "fake_vtl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Bytes 0 to 63, and 64 to 127. */
#define FIRST_64 \
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0-Pw"
#define NEXT_64 \
    "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl9gYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXp7fH1-fw"

static struct evidence_query query;

static const char *take(const char *text)
{
    /* Of exactly its length, so that a sanitizer sees what is read beyond. */
    size_t bytes = strlen(text);
    char *exact = strndup(text, bytes);
    const char *reason = evidence_query_read(exact, bytes, &query);

    free(exact);
    return reason;
}

static void test_taken(void **state)
{
    static const uint8_t odd[] = {0xfb, 0xff, 0xfe};

    (void)state;
    assert_null(take("nonce=-__-"));
    assert_int_equal(query.nonce_bytes, 3);
    assert_memory_equal(query.nonce, odd, 3);
    assert_int_equal(query.data_bytes, 0);
    assert_null(take("nonce=AA&data="));
    assert_int_equal(query.nonce_bytes, 1);
    assert_int_equal(query.data_bytes, 0);
    assert_null(take("data=" NEXT_64 "&nonce=" FIRST_64));
    assert_int_equal(query.nonce_bytes, 64);
    assert_int_equal(query.data_bytes, 64);
    for (unsigned i = 0; i < 64; i++) {
        assert_int_equal(query.nonce[i], i);
        assert_int_equal(query.data[i], 64 + i);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *text;
        const char *word; /* of the reason */
    } rows[] = {
        {"", "no nonce"},
        {"data=AA", "no nonce"},
        {"nonce", "more than"},
        {"nonce=", "nonce is not"},
        {"nonce=A", "nonce is not"},     /* no such length */
        {"nonce=AB", "nonce is not"},    /* spare bits, RFC 4648, 3.5 */
        {"nonce=AA==", "nonce is not"},  /* padding */
        {"nonce=AA%3D", "nonce is not"}, /* escaped */
        {"nonce=+/+/", "nonce is not"},  /* the other alphabet */
        {"nonce=AAA AAAA", "nonce is not"},
        {"nonce=" FIRST_64 "AA", "nonce is not"}, /* 65 bytes */
        {"nonce=AA&nonce=AA", "nonce is there twice"},
        {"nonce=AA&data=B", "data is not"},
        {"nonce=AA&data=" FIRST_64 "AA", "data is not"},
        {"nonce=AA&data=&data=", "data is there twice"},
        {"nonce=AA&data=AA&data=AA", "data is there twice"},
        {"nonce=AA&Data=AA", "more than"},
        {"nonce=AA&dat=AA", "more than"},
        {"nonce=AA&data", "more than"},
        {"nonce=AA&&data=AA", "more than"},
        {"&nonce=AA", "more than"},
        {"xnonce=AA", "more than"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *reason = take(rows[i].text);

        if (reason == NULL || strstr(reason, rows[i].word) == NULL) {
            fail_msg("%s: %s", rows[i].text, reason == NULL ? "taken" : reason);
        }
    }
}

static void assert_challenge(const char *digits)
{
    uint8_t challenge[64];
    char text[129];

    evidence_challenge(&query, challenge);
    for (size_t i = 0; i < sizeof(challenge); i++) {
        (void)snprintf(text + 2 * i, 3, "%02x", challenge[i]);
    }
    assert_string_equal(text, digits);
}

static void test_challenge(void **state)
{
    (void)state;
    assert_null(take("nonce=AA"));
    assert_challenge(
        "4545505894ce05cdda2990bdb2d56be487f0accb5686aa1dddebb8645c7d2c0cc8ae6e6dc9184f234b255b92943c53858a3c0ef634d020e725bc9b1ffe9f7c0c");
    assert_null(take("nonce=" FIRST_64 "&data=" NEXT_64));
    assert_challenge(
        "e5db74375102426893e1c8618697f7a360ece5a30db92e2dcb85d56a011594b168b61dd71c2f8db79b56b3ed9051ff76b43ac96e96ecfa435385785c43e445df");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_challenge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
