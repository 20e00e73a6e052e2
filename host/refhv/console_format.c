/* SPDX-License-Identifier: BSD-3-Clause */
#include "console_format.h"

#include <stdbool.h>
#include <stdint.h>

#define NUMBER_BYTES 20u /* 2^64 - 1 in decimal */

struct output {
    char *to;
    size_t room;
    size_t used;
};

struct specification {
    unsigned width;
    unsigned longs; /* of 'l' */
    bool zeros;
    char conversion;
};

static void put(struct output *output, char c)
{
    if (output->used < output->room) {
        output->to[output->used++] = c;
    }
}

static void put_text(struct output *output, const char *text, unsigned width)
{
    unsigned bytes = 0;
    for (; text[bytes] != '\0'; bytes++) {
        put(output, text[bytes]);
    }
    for (; bytes < width; bytes++) {
        put(output, ' ');
    }
}

static void put_number(struct output *output, uint64_t value, unsigned base, bool negative,
                       const struct specification *specification)
{
    char digits[NUMBER_BYTES];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    const unsigned taken = count + (negative ? 1 : 0);
    if (negative && specification->zeros) {
        put(output, '-');
    }
    for (unsigned i = taken; i < specification->width; i++) {
        put(output, specification->zeros ? '0' : ' ');
    }
    if (negative && !specification->zeros) {
        put(output, '-');
    }
    while (count != 0) {
        put(output, digits[--count]);
    }
}

/* Reads what follows a '%'. Returns the first character after it. */
static const char *parse(const char *format, struct specification *specification)
{
    *specification = (struct specification){0};
    if (*format == '0') {
        specification->zeros = true;
        format++;
    }
    for (; *format >= '0' && *format <= '9'; format++) {
        specification->width = specification->width * 10 + (unsigned)(*format - '0');
    }
    for (; *format == 'l' || *format == 'z'; format++) {
        specification->longs++;
    }
    specification->conversion = *format;
    return *format == '\0' ? format : format + 1;
}

size_t console_format(char *to, size_t room, const char *format, va_list arguments)
{
    struct output output = {.to = to, .room = room};
    while (*format != '\0') {
        const char c = *format++;
        if (c != '%') {
            put(&output, c);
            continue;
        }
        struct specification wanted;
        format = parse(format, &wanted);
        if (wanted.conversion == 's') {
            const char *text = va_arg(arguments, const char *);
            put_text(&output, text != NULL ? text : "(null)", wanted.width);
        } else if (wanted.conversion == 'c') {
            put(&output, (char)va_arg(arguments, int));
        } else if (wanted.conversion == 'd' || wanted.conversion == 'i') {
            const int64_t value =
                wanted.longs != 0 ? va_arg(arguments, long long) : va_arg(arguments, int);
            put_number(&output, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0,
                       &wanted);
        } else if (wanted.conversion == 'u' || wanted.conversion == 'x') {
            const uint64_t value = wanted.longs != 0 ? va_arg(arguments, unsigned long long)
                                                     : va_arg(arguments, unsigned int);
            put_number(&output, value, wanted.conversion == 'x' ? 16 : 10, false, &wanted);
        } else if (wanted.conversion == 'p') {
            put_text(&output, "0x", 0);
            put_number(&output, (uintptr_t)va_arg(arguments, void *), 16, false, &wanted);
        } else {
            put(&output, wanted.conversion == '\0' ? '%' : wanted.conversion);
        }
    }
    return output.used;
}
