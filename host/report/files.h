/* SPDX-License-Identifier: BSD-3-Clause */
/* The source files of the image: each once, by its path from the root of the tree. */
#ifndef REPORT_FILES_H
#define REPORT_FILES_H

#include "base.h"

enum file_kind {
    FILE_OWN,         /* of the tree */
    FILE_THIRD_PARTY, /* fetched and unpacked into the build folder */
    FILE_COMPILER,    /* the compiler's own headers */
    FILE_LINKER,      /* what no source has: relocations, merged strings, padding */
};

/* Where bytes of a file end up. */
enum file_part { PART_CODE, PART_CONST, PART_DATA, PART_ZEROED, PARTS };

struct file {
    char *path;
    enum file_kind kind;
    const char *folder;    /* own: the first name of its path; else its library */
    bool unit;             /* compiled by itself: a compile unit of the image */
    uint32_t source_lines; /* without comments and blanks */
    uint32_t code_lines;   /* that an instruction of the image is from */
    uint64_t bytes[PARTS];
};

struct files {
    const char *root; /* absolute */
    struct file *items;
    size_t count;
};

#define FILE_NONE SIZE_MAX

/* A path as a compiler, the linker or a person wrote it, from the root of the tree; a string of its own. */
char *file_path(const struct files *files, const char *path);
/* The file's index, added if it is new. path: as above. */
size_t file_find(struct files *files, const char *path);
/* Its text from the disk; NULL: not there. */
char *file_text(const struct files *files, const char *path, size_t *bytes);
uint64_t file_bytes(const struct file *file);

/*
 * Adds the headers that own files include, and theirs; then counts the source lines of all own files,
 * and of third-party ones that are there.
 */
void files_complete(struct files *files);
/* Indices of all files, those that come first for a reader first: by kind, folder, path. */
size_t *files_sorted(const struct files *files);

#endif /* REPORT_FILES_H */
