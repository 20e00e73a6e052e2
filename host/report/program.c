/* SPDX-License-Identifier: BSD-3-Clause */
#include "program.h"

#include <stdlib.h>
#include <string.h>

static void read_functions(struct program *program)
{
    for (size_t i = 0; i < program->image.symbol_count; i++) {
        const struct image_symbol *symbol = &program->image.symbols[i];
        size_t count = program->function_count;

        if (!symbol->function || symbol->bytes == 0) {
            continue;
        }
        /* Two names of one function. */
        if (count != 0 && program->functions[count - 1].address == symbol->address) {
            continue;
        }
        struct function *function =
            list_add((void *)&program->functions, &program->function_count, sizeof(*function));
        const struct debug_row *row = debug_row_at(&program->debug, symbol->address);
        *function = (struct function){
            .name = symbol->name,
            .address = symbol->address,
            .bytes = symbol->bytes,
            .file = row == NULL ? FILE_NONE : row->file,
            .line = row == NULL ? 0 : row->line,
        };
    }
}

static void add_types(struct program *program)
{
    for (size_t i = 0; i < program->debug.function_count; i++) {
        const struct debug_function *from = &program->debug.functions[i];
        size_t at = program_function_at(program, from->address);

        if (at != FUNCTION_NONE && program->functions[at].address == from->address) {
            program->functions[at].type = from->type;
            program->functions[at].file = from->file;
            program->functions[at].line = from->line;
        }
    }
}

size_t program_function_at(const struct program *program, uint64_t address)
{
    size_t low = 0;
    size_t high = program->function_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (program->functions[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 ||
        address - program->functions[low - 1].address >= program->functions[low - 1].bytes) {
        return FUNCTION_NONE;
    }
    return low - 1;
}

size_t program_taken(const struct program *program)
{
    size_t taken = 0;

    for (size_t i = 0; i < program->function_count; i++) {
        taken += program->functions[i].taken ? 1 : 0;
    }
    return taken;
}

void program_calls_of(const struct program *program, size_t function, size_t *first, size_t *end)
{
    size_t low = 0;
    size_t high = program->call_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (program->calls[middle].from < function) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *first = low;
    while (low < program->call_count && program->calls[low].from == function) {
        low++;
    }
    *end = low;
}

void program_read(struct program *program, const char *root, const char *build)
{
    char *folder = string_make("%s/%s", root, build);
    char *elf = string_make("%s/boot/paravane.elf", folder);
    char *map = string_make("%s/boot/paravane.map", folder);
    size_t bytes = 0;

    *program = (struct program){.files = {.root = root}};
    image_open(&program->image, elf);
    char *text = file_load(map, &bytes);
    if (text == NULL || !map_read(&program->map, text)) {
        report_die("%s can't be read, or is no map of ld.lld", map);
    }
    debug_read(&program->debug, &program->image, &program->files);
    read_functions(program);
    add_types(program);
    program_calls(program);
    program_frames(program, folder);
    program_bytes(program);
    files_complete(&program->files);
    free(text);
    free(map);
    free(elf);
    free(folder);
}
