/* SPDX-License-Identifier: BSD-3-Clause */
#include "prepare.h"

#include "guest_tree.h"

#include <string.h>

static uint8_t tree[GUEST_TREE_BYTES] __attribute__((aligned(8)));

static void draw_seeds(struct guest_tree *guest)
{
    uint64_t word = 0;

    guest->seeded = vtl_random(&guest->kaslr_seed);
    for (size_t i = 0; guest->seeded && i < sizeof(guest->rng_seed); i += sizeof(word)) {
        guest->seeded = vtl_random(&word);
        memcpy(guest->rng_seed + i, &word, sizeof(word));
    }
}

static const char *write_tree(struct guest_tree *guest, gpa_t to)
{
    size_t bytes = 0;

    draw_seeds(guest);
    const char *reason = guest_tree_write(guest, tree, sizeof(tree), &bytes);
    if (reason == NULL && guest_write(to, tree, bytes) != PV_OK) {
        reason = "the guest's device tree can't be written";
    }
    memset(tree, 0, sizeof(tree));
    memset(guest->rng_seed, 0, sizeof(guest->rng_seed));
    return reason;
}

const char *prepare_guest(const struct board *board, const struct igvm_guest_page *page,
                          uint32_t virtio, struct guest_parts *parts)
{
    struct guest_tree guest = {.virtio = virtio};
    const char *reason = guest_check(page, GUEST_TREE_BYTES, parts);

    if (reason != NULL) {
        return reason;
    }
    board_describe(board, &guest);
    guest.command_line = page->command_line;
    guest.command_line_bytes = page->command_line_bytes;
    guest.initrd_base = parts->initrd.raw;
    guest.initrd_bytes = parts->initrd_bytes;
    return write_tree(&guest, parts->tree);
}
