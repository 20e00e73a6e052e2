/* SPDX-License-Identifier: BSD-3-Clause */
/* The treemap: folders, and files in them, as one SVG picture. */
#include "treemap.h"
#include "write_html.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 1000
#define HEIGHT 520
#define HEAD 20.0 /* of a folder, for its name */
#define GAP 2.0
#define COLOURS 7u
#define CHARACTER 6.9 /* the width of one, at 12 px */
#define LINE 15.0

struct tile {
    const struct file *file;
    uint64_t bytes; /* that the image's file holds */
};

struct group {
    const char *name;
    struct tile *tiles;
    size_t count;
    uint64_t bytes;
};

static int compare_tiles(const void *left, const void *right)
{
    const struct tile *a = left;
    const struct tile *b = right;

    if (a->bytes != b->bytes) {
        return a->bytes > b->bytes ? -1 : 1;
    }
    return strcmp(a->file->path, b->file->path);
}

static int compare_groups(const void *left, const void *right)
{
    const struct group *a = left;
    const struct group *b = right;

    if (a->bytes != b->bytes) {
        return a->bytes > b->bytes ? -1 : 1;
    }
    return strcmp(a->name, b->name);
}

static struct group *find_group(struct group **groups, size_t *count, const char *name)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp((*groups)[i].name, name) == 0) {
            return &(*groups)[i];
        }
    }
    struct group *group = list_add((void *)groups, count, sizeof(*group));
    group->name = name;
    return group;
}

static struct group *make_groups(const struct files *files, size_t *count)
{
    struct group *groups = NULL;

    *count = 0;
    for (size_t i = 0; i < files->count; i++) {
        const struct file *file = &files->items[i];
        uint64_t bytes = file->bytes[PART_CODE] + file->bytes[PART_CONST] + file->bytes[PART_DATA];

        if (bytes != 0) {
            struct group *group = find_group(&groups, count, file->folder);
            struct tile *tile = list_add((void *)&group->tiles, &group->count, sizeof(*tile));
            *tile = (struct tile){file, bytes};
            group->bytes += bytes;
        }
    }
    for (size_t i = 0; groups != NULL && i < *count; i++) {
        qsort(groups[i].tiles, groups[i].count, sizeof(*groups[i].tiles), compare_tiles);
    }
    if (groups != NULL) {
        qsort(groups, *count, sizeof(*groups), compare_groups);
    }
    return groups;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

/* The text if it has the room, cut if it has some. */
static void add_label(struct text *out, struct treemap_area area, const char *class,
                      const char *text)
{
    size_t room = area.width > 8 ? (size_t)((area.width - 8) / CHARACTER) : 0;
    size_t length = strlen(text);

    if (area.height < LINE || room < 4) {
        return;
    }
    char *cut = string_copy(text, length <= room ? length : room - 1);
    text_add(out, "<text%s x=\"%.1f\" y=\"%.1f\">", class, area.x + 4, area.y + 13);
    text_add_escaped(out, cut);
    text_add(out, "%s</text>", length <= room ? "" : "…");
    free(cut);
}

static void add_tile(struct text *out, const struct tile *tile, struct treemap_area area,
                     size_t colour)
{
    char *bytes = number_text(tile->bytes);

    text_add(out, "<g><title>");
    text_add_escaped(out, tile->file->path);
    text_add(out,
             ": %s bytes</title><rect class=\"f%zu\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" "
             "height=\"%.1f\"/>",
             bytes, colour, area.x, area.y, area.width, area.height);
    add_label(out, area, "", base_name(tile->file->path));
    if (area.height >= 2 * LINE + 2) {
        add_label(out, (struct treemap_area){area.x, area.y + LINE, area.width, area.height - LINE},
                  "", bytes);
    }
    text_add(out, "</g>\n");
    free(bytes);
}

static void add_group(struct text *out, const struct group *group, struct treemap_area area,
                      size_t colour)
{
    uint64_t *values = memory_get(group->count, sizeof(*values));
    struct treemap_area *areas = memory_get(group->count, sizeof(*areas));
    bool headed = area.height > 2 * HEAD && area.width > 60;
    double head = headed ? HEAD : 0;
    struct treemap_area inside = {area.x + GAP, area.y + GAP + head, area.width - 2 * GAP,
                                  area.height - 2 * GAP - head};

    if (headed) {
        char *bytes = number_text(group->bytes);
        char *label = string_make("%s  %s", group->name, bytes);
        add_label(out, (struct treemap_area){area.x, area.y + 3, area.width, HEAD}, " class=\"b\"",
                  label);
        free(label);
        free(bytes);
    }
    for (size_t i = 0; i < group->count; i++) {
        values[i] = group->tiles[i].bytes;
    }
    treemap_lay(values, group->count, inside, areas);
    for (size_t i = 0; i < group->count; i++) {
        add_tile(out, &group->tiles[i], areas[i], colour);
    }
    free(areas);
    free(values);
}

void html_write_map(struct text *out, const struct report *report)
{
    size_t count;
    struct group *groups = make_groups(&report->program.files, &count);
    uint64_t *values = memory_get(count, sizeof(*values));
    struct treemap_area *areas = memory_get(count, sizeof(*areas));

    for (size_t i = 0; i < count; i++) {
        values[i] = groups[i].bytes;
    }
    treemap_lay(values, count, (struct treemap_area){0, 0, WIDTH, HEIGHT}, areas);
    text_add(
        out,
        "<div class=\"scroll map\" role=\"region\" tabindex=\"0\" aria-label=\"Treemap\">\n"
        "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"map-title\">\n"
        "<title id=\"map-title\">Bytes of the image by folder and file; the tables of files hold "
        "the same figures</title>\n",
        WIDTH, HEIGHT);
    for (size_t i = 0; i < count; i++) {
        add_group(out, &groups[i], areas[i], i < COLOURS ? i : COLOURS - 1);
    }
    text_add(out, "</svg>\n</div>\n");
    free(areas);
    free(values);
}
