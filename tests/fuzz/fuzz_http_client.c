/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HTTP responses of any bytes, in pieces of any size: it makes no difference how they were cut, no more is taken
 * than there is, and no more is kept than there is room for.
 */
#include "http_reader.h"

#include <stdlib.h>
#include <string.h>

#define ROOM 256u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* The first bytes say how the others are cut. */
static size_t take_pieces(struct http_reader *reader, const uint8_t *data, size_t size)
{
    size_t done = 0;
    size_t i = 0;

    while (done < size && !reader->complete && reader->wrong == NULL) {
        size_t piece = data[i++ % size] % 32u + 1u;
        size_t taken;

        piece = piece < size - done ? piece : size - done;
        taken = http_reader_take(reader, data + done, piece);
        expect(taken == piece || reader->complete || reader->wrong != NULL);
        done += taken;
    }
    return done;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char whole_body[ROOM];
    char pieces_body[ROOM];
    struct http_cookie whole_cookie = {.bytes = 0};
    struct http_cookie pieces_cookie = {.bytes = 0};
    struct http_reader whole;
    struct http_reader pieces;
    size_t taken;

    http_reader_start(&whole, whole_body, ROOM, &whole_cookie);
    http_reader_start(&pieces, pieces_body, ROOM, &pieces_cookie);
    taken = http_reader_take(&whole, data, size);
    expect(take_pieces(&pieces, data, size) == taken && taken <= size);
    expect(whole.wrong == pieces.wrong && whole.complete == pieces.complete);
    expect(whole.status == pieces.status && whole.close == pieces.close);
    expect(whole.body_bytes == pieces.body_bytes && whole.body_bytes <= ROOM);
    expect(memcmp(whole_body, pieces_body, whole.body_bytes) == 0);
    expect(whole_cookie.bytes == pieces_cookie.bytes && whole_cookie.bytes <= HTTP_COOKIE_BYTES);
    expect(memcmp(whole_cookie.text, pieces_cookie.text, whole_cookie.bytes) == 0);
    /* More is asked for only where all is taken; what is complete has a status, and ended somewhere. */
    expect(taken == size || whole.complete || whole.wrong != NULL);
    expect(!whole.complete || (whole.status >= 200 && whole.status <= 599));
    return 0;
}
