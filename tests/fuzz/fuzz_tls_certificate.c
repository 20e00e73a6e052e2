/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Chains of certificates, which anybody may send in a handshake: they are read and judged. The seed is one that
 * is good but for its anchor.
 */
#include "fake_vtl.h"
#include "tls.h"
#include "tls_certificate.h"
#include "unit/tls_server.h"

#include <stdlib.h>
#include <string.h>

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static uint32_t now_s(void)
{
    return NOW_S;
}

static void read_chain(mbedtls_x509_crt *chain, const uint8_t *data, size_t size)
{
    while (size > 2) {
        size_t bytes = (size_t)(data[0] | data[1] << 8);

        data += 2;
        size -= 2;
        bytes = bytes < size ? bytes : size;
        (void)mbedtls_x509_crt_parse_der(chain, data, bytes);
        data += bytes;
        size -= bytes;
    }
}

/* The first of the input is the anchor, too, where the first byte says so. */
static void judge(mbedtls_x509_crt *chain, const struct certificate *root, bool pinned)
{
    const struct igvm_policy_text anchor =
        pinned ? (struct igvm_policy_text){chain->raw.p, (uint32_t)chain->raw.len}
               : certificate_anchor(root);
    const struct stream_peer peer = {"10.0.2.2", 443, &anchor, 1, true};
    struct tls_trust trust;
    uint32_t flags = 0;

    if (tls_trust_start(&trust, &peer, now_s) == NULL) {
        int result = mbedtls_x509_crt_verify_with_profile(chain, &trust.anchors, NULL, &tls_profile,
                                                          NULL, &flags, tls_trust_check, &trust);

        require(result != 0 || flags == 0);
        require(pinned || result != 0);
        require(!pinned || result == MBEDTLS_ERR_X509_FATAL_ERROR ||
                (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) == 0);
        require(tls_trust_reason(flags) != NULL);
    }
    tls_trust_end(&trust);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct certificate root;
    mbedtls_x509_crt chain;

    if (root.x509 == NULL) {
        certificate_make(&root, &(struct certificate_wish){.common = "root", .authority = true});
    }
    fake_vtl_reset();
    require(size == 0 || tls_up() == NULL);
    mbedtls_x509_crt_init(&chain);
    if (size != 0) {
        read_chain(&chain, data + 1, size - 1);
    }
    if (chain.raw.len != 0) {
        judge(&chain, &root, (data[0] & 1) != 0);
    }
    mbedtls_x509_crt_free(&chain);
    tls_down();
    return 0;
}
