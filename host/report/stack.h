/* SPDX-License-Identifier: BSD-3-Clause */
/* How deep the stack can get from each of the image's entries, and whether anything calls itself. */
#ifndef REPORT_STACK_H
#define REPORT_STACK_H

#include "program.h"

struct stack_entry {
    const char *name; /* to a reader */
    const char *stack;
    size_t function;
    uint64_t depth; /* without a panic */
    uint64_t room;  /* bytes of that stack */
};

struct stacks {
    struct stack_entry *entries;
    size_t count;
    size_t panic;     /* panic_at: does not return, and in a panic stops the CPU */
    uint64_t *depths; /* of each function, its callees' in; calls of panic left out */
    size_t *deepest;  /* the callee by which it is so deep; FUNCTION_NONE: none */
    bool *circular;   /* part of a recursion */
    size_t circular_count;
    size_t unknown; /* functions that take their stack by a register */
};

void stacks_read(struct stacks *stacks, const struct program *program);

#endif /* REPORT_STACK_H */
