/* SPDX-License-Identifier: BSD-3-Clause */
/* The fuzz harnesses of tests/fuzz, and which sources each links: from fuzzers.cmake. */
#ifndef REPORT_HARNESS_H
#define REPORT_HARNESS_H

#include "base.h"

#define HARNESS_MAX 64 /* a bit of a word each */
#define HARNESS_NONE SIZE_MAX

struct harness {
    char *name;
    char **sources;
    size_t source_count;
};

struct harnesses {
    struct harness *items;
    size_t count;
};

/* text: of the file; ends with a zero byte. Ends with a reason if there are more than HARNESS_MAX. */
void harnesses_read(struct harnesses *harnesses, const char *text);
size_t harness_find(const struct harnesses *harnesses, const char *name);
bool harness_links(const struct harness *harness, const char *path);

#endif /* REPORT_HARNESS_H */
