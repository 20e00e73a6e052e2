/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/run/scan: what `./paravane run` takes from a console. Expectations: CONTRIBUTING.md, "The console's
 * words".
 */
#include "scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NONCE "0123456789abcdef"
#define COMMAND_NONCE "fedcba9876543210"

struct sink {
    char text[2 * SCAN_OUT_BYTES];
    size_t count;
};

static void collect(void *context, const char *bytes, size_t count)
{
    struct sink *sink = context;

    assert_true(sink->count + count < sizeof(sink->text));
    memcpy(sink->text + sink->count, bytes, count);
    sink->count += count;
    sink->text[sink->count] = '\0';
}

/* Feeds text in pieces of each size, so that no key depends on how reads fall. */
static void run_scan(struct scan *scan, struct sink *sink, const char *exec_nonce, const char *text,
                     size_t piece)
{
    size_t left = strlen(text);

    memset(sink, 0, sizeof(*sink));
    scan_init(scan, &(struct scan_words){NONCE, exec_nonce, true}, collect, sink);
    while (left > 0) {
        size_t count = left < piece ? left : piece;

        scan_feed(scan, text, count);
        text += count;
        left -= count;
    }
    scan_finish(scan);
}

static void test_end_line_found_and_hidden(void **state)
{
    static struct scan scan;
    static struct sink sink;

    (void)state;
    for (size_t piece = 1; piece < 20; piece++) {
        run_scan(&scan, &sink, NULL, "hello\r\n~ # refhv: end " NONCE " reset\r\n", piece);
        assert_int_equal(scan.end, SCAN_END_RESET);
        assert_string_equal(sink.text, "hello\r\n~ # ");
    }
}

static void test_end_needs_the_nonce(void **state)
{
    static struct scan scan;
    static struct sink sink;

    (void)state;
    run_scan(&scan, &sink, NULL, "refhv: end 0123456789abcdee off\nrefhv: end  off\n", 7);
    assert_int_equal(scan.end, SCAN_END_NONE);
    assert_string_equal(sink.text, "refhv: end 0123456789abcdee off\nrefhv: end  off\n");
}

static void test_end_after_its_own_beginning(void **state)
{
    static struct scan scan;
    static struct sink sink;

    (void)state;
    /* A key that starts inside a failed match of itself is not missed. */
    run_scan(&scan, &sink, NULL, "refhv: refhv: end " NONCE " crash\n", 3);
    assert_int_equal(scan.end, SCAN_END_CRASH);
    assert_string_equal(sink.text, "refhv: ");
}

static void test_unknown_end_is_no_end(void **state)
{
    static struct scan scan;
    static struct sink sink;

    (void)state;
    run_scan(&scan, &sink, NULL, "refhv: end " NONCE " offside\n", 5);
    assert_int_equal(scan.end, SCAN_END_NONE);
}

static void test_exec_passes_only_the_output(void **state)
{
    static struct scan scan;
    static struct sink sink;

    (void)state;
    for (size_t piece = 1; piece < 20; piece++) {
        run_scan(&scan, &sink, COMMAND_NONCE,
                 "[ 0.0] Booting Linux on physical CPU 0x0\r\n\036pv-begin " COMMAND_NONCE
                 "\nout\nno newline\036pv-end " COMMAND_NONCE
                 " 42\nreboot: Power down\nrefhv: end " NONCE " off\n",
                 piece);
        assert_string_equal(sink.text, "out\nno newline");
        assert_true(scan.seen[SCAN_KEY_DONE]);
        assert_int_equal(scan.command_status, 42);
        assert_int_equal(scan.end, SCAN_END_OFF);
        assert_true(scan.seen[SCAN_KEY_BOOTING]);
    }
}

static void test_exec_markers_in_the_output_are_output(void **state)
{
    static struct scan scan;
    static struct sink sink;

    (void)state;
    run_scan(
        &scan, &sink, COMMAND_NONCE,
        "\036pv-begin " COMMAND_NONCE "\n\036pv-end 00 1\n\036\036pv-end " COMMAND_NONCE " 0\n", 4);
    assert_string_equal(sink.text, "\036pv-end 00 1\n\036");
    assert_int_equal(scan.command_status, 0);
}

static void test_exec_done_counts_after_begin_only(void **state)
{
    static struct scan scan;
    static struct sink sink;

    (void)state;
    run_scan(&scan, &sink, COMMAND_NONCE, "\036pv-end " COMMAND_NONCE " 0\n", 4);
    assert_false(scan.seen[SCAN_KEY_DONE]);
    assert_string_equal(sink.text, "");
}

static void test_panic_is_seen_and_shown(void **state)
{
    static struct scan scan;
    static struct sink sink;

    (void)state;
    run_scan(&scan, &sink, NULL, "[1.0] Kernel panic - not syncing: sysrq\n", 6);
    assert_true(scan.seen[SCAN_KEY_PANIC]);
    assert_string_equal(sink.text, "[1.0] Kernel panic - not syncing: sysrq\n");
}

static void test_tail_keeps_the_newest(void **state)
{
    static struct scan scan;
    static struct sink sink;
    char tail[SCAN_TAIL_BYTES];
    size_t count;

    (void)state;
    memset(&sink, 0, sizeof(sink));
    scan_init(&scan, &(struct scan_words){NONCE, COMMAND_NONCE, true}, collect, &sink);
    for (int line = 0; line < 1000; line++) {
        char text[16];

        snprintf(text, sizeof(text), "line %d\n", line);
        scan_feed(&scan, text, strlen(text));
    }
    count = scan_tail(&scan, tail, sizeof(tail));
    assert_int_equal(count, SCAN_TAIL_BYTES);
    assert_memory_equal(tail + count - 9, "line 999\n", 9);
    assert_int_equal(scan_tail(&scan, tail, 9), 9);
    assert_memory_equal(tail, "line 999\n", 9);
}

/* On the command's port the guest can end the command, and nothing else. */
static void test_port_can_end_only_the_command(void **state)
{
    static struct scan scan;
    static struct sink sink;
    const char *text = "\036pv-begin " COMMAND_NONCE "\nrefhv: end " NONCE " off\n"
                       "Kernel panic - not syncing\n\036pv-end " COMMAND_NONCE " 7\nmore";

    (void)state;
    memset(&sink, 0, sizeof(sink));
    scan_init(&scan, &(struct scan_words){.exec_nonce = COMMAND_NONCE}, collect, &sink);
    scan_feed(&scan, text, strlen(text));
    scan_finish(&scan);
    assert_int_equal(scan.end, SCAN_END_NONE);
    assert_false(scan.seen[SCAN_KEY_PANIC]);
    assert_int_equal(scan.command_status, 7);
    assert_string_equal(sink.text, "refhv: end " NONCE " off\nKernel panic - not syncing\n");
}

static void test_command_that_speaks_elsewhere(void **state)
{
    static struct scan scan;
    static struct sink sink;
    const char *text = "\036pv-begin " COMMAND_NONCE "\nout\036pv-end " COMMAND_NONCE " 0\n";

    (void)state;
    memset(&sink, 0, sizeof(sink));
    scan_init(&scan, &(struct scan_words){NONCE, COMMAND_NONCE, true}, collect, &sink);
    scan_forget_command(&scan);
    scan_feed(&scan, text, strlen(text));
    assert_false(scan.seen[SCAN_KEY_BEGIN] || scan.seen[SCAN_KEY_DONE]);
    assert_int_equal(sink.count, 0);
}

/* More than one buffer of output, every byte value in it. */
static void test_long_output_is_complete(void **state)
{
    static struct scan scan;
    static struct sink sink;
    static char text[3 * SCAN_OUT_BYTES / 2];

    (void)state;
    for (size_t i = 0; i < sizeof(text); i++) {
        text[i] = (char)(i % 256);
    }
    memset(&sink, 0, sizeof(sink));
    scan_init(&scan, &(struct scan_words){NONCE, NULL, true}, collect, &sink);
    scan_feed(&scan, text, sizeof(text));
    assert_int_equal(sink.count, sizeof(text));
    assert_memory_equal(sink.text, text, sizeof(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_end_line_found_and_hidden),
        cmocka_unit_test(test_end_needs_the_nonce),
        cmocka_unit_test(test_end_after_its_own_beginning),
        cmocka_unit_test(test_unknown_end_is_no_end),
        cmocka_unit_test(test_exec_passes_only_the_output),
        cmocka_unit_test(test_exec_markers_in_the_output_are_output),
        cmocka_unit_test(test_exec_done_counts_after_begin_only),
        cmocka_unit_test(test_panic_is_seen_and_shown),
        cmocka_unit_test(test_tail_keeps_the_newest),
        cmocka_unit_test(test_port_can_end_only_the_command),
        cmocka_unit_test(test_command_that_speaks_elsewhere),
        cmocka_unit_test(test_long_output_is_complete),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
