/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Checks and their lines. VTL2 writes lines to the PL011; VTL0, which has none, leaves them in
 * its copy of check_log, from where VTL2 prints them (vtl0_drain).
 */
#include "rt.h"
#include "runtime.h"

#define PL011_DR 0x00u
#define PL011_FR 0x18u
#define PL011_FR_TXFF 0x20u

struct check_log check_log;
uint32_t rt_vtl = 2;
static const char *way = "";

void print_text(const char *text)
{
    for (; *text != '\0'; text++) {
        print_char(*text);
    }
}

void print_char(char c)
{
    if (rt_vtl == 0) {
        if (check_log.used < sizeof(check_log.text)) {
            check_log.text[check_log.used++] = c;
        } else {
            check_log.lost++;
        }
        return;
    }
    if (board.pl011 == 0) {
        return;
    }
    while ((read32(board.pl011 + PL011_FR) & PL011_FR_TXFF) != 0) {
    }
    if (c == '\n') {
        write32(board.pl011 + PL011_DR, '\r');
    }
    write32(board.pl011 + PL011_DR, (uint8_t)c);
}

void print_hex(uint64_t value)
{
    char text[19] = "0x";
    unsigned digits = 1;

    while (digits < 16 && (value >> (4 * digits)) != 0) {
        digits++;
    }
    for (unsigned i = 0; i < digits; i++) {
        text[2 + i] = "0123456789abcdef"[(value >> (4 * (digits - 1 - i))) & 0xf];
    }
    text[2 + digits] = '\0';
    print_text(text);
}

void print_decimal(uint32_t value)
{
    char text[11];
    unsigned at = sizeof(text) - 1;

    text[at] = '\0';
    do {
        text[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    print_text(&text[at]);
}

void check_way(const char *text)
{
    way = text;
}

static void print_name(const char *verdict, const char *name)
{
    print_text(verdict);
    print_text(name);
    if (rt_vtl == 0 || *way != '\0') {
        print_text(rt_vtl == 0 ? " [vtl0" : " [");
        if (rt_vtl == 0 && *way != '\0') {
            print_text(" ");
        }
        print_text(way);
        print_text("]");
    }
}

static bool passed(const char *name)
{
    check_log.passed++;
    print_name("ok ", name);
    print_text("\n");
    return true;
}

static void failed(const char *name, uint64_t got)
{
    check_log.failed++;
    print_name("FAIL ", name);
    print_text(": got ");
    print_hex(got);
    print_text(" want ");
}

bool check_eq(const char *name, uint64_t got, uint64_t want)
{
    if (got == want) {
        return passed(name);
    }
    failed(name, got);
    print_hex(want);
    print_text("\n");
    return false;
}

bool check_any(const char *name, uint64_t got, const uint64_t *wants, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (got == wants[i]) {
            return passed(name);
        }
    }
    failed(name, got);
    for (size_t i = 0; i < count; i++) {
        print_text(i == 0 ? "" : " or ");
        print_hex(wants[i]);
    }
    print_text("\n");
    return false;
}

bool check_differs(const char *name, uint64_t got, uint64_t not_wanted)
{
    if (got != not_wanted) {
        return passed(name);
    }
    failed(name, got);
    print_text("another value\n");
    return false;
}

bool check_true(const char *name, bool holds)
{
    return check_eq(name, holds ? 1 : 0, 1);
}

void note(const char *text, uint64_t value)
{
    print_name("note ", text);
    print_text(": ");
    print_hex(value);
    print_text("\n");
}

void checks_tell(void)
{
    print_text("done ");
    print_decimal(check_log.passed);
    print_text(" ");
    print_decimal(check_log.failed);
    print_text("\n");
}

void checks_done(void)
{
    checks_tell();
    for (;;) {
        (void)smccc(PSCI_SYSTEM_OFF, 0, 0, 0);
    }
}
