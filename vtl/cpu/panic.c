/* SPDX-License-Identifier: BSD-3-Clause */
#include "cpu/panic.h"

#include "arm64.h"
#include "cpu/format.h"
#include "cpu/log.h"
#include "cpu/sysreg.h"
#include "hv/switch.h"

#define WHAT_BYTES 160u
#define TEXT_BYTES 2048u

/* The reporting CPU's struct cpu. vectors.S takes it too. */
uint64_t panic_token;

static bool registers_shown;

/* The hypervisor reads it at its address; it must not cross into a page of something else. */
static char text[TEXT_BYTES] __attribute__((aligned(TEXT_BYTES)));

__attribute__((noreturn)) static void stop(void)
{
    for (;;) {
        wait_for_event();
    }
}

void panic_stop_if_taken(void)
{
    if (__atomic_load_n(&panic_token, __ATOMIC_RELAXED) != 0) {
        stop();
    }
}

void vtl_panic_registers(bool shown)
{
    registers_shown = shown;
}

bool vtl_panicking(void)
{
    return __atomic_load_n(&panic_token, __ATOMIC_RELAXED) == read_tpidr_el1();
}

/*
 * True for the one CPU that may report. With the MMU off there is only one, and no exclusive
 * access.
 */
static bool token_take(void)
{
    uint64_t mine = read_tpidr_el1();
    uint64_t none = 0;
    if ((read_sctlr_el1() & 1u) == 0) {
        panic_token = mine;
        return true;
    }
    return __atomic_compare_exchange_n(&panic_token, &none, mine, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

/* What was undefined, if it is in the image; 0: nothing was. */
static uint32_t undefined_instruction(const struct cpu_record *record)
{
    if (record == NULL || ESR_EC(record->esr) != ESR_EC_UNKNOWN || (record->elr & 3u) != 0 ||
        !range_contains(image_base(), image_end() - image_base(), record->elr, 4)) {
        return 0;
    }
    return *(const uint32_t *)(uintptr_t)record->elr;
}

__attribute__((noreturn)) static void report(const char *what, const struct cpu_record *record,
                                             uint64_t pc, uint64_t fp)
{
    const struct cpu *cpu = cpu_current();
    for (uint32_t i = 0; i < VTL_VP_MAX; i++) {
        __atomic_store_n(&cpus[i].stop, 1, __ATOMIC_RELAXED);
    }
    const struct panic_stack stack = {cpu->stack_base, cpu->stack_top};
    struct panic_report all = {
        .vp = cpu->index,
        .what = what,
        .record = record,
        .registers = registers_shown,
        .instruction = undefined_instruction(record),
        .image = image_base(),
    };
    panic_unwind(&stack, all.image, pc, fp, &all.trace);
    size_t bytes = panic_compose(text, sizeof(text), &all);
    log_panic(text, bytes);
    vtl_crash(PANIC_CODE, pc == 0 ? 0 : pc - image_base(), record == NULL ? 0 : record->esr, text,
              bytes);
}

void panic_exception(const struct cpu_record *record)
{
    /* While VTL0's x29 is loaded for the switch, the frame is where the switch put it. */
    uint64_t fp = switch_window_contains(record->elr) ? record->sp : record->x[29];
    report("exception", record, record->elr, fp);
}

void panic_at(const char *file, int line, const char *what)
{
    if (!token_take()) {
        stop();
    }
    char reason[WHAT_BYTES];
    (void)format_text(reason, sizeof(reason), "%s:%d: %s", file, line, what);
    report(reason, NULL, 0, (uint64_t)(uintptr_t)__builtin_frame_address(0));
}
