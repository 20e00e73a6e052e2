/* SPDX-License-Identifier: BSD-3-Clause */
/* Source: Arm ARM D8.3.1 (descriptors): AP[2] bit 7, PXN bit 53; vtl/cpu/mmu.c has no other rights. */
#include "rights.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES UINT64_C(4096)
#define READ_ONLY (UINT64_C(1) << 7)
#define PXN (UINT64_C(1) << 53)

static void add_range(struct rights *rights, const char *name, const char *what, uint64_t start,
                      uint64_t end)
{
    struct right_range *range =
        list_add((void *)&rights->ranges, &rights->range_count, sizeof(*range));

    *range = (struct right_range){name, what, start, end};
}

static void read_ranges(struct rights *rights, const struct image *image)
{
    uint64_t code = image_label(image, "__code_end");
    uint64_t constants = image_label(image, "__const_end");
    uint64_t emergency = image_label(image, "__emergency_guard");
    uint64_t emergency_top = image_label(image, "__emergency_stack_top");
    uint64_t boot = image_label(image, "__boot_guard");

    add_range(rights, "code", "RX", image_label(image, "__image_start"), code);
    add_range(rights, "constants", "R", code, constants);
    add_range(rights, "variables", "RW", constants, emergency);
    add_range(rights, "guard", "none", emergency, emergency + PAGE_BYTES);
    add_range(rights, "emergency stack", "RW", emergency + PAGE_BYTES, emergency_top);
    add_range(rights, "guard", "none", boot, boot + PAGE_BYTES);
    add_range(rights, "boot stack", "RW", boot + PAGE_BYTES,
              image_label(image, "__boot_stack_top"));
}

/* finding NULL: it is as what says. */
static void add_check(struct rights *rights, const char *what, char *finding)
{
    struct right_check *check =
        list_add((void *)&rights->checks, &rights->check_count, sizeof(*check));

    *check = (struct right_check){what, finding == NULL, finding};
    rights->good = rights->good && finding == NULL;
}

static char *segment_finding(const struct image *image)
{
    for (size_t i = 0; i < image->segment_count; i++) {
        if (image->segments[i].writable && image->segments[i].executable) {
            return string_make("segment at 0x%llx", (unsigned long long)image->segments[i].address);
        }
    }
    return NULL;
}

static char *page_finding(const struct rights *rights)
{
    for (size_t i = 0; i < rights->range_count; i++) {
        const struct right_range *range = &rights->ranges[i];
        bool follows = i == 0 ? range->start == 0 : range->start == rights->ranges[i - 1].end;

        if (range->start % PAGE_BYTES != 0 || range->end % PAGE_BYTES != 0 ||
            range->end < range->start || !follows) {
            return string_make("%s, 0x%llx to 0x%llx", range->name,
                               (unsigned long long)range->start, (unsigned long long)range->end);
        }
    }
    return NULL;
}

static char *code_finding(const struct image *image)
{
    uint64_t code = image_label(image, "__code_end");

    for (size_t i = 1; i < image->section_count; i++) {
        const struct image_section *section = &image->sections[i];
        bool inside = section->address < code;

        if (section->loaded && section->bytes != 0 &&
            (section->executable != inside ||
             (inside && section->bytes > code - section->address))) {
            return string_make("section %s", section->name);
        }
    }
    return NULL;
}

/* Writable in the ELF file are also what relocation writes, before there are rights (boot/entry.S). */
static char *data_finding(const struct image *image)
{
    uint64_t code = image_label(image, "__code_end");
    uint64_t constants = image_label(image, "__const_end");

    for (size_t i = 0; i < image->relocation_count; i++) {
        if (image->relocations[i].place < code) {
            return string_make("relocation at 0x%llx",
                               (unsigned long long)image->relocations[i].place);
        }
    }
    for (size_t i = 1; i < image->section_count; i++) {
        const struct image_section *section = &image->sections[i];
        bool variables = section->zeroed || strcmp(section->name, ".data") == 0;

        if (section->loaded && section->bytes != 0 &&
            variables != (section->address >= constants)) {
            return string_make("section %s", section->name);
        }
    }
    return NULL;
}

/* The table that every entry of the image's own tables is made of. */
static char *table_finding(const struct image *image)
{
    const struct image_symbol *symbol = image_symbol_named(image, "kind_bits");
    const uint8_t *bytes =
        symbol == NULL ? NULL : image_bytes(image, symbol->address, symbol->bytes);

    if (bytes == NULL || symbol->bytes < sizeof(uint64_t)) {
        return string_make("the image has no table kind_bits (vtl/cpu/mmu.c)");
    }
    for (uint64_t i = 0; i + sizeof(uint64_t) <= symbol->bytes; i += sizeof(uint64_t)) {
        uint64_t bits;

        memcpy(&bits, bytes + i, sizeof(bits));
        if ((bits & (READ_ONLY | PXN)) == 0) {
            return string_make("entry %llu", (unsigned long long)(i / sizeof(uint64_t)));
        }
    }
    return NULL;
}

static size_t file_of(const struct program *program, uint64_t address)
{
    for (size_t i = 0; i < program->debug.variable_count; i++) {
        if (program->debug.variables[i].address == address) {
            return program->debug.variables[i].file;
        }
    }
    return FILE_NONE;
}

static int compare(const void *left, const void *right)
{
    const struct right_variable *a = left;
    const struct right_variable *b = right;

    if (a->bytes != b->bytes) {
        return a->bytes > b->bytes ? -1 : 1;
    }
    return a->address == b->address ? 0 : a->address < b->address ? -1 : 1;
}

static void read_variables(struct rights *rights, const struct program *program)
{
    const struct image *image = &program->image;

    for (size_t i = 0; i < image->symbol_count; i++) {
        const struct image_symbol *symbol = &image->symbols[i];
        const struct image_section *section = &image->sections[symbol->section];
        bool variables = strcmp(section->name, ".data") == 0 || strcmp(section->name, ".bss") == 0;

        if (!symbol->object || symbol->bytes == 0 || !variables) {
            continue;
        }
        struct right_variable *variable =
            list_add((void *)&rights->variables, &rights->variable_count, sizeof(*variable));
        *variable = (struct right_variable){symbol->name, section->name, symbol->address,
                                            symbol->bytes, file_of(program, symbol->address)};
        rights->variable_bytes += symbol->bytes;
    }
    qsort(rights->variables, rights->variable_count, sizeof(*rights->variables), compare);
    for (size_t i = 1; i < image->section_count; i++) {
        const char *name = image->sections[i].name;

        if (strcmp(name, ".data") == 0 || strcmp(name, ".bss") == 0) {
            rights->writable_bytes += image->sections[i].bytes;
        }
    }
}

void rights_read(struct rights *rights, const struct program *program)
{
    const struct image *image = &program->image;

    *rights = (struct rights){.good = true};
    read_ranges(rights, image);
    add_check(rights, "no segment of the ELF file is writable and executable",
              segment_finding(image));
    add_check(rights, "the parts are whole pages, one behind another", page_finding(rights));
    add_check(rights, "code lies in the code pages, and nothing else does", code_finding(image));
    add_check(rights, "relocation writes no code; variables lie behind the constants",
              data_finding(image));
    add_check(rights, "no kind of page that vtl/cpu/mmu.c maps is writable and executable",
              table_finding(image));
    read_variables(rights, program);
}
