/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest page: where the file's builder put the guest's own parts. It travels unmeasured in the
 * IGVM file, and Paravane checks every field as a host's word. Project's own; one page, little
 * endian.
 *
 * VTL2's first registers: X0 the offset of the parameter area (device tree) from the image's first
 * byte, X1 the offset of the guest page from the same, X2 that of the policy page (igvm_policy.h).
 */
#ifndef IGVM_GUEST_H
#define IGVM_GUEST_H

#include <stdint.h>

#define IGVM_GUEST_MAGIC UINT64_C(0x3054534555475650) /* "PVGUEST0" */
#define IGVM_GUEST_VERSION 2u
#define IGVM_GUEST_COMMAND_LINE_BYTES 2048u

/* What VTL0 starts with. NONE: every field below is zero. */
enum igvm_guest_kind { IGVM_GUEST_NONE, IGVM_GUEST_LINUX, IGVM_GUEST_FIRMWARE };

/*
 * A firmware is a flat binary, entered at its first byte. It has no initrd and no command line; its
 * device tree is at the start of VTL0's memory, in x0 too.
 */
struct igvm_guest_page {
    uint64_t magic;
    uint32_t version;
    uint32_t kind;         /* enum igvm_guest_kind */
    uint64_t kernel_gpa;   /* in place. Linux: an arm64 Image, 2 MiB aligned plus text_offset;
                            * firmware: 2 MiB aligned */
    uint64_t kernel_bytes; /* of the file */
    uint64_t initrd_gpa;
    uint64_t initrd_bytes;       /* 0: none */
    uint32_t command_line_bytes; /* without a terminating NUL */
    uint32_t zero;
    char command_line[IGVM_GUEST_COMMAND_LINE_BYTES];
    uint8_t zero1[4096 - 56 - IGVM_GUEST_COMMAND_LINE_BYTES];
};

/*
 * Layout of the file that host/igvm builds, in GPA. The VTL2 region is relocatable; guest parts are
 * not. Below the kernel is room for what a firmware wants at the start of memory: its device tree,
 * and with U-Boot the stack that it begins on, 2 MiB up.
 */
#define IGVM_VTL2_BASE UINT64_C(0x41000000)
#define IGVM_VTL2_BYTES UINT64_C(0x00400000) /* least; image, parameter area, guest page in it */
#define IGVM_PARAMETER_PAGES 16u             /* device tree */
#define IGVM_KERNEL_GPA UINT64_C(0x42000000) /* of a firmware too */

#endif /* IGVM_GUEST_H */
