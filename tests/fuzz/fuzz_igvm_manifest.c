/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as a manifest. What is taken names an image by a path from the manifest's folder, and all its texts
 * end; what is not taken leaves nothing behind (ASan's leak check).
 */
#include "recipe.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The reasons would fill the screen. */
void tool_error(const char *format, ...)
{
    (void)format;
}

bool file_read(const char *path, const char *what, struct blob *blob)
{
    (void)path;
    (void)what;
    (void)blob;
    return false;
}

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void below(const char *path)
{
    require(path == NULL || path[0] == '/' || strncmp(path, "folder/", 7) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct recipe recipe;

    recipe_init(&recipe);
    if (recipe_parse_manifest(&recipe, "folder/manifest.json", data, size)) {
        require(recipe.image != NULL);
        below(recipe.image);
        below(recipe.kernel);
        below(recipe.initrd);
        below(recipe.firmware);
        require(recipe.anchor_files <= RECIPE_ANCHOR_FILES_MAX);
        for (size_t i = 0; i < recipe.anchor_files; i++) {
            below(recipe.anchor_file[i]);
        }
    }
    recipe_free(&recipe);
    return 0;
}
