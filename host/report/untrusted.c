/* SPDX-License-Identifier: BSD-3-Clause */
#include "untrusted.h"

#include <stdlib.h>
#include <string.h>

#define FIELDS 4

static const char *const source_names[UNTRUSTED_SOURCES] = {
    [FROM_GUEST] = "guest",
    [FROM_HOST] = "host",
    [FROM_DISK] = "disk",
    [FROM_NETWORK] = "network",
};

static const char *const state_texts[] = {
    [HARNESS_FEEDS] = "yes",
    [HARNESS_NOT_NAMED] = "none",
    [HARNESS_MISSING] = "no such harness",
    [HARNESS_ELSEWHERE] = "does not link this file",
};

const char *untrusted_source_name(enum untrusted_source source)
{
    return source_names[source];
}

const char *untrusted_state_text(enum harness_state state)
{
    return state_texts[state];
}

char *untrusted_sources_text(uint32_t reached)
{
    struct text text = {0};

    for (size_t i = 0; i < UNTRUSTED_SOURCES; i++) {
        if ((reached & (UINT32_C(1) << i)) != 0) {
            text_add(&text, "%s%s", text.bytes == 0 ? "" : ", ", source_names[i]);
        }
    }
    return text.data == NULL ? string_copy("", 0) : text.data;
}

char *untrusted_fed_text(const struct untrusted *untrusted, uint64_t fed)
{
    struct text text = {0};

    for (size_t i = 0; i < untrusted->harnesses.count; i++) {
        if ((fed & (UINT64_C(1) << i)) != 0) {
            text_add(&text, "%s%s", text.bytes == 0 ? "" : ", ",
                     untrusted->harnesses.items[i].name);
        }
    }
    return text.data == NULL ? string_copy("", 0) : text.data;
}

/* "FILE:FUNCTION:SOURCE:HARNESS", as vtl/untrusted.h writes it. */
static void read_mark(struct untrusted *untrusted, const struct program *program, const char *mark)
{
    char *copy = string_copy(mark, strlen(mark));
    char *fields[FIELDS] = {copy};
    size_t count = 1;

    for (char *at = strchr(copy, ':'); at != NULL && count < FIELDS; at = strchr(at, ':')) {
        *at++ = '\0';
        fields[count++] = at;
    }
    size_t source = 0;
    while (count == FIELDS && source < UNTRUSTED_SOURCES &&
           strcmp(source_names[source], fields[2]) != 0) {
        source++;
    }
    if (count != FIELDS || source == UNTRUSTED_SOURCES) {
        report_die("the image's mark '%s' is not as vtl/untrusted.h writes it", mark);
    }
    struct untrusted_entry *entry =
        list_add((void *)&untrusted->entries, &untrusted->count, sizeof(*entry));
    *entry = (struct untrusted_entry){
        .file = file_path(&program->files, fields[0]),
        .function = fields[1],
        .source = (enum untrusted_source)source,
        .harness = fields[3],
    };
}

static void read_marks(struct untrusted *untrusted, const struct program *program)
{
    const struct image_section *section = image_section_named(&program->image, UNTRUSTED_SECTION);

    if (section == NULL || section->data == NULL || section->data[section->bytes - 1] != 0) {
        report_die("the image has no marks of untrusted bytes (%s)", UNTRUSTED_SECTION);
    }
    const char *marks = (const char *)section->data;
    for (size_t at = 0; at < section->bytes; at += strlen(marks + at) + 1) {
        if (marks[at] != '\0') {
            read_mark(untrusted, program, marks + at);
        }
    }
}

static bool is_path(const struct program *program, size_t file, const char *path)
{
    return file != FILE_NONE && strcmp(program->files.items[file].path, path) == 0;
}

static void add_root(struct untrusted_entry *entry, size_t function)
{
    for (size_t i = 0; i < entry->root_count; i++) {
        if (entry->roots[i] == function) {
            return;
        }
    }
    size_t *root = list_add((void *)&entry->roots, &entry->root_count, sizeof(*root));
    *root = function;
}

static void find_roots(const struct program *program, struct untrusted_entry *entry)
{
    for (size_t i = 0; i < program->function_count; i++) {
        if (strcmp(program->functions[i].name, entry->function) == 0 &&
            is_path(program, program->functions[i].file, entry->file)) {
            add_root(entry, i);
        }
    }
    entry->in_line = entry->root_count == 0;
    for (size_t i = 0; i < program->debug.inline_count; i++) {
        const struct debug_inline *inlined = &program->debug.inlines[i];

        if (strcmp(inlined->name, entry->function) == 0 &&
            is_path(program, inlined->file, entry->file)) {
            size_t function = program_function_at(program, inlined->address);
            if (function != FUNCTION_NONE) {
                add_root(entry, function);
            }
        }
    }
}

static size_t check_harness(struct untrusted *untrusted, const struct program *program,
                            struct untrusted_entry *entry)
{
    size_t found = harness_find(&untrusted->harnesses, entry->harness);
    char *path = string_make("tests/fuzz/%s.c", entry->harness);
    size_t bytes = 0;
    char *text = file_text(&program->files, path, &bytes);

    entry->state = *entry->harness == '\0'                 ? HARNESS_NOT_NAMED
                   : found == HARNESS_NONE || text == NULL ? HARNESS_MISSING
                   : harness_links(&untrusted->harnesses.items[found], entry->file)
                       ? HARNESS_FEEDS
                       : HARNESS_ELSEWHERE;
    free(text);
    free(path);
    return entry->state == HARNESS_FEEDS ? found : HARNESS_NONE;
}

/* All that the entry calls, and so on; todo is a list that grows to each function once at most. */
static void reach(struct untrusted *untrusted, struct program *program,
                  struct untrusted_entry *entry, size_t harness)
{
    bool *seen = memory_get(program->function_count, sizeof(*seen));
    size_t *todo = memory_get(program->function_count + entry->root_count, sizeof(*todo));
    size_t count = 0;

    for (size_t i = 0; i < entry->root_count; i++) {
        seen[entry->roots[i]] = true;
        todo[count++] = entry->roots[i];
    }
    for (size_t at = 0; at < count; at++) {
        struct function *function = &program->functions[todo[at]];
        size_t call;
        size_t end;

        function->reached |= UINT32_C(1) << entry->source;
        if (harness != HARNESS_NONE && function->file != FILE_NONE &&
            harness_links(&untrusted->harnesses.items[harness],
                          program->files.items[function->file].path)) {
            untrusted->fed[todo[at]] |= UINT64_C(1) << harness;
        }
        for (program_calls_of(program, todo[at], &call, &end); call < end; call++) {
            if (!seen[program->calls[call].to]) {
                seen[program->calls[call].to] = true;
                todo[count++] = program->calls[call].to;
            }
        }
    }
    entry->reached = count;
    free(todo);
    free(seen);
}

static int compare(const void *left, const void *right)
{
    const struct untrusted_entry *a = left;
    const struct untrusted_entry *b = right;

    if (a->source != b->source) {
        return a->source < b->source ? -1 : 1;
    }
    int order = strcmp(a->file, b->file);
    return order != 0 ? order : strcmp(a->function, b->function);
}

static void count_functions(struct untrusted *untrusted, const struct program *program)
{
    for (size_t i = 0; i < program->function_count; i++) {
        const struct function *function = &program->functions[i];
        bool own =
            function->file != FILE_NONE && program->files.items[function->file].kind == FILE_OWN;

        untrusted->reached_functions += function->reached != 0 ? 1 : 0;
        untrusted->reached_unfed += function->reached != 0 && own && untrusted->fed[i] == 0 ? 1 : 0;
    }
}

void untrusted_read(struct untrusted *untrusted, struct program *program)
{
    size_t bytes = 0;
    char *text = file_text(&program->files, "tests/fuzz/fuzzers.cmake", &bytes);
    char *formats = file_text(&program->files, "formats/formats.cmake", &bytes); /* ${PV_FORMATS} */

    *untrusted = (struct untrusted){.fed = memory_get(program->function_count, sizeof(uint64_t))};
    if (text == NULL || formats == NULL) {
        report_die("tests/fuzz/fuzzers.cmake or formats/formats.cmake can't be read");
    }
    char *both = string_make("%s\n%s", formats, text);
    harnesses_read(&untrusted->harnesses, both);
    free(both);
    free(formats);
    free(text);
    read_marks(untrusted, program);
    qsort(untrusted->entries, untrusted->count, sizeof(*untrusted->entries), compare);
    for (size_t i = 0; i < untrusted->count; i++) {
        struct untrusted_entry *entry = &untrusted->entries[i];

        find_roots(program, entry);
        size_t harness = check_harness(untrusted, program, entry);
        reach(untrusted, program, entry, harness);
        untrusted->without_harness += entry->state != HARNESS_FEEDS ? 1 : 0;
        untrusted->not_linked += entry->root_count == 0 ? 1 : 0;
    }
    count_functions(untrusted, program);
}
