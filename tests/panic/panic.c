/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Paravane's own faults, on purpose: entry.S and vtl as in the image, with a boot_main that fails
 * in the way that the command line names. run.py knows what the record has to say of each.
 */
#include "boot.h"
#include "cpu/cpu.h"
#include "devices/devices.h"
#include "fdt_in.h"
#include "igvm_guest.h"

#include <string.h>

#define NOINLINE __attribute__((noinline))
#define PAGE UINT64_C(4096)
/* Neither memory nor a device of the board's, and mapped by nobody. */
#define NOWHERE UINT64_C(0x30000000)
#define RET 0xd65f03c0u
/* Levels of this size overflow either stack within a trace's sixteen entries. */
#define LEVEL_BYTES 4000u
#define LEVEL_BYTES_SECONDARY 1000u

static struct board board;
static volatile uint32_t sum;
static uint32_t data_code[2] = {RET, RET};

/* ---- The faults. Behind each come a call and more: the function keeps its frame. ---- */

NOINLINE static void fail_check(void)
{
    CHECK(sum == 1);
    sum = 2;
}

NOINLINE static void read_nowhere(void)
{
    log_info("reads at 0x%llx", (unsigned long long)NOWHERE);
    sum += *(volatile uint32_t *)(uintptr_t)NOWHERE;
    log_info("came back");
    sum += 1;
}

/* No call in it: the compiler gives it no frame. */
NOINLINE static uint32_t read_leaf(const volatile uint32_t *from)
{
    return *from + 1u;
}

NOINLINE static void call_leaf(void)
{
    log_info("calls a leaf");
    sum += read_leaf((const volatile uint32_t *)(uintptr_t)NOWHERE);
    log_info("came back");
    sum += 1;
}

NOINLINE static void write_text(void)
{
    log_info("writes to its code");
    *(volatile uint32_t *)(uintptr_t)write_text = RET;
    log_info("came back");
    sum += 1;
}

NOINLINE static void write_constant(void)
{
    static const uint32_t constant = 7;
    log_info("writes to a constant");
    *(volatile uint32_t *)(uintptr_t)&constant = 8;
    log_info("came back");
    sum += 1;
}

NOINLINE static void execute_data(void)
{
    void (*volatile code)(void) = (void (*)(void))(uintptr_t)data_code;
    log_info("executes data");
    code();
    log_info("came back");
    sum += 1;
}

NOINLINE static uint32_t overflow(uint32_t depth)
{
    volatile uint8_t level[LEVEL_BYTES];
    level[0] = (uint8_t)depth;
    level[sizeof(level) - 1] = level[0];
    return sum == UINT32_MAX ? depth : overflow(depth + 1) + level[0];
}

NOINLINE static uint32_t overflow_secondary(uint32_t depth)
{
    volatile uint8_t level[LEVEL_BYTES_SECONDARY];
    level[0] = (uint8_t)depth;
    level[sizeof(level) - 1] = level[0];
    return sum == UINT32_MAX ? depth : overflow_secondary(depth + 1) + level[0];
}

/* The unit traps although VTL2 has taken it: what survives a trap must not survive this one. */
NOINLINE static void use_simd_untaken(void)
{
    log_info("uses the FP unit");
    cpu_current()->simd_taken = 1;
    __asm__ volatile(".inst 0x9e6703e0"); /* fmov d0, xzr */
    log_info("came back");
    sum += 1;
}

NOINLINE static void overflow_boot(void)
{
    sum += overflow(0);
    sum += 1;
}

NOINLINE static void smash_stack(void)
{
    uint8_t local[64];
    volatile uint8_t *volatile at = local;
    memset(local, 0, sizeof(local));
    for (unsigned i = 0; i < sizeof(local) + 8; i++) {
        at[i] = 0xee;
    }
    sum += at[0];
}

/* The VP faults with the UART's lock in its hands. */
NOINLINE static void fault_in_sink(void)
{
    host_uart_write((const uint8_t *)(uintptr_t)NOWHERE, 2);
    sum += 1;
}

static void bad_sink(const char *text, size_t bytes)
{
    host_uart_write((const uint8_t *)(uintptr_t)NOWHERE, text == NULL ? 0 : bytes);
}

/* A second fault, in the report of the first. */
NOINLINE static void fault_twice(void)
{
    log_set_sink(bad_sink, LOG_ERROR);
    read_nowhere();
    sum += 1;
}

static void overflow_vp(uint32_t index)
{
    sum += overflow_secondary(index);
}

NOINLINE static void start_vp(vtl_vp_entry_t entry)
{
    if (vtl_init(board.vp_count) != PV_OK || vtl_vp_start(1, board.mpidr[1], entry) != PV_OK) {
        log_error("VP 1 does not start");
        vtl_power_off();
    }
    for (;;) {
        sum += 1;
    }
}

NOINLINE static void overflow_other_vp(void)
{
    start_vp(overflow_vp);
    sum += 1;
}

static void fail_vp(uint32_t index)
{
    while (sum < 1000 + index) {
    }
    fail_check();
}

/* Two VPs at once: one record. */
NOINLINE static void fail_both(void)
{
    if (vtl_init(board.vp_count) != PV_OK || vtl_vp_start(1, board.mpidr[1], fail_vp) != PV_OK) {
        log_error("VP 1 does not start");
        vtl_power_off();
    }
    while (!vtl_vp_started(1)) {
    }
    sum = 2000;
    fail_check();
    sum = 0;
}

static const struct {
    const char *name;
    void (*run)(void);
} cases[] = {
    {"check", fail_check},
    {"read", read_nowhere},
    {"leaf", call_leaf},
    {"write-text", write_text},
    {"write-constant", write_constant},
    {"execute-data", execute_data},
    {"simd", use_simd_untaken},
    {"overflow", overflow_boot},
    {"overflow-vp", overflow_other_vp},
    {"canary", smash_stack},
    {"in-sink", fault_in_sink},
    {"twice", fault_twice},
    {"both", fail_both},
};

static void sink(const char *text, size_t bytes)
{
    host_uart_write((const uint8_t *)text, bytes);
}

static const char *set_up(uint64_t image_base, uint64_t parameter_offset, uint64_t guest_page)
{
    const char *reason = board_parse((const void *)(uintptr_t)(image_base + parameter_offset),
                                     IGVM_PARAMETER_PAGES * PAGE, &board);
    if (reason != NULL) {
        return reason;
    }
    if (vtl_memory_init(board.vtl2.base.raw, board.vtl2.bytes, image_base + guest_page + PAGE) !=
            PV_OK ||
        vtl_map(board.uart.base, PAGE, VTL_MAP_DEVICE) != PV_OK) {
        return "memory";
    }
    host_uart_init(board.uart.base);
    log_set_sink(sink, LOG_INFO);
    return NULL;
}

void boot_main(uint64_t image_base, uint64_t parameter_offset, uint64_t guest_page_offset,
               uint64_t policy_offset)
{
    (void)policy_offset;
    vtl_panic_registers(true);
    const char *reason = set_up(image_base, parameter_offset, guest_page_offset);

    for (size_t i = 0; reason == NULL && i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (strcmp(board.options, cases[i].name) == 0) {
            cases[i].run();
            reason = "the fault was survived";
        }
    }
    log_error("panic test: %s", reason == NULL ? "no such case" : reason);
    vtl_power_off();
}
