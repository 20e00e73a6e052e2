/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whom the TLS client trusts (RFC 5280, 6; RFC 9525, 6), with OpenSSL's server and certificates.
 */
#include "tls_test.h"

/* ---- Certificates ---------------------------------------------------------------------------------- */

static void test_keys(void **state)
{
    static const char *const good[] = {"P-256", "P-384", "RSA-2048", "RSA-3072"};
    static const char *const bad[] = {"RSA-1024", "P-521"};

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_int_equal(
            try(NAME,
                (struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .key = good[i]}),
            STREAM_OK);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(
            try(NAME,
                (struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .key = bad[i]}),
            STREAM_TLS);
    }
    refused(NAME,
            (struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .key = "RSA-1024"},
            "certificate has a key that is too weak, or of another kind");
    assert_int_equal(
        try(NAME,
            (struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .digest = EVP_sha1()}),
        STREAM_TLS);
    assert_memory_equal(reason.text, "certificate that can't be read", 30);
}

/* An authority with an RSA key, which signs by PKCS #1 1.5. */
static void test_rsa_anchor(void **state)
{
    struct certificate authority = {0};
    struct certificate leaf = {0};

    (void)state;
    certificate_make(&authority, &(struct certificate_wish){
                                     .common = "rsa", .authority = true, .key = "RSA-4096"});
    certificate_make(&leaf, &(struct certificate_wish){.common = NAME,
                                                       .names = "DNS:" NAME,
                                                       .issuer = &authority,
                                                       .digest = EVP_sha384()});
    server_start(&leaf, NULL);
    assert_int_equal(open_to(NAME, &authority), STREAM_OK);
    tls_close();
    server_stop();
    certificate_free(&leaf);
    certificate_free(&authority);
}

static void test_names(void **state)
{
    static const char another[] = "certificate is for another name";

    (void)state;
    assert_int_equal(
        try("a." NAME, (struct certificate_wish){.common = "x", .names = "DNS:*." NAME}),
        STREAM_OK);
    assert_int_equal(
        try(NAME, (struct certificate_wish){.common = "x", .names = "DNS:x,DNS:KBS.Test"}),
        STREAM_OK);
    refused(NAME, (struct certificate_wish){.common = NAME, .names = "DNS:other.test"}, another);
    refused(NAME, (struct certificate_wish){.common = NAME, .names = "DNS:*." NAME}, another);
    refused("a.b." NAME, (struct certificate_wish){.common = "x", .names = "DNS:*." NAME}, another);
    refused("a." NAME, (struct certificate_wish){.common = "x", .names = "DNS:a*." NAME}, another);
    refused(NAME, (struct certificate_wish){.common = "x", .names = "DNS:kbs.test."}, another);
    /* RFC 9525, 6.3: neither the subject's common name nor a URI is a name. */
    refused(NAME, (struct certificate_wish){.common = NAME}, another);
    refused(NAME, (struct certificate_wish){.common = NAME, .names = "email:a@" NAME}, another);
    refused(NAME, (struct certificate_wish){.common = "x", .names = "URI:" NAME}, another);
    refused("10.0.2.2", (struct certificate_wish){.common = "x", .names = "DNS:" NAME}, another);
    refused("10.0.2.3", (struct certificate_wish){.common = "x", .names = "IP:10.0.2.2"}, another);
    /* 6.5: an address is an iPAddress, whole, and never text. */
    refused("10.0.2.2", (struct certificate_wish){.common = "10.0.2.2"}, another);
    refused("10.0.2.2", (struct certificate_wish){.common = "x", .names = "DNS:10.0.2.2"}, another);
    refused("10.0.2.2", (struct certificate_wish){.common = "x", .names = "DNS:*.0.2.2"}, another);
    refused("10.0.2.2", (struct certificate_wish){.common = "x", .names = "URI:10.0.2.2"}, another);
    refused("10.0.2.2", (struct certificate_wish){.common = "x", .names = "IP:fd00::2"}, another);
    refused("10.0.2.2", (struct certificate_wish){.common = "x", .names = "IP:a00:202::"}, another);
    refused("fd00::3", (struct certificate_wish){.common = "x", .names = "IP:fd00::2"}, another);
    assert_int_equal(
        try("fd00::2", (struct certificate_wish){.common = "x", .names = "IP:fd00::2"}), STREAM_OK);
}

/* No address is a server's name (RFC 6066, 3). */
static void test_address(void **state)
{
    struct certificate leaf = {0};

    (void)state;
    certificate_make(
        &leaf, &(struct certificate_wish){.common = "x", .names = "IP:10.0.2.2", .issuer = &root});
    server_start(&leaf, NULL);
    assert_int_equal(open_to("10.0.2.2", &root), STREAM_OK);
    assert_null(SSL_get_servername(server.ssl, TLSEXT_NAMETYPE_host_name));
    tls_close();
    server_stop();
    certificate_free(&leaf);
}

static void test_dates(void **state)
{
    const struct certificate_wish old = {
        .common = NAME, .names = "DNS:" NAME, .from_s = -2 * DAY_S, .to_s = -1};
    const struct certificate_wish young = {
        .common = NAME, .names = "DNS:" NAME, .from_s = 1, .to_s = DAY_S};
    const struct certificate_wish now = {
        .common = NAME, .names = "DNS:" NAME, .from_s = -1, .to_s = 1};

    (void)state;
    assert_int_equal(try(NAME, old), STREAM_OK);
    assert_int_equal(try(NAME, young), STREAM_OK);
    dates = true;
    refused(NAME, old, "certificate has expired, by the host's clock");
    refused(NAME, young, "certificate is not valid yet, by the host's clock");
    assert_int_equal(try(NAME, now), STREAM_OK);
    tls_set_clock(NULL);
    refused(NAME, now, "no clock to check dates by");
}

/* The 29th of February, and years before and after it: against OpenSSL's calendar. */
static void test_calendar(void **state)
{
    static const int64_t moments[] = {951782400 - NOW_S,  951868799 - NOW_S, 951868800 - NOW_S,
                                      1709164800 - NOW_S, 978307199 - NOW_S, 4107542399 - NOW_S};

    (void)state;
    dates = true;
    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        bool past = moments[i] < 0;
        const struct certificate_wish wish = {.common = NAME,
                                              .names = "DNS:" NAME,
                                              .from_s = past ? moments[i] : -1,
                                              .to_s = past ? 1 : moments[i]};

        assert_int_equal(try(NAME, wish), STREAM_OK);
    }
}

static void test_usage(void **state)
{
    (void)state;
    assert_int_equal(
        try(NAME,
            (struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .usage = "serverAuth"}),
        STREAM_OK);
    refused(NAME,
            (struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .usage = "clientAuth"},
            "certificate is not for a server");
}

/* ---- Chains ---------------------------------------------------------------------------------------- */

static void test_chain(void **state)
{
    struct certificate middle = {0};
    struct certificate leaf = {0};

    (void)state;
    certificate_make(&middle, &(struct certificate_wish){
                                  .common = "middle", .authority = true, .issuer = &root});
    certificate_make(
        &leaf, &(struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .issuer = &middle});
    server_start(&leaf, &middle);
    assert_int_equal(open_to(NAME, &root), STREAM_OK);
    tls_close();
    server_stop();
    server_start(&leaf, &middle);
    assert_int_equal(open_to(NAME, &middle), STREAM_OK);
    tls_close();
    server_stop();
    /* Its intermediate is not sent. */
    server_start(&leaf, NULL);
    assert_int_equal(open_to(NAME, &root), STREAM_TLS);
    assert_string_equal(reason.text, "certificate is not signed by a trust anchor");
    server_stop();
    server_start(&leaf, &middle);
    assert_int_equal(open_to(NAME, &other_root), STREAM_TLS);
    assert_string_equal(reason.text, "certificate is not signed by a trust anchor");
    server_stop();
    /* The server's own as the anchor, whoever has signed it; whatever is sent above it. */
    server_start(&leaf, &middle);
    assert_int_equal(open_to(NAME, &leaf), STREAM_OK);
    tls_close();
    server_stop();
    server_start(&leaf, NULL);
    assert_int_equal(open_to(NAME, &leaf), STREAM_OK);
    tls_close();
    server_stop();
    /* And for no other name. */
    server_start(&leaf, NULL);
    assert_int_equal(open_to("other.test", &leaf), STREAM_TLS);
    assert_string_equal(reason.text, "certificate is for another name");
    server_stop();
    certificate_free(&leaf);
    certificate_free(&middle);
}

/* An anchor counts by itself: what is sent above it may be as bad as it likes, and then is nobody's anchor. */
static void test_pinned(void **state)
{
    const struct certificate_wish above[] = {
        {.common = "weak", .authority = true, .key = "RSA-1024", .issuer = &root},
        {.common = "old", .authority = true, .issuer = &root, .from_s = -9, .to_s = -1},
        {.common = "no authority", .issuer = &root},
        {.common = "unknown", .authority = true, .issuer = &other_root},
    };
    static const char *const reasons[] = {
        "certificate has a key that is too weak, or of another kind",
        "certificate has expired, by the host's clock",
        "certificate is not signed by a trust anchor",
        "certificate is not signed by a trust anchor",
    };

    (void)state;
    dates = true;
    for (size_t i = 0; i < sizeof(above) / sizeof(above[0]); i++) {
        struct certificate middle = {0};
        struct certificate leaf = {0};

        certificate_make(&middle, &above[i]);
        certificate_make(&leaf, &(struct certificate_wish){
                                    .common = NAME, .names = "DNS:" NAME, .issuer = &middle});
        server_start(&leaf, &middle);
        assert_int_equal(open_to(NAME, &leaf), STREAM_OK);
        tls_close();
        server_stop();
        server_start(&leaf, &middle);
        assert_int_equal(open_to(NAME, &root), STREAM_TLS);
        assert_string_equal(reason.text, reasons[i]);
        server_stop();
        certificate_free(&leaf);
        certificate_free(&middle);
    }
}

/* Its own weakness stays one. */
static void test_pinned_weak(void **state)
{
    struct certificate leaf = {0};

    (void)state;
    certificate_make(&leaf,
                     &(struct certificate_wish){
                         .common = NAME, .names = "DNS:" NAME, .key = "RSA-1024", .issuer = &root});
    server_start(&leaf, NULL);
    assert_int_equal(open_to(NAME, &leaf), STREAM_TLS);
    assert_string_equal(reason.text, "certificate has a key that is too weak, or of another kind");
    server_stop();
    certificate_free(&leaf);
}

/* Whoever has a certificate signs no other: RFC 5280, 4.2.1.9. */
static void test_no_authority(void **state)
{
    struct certificate middle = {0};
    struct certificate leaf = {0};

    (void)state;
    certificate_make(&middle, &(struct certificate_wish){.common = "middle", .issuer = &root});
    certificate_make(
        &leaf, &(struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .issuer = &middle});
    server_start(&leaf, &middle);
    assert_int_equal(open_to(NAME, &root), STREAM_TLS);
    assert_string_equal(reason.text, "certificate is not signed by a trust anchor");
    server_stop();
    certificate_free(&leaf);
    certificate_free(&middle);
}

static void test_self_signed(void **state)
{
    struct certificate own = {0};

    (void)state;
    certificate_make(&own, &(struct certificate_wish){.common = NAME, .names = "DNS:" NAME});
    server_start(&own, NULL);
    assert_int_equal(open_to(NAME, &own), STREAM_OK);
    tls_close();
    server_stop();
    server_start(&own, NULL);
    assert_int_equal(open_to(NAME, &root), STREAM_TLS);
    assert_string_equal(reason.text, "certificate is not signed by a trust anchor");
    server_stop();
    certificate_free(&own);
}

/* The key must be the certificate's: another server has sent a copy of it. */
static void test_stolen(void **state)
{
    struct certificate leaf = {0};

    (void)state;
    certificate_make(
        &leaf, &(struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .issuer = &root});
    struct certificate copy = {.x509 = X509_dup(leaf.x509), .key = EVP_EC_gen("P-256")};

    /* OpenSSL compares the two keys, and then sends the certificate as it was signed. */
    assert_int_equal(X509_set_pubkey(copy.x509, copy.key), 1);
    server_start(&copy, NULL);
    assert_int_equal(open_to(NAME, &root), STREAM_TLS);
    assert_string_equal(reason.text, "no agreement, or the server has not the certificate's key");
    server_stop();
    certificate_free(&copy);
    certificate_free(&leaf);
}

static void test_anchors(void **state)
{
    struct certificate leaf = {0};
    struct igvm_policy_text anchors[2] = {certificate_anchor(&other_root),
                                          certificate_anchor(&root)};
    struct stream_peer peer = {NAME, 443, anchors, 2, false};

    (void)state;
    certificate_make(
        &leaf, &(struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .issuer = &root});
    server_start(&leaf, NULL);
    assert_int_equal(tls_open(&peer, &reason), STREAM_OK);
    tls_close();
    server_stop();
    server_start(&leaf, NULL);
    peer.anchor_count = 0;
    assert_int_equal(tls_open(&peer, &reason), STREAM_TLS);
    assert_string_equal(reason.text, "no trust anchor");
    peer.anchor_count = 2;
    anchors[0].bytes--;
    assert_int_equal(tls_open(&peer, &reason), STREAM_TLS);
    assert_string_equal(reason.text, "a trust anchor is not a certificate that can be read");
    server_stop();
    certificate_free(&leaf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rsa_anchor, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_calendar, setup, teardown),
        cmocka_unit_test_setup_teardown(test_usage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pinned, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pinned_weak, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_authority, setup, teardown),
        cmocka_unit_test_setup_teardown(test_self_signed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stolen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_anchors, setup, teardown),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
