/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What refhv takes from a board's device tree and command line. The good tree has the nodes and
 * values that QEMU 7.2 gives for -M virt,virtualization=on,gic-version=3 -smp 2 -m 1G; each
 * variant breaks one thing.
 */
#include "boot_test.h"
#include "machine_fdt.h"

#include <libfdt.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct board {
    uint32_t cpus;
    uint64_t cpu_step; /* MPIDRs 0, step, ... */
    const char *gic;   /* compatible */
    uint64_t gicr_bytes;
    const char *method; /* NULL: no PSCI */
    uint64_t memory[8]; /* base, size, ... */
    uint32_t memory_words;
    uint32_t virtio;
    uint32_t virtio_type; /* interrupt specifier's first cell */
    uint64_t pl011;
    bool initrd;
    bool initrd_wide; /* two cells each */
    const char *bootargs;
    const char *uart_status;
};

static const struct board good = {
    .cpus = 2,
    .cpu_step = 1,
    .gic = "arm,gic-v3",
    .gicr_bytes = 0xf60000,
    .method = "smc",
    .memory = {0x40000000, 0x40000000},
    .memory_words = 2,
    .virtio = 32,
    .pl011 = 0x9000000,
    .initrd = true,
    .bootargs = "nonce=n1 -- loglevel=debug x=y",
};

static uint8_t tree[64 * 1024] __attribute__((aligned(8)));

static void put_u64s(const char *name, const uint64_t *values, uint32_t count)
{
    fdt64_t words[8];
    for (uint32_t i = 0; i < count; i++) {
        words[i] = cpu_to_fdt64(values[i]);
    }
    assert_int_equal(fdt_property(tree, name, words, (int)(8 * count)), 0);
}

static void put_reg(uint64_t base, uint64_t bytes)
{
    put_u64s("reg", (const uint64_t[]){base, bytes}, 2);
}

static void put_interrupts(uint32_t type, uint32_t number, uint32_t flags)
{
    const fdt32_t words[] = {cpu_to_fdt32(type), cpu_to_fdt32(number), cpu_to_fdt32(flags)};
    assert_int_equal(fdt_property(tree, "interrupts", words, sizeof(words)), 0);
}

static void put_strings(const char *name, const char *text, int bytes)
{
    assert_int_equal(fdt_property(tree, name, text, bytes), 0);
}

static void node(const char *name)
{
    assert_int_equal(fdt_begin_node(tree, name), 0);
}

static void node_end(void)
{
    assert_int_equal(fdt_end_node(tree), 0);
}

static void put_cpus(const struct board *board)
{
    node("cpus");
    fdt_property_u32(tree, "#address-cells", 1);
    fdt_property_u32(tree, "#size-cells", 0);
    node("cpu-map");
    node_end();
    for (uint32_t i = 0; i < board->cpus; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "cpu@%x", i);
        node(name);
        fdt_property_string(tree, "device_type", "cpu");
        fdt_property_u32(tree, "reg", (uint32_t)(i * board->cpu_step));
        node_end();
    }
    node_end();
}

static void put_gic(const struct board *board)
{
    node("intc@8000000");
    fdt_property_string(tree, "compatible", board->gic);
    fdt_property_u32(tree, "#redistributor-regions", 1);
    put_u64s("reg", (const uint64_t[]){0x8000000, 0x10000, 0x80a0000, board->gicr_bytes}, 4);
    node_end();
}

static void put_devices(const struct board *board)
{
    for (uint32_t i = 0; i < board->virtio; i++) {
        char name[32];
        (void)snprintf(name, sizeof(name), "virtio_mmio@%x", 0xa000000 + 0x200 * i);
        node(name);
        put_interrupts(board->virtio_type, 16 + i, 1);
        put_reg(0xa000000 + 0x200 * (uint64_t)i, 0x200);
        fdt_property_string(tree, "compatible", "virtio,mmio");
        node_end();
    }
    node("pl031@9010000");
    put_interrupts(0, 2, 4);
    put_reg(0x9010000, 0x1000);
    put_strings("compatible", "arm,pl031\0arm,primecell", 24);
    node_end();
    node("pl011@9000000");
    put_interrupts(0, 1, 4);
    put_reg(board->pl011, 0x1000);
    put_strings("compatible", "arm,pl011\0arm,primecell", 24);
    if (board->uart_status != NULL) {
        fdt_property_string(tree, "status", board->uart_status);
    }
    node_end();
}

static void put_chosen(const struct board *board)
{
    static const uint8_t seed[32] = {1, 2, 3, [31] = 4};
    node("chosen");
    if (board->initrd && board->initrd_wide) {
        put_u64s("linux,initrd-start", (const uint64_t[]){0x48000000}, 1);
        put_u64s("linux,initrd-end", (const uint64_t[]){0x48001234}, 1);
    } else if (board->initrd) {
        fdt_property_u32(tree, "linux,initrd-start", 0x48000000);
        fdt_property_u32(tree, "linux,initrd-end", 0x48001234);
    }
    put_strings("rng-seed", (const char *)seed, sizeof(seed));
    if (board->bootargs != NULL) {
        fdt_property_string(tree, "bootargs", board->bootargs);
    }
    node_end();
}

static const char *parse(struct machine *machine_out, const struct board *board)
{
    fdt_create(tree, sizeof(tree));
    fdt_finish_reservemap(tree);
    node("");
    fdt_property_u32(tree, "#address-cells", 2);
    fdt_property_u32(tree, "#size-cells", 2);
    if (board->method != NULL) {
        node("psci");
        fdt_property_string(tree, "method", board->method);
        put_strings("compatible", "arm,psci-1.0\0arm,psci-0.2\0arm,psci", 35);
        node_end();
    }
    node("memory@40000000");
    fdt_property_string(tree, "device_type", "memory");
    put_u64s("reg", board->memory, board->memory_words);
    node_end();
    put_devices(board);
    put_gic(board);
    put_cpus(board);
    put_chosen(board);
    node_end();
    assert_int_equal(fdt_finish(tree), 0);
    return machine_fdt_parse(machine_out, tree);
}

static void test_good(void **state)
{
    (void)state;
    struct machine m;
    assert_null(parse(&m, &good));
    assert_int_equal(m.cpu_count, 2);
    assert_int_equal(m.cpu_mpidr[0], 0);
    assert_int_equal(m.cpu_mpidr[1], 1);
    assert_int_equal(m.memory_count, 1);
    assert_int_equal(m.memory[0].base, 0x40000000);
    assert_int_equal(m.memory[0].bytes, 0x40000000);
    assert_int_equal(m.initrd.base, 0x48000000);
    assert_int_equal(m.initrd.bytes, 0x1234);
    assert_int_equal(m.gicd.base, 0x8000000);
    assert_int_equal(m.gicd.bytes, 0x10000);
    assert_int_equal(m.gicr.base, 0x80a0000);
    assert_int_equal(m.gicr.bytes, 2 * 0x20000);
    assert_int_equal(m.console_base, 0x9000000);
    assert_true(m.psci_by_smc);
    assert_int_equal(m.rng_seed[2], 3);
    assert_int_equal(m.rng_seed[31], 4);
    assert_string_equal(m.options.nonce, "n1");
    assert_string_equal(m.options.vtl2_bootargs, "loglevel=debug x=y");
    assert_int_equal(m.device_count, 34);
    unsigned kinds[3] = {0};
    for (uint32_t i = 0; i < m.device_count; i++) {
        const struct machine_device *device = &m.device[i];
        kinds[device->kind]++;
        if (device->kind == MACHINE_DEVICE_VIRTIO_MMIO) {
            assert_int_equal(device->intid, 48 + (device->window.base - 0xa000000) / 0x200);
            assert_int_equal(device->window.bytes, 0x200);
            assert_true(device->edge);
        } else {
            assert_int_equal(device->intid, device->kind == MACHINE_DEVICE_PL011 ? 33 : 34);
            assert_false(device->edge);
        }
    }
    assert_int_equal(kinds[MACHINE_DEVICE_PL011], 1);
    assert_int_equal(kinds[MACHINE_DEVICE_PL031], 1);
    assert_int_equal(kinds[MACHINE_DEVICE_VIRTIO_MMIO], 32);
}

static void test_variants_taken(void **state)
{
    (void)state;
    struct machine m;
    struct board board = good;
    board.method = "hvc";
    board.initrd_wide = true;
    board.bootargs = NULL;
    board.virtio = 0;
    board.cpus = 8;
    board.cpu_step = 0x100;
    assert_null(parse(&m, &board));
    assert_false(m.psci_by_smc);
    assert_int_equal(m.initrd.bytes, 0x1234);
    assert_int_equal(m.device_count, 2);
    assert_int_equal(m.cpu_mpidr[7], 0x700);
    assert_string_equal(m.options.nonce, "");

    /* Ranges come in any order and are kept in whole pages. */
    board = good;
    board.memory[0] = 0x100000800;
    board.memory[1] = 0x10000;
    board.memory[2] = 0x40000000;
    board.memory[3] = 0x10000000;
    board.memory_words = 4;
    assert_null(parse(&m, &board));
    assert_int_equal(m.memory_count, 2);
    assert_int_equal(m.memory[0].base, 0x40000000);
    assert_int_equal(m.memory[1].base, 0x100001000);
    assert_int_equal(m.memory[1].bytes, 0xf000);
}

static void expect_refused(const struct board *board, const char *part)
{
    struct machine m;
    const char *reason = parse(&m, board);
    assert_non_null(reason);
    if (strstr(reason, part) == NULL) {
        fail_msg("'%s' does not speak of '%s'", reason, part);
    }
}

static void test_variants_refused(void **state)
{
    (void)state;
    struct board board = good;
    board.cpus = 9;
    expect_refused(&board, "CPUs");
    board.cpus = 0;
    expect_refused(&board, "CPU");
    board = good;
    board.cpu_step = 0;
    expect_refused(&board, "same reg");
    board = good;
    board.cpu_step = 0x1000000; /* bit 24: not an affinity */
    expect_refused(&board, "affinity");
    board = good;
    board.gic = "arm,cortex-a15-gic";
    expect_refused(&board, "GICv3");
    board = good;
    board.gicr_bytes = 0x20000; /* for two CPUs */
    expect_refused(&board, "GIC");
    board = good;
    board.method = NULL;
    expect_refused(&board, "PSCI");
    board.method = "brk";
    expect_refused(&board, "PSCI");
    board = good;
    board.memory[0] = UINT64_MAX - 0xfff;
    expect_refused(&board, "memory");
    board = good;
    memcpy(board.memory, (const uint64_t[]){0x40000000, 0x10000000, 0x48000000, 0x1000}, 32);
    board.memory_words = 4;
    expect_refused(&board, "overlap");
    board = good;
    board.memory[0] = 0x8000000; /* over the GIC */
    expect_refused(&board, "overlaps memory");
    board = good;
    board.virtio = 63;
    expect_refused(&board, "devices");
    board = good;
    board.virtio_type = 1; /* a PPI */
    expect_refused(&board, "interrupts");
    board = good;
    board.pl011 = 0xa000000;
    expect_refused(&board, "share");
    board = good;
    board.uart_status = "disabled";
    expect_refused(&board, "PL011");
    board = good;
    board.initrd = false;
    expect_refused(&board, "IGVM");
}

/* The console is known as soon as it can be, so that the reason can be shown. */
static void test_console_first(void **state)
{
    (void)state;
    struct machine m;
    struct board board = good;
    board.cpus = 0;
    assert_non_null(parse(&m, &board));
    assert_int_equal(m.console_base, 0x9000000);
    assert_string_equal(m.options.nonce, "n1");
    assert_true(m.psci_by_smc);
}

static void test_not_a_tree(void **state)
{
    (void)state;
    struct machine m;
    memset(tree, 0, sizeof(tree));
    assert_non_null(machine_fdt_parse(&m, tree));
    assert_null(parse(&m, &good));
    fdt_set_totalsize(tree, MACHINE_FDT_BYTES_MAX + 1);
    assert_non_null(machine_fdt_parse(&m, tree));
}

#define ZEROS_16 "0000000000000000"
/* 64 bytes, of which the last can be left off. */
#define RPV_63 \
    "0123456789abCDef" ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16 "00000000000000"
#define RPV_DIGITS RPV_63 "fF"

static void test_options(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        struct machine_options expected;
    } taken[] = {
        {"", {0}},
        {"   ", {0}},
        {"--", {0}},
        {"intercept=simp", {.intercept_by_simp = true}},
        {"intercept=page x29=private regpage=on", {0}},
        {"x29=shared  regpage=off", {.x29_x30_shared = true, .no_register_page = true}},
        {"smccc=off", {.no_smccc_switch = true}},
        {"smccc=on", {0}},
        {"token=399", {.token_tag_399 = true}},
        {"token=907", {0}},
        {"rpv=" RPV_DIGITS, {.rpv = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, [63] = 0xff}}},
        {"vtl2-base=0x48000000", {.vtl2_base = 0x48000000}},
        {"vtl2-base=0xFfffffffffffffff", {.vtl2_base = UINT64_MAX}},
        {"nonce=a-Z_9 -- intercept=bad  two",
         {.nonce = "a-Z_9", .vtl2_bootargs = "intercept=bad  two"}},
        {"-- -- a", {.vtl2_bootargs = "-- a"}},
    };
    for (unsigned i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        struct machine_options options = {0};
        assert_null(machine_options_parse(&options, taken[i].line));
        assert_memory_equal(&options, &taken[i].expected, sizeof(options));
    }
    static const char *const refused[] = {
        "x",
        "intercept",
        "intercept=",
        "intercept=sim",
        "intercept=simpl",
        "x29=",
        "regpage=maybe",
        "smccc=",
        "token=",
        "token=906",
        "rpv=",
        "rpv=" RPV_63,
        "rpv=" RPV_63 "f",
        "rpv=" RPV_63 "fg",
        "rpv=" RPV_DIGITS "0",
        "break=tpidr_el1", /* refhv_mutant's alone */
        "vtl2-base=",
        "vtl2-base=0x",
        "vtl2-base=48000000",
        "vtl2-base=0x1g",
        "vtl2-base=0x10000000000000000",
        "nonce=",
        "nonce=0123456789012345678901234567890123456789",
        "nonce=a\tb",
        "---",
    };
    for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct machine_options options = {0};
        if (machine_options_parse(&options, refused[i]) == NULL) {
            fail_msg("'%s' was taken", refused[i]);
        }
    }
    char line[MACHINE_BOOTARGS_BYTES + 8] = "-- ";
    struct machine_options options = {0};
    memset(line + 3, 'a', MACHINE_BOOTARGS_BYTES - 1);
    assert_null(machine_options_parse(&options, line));
    line[3 + MACHINE_BOOTARGS_BYTES - 1] = 'a';
    assert_non_null(machine_options_parse(&options, line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_variants_taken),
        cmocka_unit_test(test_variants_refused),
        cmocka_unit_test(test_console_first),
        cmocka_unit_test(test_not_a_tree),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
