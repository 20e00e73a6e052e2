/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Releases a secret by net/kbs.c from a server on this machine: kbs-client PORT RESOURCE. TLS is its caller's. For
 * each challenge it writes a line "challenge HEX" and reads one with the token in hexadecimal; then it writes
 * "secret HEX", or "status N, ATTEMPTS attempts: REASON". Between attempts it does not wait, but its clock goes on.
 */
#include "net/kbs.h"
#include "stream.h"
#include "vtl/vtl.h"

#include <mbedtls/platform.h>

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define SECRET_BYTES 512u
#define TIMEOUT_SECONDS 2

void tls_port_exit(int status)
{
    (void)status;
    abort();
}

bool vtl_random(uint64_t *value)
{
    return getrandom(value, sizeof(*value), 0) == sizeof(*value);
}

void panic_at(const char *file, int line, const char *what)
{
    (void)fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}

/* ---- net/stream.h ------------------------------------------------------------------------------ */

static int connection = -1;

static enum stream_status fail(enum stream_status status, struct stream_reason *reason)
{
    (void)snprintf(reason->text, sizeof(reason->text), "%s",
                   status == STREAM_CONNECT ? "nobody there" : "the connection is lost");
    return status;
}

enum stream_status stream_open(const struct stream_peer *peer, struct stream_reason *reason)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(peer->port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    const struct timeval limit = {.tv_sec = TIMEOUT_SECONDS};

    connection = socket(AF_INET, SOCK_STREAM, 0);
    if (connection < 0 ||
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0 ||
        connect(connection, (struct sockaddr *)&address, sizeof(address)) != 0) {
        stream_close();
        return fail(STREAM_CONNECT, reason);
    }
    return STREAM_OK;
}

enum stream_status stream_send(const void *data, size_t bytes, struct stream_reason *reason)
{
    size_t done = 0;

    while (done < bytes) {
        ssize_t now = send(connection, (const char *)data + done, bytes - done, MSG_NOSIGNAL);

        if (now <= 0) {
            return fail(STREAM_LOST, reason);
        }
        done += (size_t)now;
    }
    return STREAM_OK;
}

enum stream_status stream_receive(void *to, size_t room, size_t *got, struct stream_reason *reason)
{
    ssize_t now = recv(connection, to, room, 0);

    if (now < 0) {
        return fail(STREAM_LOST, reason);
    }
    *got = (size_t)now;
    return STREAM_OK;
}

bool stream_pending(void)
{
    char byte;

    return recv(connection, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

void stream_close(void)
{
    if (connection >= 0) {
        (void)close(connection);
    }
    connection = -1;
}

/* ---- struct kbs_request ------------------------------------------------------------------------ */

static uint64_t paused_ns;

static uint64_t now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec + paused_ns;
}

static void take_pause(uint64_t ns)
{
    paused_ns += ns;
}

static void print_hex(const char *word, const uint8_t *bytes, size_t count)
{
    (void)printf("%s ", word);
    for (size_t i = 0; i < count; i++) {
        (void)printf("%02x", bytes[i]);
    }
    (void)printf("\n");
    (void)fflush(stdout);
}

static bool evidence(const uint8_t challenge[KBS_CHALLENGE_BYTES], uint8_t *token, size_t room,
                     size_t *bytes)
{
    char *line = NULL;
    size_t line_room = 0;
    unsigned byte;

    print_hex("challenge", challenge, KBS_CHALLENGE_BYTES);
    if (getline(&line, &line_room, stdin) <= 0) {
        return false;
    }
    for (*bytes = 0; *bytes < room && sscanf(line + 2 * *bytes, "%2x", &byte) == 1; ++*bytes) {
        token[*bytes] = (uint8_t)byte;
    }
    free(line);
    return *bytes != 0;
}

int main(int argc, char **argv)
{
    static const char scheme[] = "https://127.0.0.1:";
    char url[64];
    uint8_t secret[SECRET_BYTES];
    size_t bytes;
    struct kbs_outcome outcome;
    struct kbs_request request = {.evidence = evidence, .now_ns = now_ns, .pause = take_pause};

    if (argc != 3 || mbedtls_platform_set_calloc_free(calloc, free) != 0) {
        return EXIT_FAILURE;
    }
    request.url = (struct igvm_policy_text){
        (const uint8_t *)url, (uint32_t)snprintf(url, sizeof(url), "%s%s", scheme, argv[1])};
    request.resource =
        (struct igvm_policy_text){(const uint8_t *)argv[2], (uint32_t)strlen(argv[2])};
    if (kbs_release(&request, secret, sizeof(secret), &bytes, &outcome)) {
        print_hex("secret", secret, bytes);
    } else {
        (void)printf("status %u, %u attempts: %s\n", outcome.status, outcome.attempts,
                     outcome.reason);
    }
    return EXIT_SUCCESS;
}
