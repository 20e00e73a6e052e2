/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes of the image by source file: the linker's map says which object, the code's lines which source. */
#include "program.h"

#include <stdlib.h>
#include <string.h>

#define LINKER "<linker>"

struct object {
    const char *name;
    size_t file;
};

struct objects {
    struct object *items;
    size_t count;
};

static struct object *find(struct objects *objects, const char *name)
{
    for (size_t i = 0; i < objects->count; i++) {
        if (strcmp(objects->items[i].name, name) == 0) {
            return &objects->items[i];
        }
    }
    struct object *object = list_add((void *)&objects->items, &objects->count, sizeof(*object));
    *object = (struct object){name, FILE_NONE};
    return object;
}

/* "vtl/libvtl.a(copy.S.obj)" is of the compile unit that ends in "/copy.S": for objects without code. */
static size_t unit_named(struct files *files, const char *object)
{
    const char *from = strrchr(object, '(');
    size_t found = FILE_NONE;

    from = from == NULL ? strrchr(object, '/') : from;
    from = from == NULL ? object : from + 1;
    const char *end = strstr(from, ".obj");
    end = end == NULL ? strstr(from, ".o") : end;
    if (end == NULL) {
        return FILE_NONE;
    }
    char *tail = string_make("/%.*s", (int)(end - from), from);
    for (size_t i = 0; i < files->count; i++) {
        if (files->items[i].unit && string_ends(files->items[i].path, tail)) {
            found = found == FILE_NONE ? i : FILE_NONE;
        }
    }
    free(tail);
    return found;
}

/* The compile unit of the code there: not a header's line that the function begins with. */
static size_t unit_at(const struct program *program, const struct map_piece *piece)
{
    for (size_t i = 0; i < program->debug.row_count; i++) {
        const struct debug_row *row = &program->debug.rows[i];

        if (row->address >= piece->address && row->address - piece->address < piece->bytes &&
            row->file != FILE_NONE && program->files.items[row->file].unit) {
            return row->file;
        }
    }
    return FILE_NONE;
}

static void learn(struct program *program, struct objects *objects)
{
    for (size_t i = 0; i < program->map.count; i++) {
        const struct map_piece *piece = &program->map.pieces[i];
        struct object *object = find(objects, piece->object);
        const struct image_section *section = image_section_named(&program->image, piece->output);

        /* Sections that are not loaded have addresses of their own. */
        if (object->file == FILE_NONE && *piece->object != '<' && section != NULL &&
            section->executable) {
            object->file = unit_at(program, piece);
        }
    }
    for (size_t i = 0; i < objects->count; i++) {
        struct object *object = &objects->items[i];

        if (object->file == FILE_NONE && *object->name != '<') {
            object->file = unit_named(&program->files, object->name);
        }
        if (object->file == FILE_NONE) {
            object->file = file_find(&program->files, *object->name == '<' ? LINKER : object->name);
        }
    }
}

static enum file_part part_of(const struct image_section *section)
{
    if (section->zeroed) {
        return PART_ZEROED;
    }
    if (section->executable) {
        return PART_CODE;
    }
    return section->writable && strcmp(section->name, ".data") == 0 ? PART_DATA : PART_CONST;
}

void program_bytes(struct program *program)
{
    struct objects objects = {0};

    learn(program, &objects);
    for (size_t i = 0; i < program->image.section_count; i++) {
        const struct image_section *section = &program->image.sections[i];
        uint64_t left = section->bytes;

        for (size_t j = 0; section->loaded && j < program->map.count; j++) {
            const struct map_piece *piece = &program->map.pieces[j];

            if (strcmp(piece->output, section->name) == 0 && piece->bytes <= left) {
                size_t file = find(&objects, piece->object)->file;
                program->files.items[file].bytes[part_of(section)] += piece->bytes;
                left -= piece->bytes;
            }
        }
        if (section->loaded && left != 0) {
            size_t file = file_find(&program->files, "<padding and stacks>");
            program->files.items[file].bytes[part_of(section)] += left;
            program->padding += left;
        }
    }
    free(objects.items);
}
