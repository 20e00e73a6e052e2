/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any 256 bytes as a message of the host: a decoded exit is one that the contract has, all others
 * are unknown.
 */
#include "hv/exit.h"
#include "hv/message.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void hv_entry_other(struct vtl_vp *vp, uint32_t reason, struct vtl_exit *exit)
{
    (void)vp;
    (void)reason;
    (void)exit;
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hv_message *message = calloc(1, sizeof(*message));
    struct vtl_exit exit;
    struct vtl_vp vp = {.exit = &exit};
    memset(&exit, 0xa5, sizeof(exit));
    memcpy(message, data, size < sizeof(*message) ? size : sizeof(*message));
    /* Changed once it is read. */
    uint16_t state = (uint16_t)(message->payload[6] | message->payload[7] << 8);
    fake_message_reset();
    hv_exit_init(&vp);
    hv_exit_decode(&vp, message, &exit);
    if ((exit.kind == VTL_EXIT_MEMORY || exit.kind == VTL_EXIT_PROTECTION) &&
        (exit.memory.access > VTL_EXECUTE || (state & 0xf2) != 0)) {
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
