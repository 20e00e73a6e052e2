/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which sources are in a program: a link map in lld's layout (ELF/MapFile.cpp: numbers, then 0, 8 or 16 blanks) and a
 * compilation database (the file "JSON Compilation Database" of clang's documentation).
 */
#include "file.h"
#include "linked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define MAP_HEAD "             VMA              LMA     Size Align Out     In      Symbol\n"
#define OUT(size, name) "               0                0 " size "     1 " name "\n"
#define IN(size, name) "               0                0 " size "     4         " name "\n"
#define SYMBOL(size, name) \
    "               0                0 " size "     1                 " name "\n"

static const char commands[] =
    "[{\"directory\": \"/t/build/image\", \"file\": \"/t/boot/entry.S\","
    "  \"command\": \"/t/cmake/relative /t cc -I/t/boot -o boot/CMakeFiles/paravane.dir/entry.S.obj -c /t/boot/entry.S\"},"
    " {\"directory\": \"/t/build/image\", \"file\": \"/t/vmm/run.c\","
    "  \"command\": \"cc -O2 -I/t/vmm -o vmm/CMakeFiles/vmm.dir/run.c.obj -c /t/vmm/run.c\"},"
    " {\"directory\": \"/t/build/image\", \"file\": \"/t/vmm/left.c\","
    "  \"command\": \"cc -O2 -o vmm/CMakeFiles/vmm.dir/left.c.obj -c /t/vmm/left.c\"},"
    " {\"directory\": \"/t/build/image\", \"file\": \"/t/net/run.c\","
    "  \"command\": \"cc -O2 -o net/CMakeFiles/net.dir/run.c.obj -c /t/net/run.c\"},"
    " {\"directory\": \"/t/build/image\", \"file\": \"/t/net/a/x.c\","
    "  \"command\": \"cc -O2 -o net/CMakeFiles/net.dir/a/x.c.obj -c /t/net/a/x.c\"},"
    " {\"directory\": \"/t/build/image\", \"file\": \"/t/net/b/x.c\","
    "  \"command\": \"cc -O2 -o net/CMakeFiles/net.dir/b/x.c.obj -c /t/net/b/x.c\"}]";

/* A file with this text; the caller's to free and remove. */
static char *write_text(const char *text)
{
    char *path = strdup("/tmp/test_record.XXXXXX");
    int descriptor = mkstemp(path);

    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    close(descriptor);
    return path;
}

static json_t *read_texts(const char *map, const char *database)
{
    char *map_path = write_text(map);
    char *database_path = write_text(database);
    json_t *sources = linked_read(map_path, database_path, "/t");

    unlink(map_path);
    unlink(database_path);
    free(map_path);
    free(database_path);
    return sources;
}

static long long bytes_of(const json_t *sources, const char *path)
{
    return json_integer_value(json_object_get(json_object_get(sources, path), "bytes"));
}

static void test_contributions(void **state)
{
    (void)state;
    json_t *sources = read_texts(
        MAP_HEAD OUT("    1c0", ".text")
            IN("     80", "boot/CMakeFiles/paravane.dir/entry.S.obj:(.text.entry)")
                SYMBOL("     80", "start:(not a section)")
                    IN("    100", "vmm/libvmm.a(run.c.obj):(.text.vmm_run)")
                        IN("      0", "vmm/libvmm.a(left.c.obj):(.text)") OUT("     20", ".bss")
                            IN("     20", "vmm/libvmm.a(run.c.obj):(.bss.x)")
                                IN("     10", "<internal>:(.rodata.str1.1)")
                                    OUT("     99", ".debug_info")
                                        IN("     99", "vmm/libvmm.a(left.c.obj):(.debug_info)"),
        commands);

    assert_non_null(sources);
    assert_int_equal(json_object_size(sources), 2);
    assert_int_equal(bytes_of(sources, "boot/entry.S"), 0x80);
    assert_int_equal(bytes_of(sources, "vmm/run.c"), 0x120);
    const json_t *run = json_object_get(sources, "vmm/run.c");
    assert_string_equal(json_string_value(json_object_get(run, "object")),
                        "vmm/libvmm.a(run.c.obj)");
    assert_string_equal(json_string_value(json_object_get(run, "target")), "vmm");
    assert_string_equal(json_string_value(json_object_get(run, "command")), "cc -O2 -I./vmm");
    const json_t *entry = json_object_get(sources, "boot/entry.S");
    assert_string_equal(json_string_value(json_object_get(entry, "command")),
                        "./cmake/relative . cc -I./boot");
    json_decref(sources);
}

/* A library is known by its target: another's member of the same name is another source. */
static void test_same_name(void **state)
{
    (void)state;
    json_t *sources = read_texts(
        OUT("     10", ".text") IN("     10", "net/libnet.a(run.c.obj):(.text)"), commands);

    assert_int_equal(json_object_size(sources), 1);
    assert_int_equal(bytes_of(sources, "net/run.c"), 16);
    json_decref(sources);
    sources = read_texts(OUT("     10", ".text") IN("     10", "net/libnet.a(x.c.obj):(.text)"),
                         commands);
    assert_int_equal(json_object_size(sources), 2);
    assert_int_equal(bytes_of(sources, "net/a/x.c"), 16);
    assert_int_equal(bytes_of(sources, "net/b/x.c"), 16);
    json_decref(sources);
}

static void test_order(void **state)
{
    (void)state;
    json_t *sources =
        read_texts(OUT("     10", ".text") IN("     10", "vmm/libvmm.a(run.c.obj):(.text)")
                       IN("     10", "boot/CMakeFiles/paravane.dir/entry.S.obj:(.text)"),
                   commands);

    void *first = json_object_iter(sources);
    assert_string_equal(json_object_iter_key(first), "boot/entry.S");
    assert_string_equal(json_object_iter_key(json_object_iter_next(sources, first)), "vmm/run.c");
    json_decref(sources);
}

static void test_refused(void **state)
{
    (void)state;
    const char *good = OUT("     10", ".text") IN("     10", "vmm/libvmm.a(run.c.obj):(.text)");

    assert_null(read_texts("", commands));
    assert_null(read_texts("not a map\n", commands));
    assert_null(read_texts(good, "[]"));
    assert_null(read_texts(good, "{"));
    assert_null(read_texts(OUT("     10", ".text") IN("     10", "who/libwho.a(x.c.obj):(.text)"),
                           commands));
    assert_null(linked_read("/nowhere/map", "/nowhere/commands", "/t"));
}

/* FIPS 180-4's example "abc", and the licence in a file. */
static void test_hash(void **state)
{
    (void)state;
    struct file_hash hash;
    char *path = write_text("abc");

    assert_true(file_hash(path, &hash));
    assert_string_equal(hash.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_string_equal(hash.sha256,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(hash.bytes, 3);
    assert_string_equal(hash.licence, "");
    unlink(path);
    free(path);
    path = write_text("/*\n * SPDX-License-"
                      "Identifier: (BSD-2-Clause OR MIT) */\n");
    assert_true(file_hash(path, &hash));
    assert_string_equal(hash.licence, "(BSD-2-Clause OR MIT)");
    unlink(path);
    assert_false(file_hash(path, &hash));
    free(path);
    file_hash_texts((const char *const[]){"a", "bc", NULL}, &hash);
    assert_string_equal(hash.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contributions), cmocka_unit_test(test_same_name),
        cmocka_unit_test(test_order),         cmocka_unit_test(test_refused),
        cmocka_unit_test(test_hash),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
