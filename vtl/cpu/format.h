/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The formatter of log lines and of the panic record: no allocation, no locale, no floating point.
 */
#ifndef VTL_CPU_FORMAT_H
#define VTL_CPU_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/*
 * Writes at most room - 1 bytes and a NUL; returns the bytes written without it. What does not fit
 * is cut. Knows %s %c %d %i %u %x %p %%, flag 0, a width, and the lengths l, ll, z.
 */
size_t format_list(char *to, size_t room, const char *format, va_list arguments);
__attribute__((format(printf, 3, 4))) size_t format_text(char *to, size_t room, const char *format,
                                                         ...);

#endif /* VTL_CPU_FORMAT_H */
