/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A firmware as guest: a flat binary, of which nothing says how much memory it takes. It finds its
 * device tree where QEMU's virt board has it: U-Boot board/emulation/qemu-arm reads no register, but
 * the start of memory.
 */
#include "fdt_in.h"
#include "guest.h"
#include "vtl/untrusted.h"

const char *firmware_check(const struct igvm_guest_page *page, uint64_t tree_room,
                           struct guest_parts *guest)
{
    struct vmm_ram ram[VMM_RAM_MAX];

    if (page->initrd_gpa != 0 || page->initrd_bytes != 0 || page->command_line_bytes != 0) {
        return "a firmware with an initrd or a command line";
    }
    /* Its address is in no measurement, and elsewhere its first instruction might mean something else. */
    if (page->kernel_gpa != IGVM_KERNEL_GPA) {
        return "a firmware that is not where firmware goes";
    }
    if (page->kernel_bytes == 0 || !guest_ram_contains(gpa(page->kernel_gpa), page->kernel_bytes)) {
        return "a firmware that is outside VTL0's memory";
    }
    if (guest_ram_get(ram, VMM_RAM_MAX) == 0 || ram[0].bytes < tree_room ||
        ranges_overlap(ram[0].base.raw, tree_room, page->kernel_gpa, page->kernel_bytes)) {
        return "no room for the device tree at the start of VTL0's memory";
    }
    guest->kernel = gpa(page->kernel_gpa);
    guest->kernel_bytes = page->kernel_bytes;
    guest->image_size = page->kernel_bytes;
    guest->tree = ram[0].base;
    return NULL;
}
PV_UNTRUSTED(firmware_check, host, "fuzz_linux_image");
