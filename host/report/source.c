/* SPDX-License-Identifier: BSD-3-Clause */
#include "source.h"

#include "base.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum where { IN_CODE, IN_COMMENT, IN_LINE_COMMENT, IN_STRING, IN_CHARACTER };

/*
 * Where the character leaves us; *skip: the next one belongs to it. In assembly a lone ' could be a
 * character without an end: a literal never goes over the end of its line.
 */
static enum where step(enum where where, char now, char next, bool *skip)
{
    bool opens = now == '/' && (next == '*' || next == '/');

    *skip = false;
    switch (where) {
    case IN_CODE:
        *skip = opens;
        if (opens) {
            return next == '*' ? IN_COMMENT : IN_LINE_COMMENT;
        }
        return now == '"' ? IN_STRING : now == '\'' ? IN_CHARACTER : IN_CODE;
    case IN_COMMENT:
        *skip = now == '*' && next == '/';
        return *skip ? IN_CODE : IN_COMMENT;
    case IN_STRING:
    case IN_CHARACTER:
        *skip = now == '\\' && next != '\n';
        return now == (where == IN_STRING ? '"' : '\'') ? IN_CODE : where;
    case IN_LINE_COMMENT:
        break;
    }
    return where;
}

uint32_t source_lines(const char *text, size_t bytes)
{
    enum where where = IN_CODE;
    uint32_t lines = 0;
    bool counts = false;

    for (size_t i = 0; i < bytes; i++) {
        char next = i + 1 < bytes ? text[i + 1] : '\n';
        bool skip = false;

        if (text[i] == '\n') {
            lines += counts ? 1 : 0;
            counts = false;
            where = where == IN_COMMENT ? IN_COMMENT : IN_CODE;
            continue;
        }
        enum where before = where;
        where = step(where, text[i], next, &skip);
        bool comment = before == IN_COMMENT || where == IN_COMMENT || where == IN_LINE_COMMENT;
        counts = counts || (!comment && isspace((unsigned char)text[i]) == 0);
        i += skip ? 1 : 0;
    }
    return lines + (counts ? 1 : 0);
}

char *source_include(const char **at)
{
    for (const char *line = *at; line != NULL; line = strchr(line, '\n')) {
        line += strspn(line, " \t\n");
        if (*line != '#') {
            continue;
        }
        line += 1 + strspn(line + 1, " \t");
        if (!string_begins(line, "include")) {
            continue;
        }
        line += strlen("include");
        line += strspn(line, " \t");
        size_t bytes = *line == '"' ? strcspn(line + 1, "\"\n") : 0;
        if (bytes != 0) {
            *at = line + 1 + bytes;
            return string_copy(line + 1, bytes);
        }
    }
    return NULL;
}

uint64_t source_define(const char *text, const char *name)
{
    const char *at = text;

    while ((at = strstr(at, "#define ")) != NULL) {
        at += strlen("#define ");
        size_t bytes = strcspn(at, " \t\n(");
        if (bytes == strlen(name) && strncmp(at, name, bytes) == 0) {
            return strtoull(at + bytes, NULL, 0);
        }
    }
    return 0;
}
