/* SPDX-License-Identifier: BSD-3-Clause */
#include "symbols.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct symbol {
    uint64_t start;
    uint64_t end;
    const char *name;
};

struct symbols {
    struct blob elf;
    size_t count;
    struct symbol symbol[];
};

/* A table of the file; NULL: it lies outside, or is none. */
static const void *table(const struct blob *elf, const Elf64_Shdr *section)
{
    if (section->sh_offset > elf->bytes || section->sh_size > elf->bytes - section->sh_offset) {
        return NULL;
    }
    return elf->data + section->sh_offset;
}

static bool section_get(const struct blob *elf, uint32_t index, Elf64_Shdr *section)
{
    Elf64_Ehdr header;

    memcpy(&header, elf->data, sizeof(header));
    if (index >= header.e_shnum || header.e_shentsize != sizeof(*section) ||
        header.e_shoff > elf->bytes ||
        (uint64_t)header.e_shnum * sizeof(*section) > elf->bytes - header.e_shoff) {
        return false;
    }
    memcpy(section, elf->data + header.e_shoff + index * sizeof(*section), sizeof(*section));
    return true;
}

/* Symbols of a file that has been found to be an ELF file; the names stay in it. */
static size_t take(const struct blob *elf, const Elf64_Shdr *section, struct symbols *symbols)
{
    Elf64_Shdr strings_section;
    const uint8_t *entries = table(elf, section);
    const char *strings = NULL;
    size_t count = 0;

    if (section_get(elf, section->sh_link, &strings_section)) {
        strings = table(elf, &strings_section);
    }
    if (entries == NULL || strings == NULL || strings_section.sh_size == 0 ||
        strings[strings_section.sh_size - 1] != '\0') {
        return 0;
    }
    for (size_t i = 0; i < section->sh_size / sizeof(Elf64_Sym); i++) {
        Elf64_Sym symbol;

        memcpy(&symbol, entries + i * sizeof(symbol), sizeof(symbol));
        unsigned type = ELF64_ST_TYPE(symbol.st_info);
        if ((type == STT_FUNC || type == STT_OBJECT) && symbol.st_size != 0 &&
            symbol.st_name < strings_section.sh_size) {
            symbols->symbol[count++] = (struct symbol){
                symbol.st_value, symbol.st_value + symbol.st_size, strings + symbol.st_name};
        }
    }
    return count;
}

static int by_address(const void *a, const void *b)
{
    const struct symbol *x = a;
    const struct symbol *y = b;

    if (x->start != y->start) {
        return x->start < y->start ? -1 : 1;
    }
    return strcmp(x->name, y->name);
}

struct symbols *symbols_read(const char *path)
{
    struct blob elf = {0};
    struct symbols *symbols = NULL;
    Elf64_Shdr section;

    if (!file_read(path, "image", &elf)) {
        return NULL;
    }
    bool is_elf = elf.bytes >= sizeof(Elf64_Ehdr) && memcmp(elf.data, ELFMAG, SELFMAG) == 0 &&
                  elf.data[EI_CLASS] == ELFCLASS64;
    for (uint32_t i = 0; is_elf && symbols == NULL && section_get(&elf, i, &section); i++) {
        if (section.sh_type != SHT_SYMTAB || section.sh_size > elf.bytes) {
            continue;
        }
        symbols = calloc(1, sizeof(*symbols) +
                                section.sh_size / sizeof(Elf64_Sym) * sizeof(struct symbol));
        if (symbols != NULL) {
            symbols->count = take(&elf, &section, symbols);
        }
    }
    if (symbols == NULL || symbols->count == 0) {
        tool_error("the image '%s' has no symbols: give paravane.elf", path);
        free(symbols);
        free(elf.data);
        return NULL;
    }
    symbols->elf = elf;
    qsort(symbols->symbol, symbols->count, sizeof(symbols->symbol[0]), by_address);
    return symbols;
}

void symbols_free(struct symbols *symbols)
{
    if (symbols != NULL) {
        free(symbols->elf.data);
        free(symbols);
    }
}

const char *symbols_in(const struct symbols *symbols, uint64_t start, uint64_t end, size_t i)
{
    for (size_t n = 0; n < symbols->count; n++) {
        if (symbols->symbol[n].start < end && symbols->symbol[n].end > start && i-- == 0) {
            return symbols->symbol[n].name;
        }
    }
    return NULL;
}
