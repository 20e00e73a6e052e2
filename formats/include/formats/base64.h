/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * RFC 4648, strictly: each sequence of bytes has one text (3.5), and nothing else is in it (3.3).
 */
#ifndef FORMATS_BASE64_H
#define FORMATS_BASE64_H

#include "vtl/base.h"

enum base64_kind {
    BASE64_STANDARD, /* 4, padded */
    BASE64_URL,      /* 5, without padding, as RFC 7515, 2 has it */
};

/* The most that n bytes take. */
#define BASE64_BYTES(n) (((n) + 2) / 3 * 4)

/* False: no such text, or it needs more than room. to is written only where it is true. */
bool base64_decode(enum base64_kind kind, const char *text, size_t bytes, void *to, size_t room,
                   size_t *got);
/* Returns the length; no NUL behind it. */
size_t base64_encode(enum base64_kind kind, const void *from, size_t bytes, char *to);

#endif /* FORMATS_BASE64_H */
