/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Prints vtl/abi/registers.def as the tables of docs/vtl-contract.md, in Markdown. Rows that differ in nothing
 * but a number in the name are one line.
 */
#include "arm64.h"
#include "registers.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES 32u

struct row {
    char name[NAME_BYTES];
    unsigned encoding[5];
    const char *access;
    const char *feature;
    const char *class;
    const char *saver;
    uint32_t hyperv;
    uint64_t reset;
    const char *source;
};

static const struct row rows[] = {
#define REGISTER(name, op0, op1, crn, crm, op2, access, feature, class, saver, hyperv, reset, \
                 source)                                                                      \
    {#name, {op0, op1, crn, crm, op2}, #access, #feature, #class, #saver, hyperv, reset, #source},
#include "registers.def"
};

static const struct {
    const char *word;
    const char *text;
} sources[] = {
#define X(word, text) {#word, text},
    REGISTER_SOURCES(X)
#undef X
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * The number that counts a family's members: the last digits before "_el". stem gets the name with '#' for it.
 * False if the name has none, or belongs to no family: a lone "ttbr0" is two registers of their own.
 */
static bool family(const struct row *row, char stem[NAME_BYTES], unsigned *number)
{
    const char *end = strstr(row->name, "_el");
    const char *from = end;

    while (end != NULL && from > row->name && isdigit((unsigned char)from[-1])) {
        from--;
    }
    if (end == NULL || from == end) {
        return false;
    }
    (void)sscanf(from, "%u", number);
    (void)snprintf(stem, NAME_BYTES, "%.*s#%s", (int)(from - row->name), row->name, end);
    return true;
}

static bool alike(const struct row *a, const struct row *b)
{
    char stem_a[NAME_BYTES];
    char stem_b[NAME_BYTES];
    unsigned number;

    return family(a, stem_a, &number) && family(b, stem_b, &number) &&
           strcmp(stem_a, stem_b) == 0 && strcmp(a->access, b->access) == 0 &&
           strcmp(a->class, b->class) == 0 && strcmp(a->saver, b->saver) == 0 &&
           strcmp(a->source, b->source) == 0 && (a->hyperv == 0) == (b->hyperv == 0);
}

/* Few of a kind are told one by one. */
#define FAMILY_LEAST 4u

static size_t family_size(size_t at)
{
    size_t members = 0;

    for (size_t i = 0; i < COUNT(rows); i++) {
        members += alike(&rows[at], &rows[i]) ? 1 : 0;
    }
    return members < FAMILY_LEAST ? 1 : members;
}

static const struct row *family_end(size_t at, bool last)
{
    const struct row *found = &rows[at];

    for (size_t i = 0; i < COUNT(rows); i++) {
        if (alike(&rows[at], &rows[i])) {
            found = &rows[i];
            if (!last) {
                break;
            }
        }
    }
    return found;
}

static void print_name(const char *name)
{
    for (; *name != '\0'; name++) {
        putchar(toupper((unsigned char)*name));
    }
}

static void print_range(uint64_t first, uint64_t last, const char *none)
{
    if (first == 0) {
        printf("%s", none);
    } else if (first == last) {
        printf("0x%" PRIx64, first);
    } else {
        printf("0x%" PRIx64 "..0x%" PRIx64, first, last);
    }
}

static void print_row(size_t at)
{
    const bool many = family_size(at) > 1;
    const struct row *first = many ? family_end(at, false) : &rows[at];
    const struct row *last = many ? family_end(at, true) : &rows[at];

    if (first != &rows[at]) {
        return; /* told with the first of its family */
    }
    printf("| ");
    print_name(first->name);
    if (many) {
        printf("..");
        print_name(last->name);
    }
    printf(" | %u,%u,%u,%u,%u | %s | %s | %s | %s | ", first->encoding[0], first->encoding[1],
           first->encoding[2], first->encoding[3], first->encoding[4], first->access,
           first->feature, first->class, first->saver);
    print_range(first->hyperv, last->hyperv, "-");
    printf(" | ");
    print_range(first->reset, first->reset, "0");
    printf(" | %s |\n", first->source);
}

static void print_registers(void)
{
    printf(
        "| Register | Encoding | Access | Feature | Class | Saver | Hyper-V name | Reset | Source |\n");
    printf("|---|---|---|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < COUNT(rows); i++) {
        print_row(i);
    }
    printf("\n%zu registers.\n", COUNT(rows));
}

static void print_states(void)
{
    printf("\n| State | Registers | Bits | Feature | Class | Saver | Hyper-V name | Source |\n");
    printf("|---|---|---|---|---|---|---|---|\n");
#define STATE(name, count, bits, feature, class, saver, hyperv, source)                         \
    printf("| " #name " | " #count " | " #bits " | " #feature " | " #class " | " #saver " | "); \
    print_range(hyperv, hyperv, "-");                                                           \
    printf(" | " #source " |\n");
#include "registers.def"
    printf("\nBits 0: as many as the vector length says.\n");
}

static void print_sources(void)
{
    printf("\n| Source | Is |\n|---|---|\n");
    for (size_t i = 0; i < COUNT(sources); i++) {
        printf("| %s | %s |\n", sources[i].word, sources[i].text);
    }
}

static void print_features(void)
{
    printf("\n| Feature | There where |\n|---|---|\n");
#define X(word, id, shift, least)                                             \
    if (strcmp(#id, "none") == 0) {                                           \
        printf("| " #word " | always |\n");                                   \
    } else {                                                                  \
        printf("| " #word " | ");                                             \
        print_name(#id);                                                      \
        printf(" bits %d:%d at least %d |\n", (shift) + 3, (shift), (least)); \
    }
    REGISTER_FEATURES(X)
#undef X
}

int main(int argc, char **argv)
{
    if (argc > 1) {
        const bool help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0;
        (void)fprintf(help ? stdout : stderr,
                      "usage: contract-table\n\n"
                      "Prints the register table of the VTL switch in Markdown.\n");
        return help ? 0 : 2;
    }
    print_registers();
    print_states();
    print_sources();
    print_features();
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? 0 : 1;
}
