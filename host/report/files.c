/* SPDX-License-Identifier: BSD-3-Clause */
#include "files.h"

#include "source.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SOURCES "build/third_party/src/"
#define HEADERS "build/third_party/"

/* "a/./b/../c" becomes "a/c", in place. */
static void flatten(char *path)
{
    char *out = path;
    const char *at = path;

    while (*at != '\0') {
        size_t bytes = strcspn(at, "/");
        const char *next = at + bytes + (at[bytes] == '/' ? 1 : 0);
        bool up = bytes == 2 && strncmp(at, "..", 2) == 0 && out > path + 1;

        if (up) {
            for (out--; out > path && out[-1] != '/'; out--) {
            }
        } else if (!(bytes == 1 && *at == '.')) {
            memmove(out, at, (size_t)(next - at));
            out += next - at;
        }
        at = next;
    }
    *out = '\0';
}

static bool exists(const struct files *files, const char *path)
{
    char *whole = string_make("%s/%s", files->root, path);
    bool there = access(whole, R_OK) == 0;

    free(whole);
    return there;
}

/* Behind "build/PRESET/", which need not be the preset of this image: third-party code is built once. */
static const char *behind_build(const char *path)
{
    const char *slash = string_begins(path, "build/") ? strchr(path + strlen("build/"), '/') : NULL;

    return slash == NULL ? NULL : slash + 1;
}

char *file_path(const struct files *files, const char *path)
{
    size_t root = strlen(files->root);
    char *copy = string_copy(path, strlen(path));

    flatten(copy);
    const char *at = copy;
    if (strncmp(at, files->root, root) == 0 && at[root] == '/') {
        at += root + 1;
    }
    /* Paths are relative to the root already, and the compiler's folder has been put in front again. */
    for (const char *next = at; next != NULL && !exists(files, at); next = behind_build(next)) {
        at = exists(files, next) ? next : at;
    }
    char *settled = string_copy(at, strlen(at));
    free(copy);
    return settled;
}

char *file_text(const struct files *files, const char *path, size_t *bytes)
{
    char *whole =
        string_make("%s%s%s", *path == '/' ? "" : files->root, *path == '/' ? "" : "/", path);
    char *text = file_load(whole, bytes);

    free(whole);
    return text;
}

/* "build/third_party/src/dtc-1.7.2/libfdt/fdt.c" is of "dtc-1.7.2". */
static void place(struct file *file)
{
    const char *from = file->path;

    if (*from == '<' || *from == '(') {
        file->kind = FILE_LINKER;
        file->folder = "(linker)";
        return;
    }
    if (*from == '/') {
        file->kind = FILE_COMPILER;
        file->folder = "(compiler)";
        return;
    }
    file->kind = string_begins(from, "build/") ? FILE_THIRD_PARTY : FILE_OWN;
    if (string_begins(from, SOURCES)) {
        from += strlen(SOURCES);
    } else if (string_begins(from, HEADERS)) {
        file->folder = "picolibc (installed headers)";
        return;
    }
    file->folder = string_copy(from, strcspn(from, "/"));
}

size_t file_find(struct files *files, const char *path)
{
    char *settled = file_path(files, path);

    for (size_t i = 0; i < files->count; i++) {
        if (strcmp(files->items[i].path, settled) == 0) {
            free(settled);
            return i;
        }
    }
    struct file *file = list_add((void *)&files->items, &files->count, sizeof(*file));
    file->path = settled;
    place(file);
    return files->count - 1;
}

uint64_t file_bytes(const struct file *file)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < PARTS; i++) {
        bytes += file->bytes[i];
    }
    return bytes;
}

/* Where an own file's quoted include may lie: its folder, the top folder, contracts, ABI headers. */
static void add_include(struct files *files, const char *from, const char *name)
{
    const char *slash = strrchr(from, '/');
    int own = slash == NULL ? 0 : (int)(slash - from);
    int top = (int)strcspn(from, "/");
    char *places[] = {
        string_make("%.*s/%s", own, from, name), string_make("%.*s/%s", top, from, name),
        string_make("formats/include/%s", name), string_make("vtl/include/%s", name),
        string_make("vmm/include/%s", name),     string_make("devices/include/%s", name),
        string_make("net/include/%s", name),     string_make("vtl/abi/%s", name),
        string_make("boot/igvm/%s", name),
    };
    bool found = false;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (!found && exists(files, places[i])) {
            found = true;
            (void)file_find(files, places[i]);
        }
        free(places[i]);
    }
}

/* The list grows while it is walked: headers of headers come later in it. */
void files_complete(struct files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        size_t bytes = 0;
        enum file_kind kind = files->items[i].kind;

        if (kind != FILE_OWN && kind != FILE_THIRD_PARTY) {
            continue;
        }
        char *text = file_text(files, files->items[i].path, &bytes);
        if (text == NULL && kind == FILE_OWN) {
            report_die("%s is in the image, but not in the tree: build it anew",
                       files->items[i].path);
        }
        if (text == NULL) {
            continue;
        }
        const char *at = text;
        char *name;
        while (kind == FILE_OWN && (name = source_include(&at)) != NULL) {
            add_include(files, files->items[i].path, name);
            free(name);
        }
        files->items[i].source_lines = source_lines(text, bytes);
        free(text);
    }
}

static const struct files *sorting;

static int compare(const void *left, const void *right)
{
    const struct file *a = &sorting->items[*(const size_t *)left];
    const struct file *b = &sorting->items[*(const size_t *)right];

    if (a->kind != b->kind) {
        return a->kind < b->kind ? -1 : 1;
    }
    int order = strcmp(a->folder, b->folder);
    return order != 0 ? order : strcmp(a->path, b->path);
}

size_t *files_sorted(const struct files *files)
{
    size_t *order = memory_get(files->count, sizeof(*order));

    for (size_t i = 0; i < files->count; i++) {
        order[i] = i;
    }
    sorting = files;
    qsort(order, files->count, sizeof(*order), compare);
    return order;
}
