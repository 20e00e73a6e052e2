/* SPDX-License-Identifier: BSD-3-Clause */
#include "cpu/format.h"

#include <stdbool.h>
#include <stdint.h>

#define WIDTH_MAX 64u
#define DIGITS_MAX 20u /* of 2^64 in base 10 */

struct output {
    char *to;
    size_t room; /* for text, the NUL apart */
    size_t used;
};

struct directive {
    bool zero;
    unsigned width;
    unsigned longs; /* 0 int, 1 long or size_t, 2 long long */
    char type;
};

static void put(struct output *output, char c)
{
    if (output->used < output->room) {
        output->to[output->used++] = c;
    }
}

static void put_field(struct output *output, const char *text, size_t bytes, unsigned width,
                      char fill)
{
    for (size_t i = bytes; i < width; i++) {
        put(output, fill);
    }
    for (size_t i = 0; i < bytes; i++) {
        put(output, text[i]);
    }
}

static void put_number(struct output *output, const struct directive *directive, uint64_t value,
                       bool negative)
{
    unsigned base = directive->type == 'x' || directive->type == 'p' ? 16 : 10;
    char text[DIGITS_MAX + 1u];
    size_t at = sizeof(text);
    do {
        text[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    unsigned width = directive->width;
    if (negative && directive->zero) {
        put(output, '-');
        width = width == 0 ? 0 : width - 1u;
    } else if (negative) {
        text[--at] = '-';
    }
    put_field(output, &text[at], sizeof(text) - at, width, directive->zero ? '0' : ' ');
}

static const char *parse(const char *at, struct directive *directive)
{
    *directive = (struct directive){0};
    while (*at == '0') {
        directive->zero = true;
        at++;
    }
    while (*at >= '0' && *at <= '9') {
        unsigned width = directive->width * 10u + (unsigned)(*at - '0');
        directive->width = width > WIDTH_MAX ? WIDTH_MAX : width;
        at++;
    }
    while (*at == 'l' || *at == 'z') {
        directive->longs++;
        at++;
    }
    directive->type = *at;
    return *at == '\0' ? at : at + 1;
}

static void put_string(struct output *output, const struct directive *directive, const char *text)
{
    size_t bytes = 0;
    text = text == NULL ? "(null)" : text;
    while (bytes < output->room && text[bytes] != '\0') {
        bytes++;
    }
    put_field(output, text, bytes, directive->width, ' ');
}

/*
 * A va_list that is an array type can't be passed by address from a parameter: it travels in a
 * struct.
 */
struct arguments {
    va_list list;
};

static uint64_t next_unsigned(const struct directive *directive, struct arguments *arguments)
{
    if (directive->longs >= 2) {
        return va_arg(arguments->list, unsigned long long);
    }
    return directive->longs == 1 ? va_arg(arguments->list, unsigned long)
                                 : va_arg(arguments->list, unsigned);
}

static int64_t next_signed(const struct directive *directive, struct arguments *arguments)
{
    if (directive->longs >= 2) {
        return va_arg(arguments->list, long long);
    }
    return directive->longs == 1 ? va_arg(arguments->list, long) : va_arg(arguments->list, int);
}

static void put_directive(struct output *output, const struct directive *directive,
                          struct arguments *arguments)
{
    int64_t number;
    switch (directive->type) {
    case 's':
        put_string(output, directive, va_arg(arguments->list, const char *));
        break;
    case 'c':
        put(output, (char)va_arg(arguments->list, int));
        break;
    case 'd':
    case 'i':
        number = next_signed(directive, arguments);
        put_number(output, directive, number < 0 ? 0 - (uint64_t)number : (uint64_t)number,
                   number < 0);
        break;
    case 'u':
    case 'x':
        put_number(output, directive, next_unsigned(directive, arguments), false);
        break;
    case 'p':
        put(output, '0');
        put(output, 'x');
        put_number(output, directive, (uint64_t)(uintptr_t)va_arg(arguments->list, void *), false);
        break;
    default:
        put(output, '%');
        if (directive->type != '%' && directive->type != '\0') {
            put(output, directive->type);
        }
        break;
    }
}

size_t format_list(char *to, size_t room, const char *format, va_list list)
{
    if (room == 0) {
        return 0;
    }
    struct output output = {.to = to, .room = room - 1u};
    struct arguments arguments;
    va_copy(arguments.list, list);
    const char *at = format;
    while (*at != '\0') {
        if (*at != '%') {
            put(&output, *at++);
            continue;
        }
        struct directive directive;
        at = parse(at + 1, &directive);
        put_directive(&output, &directive, &arguments);
    }
    va_end(arguments.list);
    to[output.used] = '\0';
    return output.used;
}

size_t format_text(char *to, size_t room, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t used = format_list(to, room, format, arguments);
    va_end(arguments);
    return used;
}
