/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Header of an arm64 Linux Image. Source: Linux Documentation/arm64/booting.rst, section 4.
 */
#ifndef ARM64_IMAGE_H
#define ARM64_IMAGE_H

#include <stdint.h>

#define ARM64_IMAGE_MAGIC UINT32_C(0x644d5241) /* "ARM\x64" */
#define ARM64_IMAGE_FLAG_BIG_ENDIAN UINT64_C(1)
#define ARM64_IMAGE_PAGE_SHIFT 1u /* of two bits: 0 not said, 1 4 KiB, 2 16 KiB, 3 64 KiB */
#define ARM64_IMAGE_ALIGNMENT UINT64_C(0x200000)
/* More than any kernel takes: bounds what is cleared and copied. */
#define ARM64_IMAGE_BYTES_MAX UINT64_C(0x20000000)

struct arm64_image {
    uint32_t code[2];
    uint64_t text_offset;
    uint64_t image_size; /* with bss; 0 in kernels before 3.17 */
    uint64_t flags;
    uint64_t reserved[3];
    uint32_t magic;
    uint32_t pe_offset;
};
_Static_assert(sizeof(struct arm64_image) == 64, "booting.rst section 4");

#endif /* ARM64_IMAGE_H */
