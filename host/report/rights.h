/* SPDX-License-Identifier: BSD-3-Clause */
/* What of the image can be written, what can be run, and that nothing is both. */
#ifndef REPORT_RIGHTS_H
#define REPORT_RIGHTS_H

#include "program.h"

/* Of the image's memory, page by page, as boot/paravane.ld lays it out and vtl/cpu/mmu.c maps it. */
struct right_range {
    const char *name;
    const char *rights; /* "RX", "R", "RW", "none" */
    uint64_t start;
    uint64_t end;
};

struct right_check {
    const char *what;
    bool good;
    char *finding; /* NULL: good */
};

/* A variable that can be written. */
struct right_variable {
    const char *name;
    const char *section;
    uint64_t address;
    uint64_t bytes;
    size_t file;
};

struct rights {
    struct right_range *ranges;
    size_t range_count;
    struct right_check *checks;
    size_t check_count;
    bool good;
    struct right_variable *variables; /* largest first */
    size_t variable_count;
    uint64_t variable_bytes;
    uint64_t writable_bytes; /* of .data and .bss, with what is between the variables */
};

void rights_read(struct rights *rights, const struct program *program);

#endif /* REPORT_RIGHTS_H */
