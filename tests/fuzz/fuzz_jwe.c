/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Replies of any bytes, for a key that is known; behind an 'h', protected headers, the rest being good.
 * What is refused leaves nothing; what is accepted was made by who knows the key.
 */
#include "fake_vtl.h"
#include "formats/base64.h"
#include "unit/jwe_vectors.h"

#include <mbedtls/platform.h>

#include <stdlib.h>
#include <string.h>

#define ROOM 64u
#define HEADER_MAX 2048u

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void tls_port_exit(int status)
{
    (void)status;
    abort();
}

static void expect(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return mbedtls_platform_set_calloc_free(calloc, free);
}

static void try(const char *text, size_t bytes)
{
    uint8_t secret[ROOM + 1];
    size_t got = 99;
    const char *wrong;

    memset(secret, 0xa5, sizeof(secret));
    wrong = jwe_open(&jwe_bob, text, bytes, secret, ROOM, &got);
    expect(got <= ROOM && secret[ROOM] == 0xa5);
    for (size_t i = 0; wrong != NULL && i < ROOM; i++) {
        expect(got == 0 && secret[i] == 0);
    }
}

static void try_header(const uint8_t *header, size_t bytes)
{
    static const char before[] = "{\"protected\":\"";
    char text[sizeof(before) + BASE64_BYTES(HEADER_MAX) + sizeof(jwe_jwcrypto)];
    const char *rest = strchr(jwe_jwcrypto, ',');
    size_t used = sizeof(before) - 1;

    memcpy(text, before, used);
    used += base64_encode(BASE64_URL, header, bytes, text + used);
    text[used++] = '"';
    memcpy(text + used, rest, strlen(rest));
    try(text, used + strlen(rest));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fake_vtl_reset();
    if (size != 0 && data[0] == 'h' && size <= HEADER_MAX) {
        try_header(data + 1, size - 1);
    } else {
        try((const char *)data, size);
    }
    return 0;
}
