/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Composes Paravane's IGVM file (igvm.md 4.1).
 */
#ifndef IGVM_TOOL_BUILD_H
#define IGVM_TOOL_BUILD_H

#include "igvm_policy.h"
#include "igvm_reader.h"
#include "image_elf.h"
#include "kernel.h"

#define BUILD_VTL2_BYTES_DEFAULT UINT64_C(0x600000)

struct build {
    struct image image;
    uint64_t vtl2_bytes;
    const struct kernel *kernel; /* NULL: none */
    struct blob firmware;        /* bytes 0: none */
    struct blob initrd;          /* bytes 0: none */
    const char *command_line;
    const struct igvm_policy *policy;
};

/* NULL and the file in *out (from malloc), or what is wrong. */
const char *build_file(const struct build *build, struct blob *out);

#endif /* IGVM_TOOL_BUILD_H */
