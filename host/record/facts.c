/* SPDX-License-Identifier: BSD-3-Clause */
#include "facts.h"

#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMBERS_MAX 5u

static const struct {
    const char *kind;
    const char *members[MEMBERS_MAX];
} kinds[] = {
    {"source", {"commit", "date", "tree"}},
    {"tool", {"name", "version"}},
    {"archive", {"name", "version", "sha256", "place", "licence"}},
    {"package", {"name", "version", "sha256", "file"}},
    {"program", {"name", "elf", "map", "link"}},
    {"output", {"file", "package", "from"}},
    {"digest", {"file", "digest"}},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static json_t *parse(char *rest, size_t kind)
{
    json_t *object = json_object();

    for (size_t i = 0; i < MEMBERS_MAX && kinds[kind].members[i] != NULL; i++) {
        const char *word = strsep(&rest, "\t");

        if (word == NULL ||
            json_object_set_new(object, kinds[kind].members[i], json_string(word)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    if (rest != NULL) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static bool add_line(json_t *facts, char *line)
{
    const char *kind = strsep(&line, "\t");

    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(kind, kinds[i].kind) != 0) {
            continue;
        }
        json_t *object = parse(line, i);
        return object != NULL && json_array_append_new(json_object_get(facts, kind), object) == 0;
    }
    return false;
}

json_t *facts_read(const char *path)
{
    FILE *stream = fopen(path, "r");
    json_t *facts = json_object();
    char *line = NULL;
    size_t room = 0;
    bool good = true;

    if (stream == NULL) {
        file_error("can't open '%s': %s", path, strerror(errno));
        json_decref(facts);
        return NULL;
    }
    for (size_t i = 0; i < KINDS; i++) {
        json_object_set_new(facts, kinds[i].kind, json_array());
    }
    for (unsigned int number = 1; good && getline(&line, &room, stream) > 0; number++) {
        line[strcspn(line, "\n")] = '\0';
        good =
            add_line(facts, line) || file_error("%s: line %u is none that is known", path, number);
    }
    free(line);
    fclose(stream);
    if (!good) {
        json_decref(facts);
        return NULL;
    }
    return facts;
}

const json_t *facts_of(const json_t *facts, const char *kind)
{
    return json_object_get(facts, kind);
}

const char *fact(const json_t *object, const char *member)
{
    return json_string_value(json_object_get(object, member));
}
