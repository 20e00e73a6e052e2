/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Paravane's image from its ELF file: the bytes to load, how much memory it takes, where it begins.
 */
#ifndef IGVM_TOOL_IMAGE_ELF_H
#define IGVM_TOOL_IMAGE_ELF_H

#include "file.h"

struct image {
    struct blob load;      /* from the first byte of the image; gaps between segments are zeros */
    uint64_t memory_bytes; /* with what the image clears itself */
    uint64_t entry;        /* from the first byte */
};

/* False, told on stderr, if it is not such a file. elf is not needed afterwards. */
bool image_from_elf(const char *path, const struct blob *elf, struct image *image);

#endif /* IGVM_TOOL_IMAGE_ELF_H */
