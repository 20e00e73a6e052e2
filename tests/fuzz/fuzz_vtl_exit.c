/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any 256 bytes as a message of the host: a decoded exit is one that the contract has, all others
 * are unknown.
 */
#include "hv/exit.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hv_message *message = calloc(1, sizeof(*message));
    struct vtl_exit exit;
    memset(&exit, 0xa5, sizeof(exit));
    memcpy(message, data, size < sizeof(*message) ? size : sizeof(*message));
    hv_exit_decode(message, 0, &exit);
    if (exit.kind == VTL_EXIT_MEMORY &&
        (exit.memory.access > VTL_EXECUTE || (message->payload[6] & 0xf2) != 0)) {
        abort();
    }
    if (exit.kind == VTL_EXIT_HYPERCALL && exit.hypercall.immediate > 1) {
        abort();
    }
    if (exit.kind != VTL_EXIT_UNKNOWN && exit.kind != VTL_EXIT_SINT &&
        exit.instruction_bytes != 2 && exit.instruction_bytes != 4) {
        abort();
    }
    if (exit.kind >= VTL_EXIT_KINDS || exit.kind == VTL_EXIT_CALL ||
        exit.kind == VTL_EXIT_INTERRUPT) {
        abort();
    }
    free(message);
    return 0;
}
