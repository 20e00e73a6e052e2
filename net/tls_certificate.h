/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Is the server's certificate one that the policy trusts? (RFC 5280, RFC 9525)
 */
#ifndef NET_TLS_CERTIFICATE_H
#define NET_TLS_CERTIFICATE_H

#include "lookup.h"
#include "stream.h"

#include <mbedtls/x509_crt.h>

struct tls_trust {
    mbedtls_x509_crt anchors;
    const char *host;
    uint8_t address[LOOKUP_ADDRESS_BYTES];
    size_t address_bytes;    /* 0: the host is a name */
    uint32_t (*now_s)(void); /* NULL: dates do not count */
    uint32_t above;          /* flags of the chain that is looked at, but for the server's own */
};

/* Which keys and signatures are strong enough. */
extern const mbedtls_x509_crt_profile tls_profile;

/* Reads the peer's trust anchors, whose bytes stay where they are. NULL, or what is wrong. */
const char *tls_trust_start(struct tls_trust *trust, const struct stream_peer *peer,
                            uint32_t (*now_s)(void));
void tls_trust_end(struct tls_trust *trust);
/* For mbedtls_ssl_conf_verify: context is a struct tls_trust. */
int tls_trust_check(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags);
/* What the flags of a chain say, the most telling first. */
const char *tls_trust_reason(uint32_t flags);

#endif /* NET_TLS_CERTIFICATE_H */
