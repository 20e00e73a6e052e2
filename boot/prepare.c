/* SPDX-License-Identifier: BSD-3-Clause */
#include "prepare.h"

#include "guest_tree.h"
#include "measure.h"

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

/* Measured without its seeds, which no verifier can know; the rest is the same. */
static const char *write_tree(struct guest_tree *guest, gpa_t to)
{
    size_t bytes = 0;
    const char *reason = guest_tree_write(guest, tree, sizeof(tree), &bytes);

    if (reason == NULL) {
        reason = measure_bytes(GUEST_EVENT_DEVICE_TREE, tree, bytes);
    }
    draw_seeds(guest);
    if (reason == NULL) {
        reason = guest_tree_write(guest, tree, sizeof(tree), &bytes);
    }
    if (reason == NULL && guest_write(to, tree, bytes) != PV_OK) {
        reason = "the guest's device tree can't be written";
    }
    memset(tree, 0, sizeof(tree));
    memset(guest->rng_seed, 0, sizeof(guest->rng_seed));
    return reason;
}

static const char *measure_parts(const struct igvm_guest_page *page,
                                 const struct guest_parts *parts)
{
    const char *reason = measure_guest(GUEST_EVENT_KERNEL, parts->kind == IGVM_GUEST_FIRMWARE,
                                       parts->kernel, parts->kernel_bytes);

    if (reason == NULL) {
        reason = measure_guest(GUEST_EVENT_INITRD, false, parts->initrd, parts->initrd_bytes);
    }
    return reason != NULL ? reason
                          : measure_bytes(GUEST_EVENT_COMMAND_LINE, page->command_line,
                                          page->command_line_bytes);
}

const char *prepare_guest(const struct board *board, const struct igvm_guest_page *page,
                          uint32_t virtio, struct guest_parts *parts)
{
    struct guest_tree guest = {.virtio = virtio};
    const char *reason = guest_check(page, GUEST_TREE_BYTES, parts);

    if (reason == NULL) {
        reason = measure_parts(page, parts);
    }
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
