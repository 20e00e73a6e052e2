/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * host/report: what it reads out of texts (sources, the linker's map, CMake's lists), and what it writes
 * into a page.
 */
#include "base.h"
#include "harness.h"
#include "html.h"
#include "map.h"
#include "source.h"
#include "words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t lines(const char *text)
{
    return source_lines(text, strlen(text));
}

static void test_lines(void **state)
{
    (void)state;
    assert_int_equal(lines(""), 0);
    assert_int_equal(lines("int a;"), 1);
    assert_int_equal(lines("\n \t\nint a;\n\n"), 1);
    assert_int_equal(lines("/* one */\n/*\n * two\n\n */\n"), 0);
    assert_int_equal(lines("int a; /* one\n two */ int b;\n"), 2);
    assert_int_equal(lines("/* one */ int a;\n"), 1);
    assert_int_equal(lines("// one\n    ldr x0, [x1] // two\n"), 1);
    /* Neither a comment nor the end of a literal. */
    assert_int_equal(lines("a = \"/*\";\nb;\nc = \"*/\";\n"), 3);
    assert_int_equal(lines("a = \"\\\"/*\";\nb;\n"), 2);
    assert_int_equal(lines("a = '\"';\n/* */\nb = '\\'';\n/* */\n"), 2);
    assert_int_equal(lines("a /b/ c;\n/**/\n/* **/\n/*/ */\n"), 1);
    /* A comment that never ends. */
    assert_int_equal(lines("a;\n/* b;\nc;\n"), 1);
}

static void test_includes(void **state)
{
    const char *at = "#include <a.h>\n#  include \"b/c.h\"\n/* #include */\n#include \"\"\n"
                     "  #include \"d.inc\"";
    char *name = source_include(&at);

    (void)state;
    assert_string_equal(name, "b/c.h");
    free(name);
    name = source_include(&at);
    assert_string_equal(name, "d.inc");
    free(name);
    assert_null(source_include(&at));
}

static void test_define(void **state)
{
    const char *text = "#define AB 1\n#define A 8192 /* b */\n#define C 0x10\n";

    (void)state;
    assert_int_equal(source_define(text, "A"), 8192);
    assert_int_equal(source_define(text, "C"), 16);
    assert_int_equal(source_define(text, "B"), 0);
}

static const char map_text[] =
    "             VMA              LMA     Size Align Out     In      Symbol\n"
    "               0                0        0     1 . = 0\n"
    "               0                0    20c28  2048 .text\n"
    "               0                0      128     1         boot/entry.S.obj:(.text.entry)\n"
    "               0                0      128     1                 paravane_entry\n"
    "             800              800      9f0  2048         vtl/libvtl.a(v.S.obj):(.text.v)\n"
    "            1000             1000        0     1         <internal>:(.text.none)\n"
    "           21000            21000     506a     8 .rodata\n"
    "           21000            21000     279e     1         <internal>:(.rodata)\n";

static void test_map(void **state)
{
    struct map map;

    (void)state;
    assert_true(map_read(&map, map_text));
    assert_int_equal(map.count, 3);
    assert_int_equal(map.pieces[0].address, 0);
    assert_int_equal(map.pieces[0].bytes, 0x128);
    assert_string_equal(map.pieces[0].object, "boot/entry.S.obj");
    assert_string_equal(map.pieces[0].section, ".text.entry");
    assert_string_equal(map.pieces[0].output, ".text");
    assert_int_equal(map.pieces[1].address, 0x800);
    assert_string_equal(map.pieces[1].object, "vtl/libvtl.a(v.S.obj)");
    assert_string_equal(map.pieces[2].object, "<internal>");
    assert_string_equal(map.pieces[2].output, ".rodata");
}

/* Another linker's, and one that ends anywhere: no crash. */
static void test_map_of_another_kind(void **state)
{
    struct map map;

    (void)state;
    assert_false(map_read(&map, ""));
    assert_false(map_read(&map, "Memory Configuration\n\nName  Origin\n"));
    for (size_t bytes = 0; bytes < strlen(map_text); bytes++) {
        char *cut = string_copy(map_text, bytes);

        if (map_read(&map, cut)) {
            assert_true(map.count <= 3);
        }
        free(cut);
    }
}

static void test_harnesses(void **state)
{
    struct harnesses harnesses;
    const char *text = "# pv_fuzz(fuzz_no SOURCES x.c)\n"
                       "set(COMMON a/ring.c\n    a/split.c)\n"
                       "pv_fuzz(fuzz_one SOURCES b.c ${COMMON} LIBS fdt)\n"
                       "set(COMMON c.c)\n"
                       "pv_fuzz(fuzz_two\n    SOURCES ${COMMON} DEFINES D)\n";

    (void)state;
    harnesses_read(&harnesses, text);
    assert_int_equal(harnesses.count, 2);
    size_t one = harness_find(&harnesses, "fuzz_one");
    assert_int_equal(one, 0);
    assert_true(harness_links(&harnesses.items[one], "b.c"));
    assert_true(harness_links(&harnesses.items[one], "a/split.c"));
    assert_false(harness_links(&harnesses.items[one], "fdt"));
    assert_false(harness_links(&harnesses.items[one], "c.c"));
    assert_true(harness_links(&harnesses.items[1], "c.c"));
    assert_false(harness_links(&harnesses.items[1], "D"));
    assert_int_equal(harness_find(&harnesses, "fuzz_no"), HARNESS_NONE);
}

static void check_word(const char *found, size_t bytes, const char *wanted)
{
    assert_int_equal(bytes, strlen(wanted));
    assert_memory_equal(found, wanted, bytes);
}

static void test_words(void **state)
{
    const char *text = "x = (struct s){.run = work_run, .device = d};\n"
                       "call(a(1, 2), b[3], work_run);\nif (y == work_run) {}\n";
    const char *end = text + strlen(text);
    const char *at = word_find(text, end, "work_run");
    size_t bytes;
    size_t argument;

    (void)state;
    const char *found = word_assigned(text, at, &bytes);
    check_word(found, bytes, "run");
    at = word_find(at + 1, end, "work_run");
    (void)word_assigned(text, at, &bytes);
    assert_int_equal(bytes, 0);
    found = word_callee(text, at, &bytes, &argument);
    check_word(found, bytes, "call");
    assert_int_equal(argument, 2);
    at = word_find(at + 1, end, "work_run");
    (void)word_assigned(text, at, &bytes);
    assert_int_equal(bytes, 0);
    assert_null(word_find(at + 1, end, "work_run"));
    assert_null(word_find(text, end, "work"));
    assert_null(word_line(text, 5));
    assert_ptr_equal(word_line(text, 2), strstr(text, "call("));
}

static void test_escaping(void **state)
{
    struct text out = {0};

    (void)state;
    text_add_escaped(&out, "<a href=\"x\">&'\x01</a>");
    assert_string_equal(out.data, "&lt;a href=&quot;x&quot;&gt;&amp;&#39;?&lt;/a&gt;");
    out = (struct text){0};
    html_row_begin(&out);
    html_name(&out, "<b>", true);
    html_cell(&out, "a & b");
    html_state(&out, "bad", "<none>");
    html_number(&out, 1234567);
    html_row_end(&out);
    assert_string_equal(out.data,
                        "<tr><th scope=\"row\"><code>&lt;b&gt;</code></th><td>a &amp; b</td>"
                        "<td><span class=\"s bad\">&lt;none&gt;</span></td>"
                        "<td class=\"n\">1,234,567</td></tr>\n");
}

static void test_numbers(void **state)
{
    static const struct {
        uint64_t number;
        const char *text;
    } rows[] = {
        {0, "0"}, {999, "999"}, {1000, "1,000"}, {123456, "123,456"}, {1234567, "1,234,567"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *text = number_text(rows[i].number);

        assert_string_equal(text, rows[i].text);
        free(text);
    }
}

static void test_lists(void **state)
{
    uint32_t *items = NULL;
    size_t count = 0;

    (void)state;
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t *added = list_add((void *)&items, &count, sizeof(*items));

        assert_int_equal(*added, 0);
        *added = i;
    }
    for (uint32_t i = 0; i < 1000; i++) {
        assert_int_equal(items[i], i);
    }
    free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_includes),
        cmocka_unit_test(test_define),
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_map_of_another_kind),
        cmocka_unit_test(test_harnesses),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_escaping),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_lists),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
