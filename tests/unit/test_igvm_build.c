/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The host's tool: what it takes for kernel and image, and the file it composes (igvm.md 4.1, 6),
 * read back header by header.
 */
#include "boot_test.h"
#include "build.h"
#include "igvm_guest.h"
#include "igvm_writer.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#define PAGE 4096u

static struct blob blob_new(size_t bytes)
{
    return (struct blob){calloc(1, bytes), bytes};
}

static void put(struct blob blob, size_t at, const void *value, size_t bytes)
{
    memcpy(blob.data + at, value, bytes);
}

static void put64(struct blob blob, size_t at, uint64_t value)
{
    put(blob, at, &value, 8);
}

/* ---- Kernels: booting.rst section 4 ---- */

static struct blob image_new(size_t bytes, uint64_t image_size)
{
    struct blob blob = blob_new(bytes);

    memset(blob.data, 0x5a, bytes);
    memset(blob.data, 0, bytes < 64 ? bytes : 64);
    if (bytes >= 64) {
        put64(blob, 16, image_size);
        put64(blob, 24, 10);
        put(blob, 56, "ARM\x64", 4);
    }
    return blob;
}

static void expect_kernel(struct blob file, const char *problem)
{
    struct kernel kernel;
    const char *found = kernel_from_file(file, &kernel);

    if (problem == NULL) {
        assert_null(found);
        free(kernel.image.data);
        return;
    }
    assert_non_null(found);
    assert_non_null(strstr(found, problem));
    assert_null(kernel.image.data);
}

static void kernels(void **state)
{
    (void)state;
    struct blob blob;

    expect_kernel(image_new(8192, 16384), NULL);
    expect_kernel(image_new(63, 0), "shorter than the header");
    blob = image_new(8192, 16384);
    blob.data[56] = 'a';
    expect_kernel(blob, "not an arm64 Linux Image");
    blob = image_new(8192, 16384);
    blob.data[24] |= 1;
    expect_kernel(blob, "big-endian");
    expect_kernel(image_new(8192, 0), "no image size");
    expect_kernel(image_new(8192, 8191), "longer than its header");
    expect_kernel(image_new(8192, UINT64_MAX), "too large");
    blob = image_new(8192, 16384);
    put64(blob, 8, 0x80000);
    expect_kernel(blob, NULL);
    blob = image_new(8192, 16384);
    put64(blob, 8, 0x80);
    expect_kernel(blob, "text offset");
    blob = image_new(8192, 16384);
    put64(blob, 8, 0x200000);
    expect_kernel(blob, "text offset");
}

/* PE: one section that ends at `end`. */
static struct blob image_with_section(uint32_t end)
{
    struct blob blob = image_new(8192, 16384);
    uint32_t pe = 64;
    uint16_t sections = 1;
    uint16_t optional = 160;
    uint32_t raw[2] = {end - 4096, 4096};

    put(blob, 60, &pe, 4);
    put(blob, 64, "PE\0\0", 4);
    put(blob, 64 + 6, &sections, 2);
    put(blob, 64 + 20, &optional, 2);
    put(blob, 64 + 24 + 160 + 16, raw, 8);
    return blob;
}

static void truncated_kernels(void **state)
{
    (void)state;
    uint16_t many = 0xffff;

    expect_kernel(image_with_section(8192), NULL);
    expect_kernel(image_with_section(8193), "truncated");
    struct blob blob = image_with_section(8192);
    put(blob, 64 + 6, &many, 2);
    expect_kernel(blob, "truncated");
    for (uint32_t pe = 8192 - 30; pe < 8200; pe++) {
        blob = image_with_section(8192);
        put(blob, 60, &pe, 4);
        expect_kernel(blob, NULL);
    }
}

static struct blob gzip(const struct blob *from)
{
    struct blob to = blob_new(from->bytes + 1024);
    z_stream stream = {.next_in = from->data,
                       .avail_in = (uInt)from->bytes,
                       .next_out = to.data,
                       .avail_out = (uInt)to.bytes};

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 16 + MAX_WBITS, 9, 0), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    to.bytes -= stream.avail_out;
    deflateEnd(&stream);
    return to;
}

static struct blob zboot(const struct blob *payload, const char *kind)
{
    struct blob to = blob_new(64 + payload->bytes + 4);
    uint32_t where[2] = {64, (uint32_t)payload->bytes + 4};

    put(to, 0, "MZ\0\0zimg", 8);
    put(to, 8, where, 8);
    put(to, 24, kind, strlen(kind));
    put(to, 64, payload->data, payload->bytes);
    return to;
}

static void packed_kernels(void **state)
{
    (void)state;
    struct blob plain = image_new(100000, 200000);
    struct blob packed = gzip(&plain);
    struct blob copy;
    struct kernel kernel;

    assert_null(kernel_from_file(zboot(&packed, "gzip"), &kernel));
    assert_int_equal(kernel.image.bytes, plain.bytes);
    assert_memory_equal(kernel.image.data, plain.data, plain.bytes);
    assert_int_equal(kernel.image_size, 200000);
    free(kernel.image.data);
    expect_kernel(zboot(&packed, "zstd"), "not compressed with gzip");
    copy = zboot(&packed, "gzip");
    copy.bytes -= 5;
    expect_kernel(copy, "truncated");
    copy = blob_new(packed.bytes);
    put(copy, 0, packed.data, packed.bytes);
    copy.bytes -= 9;
    expect_kernel(copy, "damaged or truncated");
    expect_kernel(packed, NULL);
    free(plain.data);
}

/* ---- Paravane's ELF ---- */

#define ELF_BYTES (2u * PAGE + 0x10)

/* Text at 0, data at 0x1000 with 0x10 bytes in the file and bss up to 0x4000. */
static struct blob elf_new(void)
{
    struct blob blob = blob_new(ELF_BYTES);
    Elf64_Ehdr header = {
        .e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_DYN,
        .e_machine = EM_AARCH64,
        .e_entry = 0x40,
        .e_phoff = 64,
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 3,
    };
    Elf64_Phdr segments[3] = {
        {.p_type = PT_LOAD, .p_offset = PAGE, .p_vaddr = 0, .p_filesz = 0x800, .p_memsz = 0x800},
        {.p_type = PT_LOAD,
         .p_offset = 2 * PAGE,
         .p_vaddr = 0x1000,
         .p_filesz = 0x10,
         .p_memsz = 0x3000},
        {.p_type = PT_DYNAMIC, .p_vaddr = UINT64_MAX, .p_memsz = UINT64_MAX},
    };

    put(blob, 0, &header, sizeof(header));
    put(blob, 64, segments, sizeof(segments));
    memset(blob.data + PAGE, 0x11, 0x800);
    memset(blob.data + 2 * PAGE, 0x22, 0x10);
    return blob;
}

static void elf_is_loaded(void **state)
{
    (void)state;
    struct blob elf = elf_new();
    struct image image;

    assert_true(image_from_elf("x", &elf, &image));
    assert_int_equal(image.entry, 0x40);
    assert_int_equal(image.load.bytes, 0x1010);
    assert_int_equal(image.memory_bytes, 0x4000);
    assert_int_equal(image.load.data[0x7ff], 0x11);
    assert_int_equal(image.load.data[0x800], 0);
    assert_int_equal(image.load.data[0x100f], 0x22);
    free(image.load.data);
    free(elf.data);
}

static void expect_bad_elf(size_t at, uint64_t value, size_t bytes)
{
    struct blob elf = elf_new();
    struct image image;

    put(elf, at, &value, bytes);
    assert_false(image_from_elf("(expected)", &elf, &image));
    free(elf.data);
}

static void bad_elves(void **state)
{
    (void)state;
    struct blob elf = elf_new();
    struct image image;

    expect_bad_elf(0, 0, 1);
    expect_bad_elf(EI_CLASS, ELFCLASS32, 1);
    expect_bad_elf(EI_DATA, ELFDATA2MSB, 1);
    expect_bad_elf(offsetof(Elf64_Ehdr, e_machine), EM_X86_64, 2);
    expect_bad_elf(offsetof(Elf64_Ehdr, e_type), ET_EXEC, 2);
    expect_bad_elf(offsetof(Elf64_Ehdr, e_phentsize), 32, 2);
    expect_bad_elf(offsetof(Elf64_Ehdr, e_phoff), UINT64_MAX, 8);
    expect_bad_elf(offsetof(Elf64_Ehdr, e_phoff), ELF_BYTES - 100, 8);
    expect_bad_elf(offsetof(Elf64_Ehdr, e_phnum), 0, 2);
    expect_bad_elf(offsetof(Elf64_Ehdr, e_entry), 0x1010, 8);
    expect_bad_elf(64 + offsetof(Elf64_Phdr, p_offset), ELF_BYTES - 0x7ff, 8);
    expect_bad_elf(64 + offsetof(Elf64_Phdr, p_filesz), 0x801, 8);
    expect_bad_elf(64 + offsetof(Elf64_Phdr, p_memsz), 0x7ff, 8);
    expect_bad_elf(64 + offsetof(Elf64_Phdr, p_memsz), UINT64_MAX, 8);
    expect_bad_elf(64 + offsetof(Elf64_Phdr, p_vaddr), UINT64_C(0xffff000000000000), 8);
    elf.bytes = 63;
    assert_false(image_from_elf("(expected)", &elf, &image));
    free(elf.data);
}

/* ---- Composition ---- */

static uint8_t image_bytes[0x1010];
static uint8_t kernel_bytes[3 * PAGE + 100];
static uint8_t initrd_bytes[PAGE + 1];

static struct build build;
static struct kernel kernel;
static const struct igvm_policy policy = {.console = true, .svn = 7};

static int build_set_up(void **state)
{
    (void)state;
    memset(image_bytes, 0, sizeof(image_bytes));
    image_bytes[0] = 1;
    image_bytes[0x1000] = 2;
    memset(kernel_bytes, 0, sizeof(kernel_bytes));
    kernel_bytes[0] = 3; /* page 1 zeros, page 2 as the image's first, page 3 partial */
    kernel_bytes[2 * PAGE] = 1;
    kernel_bytes[3 * PAGE + 99] = 4;
    memset(initrd_bytes, 5, sizeof(initrd_bytes));
    kernel = (struct kernel){{kernel_bytes, sizeof(kernel_bytes)}, 0x80000, 0x234567};
    build = (struct build){
        .image = {{image_bytes, sizeof(image_bytes)}, 0x4000, 0x40},
        .vtl2_bytes = IGVM_VTL2_BYTES,
        .kernel = &kernel,
        .initrd = {initrd_bytes, sizeof(initrd_bytes)},
        .command_line = "console=ttyAMA0",
        .policy = &policy,
    };
    return 0;
}

static struct igvm_header next(const struct igvm_file *file, struct igvm_cursor *cursor,
                               uint32_t type)
{
    struct igvm_header header;

    assert_true(igvm_next(file, cursor, &header));
    assert_int_equal(header.type, type);
    return header;
}

static void expect_page(const struct igvm_file *file, struct igvm_cursor *cursor, uint64_t gpa,
                        uint32_t flags, const uint8_t *content, size_t bytes)
{
    struct igvm_header header = next(file, cursor, IGVM_TYPE_PAGE_DATA);
    const uint8_t *page = igvm_page(file, &header.page_data);
    uint8_t whole[PAGE] = {0};

    assert_int_equal(header.page_data.gpa, gpa);
    assert_int_equal(header.page_data.flags, flags);
    if (content == NULL) {
        assert_null(page);
        return;
    }
    memcpy(whole, content, bytes);
    assert_non_null(page);
    assert_memory_equal(page, whole, PAGE);
}

static void expect_register(const struct igvm_file *file, const struct igvm_vp_context *context,
                            uint32_t i, uint32_t name, uint64_t value)
{
    struct igvm_vp_register found;

    assert_true(igvm_vp_register(file, context, i, &found));
    assert_int_equal(found.vtl, 2);
    assert_int_equal(found.name, name);
    assert_int_equal(found.value, value);
}

static void expect_guest_page(const struct igvm_guest_page *page)
{
    assert_int_equal(page->magic, IGVM_GUEST_MAGIC);
    assert_int_equal(page->version, 2);
    assert_int_equal(page->kind, 1);
    assert_int_equal(page->kernel_gpa, 0x42080000);
    assert_int_equal(page->kernel_bytes, sizeof(kernel_bytes));
    assert_int_equal(page->initrd_gpa, 0x42400000); /* 0x42080000 + 0x234567, up to 2 MiB */
    assert_int_equal(page->initrd_bytes, sizeof(initrd_bytes));
    assert_int_equal(page->command_line_bytes, 15);
    assert_memory_equal(page->command_line, "console=ttyAMA0\0", 16);
}

static void composition(void **state)
{
    (void)state;
    struct igvm_file file;
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    struct igvm_guest_page guest;
    struct igvm_policy found;
    struct blob out;

    assert_null(build_file(&build, &out));
    assert_int_equal(igvm_open(&file, out.data, out.bytes), IGVM_OK);
    assert_int_equal(igvm_check_start(&file), IGVM_OK);
    header = next(&file, &cursor, 0x001);
    assert_int_equal(header.platform.compatibility_mask, 1);
    header = next(&file, &cursor, 0x102);
    assert_int_equal(header.relocatable.base_gpa, 0x41000000);
    assert_int_equal(header.relocatable.size, 0x400000);
    assert_int_equal(header.relocatable.alignment, 0x200000);
    assert_int_equal(header.relocatable.flags, 3);
    assert_int_equal(header.relocatable.vtl, 2);
    header = next(&file, &cursor, 0x305);
    assert_int_equal(header.required_memory.gpa, 0x41000000);
    assert_int_equal(header.required_memory.number_of_bytes, 0x400000);
    assert_int_equal(header.required_memory.flags, 1);
    header = next(&file, &cursor, 0x301);
    assert_int_equal(header.parameter_area.number_of_bytes, 16 * PAGE);
    next(&file, &cursor, 0x312);
    header = next(&file, &cursor, 0x304);
    expect_register(&file, &header.vp_context, 0, 0x20022, 0x41000040);
    expect_register(&file, &header.vp_context, 1, 0x20000, 0x5000);
    expect_register(&file, &header.vp_context, 2, 0x20001, 0x15000);
    expect_register(&file, &header.vp_context, 3, 0x20002, 0x4000);
    expect_register(&file, &header.vp_context, 4, 0x20023, 0x3c5);
    expect_register(&file, &header.vp_context, 5, 0x40002, 0x30d00800);
    header = next(&file, &cursor, 0x303);
    assert_int_equal(header.parameter_insert.gpa, 0x41005000);
    expect_page(&file, &cursor, 0x41000000, 0, image_bytes, PAGE);
    expect_page(&file, &cursor, 0x41001000, 0, image_bytes + PAGE, 0x10);
    header = next(&file, &cursor, 0x302);
    assert_int_equal(header.page_data.gpa, 0x41004000);
    assert_int_equal(header.page_data.flags, 0); /* the policy: measured */
    assert_null(igvm_policy_read(igvm_page(&file, &header.page_data), &found));
    assert_int_equal(found.svn, 7);
    assert_true(found.console);
    header = next(&file, &cursor, 0x302);
    assert_int_equal(header.page_data.gpa, 0x41015000);
    assert_int_equal(header.page_data.flags, IGVM_PAGE_UNMEASURED);
    memcpy(&guest, igvm_page(&file, &header.page_data), sizeof(guest));
    expect_guest_page(&guest);
    expect_page(&file, &cursor, 0x42080000, 4, kernel_bytes, PAGE);
    expect_page(&file, &cursor, 0x42081000, 4, NULL, 0);
    expect_page(&file, &cursor, 0x42082000, 4, image_bytes, PAGE);
    expect_page(&file, &cursor, 0x42083000, 4, kernel_bytes + 3 * PAGE, 100);
    expect_page(&file, &cursor, 0x42400000, 4, initrd_bytes, PAGE);
    expect_page(&file, &cursor, 0x42401000, 4, initrd_bytes, 1);
    assert_false(igvm_next(&file, &cursor, &header));
    /* Equal pages once, zeros not at all: 8 pages of data, and 6 registers. */
    assert_int_equal(out.bytes, file.headers_end + 8 * PAGE + 4 + 6 * 32);
    free(out.data);
}

static void same_inputs_same_file(void **state)
{
    (void)state;
    struct blob first;
    struct blob second;

    assert_null(build_file(&build, &first));
    assert_null(build_file(&build, &second));
    assert_int_equal(first.bytes, second.bytes);
    assert_memory_equal(first.data, second.data, first.bytes);
    free(first.data);
    free(second.data);
}

static void no_kernel(void **state)
{
    (void)state;
    struct blob out;

    build.kernel = NULL;
    assert_non_null(build_file(&build, &out));
    build.initrd = (struct blob){0};
    assert_non_null(build_file(&build, &out));
    build.command_line = "";
    assert_null(build_file(&build, &out));
    free(out.data);
}

/* A firmware is no Image: nothing of it is looked at. It lies where a kernel would. */
static void firmware(void **state)
{
    (void)state;
    struct igvm_file file;
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    struct igvm_guest_page guest;
    struct blob out;

    build.firmware = (struct blob){initrd_bytes, sizeof(initrd_bytes)};
    assert_non_null(build_file(&build, &out)); /* beside a kernel */
    build.kernel = NULL;
    assert_non_null(build_file(&build, &out)); /* with an initrd */
    build.initrd = (struct blob){0};
    assert_non_null(build_file(&build, &out)); /* with a command line */
    build.command_line = "";
    assert_null(build_file(&build, &out));
    assert_int_equal(igvm_open(&file, out.data, out.bytes), IGVM_OK);
    do {
        assert_true(igvm_next(&file, &cursor, &header));
    } while (header.type != 0x302 || header.page_data.gpa != 0x41015000);
    memcpy(&guest, igvm_page(&file, &header.page_data), sizeof(guest));
    assert_int_equal(guest.version, 2);
    assert_int_equal(guest.kind, 2);
    assert_int_equal(guest.kernel_gpa, 0x42000000);
    assert_int_equal(guest.kernel_bytes, sizeof(initrd_bytes));
    assert_int_equal(guest.initrd_gpa | guest.initrd_bytes | guest.command_line_bytes, 0);
    expect_page(&file, &cursor, 0x42000000, 4, initrd_bytes, PAGE);
    expect_page(&file, &cursor, 0x42001000, 4, initrd_bytes, 1);
    assert_false(igvm_next(&file, &cursor, &header));
    free(out.data);
}

static void limits(void **state)
{
    (void)state;
    struct blob out;
    char *line = calloc(1, 2050);

    memset(line, 'x', 2048);
    build.command_line = line;
    assert_null(build_file(&build, &out));
    free(out.data);
    line[2048] = 'x';
    assert_non_null(build_file(&build, &out));
    build.command_line = "";
    free(line);
    build.vtl2_bytes = 0x3ff000;
    assert_non_null(build_file(&build, &out));
    build.vtl2_bytes = 0x400800;
    assert_non_null(build_file(&build, &out));
    build.vtl2_bytes = 0x1001000;
    assert_non_null(build_file(&build, &out));
    build.vtl2_bytes = 0x1000000;
    assert_null(build_file(&build, &out));
    free(out.data);
    /* Image, 16 pages and two have to lie in 4 MiB. */
    build.image.memory_bytes = 0x400000 - 18 * PAGE;
    assert_null(build_file(&build, &out));
    free(out.data);
    build.image.memory_bytes += PAGE;
    assert_non_null(build_file(&build, &out));
}

/* Enough different pages that the table of those stored grows, each of them three times. */
static void many_pages_are_stored_once(void **state)
{
    (void)state;
    const uint64_t different = 3000;
    struct igvm_platform platform = {1, 2, 1, 1, 0};
    struct igvm_writer *writer = igvm_writer_new();
    uint8_t page[PAGE] = {0};
    struct blob out;

    igvm_writer_header(writer, IGVM_TYPE_SUPPORTED_PLATFORM, &platform, sizeof(platform));
    for (uint64_t i = 0; i < 3 * different; i++) {
        uint64_t value = i % different + 1;
        memcpy(page + 8 * (value % 500), &value, sizeof(value));
        igvm_writer_page(writer, i * PAGE, 1, 0, page, PAGE);
        memset(page, 0, sizeof(page));
    }
    assert_int_equal(igvm_writer_finish(writer, &out.data, &out.bytes), IGVM_OK);
    assert_int_equal(out.bytes, 32 + 24 + 3 * different * 32 + different * PAGE);
    igvm_writer_free(writer);

    struct igvm_file file;
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    assert_int_equal(igvm_open(&file, out.data, out.bytes), IGVM_OK);
    next(&file, &cursor, IGVM_TYPE_SUPPORTED_PLATFORM);
    for (uint64_t i = 0; i < 3 * different; i++) {
        uint64_t value = 0;
        header = next(&file, &cursor, IGVM_TYPE_PAGE_DATA);
        memcpy(&value, igvm_page(&file, &header.page_data) + 8 * ((i % different + 1) % 500), 8);
        assert_int_equal(value, i % different + 1);
    }
    free(out.data);
}

/* One step of the hash that the writer finds equal pages with. */
static uint64_t hash_step(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

/* A guest's builder can make such pages, and each must still get its own. */
static void pages_with_the_same_hash_stay_apart(void **state)
{
    (void)state;
    struct igvm_platform platform = {1, 2, 1, 1, 0};
    struct igvm_writer *writer = igvm_writer_new();
    uint64_t first[PAGE / 8] = {1, 5};
    uint64_t second[PAGE / 8] = {2, 5};
    const uint64_t start = UINT64_C(0xcbf29ce484222325);
    struct blob out;

    second[1] ^= hash_step(start, 1) ^ hash_step(start, 2);
    igvm_writer_header(writer, IGVM_TYPE_SUPPORTED_PLATFORM, &platform, sizeof(platform));
    igvm_writer_page(writer, 0, 1, 0, first, PAGE);
    igvm_writer_page(writer, PAGE, 1, 0, second, PAGE);
    assert_int_equal(igvm_writer_finish(writer, &out.data, &out.bytes), IGVM_OK);
    assert_int_equal(out.bytes, 32 + 24 + 64 + 2 * PAGE);
    igvm_writer_free(writer);
    free(out.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kernels),
        cmocka_unit_test(truncated_kernels),
        cmocka_unit_test(packed_kernels),
        cmocka_unit_test(elf_is_loaded),
        cmocka_unit_test(bad_elves),
        cmocka_unit_test_setup(composition, build_set_up),
        cmocka_unit_test_setup(same_inputs_same_file, build_set_up),
        cmocka_unit_test_setup(no_kernel, build_set_up),
        cmocka_unit_test_setup(firmware, build_set_up),
        cmocka_unit_test_setup(limits, build_set_up),
        cmocka_unit_test(many_pages_are_stored_once),
        cmocka_unit_test(pages_with_the_same_hash_stay_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
