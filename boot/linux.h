/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's own parts: the guest page and the arm64 Linux Image that it points to, both a host's
 * word until checked here. Guest memory is read through vmm's accessors, never in place.
 */
#ifndef BOOT_LINUX_H
#define BOOT_LINUX_H

#include "igvm_guest.h"
#include "vmm/vmm.h"

struct linux_guest {
    gpa_t kernel; /* of the Image's first byte: the entry */
    uint64_t kernel_bytes;
    uint64_t image_size; /* with bss */
    gpa_t initrd;
    uint64_t initrd_bytes; /* 0: none */
    gpa_t tree;            /* where the device tree is to go: room for tree_room bytes */
};

/* page: in VTL2's memory, aligned to 8. Needs guest_ram_set. NULL, or what is wrong. */
const char *linux_check(const struct igvm_guest_page *page, uint64_t tree_room,
                        struct linux_guest *guest);

#endif /* BOOT_LINUX_H */
