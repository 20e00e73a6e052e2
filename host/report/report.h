/* SPDX-License-Identifier: BSD-3-Clause */
/* All that the report tells, and its three forms. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "program.h"
#include "rights.h"
#include "stack.h"
#include "untrusted.h"

enum budget_state { BUDGET_MET, BUDGET_MISSED, BUDGET_NOT_MEASURED };

/* A row of the budgets; docs of this folder say where they are from. */
struct budget {
    const char *name;
    const char *unit;
    uint64_t limit;
    uint64_t value;
    enum budget_state state;
    const char *note; /* what was counted, or how to measure it */
};

/* Pages of VTL2's memory in use with so many VPs: told by Paravane's inspect service. */
struct measurement {
    uint64_t vps;
    uint64_t pages;
};

#define BUDGETS 4

struct report {
    struct program program;
    struct stacks stacks;
    struct untrusted untrusted;
    struct rights rights;
    struct measurement *measurements; /* by VPs */
    size_t measurement_count;
    struct budget budgets[BUDGETS];
    const char *image_sha256; /* 64 hex digits each; NULL: not given */
    const char *igvm_sha256;
    const char *launch_digest;
    uint64_t own_lines;   /* of source, without comments and blanks */
    uint64_t own_code;    /* of these, that an instruction is from */
    uint64_t other_code;  /* third-party, the same */
    uint64_t image_bytes; /* of sections that come from the file */
    uint64_t part_bytes[PARTS];
    uint64_t total_bytes; /* of the image in memory */
};

const char *budget_state_text(enum budget_state state);
/* Sums and budgets; the rest is there already. */
void report_complete(struct report *report);
/* The inspect service's answer in that file, of a guest with so many VPs. */
void report_measure(struct report *report, uint64_t vps, const char *path);
/* A stack's worst path, "a (16) > b (32)"; a string of its own. */
char *report_path_text(const struct report *report, const struct stack_entry *entry);
/* A site's slots, "read, write"; "any" where it has none. */
char *report_slots_text(const struct site *site);
const char *report_file(const struct report *report, size_t file);
/* "vtl/cpu/log.c:59" */
char *report_place(const struct report *report, size_t file, uint32_t line);
/* Budgets that are missed. */
size_t report_missed(const struct report *report);

void report_write_text(const struct report *report);
void report_write_json(const struct report *report, const char *path);
void report_write_html(const struct report *report, const char *path);

#endif /* REPORT_REPORT_H */
