/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * `igvm diff`: how each kind of difference is told, and that none is missed: two files have no
 * difference exactly when our writer makes the same file of both.
 */
#include "build.h"
#include "compare.h"
#include "igvm_every.h"
#include "igvm_tool_test.h"
#include "igvm_writer.h"

#include <elf.h>

static char *output;
static size_t output_bytes;

static size_t compare_with(const struct opened *a, const struct opened *b,
                           const struct symbols *symbols, size_t limit)
{
    free(output);
    struct compare compare = {a, b, symbols, open_memstream(&output, &output_bytes), limit, 0};
    size_t count = compare_files(&compare);

    fclose(compare.to);
    return count;
}

/* The file that maker holds, on the heap; data NULL: the reader does not take it. */
static struct opened made(void)
{
    struct opened opened = {.blob = {malloc(maker.bytes), maker.bytes}};

    memcpy(opened.blob.data, maker.file, maker.bytes);
    if (igvm_open(&opened.file, opened.blob.data, maker.bytes) != IGVM_OK) {
        opened_free(&opened);
    }
    return opened;
}

/* ---- How a difference is told ---- */

/* One byte of one header's body, counted from the start of the file's headers. */
static void expect_told(size_t header_number, size_t at, uint8_t value, const char *text)
{
    make_every();
    struct opened a = made();
    maker.headers[every_at[header_number] + 8 + at] = value;
    seal(&maker);
    struct opened b = made();

    assert_non_null(b.blob.data);
    size_t count = compare_with(&a, &b, NULL, SIZE_MAX);
    assert_string_equal(output, text);
    assert_int_equal(count, 1);
    opened_free(&a);
    opened_free(&b);
}

/* Numbers of headers: igvm_every.h. */
static void fields(void **state)
{
    (void)state;
    expect_told(1, 4, 2, "SUPPORTED_PLATFORM: highest_vtl 0x0 -> 0x2\n");
    expect_told(2, 0, 0xee, "GUEST_POLICY: policy 0x123456789abcdef -> 0x123456789abcdee\n");
    expect_told(3, 34, 0x20, "RELOCATABLE_REGION: minimum_gpa 0x0 -> 0x200000\n");
    expect_told(4, 25, 0x20, "PAGE_TABLE_RELOCATION_REGION: used_size 0x1000 -> 0x2000\n");
    expect_told(5, 0, 3, "CORIM_DOCUMENT: compatibility_mask 0x1 -> 0x3\n");
    expect_told(7, 25, 9, "CCA_POLICY: lfa_policy 0x0 -> 0x9\n");
    expect_told(10, 4, 4, "VP_COUNT: byte_offset 0x0 -> 0x4\n");
    expect_told(20, 16, 0, "REQUIRED_MEMORY: flags 0x1 -> 0x0\n");
    expect_told(23, 8, 1, "PARAMETER_INSERT: compatibility_mask 0x3 -> 0x1\n");
    expect_told(30, 13, 0x40, "ERROR_RANGE: size 0x3000 -> 0x4000\n");
    expect_told(31, 8, 1, "SNP_ID_BLOCK: launch_digest differs\n");
    expect_told(32, 16, 78, "VBS_MEASUREMENT: svn 0x4d -> 0x4e\n");
    expect_told(32, 96, 1, "VBS_MEASUREMENT: signature differs\n");
    expect_told(25, 8, 1, "page 0x41000000: compatibility_mask 0x3 -> 0x1\n");
    expect_told(26, 16, 2, "page 0x41001000: flags 0x0 -> 0x2\n");
}

static void expect_data_told(size_t at, uint8_t value, const char *text)
{
    make_every();
    struct opened a = made();
    maker.data[at] = value;
    seal(&maker);
    struct opened b = made();

    assert_non_null(b.blob.data);
    assert_int_equal(compare_with(&a, &b, NULL, SIZE_MAX), 1);
    assert_string_equal(output, text);
    opened_free(&a);
    opened_free(&b);
}

/* In the order of igvm_every.h: 100, 53, 4096, 4 + 3 * 32, then pages. */
static void data_of_headers(void **state)
{
    (void)state;
    expect_data_told(99, 0, "CORIM_DOCUMENT: its data differs\n");
    expect_data_told(100, 0, "CORIM_SIGNATURE: its data differs\n");
    expect_data_told(153, 0, "PARAMETER_AREA: its data differs\n");
    expect_data_told(4249 + 4 + 32 + 16, 0x35, "VP_CONTEXT: X0 0x1234 -> 0x1235\n");
    expect_data_told(4349 + 79, 1, "VP_CONTEXT: its data differs\n"); /* of CCA */
    expect_data_told(4349 + 8192 + 9, 1, "page 0x41003000: 1 byte differs, from 0x9 to 0x9\n");
    expect_data_told(4349 + 3 * 4096 + 4095, 1,
                     "page 0x42000000: 1 byte differs, from 0xfff to 0xfff\n");
}

static void shared_content(void **state)
{
    (void)state;
    make_every();
    struct opened a = made();
    maker.data[4349 + 4096] = 'X';
    maker.data[4349 + 4096 + 5] = 'X';
    seal(&maker);
    struct opened b = made();

    assert_int_equal(compare_with(&a, &b, NULL, SIZE_MAX), 2);
    assert_string_equal(output, "page 0x41000000: 2 bytes differ, from 0x0 to 0x5\n"
                                "page 0x41001000: 2 bytes differ, from 0x0 to 0x5\n");
    assert_int_equal(compare_with(&a, &b, NULL, 1), 2); /* counted, not told */
    assert_string_equal(output, "page 0x41000000: 2 bytes differ, from 0x0 to 0x5\n"
                                "... and 1 more\n");
    opened_free(&a);
    opened_free(&b);
}

/* ---- Registers: PC, X0, SCTLR_EL1 against others ---- */

static void expect_registers(const struct igvm_vp_register *registers, uint32_t count,
                             const char *text)
{
    make_mini();
    struct opened a = made();
    struct opened b = {0};
    struct igvm_platform body = {1, 2, 1, 1, 0};
    uint8_t bytes[4096] = {'A'};
    struct igvm_writer *writer = igvm_writer_new();

    igvm_writer_header(writer, 0x001, &body, sizeof(body));
    igvm_writer_page(writer, 0, 1, 0, bytes, sizeof(bytes));
    igvm_writer_context(writer, 1, registers, count);
    assert_int_equal(igvm_writer_finish(writer, &b.blob.data, &b.blob.bytes), IGVM_OK);
    igvm_writer_free(writer);
    assert_int_equal(igvm_open(&b.file, b.blob.data, b.blob.bytes), IGVM_OK);
    (void)compare_with(&a, &b, NULL, SIZE_MAX);
    assert_string_equal(output, text);
    opened_free(&a);
    opened_free(&b);
}

static void registers(void **state)
{
    (void)state;
    const struct igvm_vp_register pc = {2, 0x20022, 0x1000};
    const struct igvm_vp_register x0 = {2, 0x20000, 5};
    const struct igvm_vp_register other = {2, 0x20022, 0x2000};
    const struct igvm_vp_register lower = {0, 0x20022, 0x1000};

    expect_registers(&pc, 1, "");
    expect_registers(&other, 1, "VP_CONTEXT: PC 0x1000 -> 0x2000\n");
    expect_registers(&x0, 1,
                     "VP_CONTEXT: PC only in the first\nVP_CONTEXT: X0 only in the second\n");
    expect_registers((const struct igvm_vp_register[]){pc, x0}, 2,
                     "VP_CONTEXT: X0 only in the second\n");
    expect_registers((const struct igvm_vp_register[]){x0, pc}, 2,
                     "VP_CONTEXT: registers in another order, from number 0\n");
    /* The name and the value alone are the same, and the digest is another. */
    expect_registers(&lower, 1, "VP_CONTEXT: vtl 2 -> 0\n");
}

/* ---- Whole headers ---- */

/* The file with one header moved to another place among the others; to == from: left out. */
static struct opened moved(size_t from, size_t to)
{
    static uint8_t headers[sizeof(maker.headers)];
    size_t bytes = 0;

    make_every();
    for (size_t i = 0; i <= every_count; i++) {
        if (i == to && to != from) {
            memcpy(headers + bytes, maker.headers + every_at[from],
                   every_at[from + 1] - every_at[from]);
            bytes += every_at[from + 1] - every_at[from];
        }
        if (i < every_count && i != from) {
            memcpy(headers + bytes, maker.headers + every_at[i], every_at[i + 1] - every_at[i]);
            bytes += every_at[i + 1] - every_at[i];
        }
    }
    /* The data must stay where it was: a shorter file gets a header that says nothing new. */
    while (bytes < maker.header_bytes) {
        static const uint8_t required_memory[32] = {0x05, 3, 0, 0, 24, 0, 0, 0, 0, 0, 0,
                                                    0x60, 0, 0, 0, 0,  1, 0, 0, 0, 0, 0x10};
        if (maker.header_bytes - bytes < sizeof(required_memory)) {
            return (struct opened){0};
        }
        memcpy(headers + bytes, required_memory, sizeof(required_memory));
        bytes += sizeof(required_memory);
    }
    memcpy(maker.headers, headers, bytes);
    maker.header_bytes = bytes;
    seal(&maker);
    return made();
}

static void expect_moved(size_t from, size_t to, const char *text)
{
    struct opened b = moved(from, to);
    make_every();
    struct opened a = made();

    assert_non_null(b.blob.data);
    (void)compare_with(&a, &b, NULL, SIZE_MAX);
    assert_string_equal(output, text);
    opened_free(&a);
    opened_free(&b);
}

static void whole_headers(void **state)
{
    (void)state;
    expect_moved(25, 25,
                 "REQUIRED_MEMORY: only in the second\npage 0x41000000: only in the first\n");
    /* The area's insert behind the pages: the same records in another order, another digest. */
    expect_moved(24, 30,
                 "the same headers in another order: first PARAMETER_INSERT -> PAGE_DATA\n");
    /* Not all that follow are told as well. */
    expect_moved(20, 10,
                 "REQUIRED_MEMORY: only in the second\nREQUIRED_MEMORY: only in the first\n");
}

/* ---- None is missed ---- */

static struct blob rewritten(const struct opened *opened)
{
    struct igvm_writer *writer = igvm_writer_new();
    struct blob out = {0};

    igvm_writer_copy(writer, &opened->file, true);
    (void)igvm_writer_finish(writer, &out.data, &out.bytes);
    igvm_writer_free(writer);
    return out;
}

/* `b` is freed. Returns whether there was one. */
static bool expect_complete(const struct opened *a, const struct blob *a_again, struct opened b)
{
    if (b.blob.data == NULL) {
        return false;
    }
    struct blob b_again = rewritten(&b);
    bool same =
        b_again.bytes == a_again->bytes && memcmp(b_again.data, a_again->data, b_again.bytes) == 0;
    assert_int_equal(compare_with(a, &b, NULL, 3) == 0, same);
    assert_int_equal(compare_with(&b, a, NULL, 3) == 0, same);
    free(b_again.data);
    opened_free(&b);
    return true;
}

static void every_bit_of_headers(void **state)
{
    (void)state;
    size_t taken = 0;

    make_every();
    struct opened a = made();
    struct blob a_again = rewritten(&a);
    for (size_t i = 0; i < maker.header_bytes * 8; i++) {
        maker.headers[i / 8] ^= (uint8_t)(1u << (i % 8));
        seal(&maker);
        taken += expect_complete(&a, &a_again, made());
        maker.headers[i / 8] ^= (uint8_t)(1u << (i % 8));
    }
    assert_true(taken > 12000); /* SNP_ID_BLOCK, signature, key: 1456 bytes that may be anything */
    free(a_again.data);
    opened_free(&a);
}

static void every_part_of_data(void **state)
{
    (void)state;
    make_every();
    struct opened a = made();
    struct blob a_again = rewritten(&a);
    for (size_t i = 0; i < maker.data_bytes; i += i < 4500 ? 1 : 13) {
        maker.data[i] ^= 0x10;
        seal(&maker);
        (void)expect_complete(&a, &a_again, made());
        maker.data[i] ^= 0x10;
    }
    free(a_again.data);
    opened_free(&a);
}

static void every_place(void **state)
{
    (void)state;
    size_t taken = 0;

    make_every();
    struct opened a = made();
    struct blob a_again = rewritten(&a);
    for (size_t from = 0; from < every_count; from++) {
        for (size_t to = 0; to <= every_count; to++) {
            taken += expect_complete(&a, &a_again, moved(from, to));
            make_every();
        }
    }
    assert_true(taken > 300);
    free(a_again.data);
    opened_free(&a);
}

/* ---- Policy and guest, as build_file makes them ---- */

static uint8_t image_bytes[100] = {1};
static uint8_t kernel_bytes[5000] = {2};
static uint8_t initrd_bytes[10] = {3};
static uint8_t anchor_bytes[2][3] = {"a1", "a2"};

static struct opened built(const struct igvm_policy *policy, const char *command_line,
                           size_t kernel_size)
{
    const struct kernel kernel = {{kernel_bytes, kernel_size}, 0, 0x4000};
    const struct build build = {
        .image = {{image_bytes, sizeof(image_bytes)}, 0x1000, 0},
        .vtl2_bytes = BUILD_VTL2_BYTES_DEFAULT,
        .kernel = &kernel,
        .initrd = {initrd_bytes, kernel_size == sizeof(kernel_bytes) ? sizeof(initrd_bytes) : 0},
        .command_line = command_line,
        .policy = policy,
    };
    struct opened opened = {0};

    assert_null(build_file(&build, &opened.blob));
    assert_int_equal(igvm_open(&opened.file, opened.blob.data, opened.blob.bytes), IGVM_OK);
    return opened;
}

static struct igvm_policy_text text_of(const char *text)
{
    return (struct igvm_policy_text){(const uint8_t *)text, (uint32_t)strlen(text)};
}

static void policies(void **state)
{
    (void)state;
    const struct igvm_policy plain = {.console = true, .svn = 1};
    const struct igvm_policy full = {.attest = true,
                                     .debug = true,
                                     .svn = 2,
                                     .server = text_of("https://a"),
                                     .resource = text_of("x/y/z"),
                                     .anchors = 1,
                                     .anchor = {{anchor_bytes[0], 3}}};
    struct igvm_policy other = full;
    other.server = text_of("https://b");
    other.resource = text_of("x/y/w");
    other.anchor[0].data = anchor_bytes[1];
    struct opened a = built(&plain, "", 5000);
    struct opened b = built(&full, "", 5000);
    struct opened c = built(&other, "", 5000);

    assert_int_equal(compare_with(&a, &b, NULL, SIZE_MAX), 8);
    expect_part(output, "policy: attest 0 -> 1\npolicy: console 1 -> 0\npolicy: debug 0 -> 1\n"
                        "policy: svn 1 -> 2\npolicy: number of trust anchors 0 -> 1\n"
                        "policy: server '' -> 'https://a'\npolicy: resource '' -> 'x/y/z'\n"
                        "page 0x41001000: ");
    assert_int_equal(compare_with(&b, &c, NULL, SIZE_MAX), 4);
    assert_string_equal(output, "policy: server 'https://a' -> 'https://b'\n"
                                "policy: resource 'x/y/z' -> 'x/y/w'\n"
                                "policy: trust anchor 1 differs\n"
                                "page 0x41001000: 3 bytes differ, from 0x28 to 0x31\n");
    opened_free(&a);
    opened_free(&b);
    opened_free(&c);
}

static void guests(void **state)
{
    (void)state;
    const struct igvm_policy policy = {.console = true};
    struct opened a = built(&policy, "quiet", 5000);
    struct opened b = built(&policy, "debug", 4096);

    assert_int_equal(compare_with(&a, &b, NULL, SIZE_MAX), 6);
    expect_part(output, "guest: kernel_bytes 5000 -> 4096\nguest: initrd_bytes 10 -> 0\n"
                        "guest: command line differs\npage 0x41012000: ");
    expect_part(output, "page 0x42001000: only in the first\npage 0x42200000: only in the first\n");
    opened_free(&a);
    opened_free(&b);
}

/* A policy page that the digest does not speak for is none. */
static void policy_that_is_not_measured(void **state)
{
    (void)state;
    const struct igvm_policy policy = {.console = true, .svn = 5};
    struct opened a = built(&policy, "", 5000);
    struct igvm_policy found;
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    const char *reason = NULL;
    uint32_t headers = 0;
    uint32_t crc;

    assert_non_null(opened_policy(&a, &found, &reason));
    assert_int_equal(found.svn, 5);
    while (igvm_next(&a.file, &cursor, &header)) {
        if (header.type == 0x302 && header.page_data.gpa == 0x41001000) {
            a.blob.data[header.body_offset + 16] = 2;
        }
    }
    memcpy(&headers, a.blob.data + 12, 4);
    put32(a.blob.data + 20, 0);
    crc = crc32_bits(0, a.blob.data, 32 + headers);
    put32(a.blob.data + 20, crc);
    assert_int_equal(igvm_open(&a.file, a.blob.data, a.blob.bytes), IGVM_OK);
    assert_null(opened_policy(&a, &found, &reason));
    assert_string_equal(reason, "the policy page is not measured");
    opened_free(&a);
}

/* ---- Symbols ---- */

struct small_elf {
    Elf64_Ehdr header;
    Elf64_Shdr sections[3];
    Elf64_Sym symbols[6];
    char names[32];
};

static struct small_elf elf_with_symbols(void)
{
    const unsigned char function = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    const unsigned char object = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT);
    struct small_elf elf = {
        .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1},
                   .e_shoff = offsetof(struct small_elf, sections),
                   .e_shentsize = sizeof(Elf64_Shdr),
                   .e_shnum = 3},
        .sections = {{0},
                     {.sh_type = SHT_SYMTAB,
                      .sh_offset = offsetof(struct small_elf, symbols),
                      .sh_size = sizeof(elf.symbols),
                      .sh_link = 2},
                     {.sh_type = SHT_STRTAB,
                      .sh_offset = offsetof(struct small_elf, names),
                      .sh_size = sizeof(elf.names)}},
        .symbols = {{0},
                    {.st_name = 7, .st_info = object, .st_value = 0x20, .st_size = 0x20},
                    {.st_name = 1, .st_info = function, .st_value = 0x10, .st_size = 0x10},
                    {.st_name = 13, .st_info = function, .st_value = 0x40, .st_size = 0},
                    {.st_name = 13, .st_info = STT_NOTYPE, .st_value = 0x40, .st_size = 8},
                    {.st_name = 99, .st_info = function, .st_value = 0x40, .st_size = 8}},
        .names = "\0first\0other\0never\0",
    };

    return elf;
}

static void names_of_what_differs(void **state)
{
    (void)state;
    const struct igvm_policy policy = {.console = true};
    const struct small_elf elf = elf_with_symbols();
    char *path = in_folder("s.elf");

    put_file("s.elf", &elf, sizeof(elf));
    struct symbols *symbols = symbols_read(path);
    assert_non_null(symbols);
    assert_string_equal(symbols_in(symbols, 0, 0x100, 0), "first"); /* by address */
    assert_string_equal(symbols_in(symbols, 0, 0x100, 1), "other");
    assert_null(symbols_in(symbols, 0, 0x100, 2));
    assert_null(symbols_in(symbols, 0, 0x10, 0));
    assert_string_equal(symbols_in(symbols, 0x1f, 0x20, 0), "first");
    assert_string_equal(symbols_in(symbols, 0x20, 0x21, 0), "other");
    struct opened a = built(&policy, "", 5000);
    image_bytes[0x1f] = image_bytes[0x22] = 9;
    struct opened b = built(&policy, "", 5000);
    image_bytes[0x1f] = image_bytes[0x22] = 0;
    assert_int_equal(compare_with(&a, &b, symbols, SIZE_MAX), 1);
    assert_string_equal(output,
                        "page 0x41000000: 2 bytes differ, from 0x1f to 0x22: first, other\n");
    opened_free(&a);
    opened_free(&b);
    symbols_free(symbols);
    free(path);
}

static void expect_no_symbols(const void *elf, size_t bytes)
{
    char *path = in_folder("s.elf");

    put_file("s.elf", elf, bytes);
    listen_to_stderr();
    struct symbols *symbols = symbols_read(path);
    expect_part(told(), "has no symbols");
    assert_null(symbols);
    free(path);
}

static void elves_without_symbols(void **state)
{
    (void)state;
    struct small_elf elf = elf_with_symbols();

    for (size_t bytes = 1; bytes < sizeof(elf); bytes++) {
        expect_no_symbols(&elf, bytes);
    }
    elf.names[31] = 'x'; /* no end of the last name */
    expect_no_symbols(&elf, sizeof(elf));
    elf = elf_with_symbols();
    elf.sections[1].sh_link = 3;
    expect_no_symbols(&elf, sizeof(elf));
    elf = elf_with_symbols();
    elf.sections[1].sh_offset = UINT64_MAX;
    expect_no_symbols(&elf, sizeof(elf));
    elf = elf_with_symbols();
    elf.sections[1].sh_size = UINT64_MAX;
    expect_no_symbols(&elf, sizeof(elf));
    elf = elf_with_symbols();
    elf.header.e_shoff = UINT64_MAX - 63;
    expect_no_symbols(&elf, sizeof(elf));
    elf = elf_with_symbols();
    elf.header.e_ident[EI_CLASS] = ELFCLASS32;
    expect_no_symbols(&elf, sizeof(elf));
}

static int tear_down(void **state)
{
    free(output);
    return folder_tear_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(data_of_headers),
        cmocka_unit_test(shared_content),
        cmocka_unit_test(registers),
        cmocka_unit_test(whole_headers),
        cmocka_unit_test(every_bit_of_headers),
        cmocka_unit_test(every_part_of_data),
        cmocka_unit_test(every_place),
        cmocka_unit_test(policies),
        cmocka_unit_test(guests),
        cmocka_unit_test(policy_that_is_not_measured),
        cmocka_unit_test(names_of_what_differs),
        cmocka_unit_test(elves_without_symbols),
    };

    return cmocka_run_group_tests(tests, folder_set_up, tear_down);
}
