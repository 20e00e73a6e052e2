/* SPDX-License-Identifier: BSD-3-Clause */
#include "words.h"

#include <ctype.h>
#include <string.h>

/* No statement is longer. */
#define BACK_MAX 2000

bool word_is_part(char character)
{
    return isalnum((unsigned char)character) != 0 || character == '_';
}

bool word_equals(const char *name, const char *at, size_t bytes)
{
    return strlen(name) == bytes && strncmp(name, at, bytes) == 0;
}

const char *word_line(const char *text, uint32_t line)
{
    for (uint32_t i = 1; text != NULL && i < line; i++) {
        text = strchr(text, '\n');
        text = text == NULL ? NULL : text + 1;
    }
    return text;
}

const char *word_before(const char *text, const char *end, size_t *bytes)
{
    const char *start = end;

    while (start > text && word_is_part(start[-1])) {
        start--;
    }
    *bytes = (size_t)(end - start);
    return start;
}

const char *word_find(const char *at, const char *end, const char *name)
{
    size_t bytes = strlen(name);
    const char *text = at;

    while ((size_t)(end - at) >= bytes && (at = memchr(at, *name, (size_t)(end - at))) != NULL) {
        if ((size_t)(end - at) >= bytes && memcmp(at, name, bytes) == 0 &&
            !word_is_part(at[bytes]) && (at == text || !word_is_part(at[-1]))) {
            return at;
        }
        at++;
    }
    return NULL;
}

const char *word_holder(const char *text, const char *at)
{
    const char *start = at;
    size_t bytes = 1;

    while (bytes != 0) {
        const char *end = start;

        if (end - text > 1 && end[-1] == '>' && end[-2] == '-') {
            end -= 2;
        } else if (end - text > 0 && end[-1] == '.') {
            end -= 1;
        } else {
            return start;
        }
        if (end > text && end[-1] == ']') {
            for (end--; end > text && *end != '[' && *end != '\n'; end--) {
            }
        }
        const char *holder = word_before(text, end, &bytes);
        start = bytes == 0 ? start : holder;
    }
    return start;
}

static const char *back_over_space(const char *text, const char *at)
{
    while (at > text && isspace((unsigned char)at[-1]) != 0) {
        at--;
    }
    return at;
}

const char *word_assigned(const char *text, const char *at, size_t *bytes)
{
    const char *sign = back_over_space(text, at);

    *bytes = 0;
    /* The address operator may stand before a function's name. */
    sign = sign > text && sign[-1] == '&' ? back_over_space(text, sign - 1) : sign;
    if (sign - text < 2 || sign[-1] != '=' || strchr("=!<>+-*/|&^%", sign[-2]) != NULL) {
        return at;
    }
    return word_before(text, back_over_space(text, sign - 1), bytes);
}

const char *word_callee(const char *text, const char *at, size_t *bytes, size_t *argument)
{
    const char *first = at - text > BACK_MAX ? at - BACK_MAX : text;
    unsigned depth = 0;

    *bytes = 0;
    *argument = 0;
    for (const char *before = at; before > first; before--) {
        char character = before[-1];

        if (character == ')' || character == ']') {
            depth++;
        } else if (depth > 0 && (character == '(' || character == '[')) {
            depth--;
        } else if (character == '(') {
            return word_before(text, before - 1, bytes);
        } else if (character == '{' || character == '}' || character == ';') {
            return at;
        } else if (character == ',' && depth == 0) {
            (*argument)++;
        }
    }
    return at;
}
