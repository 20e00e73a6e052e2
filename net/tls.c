/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client's side of TLS 1.3. Mbed TLS never waits: what has not come yet is waited for here.
 */
#include "tls.h"

#include "connection.h"
#include "random.h"
#include "text.h"
#include "tls_certificate.h"

#include <mbedtls/memory_buffer_alloc.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>

#define SECOND_NS UINT64_C(1000000000)
#define HANDSHAKE_NS (30 * SECOND_NS)
#define TRANSFER_NS (30 * SECOND_NS) /* of one call */
/* A third of it is in use where certificates are few and short; they may be 16 KiB, and are kept twice. */
#define ARENA_BYTES 81920u
#define ALERT_PROTOCOL_VERSION 70 /* RFC 8446, 6 */

static uint8_t arena[ARENA_BYTES] __attribute__((aligned(16)));

static struct {
    bool up;
    bool open;
    uint32_t (*now_s)(void);
    struct tls_trust trust;
    mbedtls_ssl_config config;
    mbedtls_ssl_context context;
} tls;

/* Groups and signatures: enum and IANA's numbers (RFC 8446, 4.2.3, 4.2.7); the first group is the one that a
 * share of a key is sent of at once. PKCS #1 1.5 is for certificates' own signatures. */
static const uint16_t groups[] = {
    MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
    MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE};
static const uint16_t signatures[] = {MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256,
                                      MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384,
                                      MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256,
                                      MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384,
                                      MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA512,
                                      MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256,
                                      MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384,
                                      MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512,
                                      MBEDTLS_TLS1_3_SIG_NONE};

void tls_port_exit(int status)
{
    panic_at("Mbed TLS", status, "the arena is broken");
}

/* ---- Memory -------------------------------------------------------------------------------------- */

const char *tls_up(void)
{
    mbedtls_memory_buffer_alloc_init(arena, sizeof(arena));
    tls.up = true;
    return psa_crypto_init() == PSA_SUCCESS ? NULL : "Mbed TLS does not start: no entropy?";
}

void tls_down(void)
{
    if (tls.up) {
        mbedtls_psa_crypto_free();
        mbedtls_memory_buffer_alloc_free();
        mbedtls_platform_zeroize(arena, sizeof(arena));
        mbedtls_platform_zeroize(&tls.context, sizeof(tls.context));
    }
    tls.up = false;
}

void tls_set_clock(uint32_t (*now_s)(void))
{
    tls.now_s = now_s;
}

/* ---- The connection below ------------------------------------------------------------------------ */

static int lower_send(void *unused, const unsigned char *data, size_t bytes)
{
    (void)unused;
    size_t sent = connection_write(data, bytes);

    if (sent != 0) {
        return (int)sent;
    }
    return connection_state() == CONNECTION_LOST ? MBEDTLS_ERR_SSL_CONN_EOF
                                                 : MBEDTLS_ERR_SSL_WANT_WRITE;
}

static int lower_receive(void *unused, unsigned char *to, size_t room)
{
    (void)unused;
    size_t got = connection_read(to, room);

    if (got != 0) {
        return (int)got;
    }
    return connection_state() == CONNECTION_OPEN ? MBEDTLS_ERR_SSL_WANT_READ
                                                 : MBEDTLS_ERR_SSL_CONN_EOF;
}

/* Is a step of Mbed TLS' to be taken again? Waits before that. */
static bool again(int result, uint64_t until_ns)
{
    return (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE) &&
           stack_wait(until_ns);
}

/* ---- Reasons ------------------------------------------------------------------------------------- */

static void reason_set(struct stream_reason *reason, const char *what, const char *number_of,
                       int number)
{
    struct text text = {.to = reason->text, .room = sizeof(reason->text) - 1};

    text_add(&text, what);
    if (number_of != NULL) {
        text_add(&text, number_of);
        text_add_number(&text, (uint64_t)number);
    }
    reason->text[text.used] = '\0';
}

/* The server's alert: its level, and its description, in the message that was read last. */
static int alert_description(void)
{
    const unsigned char *message = tls.context.MBEDTLS_PRIVATE(in_msg);

    return message != NULL ? message[1] : 0;
}

static void reason_alert(struct stream_reason *reason)
{
    int description = alert_description();

    if (description == ALERT_PROTOCOL_VERSION) {
        reason_set(reason, "the server does not speak TLS 1.3", NULL, 0);
    } else {
        reason_set(reason, "the server has refused", ": alert ", description);
    }
}

/* Modules' errors are their base, and that of a module below (mbedtls/error.h). */
static bool is_certificate(int result)
{
    int code = -result & 0x7f80;

    return code >= -MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE && code <= -MBEDTLS_ERR_X509_FATAL_ERROR;
}

static enum stream_status lost(int result, struct stream_reason *reason)
{
    switch (result) {
    case MBEDTLS_ERR_SSL_WANT_READ:
    case MBEDTLS_ERR_SSL_WANT_WRITE:
        reason_set(reason, "the server does not answer any more", NULL, 0);
        return STREAM_LOST;
    case MBEDTLS_ERR_SSL_CONN_EOF:
        reason_set(reason, "the connection was cut", NULL, 0);
        return STREAM_LOST;
    case MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE:
        reason_alert(reason);
        return STREAM_TLS;
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
        reason_set(reason, "the server does not speak TLS 1.3", NULL, 0);
        return STREAM_TLS;
    case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
        reason_set(reason, "no agreement, or the server has not the certificate's key", NULL, 0);
        return STREAM_TLS;
    default:
        reason_set(reason,
                   is_certificate(result) ? "certificate that can't be read" : "TLS protocol error",
                   ": -", -result);
        return STREAM_TLS;
    }
}

static enum stream_status handshake_failed(int result, struct stream_reason *reason)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(&tls.context);

    if (result == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED ||
        (result != MBEDTLS_ERR_SSL_CONN_EOF && flags != 0 && flags != UINT32_MAX)) {
        reason_set(reason, tls_trust_reason(flags), NULL, 0);
        return STREAM_TLS;
    }
    return lost(result, reason);
}

/* ---- Open and close ------------------------------------------------------------------------------ */

static int configure(void)
{
    mbedtls_ssl_config *config = &tls.config;
    int result = mbedtls_ssl_config_defaults(
        config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);

    mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_3);
    mbedtls_ssl_conf_max_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_3);
    mbedtls_ssl_conf_groups(config, groups);
    mbedtls_ssl_conf_sig_algs(config, signatures);
    mbedtls_ssl_conf_rng(config, net_random, NULL);
    mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_cert_profile(config, &tls_profile);
    mbedtls_ssl_conf_ca_chain(config, &tls.trust.anchors, NULL);
    mbedtls_ssl_conf_verify(config, tls_trust_check, &tls.trust);
    return result;
}

static int start(const struct stream_peer *peer)
{
    int result = configure();

    if (result == 0) {
        result = mbedtls_ssl_setup(&tls.context, &tls.config);
    }
    if (result == 0) {
        result = mbedtls_ssl_set_hostname(&tls.context,
                                          tls.trust.address_bytes != 0 ? NULL : peer->host);
    }
    mbedtls_ssl_set_bio(&tls.context, NULL, lower_send, lower_receive, NULL);
    return result;
}

static void end(void)
{
    mbedtls_ssl_free(&tls.context);
    mbedtls_ssl_config_free(&tls.config);
    tls_trust_end(&tls.trust);
    tls.open = false;
}

static int handshake(void)
{
    uint64_t until = vtl_time_ns() + HANDSHAKE_NS;
    int result;

    do {
        result = mbedtls_ssl_handshake(&tls.context);
    } while (again(result, until));
    return result;
}

enum stream_status tls_open(const struct stream_peer *peer, struct stream_reason *reason)
{
    enum stream_status status = STREAM_OK;
    const char *wrong = tls_trust_start(&tls.trust, peer, tls.now_s);

    mbedtls_ssl_init(&tls.context);
    mbedtls_ssl_config_init(&tls.config);
    if (wrong != NULL) {
        reason_set(reason, wrong, NULL, 0);
        status = STREAM_TLS;
    } else {
        int result = start(peer);

        if (result == 0) {
            result = handshake();
        }
        if (result != 0) {
            status = handshake_failed(result, reason);
        }
    }
    tls.open = status == STREAM_OK;
    if (!tls.open) {
        end();
    }
    return status;
}

/* RFC 8446, 6.1. The alert goes out if there is room for it. */
void tls_close(void)
{
    if (tls.open) {
        (void)mbedtls_ssl_close_notify(&tls.context);
        end();
    }
}

/* ---- Bytes --------------------------------------------------------------------------------------- */

static enum stream_status not_open(struct stream_reason *reason)
{
    reason_set(reason, "there is no connection", NULL, 0);
    return STREAM_LOST;
}

enum stream_status tls_send(const void *data, size_t bytes, struct stream_reason *reason)
{
    uint64_t until = vtl_time_ns() + TRANSFER_NS;
    const uint8_t *from = data;
    int result = 0;

    if (!tls.open) {
        return not_open(reason);
    }
    while (bytes != 0) {
        do {
            result = mbedtls_ssl_write(&tls.context, from, bytes);
        } while (again(result, until));
        if (result < 0) {
            return lost(result, reason);
        }
        from += result;
        bytes -= (size_t)result;
    }
    return STREAM_OK;
}

enum stream_status tls_receive(void *to, size_t room, size_t *got, struct stream_reason *reason)
{
    uint64_t until = vtl_time_ns() + TRANSFER_NS;
    int result;

    *got = 0;
    if (!tls.open) {
        return not_open(reason);
    }
    do {
        result = mbedtls_ssl_read(&tls.context, to, room);
    } while (again(result, until));
    if (result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) {
        return STREAM_OK;
    }
    if (result <= 0) {
        return lost(result == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : result, reason);
    }
    *got = (size_t)result;
    return STREAM_OK;
}

bool tls_pending(void)
{
    return tls.open && (mbedtls_ssl_check_pending(&tls.context) != 0 || connection_pending());
}
