/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The formatter against the C library's, the log's ring and sink, the panic record and its trace.
 */
#include "cpu/format.h"
#include "cpu/panic.h"
#include "cpu/register_name.h"
#include "vtl_test.h"

#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SAME(...)                                                              \
    do {                                                                       \
        char ours[128];                                                        \
        char theirs[128];                                                      \
        size_t used = format_text(ours, sizeof(ours), __VA_ARGS__);            \
        assert_int_equal(used, snprintf(theirs, sizeof(theirs), __VA_ARGS__)); \
        assert_string_equal(ours, theirs);                                     \
    } while (0)

static void test_format(void **state)
{
    (void)state;
    SAME("plain");
    SAME("%s|%8s|%c|%%", "text", "wide", 'x');
    SAME("%d %i %d %d", 0, -1, INT32_MAX, INT32_MIN);
    SAME("%5d|%05d|%05d|%2d", -42, -42, 42, 12345);
    SAME("%u %x %08x %lx %lu", 4000000000u, 0xdeadbeefu, 0xbeefu, 0x123456789abcdeful, 1ul);
    SAME("%llx %llu %016llx", UINT64_MAX + 0ull, UINT64_MAX + 0ull, 0x1234ull);
    SAME("%lld %zu", (long long)INT64_MIN, (size_t)99);
    SAME("%p", (void *)0x1234);
}

static void test_format_cuts(void **state)
{
    (void)state;
    char small[8];
    memset(small, 'z', sizeof(small));
    assert_int_equal(format_text(small, sizeof(small), "%s", "0123456789"), 7);
    assert_string_equal(small, "0123456");
    assert_int_equal(format_text(small, 1, "%d", 5), 0);
    assert_string_equal(small, "");
    assert_int_equal(format_text(small, 0, "%d", 5), 0);
}

static char sunk[4096];
static size_t sunk_bytes;

static void sink(const char *text, size_t bytes)
{
    memcpy(sunk + sunk_bytes, text, bytes);
    sunk_bytes += bytes;
}

static void test_log(void **state)
{
    (void)state;
    log_set_sink(sink, LOG_INFO);
    log_error("one %d", 1);
    log_info("two\n");
    log_debug("three");
    sunk[sunk_bytes] = '\0';
    assert_string_equal(sunk, "paravane: error: one 1\nparavane: two\n");
    char ring[128] = {0};
    size_t bytes = log_copy(ring, sizeof(ring));
    assert_int_equal(bytes, strlen(ring));
    assert_string_equal(ring, "paravane: error: one 1\nparavane: two\nparavane: debug: three\n");
    assert_int_equal(log_copy(ring, 6), 6);
    assert_memory_equal(ring, "three\n", 6);
    log_set_sink(NULL, LOG_ERROR);
}

static void test_log_wraps(void **state)
{
    (void)state;
    static char all[20000];
    for (unsigned i = 0; i < 1000; i++) {
        log_info("line %04u", i);
    }
    size_t bytes = log_copy(all, sizeof(all));
    assert_int_equal(bytes, 16384);
    assert_memory_equal(all + bytes - 20, "paravane: line 0999\n", 20);
    /* A line longer than fits is cut, and still ends. */
    char text[400];
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_info("%s", text);
    bytes = log_copy(all, sizeof(all));
    assert_int_equal(all[bytes - 1], '\n');
    assert_int_equal(all[bytes - 2], 'a');
}

#define BASE UINT64_C(0x41000000)
/* Return addresses as signed: something in bits 63:48. */
#define RETURN(offset) (UINT64_C(0x00aa) << 48 | (BASE + (offset)))

static void test_unwind(void **state)
{
    (void)state;
    _Alignas(16) uint64_t memory[64] = {0};
    const struct panic_stack stack = {(uint64_t)(uintptr_t)memory,
                                      (uint64_t)(uintptr_t)&memory[64]};
    struct panic_trace trace;
    memory[4] = (uint64_t)(uintptr_t)&memory[10];
    memory[5] = RETURN(0x100);
    memory[10] = 0;
    memory[11] = RETURN(0x200);
    panic_unwind(&stack, BASE, BASE + 0x50, (uint64_t)(uintptr_t)&memory[4], &trace);
    assert_int_equal(trace.count, 3);
    assert_int_equal(trace.address[0], 0x50);
    assert_int_equal(trace.address[1], 0x100 - 4);
    assert_int_equal(trace.address[2], 0x200 - 4);

    /* Outside, misaligned, half outside, to itself: nothing is read that is not a frame. */
    panic_unwind(&stack, BASE, 0, stack.top, &trace);
    assert_int_equal(trace.count, 0);
    panic_unwind(&stack, BASE, 0, stack.top - 8, &trace);
    assert_int_equal(trace.count, 0);
    panic_unwind(&stack, BASE, 0, stack.base - 16, &trace);
    assert_int_equal(trace.count, 0);
    panic_unwind(&stack, BASE, 0, stack.base + 4, &trace);
    assert_int_equal(trace.count, 0);
    panic_unwind(&stack, BASE, 0, UINT64_MAX & ~UINT64_C(7), &trace);
    assert_int_equal(trace.count, 0);
    memory[4] = (uint64_t)(uintptr_t)&memory[4];
    panic_unwind(&stack, BASE, 0, (uint64_t)(uintptr_t)&memory[4], &trace);
    assert_int_equal(trace.count, 1);
}

static void test_record(void **state)
{
    (void)state;
    static char text[2048];
    struct cpu_record record = {.sp = 0x4100fff0,
                                .elr = BASE + 0x1234,
                                .spsr = 0x3c5,
                                .esr = 0x96000044,
                                .far = 0xdead,
                                .vector = 4};
    struct panic_trace trace = {.count = PANIC_TRACE_MAX};
    for (unsigned n = 0; n < 31; n++) {
        record.x[n] = UINT64_MAX - n;
    }
    for (unsigned n = 0; n < PANIC_TRACE_MAX; n++) {
        trace.address[n] = UINT64_MAX - n;
    }
    struct panic_report report = {.vp = 1,
                                  .what = "exception",
                                  .record = &record,
                                  .registers = true,
                                  .image = BASE,
                                  .trace = trace};
    size_t bytes = panic_compose(text, sizeof(text), &report);
    assert_true(bytes < sizeof(text) - 1); /* the largest record fits */
    assert_non_null(strstr(text, "paravane: panic: vp 1: exception\n"));
    assert_non_null(strstr(text,
                           "esr 0x96000044 far 0xdead elr +0x1234 lr +0xffffbeffffdd spsr 0x3c5 "
                           "sp 0x4100fff0\n"));
    assert_non_null(strstr(text, "x0 0xffffffffffffffff x1 0xfffffffffffffffe "));
    assert_non_null(strstr(text, " x30 0xffffffffffffffe1\n"));
    assert_non_null(strstr(text, "paravane: #0 +0xffffffffffffffff\n"));
    /* A register may hold a secret: without leave only place and reason are told. */
    report.registers = false;
    (void)panic_compose(text, sizeof(text), &report);
    assert_non_null(strstr(text, "esr 0x96000044 far 0xdead elr +0x1234 "));
    assert_null(strstr(text, "x0 0x"));
    assert_null(strstr(text, " x30 "));
    assert_non_null(strstr(text, "paravane: #0 +0xffffffffffffffff\n"));
    report = (struct panic_report){
        .what = "a.c:1: x", .image = BASE, .trace = {.count = 1, .address = {0x40}}};
    (void)panic_compose(text, sizeof(text), &report);
    assert_string_equal(text, "paravane: panic: vp 0: a.c:1: x\nparavane: #0 +0x40\n");
}

/* MRS and MSR as Arm ARM C5.2 encodes them; ESR_EL1.ISS of EC 0x18 as D19.2.37 has it. */
static void test_register_names(void **state)
{
    (void)state;
    static const struct {
        uint32_t instruction;
        const char *name;
    } rows[] = {
        {0xd5189a00, "pmblimitr_el1"}, /* msr pmblimitr_el1, x0 */
        {0xd5381003, "sctlr_el1"},     /* mrs x3, sctlr_el1 */
        {0xd5119000, "brbcr_el1"},     /* msr brbcr_el1, x0: op0 is 2 */
        {0xd53be05f, "cntvct_el0"},    /* mrs xzr, cntvct_el0 */
        {0xd53bf200, NULL},            /* S3_3_C15_C2_0, implementation defined */
        {0xd503201f, NULL},            /* nop */
        {0, NULL},
        {0xffffffff, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *name = register_name_by_instruction(rows[i].instruction);
        if (rows[i].name == NULL) {
            assert_null(name);
        } else {
            assert_string_equal(name, rows[i].name);
        }
    }
    /* mrs x5, trblimitr_el1: op0 21:20, op2 19:17, op1 16:14, CRn 13:10, Rt 9:5, CRm 4:1. */
    assert_string_equal(register_name_by_iss(0x60000000 | 3 << 20 | 9 << 10 | 5 << 5 | 11 << 1 | 1),
                        "trblimitr_el1");
    assert_null(register_name_by_iss(0));
}

static void test_record_names_the_register(void **state)
{
    (void)state;
    static char text[2048];
    struct cpu_record record = {.elr = BASE, .esr = 0x02000000};
    struct panic_report report = {
        .what = "exception", .record = &record, .instruction = 0xd5189a00, .image = BASE};
    (void)panic_compose(text, sizeof(text), &report);
    assert_non_null(strstr(text, "paravane: msr pmblimitr_el1\n"));
    report.instruction = 0;
    (void)panic_compose(text, sizeof(text), &report);
    assert_null(strstr(text, "paravane: m"));
    /* mrs x0, trblimitr_el1 */
    record.esr = 0x62000000 | 3 << 20 | 9 << 10 | 11 << 1 | 1;
    (void)panic_compose(text, sizeof(text), &report);
    assert_non_null(strstr(text, "paravane: mrs trblimitr_el1\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_format_cuts),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_log_wraps),
        cmocka_unit_test(test_unwind),
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_register_names),
        cmocka_unit_test(test_record_names_the_register),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
