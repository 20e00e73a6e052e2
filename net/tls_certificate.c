/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls_certificate.h"

#include "vtl/untrusted.h"

#include <string.h>

#define RSA_BITS_MIN 2048u
#define EC_BITS_MIN 256u

const mbedtls_x509_crt_profile tls_profile = {
    .allowed_mds = MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    .allowed_pks = MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECKEY) | MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_ECDSA) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSA) |
                   MBEDTLS_X509_ID_FLAG(MBEDTLS_PK_RSASSA_PSS),
    .allowed_curves = MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) |
                      MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1),
    .rsa_min_bitlen = RSA_BITS_MIN,
};

/* ---- Trust anchors ------------------------------------------------------------------------------- */

const char *tls_trust_start(struct tls_trust *trust, const struct stream_peer *peer,
                            uint32_t (*now_s)(void))
{
    mbedtls_x509_crt_init(&trust->anchors);
    trust->host = peer->host;
    trust->address_bytes = lookup_read_address(peer->host, trust->address);
    trust->now_s = NULL;
    trust->above = 0;
    if (peer->anchor_count == 0) {
        return "no trust anchor";
    }
    if (peer->check_dates && now_s == NULL) {
        return "no clock to check dates by";
    }
    trust->now_s = peer->check_dates ? now_s : NULL;
    for (uint32_t i = 0; i < peer->anchor_count; i++) {
        if (mbedtls_x509_crt_parse_der_nocopy(&trust->anchors, peer->anchors[i].data,
                                              peer->anchors[i].bytes) != 0) {
            return "a trust anchor is not a certificate that can be read";
        }
    }
    return NULL;
}

void tls_trust_end(struct tls_trust *trust)
{
    mbedtls_x509_crt_free(&trust->anchors);
}

static bool is_anchor(const struct tls_trust *trust, const mbedtls_x509_crt *certificate)
{
    for (const mbedtls_x509_crt *at = &trust->anchors; at != NULL; at = at->next) {
        if (at->raw.len == certificate->raw.len && at->raw.len != 0 &&
            memcmp(at->raw.p, certificate->raw.p, at->raw.len) == 0) {
            return true;
        }
    }
    return false;
}

/* What Mbed TLS holds against a certificate for the sake of its signer: there is none that counts, or its key is
 * weak, which is told as a weak key of its own is. */
static uint32_t signer_flags(const mbedtls_x509_crt *certificate)
{
    bool rsa = mbedtls_pk_can_do(&certificate->pk, MBEDTLS_PK_RSA) != 0;
    bool weak = mbedtls_pk_get_bitlen(&certificate->pk) < (rsa ? RSA_BITS_MIN : EC_BITS_MIN);

    return MBEDTLS_X509_BADCERT_NOT_TRUSTED | (weak ? 0 : (uint32_t)MBEDTLS_X509_BADCERT_BAD_KEY);
}

/* ---- Dates --------------------------------------------------------------------------------------- */

/* Seconds since 1970 of a date that X.509 can have: year 0 to 9999. Days are counted in years that begin in
 * March, of which each fourth, but for three of four centuries, ends with a day more. */
static int64_t seconds(const mbedtls_x509_time *time)
{
    int64_t year = time->mon > 2 ? time->year : time->year - 1;
    int64_t month = time->mon > 2 ? time->mon - 3 : time->mon + 9;
    int64_t era = (year + 400) / 400 - 1;
    int64_t of_era = year - era * 400;
    int64_t day = of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + time->day - 1;

    return ((era * 146097 + day - 719468) * 24 + time->hour) * 3600 + time->min * 60 + time->sec;
}

static uint32_t check_dates(const mbedtls_x509_crt *certificate, uint32_t now_s)
{
    uint32_t flags = 0;

    if (seconds(&certificate->valid_from) > now_s) {
        flags |= MBEDTLS_X509_BADCERT_FUTURE;
    }
    if (seconds(&certificate->valid_to) < now_s) {
        flags |= MBEDTLS_X509_BADCERT_EXPIRED;
    }
    return flags;
}

/* ---- Names --------------------------------------------------------------------------------------- */

/* Names are ASCII, and their letters' case does not matter (RFC 5280, 7.2). */
static bool is_same(const uint8_t *name, const char *host, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        uint8_t a = name[i];
        uint8_t b = (uint8_t)host[i];
        uint8_t letter = a | 0x20;

        if (a != b && ((a ^ b) != 0x20 || letter < 'a' || letter > 'z')) {
            return false;
        }
    }
    return true;
}

/* A wildcard is the whole of the leftmost label, and stands for one (RFC 9525, 6.3). */
static bool is_name(const mbedtls_x509_buf *name, const char *host)
{
    size_t skip = name->len > 2 && name->p[0] == '*' && name->p[1] == '.' ? 1 : 0;
    const char *rest = skip != 0 ? host + strcspn(host, ".") : host;

    return name->len - skip == strlen(rest) && is_same(name->p + skip, rest, name->len - skip);
}

/*
 * RFC 9525, 6: a name is found in a dNSName, an address in an iPAddress, both in subjectAltName. Mbed TLS takes
 * more: a URI, a dNSName that reads like the address, and without subjectAltName the subject's common name.
 */
static bool is_for(const struct tls_trust *trust, const mbedtls_x509_crt *certificate)
{
    for (const mbedtls_x509_sequence *at = &certificate->subject_alt_names; at != NULL;
         at = at->next) {
        const mbedtls_x509_buf *name = &at->buf;

        if (trust->address_bytes == 0 &&
            name->tag == (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_X509_SAN_DNS_NAME) &&
            is_name(name, trust->host)) {
            return true;
        }
        if (trust->address_bytes != 0 &&
            name->tag == (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_X509_SAN_IP_ADDRESS) &&
            name->len == trust->address_bytes && memcmp(name->p, trust->address, name->len) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- The chain ----------------------------------------------------------------------------------- */

/*
 * From the chain's top down to the server's own certificate, at depth 0, which answers for all: an anchor of
 * the policy's counts there whoever has signed it, and what the server has sent above it does not matter then.
 */
int tls_trust_check(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    struct tls_trust *trust = context;

    if (trust->now_s != NULL) {
        *flags |= check_dates(certificate, trust->now_s());
    }
    if (depth > 0) {
        trust->above |= *flags;
        *flags = 0;
        return 0;
    }
    if (is_anchor(trust, certificate)) {
        *flags &= ~signer_flags(certificate);
    } else {
        *flags |= trust->above;
    }
    if (!is_for(trust, certificate)) {
        *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    }
    trust->above = 0;
    return 0;
}
PV_UNTRUSTED(tls_trust_check, network, "fuzz_tls_certificate");

const char *tls_trust_reason(uint32_t flags)
{
    static const struct {
        uint32_t flags;
        const char *text;
    } reasons[] = {
        {MBEDTLS_X509_BADCERT_MISSING, "the server has sent no certificate"},
        {MBEDTLS_X509_BADCERT_NOT_TRUSTED, "certificate is not signed by a trust anchor"},
        {MBEDTLS_X509_BADCERT_CN_MISMATCH, "certificate is for another name"},
        {MBEDTLS_X509_BADCERT_EXPIRED, "certificate has expired, by the host's clock"},
        {MBEDTLS_X509_BADCERT_FUTURE, "certificate is not valid yet, by the host's clock"},
        {MBEDTLS_X509_BADCERT_BAD_KEY | MBEDTLS_X509_BADCERT_BAD_PK,
         "certificate has a key that is too weak, or of another kind"},
        {MBEDTLS_X509_BADCERT_BAD_MD, "certificate is signed with a hash that is too weak"},
        {MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
             MBEDTLS_X509_BADCERT_NS_CERT_TYPE,
         "certificate is not for a server"},
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
        if ((flags & reasons[i].flags) != 0) {
            return reasons[i].text;
        }
    }
    return "certificate is not good";
}
