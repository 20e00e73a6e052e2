/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Bindings: Devicetree Specification 0.4; Linux Documentation/devicetree/bindings (arm,gic-v3,
 * psci, arm,pl011).
 */
#include "machine_fdt.h"

#include "arm64.h"
#include "gic.h"

#include <libfdt.h>

#include <string.h>

#define INTERRUPT_CELLS 3
#define INTERRUPT_SPI 0u
#define INTERRUPT_EDGE_RISING 1u
#define INTERRUPT_LEVEL_HIGH 4u
#define GICR_STRIDE UINT64_C(0x20000)
#define PAGE_MASK UINT64_C(0xfff)

struct cells {
    int address;
    int size;
};

static uint32_t cell(const void *cells, int index)
{
    return fdt32_ld((const fdt32_t *)cells + index);
}

/* count cells as one number; only one or two make sense. */
static uint64_t cells_number(const void *cells, int index, int count)
{
    const uint64_t first = cell(cells, index);
    return count == 2 ? first << 32 | cell(cells, index + 1) : first;
}

static bool cells_of(const void *fdt, int node, struct cells *cells)
{
    cells->address = fdt_address_cells(fdt, node);
    cells->size = fdt_size_cells(fdt, node);
    return cells->address >= 1 && cells->address <= 2 && cells->size >= 1 && cells->size <= 2;
}

/* Entry number index of a node's reg. False past the last, or if it is empty or wraps. */
static bool reg_read(const void *fdt, int node, struct cells cells, int index,
                     struct machine_range *range)
{
    int bytes;
    const void *reg = fdt_getprop(fdt, node, "reg", &bytes);
    const int entry = cells.address + cells.size;
    if (reg == NULL || (index + 1) * entry > bytes / 4) {
        return false;
    }
    range->base = cells_number(reg, index * entry, cells.address);
    range->bytes = cells_number(reg, index * entry + cells.address, cells.size);
    return range->bytes != 0 && range->base <= UINT64_MAX - range->bytes;
}

/* Is the property that string, whole and terminated? */
static bool property_is(const void *fdt, int node, const char *name, const char *text)
{
    int bytes;
    const void *value = fdt_getprop(fdt, node, name, &bytes);
    const size_t wanted = strlen(text) + 1;
    return value != NULL && bytes == (int)wanted && memcmp(value, text, wanted) == 0;
}

static bool node_enabled(const void *fdt, int node)
{
    return fdt_getprop(fdt, node, "status", NULL) == NULL ||
           property_is(fdt, node, "status", "okay") || property_is(fdt, node, "status", "ok");
}

static bool node_compatible(const void *fdt, int node, const char *compatible)
{
    return fdt_node_check_compatible(fdt, node, compatible) == 0;
}

/* First enabled child of the root that is compatible; negative if there is none. */
static int child_compatible(const void *fdt, const char *compatible)
{
    int node;
    fdt_for_each_subnode(node, fdt, 0)
    {
        if (node_compatible(fdt, node, compatible) && node_enabled(fdt, node)) {
            return node;
        }
    }
    return -1;
}

static const char *console_find(struct machine *board, const void *fdt, struct cells cells)
{
    struct machine_range window;
    const int node = child_compatible(fdt, "arm,pl011");
    if (node < 0 || !reg_read(fdt, node, cells, 0, &window)) {
        return "the board has no PL011";
    }
    board->console_base = window.base;
    return NULL;
}

static bool ranges_overlap(struct machine_range a, struct machine_range b)
{
    return a.base < b.base + b.bytes && b.base < a.base + a.bytes;
}

/* Keeps board->memory in ascending order; whole pages only. */
static const char *memory_add(struct machine *board, struct machine_range range)
{
    const uint64_t end = (range.base + range.bytes) & ~PAGE_MASK;
    if (range.base > UINT64_MAX - PAGE_MASK) {
        return "memory ends above what can be addressed";
    }
    range.base = (range.base + PAGE_MASK) & ~PAGE_MASK;
    if (end <= range.base) {
        return NULL;
    }
    range.bytes = end - range.base;
    if (board->memory_count == MACHINE_MEMORY_MAX) {
        return "more memory ranges than refhv takes";
    }
    uint32_t at = board->memory_count++;
    for (; at > 0 && board->memory[at - 1].base > range.base; at--) {
        board->memory[at] = board->memory[at - 1];
    }
    board->memory[at] = range;
    return NULL;
}

static const char *memory_parse(struct machine *board, const void *fdt, struct cells cells)
{
    int node;
    fdt_for_each_subnode(node, fdt, 0)
    {
        struct machine_range range;
        if (!property_is(fdt, node, "device_type", "memory") || !node_enabled(fdt, node)) {
            continue;
        }
        for (int i = 0; reg_read(fdt, node, cells, i, &range); i++) {
            const char *reason = memory_add(board, range);
            if (reason != NULL) {
                return reason;
            }
        }
    }
    for (uint32_t i = 1; i < board->memory_count; i++) {
        if (ranges_overlap(board->memory[i - 1], board->memory[i])) {
            return "memory ranges of the board overlap";
        }
    }
    return board->memory_count != 0 ? NULL : "the board's device tree has no memory";
}

static const char *cpus_parse(struct machine *board, const void *fdt)
{
    const int cpus = fdt_subnode_offset(fdt, 0, "cpus");
    const int cells = cpus < 0 ? -1 : fdt_address_cells(fdt, cpus);
    if (cells < 1 || cells > 2) {
        return "the board's device tree has no good /cpus";
    }
    int node;
    fdt_for_each_subnode(node, fdt, cpus)
    {
        if (!property_is(fdt, node, "device_type", "cpu") || !node_enabled(fdt, node)) {
            continue;
        }
        int bytes;
        const void *reg = fdt_getprop(fdt, node, "reg", &bytes);
        if (reg == NULL || bytes != 4 * cells) {
            return "a CPU of the board has no good reg";
        }
        if (board->cpu_count == MACHINE_CPU_MAX) {
            return "more CPUs than refhv drives (8)";
        }
        const uint64_t mpidr = cells_number(reg, 0, cells);
        if ((mpidr & ~MPIDR_AFFINITY_MASK) != 0) {
            return "a CPU's reg is no MPIDR affinity";
        }
        for (uint32_t i = 0; i < board->cpu_count; i++) {
            if (board->cpu_mpidr[i] == mpidr) {
                return "two CPUs of the board have the same reg";
            }
        }
        board->cpu_mpidr[board->cpu_count++] = mpidr;
    }
    return board->cpu_count != 0 ? NULL : "the board's device tree has no CPU";
}

static const char *gic_parse(struct machine *board, const void *fdt, struct cells cells)
{
    const int node = child_compatible(fdt, "arm,gic-v3");
    if (node < 0) {
        return "the board has no GICv3 (QEMU: gic-version=3)";
    }
    int bytes;
    const void *regions = fdt_getprop(fdt, node, "#redistributor-regions", &bytes);
    if (regions != NULL && (bytes != 4 || cell(regions, 0) != 1)) {
        return "the GIC has more than one range of redistributors";
    }
    const void *stride = fdt_getprop(fdt, node, "redistributor-stride", &bytes);
    if (stride != NULL && (bytes != 8 || cells_number(stride, 0, 2) != GICR_STRIDE)) {
        return "the GIC's redistributors are not 0x20000 apart";
    }
    if (!reg_read(fdt, node, cells, 0, &board->gicd) ||
        !reg_read(fdt, node, cells, 1, &board->gicr)) {
        return "the GIC has no good reg";
    }
    const uint64_t wanted = board->cpu_count * GICR_STRIDE;
    if (((board->gicd.base | board->gicr.base) & 0xffff) != 0 || board->gicd.bytes < 0x10000 ||
        board->gicr.bytes < wanted || ranges_overlap(board->gicd, board->gicr)) {
        return "the GIC's windows are too small, overlap, or are not aligned to 64 KiB";
    }
    board->gicr.bytes = wanted;
    return NULL;
}

static const char *psci_parse(struct machine *board, const void *fdt)
{
    int node = child_compatible(fdt, "arm,psci-1.0");
    if (node < 0) {
        node = child_compatible(fdt, "arm,psci-0.2");
    }
    board->psci_by_smc = node >= 0 && property_is(fdt, node, "method", "smc");
    if (!board->psci_by_smc && (node < 0 || !property_is(fdt, node, "method", "hvc"))) {
        return "the board has no PSCI 0.2 or later";
    }
    return NULL;
}

/* The interrupt of a device window: one level or rising-edge SPI. */
static bool device_interrupt(const void *fdt, int node, struct machine_device *device)
{
    int bytes;
    const void *interrupts = fdt_getprop(fdt, node, "interrupts", &bytes);
    if (interrupts == NULL || bytes < 4 * INTERRUPT_CELLS || cell(interrupts, 0) != INTERRUPT_SPI ||
        cell(interrupts, 1) >= GIC_INTID_LIMIT - GIC_SPI_FIRST) {
        return false;
    }
    device->intid = GIC_SPI_FIRST + cell(interrupts, 1);
    device->edge = cell(interrupts, 2) == INTERRUPT_EDGE_RISING;
    return device->edge || cell(interrupts, 2) == INTERRUPT_LEVEL_HIGH;
}

static const char *device_add(struct machine *board, const void *fdt, int node, struct cells cells,
                              enum machine_device_kind kind)
{
    struct machine_device device = {.kind = kind};
    if (!reg_read(fdt, node, cells, 0, &device.window) || !device_interrupt(fdt, node, &device)) {
        return "a device of the board has no good reg or interrupts";
    }
    if (board->device_count == MACHINE_DEVICE_MAX) {
        return "more devices than refhv takes";
    }
    for (uint32_t i = 0; i < board->device_count; i++) {
        if (ranges_overlap(board->device[i].window, device.window) ||
            board->device[i].intid == device.intid) {
            return "two devices of the board share a window or an interrupt";
        }
    }
    board->device[board->device_count++] = device;
    return NULL;
}

static const char *devices_parse(struct machine *board, const void *fdt, struct cells cells)
{
    static const struct {
        enum machine_device_kind kind;
        const char *compatible;
    } kinds[] = {
        {MACHINE_DEVICE_PL011, "arm,pl011"},
        {MACHINE_DEVICE_PL031, "arm,pl031"},
        {MACHINE_DEVICE_VIRTIO_MMIO, "virtio,mmio"},
    };
    int node;
    fdt_for_each_subnode(node, fdt, 0)
    {
        for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
            if (!node_compatible(fdt, node, kinds[i].compatible) || !node_enabled(fdt, node)) {
                continue;
            }
            const char *reason = device_add(board, fdt, node, cells, kinds[i].kind);
            if (reason != NULL) {
                return reason;
            }
        }
    }
    return NULL;
}

/* linux,initrd-start and -end have one cell or two, whatever the root's. */
static bool chosen_address(const void *fdt, int chosen, const char *name, uint64_t *address)
{
    int bytes;
    const void *value = fdt_getprop(fdt, chosen, name, &bytes);
    if (value == NULL || (bytes != 4 && bytes != 8)) {
        return false;
    }
    *address = cells_number(value, 0, bytes / 4);
    return true;
}

static const char *chosen_parse(struct machine *board, const void *fdt)
{
    uint64_t end;
    const int chosen = fdt_subnode_offset(fdt, 0, "chosen");
    if (chosen < 0 || !chosen_address(fdt, chosen, "linux,initrd-start", &board->initrd.base) ||
        !chosen_address(fdt, chosen, "linux,initrd-end", &end) || end <= board->initrd.base) {
        return "there is no IGVM file (QEMU: -initrd)";
    }
    board->initrd.bytes = end - board->initrd.base;

    int bytes;
    const void *seed = fdt_getprop(fdt, chosen, "rng-seed", &bytes);
    if (seed != NULL && bytes >= (int)sizeof(board->rng_seed)) {
        memcpy(board->rng_seed, seed, sizeof(board->rng_seed));
    }
    return NULL;
}

/* Before the rest, so that the last line of a failed start has the nonce. */
static const char *bootargs_parse(struct machine *board, const void *fdt)
{
    int bytes;
    const int chosen = fdt_subnode_offset(fdt, 0, "chosen");
    const char *bootargs = chosen < 0 ? NULL : fdt_getprop(fdt, chosen, "bootargs", &bytes);
    if (bootargs == NULL) {
        return NULL;
    }
    if (bytes < 1 || bootargs[bytes - 1] != '\0') {
        return "/chosen/bootargs is no string";
    }
    return machine_options_parse(&board->options, bootargs);
}

/* No window of a device may reach into RAM: RAM is given to the guests whole. */
static const char *windows_check(const struct machine *board)
{
    for (uint32_t i = 0; i < board->memory_count; i++) {
        const struct machine_range memory = board->memory[i];
        bool bad = ranges_overlap(memory, board->gicd) || ranges_overlap(memory, board->gicr);
        for (uint32_t k = 0; k < board->device_count; k++) {
            bad = bad || ranges_overlap(memory, board->device[k].window);
        }
        if (bad) {
            return "a device window of the board overlaps memory";
        }
    }
    return NULL;
}

const char *machine_fdt_parse(struct machine *board, const void *fdt)
{
    memset(board, 0, sizeof(*board));
    /* libfdt reads both blocks as words and leaves it to the caller that they are aligned. */
    if (fdt_check_header(fdt) != 0 || fdt_totalsize(fdt) > MACHINE_FDT_BYTES_MAX ||
        fdt_off_dt_struct(fdt) % sizeof(fdt32_t) != 0 ||
        fdt_off_mem_rsvmap(fdt) % sizeof(fdt64_t) != 0 ||
        fdt_check_full(fdt, fdt_totalsize(fdt)) != 0) {
        return "the device tree in x0 is none";
    }
    struct cells cells;
    if (!cells_of(fdt, 0, &cells)) {
        return "the device tree's root has no good #address-cells and #size-cells";
    }
    const char *reason = console_find(board, fdt, cells);
    reason = reason != NULL ? reason : psci_parse(board, fdt);
    reason = reason != NULL ? reason : bootargs_parse(board, fdt);
    reason = reason != NULL ? reason : memory_parse(board, fdt, cells);
    reason = reason != NULL ? reason : cpus_parse(board, fdt);
    reason = reason != NULL ? reason : gic_parse(board, fdt, cells);
    reason = reason != NULL ? reason : devices_parse(board, fdt, cells);
    reason = reason != NULL ? reason : windows_check(board);
    return reason != NULL ? reason : chosen_parse(board, fdt);
}
