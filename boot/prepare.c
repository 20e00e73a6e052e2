/* SPDX-License-Identifier: BSD-3-Clause */
#include "prepare.h"

#include "guest_tree.h"
#include "measure.h"

#include <string.h>

static uint8_t tree[GUEST_TREE_BYTES] __attribute__((aligned(8)));

/* False: half a seed is none. */
static bool draw(uint8_t *to, size_t bytes)
{
    uint64_t word = 0;
    bool good = true;

    for (size_t i = 0; good && i < bytes; i += sizeof(word)) {
        good = vtl_random(&word);
        memcpy(to + i, &word, sizeof(word));
    }
    return good;
}

/* Measured with zeros for its seeds, which no verifier can know. */
static const char *write_tree(struct guest_tree *guest, gpa_t to)
{
    uint8_t kaslr[sizeof(uint64_t)];
    uint8_t rng[GUEST_SEED_BYTES];
    struct guest_seeds seeds;
    size_t bytes = 0;

    guest->seeded = draw(kaslr, sizeof(kaslr)) && draw(rng, sizeof(rng));
    const char *reason = guest_tree_write(guest, tree, sizeof(tree), &bytes, &seeds);
    if (reason == NULL) {
        reason = measure_bytes(GUEST_EVENT_DEVICE_TREE, tree, bytes);
    }
    if (reason == NULL && guest->seeded) {
        memcpy(seeds.kaslr, kaslr, sizeof(kaslr));
        memcpy(seeds.rng, rng, sizeof(rng));
    }
    if (reason == NULL && guest_write(to, tree, bytes) != PV_OK) {
        reason = "the guest's device tree can't be written";
    }
    memset(tree, 0, sizeof(tree));
    memset(rng, 0, sizeof(rng));
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
