/* SPDX-License-Identifier: BSD-3-Clause */
#include "linked.h"

#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Sections that are in the file and not in memory. */
static const char *const unloaded[] = {".debug_", ".comment", ".symtab", ".shstrtab", ".strtab"};

/* lld's map: a line is four numbers, then an output section, 8 blanks and an input section, or 16 and a symbol. */
struct map_line {
    size_t indent;
    uint64_t bytes;
    char *text;
};

static bool parse_line(char *line, struct map_line *out)
{
    char *end = line;

    line[strcspn(line, "\n")] = '\0';
    for (unsigned int column = 0; column < 4; column++) {
        char *start = end;
        uint64_t value = strtoull(start, &end, column < 3 ? 16 : 10);

        if (end == start) {
            return false;
        }
        if (column == 2) {
            out->bytes = value;
        }
    }
    if (*end != ' ') {
        return false;
    }
    out->indent = strspn(end + 1, " ");
    out->text = end + 1 + out->indent;
    return true;
}

static bool is_loaded(const char *section)
{
    for (size_t i = 0; i < sizeof(unloaded) / sizeof(unloaded[0]); i++) {
        if (strncmp(section, unloaded[i], strlen(unloaded[i])) == 0) {
            return false;
        }
    }
    return true;
}

static void count(json_t *objects, const char *object, uint64_t bytes)
{
    json_t *sum = json_object_get(objects, object);

    json_object_set_new(objects, object, json_integer(json_integer_value(sum) + (json_int_t)bytes));
}

/* {"vmm/libvmm.a(run.c.obj)": bytes} */
static json_t *read_map(const char *path)
{
    FILE *stream = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    bool loaded = false;
    struct map_line parsed;

    if (stream == NULL) {
        file_error("can't open '%s': %s", path, strerror(errno));
        return NULL;
    }
    json_t *objects = json_object();
    while (getline(&line, &room, stream) > 0) {
        if (!parse_line(line, &parsed)) {
            continue;
        }
        char *end = strstr(parsed.text, ":(");
        if (parsed.indent == 0) {
            loaded = is_loaded(parsed.text);
        } else if (parsed.indent == 8 && loaded && parsed.bytes != 0 && end != NULL &&
                   parsed.text[0] != '<') {
            *end = '\0';
            count(objects, parsed.text, parsed.bytes);
        }
    }
    free(line);
    fclose(stream);
    if (json_object_size(objects) == 0) {
        file_error("%s: no object in it: is it a link map of lld's?", path);
        json_decref(objects);
        return NULL;
    }
    return objects;
}

/* One object file of compile_commands.json. */
struct compiled {
    const char *source; /* from the root */
    char *output;       /* from the build's folder */
    char *target;       /* of CMake */
    char *command;      /* without the tree's path, up to -o */
};

/* text with a dot for each root. */
static char *without_root(const char *text, const char *root)
{
    size_t length = strlen(root);
    char *out = calloc(1, strlen(text) + 1);
    char *to = out;

    while (out != NULL && *text != '\0') {
        if (strncmp(text, root, length) == 0 && strchr("/ ", text[length]) != NULL) {
            *to++ = '.';
            text += length;
        } else {
            *to++ = *text++;
        }
    }
    return out;
}

static void free_compiled(struct compiled *compiled)
{
    free(compiled->output);
    free(compiled->target);
    free(compiled->command);
}

static bool read_compiled(const json_t *entry, const char *root, struct compiled *out)
{
    static const char dash_o[] = " -o ";
    static const char folder[] = "CMakeFiles/";
    const char *source = json_string_value(json_object_get(entry, "file"));
    const char *command = json_string_value(json_object_get(entry, "command"));
    const char *output = command == NULL ? NULL : strstr(command, dash_o);
    const char *target = output == NULL ? NULL : strstr(output, folder);
    size_t length = strlen(root);

    *out = (struct compiled){0};
    if (target == NULL || source == NULL || strncmp(source, root, length) != 0) {
        return false;
    }
    target += sizeof(folder) - 1;
    output += sizeof(dash_o) - 1;
    out->source = source + length + 1;
    out->output = strndup(output, strcspn(output, " "));
    out->target = strndup(target, strcspn(target, "/"));
    out->command = without_root(command, root);
    if (out->output == NULL || out->target == NULL || out->command == NULL) {
        free_compiled(out);
        return false;
    }
    char *dot = strrchr(out->target, '.'); /* .dir */
    char *tail = strstr(out->command, dash_o);
    if (dot != NULL) {
        *dot = '\0';
    }
    if (tail != NULL) {
        *tail = '\0';
    }
    return true;
}

/* object: "folder/libTARGET.a(MEMBER)", or an output itself. */
static bool is_of(const char *object, const struct compiled *compiled)
{
    const char *name = strrchr(compiled->output, '/');
    const char *member = strchr(object, '(');

    if (member == NULL) {
        return strcmp(object, compiled->output) == 0;
    }
    const char *library = memrchr(object, '/', (size_t)(member - object));
    char *wanted = NULL;
    library = library == NULL ? object : library + 1;
    name = name == NULL ? compiled->output : name + 1;
    bool same = asprintf(&wanted, "lib%s.a(%s)", compiled->target, name) >= 0 &&
                strcmp(library, wanted) == 0;
    free(wanted);
    return same;
}

static void add_sources(json_t *sources, const char *object, json_t *bytes, const json_t *commands,
                        const char *root)
{
    struct compiled compiled;
    char *name = without_root(object, root);
    size_t index;
    json_t *entry;

    json_array_foreach(commands, index, entry)
    {
        if (!read_compiled(entry, root, &compiled)) {
            continue;
        }
        if (is_of(object, &compiled)) {
            json_object_set_new(sources, compiled.source,
                                json_pack("{s:s, s:O, s:s, s:s}", "object", name, "bytes", bytes,
                                          "target", compiled.target, "command", compiled.command));
        }
        free_compiled(&compiled);
    }
    free(name);
}

/* The same object in the order of its members. */
static json_t *sorted(json_t *object)
{
    size_t many = json_object_size(object);
    const char **names = (const char **)calloc(many + 1, sizeof(*names));
    json_t *out = json_object();
    const char *name;
    json_t *value;
    size_t i = 0;

    json_object_foreach(object, name, value)
    {
        if (names != NULL) {
            names[i++] = name;
        }
    }
    file_sort_texts(names, i);
    for (size_t k = 0; k < i; k++) {
        json_object_set(out, names[k], json_object_get(object, names[k]));
    }
    free((void *)names);
    json_decref(object);
    return out;
}

json_t *linked_read(const char *map, const char *commands, const char *root)
{
    json_error_t error;
    json_t *objects = read_map(map);
    json_t *list = json_load_file(commands, 0, &error);
    json_t *sources = json_object();
    const char *object;
    json_t *bytes;
    bool good = objects != NULL;

    if (list == NULL) {
        good = file_error("%s: line %d: %s", commands, error.line, error.text);
    }
    json_object_foreach(objects, object, bytes)
    {
        size_t before = json_object_size(sources);

        if (good) {
            add_sources(sources, object, bytes, list, root);
            good = json_object_size(sources) > before ||
                   file_error("%s: %s is of no source in %s", map, object, commands);
        }
    }
    json_decref(objects);
    json_decref(list);
    if (!good) {
        json_decref(sources);
        return NULL;
    }
    return sorted(sources);
}
