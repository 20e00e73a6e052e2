/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What every part of the report's tool uses: growing lists and texts, files, an end with a reason. A tool
 * that runs once and ends: nothing is given back.
 */
#ifndef REPORT_BASE_H
#define REPORT_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "report: " and the message on stderr; exit status 1. */
__attribute__((noreturn, format(printf, 1, 2))) void report_die(const char *format, ...);

/*
 * One more in a list of things of that many bytes; the address of the new one, all zero. list: the
 * address of the pointer to the first, which may move.
 */
void *list_add(void *list, size_t *count, size_t bytes);

void *memory_get(size_t count, size_t bytes);
char *string_copy(const char *from, size_t bytes);
__attribute__((format(printf, 1, 2))) char *string_make(const char *format, ...);
bool string_ends(const char *string, const char *end);
bool string_begins(const char *string, const char *begin);

struct text {
    char *data; /* ends with a zero byte; NULL as long as nothing is in it */
    size_t bytes;
    size_t room;
};

__attribute__((format(printf, 2, 3))) void text_add(struct text *text, const char *format, ...);
/* With & < > " ' as HTML and SVG want them in text and in quoted attributes; other controls are '?'. */
void text_add_escaped(struct text *text, const char *from);
/* 1,234,567; a returned string is this call's own. */
char *number_text(uint64_t number);

/* The whole file, a zero byte behind it; NULL: it can't be read. */
char *file_load(const char *path, size_t *bytes);
void file_save(const char *path, const char *data, size_t bytes);

#endif /* REPORT_BASE_H */
