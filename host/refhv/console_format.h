/* SPDX-License-Identifier: BSD-3-Clause */
/* The formatter behind console_print: pure, bounded, no floating point. */
#ifndef REFHV_CONSOLE_FORMAT_H
#define REFHV_CONSOLE_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Writes at most room bytes, no terminating NUL; what does not fit is dropped. Returns the bytes
 * written.
 */
size_t console_format(char *to, size_t room, const char *format, va_list arguments);

#endif /* REFHV_CONSOLE_FORMAT_H */
