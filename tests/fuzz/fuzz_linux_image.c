/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any guest page and any kernel header, over memory that the input lays out, too. What guest_check
 * takes lies in VTL0's memory, and its parts share no byte.
 */
#include "arm64_image.h"
#include "fdt_in.h"
#include "guest.h"

#include <stdlib.h>
#include <string.h>

#define TREE_ROOM 8192u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input: memory, kernel header, guest page. */
static struct input {
    uint32_t ram[4]; /* two ranges, in 64 KiB: gap before, length */
    struct arm64_image image;
    struct igvm_guest_page page;
} input;

static struct vmm_ram ram[2];

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

size_t guest_ram_get(struct vmm_ram *to, size_t room)
{
    require(room >= 2);
    memcpy(to, ram, sizeof(ram));
    return 2;
}

bool guest_ram_contains(gpa_t base, uint64_t bytes)
{
    return range_contains(ram[0].base.raw, ram[0].bytes, base.raw, bytes) ||
           range_contains(ram[1].base.raw, ram[1].bytes, base.raw, bytes);
}

enum pv_status guest_read(gpa_t from, void *to, size_t bytes)
{
    if (!guest_ram_contains(from, bytes)) {
        return PV_FAULT;
    }
    require(bytes <= sizeof(input.image));
    memcpy(to, &input.image, bytes);
    return PV_OK;
}

static void check(const struct guest_parts *guest)
{
    require(guest_ram_contains(guest->kernel, guest->image_size));
    require(guest->kernel_bytes >= (guest->kind == IGVM_GUEST_LINUX ? 64 : 1) &&
            guest->kernel_bytes <= guest->image_size);
    require(guest_ram_contains(guest->tree, TREE_ROOM) && guest->tree.raw % 8 == 0);
    require(!ranges_overlap(guest->tree.raw, TREE_ROOM, guest->kernel.raw, guest->image_size));
    if (guest->initrd_bytes == 0) {
        return;
    }
    require(guest_ram_contains(guest->initrd, guest->initrd_bytes));
    require(!ranges_overlap(guest->initrd.raw, guest->initrd_bytes, guest->kernel.raw,
                            guest->image_size));
    require(!ranges_overlap(guest->initrd.raw, guest->initrd_bytes, guest->tree.raw, TREE_ROOM));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct guest_parts guest;
    uint64_t at = 0;

    memset(&input, 0, sizeof(input));
    memcpy(&input, data, size < sizeof(input) ? size : sizeof(input));
    for (size_t i = 0; i < 2; i++) {
        at += (uint64_t)input.ram[2 * i] << 16;
        ram[i] = (struct vmm_ram){gpa(at), ((uint64_t)input.ram[2 * i + 1] << 16) + 4096};
        at += ram[i].bytes;
    }
    if (guest_check(&input.page, TREE_ROOM, &guest) == NULL) {
        check(&guest);
    }
    return 0;
}
