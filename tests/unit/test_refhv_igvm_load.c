/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * refhv's IGVM loader on fake memory: where pages land, relocation, what is refused, that nothing
 * else of memory is touched; and the device tree that VTL2 gets. Expectations: igvm.md sections 2
 * and 4, reference hyperv-vsm-arm64.md 7.6. The test composes its files by itself, byte by byte.
 */
#include "fake_refhv_board.h"
#include "igvm_load.h"
#include "igvm_reader.h"

#include <libfdt.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define RAM FAKE_BOARD_RAM
#define RAM_END (FAKE_BOARD_RAM + FAKE_BOARD_RAM_BYTES - FAKE_BOARD_REFHV_BYTES)
#define REFHV_END (FAKE_BOARD_RAM + FAKE_BOARD_RAM_BYTES)
#define PAGE UINT64_C(0x1000)
#define BASE UINT64_C(0x41000000)
#define SIZE UINT64_C(0x200000)
#define TOP (RAM_END - SIZE) /* where VTL2 goes if nothing is in the way */
#define FIXED UINT64_C(0x42000000)
#define INITRD UINT64_C(0x43000000)
#define AREA_PAGES 4u

struct shape {
    uint64_t align;
    uint64_t base;
    uint64_t minimum;
    uint64_t maximum;
    uint64_t fixed[3];  /* pages outside the region, ascending; 0: none */
    uint64_t required;  /* a further REQUIRED_MEMORY header at it */
    uint32_t parameter; /* type; its area has AREA_PAGES */
    uint32_t parameter_offset;
    uint8_t region_flags;
};

static const struct shape plain = {
    .align = SIZE,
    .base = BASE,
    .minimum = RAM,
    .maximum = UINT64_C(1) << 48,
    .fixed = {FIXED},
    .parameter = 0x312,
    .region_flags = 3,
};

/* A file under construction: headers, then data, in one buffer each. */
static struct {
    uint8_t header[4096];
    uint32_t header_bytes;
    uint8_t data[64 * 1024];
    uint32_t data_bytes;
    uint32_t header_total; /* known beforehand: file offsets need it */
} file;

static void header_put(uint32_t type, const void *body, uint32_t bytes)
{
    const uint32_t frame[2] = {type, bytes};
    memcpy(file.header + file.header_bytes, frame, 8);
    memcpy(file.header + file.header_bytes + 8, body, bytes);
    file.header_bytes += 8 + ((bytes + 7) & ~7u);
}

static uint32_t data_put(const void *from, uint32_t bytes)
{
    const uint32_t offset = 32 + file.header_total + file.data_bytes;
    memcpy(file.data + file.data_bytes, from, bytes);
    file.data_bytes += bytes;
    return offset;
}

static void page_put(uint64_t gpa, uint8_t fill)
{
    uint8_t page[PAGE];
    memset(page, fill, sizeof(page));
    const struct igvm_page_data body = {
        .gpa = gpa, .compatibility_mask = 1, .file_offset = fill != 0 ? data_put(page, PAGE) : 0};
    header_put(0x302, &body, sizeof(body));
}

static void context_put(void)
{
    static const struct {
        uint32_t name;
        uint64_t value;
    } registers[] = {{0x20000, 0x5000},      {0x20001, 0x9000},    {0x20007, 7},
                     {0x20022, BASE + 0x40}, {0x20023, 0x3c5},     {0x40005, 5},
                     {0x40006, 6},           {0x40007, 77},        {0x4000b, 8},
                     {0x4000c, 9},           {0x40002, 0x30d00804}};
    uint8_t record[32 * 16];
    uint8_t data[4 + sizeof(record)];
    const uint32_t count = sizeof(registers) / sizeof(registers[0]);
    memset(record, 0, sizeof(record));
    for (uint32_t i = 0; i < count; i++) {
        record[32 * i] = 2;
        memcpy(record + 32 * i + 1, &registers[i].name, 4);
        memcpy(record + 32 * i + 16, &registers[i].value, 8);
    }
    memcpy(data, &count, 4);
    memcpy(data + 4, record, 32 * count);
    const struct igvm_vp_context body = {.compatibility_mask = 1,
                                         .file_offset = data_put(data, 4 + 32 * count)};
    header_put(0x304, &body, 20);
}

static void headers_put(const struct shape *shape)
{
    memset(file.header, 0, sizeof(file.header));
    file.header_bytes = 0;
    file.data_bytes = 0;
    const struct igvm_platform platform = {1, 2, 1, 1, 0};
    header_put(0x001, &platform, sizeof(platform));
    const struct igvm_relocatable_region region = {1,
                                                   0,
                                                   2,
                                                   shape->region_flags,
                                                   shape->align,
                                                   shape->base,
                                                   SIZE,
                                                   shape->minimum,
                                                   shape->maximum};
    header_put(0x102, &region, sizeof(region));
    const struct igvm_required_memory required = {shape->base, 1, SIZE, 1, 0};
    header_put(0x305, &required, sizeof(required));
    if (shape->required != 0) {
        const struct igvm_required_memory more = {shape->required, 1, 0x3000, 0, 0};
        header_put(0x305, &more, sizeof(more));
    }
    const struct igvm_parameter_area area = {AREA_PAGES * PAGE, 0, 0};
    header_put(0x301, &area, sizeof(area));
    const struct igvm_parameter parameter = {0, shape->parameter_offset};
    header_put(shape->parameter, &parameter, sizeof(parameter));
    context_put();
    const struct igvm_parameter_insert insert = {shape->base + 0x5000, 1, 0};
    header_put(0x303, &insert, sizeof(insert));
    unsigned i = 0;
    for (; i < 3 && shape->fixed[i] != 0 && shape->fixed[i] < shape->base; i++) {
        page_put(shape->fixed[i], (uint8_t)(0xf0 + i));
    }
    page_put(shape->base, 0xb0);
    page_put(shape->base + PAGE, 0);
    page_put(shape->base + 2 * PAGE, 0xb2);
    for (; i < 3 && shape->fixed[i] != 0; i++) {
        page_put(shape->fixed[i], (uint8_t)(0xf0 + i));
    }
}

/* Puts the file at machine.initrd, as a boot loader would. */
static void file_put(const struct shape *shape)
{
    headers_put(shape);
    file.header_total = file.header_bytes;
    headers_put(shape);
    uint32_t fixed[8] = {
        0x4d564749, 2, 32, file.header_bytes, 32 + file.header_bytes + file.data_bytes, 0, 1, 4096};
    fixed[5] = igvm_crc32(igvm_crc32(0, fixed, sizeof(fixed)), file.header, file.header_bytes);
    machine.initrd.bytes = fixed[4];
    uint8_t *to = fake_board.ram + (machine.initrd.base - RAM);
    memcpy(to, fixed, sizeof(fixed));
    memcpy(to + 32, file.header, file.header_bytes);
    memcpy(to + 32 + file.header_bytes, file.data, file.data_bytes);
}

static int setup(void **state)
{
    (void)state;
    fake_board_init();
    machine.initrd.base = INITRD;
    machine.fdt = (struct machine_range){INITRD + 0x100000, 0x2345};
    memset(fake_board.ram + (machine.fdt.base - RAM), 0xfd, machine.fdt.bytes);
    memset(fake_board.ram + (RAM_END - RAM), 0xee, FAKE_BOARD_REFHV_BYTES);
    machine.image_before = (struct machine_range){RAM + 0x200000, 0x123000};
    memset(fake_board.ram + 0x200000, 0xed, machine.image_before.bytes);
    strcpy(machine.options.vtl2_bootargs, "one two=3");
    machine.rng_seed[0] = 0x5e;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fake_board_free();
    return 0;
}

static bool all_bytes(uint64_t from, uint64_t to, uint8_t value)
{
    for (uint64_t at = from; at < to; at++) {
        if (fake_board.ram[at - RAM] != value) {
            return false;
        }
    }
    return true;
}

/* Everything is zero but refhv's memory, the loaded pages at base, and the fixed page. */
static void expect_loaded(uint64_t base, bool fixed_page)
{
    assert_true(all_bytes(RAM_END, REFHV_END, 0xee));
    assert_true(all_bytes(base, base + PAGE, 0xb0));
    assert_true(all_bytes(base + PAGE, base + 2 * PAGE, 0));
    assert_true(all_bytes(base + 2 * PAGE, base + 3 * PAGE, 0xb2));
    assert_true(all_bytes(base + 3 * PAGE, base + 5 * PAGE, 0));
    const uint64_t area_end = base + 5 * PAGE + AREA_PAGES * PAGE;
    if (fixed_page) {
        assert_true(all_bytes(FIXED, FIXED + PAGE, 0xf0));
        memset(fake_board.ram + (FIXED - RAM), 0, PAGE);
    }
    assert_true(all_bytes(RAM, base, 0));
    assert_true(all_bytes(area_end, RAM_END, 0));
}

static void test_top(void **state)
{
    (void)state;
    struct igvm_load_result result;
    file_put(&plain);
    igvm_load(&result);
    assert_int_equal(result.vtl2_base, TOP);
    assert_int_equal(result.vtl2_bytes, SIZE);
    assert_int_equal(result.pc, TOP + 0x40);
    assert_int_equal(result.x[0], 0x5000);
    assert_int_equal(result.x[1], 0x9000);
    assert_int_equal(result.x[2], 0);
    assert_int_equal(result.x[7], 7);
    assert_int_equal(result.cpsr, 0x3c5);
    assert_int_equal(result.sctlr_el1, 0x30d00804);
    assert_int_equal(result.ttbr0_el1, 5);
    assert_int_equal(result.ttbr1_el1, 6);
    assert_int_equal(result.tcr_el1, 77);
    assert_int_equal(result.mair_el1, 8);
    assert_int_equal(result.vbar_el1, 9);
    assert_int_equal(fdt_check_header(fake_board.ram + (TOP + 0x5000 - RAM)), 0);
    expect_loaded(TOP, true);
    assert_true(fake_board.cleaned >= 4 * PAGE + AREA_PAGES * PAGE);
    assert_true(fake_board.code_written > 0);
}

static void test_moved(void **state)
{
    (void)state;
    struct igvm_load_result result;
    machine.options.vtl2_base = 0x42200000;
    file_put(&plain);
    igvm_load(&result);
    assert_int_equal(result.vtl2_base, 0x42200000);
    assert_int_equal(result.pc, 0x42200040);
    assert_int_equal(result.x[0], 0x5000); /* an offset: stays */
    expect_loaded(0x42200000, true);
}

static void test_pc_stays_without_flag(void **state)
{
    (void)state;
    struct igvm_load_result result;
    struct shape shape = plain;
    shape.region_flags = 1;
    machine.options.vtl2_base = 0x42200000;
    file_put(&shape);
    igvm_load(&result);
    assert_int_equal(result.pc, BASE + 0x40);
}

/* Fixed pages don't move, the file's limits hold: the highest place that will do. */
static void test_searched(void **state)
{
    (void)state;
    struct igvm_load_result result;
    struct shape shape = plain;
    memcpy(shape.fixed, (const uint64_t[]){0x43401000, TOP - PAGE, TOP + 0x101000}, 24);
    file_put(&shape);
    igvm_load(&result);
    assert_int_equal(result.vtl2_base, 0x43200000);
    assert_true(all_bytes(TOP - PAGE, TOP, 0xf1));
    assert_true(all_bytes(TOP + 0x101000, TOP + 0x102000, 0xf2));

    shape = plain;
    shape.maximum = FIXED + SIZE;
    file_put(&shape);
    igvm_load(&result);
    assert_int_equal(result.vtl2_base, FIXED - SIZE);
}

/* The highest range of memory is too small for VTL2, but not for the file's copy. */
static void test_ranges_of_memory(void **state)
{
    (void)state;
    struct igvm_load_result result;
    struct shape shape = plain;
    shape.fixed[0] = 0x40a00000;
    machine.memory[0] = (struct machine_range){RAM, 0x1000000};
    machine.memory[1] = (struct machine_range){0x43700000, 0x100000};
    machine.memory_count = 2;
    machine.fdt.bytes = 0;
    file_put(&shape);
    igvm_load(&result);
    assert_int_equal(result.vtl2_base, 0x40e00000);
    assert_true(all_bytes(0x40a00000, 0x40a01000, 0xf0));
    assert_true(all_bytes(0x43700000, 0x43800000, 0));
}

static void expect_fatal(const struct shape *shape, const char *part)
{
    struct igvm_load_result result;
    file_put(shape);
    assert_true(FAKE_BOARD_FATAL(igvm_load(&result)));
    if (strstr(fake_board.fatal_text, part) == NULL) {
        fail_msg("'%s' does not speak of '%s'", fake_board.fatal_text, part);
    }
    assert_true(all_bytes(RAM_END, REFHV_END, 0xee));
}

static void test_bases_refused(void **state)
{
    (void)state;
    const uint64_t bases[] = {
        0x42200800,            /* not aligned */
        0x42100000,            /* nor to the file's alignment */
        FIXED,                 /* a fixed page's */
        RAM_END,               /* refhv's */
        RAM - SIZE,            /* no memory */
        REFHV_END,             /* nor there */
        UINT64_MAX - SIZE + 1, /* wraps */
    };
    for (unsigned i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
        machine.options.vtl2_base = bases[i];
        expect_fatal(&plain, "vtl2-base");
    }
    struct shape shape = plain;
    shape.minimum = BASE;
    machine.options.vtl2_base = 0x40800000;
    expect_fatal(&shape, "vtl2-base");
    shape = plain;
    shape.maximum = BASE + SIZE;
    machine.options.vtl2_base = 0x42200000;
    expect_fatal(&shape, "vtl2-base");
}

static void test_pages_refused(void **state)
{
    (void)state;
    const uint64_t pages[] = {
        RAM_END,    REFHV_END - PAGE,                           /* refhv's */
        RAM - PAGE, REFHV_END,        UINT64_C(0xfffffffff000), /* no memory */
        TOP - PAGE,                                             /* the file's copy is there */
    };
    for (unsigned i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        struct shape shape = plain;
        shape.fixed[0] = pages[i];
        expect_fatal(&shape, "a page of the IGVM file");
    }
    struct shape shape = plain;
    shape.required = RAM_END - PAGE;
    expect_fatal(&shape, "required memory");
    shape.required = 0x08000000;
    expect_fatal(&shape, "required memory");
}

static void test_no_room(void **state)
{
    (void)state;
    struct shape shape = plain;
    shape.minimum = BASE;
    shape.maximum = BASE + SIZE;
    machine.memory[0].bytes = 0x1100000;
    machine.initrd.base = 0x40900000;
    machine.fdt.bytes = 0;
    shape.fixed[0] = 0;
    expect_fatal(&shape, "no room for VTL2");
    shape.minimum = RAM;
    shape.maximum = RAM_END;
    machine.memory[0].bytes = SIZE + PAGE;
    expect_fatal(&shape, "no room for the IGVM file");
}

static void test_parameters(void **state)
{
    (void)state;
    struct igvm_load_result result;
    struct shape shape = plain;
    const uint8_t *area = fake_board.ram + (BASE + 0x5000 - RAM);
    machine.options.vtl2_base = BASE;

    shape.parameter = 0x307; /* VP_COUNT at an offset that is not aligned */
    shape.parameter_offset = 6;
    file_put(&shape);
    igvm_load(&result);
    const uint8_t count[12] = {0, 0, 0, 0, 0, 0, 2};
    assert_memory_equal(area, count, sizeof(count));

    shape.parameter = 0x30e;
    shape.parameter_offset = AREA_PAGES * PAGE - 10;
    file_put(&shape);
    igvm_load(&result);
    assert_string_equal((const char *)area + shape.parameter_offset, "one two=3");
    shape.parameter_offset++;
    expect_fatal(&shape, "does not fit");

    shape.parameter = 0x30c;
    shape.parameter_offset = 0;
    file_put(&shape);
    igvm_load(&result);
    const struct {
        uint64_t first;
        uint64_t count;
        uint32_t type_flags;
        uint32_t zero;
    } map[] = {
        {0x40000, 0x1000, 0, 0}, {0x41000, 0x200, 3, 0}, {0x41200, 0x2600, 0, 0}, {0, 0, 0, 0}};
    assert_memory_equal(area, map, sizeof(map));

    shape.parameter = 0x308; /* SRAT */
    expect_fatal(&shape, "none that refhv gives");
    shape.parameter = 0x312;
    shape.parameter_offset = AREA_PAGES * PAGE - 0x100;
    expect_fatal(&shape, "does not fit");
}

static void test_broken_file(void **state)
{
    (void)state;
    struct igvm_load_result result;
    file_put(&plain);
    fake_board.ram[INITRD - RAM + 40]++;
    assert_true(FAKE_BOARD_FATAL(igvm_load(&result)));
    assert_non_null(strstr(fake_board.fatal_text, "not good"));
}

/* The copy and VTL2 may go to where the boot loader has put the file. */
static void test_overlapping_copy(void **state)
{
    (void)state;
    struct igvm_load_result result;
    const uint64_t places[] = {TOP - 0x5000, TOP - 0x2000, TOP + 0x1000, RAM_END - 0x5000};
    memset(fake_board.ram + (machine.fdt.base - RAM), 0, machine.fdt.bytes);
    machine.fdt.bytes = 0;
    for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        machine.initrd.base = places[i];
        file_put(&plain);
        assert_true(machine.initrd.bytes > 0x3000 && machine.initrd.bytes < 0x4000);
        igvm_load(&result);
        assert_int_equal(result.vtl2_base, TOP);
        expect_loaded(TOP, true);
    }
}

static uint64_t property_u64(const void *fdt, const char *path, const char *name, unsigned index)
{
    int bytes;
    const fdt64_t *value = fdt_getprop(fdt, fdt_path_offset(fdt, path), name, &bytes);
    assert_non_null(value);
    assert_true(bytes >= (int)(8 * (index + 1)));
    return fdt64_ld(value + index);
}

static uint32_t property_u32(const void *fdt, const char *path, const char *name, unsigned index)
{
    int bytes;
    const fdt32_t *value = fdt_getprop(fdt, fdt_path_offset(fdt, path), name, &bytes);
    assert_non_null(value);
    assert_true(bytes >= (int)(4 * (index + 1)));
    return fdt32_ld(value + index);
}

static void expect_text(const void *fdt, const char *path, const char *name, const char *text)
{
    const char *value = fdt_getprop(fdt, fdt_path_offset(fdt, path), name, NULL);
    assert_non_null(value);
    assert_string_equal(value, text);
}

static void expect_memory_node(const void *fdt, const char *path, uint64_t base, uint64_t bytes,
                               uint32_t type)
{
    assert_int_equal(property_u64(fdt, path, "reg", 0), base);
    assert_int_equal(property_u64(fdt, path, "reg", 1), bytes);
    assert_int_equal(property_u32(fdt, path, "microsoft,igvm-type", 0), type);
    expect_text(fdt, path, "device_type", "memory");
}

static void expect_device(const void *fdt, const char *path, const char *compatible, uint64_t base,
                          uint32_t spi, uint32_t flags)
{
    expect_text(fdt, path, "compatible", compatible);
    assert_int_equal(property_u64(fdt, path, "reg", 0), base);
    assert_int_equal(property_u32(fdt, path, "interrupts", 0), 0);
    assert_int_equal(property_u32(fdt, path, "interrupts", 1), spi);
    assert_int_equal(property_u32(fdt, path, "interrupts", 2), flags);
}

static void test_device_tree(void **state)
{
    (void)state;
    struct igvm_load_result result;
    machine.options.vtl2_base = BASE;
    file_put(&plain);
    igvm_load(&result);
    const void *fdt = fake_board.ram + (BASE + 0x5000 - RAM);
    assert_int_equal(fdt_check_full(fdt, AREA_PAGES * PAGE), 0);
    assert_int_equal(fdt_boot_cpuid_phys(fdt), 0);
    assert_int_equal(property_u32(fdt, "/", "#address-cells", 0), 2);
    assert_int_equal(property_u32(fdt, "/", "#size-cells", 0), 2);
    assert_int_equal(property_u64(fdt, "/cpus/cpu@1", "reg", 0), 1);
    expect_text(fdt, "/cpus/cpu@0", "status", "okay");
    assert_true(fdt_path_offset(fdt, "/cpus/cpu@2") < 0);
    expect_memory_node(fdt, "/memory@40000000", 0x40000000, 0x1000000, 0);
    expect_memory_node(fdt, "/memory@41000000", 0x41000000, 0x200000, 3);
    expect_memory_node(fdt, "/memory@41200000", 0x41200000, 0x2600000, 0);
    expect_text(fdt, "/intc@8000000", "compatible", "arm,gic-v3");
    assert_int_equal(property_u32(fdt, "/intc@8000000", "#interrupt-cells", 0), 3);
    assert_int_equal(property_u32(fdt, "/intc@8000000", "#redistributor-regions", 0), 1);
    assert_int_equal(property_u64(fdt, "/intc@8000000", "redistributor-stride", 0), 0x20000);
    const uint64_t gic[] = {0x8000000, 0x10000, 0x80a0000, 0x40000};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(property_u64(fdt, "/intc@8000000", "reg", i), gic[i]);
    }
    assert_int_equal(property_u32(fdt, "/", "interrupt-parent", 0),
                     property_u32(fdt, "/intc@8000000", "phandle", 0));
    /* The third interrupt of arm,armv8-timer is the virtual timer's: PPI 11. */
    expect_text(fdt, "/timer", "compatible", "arm,armv8-timer");
    assert_int_equal(property_u32(fdt, "/timer", "interrupts", 6), 1);
    assert_int_equal(property_u32(fdt, "/timer", "interrupts", 7), 11);
    expect_text(fdt, "/psci", "method", "hvc");
    expect_text(fdt, "/hypervisor", "compatible", "microsoft,hyperv");
    expect_device(fdt, "/pl011@9000000", "arm,pl011", 0x9000000, 1, 4);
    expect_device(fdt, "/pl031@9010000", "arm,pl031", 0x9010000, 2, 4);
    expect_device(fdt, "/virtio_mmio@a000200", "virtio,mmio", 0xa000200, 17, 1);
    expect_text(fdt, "/chosen", "bootargs", "one two=3");
    expect_text(fdt, "/chosen", "stdout-path", "/pl011@9000000");
    int bytes;
    const uint8_t *seed = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "rng-seed", &bytes);
    assert_int_equal(bytes, 32);
    assert_int_equal(seed[0], 0x5e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_top, setup, teardown),
        cmocka_unit_test_setup_teardown(test_moved, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pc_stays_without_flag, setup, teardown),
        cmocka_unit_test_setup_teardown(test_searched, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ranges_of_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bases_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pages_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_room, setup, teardown),
        cmocka_unit_test_setup_teardown(test_parameters, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_overlapping_copy, setup, teardown),
        cmocka_unit_test_setup_teardown(test_device_tree, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
