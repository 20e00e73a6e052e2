/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as the hypervisor's device tree. From what the parser takes, the guest's tree must
 * always come out, and what the parser promises of struct board must hold.
 */
#include "fdt_in.h"
#include "guest_tree.h"

#include <libfdt.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((noreturn)) void panic_at(const char *file, int line, const char *what);

void panic_at(const char *file, int line, const char *what)
{
    (void)file;
    (void)line;
    (void)what;
    abort();
}

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void check_board(const struct board *board)
{
    uint64_t end = 0;

    require(board->vp_count >= 1 && board->vp_count <= VTL_VP_MAX);
    require(board->ram_count >= 1 && board->ram_count <= VMM_RAM_MAX);
    require(board->vtl2.bytes != 0 && board->virtio_count <= BOARD_VIRTIO_MAX);
    for (uint32_t i = 0; i < board->ram_count; i++) {
        const struct vmm_ram *ram = &board->ram[i];
        require(ram->bytes != 0 && ram->base.raw >= end);
        require(
            !ranges_overlap(ram->base.raw, ram->bytes, board->vtl2.base.raw, board->vtl2.bytes));
        end = ram->base.raw + ram->bytes;
        require(end <= UINT64_C(1) << 48);
    }
    require(board->gicr.bytes == board->vp_count * UINT64_C(0x20000));
    require(board->timer_ppi < 16 && board->uart.intid <= BOARD_INTID_MAX);
    require(strlen(board->options) < 65536);
}

static void check_guest_tree(const struct board *board)
{
    static uint8_t tree[GUEST_TREE_BYTES] __attribute__((aligned(8)));
    struct guest_tree guest = {.command_line = "", .seeded = true};
    struct guest_seeds seeds;
    size_t bytes = 0;

    board_describe(board, &guest);
    require(guest_tree_write(&guest, tree, sizeof(tree), &bytes, &seeds) == NULL);
    require(fdt_check_full(tree, bytes) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static volatile uint8_t sink;
    struct board board;
    uint8_t *copy = aligned_alloc(8, (size + 8) & ~(size_t)7);

    memcpy(copy, data, size);
    if (board_parse(copy, size, &board) == NULL) {
        check_board(&board);
        check_guest_tree(&board);
        for (uint32_t i = 0; i < board.seed_bytes; i++) {
            sink = board.seed[i];
        }
    }
    (void)sink;
    free(copy);
    return 0;
}
