/* SPDX-License-Identifier: BSD-3-Clause */
#include "debug.h"

#include "debug_type.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 64

struct reader {
    struct debug *debug;
    const struct image *image;
    struct files *files;
};

/*
 * Dropped functions begin at an address that nothing lies at, 2^64 - 1 (cmake/paravane.cmake): what is
 * counted on from there is no multiple of 4, as each instruction is.
 */
static bool is_code(const struct image *image, uint64_t address)
{
    const struct image_section *section = image_section_at(image, address);

    return section != NULL && section->executable && address % 4 == 0;
}

static size_t find_file(struct reader *reader, const char *path)
{
    if (path == NULL || strcmp(path, "<built-in>") == 0) {
        return FILE_NONE;
    }
    return file_find(reader->files, path);
}

static void read_lines(struct reader *reader, Dwarf_Die *unit)
{
    Dwarf_Lines *lines = NULL;
    size_t count = 0;

    if (dwarf_getsrclines(unit, &lines, &count) != 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        Dwarf_Line *line = dwarf_onesrcline(lines, i);
        Dwarf_Addr address = 0;
        int number = 0;
        bool end = false;

        if (dwarf_lineaddr(line, &address) != 0 || dwarf_lineno(line, &number) != 0 ||
            dwarf_lineendsequence(line, &end) != 0) {
            continue;
        }
        if (!is_code(reader->image, end ? address - 4 : address)) {
            continue;
        }
        struct debug_row *row =
            list_add((void *)&reader->debug->rows, &reader->debug->row_count, sizeof(*row));
        row->address = address;
        row->line = (uint32_t)number;
        row->file = end ? FILE_NONE : find_file(reader, dwarf_linesrc(line, NULL, NULL));
    }
}

static bool is_fixed_address(Dwarf_Die *die, Dwarf_Addr *address)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *operations = NULL;
    Dwarf_Attribute value;
    size_t count = 0;

    if (dwarf_attr(die, DW_AT_location, &attribute) == NULL ||
        dwarf_getlocation(&attribute, &operations, &count) != 0 || count != 1) {
        return false;
    }
    if (operations[0].atom == DW_OP_addr) {
        *address = operations[0].number;
        return true;
    }
    return operations[0].atom == DW_OP_addrx &&
           dwarf_getlocation_attr(&attribute, operations, &value) == 0 &&
           dwarf_formaddr(&value, address) == 0;
}

/* The tables of the image: which functions lie in which members of which structures. */
static void read_held(struct reader *reader, Dwarf_Die *die, uint64_t address)
{
    Dwarf_Die type;
    Dwarf_Attribute attribute;
    Dwarf_Word size = 0;

    if (dwarf_attr_integrate(die, DW_AT_type, &attribute) == NULL ||
        dwarf_formref_die(&attribute, &type) == NULL || dwarf_aggregate_size(&type, &size) != 0) {
        return;
    }
    for (size_t i = 0; i < reader->image->relocation_count; i++) {
        const struct image_relocation *relocation = &reader->image->relocations[i];
        uint64_t offset = relocation->place - address;
        const char *owner = NULL;
        const char *member = NULL;

        if (relocation->place >= address && offset < size &&
            debug_type_at(die, offset, &owner, &member)) {
            struct debug_held *held =
                list_add((void *)&reader->debug->held, &reader->debug->held_count, sizeof(*held));
            *held = (struct debug_held){relocation->place, relocation->target, owner, member};
        }
    }
}

static void read_variable(struct reader *reader, Dwarf_Die *die)
{
    Dwarf_Addr address;

    if (dwarf_diename(die) != NULL && is_fixed_address(die, &address) &&
        image_section_at(reader->image, address) != NULL) {
        struct debug_variable *variable = list_add(
            (void *)&reader->debug->variables, &reader->debug->variable_count, sizeof(*variable));
        *variable = (struct debug_variable){dwarf_diename(die), address,
                                            find_file(reader, debug_type_file(die))};
        read_held(reader, die, address);
    }
}

static void add_slot(struct debug *debug, const char *owner, const char *name, const char *type)
{
    for (size_t i = 0; i < debug->slot_count; i++) {
        const struct debug_slot *slot = &debug->slots[i];

        if (strcmp(slot->owner, owner) == 0 && strcmp(slot->name, name) == 0 &&
            strcmp(slot->type, type) == 0) {
            return;
        }
    }
    struct debug_slot *slot = list_add((void *)&debug->slots, &debug->slot_count, sizeof(*slot));
    *slot = (struct debug_slot){owner, name, type};
}

static void add_holder(struct debug *debug, const char *name, size_t file, const char *owner)
{
    for (size_t i = 0; i < debug->holder_count; i++) {
        const struct debug_holder *holder = &debug->holders[i];

        if (holder->file == file && strcmp(holder->name, name) == 0 &&
            strcmp(holder->owner, owner) == 0) {
            return;
        }
    }
    struct debug_holder *holder =
        list_add((void *)&debug->holders, &debug->holder_count, sizeof(*holder));
    *holder = (struct debug_holder){name, file, owner};
}

/* Members (of a structure), parameters, variables: pointers to functions, or structures? */
static void read_slot(struct reader *reader, Dwarf_Die *die, Dwarf_Die *structure)
{
    const char *name = dwarf_diename(die);

    if (name == NULL) {
        return;
    }
    const char *type = debug_type_pointed(die);
    if (type != NULL) {
        const char *owner = structure == NULL ? "" : debug_type_structure(structure);
        add_slot(reader->debug, owner == NULL ? "" : owner, name, type);
        return;
    }
    const char *held = debug_type_structure(die);
    if (held != NULL) {
        add_holder(reader->debug, name, find_file(reader, debug_type_file(die)), held);
    }
}

/* Of a function's own entry, wherever it is: in the image, in line, or only declared. */
static void read_parameters(struct reader *reader, Dwarf_Die *function)
{
    Dwarf_Die child;
    size_t number = 0;

    if (dwarf_diename(function) == NULL || dwarf_child(function, &child) != 0) {
        return;
    }
    do {
        if (dwarf_tag(&child) != DW_TAG_formal_parameter) {
            continue;
        }
        if (dwarf_diename(&child) != NULL && debug_type_pointed(&child) != NULL) {
            struct debug_parameter *parameter =
                list_add((void *)&reader->debug->parameters, &reader->debug->parameter_count,
                         sizeof(*parameter));
            *parameter =
                (struct debug_parameter){dwarf_diename(function), number, dwarf_diename(&child)};
        }
        number++;
    } while (dwarf_siblingof(&child, &child) == 0);
}

static void read_function(struct reader *reader, Dwarf_Die *die)
{
    Dwarf_Addr address = 0;
    int line = 0;

    if (dwarf_diename(die) == NULL || dwarf_lowpc(die, &address) != 0 ||
        !is_code(reader->image, address)) {
        return;
    }
    (void)dwarf_decl_line(die, &line);
    struct debug_function *function = list_add((void *)&reader->debug->functions,
                                               &reader->debug->function_count, sizeof(*function));
    *function = (struct debug_function){
        .name = dwarf_diename(die),
        .address = address,
        .file = find_file(reader, debug_type_file(die)),
        .line = (uint32_t)line,
        .type = debug_type_function(die),
    };
}

static void read_inline(struct reader *reader, Dwarf_Die *die)
{
    Dwarf_Addr base = 0;
    Dwarf_Addr start = 0;
    Dwarf_Addr end = 0;

    if (dwarf_diename(die) != NULL && dwarf_ranges(die, 0, &base, &start, &end) > 0 &&
        is_code(reader->image, start)) {
        struct debug_inline *inlined = list_add((void *)&reader->debug->inlines,
                                                &reader->debug->inline_count, sizeof(*inlined));
        *inlined = (struct debug_inline){dwarf_diename(die),
                                         find_file(reader, debug_type_file(die)), start};
    }
}

static void read_die(struct reader *reader, Dwarf_Die *die, Dwarf_Die *parent)
{
    switch (dwarf_tag(die)) {
    case DW_TAG_subprogram:
        read_parameters(reader, die);
        read_function(reader, die);
        break;
    case DW_TAG_inlined_subroutine:
        read_inline(reader, die);
        break;
    case DW_TAG_variable:
        read_variable(reader, die);
        read_slot(reader, die, NULL);
        break;
    case DW_TAG_formal_parameter:
        read_slot(reader, die, NULL);
        break;
    case DW_TAG_member:
        read_slot(reader, die, parent);
        break;
    default:
        break;
    }
}

/* Each entry below the unit, parents first. */
static void walk(struct reader *reader, const Dwarf_Die *unit)
{
    Dwarf_Die stack[DEPTH_MAX];
    size_t depth = 0;

    stack[0] = *unit;
    for (;;) {
        Dwarf_Die next;

        read_die(reader, &stack[depth], depth == 0 ? NULL : &stack[depth - 1]);
        if (depth + 1 < DEPTH_MAX && dwarf_child(&stack[depth], &next) == 0) {
            stack[++depth] = next;
            continue;
        }
        while (depth > 0 && dwarf_siblingof(&stack[depth], &next) != 0) {
            depth--;
        }
        if (depth == 0) {
            return;
        }
        stack[depth] = next;
    }
}

static int compare_rows(const void *left, const void *right)
{
    const struct debug_row *a = left;
    const struct debug_row *b = right;

    if (a->address != b->address) {
        return a->address < b->address ? -1 : 1;
    }
    /* An end where another sequence begins comes first. */
    if ((a->file == FILE_NONE) != (b->file == FILE_NONE)) {
        return a->file == FILE_NONE ? -1 : 1;
    }
    return 0;
}

static int compare_places(const void *left, const void *right)
{
    const struct debug_row *a = left;
    const struct debug_row *b = right;

    if (a->file != b->file) {
        return a->file < b->file ? -1 : 1;
    }
    return a->line == b->line ? 0 : a->line < b->line ? -1 : 1;
}

/* A line counts once, however many instructions it has; line 0 is the compiler's own. */
static void count_lines(struct debug *debug, struct files *files)
{
    struct debug_row *places = memory_get(debug->row_count, sizeof(*places));

    memcpy(places, debug->rows, debug->row_count * sizeof(*places));
    qsort(places, debug->row_count, sizeof(*places), compare_places);
    for (size_t i = 0; i < debug->row_count; i++) {
        if (places[i].file != FILE_NONE && places[i].line != 0 &&
            (i == 0 || compare_places(&places[i - 1], &places[i]) != 0)) {
            files->items[places[i].file].code_lines++;
        }
    }
    free(places);
}

static void read_unit(struct reader *reader, Dwarf_Die *unit)
{
    size_t rows = reader->debug->row_count;
    size_t variables = reader->debug->variable_count;

    read_lines(reader, unit);
    walk(reader, unit);
    /* A unit of which everything was dropped is not in the image. */
    if (reader->debug->row_count != rows || reader->debug->variable_count != variables) {
        size_t file = find_file(reader, dwarf_diename(unit));
        if (file != FILE_NONE) {
            reader->files->items[file].unit = true;
        }
    }
}

void debug_read(struct debug *debug, const struct image *image, struct files *files)
{
    struct reader reader = {.debug = debug, .image = image, .files = files};
    Dwarf *dwarf = dwarf_begin_elf(image->elf, DWARF_C_READ, NULL);
    Dwarf_Off offset = 0;
    Dwarf_Off next = 0;
    size_t header = 0;

    *debug = (struct debug){0};
    if (dwarf == NULL) {
        report_die("the image's debug information can't be read: %s", dwarf_errmsg(-1));
    }
    while (dwarf_nextcu(dwarf, offset, &next, &header, NULL, NULL, NULL) == 0) {
        Dwarf_Die unit;

        if (dwarf_offdie(dwarf, offset + header, &unit) != NULL) {
            read_unit(&reader, &unit);
        }
        offset = next;
    }
    if (debug->row_count == 0) {
        report_die("the image's debug information has no lines of code");
    }
    qsort(debug->rows, debug->row_count, sizeof(*debug->rows), compare_rows);
    count_lines(debug, files);
}

const struct debug_row *debug_row_at(const struct debug *debug, uint64_t address)
{
    size_t low = 0;
    size_t high = debug->row_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (debug->rows[middle].address <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low == 0 || debug->rows[low - 1].file == FILE_NONE ? NULL : &debug->rows[low - 1];
}
