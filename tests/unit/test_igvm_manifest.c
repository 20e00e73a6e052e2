/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The manifest of `igvm build` against docs/image.md: every member, every default, and what is refused
 * with which words.
 */
#include "igvm_tool_test.h"
#include "recipe.h"

#define START "{\"version\": 1, \"image\": \"a.elf\""

static struct recipe recipe;

/* Reads a text as the manifest m.json in the folder; what was told is in stderr_text. */
static bool read_text(const char *text)
{
    char *path = in_folder("m.json");

    put_text("m.json", text);
    recipe_free(&recipe);
    recipe_init(&recipe);
    listen_to_stderr();
    bool good = recipe_read_manifest(&recipe, path);
    (void)told();
    free(path);
    return good;
}

static void expect_good(const char *text)
{
    bool good = read_text(text);

    expect_part(stderr_text, "");
    assert_true(good);
}

static void expect_refused(const char *text, const char *part)
{
    bool good = read_text(text);

    expect_part(stderr_text, part);
    expect_part(stderr_text, "m.json' is n"); /* not good, or no JSON */
    assert_false(good);
}

static void expect_path(const char *field, const char *name)
{
    char *path = in_folder(name);

    assert_non_null(field);
    assert_string_equal(field, path);
    free(path);
}

static int tear_down(void **state)
{
    recipe_free(&recipe);
    return folder_tear_down(state);
}

/* ---- What is good ---- */

static void defaults(void **state)
{
    (void)state;
    expect_good(START "}");
    expect_path(recipe.image, "a.elf");
    assert_null(recipe.kernel);
    assert_null(recipe.initrd);
    assert_null(recipe.firmware);
    assert_null(recipe.command_line);
    assert_int_equal(recipe.vtl2_bytes, 6 * 1024 * 1024);
    assert_int_equal(recipe.svn, 0);
    assert_false(recipe.attest);
    assert_true(recipe.console);
    assert_false(recipe.debug);
    assert_null(recipe.server);
    assert_null(recipe.resource);
    assert_int_equal(recipe.anchor_files, 0);
    expect_good(START ", \"guest\": {}, \"policy\": {}}");
    assert_true(recipe.console);
}

static void every_member(void **state)
{
    (void)state;
    expect_good("{\"version\": 1, \"image\": \"b/p.elf\", \"memory\": \"8M\", \"svn\": 4294967295,"
                " \"guest\": {\"kernel\": \"../Image\", \"initrd\": \"/boot/initrd\","
                " \"command_line\": \"quiet x=\\u00e4\"},"
                " \"policy\": {\"attest\": true, \"server\": \"https://kbs\","
                " \"resource\": \"a/b/c\", \"trust_anchors\": [\"1.pem\", \"/2.pem\"],"
                " \"console\": false, \"debug\": true, \"certificate_dates\": true}}");
    expect_path(recipe.image, "b/p.elf");
    expect_path(recipe.kernel, "../Image");
    assert_string_equal(recipe.initrd, "/boot/initrd");
    assert_string_equal(recipe.command_line, "quiet x=\xc3\xa4");
    assert_null(recipe.firmware);
    assert_int_equal(recipe.vtl2_bytes, 8 << 20);
    assert_int_equal(recipe.svn, UINT32_MAX);
    assert_true(recipe.attest);
    assert_false(recipe.console);
    assert_true(recipe.debug);
    assert_true(recipe.dates);
    assert_string_equal(recipe.server, "https://kbs");
    assert_string_equal(recipe.resource, "a/b/c");
    assert_int_equal(recipe.anchor_files, 2);
    expect_path(recipe.anchor_file[0], "1.pem");
    assert_string_equal(recipe.anchor_file[1], "/2.pem");
    expect_good(START ", \"guest\": {\"firmware\": \"u-boot.bin\"}}");
    expect_path(recipe.firmware, "u-boot.bin");
}

static void in_the_working_folder(void **state)
{
    (void)state;
    char *here = getcwd(NULL, 0);

    put_text("plain.json", START "}");
    recipe_free(&recipe);
    recipe_init(&recipe);
    assert_int_equal(chdir(folder), 0);
    bool good = recipe_read_manifest(&recipe, "plain.json");
    assert_int_equal(chdir(here), 0);
    free(here);
    assert_true(good);
    assert_string_equal(recipe.image, "a.elf");
}

/* ---- What is not ---- */

static void forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"{", "no JSON: line 1"},
        {START "\n,}", "no JSON: line 2"},
        {"[]", "Expected object, got array"},
        {"1", "no JSON"},
        {START "} x", "no JSON"},
        {START ", \"svn\": 1, \"svn\": 2}", "duplicate"},
        {START ", \"policy\": {\"console\": false, \"console\": true}}", "duplicate"},
        {START ", \"color\": 1}", "color"},
        {START ", \"guest\": {\"kernle\": \"x\"}}", "guest: "},
        {START ", \"guest\": {\"kernle\": \"x\"}}", "kernle"},
        {START ", \"policy\": {\"atest\": true}}", "atest"},
        {"{\"image\": \"a.elf\"}", "version"},
        {"{\"version\": 1}", "image"},
        {"{\"version\": 1, \"image\": \"a\\u0000b\"}", "no JSON"},
        {"{\"version\": 1, \"image\": \"\xff\"}", "no JSON"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        expect_refused(cases[i].text, cases[i].part);
    }
}

static void kinds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"{\"version\": 0, \"image\": \"a\"}", "version: 1 is the only one"},
        {"{\"version\": 2, \"image\": \"a\"}", "version: 1 is the only one"},
        {"{\"version\": 4294967297, \"image\": \"a\"}", "version: 1 is the only one"},
        {"{\"version\": \"1\", \"image\": \"a\"}", "Expected integer, got string"},
        {"{\"version\": 1.0, \"image\": \"a\"}", "Expected integer, got real"},
        {"{\"version\": 1, \"image\": null}", "Expected string, got null"},
        {START ", \"svn\": -1}", "svn: a number from 0 to 4294967295"},
        {START ", \"svn\": 4294967296}", "svn: a number from 0 to 4294967295"},
        {START ", \"svn\": \"1\"}", "Expected integer"},
        {START ", \"svn\": 1e2}", "Expected integer"},
        {START ", \"guest\": null}", "guest: Expected object"},
        {START ", \"guest\": []}", "guest: Expected object"},
        {START ", \"guest\": {\"kernel\": 1}}", "guest: Expected string"},
        {START ", \"guest\": {\"initrd\": null}}", "guest: Expected string"},
        {START ", \"guest\": {\"command_line\": [\"a\"]}}", "guest: Expected string"},
        {START ", \"guest\": {\"firmware\": {}}}", "guest: Expected string"},
        {START ", \"policy\": true}", "policy: Expected object"},
        {START ", \"policy\": {\"attest\": 1}}", "policy: Expected true or false"},
        {START ", \"policy\": {\"console\": \"no\"}}", "policy: Expected true or false"},
        {START ", \"policy\": {\"debug\": null}}", "policy: Expected true or false"},
        {START ", \"policy\": {\"server\": 1}}", "policy: Expected string"},
        {START ", \"policy\": {\"resource\": 1}}", "policy: Expected string"},
        {START ", \"policy\": {\"trust_anchors\": \"a.pem\"}}", "policy.trust_anchors: a list"},
        {START ", \"policy\": {\"trust_anchors\": {}}}", "policy.trust_anchors: a list"},
        {START ", \"policy\": {\"trust_anchors\": [\"a\", 1]}}", "a file's name is a text"},
        {START ", \"policy\": {\"trust_anchors\": [\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\","
               "\"9\"]}}",
         "policy.trust_anchors: a list"},
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        expect_refused(cases[i].text, cases[i].part);
    }
}

static void memory(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {
        {"4194304", 4194304},
        {"\"4194304\"", 4194304},
        {"\"4096K\"", 4194304},
        {"\"16M\"", 16 << 20},
        {"\"0x600000\"", 6 << 20},
        {"\"010M\"", 10 << 20},
        {"1", 1}, /* whether it is enough, the build says */
    };
    static const char *const bad[] = {
        "-1",
        "1.5",
        "true",
        "null",
        "[]",
        "\"\"",
        "\"M\"",
        "\"6m\"",
        "\"6MB\"",
        "\"6 M\"",
        "\" 6M\"",
        "\"-6M\"",
        "\"+6M\"",
        "\"6G\"",
        "\"0x\"",
        "\"0xg\"",
        "\"0x-1\"",
        "\"6K6\"",
        "\"1e3\"",
        "\"4294967296\"",
        "\"6M \"",
        "\"a6M\"",
        "\"--1\"",
        "\"\\n6\"",
        "\"08x\"",
        "\" -1\"",
        "\"99999999999999999999\"",
    };
    char text[128];

    for (size_t i = 0; i < COUNT_OF(good); i++) {
        snprintf(text, sizeof(text), START ", \"memory\": %s}", good[i].text);
        expect_good(text);
        assert_int_equal(recipe.vtl2_bytes, good[i].bytes);
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        snprintf(text, sizeof(text), START ", \"memory\": %s}", bad[i]);
        expect_refused(text, "memory: a number of bytes");
    }
}

static void numbers(void **state)
{
    (void)state;
    uint32_t number = 0;

    assert_true(recipe_number("4294967295", &number));
    assert_int_equal(number, UINT32_MAX);
    assert_true(recipe_number("0x7466736d", &number));
    assert_int_equal(number, 0x7466736d);
    assert_true(recipe_number("010", &number));
    assert_int_equal(number, 10);
    assert_false(recipe_number("4294967296", &number));
    assert_false(recipe_number("1K", &number));
    assert_false(recipe_number("-1", &number));
    assert_false(recipe_number(" 1", &number));
    assert_false(recipe_number("", &number));
}

static void no_file(void **state)
{
    (void)state;
    char *path = in_folder("none.json");

    listen_to_stderr();
    bool good = recipe_read_manifest(&recipe, path);
    expect_part(told(), "can't open the manifest");
    assert_false(good);
    listen_to_stderr();
    good = recipe_read_manifest(&recipe, folder);
    expect_part(told(), "can't read the manifest");
    assert_false(good);
    free(path);
    assert_false(read_text(""));
    expect_part(stderr_text, "is empty");
}

static void long_files(void **state)
{
    (void)state;
    const size_t bytes = (1u << 20) + 1;
    char *text = malloc(bytes + 1);

    memset(text, ' ', bytes);
    text[bytes] = '\0';
    memcpy(text, START "}", strlen(START "}"));
    expect_refused(text, "longer than 1 MiB");
    text[bytes - 1] = '\0';
    expect_good(text);
    memset(text, '[', bytes - 1); /* as deep as it gets */
    expect_refused(text, "no JSON");
    free(text);
}

/* ---- From names to files ---- */

static void expect_gather(const char *part)
{
    struct ingredients ingredients;

    listen_to_stderr();
    bool good = recipe_gather(&recipe, &ingredients);
    ingredients_free(&ingredients);
    expect_part(told(), part);
    assert_false(good);
}

static void files_that_are_missing(void **state)
{
    (void)state;
    recipe_free(&recipe);
    recipe_init(&recipe);
    expect_gather("no image is named");
    expect_good(START "}");
    expect_gather("can't open the image");
    put_text("a.elf", "not ELF");
    expect_gather("can't be used: not an ELF file");
}

/* Files whose policy allows debugging are told by their names. */
static void names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool debug;
    } cases[] = {{"x-debug.igvm", true},    {"/a/b-debug.igvm", true},
                 {"-debug.igvm", true},     {"x.igvm", false},
                 {"debug.igvm", false},     {"x-debug.igvm.old", false},
                 {"x-debug.igvm/y", false}, {"", false},
                 {"x-DEBUG.igvm", false},   {"x-debug.igvm.igvm", false}};

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (int debug = 0; debug < 2; debug++) {
            const struct recipe one = {.debug = debug != 0};
            const char *problem = recipe_name_problem(&one, cases[i].name);
            assert_int_equal(problem == NULL, one.debug == cases[i].debug);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(every_member),
        cmocka_unit_test(in_the_working_folder),
        cmocka_unit_test(forms),
        cmocka_unit_test(kinds),
        cmocka_unit_test(memory),
        cmocka_unit_test(numbers),
        cmocka_unit_test(no_file),
        cmocka_unit_test(long_files),
        cmocka_unit_test(files_that_are_missing),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, folder_set_up, tear_down);
}
