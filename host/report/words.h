/* SPDX-License-Identifier: BSD-3-Clause */
/* Words of C source: as much reading as it takes to see what a line calls, stores or passes. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool word_is_part(char character);
bool word_equals(const char *name, const char *at, size_t bytes);
/* The start of a line, counted from 1; NULL: the text is shorter. */
const char *word_line(const char *text, uint32_t line);
/* The word that ends at end, not before text; *bytes 0: none does. */
const char *word_before(const char *text, const char *end, size_t *bytes);
/* The next place of that whole word at or behind at and before end; NULL: it is not there. */
const char *word_find(const char *at, const char *end, const char *name);
/* Of `holder->MEMBER` and its like, with at at MEMBER: where the holder begins; else at. */
const char *word_holder(const char *text, const char *at);
/* Of `name = VALUE`, with at at VALUE: name; *bytes 0: it is no assignment. */
const char *word_assigned(const char *text, const char *at, size_t *bytes);
/* Of `callee(a, b, VALUE`, with at at VALUE: callee, and which argument that is from 0; *bytes 0: none. */
const char *word_callee(const char *text, const char *at, size_t *bytes, size_t *argument);

#endif /* REPORT_WORDS_H */
