/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hypervisor's device tree: what is taken from a good one, and that each kind of bad one is
 * refused with its reason.
 */
#include "boot_test.h"
#include "boot_tree.h"
#include "fdt_in.h"

#include <stdlib.h>

#include <cmocka.h>

static uint8_t tree[TREE_BYTES] __attribute__((aligned(8)));
static struct board board;

static const char *parse(const struct tree_plan *plan)
{
    tree_write(plan, tree);
    return board_parse(tree, TREE_BYTES, &board);
}

static void expect_reason(const struct tree_plan *plan, const char *part)
{
    const char *reason = parse(plan);

    assert_non_null(reason);
    if (strstr(reason, part) == NULL) {
        fail_msg("'%s' is not about '%s'", reason, part);
    }
}

static void good_tree(void **state)
{
    (void)state;
    struct tree_plan plan = tree_plan();

    plan.bootargs = "debug x";
    assert_null(parse(&plan));
    assert_int_equal(board.vp_count, 2);
    assert_int_equal(board.mpidr[1], 1);
    assert_int_equal(board.ram_count, 2);
    assert_int_equal(board.ram[0].base.raw, 0x40800000);
    assert_int_equal(board.ram[0].bytes, 0x800000);
    assert_int_equal(board.ram[1].base.raw, 0x41400000);
    assert_int_equal(board.ram[1].bytes, 0x1ec00000);
    assert_int_equal(board.vtl2.base.raw, 0x41000000);
    assert_int_equal(board.vtl2.bytes, 0x400000);
    assert_int_equal(board.gicd.base, 0x08000000);
    assert_int_equal(board.gicr.base, 0x080a0000);
    assert_int_equal(board.gicr.bytes, 0x40000); /* one region, as long as the VPs need */
    assert_int_equal(board.timer_ppi, 11);
    assert_int_equal(board.uart.base, 0x09000000);
    assert_int_equal(board.uart.intid, 33);
    assert_false(board.uart.edge);
    assert_int_equal(board.rtc.base, 0x09010000);
    assert_int_equal(board.virtio_count, 32);
    assert_int_equal(board.virtio[31].base, 0x0a000000 + 31 * 0x200);
    assert_int_equal(board.virtio[31].intid, 32 + 16 + 31);
    assert_true(board.virtio[31].edge);
    assert_string_equal(board.options, "debug x");
    assert_int_equal(board.seed_bytes, 32);
    assert_int_equal(board.seed[0], 0x77);
}

static void timer_with_one_interrupt(void **state)
{
    (void)state;
    struct tree_plan plan = tree_plan();

    plan.timer_cells = 3;
    assert_null(parse(&plan));
    assert_int_equal(board.timer_ppi, 4);
    plan.timer_cells = 6;
    expect_reason(&plan, "timer");
    plan.timer_cells = 2;
    expect_reason(&plan, "timer");
}

/* ---- CPUs ---- */

static void cpus(void **state)
{
    (void)state;
    struct tree_plan plan = tree_plan();

    plan.cpus = 8;
    assert_null(parse(&plan));
    assert_int_equal(board.vp_count, 8);
    plan.cpus = 9;
    expect_reason(&plan, "more CPUs");
    plan.cpus = 0;
    expect_reason(&plan, "no CPU");
    plan.cpus = 2;
    plan.mpidr[1] = 0;
    expect_reason(&plan, "same MPIDR");
    plan.mpidr[1] = UINT64_C(0x80000001);
    expect_reason(&plan, "no MPIDR");
    plan.mpidr[1] = UINT64_C(0x0100000000ff);
    expect_reason(&plan, "no MPIDR");
    plan.mpidr[1] = UINT64_C(0xff00ffffff);
    assert_null(parse(&plan));
    plan.mpidr[0] = 5;
    expect_reason(&plan, "not the first");
    plan = tree_plan();
    plan.cpu_status = "disabled";
    expect_reason(&plan, "no CPU");
}

/* ---- Memory ---- */

static void expect_ram(size_t i, uint64_t base, uint64_t end)
{
    assert_int_equal(board.ram[i].base.raw, base);
    assert_int_equal(board.ram[i].base.raw + board.ram[i].bytes, end);
}

static void vtl2_is_cut_out(void **state)
{
    (void)state;
    struct tree_plan plan = tree_plan();

    plan.memories = 2;
    plan.memory[0] = (struct tree_memory){0x40000000, 0x20000000, 0};
    assert_null(parse(&plan));
    assert_int_equal(board.ram_count, 2);
    expect_ram(0, 0x40000000, 0x41000000);
    expect_ram(1, 0x41400000, 0x60000000);
    plan.memory[0] = (struct tree_memory){0x41000000, 0x20000000, 0};
    assert_null(parse(&plan));
    assert_int_equal(board.ram_count, 1);
    expect_ram(0, 0x41400000, 0x61000000);
    plan.memory[0] = (struct tree_memory){0x41200000, 0x100000, 0};
    expect_reason(&plan, "no memory for VTL0");
    plan.memory[0] = (struct tree_memory){0x40f00000, 0x200000, 0};
    assert_null(parse(&plan));
    assert_int_equal(board.ram_count, 1);
    expect_ram(0, 0x40f00000, 0x41000000);
}

static void memory_is_sorted(void **state)
{
    (void)state;
    struct tree_plan plan = tree_plan();

    plan.memories = 5;
    plan.memory[0] = (struct tree_memory){0x80000000, 0x1000, 0};
    plan.memory[2] = (struct tree_memory){0x70000000, 0x1000, 0};
    plan.memory[3] = (struct tree_memory){0x90000000, 0x1000, 2}; /* of another kind: nobody's */
    plan.memory[4] = (struct tree_memory){0x60000000, 0x1000, 0};
    assert_null(parse(&plan));
    assert_int_equal(board.ram_count, 3);
    expect_ram(0, 0x60000000, 0x60001000);
    expect_ram(2, 0x80000000, 0x80001000);
}

static void bad_memory(void **state)
{
    (void)state;
    static const struct {
        struct tree_memory memory;
        const char *reason;
    } cases[] = {
        {{0x40800800, 0x1000, 0}, "whole pages"},
        {{0x40800000, 0x1800, 0}, "whole pages"},
        {{0x40800000, 0, 0}, "empty or wraps"},
        {{UINT64_C(0xfffffffffffff000), 0x2000, 0}, "empty or wraps"},
        {{UINT64_C(0x1000000000000), 0x1000, 0}, "2^48"},
        {{0x40800000, 0x1000, 6}, "type"},
        {{0x40800000, 0x1000, 3}, "more than one memory range for VTL2"},
        {{0x41400000, 0x1000, 0}, "overlap"},
        {{0x09000000, 0x1000, 0}, "in memory"},
        {{0x080c0000, 0x1000, 0}, "in memory"},
    };
    struct tree_plan plan;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        plan = tree_plan();
        plan.memory[0] = cases[i].memory;
        expect_reason(&plan, cases[i].reason);
    }
    plan = tree_plan();
    plan.memory[1].type = 0;
    expect_reason(&plan, "no memory range for VTL2");
    plan = tree_plan();
    plan.memories = 10;
    for (uint32_t i = 2; i < 10; i++) {
        plan.memory[i] = (struct tree_memory){0x50000000 + i * 0x2000, 0x1000, 0};
    }
    expect_reason(&plan, "more memory ranges");
}

/* ---- Devices ---- */

static void devices(void **state)
{
    (void)state;
    struct tree_plan plan = tree_plan();

    plan.gicr_bytes = 0x3ffff;
    expect_reason(&plan, "too small");
    plan.gicr_bytes = 0x40000;
    assert_null(parse(&plan));
    plan = tree_plan();
    plan.uart_spi = 2;
    expect_reason(&plan, "share");
    plan.uart_spi = 988;
    expect_reason(&plan, "interrupt");
    plan.uart_spi = 987;
    assert_null(parse(&plan));
    assert_int_equal(board.uart.intid, 1019);
    plan = tree_plan();
    plan.virtios = 33;
    expect_reason(&plan, "more virtio windows");
    plan.virtios = 0;
    assert_null(parse(&plan));
    assert_int_equal(board.virtio_count, 0);
}

/* Nodes taken out of a good tree, or bent in it. */
static const char *bent(const char *path, const char *property, const void *value, int bytes)
{
    struct tree_plan plan = tree_plan();
    tree_write(&plan, tree);
    assert_int_equal(fdt_open_into(tree, tree, TREE_BYTES), 0);
    int node = fdt_path_offset(tree, path);
    assert_true(node >= 0);
    if (property == NULL) {
        assert_int_equal(fdt_del_node(tree, node), 0);
    } else if (value == NULL) {
        assert_int_equal(fdt_delprop(tree, node, property), 0);
    } else {
        assert_int_equal(fdt_setprop(tree, node, property, value, bytes), 0);
    }
    return board_parse(tree, TREE_BYTES, &board);
}

static void expect_bent(const char *path, const char *property, const void *value, int bytes,
                        const char *part)
{
    const char *reason = bent(path, property, value, bytes);

    assert_non_null(reason);
    if (strstr(reason, part) == NULL) {
        fail_msg("'%s' is not about '%s'", reason, part);
    }
}

static void missing_parts(void **state)
{
    (void)state;
    expect_bent("/cpus", NULL, NULL, 0, "/cpus");
    expect_bent("/cpus", "#address-cells", "\0\0\0\3", 4, "/cpus");
    expect_bent("/cpus/cpu@1", "reg", "\0\0\0\1", 4, "reg");
    expect_bent("/intc@8000000", NULL, NULL, 0, "GICv3");
    expect_bent("/intc@8000000", "#interrupt-cells", "\0\0\0\4", 4, "cells");
    expect_bent("/intc@8000000", "#redistributor-regions", "\0\0\0\2", 4, "redistributors");
    expect_bent("/intc@8000000", "redistributor-stride", "\0\0\0\0\0\4\0\0", 8, "apart");
    expect_bent("/intc@8000000", "reg", "\0\0\0\0\0\0\0\0", 8, "windows");
    expect_bent("/timer", NULL, NULL, 0, "timer");
    expect_bent("/dev@9000000", "interrupts", NULL, 0, "interrupt");
    expect_bent("/dev@9000000", "reg", "\0\0\0\0", 4, "reg");
    expect_bent("/dev@9010000", "interrupts", "\0\0\0\1\0\0\0\2\0\0\0\4", 12, "interrupt");
    expect_bent("/chosen", "bootargs", "abc", 3, "string");
    expect_bent("/chosen", "bootargs", "a\0b", 4, "string");
    expect_bent("/chosen", "bootargs", "", 0, "string");
    expect_bent("/memory@0", "reg", "\0\0\0\0", 4, "reg");
    expect_bent("/memory@0", "microsoft,igvm-type", "\0\0\0\0\0\0\0\0", 8, "type");
    expect_bent("/", "#size-cells", "\0\0\0\0", 4, "empty");
    expect_bent("/", "#size-cells", "\0\0\0\0\0\0\0\2", 8, "root");
    expect_bent("/", "#address-cells", "\0\0\0\4", 4, "root");
}

static void optional_parts(void **state)
{
    (void)state;
    assert_null(bent("/chosen", NULL, NULL, 0));
    assert_string_equal(board.options, "");
    assert_int_equal(board.seed_bytes, 0);
    assert_null(bent("/dev@9000000", NULL, NULL, 0));
    assert_int_equal(board.uart.bytes, 0);
    assert_null(bent("/dev@9000000", "status", "disabled", 9));
    assert_int_equal(board.uart.bytes, 0);
    assert_null(bent("/intc@8000000", "redistributor-stride", NULL, 0));
    assert_null(bent("/memory@0", "microsoft,igvm-type", NULL, 0));
}

/* ---- Damage ---- */

static void damaged_trees(void **state)
{
    (void)state;
    struct tree_plan plan = tree_plan();
    uint32_t bytes;

    tree_write(&plan, tree);
    bytes = fdt_totalsize(tree);
    assert_null(board_parse(tree, bytes, &board));
    assert_non_null(board_parse(tree, bytes - 1, &board));
    assert_non_null(board_parse(tree, 39, &board));
    assert_non_null(board_parse(tree, 0, &board));
    tree[0] ^= 1;
    assert_non_null(board_parse(tree, TREE_BYTES, &board));
}

/* Every byte of the structure block once bent: refused or taken, but never a byte too far. */
static void bent_bytes(void **state)
{
    (void)state;
    struct tree_plan plan = tree_plan();
    uint8_t *copy = NULL;

    plan.virtios = 1;
    tree_write(&plan, tree);
    uint32_t bytes = fdt_totalsize(tree);
    for (uint32_t i = 0; i < bytes; i++) {
        copy = aligned_alloc(8, (bytes + 7) & ~7u);
        memcpy(copy, tree, bytes);
        copy[i] ^= 0xff;
        (void)board_parse(copy, bytes, &board);
        free(copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_tree),
        cmocka_unit_test(timer_with_one_interrupt),
        cmocka_unit_test(cpus),
        cmocka_unit_test(vtl2_is_cut_out),
        cmocka_unit_test(memory_is_sorted),
        cmocka_unit_test(bad_memory),
        cmocka_unit_test(devices),
        cmocka_unit_test(missing_parts),
        cmocka_unit_test(optional_parts),
        cmocka_unit_test(damaged_trees),
        cmocka_unit_test(bent_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
