/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The one access to a message's bytes. The page stays the hypervisor's to write, so each word is
 * read once and never again. tests/fakes/vtl/hv/message.h stands in for it and counts.
 */
#ifndef VTL_HV_MESSAGE_H
#define VTL_HV_MESSAGE_H

#include "hv_message.h"

#include <stddef.h>
#include <stdint.h>

/* The eight bytes at offset, a multiple of eight. */
static inline uint64_t hv_message_word(const struct hv_message *message, size_t offset)
{
    const volatile uint8_t *bytes = (const volatile uint8_t *)message;

    return *(const volatile uint64_t *)(const volatile void *)(bytes + offset);
}

#endif /* VTL_HV_MESSAGE_H */
