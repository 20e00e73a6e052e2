/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whether OpenSSL asked for a passphrase. It asks the terminal, and without one it gives up as if the answer
 * had been wrong: only a way of asking of our own tells the two apart, with a terminal or without.
 */
#ifndef TESTS_UNIT_IGVM_ASKED_H
#define TESTS_UNIT_IGVM_ASKED_H

#include "boot_test.h"

#include <openssl/ui.h>

#include <cmocka.h>

static unsigned asked;

/* No answer: OpenSSL's caller sees a failure. */
static int asked_open(UI *ui)
{
    (void)ui;
    asked++;
    return 0;
}

/* From here on, every question counts. */
static inline UI_METHOD *asked_watch(void)
{
    UI_METHOD *method = UI_create_method("asked");

    assert_non_null(method);
    assert_int_equal(UI_method_set_opener(method, asked_open), 0);
    UI_set_default_method(method);
    asked = 0;
    return method;
}

static inline void asked_expect_never(UI_METHOD *method)
{
    UI_set_default_method(UI_OpenSSL());
    UI_destroy_method(method);
    assert_int_equal(asked, 0);
}

#endif /* TESTS_UNIT_IGVM_ASKED_H */
