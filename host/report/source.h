/* SPDX-License-Identifier: BSD-3-Clause */
/* Lines of C and assembly as a budget counts them. */
#ifndef REPORT_SOURCE_H
#define REPORT_SOURCE_H

#include <stddef.h>
#include <stdint.h>

/* Lines that hold anything but comments and blanks. */
uint32_t source_lines(const char *text, size_t bytes);

/*
 * The next quoted include at or behind *at, which moves behind it: the name, as a string of its own; NULL:
 * there is no other. Those in comments are found too.
 */
char *source_include(const char **at);

/*
 * The value of `#define NAME number`, for what no debug information has. 0: it is not there.
 */
uint64_t source_define(const char *text, const char *name);

#endif /* REPORT_SOURCE_H */
