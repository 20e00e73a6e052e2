/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * HTTP requests of any bytes, in pieces of any size: the answer is the same as for all at once, it is
 * one of those that there are, and nothing is read beyond the target.
 */
#include "fake_vtl.h"
#include "http.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_request whole;
    struct http_request pieces;
    size_t step = size != 0 ? data[0] % 64u + 1u : 1;

    http_request_start(&whole);
    http_request_start(&pieces);
    (void)http_request_take(&whole, data, size);
    for (size_t i = 0; i < size; i += step) {
        (void)http_request_take(&pieces, data + i, size - i < step ? size - i : step);
    }
    expect(memcmp(&whole, &pieces, sizeof(whole)) == 0);
    expect(whole.bytes <= HTTP_REQUEST_BYTES + 1 && whole.target_bytes <= HTTP_TARGET_BYTES);
    expect(whole.status != 0 || size <= HTTP_REQUEST_BYTES);
    if (whole.status != 0) {
        char head[HTTP_HEAD_BYTES];
        size_t bytes = http_response_head(head, whole.status, size);

        expect(bytes > 4 && memcmp(head + bytes - 4, "\r\n\r\n", 4) == 0);
    }
    if (whole.status == HTTP_OK) {
        bool at = http_request_is_for(&whole, "/inspect");

        expect(!at || whole.target_bytes >= strlen("/inspect"));
        expect(!at || !http_request_is_for(&whole, "/"));
    }
    return 0;
}
