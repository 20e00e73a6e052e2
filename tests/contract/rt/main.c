/* SPDX-License-Identifier: BSD-3-Clause */
/* From entry.S to the program and to the end; what the compiler takes for granted. */
#include "rt.h"
#include "runtime.h"

/* Where the board has its PL011, until the device tree has been read. */
#define PL011_DEFAULT UINT64_C(0x09000000)

uintptr_t __stack_chk_guard = 0x2b7e151628aed2a6;

void rt_main(const void *fdt)
{
    bool read = board_read(fdt);

    if (!read) {
        board.pl011 = PL011_DEFAULT;
        check_true("7.6 device tree in the parameter area", false);
        checks_done();
    }
    if (program.early != NULL) {
        program.early();
    }
    if (program.main != NULL) {
        (void)vtl2_machine_init();
        check_true("4.1 VTL2 set-up of the boot VP", vtl2_vp_init());
        vtl0_load();
        program.main();
    }
    checks_done();
}

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
