/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Depths come from the leaves upwards: a function's is known when those of all that it calls are. What is left
 * then calls itself, or something that does: of functions that call each other in a circle each is taken to be
 * on the stack once, which holds as long as none comes round again: that is told, and is a reader's to see. A
 * tail call counts as a call: never too little. Calls of panic_at are left out, and its own depth is added on
 * top of what called it: it comes once, as its second begin ends the CPU (vtl/cpu/panic.c).
 */
#include "stack.h"

#include "source.h"

#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES 4096u

static bool try_depth(const struct program *program, struct stacks *stacks, const bool *known,
                      size_t function)
{
    size_t at;
    size_t end;
    uint64_t deepest = 0;

    stacks->deepest[function] = FUNCTION_NONE;
    for (program_calls_of(program, function, &at, &end); at < end; at++) {
        size_t to = program->calls[at].to;

        if (to == stacks->panic) {
            continue;
        }
        if (!known[to]) {
            return false;
        }
        if (stacks->deepest[function] == FUNCTION_NONE || stacks->depths[to] > deepest) {
            deepest = stacks->depths[to];
            stacks->deepest[function] = to;
        }
    }
    stacks->depths[function] = program->functions[function].frame + deepest;
    return true;
}

/* Of those without a depth, those that no other such calls are only above a recursion, not in one. */
static void mark_circular(const struct program *program, struct stacks *stacks, const bool *known)
{
    bool more = true;

    for (size_t i = 0; i < program->function_count; i++) {
        stacks->circular[i] = !known[i];
    }
    while (more) {
        bool *called = memory_get(program->function_count, sizeof(*called));

        more = false;
        for (size_t i = 0; i < program->call_count; i++) {
            if (stacks->circular[program->calls[i].from] && program->calls[i].to != stacks->panic) {
                called[program->calls[i].to] = true;
            }
        }
        for (size_t i = 0; i < program->function_count; i++) {
            more = more || (stacks->circular[i] && !called[i]);
            stacks->circular[i] = stacks->circular[i] && called[i];
        }
        free(called);
    }
    for (size_t i = 0; i < program->function_count; i++) {
        stacks->circular_count += stacks->circular[i] ? 1 : 0;
    }
}

static void find_known(const struct program *program, struct stacks *stacks, bool *known)
{
    bool more = true;

    while (more) {
        more = false;
        for (size_t i = 0; i < program->function_count; i++) {
            if (!known[i] && try_depth(program, stacks, known, i)) {
                known[i] = true;
                more = true;
            }
        }
    }
}

/* All without a depth that can be reached from one, in reached. */
static void reach(const struct program *program, const struct stacks *stacks, const bool *known,
                  size_t from, bool *reached)
{
    bool more = true;

    reached[from] = true;
    while (more) {
        more = false;
        for (size_t i = 0; i < program->call_count; i++) {
            const struct call *call = &program->calls[i];

            if (reached[call->from] && !reached[call->to] && !known[call->to] &&
                call->to != stacks->panic) {
                reached[call->to] = true;
                more = true;
            }
        }
    }
}

/* The circle that a function is in, if all else that it calls is known: then its depth is. */
static bool try_circle(const struct program *program, struct stacks *stacks, bool *known,
                       size_t function)
{
    bool *circle = memory_get(program->function_count, sizeof(*circle));
    uint64_t sum = 0;
    uint64_t deepest = 0;
    size_t next = FUNCTION_NONE;
    bool good = true;

    reach(program, stacks, known, function, circle);
    for (size_t i = 0; i < program->function_count && good; i++) {
        if (circle[i]) {
            bool *back = memory_get(program->function_count, sizeof(*back));

            reach(program, stacks, known, i, back);
            good = back[function];
            free(back);
            sum += program->functions[i].frame;
        }
    }
    for (size_t i = 0; i < program->call_count; i++) {
        const struct call *call = &program->calls[i];

        if (circle[call->from] && known[call->to] && stacks->depths[call->to] > deepest) {
            deepest = stacks->depths[call->to];
            next = call->to;
        }
    }
    for (size_t i = 0; i < program->function_count && good; i++) {
        if (circle[i]) {
            stacks->depths[i] = sum + deepest;
            stacks->deepest[i] = next;
            known[i] = true;
        }
    }
    free(circle);
    return good;
}

static void find_depths(const struct program *program, struct stacks *stacks)
{
    bool *known = memory_get(program->function_count, sizeof(*known));

    find_known(program, stacks, known);
    mark_circular(program, stacks, known);
    for (size_t i = 0; i < program->function_count; i++) {
        /* From the start again: what one circle was in the way of may be known now. */
        if (stacks->circular[i] && !known[i] && try_circle(program, stacks, known, i)) {
            find_known(program, stacks, known);
            i = SIZE_MAX;
        }
    }
    free(known);
}

static void add_entry(struct stacks *stacks, const struct program *program, const char *name,
                      const char *function, const char *stack, uint64_t room)
{
    const struct image_symbol *symbol = image_symbol_named(&program->image, function);
    size_t at = symbol == NULL ? FUNCTION_NONE : program_function_at(program, symbol->address);

    if (at == FUNCTION_NONE) {
        report_die("the image has no function %s, an entry of which the report tells", function);
    }
    struct stack_entry *entry = list_add((void *)&stacks->entries, &stacks->count, sizeof(*entry));
    *entry = (struct stack_entry){name, stack, at, stacks->depths[at], room};
}

void stacks_read(struct stacks *stacks, const struct program *program)
{
    const struct image *image = &program->image;
    size_t bytes = 0;
    char *header = file_text(&program->files, "vtl/cpu/cpu.h", &bytes);
    uint64_t other = header == NULL ? 0 : source_define(header, "CPU_STACK_BYTES");
    uint64_t boot = image_label(image, "__boot_stack_top") - image_label(image, "__boot_guard");
    uint64_t emergency =
        image_label(image, "__emergency_stack_top") - image_label(image, "__emergency_guard");

    if (other == 0) {
        report_die("vtl/cpu/cpu.h has no CPU_STACK_BYTES, the size of other VPs' stacks");
    }
    *stacks = (struct stacks){
        .depths = memory_get(program->function_count, sizeof(*stacks->depths)),
        .deepest = memory_get(program->function_count, sizeof(*stacks->deepest)),
        .circular = memory_get(program->function_count, sizeof(*stacks->circular)),
    };
    const struct image_symbol *panic = image_symbol_named(image, "panic_at");
    stacks->panic = panic == NULL ? FUNCTION_NONE : program_function_at(program, panic->address);
    if (stacks->panic == FUNCTION_NONE) {
        report_die("the image has no function panic_at");
    }
    find_depths(program, stacks);
    for (size_t i = 0; i < program->function_count; i++) {
        stacks->unknown += program->functions[i].frame_unknown ? 1 : 0;
    }
    add_entry(stacks, program, "boot, and the loop of VP 0", "paravane_entry", "boot",
              boot - PAGE_BYTES);
    add_entry(stacks, program, "other VPs: start and loop", "secondary_entry", "each VP's own",
              other);
    add_entry(stacks, program, "the loop alone: an exit of VTL0", "vmm_vp_run", "each VP's own",
              other);
    add_entry(stacks, program, "an interrupt of VTL2, out of the loop", "irq_dispatch",
              "each VP's own", other);
    add_entry(stacks, program, "exception vectors: a fault", "vtl_vectors", "emergency",
              emergency - PAGE_BYTES);
    free(header);
}
