/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The board under refhv's loader: RAM at FAKE_BOARD_RAM in an array, struct machine filled as
 * machine_probe would, fatal lines caught. Memory outside the array does not exist: an access to
 * it fails the test.
 */
#ifndef FAKE_REFHV_BOARD_H
#define FAKE_REFHV_BOARD_H

#include "machine.h"

/* stdarg.h and stddef.h: cmocka.h wants them before it, and comes right after this. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FAKE_BOARD_RAM UINT64_C(0x40000000)
#define FAKE_BOARD_RAM_BYTES UINT64_C(0x4000000)
#define FAKE_BOARD_REFHV_BYTES UINT64_C(0x800000) /* of these, at the end: no partition's */

struct fake_board {
    uint8_t *ram;
    jmp_buf fatal;
    bool fatal_armed;
    char fatal_text[512];
    uint64_t cleaned; /* bytes cleaned to the point of coherency */
    unsigned code_written;
};
extern struct fake_board fake_board;

/* RAM of zeros, two CPUs, the windows of QEMU's virt board. fake_board_free gives the RAM back. */
void fake_board_init(void);
void fake_board_free(void);

/*
 * Runs a statement; true if it ended in console_fatal, whose text is then in
 * fake_board.fatal_text.
 */
#define FAKE_BOARD_FATAL(statement)                                              \
    (fake_board.fatal_armed = true, setjmp(fake_board.fatal) != 0                \
                                        ? (fake_board.fatal_armed = false, true) \
                                        : ((statement), fake_board.fatal_armed = false, false))

#endif /* FAKE_REFHV_BOARD_H */
