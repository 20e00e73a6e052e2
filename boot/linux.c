/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Source: Linux Documentation/arm64/booting.rst, sections 2 and 4.
 */
#include "arm64_image.h"
#include "fdt_in.h"
#include "guest.h"
#include "vtl/untrusted.h"

#include <string.h>

#define INITRD_WINDOW_ALIGNMENT \
    (UINT64_C(1) << 30) /* booting.rst 3: one window of at most 32 GiB */
#define INITRD_WINDOW_BYTES (UINT64_C(32) << 30)

static const char *check_command_line(const struct igvm_guest_page *page)
{
    if (page->command_line_bytes > IGVM_GUEST_COMMAND_LINE_BYTES ||
        memchr(page->command_line, 0, page->command_line_bytes) != NULL) {
        return "a kernel command line that is too long or has a NUL in it";
    }
    return NULL;
}

static const char *check_image(const struct igvm_guest_page *page, struct guest_parts *guest)
{
    struct arm64_image header;

    if (page->kernel_bytes < sizeof(header) ||
        !guest_ram_contains(gpa(page->kernel_gpa), page->kernel_bytes)) {
        return "a kernel that is outside VTL0's memory";
    }
    if (guest_read(gpa(page->kernel_gpa), &header, sizeof(header)) != PV_OK) {
        return "a kernel that can't be read";
    }
    if (header.magic != ARM64_IMAGE_MAGIC) {
        return "a kernel that is no arm64 Image";
    }
    if ((header.flags & ARM64_IMAGE_FLAG_BIG_ENDIAN) != 0) {
        return "a big-endian kernel";
    }
    if (header.image_size < page->kernel_bytes || header.image_size > ARM64_IMAGE_BYTES_MAX) {
        return "a kernel whose header does not give its size";
    }
    if (header.text_offset > page->kernel_gpa ||
        (page->kernel_gpa - header.text_offset) % ARM64_IMAGE_ALIGNMENT != 0) {
        return "a kernel that is not at its offset from a 2 MiB boundary";
    }
    if (!guest_ram_contains(gpa(page->kernel_gpa), header.image_size)) {
        return "a kernel that does not fit VTL0's memory; give it more";
    }
    guest->kernel = gpa(page->kernel_gpa);
    guest->kernel_bytes = page->kernel_bytes;
    guest->image_size = header.image_size;
    return NULL;
}

static const char *check_initrd(const struct igvm_guest_page *page, struct guest_parts *guest)
{
    uint64_t kernel = guest->kernel.raw;
    uint64_t initrd = page->initrd_gpa;

    if (page->initrd_bytes == 0) {
        return NULL;
    }
    if (!guest_ram_contains(gpa(initrd), page->initrd_bytes)) {
        return "an initrd that does not fit VTL0's memory; give it more";
    }
    if (ranges_overlap(initrd, page->initrd_bytes, kernel, guest->image_size)) {
        return "an initrd that overlaps the kernel";
    }
    uint64_t low = (initrd < kernel ? initrd : kernel) & ~(INITRD_WINDOW_ALIGNMENT - 1);
    if (!range_contains(low, INITRD_WINDOW_BYTES, initrd, page->initrd_bytes) ||
        !range_contains(low, INITRD_WINDOW_BYTES, kernel, guest->image_size)) {
        return "an initrd too far from the kernel";
    }
    guest->initrd = gpa(initrd);
    guest->initrd_bytes = page->initrd_bytes;
    return NULL;
}

static bool tree_fits(const struct guest_parts *guest, uint64_t base, uint64_t room)
{
    return guest_ram_contains(gpa(base), room) &&
           !ranges_overlap(base, room, guest->kernel.raw, guest->image_size) &&
           !ranges_overlap(base, room, guest->initrd.raw, guest->initrd_bytes);
}

/* On a 2 MiB boundary: the kernel maps the tree in such blocks (booting.rst 2). */
static const char *place_tree(struct guest_parts *guest, uint64_t room)
{
    struct vmm_ram ram[VMM_RAM_MAX];
    size_t count = guest_ram_get(ram, VMM_RAM_MAX);
    uint64_t candidates[2 + VMM_RAM_MAX] = {
        guest->initrd.raw + guest->initrd_bytes,
        guest->kernel.raw + guest->image_size,
    };

    for (size_t i = 0; i < count; i++) {
        candidates[2 + i] = ram[i].base.raw;
    }
    for (size_t i = 0; i < 2 + count; i++) {
        uint64_t base = align_up(candidates[i], ARM64_IMAGE_ALIGNMENT);
        if (base != 0 && tree_fits(guest, base, room)) {
            guest->tree = gpa(base);
            return NULL;
        }
    }
    return "no room for the device tree in VTL0's memory; give it more";
}

const char *linux_check(const struct igvm_guest_page *page, uint64_t tree_room,
                        struct guest_parts *guest)
{
    const char *reason = check_command_line(page);
    if (reason == NULL) {
        reason = check_image(page, guest);
    }
    if (reason == NULL) {
        reason = check_initrd(page, guest);
    }
    return reason != NULL ? reason : place_tree(guest, tree_room);
}
PV_UNTRUSTED(linux_check, host, "fuzz_linux_image");
