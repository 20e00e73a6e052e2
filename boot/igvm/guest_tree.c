/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Source: Linux Documentation/devicetree/bindings: arm/cpus.yaml, arm,gic-v3.yaml,
 * arm,arch_timer.yaml, arm/psci.yaml, serial/pl011.yaml, rtc/arm,pl031.yaml, chosen.
 */
#include "guest_tree.h"

#include <libfdt.h>

#include <string.h>

#define PHANDLE_GIC 1u
#define PHANDLE_CLOCK 2u
#define UART_CLOCK_HZ 24000000u

#define IRQ_SPI 0u
#define IRQ_PPI 1u
#define IRQ_LEVEL_HIGH 4u

/* PPIs of the timers that VTL0 has no use for but that the binding wants in their places. */
#define TIMER_SECURE_PPI 13u
#define TIMER_PHYSICAL_PPI 14u
#define TIMER_HYPERVISOR_PPI 10u

#define NAME_BYTES 40u
#define KASLR_SEED_BYTES 8u

/* The first error stays; later calls do nothing. */
struct writer {
    void *tree;
    int error;
    struct guest_seeds seeds;
};

static void keep(struct writer *writer, int error)
{
    if (writer->error == 0) {
        writer->error = error;
    }
}

static void begin(struct writer *writer, const char *name)
{
    if (writer->error == 0) {
        keep(writer, fdt_begin_node(writer->tree, name));
    }
}

/* name@unit, as the device tree specification wants it: hexadecimal without leading zeros. */
static void begin_at(struct writer *writer, const char *name, uint64_t unit)
{
    char text[NAME_BYTES];
    size_t used = strlen(name);
    unsigned shift = 60;

    _Static_assert(NAME_BYTES >= 18 + sizeof("interrupt-controller"), "the longest name");
    memcpy(text, name, used);
    text[used++] = '@';
    while (shift > 0 && (unit >> shift) == 0) {
        shift -= 4;
    }
    for (; shift < 64; shift -= 4) {
        text[used++] = "0123456789abcdef"[(unit >> shift) & 15u];
    }
    text[used] = '\0';
    begin(writer, text);
}

static void end(struct writer *writer)
{
    if (writer->error == 0) {
        keep(writer, fdt_end_node(writer->tree));
    }
}

static void put_bytes(struct writer *writer, const char *name, const void *value, size_t bytes)
{
    if (writer->error == 0) {
        keep(writer, fdt_property(writer->tree, name, value, (int)bytes));
    }
}

/* Where they are: libfdt moves only what is behind the nodes when it ends the tree. */
static uint8_t *put_zeros(struct writer *writer, const char *name, size_t bytes)
{
    void *place = NULL;

    if (writer->error == 0) {
        keep(writer, fdt_property_placeholder(writer->tree, name, (int)bytes, &place));
    }
    if (writer->error == 0) {
        memset(place, 0, bytes);
    }
    return place;
}

static void put_text(struct writer *writer, const char *name, const char *value)
{
    put_bytes(writer, name, value, strlen(value) + 1);
}

static void put_u32(struct writer *writer, const char *name, uint32_t value)
{
    fdt32_t cell = cpu_to_fdt32(value);
    put_bytes(writer, name, &cell, sizeof(cell));
}

static void put_u64(struct writer *writer, const char *name, uint64_t value)
{
    fdt64_t cells = cpu_to_fdt64(value);
    put_bytes(writer, name, &cells, sizeof(cells));
}

static void put_range(struct writer *writer, uint64_t base, uint64_t bytes)
{
    fdt64_t cells[2] = {cpu_to_fdt64(base), cpu_to_fdt64(bytes)};
    put_bytes(writer, "reg", cells, sizeof(cells));
}

static void put_spi(struct writer *writer, uint32_t intid)
{
    fdt32_t cells[3] = {cpu_to_fdt32(IRQ_SPI), cpu_to_fdt32(intid - 32u),
                        cpu_to_fdt32(IRQ_LEVEL_HIGH)};
    put_bytes(writer, "interrupts", cells, sizeof(cells));
}

static void write_chosen(struct writer *writer, const struct guest_tree *guest)
{
    begin(writer, "chosen");
    void *command_line = NULL;
    if (writer->error == 0) {
        keep(writer, fdt_property_placeholder(writer->tree, "bootargs",
                                              (int)guest->command_line_bytes + 1, &command_line));
    }
    if (writer->error == 0) {
        memcpy(command_line, guest->command_line, guest->command_line_bytes);
        ((char *)command_line)[guest->command_line_bytes] = '\0';
    }
    put_text(writer, "stdout-path", "/pl011@9000000");
    _Static_assert(GUEST_UART_BASE == 0x9000000, "stdout-path");
    if (guest->initrd_bytes != 0) {
        put_u64(writer, "linux,initrd-start", guest->initrd_base);
        put_u64(writer, "linux,initrd-end", guest->initrd_base + guest->initrd_bytes);
    }
    if (guest->seeded) {
        writer->seeds.kaslr = put_zeros(writer, "kaslr-seed", KASLR_SEED_BYTES);
        writer->seeds.rng = put_zeros(writer, "rng-seed", GUEST_SEED_BYTES);
    }
    end(writer);
}

static void write_cpus(struct writer *writer, const struct guest_tree *guest)
{
    begin(writer, "cpus");
    put_u32(writer, "#address-cells", 2);
    put_u32(writer, "#size-cells", 0);
    for (uint32_t i = 0; i < guest->vp_count; i++) {
        begin_at(writer, "cpu", guest->mpidr[i]);
        put_text(writer, "device_type", "cpu");
        put_text(writer, "compatible", "arm,armv8");
        put_u64(writer, "reg", guest->mpidr[i]);
        put_text(writer, "enable-method", "psci");
        end(writer);
    }
    end(writer);
    begin(writer, "psci");
    put_bytes(writer, "compatible", "arm,psci-1.0\0arm,psci-0.2", 26);
    put_text(writer, "method", "hvc");
    end(writer);
}

static void write_memory(struct writer *writer, const struct guest_tree *guest)
{
    for (uint32_t i = 0; i < guest->ram_count; i++) {
        begin_at(writer, "memory", guest->ram[i].base);
        put_text(writer, "device_type", "memory");
        put_range(writer, guest->ram[i].base, guest->ram[i].bytes);
        end(writer);
    }
}

static void write_gic(struct writer *writer, const struct guest_tree *guest)
{
    fdt64_t reg[4] = {cpu_to_fdt64(guest->gicd.base), cpu_to_fdt64(guest->gicd.bytes),
                      cpu_to_fdt64(guest->gicr.base), cpu_to_fdt64(guest->gicr.bytes)};

    begin_at(writer, "interrupt-controller", guest->gicd.base);
    put_text(writer, "compatible", "arm,gic-v3");
    put_bytes(writer, "reg", reg, sizeof(reg));
    put_u32(writer, "#interrupt-cells", 3);
    put_bytes(writer, "interrupt-controller", "", 0);
    put_u32(writer, "#redistributor-regions", 1);
    put_u32(writer, "phandle", PHANDLE_GIC);
    end(writer);
}

static void write_timer(struct writer *writer, const struct guest_tree *guest)
{
    const uint32_t ppis[4] = {TIMER_SECURE_PPI, TIMER_PHYSICAL_PPI, guest->timer_ppi,
                              TIMER_HYPERVISOR_PPI};
    fdt32_t cells[12];

    for (size_t i = 0; i < 4; i++) {
        cells[i * 3] = cpu_to_fdt32(IRQ_PPI);
        cells[i * 3 + 1] = cpu_to_fdt32(ppis[i]);
        cells[i * 3 + 2] = cpu_to_fdt32(IRQ_LEVEL_HIGH);
    }
    begin(writer, "timer");
    put_text(writer, "compatible", "arm,armv8-timer");
    put_bytes(writer, "interrupts", cells, sizeof(cells));
    put_bytes(writer, "always-on", "", 0);
    end(writer);
}

static void write_devices(struct writer *writer)
{
    fdt32_t clocks[2] = {cpu_to_fdt32(PHANDLE_CLOCK), cpu_to_fdt32(PHANDLE_CLOCK)};

    begin(writer, "apb-pclk");
    put_text(writer, "compatible", "fixed-clock");
    put_u32(writer, "#clock-cells", 0);
    put_u32(writer, "clock-frequency", UART_CLOCK_HZ);
    put_u32(writer, "phandle", PHANDLE_CLOCK);
    end(writer);

    begin_at(writer, "pl011", GUEST_UART_BASE);
    put_bytes(writer, "compatible", "arm,pl011\0arm,primecell", 24);
    put_range(writer, GUEST_UART_BASE, 0x1000);
    put_spi(writer, GUEST_UART_INTID);
    put_bytes(writer, "clocks", clocks, sizeof(clocks));
    put_bytes(writer, "clock-names", "uartclk\0apb_pclk", 17);
    end(writer);

    begin_at(writer, "pl031", GUEST_RTC_BASE);
    put_bytes(writer, "compatible", "arm,pl031\0arm,primecell", 24);
    put_range(writer, GUEST_RTC_BASE, 0x1000);
    put_spi(writer, GUEST_RTC_INTID);
    put_bytes(writer, "clocks", clocks, sizeof(clocks[0]));
    put_bytes(writer, "clock-names", "apb_pclk", 9);
    end(writer);
}

/* dma-coherent: what a driver shares with Paravane lies in caches that both see. */
static void write_virtio(struct writer *writer, uint32_t windows)
{
    for (unsigned i = 0; i < GUEST_VIRTIO_WINDOWS; i++) {
        uint64_t base = GUEST_VIRTIO_BASE + i * GUEST_VIRTIO_WINDOW_BYTES;

        if ((windows >> i & 1) == 0) {
            continue;
        }
        begin_at(writer, "virtio_mmio", base);
        put_text(writer, "compatible", "virtio,mmio");
        put_range(writer, base, GUEST_VIRTIO_WINDOW_BYTES);
        put_spi(writer, GUEST_VIRTIO_INTID + i);
        put_bytes(writer, "dma-coherent", "", 0);
        end(writer);
    }
}

static void write_root(struct writer *writer, const struct guest_tree *guest)
{
    begin(writer, "");
    put_u32(writer, "#address-cells", 2);
    put_u32(writer, "#size-cells", 2);
    put_text(writer, "compatible", "linux,dummy-virt");
    put_text(writer, "model", "Paravane VTL0");
    put_u32(writer, "interrupt-parent", PHANDLE_GIC);
    write_chosen(writer, guest);
    write_cpus(writer, guest);
    write_memory(writer, guest);
    write_gic(writer, guest);
    write_timer(writer, guest);
    write_devices(writer);
    write_virtio(writer, guest->virtio);
    end(writer);
}

const char *guest_tree_write(const struct guest_tree *guest, void *to, size_t room, size_t *bytes,
                             struct guest_seeds *seeds)
{
    struct writer writer = {.tree = to};

    keep(&writer, fdt_create(to, (int)room));
    if (writer.error == 0) {
        keep(&writer, fdt_finish_reservemap(to));
    }
    write_root(&writer, guest);
    if (writer.error == 0) {
        keep(&writer, fdt_finish(to));
    }
    if (writer.error != 0) {
        return "the guest's device tree does not fit";
    }
    *bytes = fdt_totalsize(to);
    *seeds = writer.seeds;
    return NULL;
}
