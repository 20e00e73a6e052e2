/* SPDX-License-Identifier: BSD-3-Clause */
#include "image_elf.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#define IMAGE_BYTES_MAX UINT64_C(0x10000000)
#define PAGE_BYTES UINT64_C(4096)

static const char *check_header(const struct blob *elf, Elf64_Ehdr *header)
{
    if (elf->bytes < sizeof(*header) || memcmp(elf->data, ELFMAG, SELFMAG) != 0) {
        return "not an ELF file (give paravane.elf, not paravane.bin)";
    }
    memcpy(header, elf->data, sizeof(*header));
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_machine != EM_AARCH64) {
        return "not a 64-bit little-endian ELF file for AArch64";
    }
    if (header->e_type != ET_DYN) {
        return "not position independent (ET_DYN)";
    }
    if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phoff > elf->bytes ||
        header->e_phnum * sizeof(Elf64_Phdr) > elf->bytes - header->e_phoff) {
        return "truncated: its program headers lie outside";
    }
    return NULL;
}

static const char *check_segment(const struct blob *elf, const Elf64_Phdr *segment)
{
    if (segment->p_filesz > segment->p_memsz || segment->p_vaddr > IMAGE_BYTES_MAX ||
        segment->p_memsz > IMAGE_BYTES_MAX) {
        return "a segment with sizes that can not be, or not linked at address 0";
    }
    if (segment->p_offset > elf->bytes || segment->p_filesz > elf->bytes - segment->p_offset) {
        return "truncated: a segment lies outside";
    }
    return NULL;
}

/* Visits the loadable segments: once to add up sizes (load.data is NULL), once to copy. */
static const char *walk_segments(const struct blob *elf, const Elf64_Ehdr *header,
                                 struct image *image)
{
    for (unsigned i = 0; i < header->e_phnum; i++) {
        Elf64_Phdr segment;
        memcpy(&segment, elf->data + header->e_phoff + i * sizeof(segment), sizeof(segment));
        if (segment.p_type != PT_LOAD) {
            continue;
        }
        const char *problem = check_segment(elf, &segment);
        if (problem != NULL) {
            return problem;
        }
        if (image->load.data != NULL) {
            memcpy(image->load.data + segment.p_vaddr, elf->data + segment.p_offset,
                   segment.p_filesz);
            continue;
        }
        uint64_t load_end = segment.p_filesz != 0 ? segment.p_vaddr + segment.p_filesz : 0;
        uint64_t memory_end = segment.p_vaddr + segment.p_memsz;
        image->load.bytes = load_end > image->load.bytes ? load_end : image->load.bytes;
        image->memory_bytes = memory_end > image->memory_bytes ? memory_end : image->memory_bytes;
    }
    return NULL;
}

static const char *load(const struct blob *elf, struct image *image)
{
    Elf64_Ehdr header;
    const char *problem = check_header(elf, &header);

    if (problem == NULL) {
        problem = walk_segments(elf, &header, image);
    }
    if (problem != NULL) {
        return problem;
    }
    if (image->load.bytes == 0 || header.e_entry >= image->load.bytes) {
        return "nothing to load, or its entry lies outside";
    }
    image->entry = header.e_entry;
    image->memory_bytes = (image->memory_bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
    image->load.data = calloc(1, image->load.bytes);
    return image->load.data == NULL ? "out of memory" : walk_segments(elf, &header, image);
}

bool image_from_elf(const char *path, const struct blob *elf, struct image *image)
{
    *image = (struct image){0};
    const char *problem = load(elf, image);
    if (problem != NULL) {
        tool_error("the image '%s' can't be used: %s", path, problem);
        free(image->load.data);
        *image = (struct image){0}; /* whose owner frees it, too */
        return false;
    }
    return true;
}
