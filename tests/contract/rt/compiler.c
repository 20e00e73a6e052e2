/* SPDX-License-Identifier: BSD-3-Clause */
/* What the compiler takes for granted. Also of the programs in tests/guests. */
#include "rt.h"
#include "runtime.h"

uintptr_t __stack_chk_guard = 0x2b7e151628aed2a6;

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
    uint8_t *out = to;
    const uint8_t *in = from;

    for (size_t i = 0; i < bytes; i++) {
        __asm__ volatile("" ::: "memory"); /* not a loop that becomes a call of this function */
        out[i] = in[i];
    }
    return to;
}

void *memset(void *to, int value, size_t bytes)
{
    uint8_t *out = to;

    for (size_t i = 0; i < bytes; i++) {
        __asm__ volatile("" ::: "memory");
        out[i] = (uint8_t)value;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
    const uint8_t *left = a;
    const uint8_t *right = b;

    for (size_t i = 0; i < bytes; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return 0;
}

void __stack_chk_fail(void)
{
    check_true("12 no stack overflow in the program", false);
    checks_done();
}
