/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls_server.h"

#include "fake_vtl.h"
#include "lookup.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

struct tls_server server;

static void must(bool good)
{
    if (!good) {
        ERR_print_errors_fp(stderr);
        abort();
    }
}

/* ---- Certificates ---------------------------------------------------------------------------------- */

static EVP_PKEY *key_make(const char *kind)
{
    if (strncmp(kind, "RSA-", 4) == 0) {
        return EVP_RSA_gen((size_t)strtoul(kind + 4, NULL, 10));
    }
    return EVP_EC_gen(kind);
}

static void extension(X509 *x509, const X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;

    X509V3_set_ctx(&context, (X509 *)(uintptr_t)issuer, x509, NULL, NULL, 0);
    X509_EXTENSION *made = X509V3_EXT_conf_nid(NULL, &context, nid, value);

    must(made != NULL && X509_add_ext(x509, made, -1) == 1);
    X509_EXTENSION_free(made);
}

static void times(X509 *x509, const struct certificate_wish *wish)
{
    bool given = wish->from_s != 0 || wish->to_s != 0;
    time_t from = (time_t)(NOW_S + (given ? wish->from_s : -DAY_S));
    time_t to = (time_t)(NOW_S + (given ? wish->to_s : DAY_S));

    must(ASN1_TIME_set(X509_getm_notBefore(x509), from) != NULL);
    must(ASN1_TIME_set(X509_getm_notAfter(x509), to) != NULL);
}

void certificate_make(struct certificate *to, const struct certificate_wish *wish)
{
    static long serial = 1;
    const struct certificate *issuer = wish->issuer != NULL ? wish->issuer : to;
    X509 *x509 = X509_new();
    uint8_t *der = to->der;

    to->key = key_make(wish->key != NULL ? wish->key : "P-256");
    must(x509 != NULL && to->key != NULL);
    to->x509 = x509;
    must(X509_set_version(x509, 2) == 1);
    must(ASN1_INTEGER_set(X509_get_serialNumber(x509), serial++) == 1);
    must(X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                                    (const unsigned char *)wish->common, -1, -1, 0) == 1);
    must(X509_set_issuer_name(x509, X509_get_subject_name(issuer->x509)) == 1);
    must(X509_set_pubkey(x509, to->key) == 1);
    times(x509, wish);
    extension(x509, issuer->x509, NID_basic_constraints,
              wish->authority ? "critical,CA:TRUE" : "CA:FALSE");
    if (wish->names != NULL) {
        extension(x509, issuer->x509, NID_subject_alt_name, wish->names);
    }
    if (wish->usage != NULL) {
        extension(x509, issuer->x509, NID_ext_key_usage, wish->usage);
    }
    must(X509_sign(x509, issuer->key, wish->digest != NULL ? wish->digest : EVP_sha256()) != 0);
    to->der_bytes = i2d_X509(x509, NULL);
    must(to->der_bytes > 0 && to->der_bytes <= (int)sizeof(to->der));
    must(i2d_X509(x509, &der) == to->der_bytes);
}

void certificate_free(struct certificate *certificate)
{
    X509_free(certificate->x509);
    EVP_PKEY_free(certificate->key);
    memset(certificate, 0, sizeof(*certificate));
}

struct igvm_policy_text certificate_anchor(const struct certificate *certificate)
{
    return (struct igvm_policy_text){certificate->der, (uint32_t)certificate->der_bytes};
}

/* ---- The server ------------------------------------------------------------------------------------ */

void server_start(const struct certificate *leaf, const struct certificate *intermediate)
{
    memset(&server, 0, sizeof(server));
    server.context = SSL_CTX_new(TLS_server_method());
    must(server.context != NULL);
    /* Certificates that are too weak are for the client to refuse. */
    SSL_CTX_set_security_level(server.context, 0);
    must(SSL_CTX_use_certificate(server.context, leaf->x509) == 1);
    must(SSL_CTX_use_PrivateKey(server.context, leaf->key) == 1);
    if (intermediate != NULL) {
        must(SSL_CTX_add1_chain_cert(server.context, intermediate->x509) == 1);
    }
    server.ssl = SSL_new(server.context);
    must(server.ssl != NULL);
    SSL_set_bio(server.ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(server.ssl);
}

void server_stop(void)
{
    SSL_free(server.ssl);
    SSL_CTX_free(server.context);
    server.ssl = NULL;
    server.context = NULL;
}

static void server_step(void)
{
    if (!server.accepted) {
        server.accepted = SSL_accept(server.ssl) == 1;
    }
    if (server.accepted) {
        int got = SSL_read(server.ssl, server.got + server.got_bytes,
                           (int)(sizeof(server.got) - server.got_bytes));

        server.got_bytes += got > 0 ? (size_t)got : 0;
    }
    ERR_clear_error();
}

/* ---- In the place of the connection, and of what is below it --------------------------------------- */

size_t connection_write(const void *data, size_t bytes)
{
    int put = BIO_write(SSL_get_rbio(server.ssl), data, bytes < 1400 ? (int)bytes : 1400);

    return put > 0 ? (size_t)put : 0;
}

size_t connection_read(void *to, size_t room)
{
    int got = BIO_read(SSL_get_wbio(server.ssl), to, room < 1400 ? (int)room : 1400);

    size_t bytes = got > 0 ? (size_t)got : 0;

    for (size_t i = 0; i < sizeof(server.changes) / sizeof(server.changes[0]); i++) {
        uint32_t at = server.changes[i].at - server.sent_bytes;

        if (at < bytes) {
            ((uint8_t *)to)[at] ^= server.changes[i].with;
        }
    }
    server.sent_bytes += (uint32_t)bytes;
    return bytes;
}

bool connection_pending(void)
{
    return server.cut || BIO_pending(SSL_get_wbio(server.ssl)) != 0;
}

enum connection_state connection_state(void)
{
    return server.cut ? CONNECTION_ENDED : CONNECTION_OPEN;
}

bool stack_wait(uint64_t until_ns)
{
    if (fake.time_ns >= until_ns) {
        return false;
    }
    if (!server.silent) {
        server_step();
    }
    fake.time_ns += UINT64_C(100000000);
    return true;
}

size_t lookup_read_address(const char *host, uint8_t bytes[LOOKUP_ADDRESS_BYTES])
{
    if (inet_pton(AF_INET, host, bytes) == 1) {
        return 4;
    }
    return inet_pton(AF_INET6, host, bytes) == 1 ? 16 : 0;
}
