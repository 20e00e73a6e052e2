/* SPDX-License-Identifier: BSD-3-Clause */
/* AES-XTS against what is published; tests/guests/simd does the same where the AES instructions are. */
#include "luks/xts.h"
#include "xts_vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ALIGNED __attribute__((aligned(XTS_BLOCK_BYTES)))

static struct xts xts;

static void start(const struct xts_vector *vector)
{
    uint8_t key[64];

    assert_true(xts_start(&xts, key, hex_bytes(vector->key, key)));
}

static void test_vectors(void **state)
{
    uint8_t plain[XTS_VECTOR_BYTES_MAX] ALIGNED;
    uint8_t expected[XTS_VECTOR_BYTES_MAX];
    uint8_t out[XTS_VECTOR_BYTES_MAX] ALIGNED;

    (void)state;
    for (size_t i = 0; i < XTS_VECTOR_COUNT; i++) {
        size_t bytes = hex_bytes(xts_vectors[i].cipher, expected);

        print_message("%s\n", xts_vectors[i].name);
        xts_plain(&xts_vectors[i], plain, bytes);
        start(&xts_vectors[i]);
        xts_encrypt(&xts, xts_vectors[i].unit, plain, out, bytes);
        assert_memory_equal(out, expected, bytes);
        xts_decrypt(&xts, xts_vectors[i].unit, out, out, bytes);
        assert_memory_equal(out, plain, bytes);
        xts_encrypt(&xts, xts_vectors[i].unit, out, out, bytes);
        assert_memory_equal(out, expected, bytes);
        xts_wipe(&xts);
    }
}

/* IEEE 1619, 5.3.2: without a partial block, each depends on what is in it and on its number alone. */
static void test_any_number_of_blocks(void **state)
{
    uint8_t plain[XTS_VECTOR_BYTES_MAX] ALIGNED;
    uint8_t expected[XTS_VECTOR_BYTES_MAX];
    uint8_t out[XTS_VECTOR_BYTES_MAX] ALIGNED;
    const struct xts_vector *vector = &xts_vectors[XTS_VECTOR_COUNT - 4]; /* IEEE 1619's last */

    (void)state;
    assert_int_equal(hex_bytes(vector->cipher, expected), XTS_VECTOR_BYTES_MAX);
    xts_plain(vector, plain, sizeof(plain));
    start(vector);
    for (size_t bytes = 0; bytes <= sizeof(plain); bytes += XTS_BLOCK_BYTES) {
        memset(out, 0xa5, sizeof(out));
        if (bytes != 0) {
            xts_encrypt(&xts, vector->unit, plain, out, bytes);
        }
        assert_memory_equal(out, expected, bytes);
        for (size_t i = bytes; i < sizeof(out); i++) {
            assert_int_equal(out[i], 0xa5);
        }
    }
}

/* LUKS2 has keys of both lengths that AES-XTS is defined for (IEEE 1619, 5.1). */
static void test_lengths_of_keys(void **state)
{
    static const uint8_t key[96];

    (void)state;
    for (size_t bytes = 0; bytes <= sizeof(key); bytes++) {
        assert_int_equal(xts_start(&xts, key, bytes), bytes == 32 || bytes == 64);
    }
}

static void test_wiped(void **state)
{
    (void)state;
    start(&xts_vectors[0]);
    xts_wipe(&xts);
    for (size_t i = 0; i < sizeof(xts); i++) {
        assert_int_equal(((const uint8_t *)&xts)[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_any_number_of_blocks),
        cmocka_unit_test(test_lengths_of_keys),
        cmocka_unit_test(test_wiped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
