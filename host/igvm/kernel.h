/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's kernel: an arm64 Linux Image, plain, in gzip, or in an EFI zboot file with gzip.
 */
#ifndef IGVM_TOOL_KERNEL_H
#define IGVM_TOOL_KERNEL_H

#include "file.h"

struct kernel {
    struct blob image;
    uint64_t text_offset;
    uint64_t image_size; /* with bss */
};

/* Reads and checks. False, told on stderr, if it can't be used. */
bool kernel_read(const char *path, struct kernel *kernel);

/* The same for a file in memory; takes over `file`. NULL, or what is wrong. */
const char *kernel_from_file(struct blob file, struct kernel *kernel);

#endif /* IGVM_TOOL_KERNEL_H */
