/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The end of Paravane by its own fault: one record, by one VP, through the log's sink and the
 * hypervisor's crash registers. Addresses are offsets from the image's first byte, as
 * llvm-symbolizer and the ELF have them.
 */
#ifndef VTL_CPU_PANIC_H
#define VTL_CPU_PANIC_H

#include "cpu/cpu.h"

#define PANIC_TRACE_MAX 16u
/* GuestCrashP0 of a panic: "PARAVANE", read as bytes. */
#define PANIC_CODE UINT64_C(0x454e415641524150)

struct panic_trace {
    uint32_t count;
    uint64_t address[PANIC_TRACE_MAX]; /* offsets from the image's base */
};

/* A range of stack that frames may lie in. */
struct panic_stack {
    uint64_t base;
    uint64_t top;
};

/*
 * Follows the frame records from fp; pc, if not 0, is the first entry. Stops at what is no frame in
 * stack.
 */
void panic_unwind(const struct panic_stack *stack, uint64_t image, uint64_t pc, uint64_t fp,
                  struct panic_trace *trace);

/* What there is to tell. */
struct panic_report {
    uint32_t vp;
    const char *what;
    const struct cpu_record *record; /* NULL: no exception */
    bool registers;                  /* they are told: a secret may be in them */
    uint32_t instruction;            /* at ELR, if the exception was "unknown"; else 0 */
    uint64_t image;                  /* its first byte */
    struct panic_trace trace;
};

/* Composes the record's text: what, where, the registers if they are to be told, the trace. */
size_t panic_compose(char *to, size_t room, const struct panic_report *report);

/* From vectors.S, on the emergency stack. */
__attribute__((noreturn)) void panic_exception(const struct cpu_record *record);

/* Nonzero once a VP is reporting: the others stop at their next exit, when they find cpu->stop set. */
extern uint64_t panic_token;
void panic_stop_if_taken(void);

#endif /* VTL_CPU_PANIC_H */
