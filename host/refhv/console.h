/* SPDX-License-Identifier: BSD-3-Clause */
/* refhv's own lines on the board's PL011, polled. Usable from any CPU once console_init has run. */
#ifndef REFHV_CONSOLE_H
#define REFHV_CONSOLE_H

#include <stdarg.h>
#include <stdint.h>

void console_init(uint64_t pl011_base);

/* Formats %s %c %d %u %x %llx %lx %llu %lu %p, width and 0 flag; one call is one unbroken piece. */
__attribute__((format(printf, 1, 2))) void console_print(const char *format, ...);
void console_vprint(const char *format, va_list arguments);
void console_write(const char *text, uint64_t bytes);

/*
 * Prints "refhv: fatal: ..." and ends the machine. For refhv's own broken invariants and bad boot
 * input.
 */
__attribute__((noreturn, format(printf, 1, 2))) void console_fatal(const char *format, ...);

#endif /* REFHV_CONSOLE_H */
