/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A name and two authorities for tests of the TLS client, which connects to tls_server.h.
 */
#ifndef TESTS_UNIT_TLS_TEST_H
#define TESTS_UNIT_TLS_TEST_H

#include "fake_vtl.h"
#include "tls.h"
#include "tls_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define NAME "kbs.test"

static struct certificate root;
static struct certificate other_root;
static struct stream_reason reason;
static bool dates;

static inline uint32_t now_s(void)
{
    return NOW_S;
}

static inline enum stream_status open_to(const char *host, const struct certificate *anchor)
{
    const struct igvm_policy_text text = certificate_anchor(anchor);
    const struct stream_peer peer = {host, 443, &text, 1, dates};

    reason.text[0] = '\0';
    return tls_open(&peer, &reason);
}

/* To a server with such a certificate, signed by the root if nothing else is wished. */
static inline enum stream_status try(const char *host, struct certificate_wish wish)
{
    struct certificate leaf = {0};

    wish.issuer = wish.issuer != NULL ? wish.issuer : &root;
    certificate_make(&leaf, &wish);
    server_start(&leaf, NULL);
    enum stream_status status = open_to(host, &root);

    tls_close();
    server_stop();
    certificate_free(&leaf);
    return status;
}

static inline void refused(const char *host, struct certificate_wish wish, const char *why)
{
    assert_int_equal(try(host, wish), STREAM_TLS);
    assert_string_equal(reason.text, why);
}

static inline int group_setup(void **state)
{
    (void)state;
    certificate_make(&root, &(struct certificate_wish){.common = "root",
                                                       .authority = true,
                                                       .from_s = -365 * DAY_S,
                                                       .to_s = 365 * DAY_S});
    certificate_make(&other_root, &(struct certificate_wish){.common = "other", .authority = true});
    return 0;
}

static inline int group_teardown(void **state)
{
    (void)state;
    certificate_free(&root);
    certificate_free(&other_root);
    return 0;
}

static inline int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake.time_ns = 1;
    dates = false;
    tls_set_clock(now_s);
    return tls_up() == NULL ? 0 : -1;
}

static inline int teardown(void **state)
{
    (void)state;
    tls_close();
    tls_down();
    return 0;
}

#endif /* TESTS_UNIT_TLS_TEST_H */
