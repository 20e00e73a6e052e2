/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What scripts/record found out: lines of words between tabs. The first word is the line's kind; facts.c names the
 * others, by kind. They become an object with an array for each kind.
 */
#ifndef RECORD_FACTS_H
#define RECORD_FACTS_H

#include <jansson.h>

/* NULL if the file can't be read or is not so; the reason is told. */
json_t *facts_read(const char *path);

/* The objects of a kind: an array, which may be empty. */
const json_t *facts_of(const json_t *facts, const char *kind);

/* A member of an object that facts_read made. */
const char *fact(const json_t *object, const char *member);

#endif /* RECORD_FACTS_H */
