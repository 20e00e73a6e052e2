/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine_fdt.h"
#include "mutation.h"

#include <stddef.h>
#include <string.h>

/* One word of the command line: [text, text + bytes). */
struct word {
    const char *text;
    size_t bytes;
};

/* The value, if the word is NAME=value. */
static bool word_value(struct word word, const char *name, struct word *value)
{
    const size_t bytes = strlen(name);
    if (word.bytes <= bytes || memcmp(word.text, name, bytes) != 0 || word.text[bytes] != '=') {
        return false;
    }
    *value = (struct word){word.text + bytes + 1, word.bytes - bytes - 1};
    return true;
}

static bool word_is(struct word word, const char *text)
{
    return word.bytes == strlen(text) && memcmp(word.text, text, word.bytes) == 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* 0x and up to 16 hexadecimal digits. */
static bool word_number(struct word word, uint64_t *number)
{
    if (word.bytes < 3 || word.bytes > 18 || word.text[0] != '0' || word.text[1] != 'x') {
        return false;
    }
    *number = 0;
    for (size_t i = 2; i < word.bytes; i++) {
        const int digit = hex_digit(word.text[i]);
        if (digit < 0) {
            return false;
        }
        *number = *number << 4 | (uint64_t)digit;
    }
    return true;
}

/* Exactly as many hexadecimal digits as the value has. */
static bool rpv_take(struct machine_options *options, struct word value)
{
    if (value.bytes != 2 * (size_t)MACHINE_RPV_BYTES) {
        return false;
    }
    for (size_t i = 0; i < MACHINE_RPV_BYTES; i++) {
        const int high = hex_digit(value.text[2 * i]);
        const int low = hex_digit(value.text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        options->rpv[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    return true;
}

/* A nonce is printed in the last line, which tools look for: printable, without blanks. */
static bool nonce_take(struct machine_options *options, struct word value)
{
    if (value.bytes == 0 || value.bytes >= sizeof(options->nonce)) {
        return false;
    }
    for (size_t i = 0; i < value.bytes; i++) {
        if (value.text[i] <= ' ' || value.text[i] > '~') {
            return false;
        }
    }
    memcpy(options->nonce, value.text, value.bytes);
    options->nonce[value.bytes] = '\0';
    return true;
}

/* NAME=other or NAME=usual: the field becomes true by the first. */
static const struct choice {
    const char *name;
    const char *other;
    const char *usual;
    size_t field;
    const char *reason;
} choices[] = {
    {"intercept", "simp", "page", offsetof(struct machine_options, intercept_by_simp),
     "option intercept= takes page or simp"},
    {"x29", "shared", "private", offsetof(struct machine_options, x29_x30_shared),
     "option x29= takes private or shared"},
    {"regpage", "off", "on", offsetof(struct machine_options, no_register_page),
     "option regpage= takes on or off"},
    {"smccc", "off", "on", offsetof(struct machine_options, no_smccc_switch),
     "option smccc= takes on or off"},
    {"rsi", "off", "on", offsetof(struct machine_options, no_rsi), "option rsi= takes on or off"},
    {"token", "399", "907", offsetof(struct machine_options, token_tag_399),
     "option token= takes 907 or 399"},
};

static const char *choice_take(const struct choice *choice, struct machine_options *options,
                               struct word value)
{
    bool *field = (bool *)(void *)((uint8_t *)options + choice->field);

    *field = word_is(value, choice->other);
    return *field || word_is(value, choice->usual) ? NULL : choice->reason;
}

#ifdef REFHV_MUTATION
/* The line has to be found by scripts: it ends with the name. */
static const char *mutation_take(struct word value)
{
    static char reason[64];
    const size_t bytes = value.bytes < sizeof(reason) - 8 ? value.bytes : sizeof(reason) - 8;

    if (mutation_choose(value.text, value.bytes)) {
        return NULL;
    }
    memcpy(reason, "no row ", 7);
    memcpy(reason + 7, value.text, bytes);
    reason[7 + bytes] = '\0';
    return reason;
}
#endif

static const char *option_take(struct machine_options *options, struct word word)
{
    struct word value;
    for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
        if (word_value(word, choices[i].name, &value)) {
            return choice_take(&choices[i], options, value);
        }
    }
    if (word_value(word, "vtl2-base", &value)) {
        return word_number(value, &options->vtl2_base)
                   ? NULL
                   : "option vtl2-base= takes 0x and hexadecimal digits";
    }
    if (word_value(word, "nonce", &value)) {
        return nonce_take(options, value) ? NULL
                                          : "option nonce= takes 1 to 39 printable characters";
    }
    if (word_value(word, "rpv", &value)) {
        return rpv_take(options, value) ? NULL : "option rpv= takes 128 hexadecimal digits";
    }
#ifdef REFHV_MUTATION
    if (word_value(word, "break", &value)) {
        return mutation_take(value);
    }
#endif
    return "unknown option on the command line (VTL2's own go behind --)";
}

const char *machine_options_parse(struct machine_options *options, const char *line)
{
    for (;;) {
        line += strspn(line, " ");
        const struct word word = {line, strcspn(line, " ")};
        if (word.bytes == 0) {
            return NULL;
        }
        line += word.bytes;
        if (word_is(word, "--")) {
            break;
        }
        const char *reason = option_take(options, word);
        if (reason != NULL) {
            return reason;
        }
    }
    line += strspn(line, " ");
    const size_t bytes = strlen(line);
    if (bytes >= sizeof(options->vtl2_bootargs)) {
        return "VTL2's part of the command line is too long";
    }
    memcpy(options->vtl2_bootargs, line, bytes + 1);
    return NULL;
}
