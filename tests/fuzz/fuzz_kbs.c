/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A key broker's replies of any bytes, over a whole release. The first byte says how many replies before are good,
 * how they are cut, and whether what follows is a reply or the body of one. Each ends with a reason that can be
 * printed, after a few attempts; and as nothing here knows the key, nothing is ever released.
 */
#include "fake_stream.h"
#include "fake_vtl.h"
#include "jwe.h"
#include "net/kbs.h"

#include <mbedtls/platform.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX 0x20000u
#define SECOND UINT64_C(1000000000)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t now;

static void expect(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* Making one takes long, and what one opens is fuzz_jwe's. */
bool jwe_key_make(struct jwe_key *key)
{
    memset(key, 0x5a, sizeof(*key));
    return true;
}

void jwe_key_wipe(struct jwe_key *key)
{
    memset(key, 0, sizeof(*key));
}

bool jwe_key_agree(const struct jwe_key *key, const uint8_t x[JWE_KEY_BYTES],
                   const uint8_t y[JWE_KEY_BYTES], uint8_t z[JWE_KEY_BYTES])
{
    (void)key;
    (void)x;
    (void)y;
    memset(z, 0, JWE_KEY_BYTES);
    return false;
}

void tls_port_exit(int status)
{
    (void)status;
    abort();
}

static uint64_t now_ns(void)
{
    return now;
}

static void take_pause(uint64_t ns)
{
    now += ns;
}

static void received(void)
{
    now += SECOND / 1000;
}

static bool evidence(const uint8_t challenge[KBS_CHALLENGE_BYTES], uint8_t *token, size_t room,
                     size_t *bytes)
{
    expect(room >= KBS_CHALLENGE_BYTES);
    memcpy(token, challenge, KBS_CHALLENGE_BYTES);
    *bytes = KBS_CHALLENGE_BYTES;
    return true;
}

static void add_replies(uint8_t how, const uint8_t *data, size_t size)
{
    static const char auth[] =
        "HTTP/1.1 200 OK\r\nSet-Cookie: kbs-session-id=a\r\nContent-Length: 13\r\n\r\n"
        "{\"nonce\":\"b\"}";
    static const char attest[] = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"token\":\"c\"}";
    static char last[BYTES_MAX + 128];
    int head = 0;

    if (how % 4u >= 1) {
        fake_stream_reply(auth, sizeof(auth) - 1, FAKE_STAYS);
    }
    if (how % 4u >= 2) {
        fake_stream_reply(attest, sizeof(attest) - 1, FAKE_STAYS);
    }
    if ((how & 4u) != 0) {
        head =
            snprintf(last, sizeof(last),
                     "HTTP/1.1 %u x\r\nSet-Cookie: kbs-session-id=d\r\nContent-Length: %zu\r\n\r\n",
                     (how & 8u) != 0 ? 401u : 200u, size);
    }
    if (size != 0) {
        memcpy(last + head, data, size);
    }
    fake_stream_reply(last, (size_t)head + size, (how & 16u) != 0 ? FAKE_ENDS : FAKE_STAYS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char url[] = "https://kbs.example";
    static const char resource[] = "a/b/c";
    const struct kbs_request request = {
        .url = {(const uint8_t *)url, sizeof(url) - 1},
        .resource = {(const uint8_t *)resource, sizeof(resource) - 1},
        .evidence = evidence,
        .now_ns = now_ns,
        .pause = take_pause,
    };
    static const uint8_t zeros[64];
    struct kbs_outcome outcome;
    uint8_t secret[64] = {0};
    size_t bytes = 99;

    if (size == 0 || size > BYTES_MAX) {
        return 0;
    }
    now = 0;
    fake_stream_reset();
    fake_stream.received = received;
    fake_stream.step = data[0] >> 5;
    add_replies(data[0], data + 1, size - 1);
    expect(!kbs_release(&request, secret, sizeof(secret), &bytes, &outcome));
    expect(outcome.status != KBS_OK && bytes == 0);
    expect(memcmp(secret, zeros, sizeof(secret)) == 0);
    expect(outcome.attempts >= 1 && outcome.attempts <= 5 && outcome.exchanges <= 15);
    expect(memchr(outcome.reason, '\0', sizeof(outcome.reason)) != NULL);
    expect(outcome.reason[0] != '\0');
    for (const char *at = outcome.reason; *at != '\0'; at++) {
        expect(*at >= ' ' && *at <= '~');
    }
    expect(!fake_stream.is_open);
    return 0;
}
