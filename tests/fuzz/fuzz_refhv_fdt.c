/* SPDX-License-Identifier: BSD-3-Clause */
/* The board's device tree as refhv reads it: any bytes, and whatever is taken keeps refhv's own invariants. */
#include "machine_fdt.h"

#include <stdlib.h>
#include <string.h>

#define FDT_HEADER_BYTES 40u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check(const struct machine *board)
{
    uint64_t end = 0;
    for (uint32_t i = 0; i < board->memory_count; i++) {
        const struct machine_range range = board->memory[i];
        if (range.base < end || range.bytes == 0 || (range.base | range.bytes) % 4096 != 0) {
            abort();
        }
        end = range.base + range.bytes;
    }
    if (board->cpu_count == 0 || board->cpu_count > MACHINE_CPU_MAX ||
        board->memory_count > MACHINE_MEMORY_MAX || board->device_count > MACHINE_DEVICE_MAX ||
        memchr(board->options.nonce, 0, sizeof(board->options.nonce)) == NULL ||
        memchr(board->options.vtl2_bootargs, 0, sizeof(board->options.vtl2_bootargs)) == NULL) {
        abort();
    }
    for (uint32_t i = 0; i < board->device_count; i++) {
        if (board->device[i].intid < 32 || board->device[i].intid >= 288) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct machine machine_out;
    if (bytes < FDT_HEADER_BYTES) {
        return 0;
    }
    /* The tree says its size itself; machine_probe maps as much, so as much is there. */
    const uint32_t total =
        (uint32_t)data[4] << 24 | (uint32_t)data[5] << 16 | (uint32_t)data[6] << 8 | data[7];
    if (total > MACHINE_FDT_BYTES_MAX) {
        return 0;
    }
    uint8_t *tree = calloc(1, total > bytes ? total : bytes);
    if (tree == NULL) {
        return 0;
    }
    memcpy(tree, data, bytes);
    if (machine_fdt_parse(&machine_out, tree) == NULL) {
        check(&machine_out);
    }
    free(tree);
    return 0;
}
