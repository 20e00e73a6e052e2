/* SPDX-License-Identifier: BSD-3-Clause */
#include "tls_certificate.h"

#include "lookup.h"
#include "vtl/untrusted.h"

#include <string.h>

#define RSA_BITS_MIN 2048u

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
    trust->address = lookup_is_address(peer->host) ? peer->host : NULL;
    trust->now_s = NULL;
    trust->unsigned_above = false;
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

/* ---- The chain ----------------------------------------------------------------------------------- */

/* Mbed TLS compares names only where it sends them too (RFC 6066, 3: no addresses): here it is asked for this
 * one alone. */
static uint32_t check_address(mbedtls_x509_crt *certificate, const char *address)
{
    uint32_t flags = 0;

    (void)mbedtls_x509_crt_verify(certificate, NULL, NULL, address, &flags, NULL, NULL);
    return flags & MBEDTLS_X509_BADCERT_CN_MISMATCH;
}

/*
 * From the chain's top down to the server's own certificate, at depth 0, which is the one that says whether
 * the chain is signed: an anchor of the policy's counts there whoever has signed it, and what the server has
 * sent above it does not matter then.
 */
int tls_trust_check(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    struct tls_trust *trust = context;

    if ((*flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0) {
        trust->unsigned_above = true;
        *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_NOT_TRUSTED;
    }
    if (trust->now_s != NULL) {
        *flags |= check_dates(certificate, trust->now_s());
    }
    if (depth == 0) {
        if (trust->address != NULL) {
            *flags |= check_address(certificate, trust->address);
        }
        if (trust->unsigned_above && !is_anchor(trust, certificate)) {
            *flags |= MBEDTLS_X509_BADCERT_NOT_TRUSTED;
        }
        trust->unsigned_above = false;
    }
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
