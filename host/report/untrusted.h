/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where bytes of others come in (vtl/untrusted.h marks the functions), what these functions reach, and which
 * fuzz harness feeds them.
 */
#ifndef REPORT_UNTRUSTED_H
#define REPORT_UNTRUSTED_H

#include "harness.h"
#include "program.h"

#define UNTRUSTED_SECTION ".pv.untrusted"

enum untrusted_source { FROM_GUEST, FROM_HOST, FROM_DISK, FROM_NETWORK, UNTRUSTED_SOURCES };

enum harness_state {
    HARNESS_FEEDS,     /* it is there, and links the function's file */
    HARNESS_NOT_NAMED, /* the mark names none */
    HARNESS_MISSING,   /* no such harness in tests/fuzz */
    HARNESS_ELSEWHERE, /* it does not link the function's file */
};

struct untrusted_entry {
    const char *file;
    const char *function;
    enum untrusted_source source;
    const char *harness; /* "": none */
    enum harness_state state;
    size_t *roots; /* functions of the image: itself, or all that it is in line in */
    size_t root_count;
    bool in_line;
    size_t reached; /* functions, its own in */
};

struct untrusted {
    struct harnesses harnesses;
    struct untrusted_entry *entries; /* by source, file, function */
    size_t count;
    size_t without_harness;
    size_t not_linked; /* marked, and in no function of the image */
    uint64_t *fed;     /* of each function: the harnesses of what reaches it that link its file */
    size_t reached_functions; /* by any source */
    size_t reached_unfed;     /* of these, own, with no such harness */
};

const char *untrusted_source_name(enum untrusted_source source);
const char *untrusted_state_text(enum harness_state state);
/* Names of the sources of a function's `reached`, with commas; a string of its own. */
char *untrusted_sources_text(uint32_t reached);
/* Names of a function's harnesses, the same. */
char *untrusted_fed_text(const struct untrusted *untrusted, uint64_t fed);

void untrusted_read(struct untrusted *untrusted, struct program *program);

#endif /* REPORT_UNTRUSTED_H */
