/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For tests of the host's IGVM tool: a folder of their own for files, and what was told on stderr.
 */
#ifndef TESTS_UNIT_IGVM_TOOL_TEST_H
#define TESTS_UNIT_IGVM_TOOL_TEST_H

#include "boot_test.h"
#include "file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[32];

static inline int folder_set_up(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/igvm_test_XXXXXX");
    return mkdtemp(folder) == NULL ? 1 : 0;
}

/* The name of a file in the folder; the caller's to free. */
static inline char *in_folder(const char *name)
{
    char *path = NULL;

    assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
    return path;
}

static inline void put_file(const char *name, const void *data, size_t bytes)
{
    char *path = in_folder(name);
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, bytes, file), bytes);
    assert_int_equal(fclose(file), 0);
    free(path);
}

static inline void put_text(const char *name, const char *text)
{
    put_file(name, text, strlen(text));
}

static inline int folder_tear_down(void **state)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;

    (void)state;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            char *path = in_folder(entry->d_name);
            remove(path);
            free(path);
        }
    }
    closedir(directory);
    return rmdir(folder);
}

/* ---- stderr: from listen() to told() it goes into a file ---- */

static int stderr_kept;
static FILE *stderr_file;
static char stderr_text[4096];

static inline void listen_to_stderr(void)
{
    fflush(stderr);
    stderr_kept = dup(STDERR_FILENO);
    stderr_file = tmpfile();
    assert_true(stderr_kept >= 0 && stderr_file != NULL);
    assert_true(dup2(fileno(stderr_file), STDERR_FILENO) >= 0);
}

static inline const char *told(void)
{
    fflush(stderr);
    dup2(stderr_kept, STDERR_FILENO);
    close(stderr_kept);
    rewind(stderr_file);
    stderr_text[fread(stderr_text, 1, sizeof(stderr_text) - 1, stderr_file)] = '\0';
    fclose(stderr_file);
    return stderr_text;
}

/* That `text` has `part` in it; "": that nothing was told. */
static inline void expect_part(const char *text, const char *part)
{
    if (part[0] == '\0') {
        assert_string_equal(text, "");
    } else if (strstr(text, part) == NULL) {
        assert_string_equal(text, part); /* which fails, and shows both */
    }
}

#endif /* TESTS_UNIT_IGVM_TOOL_TEST_H */
