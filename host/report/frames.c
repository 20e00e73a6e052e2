/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stack frames by the compiler's word (-fstack-usage): a line "file:line:column:function TAB bytes TAB kind",
 * GCC's and clang's alike. Assembly has none: there the code's own sum stands.
 */
#include "program.h"

#include <fts.h>
#include <stdlib.h>
#include <string.h>

static void tell(struct program *program, const char *path, const char *name, uint32_t bytes,
                 bool dynamic)
{
    char *settled = file_path(&program->files, path);

    for (size_t i = 0; i < program->function_count; i++) {
        struct function *function = &program->functions[i];

        if (strcmp(function->name, name) != 0 || function->file == FILE_NONE ||
            strcmp(program->files.items[function->file].path, settled) != 0) {
            continue;
        }
        /* A source may be compiled for another program, too: the larger counts. */
        function->told = bytes > function->told ? bytes : function->told;
        function->frame_told = true;
        function->frame_unknown = dynamic;
    }
    free(settled);
}

static void read_line(struct program *program, char *line)
{
    char *bytes = strchr(line, '\t');
    char *kind = bytes == NULL ? NULL : strchr(bytes + 1, '\t');

    if (kind == NULL) {
        return;
    }
    *bytes = '\0';
    char *name = strrchr(line, ':');
    char *path_end = strchr(line, ':');
    if (name == NULL || path_end == name) {
        return;
    }
    *path_end = '\0';
    /* "dynamic,bounded" is GCC's for one whose largest size it knows. */
    bool dynamic = string_begins(kind + 1, "dynamic") && strstr(kind, "bounded") == NULL;
    tell(program, line, name + 1, (uint32_t)strtoul(bytes + 1, NULL, 10), dynamic);
}

static void read_file(struct program *program, const char *path)
{
    size_t bytes = 0;
    char *text = file_load(path, &bytes);

    for (char *line = text; line != NULL && *line != '\0';) {
        char *next = strchr(line, '\n');

        if (next != NULL) {
            *next++ = '\0';
        }
        read_line(program, line);
        line = next;
    }
    free(text);
}

static int by_name(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

void program_frames(struct program *program, const char *folder)
{
    char *copy = string_copy(folder, strlen(folder));
    char *paths[] = {copy, NULL};
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    FTSENT *entry;

    if (tree == NULL) {
        report_die("can't read the folder %s", folder);
    }
    while ((entry = fts_read(tree)) != NULL) {
        if (entry->fts_info == FTS_F && string_ends(entry->fts_name, ".su")) {
            read_file(program, entry->fts_path);
        }
    }
    fts_close(tree);
    free(copy);
    for (size_t i = 0; i < program->function_count; i++) {
        struct function *function = &program->functions[i];

        program->frames_differing += function->frame_told && function->told < function->frame;
        function->frame = function->told > function->frame ? function->told : function->frame;
    }
}
