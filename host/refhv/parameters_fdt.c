/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The device tree in VTL2's parameter area. Node names and properties: reference hyperv-vsm-
 * arm64.md 7.6, and the usual bindings of Linux for the devices.
 */
#include "console_format.h"
#include "parameters.h"

#include <libfdt.h>

#include <limits.h>
#include <stddef.h>
#include <string.h>

#define PHANDLE_GIC 1u
#define INTERRUPT_SPI 0u
#define INTERRUPT_PPI 1u
#define INTERRUPT_EDGE_RISING 1u
#define INTERRUPT_LEVEL_HIGH 4u
#define SPI_FIRST 32u
#define GICR_STRIDE 0x20000u
#define NAME_BYTES 40u
#define ROOM_MIN 4096u /* fdt_create wants a header to begin with */

/* Keeps the first error; what is written after one is lost with the rest. */
struct writer {
    void *fdt;
    int error;
};

static void note(struct writer *writer, int error)
{
    if (writer->error == 0) {
        writer->error = error;
    }
}

static void put_u32(struct writer *writer, const char *name, uint32_t value)
{
    note(writer, fdt_property_u32(writer->fdt, name, value));
}

static void put_bytes(struct writer *writer, const char *name, const void *value, size_t bytes)
{
    note(writer, fdt_property(writer->fdt, name, value, (int)bytes));
}

static void put_text(struct writer *writer, const char *name, const char *text)
{
    put_bytes(writer, name, text, strlen(text) + 1);
}

/* Big-endian 64-bit words: addresses and sizes of two cells each. */
static void put_u64s(struct writer *writer, const char *name, const uint64_t *values,
                     unsigned count)
{
    fdt64_t words[4] = {0};
    for (unsigned i = 0; i < count; i++) {
        words[i] = cpu_to_fdt64(values[i]);
    }
    put_bytes(writer, name, words, count * sizeof(words[0]));
}

static void put_reg(struct writer *writer, struct machine_range range)
{
    put_u64s(writer, "reg", (const uint64_t[]){range.base, range.bytes}, 2);
}

static void put_cells(struct writer *writer, uint32_t address_cells, uint32_t size_cells)
{
    put_u32(writer, "#address-cells", address_cells);
    put_u32(writer, "#size-cells", size_cells);
}

static void put_interrupts(struct writer *writer, const uint32_t *cells, unsigned count)
{
    fdt32_t words[12] = {0};
    for (unsigned i = 0; i < count; i++) {
        words[i] = cpu_to_fdt32(cells[i]);
    }
    put_bytes(writer, "interrupts", words, count * sizeof(words[0]));
}

/* What node names are made of: a name and an address. */
static void name_at(char *to, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void name_at(char *to, size_t room, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    to[console_format(to, room - 1, format, arguments)] = '\0';
    va_end(arguments);
}

static void node_begin(struct writer *writer, const char *name)
{
    note(writer, fdt_begin_node(writer->fdt, name));
}

static void node_begin_at(struct writer *writer, const char *name, uint64_t address)
{
    char full[NAME_BYTES];
    name_at(full, sizeof(full), "%s@%llx", name, (unsigned long long)address);
    node_begin(writer, full);
}

static void node_end(struct writer *writer)
{
    note(writer, fdt_end_node(writer->fdt));
}

static void cpus_write(struct writer *writer)
{
    node_begin(writer, "cpus");
    put_cells(writer, 2, 0);
    for (uint32_t i = 0; i < machine.cpu_count; i++) {
        node_begin_at(writer, "cpu", machine.cpu_mpidr[i]);
        put_text(writer, "device_type", "cpu");
        put_text(writer, "compatible", "arm,arm-v8");
        put_u64s(writer, "reg", &machine.cpu_mpidr[i], 1);
        put_text(writer, "status", "okay");
        put_text(writer, "enable-method", "psci");
        node_end(writer);
    }
    node_end(writer);
}

static void memory_write(struct writer *writer, struct machine_range vtl2)
{
    struct parameters_range ranges[PARAMETERS_RANGES_MAX];
    const uint32_t count = parameters_memory(vtl2, ranges);
    for (uint32_t i = 0; i < count; i++) {
        node_begin_at(writer, "memory", ranges[i].range.base);
        put_text(writer, "device_type", "memory");
        put_reg(writer, ranges[i].range);
        put_u32(writer, "microsoft,igvm-type", ranges[i].type);
        node_end(writer);
    }
}

static void gic_write(struct writer *writer)
{
    node_begin_at(writer, "intc", machine.gicd.base);
    put_text(writer, "compatible", "arm,gic-v3");
    put_u32(writer, "#redistributor-regions", 1);
    put_cells(writer, 2, 2);
    put_u32(writer, "#interrupt-cells", 3);
    put_u64s(writer, "redistributor-stride", (const uint64_t[]){GICR_STRIDE}, 1);
    put_u64s(writer, "reg",
             (const uint64_t[]){machine.gicd.base, machine.gicd.bytes, machine.gicr.base,
                                machine.gicr.bytes},
             4);
    put_bytes(writer, "interrupt-controller", "", 0);
    put_u32(writer, "phandle", PHANDLE_GIC);
    node_end(writer);
}

/* Secure physical, physical, virtual, hypervisor: INTID 29, 30, 27, 26, as PPI numbers. */
static void timer_write(struct writer *writer)
{
    static const uint32_t interrupts[] = {
        INTERRUPT_PPI, 13, INTERRUPT_LEVEL_HIGH, INTERRUPT_PPI, 14, INTERRUPT_LEVEL_HIGH,
        INTERRUPT_PPI, 11, INTERRUPT_LEVEL_HIGH, INTERRUPT_PPI, 10, INTERRUPT_LEVEL_HIGH,
    };
    node_begin(writer, "timer");
    put_text(writer, "compatible", "arm,armv8-timer");
    put_interrupts(writer, interrupts, sizeof(interrupts) / sizeof(interrupts[0]));
    put_bytes(writer, "always-on", "", 0);
    node_end(writer);
}

static void psci_write(struct writer *writer)
{
    static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";
    node_begin(writer, "psci");
    put_bytes(writer, "compatible", compatible, sizeof(compatible));
    put_text(writer, "method", "hvc");
    node_end(writer);
}

static void devices_write(struct writer *writer)
{
    static const struct {
        const char *name;
        const char *compatible;
    } kinds[] = {
        [MACHINE_DEVICE_PL011] = {"pl011", "arm,pl011"},
        [MACHINE_DEVICE_PL031] = {"pl031", "arm,pl031"},
        [MACHINE_DEVICE_VIRTIO_MMIO] = {"virtio_mmio", "virtio,mmio"},
    };
    for (uint32_t i = 0; i < machine.device_count; i++) {
        const struct machine_device *device = &machine.device[i];
        node_begin_at(writer, kinds[device->kind].name, device->window.base);
        put_text(writer, "compatible", kinds[device->kind].compatible);
        put_reg(writer, device->window);
        put_interrupts(
            writer,
            (const uint32_t[]){INTERRUPT_SPI, device->intid - SPI_FIRST,
                               device->edge ? INTERRUPT_EDGE_RISING : INTERRUPT_LEVEL_HIGH},
            3);
        node_end(writer);
    }
}

static void chosen_write(struct writer *writer)
{
    static const uint8_t no_seed[sizeof(machine.rng_seed)];
    char path[NAME_BYTES];
    node_begin(writer, "chosen");
    put_text(writer, "bootargs", machine.options.vtl2_bootargs);
    if (memcmp(machine.rng_seed, no_seed, sizeof(no_seed)) != 0) {
        put_bytes(writer, "rng-seed", machine.rng_seed, sizeof(machine.rng_seed));
    }
    name_at(path, sizeof(path), "/pl011@%llx", (unsigned long long)machine.console_base);
    put_text(writer, "stdout-path", path);
    node_end(writer);
}

bool parameters_device_tree(struct machine_range vtl2, void *to, uint64_t room)
{
    struct writer writer = {.fdt = to};
    if (room < ROOM_MIN) {
        return false;
    }
    note(&writer, fdt_create(to, room > INT_MAX ? INT_MAX : (int)room));
    note(&writer, fdt_finish_reservemap(to));
    node_begin(&writer, "");
    put_cells(&writer, 2, 2);
    put_text(&writer, "compatible", "microsoft,hyperv");
    put_text(&writer, "model", "refhv");
    put_u32(&writer, "interrupt-parent", PHANDLE_GIC);
    cpus_write(&writer);
    memory_write(&writer, vtl2);
    gic_write(&writer);
    timer_write(&writer);
    psci_write(&writer);
    devices_write(&writer);
    node_begin(&writer, "hypervisor");
    put_text(&writer, "compatible", "microsoft,hyperv");
    node_end(&writer);
    chosen_write(&writer);
    node_end(&writer);
    note(&writer, fdt_finish(to));
    if (writer.error == 0) {
        fdt_set_boot_cpuid_phys(to, (uint32_t)machine.cpu_mpidr[0]);
    }
    return writer.error == 0;
}
