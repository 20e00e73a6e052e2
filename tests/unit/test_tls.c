/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The TLS client against OpenSSL's server: what it speaks (RFC 8446), and what it says when it does not.
 */
#include "tls_test.h"

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
    /* Of a record that was read in part, and of one that has come only. */
    assert_false(tls_pending());
    assert_int_equal(SSL_write(server.ssl, "more", 4), 4);
    assert_true(tls_pending());
    assert_int_equal(tls_receive(&byte, 1, &got, &reason), STREAM_OK);
    assert_true(tls_pending());
    receive_all("ore", 3);
    assert_false(tls_pending());
    (void)SSL_shutdown(server.ssl);
    assert_true(tls_pending());
    assert_int_equal(tls_receive(&byte, 1, &got, &reason), STREAM_OK);
    assert_int_equal(got, 0);
    tls_close();
    assert_false(tls_pending());
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
        cmocka_unit_test_setup_teardown(test_no_entropy, setup, teardown),
    };

    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
