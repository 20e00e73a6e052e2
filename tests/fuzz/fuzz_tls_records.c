/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a TLS client gets from who is not its server: any bytes, or what a server has sent but for some bytes.
 * Nothing else is taken for the server's data.
 */
#include "fake_vtl.h"
#include "tls.h"
#include "unit/tls_server.h"

#include <stdlib.h>
#include <string.h>

#define NAME "kbs.test"
#define MESSAGE "the server's data"
#define CHANGES 8u

static struct certificate root;
static struct certificate leaf;

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void make_certificates(void)
{
    certificate_make(&root, &(struct certificate_wish){.common = "root", .authority = true});
    certificate_make(
        &leaf, &(struct certificate_wish){.common = NAME, .names = "DNS:" NAME, .issuer = &root});
}

static enum stream_status open_to_server(void)
{
    const struct igvm_policy_text anchor = certificate_anchor(&root);
    const struct stream_peer peer = {NAME, 443, &anchor, 1, true};
    struct stream_reason reason = {{0}};
    enum stream_status status = tls_open(&peer, &reason);

    require((status == STREAM_OK) == (reason.text[0] == '\0'));
    return status;
}

static void any_bytes(const uint8_t *data, size_t size)
{
    server_start(&leaf, NULL);
    server.silent = true;
    server.cut = true;
    (void)BIO_write(SSL_get_wbio(server.ssl), data, (int)size);
    require(open_to_server() != STREAM_OK);
    server_stop();
}

/* Changes: where in the stream, four bytes of which the last says what. */
static void changed_bytes(const uint8_t *data, size_t size)
{
    struct stream_reason reason;
    char got[64];
    size_t bytes = 0;

    server_start(&leaf, NULL);
    for (size_t i = 0; i < CHANGES && size >= 4; i++, data += 4, size -= 4) {
        server.changes[i].at = (uint32_t)(data[0] | data[1] << 8 | (data[2] & 1) << 16);
        server.changes[i].with = data[3];
    }
    enum stream_status status = open_to_server();

    if (status == STREAM_OK) {
        (void)SSL_write(server.ssl, MESSAGE, sizeof(MESSAGE));
        server.cut = true;
        if (tls_receive(got, sizeof(got), &bytes, &reason) == STREAM_OK && bytes != 0) {
            require(bytes == sizeof(MESSAGE) && memcmp(got, MESSAGE, bytes) == 0);
        }
    }
    tls_close();
    server_stop();
}

static uint32_t now_s(void)
{
    return NOW_S;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (root.x509 == NULL) {
        make_certificates();
    }
    if (size < 1) {
        return 0;
    }
    fake_vtl_reset();
    fake.time_ns = 1;
    tls_set_clock(now_s);
    require(tls_up() == NULL);
    if ((data[0] & 1) == 0) {
        any_bytes(data + 1, size - 1);
    } else {
        changed_bytes(data + 1, size - 1);
    }
    tls_down();
    return 0;
}
