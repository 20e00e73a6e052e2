/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bytes put one behind another into a buffer with an end. What does not fit is left out, and cut
 * says so.
 */
#ifndef NET_TEXT_H
#define NET_TEXT_H

#include "vtl/base.h"

struct text {
    char *to;
    size_t room;
    size_t used;
    bool cut;
};

/* All of them, or none. */
void text_add_bytes(struct text *text, const char *bytes, size_t count);
void text_add(struct text *text, const char *what);
static inline void text_put(struct text *text, char byte)
{
    text_add_bytes(text, &byte, 1);
}
/* Decimal. */
void text_add_number(struct text *text, uint64_t number);

#endif /* NET_TEXT_H */
