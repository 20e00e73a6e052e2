/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Guest "memory": the image's memcpy, memmove, memset and memcmp (C17, 7.24), which are assembly, over
 * every alignment and size at which they take another way; and that with the MMU off none makes an
 * access that is less aligned than both sides are, which would be a fault (Arm ARM B2.8.2).
 */
#include "guest.h"

#define ROOM 512u
#define OFFSETS 9u
#define EDGE 96u /* before and after what may change; more than one block */
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

void *tested_memcpy(void *to, const void *from, size_t bytes);
void *tested_memmove(void *to, const void *from, size_t bytes);
void *tested_memset(void *to, int value, size_t bytes);
int tested_memcmp(const void *a, const void *b, size_t bytes);

/* Each piece and each pair of pieces, whole blocks of 64, and what is around those. */
static const uint16_t sizes[] = {0,  1,   2,   3,   4,   5,   6,   7,   8,   9,   10,
                                 12, 15,  16,  17,  20,  23,  24,  31,  32,  33,  39,
                                 40, 47,  48,  56,  63,  64,  65,  71,  80,  95,  96,
                                 97, 127, 128, 129, 136, 160, 191, 192, 193, 255, 256};

static uint8_t to[ROOM] __attribute__((aligned(16)));
static uint8_t from[ROOM] __attribute__((aligned(16)));
static uint8_t want[ROOM];

static uint8_t pattern(size_t i)
{
    return (uint8_t)(i * 7 + i / 256 + 1);
}

static void fill(uint8_t *at, unsigned seed)
{
    for (size_t i = 0; i < ROOM; i++) {
        at[i] = pattern(i + seed);
    }
}

static uint32_t differences(void)
{
    uint32_t count = 0;

    for (size_t i = 0; i < ROOM; i++) {
        count += to[i] != want[i];
    }
    return count;
}

static uint32_t copy_one(size_t out, size_t in, size_t bytes)
{
    uint8_t *place = to + EDGE + out;

    fill(to, 0);
    fill(from, 100);
    fill(want, 0);
    for (size_t i = 0; i < bytes; i++) {
        want[EDGE + out + i] = from[EDGE + in + i];
    }
    return (uint32_t)(tested_memcpy(place, from + EDGE + in, bytes) != place) + differences();
}

/* Within one buffer, with all of each other's bytes, some or none. */
static uint32_t move_one(size_t out, size_t in, size_t bytes)
{
    uint8_t *place = to + EDGE + out;

    fill(to, 0);
    fill(from, 0);
    fill(want, 0);
    for (size_t i = 0; i < bytes; i++) {
        want[EDGE + out + i] = from[EDGE + in + i];
    }
    return (uint32_t)(tested_memmove(place, to + EDGE + in, bytes) != place) + differences();
}

static uint32_t set_one(size_t out, size_t unused, size_t bytes)
{
    uint8_t *place = to + EDGE + out;

    (void)unused;
    fill(to, 0);
    fill(want, 0);
    for (size_t i = 0; i < bytes; i++) {
        want[EDGE + out + i] = 0xa5;
    }
    /* "converted to an unsigned char" (7.24.6.1) */
    return (uint32_t)(tested_memset(place, 0x7fffa5, bytes) != place) + differences();
}

static uint32_t compare_signs(const uint8_t *a, const uint8_t *b, size_t bytes)
{
    return (uint32_t)(tested_memcmp(a, b, bytes) <= 0) + (tested_memcmp(b, a, bytes) >= 0);
}

/* The first difference decides, as unsigned char (7.24.4), whatever comes behind it or after the end. */
static uint32_t compare_one(size_t out, size_t in, size_t bytes)
{
    uint8_t *a = to + EDGE + out;
    uint8_t *b = from + EDGE + in;
    uint32_t wrong = 0;

    fill(to, 0);
    fill(from, 50);
    for (size_t i = 0; i < bytes; i++) {
        b[i] = a[i];
    }
    wrong += tested_memcmp(a, b, bytes) != 0;
    for (size_t i = 0; i < bytes; i++) {
        uint8_t kept = a[i];

        a[i] = 0x80;
        b[i] = 0x7f;
        wrong += compare_signs(a, b, bytes);
        wrong += tested_memcmp(a, b, i) != 0;
        if (i + 1 < bytes) {
            b[i + 1] = (uint8_t)(a[i + 1] + 1);
            wrong += compare_signs(a, b, bytes);
            b[i + 1] = a[i + 1];
        }
        a[i] = kept;
        b[i] = kept;
    }
    return wrong;
}

static void check_all(const char *name, uint32_t (*one)(size_t, size_t, size_t), size_t step)
{
    uint32_t wrong = 0;

    for (size_t out = 0; out < OFFSETS; out += step) {
        for (size_t in = 0; in < OFFSETS; in += step) {
            for (size_t i = 0; i < SIZES; i++) {
                wrong += one(out, in, sizes[i]);
            }
        }
    }
    check_eq(name, wrong, 0);
}

/* Blocks that overlap by more than the offsets do. */
static void check_far(void)
{
    static const uint8_t far[] = {16, 24, 40, 63, 64, 65, 96, 128};
    uint32_t wrong = 0;

    for (size_t i = 0; i < SIZES; i++) {
        for (size_t j = 0; j < sizeof(far); j++) {
            wrong += move_one(far[j], 0, sizes[i]);
            wrong += move_one(0, far[j], sizes[i]);
            wrong += move_one(far[j] + 1u, 1, sizes[i]);
        }
    }
    check_eq("memory memmove, far", wrong, 0);
}

void guest_main(void)
{
    check_way("MMU off");
    check_all("memory memcpy, aligned", copy_one, 8);
    check_all("memory memmove, aligned", move_one, 8);
    check_all("memory memset, aligned", set_one, 8);
    check_all("memory memcmp, aligned", compare_one, 8);
    check_way("");
    guest_mmu_on();
    check_all("memory memcpy", copy_one, 1);
    check_all("memory memmove", move_one, 1);
    check_far();
    check_all("memory memset", set_one, 1);
    check_all("memory memcmp", compare_one, 1);
    guest_mmu_off();
}
