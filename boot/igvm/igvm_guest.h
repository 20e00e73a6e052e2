/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest page: where the file's builder put the guest's own parts. It travels unmeasured in the
 * IGVM file, and Paravane checks every field as a host's word. Project's own; one page, little
 * endian.
 *
 * VTL2's first registers: X0 the offset of the parameter area (device tree) from the image's first
 * byte, X1 the offset of the guest page from the same.
 */
#ifndef IGVM_GUEST_H
#define IGVM_GUEST_H

#include <stdint.h>

#define IGVM_GUEST_MAGIC UINT64_C(0x3054534555475650) /* "PVGUEST0" */
#define IGVM_GUEST_VERSION 1u
#define IGVM_GUEST_COMMAND_LINE_BYTES 2048u

struct igvm_guest_page {
    uint64_t magic;
    uint32_t version;
    uint32_t zero;
    uint64_t kernel_gpa;   /* an arm64 Linux Image, in place: 2 MiB aligned plus text_offset */
    uint64_t kernel_bytes; /* of the file; 0: there is no kernel */
    uint64_t initrd_gpa;
    uint64_t initrd_bytes;       /* 0: none */
    uint32_t command_line_bytes; /* without a terminating NUL */
    uint32_t zero1;
    char command_line[IGVM_GUEST_COMMAND_LINE_BYTES];
    uint8_t zero2[4096 - 56 - IGVM_GUEST_COMMAND_LINE_BYTES];
};

/* Layout of the file that host/igvm builds, in GPA. The VTL2 region is relocatable; guest parts are
 * not. */
#define IGVM_VTL2_BASE UINT64_C(0x41000000)
#define IGVM_VTL2_BYTES UINT64_C(0x00400000) /* least; image, parameter area, guest page in it */
#define IGVM_PARAMETER_PAGES 16u             /* device tree */
#define IGVM_KERNEL_GPA UINT64_C(0x42000000)

#endif /* IGVM_GUEST_H */
