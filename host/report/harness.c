/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * As much of CMake as that file is written in: set(NAME value...), pv_fuzz(NAME SOURCES file... [LIBS ...]),
 * values ${NAME}, comments.
 */
#include "harness.h"

#include <stdlib.h>
#include <string.h>

struct variable {
    char *name;
    char **values;
    size_t count;
};

struct reader {
    struct harnesses *harnesses;
    struct variable *variables;
    size_t variable_count;
};

struct words {
    char **items;
    size_t count;
};

static void add_word(struct words *words, const char *from, size_t bytes)
{
    char **added = (char **)list_add((void *)&words->items, &words->count, sizeof(*added));

    *added = string_copy(from, bytes);
}

/* A variable's values, or the word itself. */
static void add_values(const struct reader *reader, struct words *words, const char *from,
                       size_t bytes)
{
    bool named = bytes > 3 && strncmp(from, "${", 2) == 0 && from[bytes - 1] == '}';

    for (size_t i = reader->variable_count; named && i > 0; i--) {
        const struct variable *variable = &reader->variables[i - 1];

        if (strlen(variable->name) == bytes - 3 &&
            strncmp(variable->name, from + 2, bytes - 3) == 0) {
            for (size_t j = 0; j < variable->count; j++) {
                add_word(words, variable->values[j], strlen(variable->values[j]));
            }
            return;
        }
    }
    add_word(words, from, bytes);
}

static void carry_out(struct reader *reader, const char *command, size_t bytes,
                      const struct words *words)
{
    bool sources = false;

    if (words->count == 0) {
        return;
    }
    if (bytes == 3 && strncmp(command, "set", 3) == 0) {
        struct variable *variable =
            list_add((void *)&reader->variables, &reader->variable_count, sizeof(*variable));
        *variable = (struct variable){words->items[0], words->items + 1, words->count - 1};
        return;
    }
    if (bytes != strlen("pv_fuzz") || strncmp(command, "pv_fuzz", bytes) != 0) {
        return;
    }
    struct harness *harness =
        list_add((void *)&reader->harnesses->items, &reader->harnesses->count, sizeof(*harness));
    harness->name = words->items[0];
    for (size_t i = 1; i < words->count; i++) {
        const char *word = words->items[i];

        if (strcmp(word, "SOURCES") == 0) {
            sources = true;
        } else if (strcmp(word, "LIBS") == 0 || strcmp(word, "DEFINES") == 0) {
            sources = false;
        } else if (sources) {
            char **added = (char **)list_add((void *)&harness->sources, &harness->source_count,
                                             sizeof(*added));
            *added = words->items[i];
        }
    }
}

void harnesses_read(struct harnesses *harnesses, const char *text)
{
    struct reader reader = {.harnesses = harnesses};
    struct words words = {0};
    const char *command = NULL;
    size_t command_bytes = 0;

    *harnesses = (struct harnesses){0};
    for (const char *at = text; *at != '\0';) {
        size_t bytes = strcspn(at, " \t\n()#");

        if (*at == '#') {
            at += strcspn(at, "\n");
        } else if (bytes == 0) {
            if (*at == ')') {
                carry_out(&reader, command, command_bytes, &words);
                words = (struct words){0};
                command = NULL;
            }
            at++;
        } else if (command == NULL) {
            command = at;
            command_bytes = bytes;
            at += bytes;
        } else {
            add_values(&reader, &words, at, bytes);
            at += bytes;
        }
    }
    if (harnesses->count > HARNESS_MAX) {
        report_die("tests/fuzz/fuzzers.cmake has more than %d harnesses", HARNESS_MAX);
    }
}

size_t harness_find(const struct harnesses *harnesses, const char *name)
{
    for (size_t i = 0; i < harnesses->count; i++) {
        if (strcmp(harnesses->items[i].name, name) == 0) {
            return i;
        }
    }
    return HARNESS_NONE;
}

bool harness_links(const struct harness *harness, const char *path)
{
    for (size_t i = 0; i < harness->source_count; i++) {
        if (strcmp(harness->sources[i], path) == 0) {
            return true;
        }
    }
    return false;
}
