/* SPDX-License-Identifier: BSD-3-Clause */
/* The manifest: JSON, by docs/image.md. What it does not know it refuses: a typing error must show. */
#include "recipe.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MANIFEST_BYTES_MAX (1u << 20)

struct reader {
    const char *path;
    size_t folder_bytes; /* of path, with the last slash */
};

/* A path of the manifest, which counts from its folder. */
static void set_path(const struct reader *reader, char **field, const char *value)
{
    char *whole = NULL;

    if (value[0] == '/') {
        recipe_set(field, value);
        return;
    }
    if (asprintf(&whole, "%.*s%s", (int)reader->folder_bytes, reader->path, value) < 0) {
        fputs("igvm: out of memory\n", stderr);
        exit(1);
    }
    recipe_set(field, whole);
    free(whole);
}

static bool refuse(const struct reader *reader, const char *where, const char *why)
{
    tool_error("the manifest '%s' is not good: %s%s%s", reader->path, where,
               where[0] == '\0' ? "" : ": ", why);
    return false;
}

/* All members at once, each by its kind; no others. */
#define UNPACK(reader, where, object, ...) \
    unpacked(reader, where, json_unpack_ex(object, &error, JSON_STRICT, __VA_ARGS__), &error)

static bool unpacked(const struct reader *reader, const char *where, int result,
                     const json_error_t *error)
{
    return result == 0 || refuse(reader, where, error->text);
}

static bool read_memory(const struct reader *reader, const json_t *memory, uint64_t *bytes)
{
    if (memory == NULL) {
        return true;
    }
    if (json_is_integer(memory) && json_integer_value(memory) >= 0) {
        *bytes = (uint64_t)json_integer_value(memory);
        return true;
    }
    if (json_is_string(memory) && recipe_bytes(json_string_value(memory), bytes)) {
        return true;
    }
    return refuse(reader, "memory", "a number of bytes, or a text such as \"6M\", is wanted");
}

static bool read_guest(const struct reader *reader, json_t *guest, struct recipe *recipe)
{
    const char *kernel = NULL;
    const char *initrd = NULL;
    const char *command_line = NULL;
    const char *firmware = NULL;
    json_error_t error;

    if (guest == NULL) {
        return true;
    }
    if (!UNPACK(reader, "guest", guest, "{s?s,s?s,s?s,s?s}", "kernel", &kernel, "initrd", &initrd,
                "command_line", &command_line, "firmware", &firmware)) {
        return false;
    }
    if (kernel != NULL) {
        set_path(reader, &recipe->kernel, kernel);
    }
    if (initrd != NULL) {
        set_path(reader, &recipe->initrd, initrd);
    }
    if (firmware != NULL) {
        set_path(reader, &recipe->firmware, firmware);
    }
    if (command_line != NULL) {
        recipe_set(&recipe->command_line, command_line);
    }
    return true;
}

static bool read_anchors(const struct reader *reader, const json_t *anchors, struct recipe *recipe)
{
    if (anchors == NULL) {
        return true;
    }
    if (!json_is_array(anchors) || json_array_size(anchors) > RECIPE_ANCHOR_FILES_MAX) {
        return refuse(reader, "policy.trust_anchors", "a list of up to 8 PEM files is wanted");
    }
    for (size_t i = 0; i < json_array_size(anchors); i++) {
        const char *name = json_string_value(json_array_get(anchors, i));

        if (name == NULL) {
            return refuse(reader, "policy.trust_anchors", "a file's name is a text");
        }
        set_path(reader, &recipe->anchor_file[recipe->anchor_files++], name);
    }
    return true;
}

static bool read_policy(const struct reader *reader, json_t *policy, struct recipe *recipe)
{
    int attest = recipe->attest;
    int console = recipe->console;
    int debug = recipe->debug;
    int dates = recipe->dates;
    const char *server = NULL;
    const char *resource = NULL;
    json_t *anchors = NULL;
    json_error_t error;

    if (policy == NULL) {
        return true;
    }
    if (!UNPACK(reader, "policy", policy, "{s?b,s?b,s?b,s?b,s?s,s?s,s?o}", "attest", &attest,
                "console", &console, "debug", &debug, "certificate_dates", &dates, "server",
                &server, "resource", &resource, "trust_anchors", &anchors)) {
        return false;
    }
    recipe->attest = attest != 0;
    recipe->console = console != 0;
    recipe->debug = debug != 0;
    recipe->dates = dates != 0;
    if (server != NULL) {
        recipe_set(&recipe->server, server);
    }
    if (resource != NULL) {
        recipe_set(&recipe->resource, resource);
    }
    return read_anchors(reader, anchors, recipe);
}

static bool read_root(const struct reader *reader, json_t *root, struct recipe *recipe)
{
    json_int_t version = 0;
    json_int_t svn = 0;
    const char *image = NULL;
    json_t *memory = NULL;
    json_t *guest = NULL;
    json_t *policy = NULL;
    json_error_t error;

    if (!UNPACK(reader, "", root, "{s:I,s:s,s?o,s?I,s?o,s?o}", "version", &version, "image", &image,
                "memory", &memory, "svn", &svn, "guest", &guest, "policy", &policy)) {
        return false;
    }
    if (version != 1) {
        return refuse(reader, "version", "1 is the only one there is");
    }
    if (svn < 0 || svn > UINT32_MAX) {
        return refuse(reader, "svn", "a number from 0 to 4294967295 is wanted");
    }
    recipe->svn = (uint32_t)svn;
    set_path(reader, &recipe->image, image);
    return read_memory(reader, memory, &recipe->vtl2_bytes) && read_guest(reader, guest, recipe) &&
           read_policy(reader, policy, recipe);
}

bool recipe_parse_manifest(struct recipe *recipe, const char *path, const void *data, size_t bytes)
{
    const char *slash = strrchr(path, '/');
    const struct reader reader = {path, slash == NULL ? 0 : (size_t)(slash - path) + 1};
    json_error_t error;

    if (bytes > MANIFEST_BYTES_MAX) {
        return refuse(&reader, "", "longer than 1 MiB");
    }
    json_t *root = json_loadb(data, bytes, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        tool_error("the manifest '%s' is no JSON: line %d: %s", path, error.line, error.text);
        return false;
    }
    bool good = read_root(&reader, root, recipe);
    json_decref(root);
    return good;
}

bool recipe_read_manifest(struct recipe *recipe, const char *path)
{
    struct blob file = {0};
    bool good = file_read(path, "manifest", &file) &&
                recipe_parse_manifest(recipe, path, file.data, file.bytes);

    free(file.data);
    return good;
}
