/* SPDX-License-Identifier: BSD-3-Clause */
/* The record's content: the trace and the text. Reads memory only inside the stack it is given. */
#include "arm64.h"
#include "cpu/format.h"
#include "cpu/panic.h"
#include "cpu/register_name.h"

#define FRAME_BYTES 16u
/* MRS, not MSR: in the ISS of EC 0x18, and in the instruction. */
#define ISS_READ 1u
#define INSTRUCTION_READ (UINT32_C(1) << 21)
/* With 48-bit addresses and no tag, a signature lies in bits 63:48 of a return address. */
#define ADDRESS_MASK ((UINT64_C(1) << 48) - 1u)

static void trace_add(struct panic_trace *trace, uint64_t image, uint64_t address)
{
    trace->address[trace->count++] = (address & ADDRESS_MASK) - image;
}

void panic_unwind(const struct panic_stack *stack, uint64_t image, uint64_t pc, uint64_t fp,
                  struct panic_trace *trace)
{
    trace->count = 0;
    if (pc != 0) {
        trace_add(trace, image, pc);
    }
    while (trace->count < PANIC_TRACE_MAX && (fp & 7u) == 0 && stack->top >= stack->base &&
           range_contains(stack->base, stack->top - stack->base, fp, FRAME_BYTES)) {
        const uint64_t *frame = (const uint64_t *)(uintptr_t)fp;
        uint64_t next = frame[0];
        /* The call lies before the address it returns to: what symbolizers expect of a caller. */
        if (frame[1] == 0) {
            return;
        }
        trace_add(trace, image, frame[1] - 4u);
        if (next <= fp) {
            return;
        }
        fp = next;
    }
}

/* Where and why: nothing in it comes from a general register, but lr as an address of the image. */
static size_t place(char *to, size_t room, const struct cpu_record *record, uint64_t image)
{
    /*
     * What called a function without a frame of its own, or jumped astray, is in no frame record:
     * lr, as a caller's place in the trace.
     */
    uint64_t lr = (record->x[30] & ADDRESS_MASK) - 4u - image;

    return format_text(to, room,
                       "paravane: vector %llu esr 0x%llx far 0x%llx elr +0x%llx lr +0x%llx "
                       "spsr 0x%llx sp 0x%llx\n",
                       (unsigned long long)record->vector, (unsigned long long)record->esr,
                       (unsigned long long)record->far, (unsigned long long)(record->elr - image),
                       (unsigned long long)lr, (unsigned long long)record->spsr,
                       (unsigned long long)record->sp);
}

static size_t registers(char *to, size_t room, const struct cpu_record *record)
{
    size_t used = 0;

    for (unsigned i = 0; i < 31; i++) {
        used += format_text(to + used, room - used, "%s%s%u 0x%llx%s",
                            i % 4u == 0 ? "paravane: " : " ", "x", i,
                            (unsigned long long)record->x[i], i % 4u == 3 || i == 30 ? "\n" : "");
    }
    return used;
}

/* The system register that an exception was about, if it was: in words. */
static size_t system_register(char *to, size_t room, const struct panic_report *report)
{
    uint64_t esr = report->record->esr;
    bool trapped = ESR_EC(esr) == ESR_EC_SYSREG;
    const char *name =
        trapped ? register_name_by_iss(esr) : register_name_by_instruction(report->instruction);
    bool read = (trapped ? esr & ISS_READ : report->instruction & INSTRUCTION_READ) != 0;

    return name == NULL ? 0
                        : format_text(to, room, "paravane: %s %s\n", read ? "mrs" : "msr", name);
}

size_t panic_compose(char *to, size_t room, const struct panic_report *report)
{
    size_t used = format_text(to, room, "paravane: panic: vp %u: %s\n", report->vp, report->what);
    if (report->record != NULL) {
        used += system_register(to + used, room - used, report);
        used += place(to + used, room - used, report->record, report->image);
        if (report->registers) {
            used += registers(to + used, room - used, report->record);
        }
    }
    for (uint32_t i = 0; i < report->trace.count; i++) {
        used += format_text(to + used, room - used, "paravane: #%u +0x%llx\n", i,
                            (unsigned long long)report->trace.address[i]);
    }
    return used;
}
