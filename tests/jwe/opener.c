/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Makes a key, tells its public part as two hexadecimal numbers, and opens a JWE a line with it: "ok" and the
 * secret in hexadecimal, or "no" and what is wrong. With the word "zero", one whose x or y begins with
 * a byte of zero.
 */
#include "jwe.h"
#include "vtl/vtl.h"

#include <mbedtls/platform.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SECRET_BYTES 256u
#define TRIES 20000u /* one in 128 is enough */

void tls_port_exit(int status)
{
    (void)status;
    abort();
}

bool vtl_random(uint64_t *value)
{
    return getrandom(value, sizeof(*value), 0) == sizeof(*value);
}

static void print_hex(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)printf("%02x", bytes[i]);
    }
}

static bool make(struct jwe_key *key, bool zero)
{
    for (unsigned i = 0; i < TRIES; i++) {
        if (!jwe_key_make(key)) {
            return false;
        }
        if (!zero || key->x[0] == 0 || key->y[0] == 0) {
            return true;
        }
    }
    return false;
}

static void open_line(const struct jwe_key *key, const char *line, size_t bytes)
{
    uint8_t secret[SECRET_BYTES];
    size_t got;
    const char *wrong = jwe_open(key, line, bytes, secret, sizeof(secret), &got);

    (void)printf("%s ", wrong == NULL ? "ok" : "no");
    if (wrong == NULL) {
        print_hex(secret, got);
    } else {
        (void)printf("%s", wrong);
    }
    (void)printf("\n");
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    struct jwe_key key;
    char *line = NULL;
    size_t room = 0;
    ssize_t bytes;

    if (mbedtls_platform_set_calloc_free(calloc, free) != 0 ||
        !make(&key, argc > 1 && strcmp(argv[1], "zero") == 0)) {
        return EXIT_FAILURE;
    }
    print_hex(key.x, sizeof(key.x));
    (void)printf(" ");
    print_hex(key.y, sizeof(key.y));
    (void)printf("\n");
    (void)fflush(stdout);
    while ((bytes = getline(&line, &room, stdin)) > 0) {
        open_line(&key, line, (size_t)bytes);
    }
    free(line);
    return EXIT_SUCCESS;
}
