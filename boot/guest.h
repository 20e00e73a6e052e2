/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's own parts: the guest page and what it points to, both a host's word until checked
 * here. Guest memory is read through vmm's accessors, never in place.
 */
#ifndef BOOT_GUEST_H
#define BOOT_GUEST_H

#include "igvm_guest.h"
#include "vmm/vmm.h"

struct guest_parts {
    enum igvm_guest_kind kind;
    gpa_t kernel; /* of the kernel's or the firmware's first byte: the entry */
    uint64_t kernel_bytes;
    uint64_t image_size; /* with bss, where the file says so */
    gpa_t initrd;
    uint64_t initrd_bytes; /* 0: none */
    gpa_t tree;            /* where the device tree is to go: room for tree_room bytes */
};

/* page: in VTL2's memory, aligned to 8. Needs guest_ram_set. NULL, or what is wrong. */
const char *guest_check(const struct igvm_guest_page *page, uint64_t tree_room,
                        struct guest_parts *guest);

/* The same by kind, for guest_check: the page's form is good, guest is zero but for the kind. */
const char *linux_check(const struct igvm_guest_page *page, uint64_t tree_room,
                        struct guest_parts *guest);
const char *firmware_check(const struct igvm_guest_page *page, uint64_t tree_room,
                           struct guest_parts *guest);

#endif /* BOOT_GUEST_H */
