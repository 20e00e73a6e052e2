/* SPDX-License-Identifier: BSD-3-Clause */
/* The checksum that is worked out for a frame whose receiver can't: virtio 1.2, 5.1.6.2; RFC 1071. */
#include "fake_vtl.h"
#include "virtio/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LONGEST 65550u

static uint8_t bytes_of[LONGEST];
static uint8_t result[LONGEST];

/* RFC 1071, section 1, as it is written: pairs of bytes, big-endian; ones' complement of their sum. */
static uint16_t reference(const uint8_t *at, uint32_t bytes)
{
    uint32_t sum = 0;

    for (uint32_t i = 0; i < bytes; i += 2) {
        sum += (uint32_t)at[i] << 8 | (i + 1 < bytes ? at[i + 1] : 0u);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

/* Completes the frame's sum over what begins at `start`; into result. */
static void complete(uint32_t bytes, uint16_t start, uint16_t offset)
{
    const struct virtio_net_header header = {
        .flags = VIRTIO_NET_NEEDS_CSUM, .csum_start = start, .csum_offset = offset};
    /* In three pieces, none of an even length. */
    const struct ring_segment segments[] = {
        {{FAKE_RAM_BASE + 1}, 15}, {{FAKE_RAM_BASE + 16}, 101}, {{FAKE_RAM_BASE + 117}, LONGEST}};
    struct net_source source = {.start = {segments, segments + 3, 0}};
    struct net_frame frame;

    memcpy(fake.ram + 1, bytes_of, bytes);
    assert_true(net_frame_open(&frame, &source, bytes, &header));
    frame.sender_may = NET_OFFLOAD_CSUM;
    assert_true(net_frame_check(&frame, LONGEST));
    assert_true(net_frame_complete(&frame));
    assert_int_equal(net_frame_needs(&frame), 0);
    assert_true(net_frame_copy(&frame, 0, result, bytes));
}

static uint16_t sum_at(uint32_t at)
{
    return (uint16_t)(result[at] << 8 | result[at + 1]);
}

static int set_up(void **state)
{
    (void)state;
    fake_vtl_reset();
    memset(bytes_of, 0, sizeof(bytes_of));
    return 0;
}

/* RFC 1071, section 3: these bytes have the sum ddf2. */
static void test_example(void **state)
{
    static const uint8_t example[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

    (void)state;
    memcpy(bytes_of + 16, example, sizeof(example));
    complete(24, 14, 0);
    assert_int_equal(sum_at(14), 0xffff ^ 0xddf2);
    assert_memory_equal(result + 16, bytes_of + 16, sizeof(example));
}

static void test_lengths(void **state)
{
    static const uint32_t lengths[] = {60,  61,  62,  63,  64,   65,     289,
                                       290, 291, 292, 293, 1514, LONGEST};
    uint32_t random = 1;

    (void)state;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        for (uint32_t at = 0; at < lengths[i]; at++) {
            random = random * 1664525 + 1013904223;
            bytes_of[at] = (uint8_t)(random >> 24);
        }
        complete(lengths[i], 34, 16);
        assert_int_equal(sum_at(50), reference(bytes_of + 34, lengths[i] - 34));
        result[50] = bytes_of[50];
        result[51] = bytes_of[51];
        assert_memory_equal(result, bytes_of, lengths[i]);
    }
}

/* All carries there can be. */
static void test_carries(void **state)
{
    (void)state;
    memset(bytes_of, 0xff, sizeof(bytes_of));
    complete(LONGEST, 14, 6);
    assert_int_equal(sum_at(20), 0xffff); /* RFC 768: for zero */
    bytes_of[LONGEST - 1] = 0xfe;
    complete(LONGEST, 14, 6);
    assert_int_equal(sum_at(20), reference(bytes_of + 14, LONGEST - 14));
    assert_int_equal(sum_at(20), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_example, set_up),
        cmocka_unit_test_setup(test_lengths, set_up),
        cmocka_unit_test_setup(test_carries, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
