/* SPDX-License-Identifier: BSD-3-Clause */
#include "text.h"

#include <string.h>

#define DIGITS 20u /* of 2^64 - 1 */

void text_add_bytes(struct text *text, const char *bytes, size_t count)
{
    if (count > text->room - text->used) {
        text->cut = true;
        return;
    }
    memcpy(text->to + text->used, bytes, count);
    text->used += count;
}

void text_add(struct text *text, const char *what)
{
    text_add_bytes(text, what, strlen(what));
}

void text_add_number(struct text *text, uint64_t number)
{
    char digits[DIGITS];
    size_t first = DIGITS;

    do {
        digits[--first] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    text_add_bytes(text, digits + first, DIGITS - first);
}
