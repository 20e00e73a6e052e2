/* SPDX-License-Identifier: BSD-3-Clause */
/* The linked image as its ELF file has it: sections, segments, symbols, relocations, bytes. */
#ifndef REPORT_IMAGE_H
#define REPORT_IMAGE_H

#include "base.h"

struct image_section {
    const char *name;
    uint64_t address;
    uint64_t bytes;
    bool loaded; /* takes memory of the machine */
    bool writable;
    bool executable;
    bool zeroed;         /* no bytes of the file */
    const uint8_t *data; /* NULL: zeroed */
};

struct image_segment {
    uint64_t address;
    uint64_t file_bytes;
    uint64_t memory_bytes;
    bool readable;
    bool writable;
    bool executable;
    bool relocated_only; /* PT_GNU_RELRO: written by relocation, then constant */
};

struct image_symbol {
    const char *name;
    uint64_t address;
    uint64_t bytes;
    size_t section; /* index in sections */
    bool function;
    bool object;
    bool local;
};

/* R_AARCH64_RELATIVE: at place lies, once the image runs, its base plus target. */
struct image_relocation {
    uint64_t place;
    uint64_t target;
};

struct image {
    int file;
    void *elf; /* libelf's */
    uint64_t entry;
    struct image_section *sections;
    size_t section_count;
    struct image_segment *segments;
    size_t segment_count;
    struct image_symbol *symbols; /* by address, then name; of loaded sections */
    size_t symbol_count;
    struct image_relocation *relocations;
    size_t relocation_count;
};

/* Ends with a reason if the file is no such image. */
void image_open(struct image *image, const char *path);
/* The section that holds the address; NULL: none that is loaded. */
const struct image_section *image_section_at(const struct image *image, uint64_t address);
const struct image_section *image_section_named(const struct image *image, const char *name);
const struct image_symbol *image_symbol_named(const struct image *image, const char *name);
/* The bytes of the file for that range; NULL: not there. */
const uint8_t *image_bytes(const struct image *image, uint64_t address, uint64_t bytes);
/* A symbol's address; ends with a reason where the linker script has none of that name. */
uint64_t image_label(const struct image *image, const char *name);

#endif /* REPORT_IMAGE_H */
