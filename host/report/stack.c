/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Depths come from the leaves upwards: a function's is known when those of all that it calls are. What is
 * left at the end calls itself, or is called only from what does: the latter is found the other way round. A
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

static void find_depths(const struct program *program, struct stacks *stacks)
{
    bool *known = memory_get(program->function_count, sizeof(*known));
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
    mark_circular(program, stacks, known);
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
