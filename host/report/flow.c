/* SPDX-License-Identifier: BSD-3-Clause */
#include "flow.h"

#include "words.h"

#include <stdlib.h>
#include <string.h>

/* A statement that makes an address, from the line that its instruction is said to be of. */
#define STATEMENT_LINES 8u

/* Is anything of that name a pointer to functions of that type? */
static bool is_slot(const struct debug *debug, const char *name, size_t bytes, const char *type)
{
    for (size_t i = 0; i < debug->slot_count; i++) {
        if (word_equals(debug->slots[i].name, name, bytes) &&
            strcmp(debug->slots[i].type, type) == 0) {
            return true;
        }
    }
    return false;
}

/* False: nothing of that name can hold it. */
static bool add_name(const struct program *program, struct function *function, const char *from,
                     size_t bytes)
{
    if (bytes == 0 || function->type == NULL ||
        !is_slot(&program->debug, from, bytes, function->type)) {
        return false;
    }
    for (size_t i = 0; i < function->name_count; i++) {
        if (word_equals(function->names[i], from, bytes)) {
            return true;
        }
    }
    char **added =
        (char **)list_add((void *)&function->names, &function->name_count, sizeof(*added));
    *added = string_copy(from, bytes);
    return true;
}

/* What the callee calls its parameter of that number; NULL: the debug information has no such callee. */
static const char *parameter_name(const struct program *program, const char *callee, size_t bytes,
                                  size_t argument)
{
    for (size_t i = 0; i < program->debug.parameter_count; i++) {
        const struct debug_parameter *parameter = &program->debug.parameters[i];

        if (parameter->number == argument && word_equals(parameter->function, callee, bytes)) {
            return parameter->name;
        }
    }
    return NULL;
}

/* False: what the line does with it is not known. */
static bool read_use(const struct program *program, struct function *function, const char *text,
                     const char *at)
{
    size_t bytes = 0;
    size_t argument = 0;
    const char *name = word_assigned(text, at, &bytes);

    if (bytes == 0) {
        name = word_callee(text, at, &bytes, &argument);
        name = bytes == 0 ? NULL : parameter_name(program, name, bytes, argument);
        bytes = name == NULL ? 0 : strlen(name);
    }
    return add_name(program, function, name, bytes);
}

/*
 * All uses of the function's name before end, but calls and declarations of it and members of the same
 * name. False: there is none, or one is not known.
 */
static bool read_uses(const struct program *program, struct function *function, const char *text,
                      const char *from, const char *end)
{
    const char *at = from;
    bool any = false;

    while ((at = word_find(at, end, function->name)) != NULL) {
        const char *behind = at + strlen(function->name);
        bool member = at > text && (at[-1] == '.' || at[-1] == '>');

        if (*behind != '(' && !member) {
            any = true;
            if (!read_use(program, function, text, at)) {
                return false;
            }
        }
        at = behind;
    }
    return any;
}

/* The line that the instruction is of tells; where it was moved away from there, the whole file. */
void flow_taken(struct program *program, size_t index, uint64_t pc)
{
    struct function *function = &program->functions[index];
    const struct debug_row *row = debug_row_at(&program->debug, pc);
    size_t bytes = 0;

    if (row == NULL) {
        function->wild = true;
        return;
    }
    char *text = file_text(&program->files, program->files.items[row->file].path, &bytes);
    const char *line = row->line == 0 ? NULL : word_line(text, row->line);
    const char *end = word_line(line, STATEMENT_LINES + 1);

    end = line != NULL && end == NULL ? line + strlen(line) : end;
    bool known = line != NULL && read_uses(program, function, text, line, end);
    known =
        known || (text != NULL && read_uses(program, function, text, text, text + strlen(text)));
    function->wild = function->wild || !known;
    free(text);
}

/* All names that a text gives the value of one of the function's names to. */
static void read_assignments(const struct program *program, struct function *function,
                             const char *text, size_t bytes)
{
    for (size_t i = 0; i < function->name_count; i++) {
        const char *at = text;

        while ((at = word_find(at, text + bytes, function->names[i])) != NULL) {
            (void)read_use(program, function, text, word_holder(text, at));
            at += strlen(function->names[i]);
        }
    }
}

static void close_names(struct program *program, struct function *function)
{
    size_t before;

    do {
        before = function->name_count;
        for (size_t i = 0; i < program->files.count; i++) {
            size_t bytes = 0;
            const struct file *file = &program->files.items[i];
            char *text =
                file->kind == FILE_OWN ? file_text(&program->files, file->path, &bytes) : NULL;

            if (text != NULL) {
                read_assignments(program, function, text, bytes);
            }
            free(text);
        }
    } while (function->name_count != before);
    function->names_closed = true;
}

bool flow_fills(struct program *program, size_t index, const struct debug_slot *slot)
{
    struct function *function = &program->functions[index];

    if (!function->loose || function->type == NULL || strcmp(function->type, slot->type) != 0) {
        return false;
    }
    if (!function->wild && !function->names_closed) {
        close_names(program, function);
    }
    for (size_t i = 0; i < function->name_count; i++) {
        if (strcmp(function->names[i], slot->name) == 0) {
            return true;
        }
    }
    return function->wild;
}
