/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TLS server in the place of the connection: OpenSSL, an implementation of other people's, with certificates
 * made as a test wants them.
 */
#ifndef TESTS_UNIT_TLS_SERVER_H
#define TESTS_UNIT_TLS_SERVER_H

#include "connection.h"
#include "stream.h"

#include <openssl/ssl.h>

#define NOW_S UINT32_C(1800000000)
#define DAY_S 86400

struct certificate {
    X509 *x509;
    EVP_PKEY *key;
    uint8_t der[4096];
    int der_bytes;
};

struct certificate_wish {
    const char *key;   /* "P-256", "P-384", "RSA-2048"; NULL: P-256 */
    const char *names; /* subjectAltName as OpenSSL writes it; NULL: none */
    const char *common;
    const char *usage;                /* extendedKeyUsage; NULL: none */
    const struct certificate *issuer; /* NULL: itself */
    const EVP_MD *digest;             /* NULL: SHA-256 */
    bool authority;
    int64_t from_s; /* from NOW_S; 0, 0: a day around it */
    int64_t to_s;
};

void certificate_make(struct certificate *to, const struct certificate_wish *wish);
void certificate_free(struct certificate *certificate);
struct igvm_policy_text certificate_anchor(const struct certificate *certificate);

struct tls_server {
    SSL_CTX *context;
    SSL *ssl;
    bool accepted;
    bool silent; /* says nothing any more */
    bool cut;    /* the connection is, once all that was sent has been read */
    /* Bytes on their way to the client that become others, if with is not 0. */
    struct {
        uint32_t at;
        uint8_t with;
    } changes[8];
    uint32_t sent_bytes;
    char got[65536];
    size_t got_bytes;
    uint64_t time_ns;
};

extern struct tls_server server;

/* intermediate: sent too; may be NULL. */
void server_start(const struct certificate *leaf, const struct certificate *intermediate);
void server_stop(void);

#endif /* TESTS_UNIT_TLS_SERVER_H */
