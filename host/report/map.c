/* SPDX-License-Identifier: BSD-3-Clause */
#include "map.h"

#include <stdlib.h>
#include <string.h>

#define OUTPUT_INDENT 1u

/*
 * "     VMA      LMA     Size Align Out     In      Symbol" on top. The word behind the numbers is indented
 * by what it names: an output section by 1, an input section "OBJECT:(SECTION)" by 9, a symbol by 17.
 */
static void read_line(struct map *map, char **output, char *line)
{
    char *at = line;
    unsigned long long numbers[4] = {0};

    for (size_t i = 0; i < 4; i++) {
        char *end = at;

        numbers[i] = strtoull(at, &end, i == 3 ? 10 : 16);
        if (end == at) {
            return;
        }
        at = end;
    }
    size_t indent = strspn(at, " ");
    at += indent;
    if (indent == OUTPUT_INDENT) {
        *output = string_copy(at, strlen(at));
        return;
    }
    char *section = strstr(at, ":(");
    size_t length = strlen(at);
    if (section != NULL && at[length - 1] == ')' && numbers[2] != 0 && *output != NULL) {
        struct map_piece *piece = list_add((void *)&map->pieces, &map->count, sizeof(*piece));

        piece->address = numbers[0];
        piece->bytes = numbers[2];
        piece->object = string_copy(at, (size_t)(section - at));
        piece->section = string_copy(section + 2, (size_t)(at + length - 1 - (section + 2)));
        piece->output = *output;
    }
}

bool map_read(struct map *map, const char *text)
{
    char *output = NULL;
    const char *first = text + strspn(text, " ");

    *map = (struct map){0};
    if (!string_begins(first, "VMA ") || strstr(first, "Symbol") == NULL) {
        return false;
    }
    for (const char *at = strchr(text, '\n'); at != NULL; at = strchr(at, '\n')) {
        at++;
        char *line = string_copy(at, strcspn(at, "\n"));
        read_line(map, &output, line);
        free(line);
    }
    return map->count != 0;
}
