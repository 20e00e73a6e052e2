/* SPDX-License-Identifier: BSD-3-Clause */
/* Bytes written as text. */
#ifndef VERIFY_TEXT_H
#define VERIFY_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exactly 2 * bytes hexadecimal digits, of either case. */
bool text_from_hex(const char *text, size_t text_bytes, uint8_t *to, size_t bytes);

/*
 * Base64 (RFC 4648): 4 with its padding, or 5, URL-safe, without. Spare bits have to be zero, so that one
 * text stands for the bytes.
 */
bool text_from_base64(const char *text, size_t bytes, bool url, uint8_t *to, size_t room,
                      size_t *got);

#endif /* VERIFY_TEXT_H */
