/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The TLS client against OpenSSL's server: whom it trusts (RFC 5280, 6; RFC 9525, 6), what it speaks (RFC 8446),
 * and what it says when it does not.
 */
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

static uint32_t now_s(void)
{
    return NOW_S;
}

static enum stream_status open_to(const char *host, const struct certificate *anchor)
{
    const struct igvm_policy_text text = certificate_anchor(anchor);
    const struct stream_peer peer = {host, 443, &text, 1, dates};

    reason.text[0] = '\0';
    return tls_open(&peer, &reason);
}

/* To a server with such a certificate, signed by the root if nothing else is wished. */
static enum stream_status try(const char *host, struct certificate_wish wish)
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

static void refused(const char *host, struct certificate_wish wish, const char *why)
{
    assert_int_equal(try(host, wish), STREAM_TLS);
    assert_string_equal(reason.text, why);
}

static int group_setup(void **state)
{
    (void)state;
    certificate_make(&root, &(struct certificate_wish){.common = "root",
                                                       .authority = true,
                                                       .from_s = -365 * DAY_S,
                                                       .to_s = 365 * DAY_S});
    certificate_make(&other_root, &(struct certificate_wish){.common = "other", .authority = true});
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    certificate_free(&root);
    certificate_free(&other_root);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake.time_ns = 1;
    dates = false;
    tls_set_clock(now_s);
    return tls_up() == NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    tls_close();
    tls_down();
    return 0;
}

/* ---- Bytes ----------------------------------------------------------------------------------------- */

static void receive_all(const char *expected, size_t bytes)
{
    static char got[65536];
    size_t total = 0;

    while (total < bytes) {
        size_t now = 0;

        assert_int_equal(tls_receive(got + total, sizeof(got) - total, &now, &reason), STREAM_OK);
        assert_true(now != 0);
        total += now;
    }
    assert_int_equal(total, bytes);
    assert_memory_equal(got, expected, bytes);
}

/* Tickets come behind the handshake (RFC 8446, 4.6.1), and the end of it all is told (6.1). */
static void test_bytes(void **state)
{
    static char data[40000];
    struct certificate leaf = {0};
    size_t got = 1;
    char byte;

    (void)state;
    memset(data, 'x', sizeof(data));
    data[39999] = 'y';
    certificate_make(
        &leaf, &(struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .issuer = &root});
    server_start(&leaf, NULL);
    assert_int_equal(open_to(NAME, &root), STREAM_OK);
    assert_string_equal(SSL_get_version(server.ssl), "TLSv1.3");
    assert_string_equal(SSL_get_servername(server.ssl, TLSEXT_NAMETYPE_host_name), NAME);
    assert_int_equal(tls_send(data, sizeof(data), &reason), STREAM_OK);
    assert_int_equal(SSL_write(server.ssl, data, sizeof(data)), sizeof(data));
    receive_all(data, sizeof(data));
    for (unsigned i = 0; i < 10; i++) {
        (void)stack_wait(UINT64_MAX);
    }
    assert_int_equal(server.got_bytes, sizeof(data));
    assert_memory_equal(server.got, data, sizeof(data));
    (void)SSL_shutdown(server.ssl);
    assert_int_equal(tls_receive(&byte, 1, &got, &reason), STREAM_OK);
    assert_int_equal(got, 0);
    tls_close();
    (void)SSL_read(server.ssl, &byte, 1);
    assert_int_equal(SSL_get_shutdown(server.ssl) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
    assert_int_equal(tls_send("x", 1, &reason), STREAM_LOST);
    assert_int_equal(tls_receive(&byte, 1, &got, &reason), STREAM_LOST);
    server_stop();
    certificate_free(&leaf);
}

/* An end that the server has not told of is none; nor is silence. */
static void test_lost(void **state)
{
    struct certificate leaf = {0};
    char got[8];
    size_t bytes;

    (void)state;
    certificate_make(
        &leaf, &(struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .issuer = &root});
    server_start(&leaf, NULL);
    assert_int_equal(open_to(NAME, &root), STREAM_OK);
    assert_int_equal(SSL_write(server.ssl, "half", 4), 4);
    server.cut = true;
    assert_int_equal(tls_receive(got, sizeof(got), &bytes, &reason), STREAM_OK);
    assert_int_equal(bytes, 4);
    assert_int_equal(tls_receive(got, sizeof(got), &bytes, &reason), STREAM_LOST);
    assert_string_equal(reason.text, "the connection was cut");
    tls_close();
    server_stop();

    server_start(&leaf, NULL);
    assert_int_equal(open_to(NAME, &root), STREAM_OK);
    uint64_t start = fake.time_ns;
    assert_int_equal(tls_receive(got, sizeof(got), &bytes, &reason), STREAM_LOST);
    assert_string_equal(reason.text, "the server does not answer any more");
    assert_true(fake.time_ns - start <= UINT64_C(31000000000));
    tls_close();
    server_stop();

    server_start(&leaf, NULL);
    server.silent = true;
    assert_int_equal(open_to(NAME, &root), STREAM_LOST);
    server_stop();
    server_start(&leaf, NULL);
    server.cut = true;
    assert_int_equal(open_to(NAME, &root), STREAM_LOST);
    assert_string_equal(reason.text, "the connection was cut");
    server_stop();
    certificate_free(&leaf);
}

/* A byte of a record is another on the way. */
static void test_changed(void **state)
{
    struct certificate leaf = {0};
    char record[256];
    size_t bytes;

    (void)state;
    certificate_make(
        &leaf, &(struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .issuer = &root});
    server_start(&leaf, NULL);
    assert_int_equal(open_to(NAME, &root), STREAM_OK);
    /* The tickets are read first. */
    assert_int_equal(SSL_write(server.ssl, "first", 5), 5);
    receive_all("first", 5);
    assert_int_equal(SSL_write(server.ssl, "secret", 6), 6);
    int length = BIO_read(SSL_get_wbio(server.ssl), record, sizeof(record));
    assert_true(length > 6);
    record[6] ^= 1;
    assert_int_equal(BIO_write(SSL_get_wbio(server.ssl), record, length), length);
    assert_int_equal(tls_receive(record, sizeof(record), &bytes, &reason), STREAM_TLS);
    tls_close();
    server_stop();
    certificate_free(&leaf);
}

/* ---- Protocol -------------------------------------------------------------------------------------- */

static void test_versions_and_groups(void **state)
{
    static char groups[][8] = {"X25519", "P-256", "P-384"}; /* OpenSSL wants to change it */
    struct certificate leaf = {0};

    (void)state;
    certificate_make(
        &leaf, &(struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .issuer = &root});
    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        server_start(&leaf, NULL);
        assert_int_equal(SSL_set1_groups_list(server.ssl, groups[i]), 1);
        assert_int_equal(open_to(NAME, &root), STREAM_OK);
        tls_close();
        server_stop();
    }
    server_start(&leaf, NULL);
    assert_int_equal(SSL_set1_groups_list(server.ssl, "P-521"), 1);
    assert_int_equal(open_to(NAME, &root), STREAM_TLS);
    assert_string_equal(reason.text, "the server has refused: alert 40");
    server_stop();
    server_start(&leaf, NULL);
    assert_int_equal(SSL_set_max_proto_version(server.ssl, TLS1_2_VERSION), 1);
    assert_int_equal(open_to(NAME, &root), STREAM_TLS);
    assert_string_equal(reason.text, "the server does not speak TLS 1.3");
    server_stop();
    certificate_free(&leaf);
}

/* One that wants to know who asks: Paravane has no certificate (RFC 8446, 4.4.2.4, alert 116). */
static void test_client_certificate(void **state)
{
    struct certificate leaf = {0};
    char byte;
    size_t got;

    (void)state;
    certificate_make(
        &leaf, &(struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .issuer = &root});
    server_start(&leaf, NULL);
    SSL_set_verify(server.ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    if (open_to(NAME, &root) == STREAM_OK) {
        assert_int_equal(tls_receive(&byte, 1, &got, &reason), STREAM_TLS);
    }
    assert_string_equal(reason.text, "the server has refused: alert 116");
    tls_close();
    server_stop();
    certificate_free(&leaf);
}

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
    refused(NAME, (struct certificate_wish){.common = NAME, .names = "DNS:other.test"}, another);
    refused("10.0.2.2", (struct certificate_wish){.common = "x", .names = "DNS:" NAME}, another);
    refused("10.0.2.3", (struct certificate_wish){.common = "x", .names = "IP:10.0.2.2"}, another);
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

static void test_no_entropy(void **state)
{
    (void)state;
    fake.no_entropy = true;
    assert_true(try(NAME, (struct certificate_wish){.common = NAME, .names = "DNS:" NAME}) !=
                STREAM_OK);
    tls_down();
    assert_non_null(tls_up());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(test_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_versions_and_groups, setup, teardown),
        cmocka_unit_test_setup_teardown(test_client_certificate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rsa_anchor, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_dates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_calendar, setup, teardown),
        cmocka_unit_test_setup_teardown(test_usage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_chain, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_authority, setup, teardown),
        cmocka_unit_test_setup_teardown(test_self_signed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stolen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_anchors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_entropy, setup, teardown),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
