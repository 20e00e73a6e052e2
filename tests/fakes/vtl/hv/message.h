/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stands in for vtl/hv/message.h on the host: a host that writes each word behind its reader's back,
 * and an end of the test for who reads a word of one message twice.
 */
#ifndef VTL_HV_MESSAGE_H
#define VTL_HV_MESSAGE_H

#include "hv_message.h"

#include <stddef.h>

/* fake_message.c */
uint64_t hv_message_word(const struct hv_message *message, size_t offset);
/* A new message: every word may be read again. */
void fake_message_reset(void);
/* Words read since then: bit n is the word at 8 * n. */
extern uint32_t fake_message_words;

#endif /* VTL_HV_MESSAGE_H */
