/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of host/verify: the vectors of tests/verify/, made by its Python peer. */
#ifndef TESTS_UNIT_VERIFY_TEST_H
#define TESTS_UNIT_VERIFY_TEST_H

#include "include/pv_verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct vector {
    uint8_t data[8192];
    size_t bytes;
};

static inline struct vector vector_read(const char *name)
{
    static const char folder[] = PV_SOURCE_DIR "/tests/verify/vectors/";
    char path[1024];
    struct vector vector;
    FILE *file;

    assert_true(snprintf(path, sizeof(path), "%s%s", folder, name) < (int)sizeof(path));
    file = fopen(path, "rb");
    assert_non_null(file);
    vector.bytes = fread(vector.data, 1, sizeof(vector.data), file);
    assert_true(vector.bytes > 0 && vector.bytes < sizeof(vector.data));
    assert_int_equal(fclose(file), 0);
    return vector;
}

/* What the vectors are held against. */
static struct pv_verify_anchors anchors;
static struct pv_verify_reference reference;
static struct pv_verify_events events;
static uint8_t challenge[PV_VERIFY_CHALLENGE_BYTES];

static inline int vectors_set_up(void **state)
{
    struct vector file = vector_read("anchors.json");

    (void)state;
    assert_null(pv_verify_read_anchors(file.data, file.bytes, &anchors));
    file = vector_read("reference.json");
    assert_null(pv_verify_read_reference(file.data, file.bytes, &reference));
    file = vector_read("events.json");
    assert_null(pv_verify_read_events(file.data, file.bytes, &events));
    file = vector_read("challenge.bin");
    assert_int_equal(file.bytes, sizeof(challenge));
    memcpy(challenge, file.data, sizeof(challenge));
    return 0;
}

static inline int vectors_tear_down(void **state)
{
    (void)state;
    pv_verify_anchors_free(&anchors);
    assert_null(anchors.anchor);
    return 0;
}

#endif /* TESTS_UNIT_VERIFY_TEST_H */
