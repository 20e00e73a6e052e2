/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's device tree, property by property against the bindings (Linux
 * Documentation/devicetree/bindings).
 */
#include "boot_test.h"
#include "guest_tree.h"

#include <libfdt.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t tree[GUEST_TREE_BYTES] __attribute__((aligned(8)));
static struct guest_tree guest;
static struct guest_seeds seeds;

static int set_up(void **state)
{
    (void)state;
    guest = (struct guest_tree){
        .vp_count = 2,
        .mpidr = {0, 0x100},
        .ram = {{0x40800000, 0x800000}, {0x41400000, 0x1ec00000}},
        .ram_count = 2,
        .gicd = {.base = 0x08000000, .bytes = 0x10000},
        .gicr = {.base = 0x080a0000, .bytes = 0x40000},
        .timer_ppi = 11,
        .command_line = "console=ttyAMA0 quiet???",
        .command_line_bytes = 21,
        .initrd_base = 0x44000000,
        .initrd_bytes = 0x123456,
        .seeded = true,
    };
    return 0;
}

static void write_good(void)
{
    size_t bytes = 0;

    assert_null(guest_tree_write(&guest, tree, sizeof(tree), &bytes, &seeds));
    assert_int_equal(fdt_check_full(tree, bytes), 0);
    assert_int_equal(bytes, fdt_totalsize(tree));
}

static void expect_property(const char *path, const char *name, const void *value, int bytes)
{
    int found_bytes = -1;
    int node = fdt_path_offset(tree, path);

    if (node < 0) {
        fail_msg("no node %s", path);
    }
    const void *found = fdt_getprop(tree, node, name, &found_bytes);
    if (found == NULL || found_bytes != bytes || memcmp(found, value, (size_t)bytes) != 0) {
        fail_msg("%s: %s is not as it should be (%d bytes)", path, name, found_bytes);
    }
}

static void expect_text(const char *path, const char *name, const char *text)
{
    expect_property(path, name, text, (int)strlen(text) + 1);
}

static void expect_cells(const char *path, const char *name, const uint32_t *cells, int count)
{
    fdt32_t words[12];

    for (int i = 0; i < count; i++) {
        words[i] = cpu_to_fdt32(cells[i]);
    }
    expect_property(path, name, words, count * 4);
}
#define CELLS(path, name, ...)                                \
    expect_cells(path, name, (const uint32_t[]){__VA_ARGS__}, \
                 (int)(sizeof((const uint32_t[]){__VA_ARGS__}) / 4))

static void root_and_cpus(void **state)
{
    (void)state;
    write_good();
    CELLS("/", "#address-cells", 2);
    CELLS("/", "#size-cells", 2);
    CELLS("/", "interrupt-parent",
          fdt_get_phandle(tree, fdt_path_offset(tree, "/interrupt-controller")));
    CELLS("/cpus", "#address-cells", 2);
    CELLS("/cpus", "#size-cells", 0);
    CELLS("/cpus/cpu@0", "reg", 0, 0);
    CELLS("/cpus/cpu@100", "reg", 0, 0x100);
    expect_text("/cpus/cpu@100", "device_type", "cpu");
    expect_text("/cpus/cpu@100", "enable-method", "psci");
    expect_text("/psci", "method", "hvc");
    expect_property("/psci", "compatible", "arm,psci-1.0\0arm,psci-0.2", 26);
}

/* VTL2's 0x41000000 is in no node, nor are its devices. */
static void memory_and_nothing_of_vtl2(void **state)
{
    (void)state;
    int node;
    int nodes = 0;

    write_good();
    CELLS("/memory@40800000", "reg", 0, 0x40800000, 0, 0x800000);
    CELLS("/memory@41400000", "reg", 0, 0x41400000, 0, 0x1ec00000);
    expect_text("/memory@41400000", "device_type", "memory");
    fdt_for_each_subnode(node, tree, 0)
    {
        nodes++;
        assert_int_not_equal(fdt_node_check_compatible(tree, node, "virtio,mmio"), 0);
        assert_int_not_equal(fdt_node_check_compatible(tree, node, "microsoft,hyperv"), 0);
    }
    /* chosen, cpus, psci, two memories, GIC, timer, clock, UART, RTC. */
    assert_int_equal(nodes, 10);
}

static void interrupt_controller_and_timer(void **state)
{
    (void)state;
    const char *gic = "/interrupt-controller@8000000";

    write_good();
    expect_text(gic, "compatible", "arm,gic-v3");
    CELLS(gic, "reg", 0, 0x08000000, 0, 0x10000, 0, 0x080a0000, 0, 0x40000);
    CELLS(gic, "#interrupt-cells", 3);
    expect_property(gic, "interrupt-controller", "", 0);
    expect_text("/timer", "compatible", "arm,armv8-timer");
    CELLS("/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4);
}

static void uart_and_clock(void **state)
{
    (void)state;
    uint32_t clock;

    write_good();
    expect_property("/pl011@9000000", "compatible", "arm,pl011\0arm,primecell", 24);
    CELLS("/pl011@9000000", "reg", 0, 0x09000000, 0, 0x1000);
    CELLS("/pl011@9000000", "interrupts", 0, 1, 4);
    expect_property("/pl011@9000000", "clock-names", "uartclk\0apb_pclk", 17);
    clock = fdt_get_phandle(tree, fdt_path_offset(tree, "/apb-pclk"));
    assert_int_not_equal(clock, 0);
    CELLS("/pl011@9000000", "clocks", clock, clock);
    expect_text("/apb-pclk", "compatible", "fixed-clock");
    CELLS("/apb-pclk", "clock-frequency", 24000000);
    CELLS("/apb-pclk", "#clock-cells", 0);
    CELLS("/pl031@9010000", "reg", 0, 0x09010000, 0, 0x1000);
    CELLS("/pl031@9010000", "interrupts", 0, 2, 4);
    expect_property("/pl031@9010000", "compatible", "arm,pl031\0arm,primecell", 24);
}

static void chosen(void **state)
{
    (void)state;
    write_good();
    expect_text("/chosen", "bootargs", "console=ttyAMA0 quiet");
    expect_text("/chosen", "stdout-path", "/pl011@9000000");
    CELLS("/chosen", "linux,initrd-start", 0, 0x44000000);
    CELLS("/chosen", "linux,initrd-end", 0, 0x44123456);
    static const uint8_t zeros[GUEST_SEED_BYTES];
    uint8_t filled[GUEST_SEED_BYTES];

    CELLS("/chosen", "kaslr-seed", 0, 0);
    expect_property("/chosen", "rng-seed", zeros, sizeof(zeros));
    /* Places are told where the properties are. */
    memset(filled, 0x99, sizeof(filled));
    memcpy(seeds.rng, filled, sizeof(filled));
    seeds.kaslr[7] = 0x42;
    CELLS("/chosen", "kaslr-seed", 0, 0x42);
    expect_property("/chosen", "rng-seed", filled, sizeof(filled));
    assert_true(fdt_path_offset(tree, "/pl011@9000000") > 0);
}

static void chosen_without(void **state)
{
    (void)state;
    guest.initrd_bytes = 0;
    guest.seeded = false;
    guest.command_line_bytes = 0;
    write_good();
    int node = fdt_path_offset(tree, "/chosen");
    expect_text("/chosen", "bootargs", "");
    assert_null(fdt_getprop(tree, node, "linux,initrd-start", NULL));
    assert_null(fdt_getprop(tree, node, "kaslr-seed", NULL));
    assert_null(fdt_getprop(tree, node, "rng-seed", NULL));
    assert_null(seeds.kaslr);
    assert_null(seeds.rng);
}

static void largest_fits_and_smaller_room_is_refused(void **state)
{
    (void)state;
    static char line[2048];
    size_t bytes = 0;

    memset(line, 'x', sizeof(line));
    guest.command_line = line;
    guest.command_line_bytes = sizeof(line);
    guest.vp_count = GUEST_VP_MAX;
    guest.ram_count = GUEST_RAM_MAX;
    guest.virtio = (1u << GUEST_VIRTIO_WINDOWS) - 1;
    for (uint64_t i = 0; i < 8; i++) {
        guest.mpidr[i] = UINT64_C(0xff00fffff0) + i;
        guest.ram[i] = (struct guest_range){UINT64_C(0x800000000000) + i * 0x10000, 0x1000};
    }
    write_good();
    /* On the heap at its exact size, for ASan: not a byte is written behind. */
    for (size_t room = 0; room < fdt_totalsize(tree); room += 37) {
        void *small = malloc(room + 1);
        assert_non_null(guest_tree_write(&guest, small, room, &bytes, &seeds));
        free(small);
    }
}

/* Linux bindings/virtio/mmio.yaml: one node a window that is used, and for no other. */
static void virtio_windows(void **state)
{
    (void)state;
    guest.virtio = 1u << 0 | 1u << 15;
    write_good();
    expect_text("/virtio_mmio@a000000", "compatible", "virtio,mmio");
    CELLS("/virtio_mmio@a000000", "reg", 0, 0x0a000000, 0, 0x200);
    CELLS("/virtio_mmio@a000000", "interrupts", 0, 16, 4);
    expect_property("/virtio_mmio@a000000", "dma-coherent", "", 0);
    CELLS("/virtio_mmio@a001e00", "reg", 0, 0x0a001e00, 0, 0x200);
    CELLS("/virtio_mmio@a001e00", "interrupts", 0, 31, 4);
    assert_true(fdt_path_offset(tree, "/virtio_mmio@a000200") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(virtio_windows, set_up),
        cmocka_unit_test_setup(root_and_cpus, set_up),
        cmocka_unit_test_setup(memory_and_nothing_of_vtl2, set_up),
        cmocka_unit_test_setup(interrupt_controller_and_timer, set_up),
        cmocka_unit_test_setup(uart_and_clock, set_up),
        cmocka_unit_test_setup(chosen, set_up),
        cmocka_unit_test_setup(chosen_without, set_up),
        cmocka_unit_test_setup(largest_fits_and_smaller_room_is_refused, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
