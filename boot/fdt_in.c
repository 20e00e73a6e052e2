/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Source: reference hyperv-vsm-arm64.md 7.6, Linux Documentation/devicetree/bindings, igvm.md 2.3.
 * libfdt bounds every access by the tree's size, which is checked first; every loop here ends with
 * the tree.
 */
#include "fdt_in.h"

#include "fdt_in_read.h"
#include "vtl/untrusted.h"

#include <libfdt.h>

#include <string.h>

#define MEMORY_TYPE_RAM 0u /* igvm.md 2.3, MEMORY_MAP types */
#define MEMORY_TYPE_VTL2 3u
#define MEMORY_TYPE_MAX 5u
#define MPIDR_AFFINITY UINT64_C(0xff00ffffff) /* Arm ARM, MPIDR_EL1 */
#define GICD_BYTES UINT64_C(0x10000)
#define GICR_BYTES UINT64_C(0x20000) /* RD and SGI frame of one VP */
#define TIMER_VIRTUAL 2u /* arm,arch_timer.yaml: secure, physical, virtual, hypervisor */
#define NO_TIMER UINT32_MAX
#define ADDRESS_LIMIT (UINT64_C(1) << 48)

/* ---- CPUs ---- */

static const char *add_cpu(const struct fdt_node *cpus, int node, struct board *board)
{
    uint64_t mpidr;

    if (board->vp_count == VTL_VP_MAX) {
        return "more CPUs than Paravane drives (8)";
    }
    if (!fdt_read_number(cpus->tree, node, "reg", cpus->address_cells, &mpidr) ||
        (mpidr & ~MPIDR_AFFINITY) != 0) {
        return "a CPU's reg is no MPIDR";
    }
    for (uint32_t i = 0; i < board->vp_count; i++) {
        if (board->mpidr[i] == mpidr) {
            return "two CPUs with the same MPIDR";
        }
    }
    board->mpidr[board->vp_count++] = mpidr;
    return NULL;
}

static const char *parse_cpus(const void *tree, struct board *board)
{
    struct fdt_node cpus;
    int node;

    if (!fdt_open_node(tree, fdt_subnode_offset(tree, 0, "cpus"), &cpus)) {
        return "no /cpus with good cells";
    }
    fdt_for_each_subnode(node, tree, cpus.offset)
    {
        if (!fdt_text_is(tree, node, "device_type", "cpu") || !fdt_enabled(tree, node)) {
            continue;
        }
        const char *reason = add_cpu(&cpus, node, board);
        if (reason != NULL) {
            return reason;
        }
    }
    if (board->vp_count == 0) {
        return "no CPU";
    }
    return fdt_boot_cpuid_phys(tree) == (uint32_t)board->mpidr[0]
               ? NULL
               : "the CPU that boots is not the first";
}

/* ---- Memory ---- */

static bool memory_good(const struct board_window *range)
{
    return range->base % 4096 == 0 && range->bytes % 4096 == 0 &&
           range_contains(0, ADDRESS_LIMIT, range->base, range->bytes);
}

/* Puts a range in its place; ascending. */
static const char *add_ram(struct board *board, uint64_t base, uint64_t bytes)
{
    uint32_t at = board->ram_count;

    if (bytes == 0) {
        return NULL;
    }
    if (board->ram_count == VMM_RAM_MAX) {
        return "more memory ranges than Paravane keeps (8)";
    }
    for (; at > 0 && board->ram[at - 1].base.raw > base; at--) {
        board->ram[at] = board->ram[at - 1];
    }
    board->ram[at] = (struct vmm_ram){gpa(base), bytes};
    board->ram_count++;
    return NULL;
}

static const char *add_memory(struct board *board, const struct board_window *range, uint64_t type)
{
    if (!memory_good(range)) {
        return "memory that is not in whole pages below 2^48";
    }
    if (type == MEMORY_TYPE_RAM) {
        return add_ram(board, range->base, range->bytes);
    }
    if (type == MEMORY_TYPE_VTL2) {
        if (board->vtl2.bytes != 0) {
            return "more than one memory range for VTL2";
        }
        board->vtl2 = (struct vmm_ram){gpa(range->base), range->bytes};
    }
    return NULL;
}

static const char *parse_memory_node(const struct fdt_node *root, int node, struct board *board)
{
    struct board_window range;
    uint64_t type = MEMORY_TYPE_RAM;
    int count = fdt_reg_count(root, node);

    if (count == 0 ||
        (fdt_getprop(root->tree, node, "microsoft,igvm-type", NULL) != NULL &&
         !fdt_read_number(root->tree, node, "microsoft,igvm-type", 1, &type)) ||
        type > MEMORY_TYPE_MAX) {
        return "a memory node with no good reg or type";
    }
    for (int i = 0; i < count; i++) {
        if (!fdt_read_reg(root, node, i, &range)) {
            return "a memory range that is empty or wraps";
        }
        const char *reason = add_memory(board, &range, type);
        if (reason != NULL) {
            return reason;
        }
    }
    return NULL;
}

/* VTL0's RAM without VTL2's, whether the hypervisor's tree cut that out or not. */
static const char *cut_vtl2(struct board *board)
{
    struct vmm_ram all[VMM_RAM_MAX];
    uint32_t count = board->ram_count;
    uint64_t cut = board->vtl2.base.raw;
    uint64_t cut_end = cut + board->vtl2.bytes;

    memcpy(all, board->ram, sizeof(all));
    board->ram_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t base = all[i].base.raw;
        uint64_t end = base + all[i].bytes;
        uint64_t low_end = end < cut ? end : cut;
        uint64_t high = base > cut_end ? base : cut_end;
        if (i > 0 && base < all[i - 1].base.raw + all[i - 1].bytes) {
            return "memory ranges that overlap";
        }
        const char *reason = add_ram(board, base, low_end > base ? low_end - base : 0);
        if (reason == NULL) {
            reason = add_ram(board, high, end > high ? end - high : 0);
        }
        if (reason != NULL) {
            return reason;
        }
    }
    return board->ram_count == 0 ? "no memory for VTL0" : NULL;
}

/* ---- Interrupt controller, timer, VTL2's devices ---- */

/* Of several of a kind that there is one of, the first counts. */
static const char *parse_gic(const struct fdt_node *root, int node, struct board *board)
{
    uint64_t number = 1;

    if (board->gicd.bytes != 0) {
        return NULL;
    }
    if (!fdt_read_number(root->tree, node, "#interrupt-cells", 1, &number) || number != 3) {
        return "a GIC without three interrupt cells";
    }
    number = 1;
    if (fdt_getprop(root->tree, node, "#redistributor-regions", NULL) != NULL &&
        (!fdt_read_number(root->tree, node, "#redistributor-regions", 1, &number) || number != 1)) {
        return "a GIC with more than one range of redistributors";
    }
    number = GICR_BYTES;
    if (fdt_getprop(root->tree, node, "redistributor-stride", NULL) != NULL &&
        (!fdt_read_number(root->tree, node, "redistributor-stride", 2, &number) ||
         number != GICR_BYTES)) {
        return "a GIC whose redistributors are not 0x20000 apart";
    }
    if (!fdt_read_reg(root, node, 0, &board->gicd) || !fdt_read_reg(root, node, 1, &board->gicr) ||
        ((board->gicd.base | board->gicr.base) & (GICD_BYTES - 1)) != 0 ||
        board->gicd.bytes < GICD_BYTES || board->gicr.bytes < board->vp_count * GICR_BYTES) {
        return "a GIC whose windows are too small or not aligned";
    }
    board->gicd.bytes = GICD_BYTES;
    board->gicr.bytes = board->vp_count * GICR_BYTES;
    return NULL;
}

static const char *parse_timer(const struct fdt_node *root, int node, struct board *board)
{
    struct fdt_interrupt interrupt;

    if (board->timer_ppi != NO_TIMER) {
        return NULL;
    }
    /* All four, or the virtual one alone. */
    if (!fdt_read_interrupt(root->tree, node, TIMER_VIRTUAL, &interrupt) &&
        (fdt_read_interrupt(root->tree, node, 1, &interrupt) ||
         !fdt_read_interrupt(root->tree, node, 0, &interrupt))) {
        return "a timer without good interrupts";
    }
    if (!interrupt.ppi) {
        return "a timer whose interrupt is no PPI";
    }
    board->timer_ppi = interrupt.number;
    return NULL;
}

static const char *read_device(const struct fdt_node *root, int node, struct board_window *window)
{
    struct fdt_interrupt interrupt;

    if (!fdt_read_reg(root, node, 0, window)) {
        return "a device without good reg";
    }
    if (!fdt_read_interrupt(root->tree, node, 0, &interrupt) || interrupt.ppi) {
        return "a device without good interrupt";
    }
    window->intid = interrupt.number + 32u;
    window->edge = interrupt.edge;
    return NULL;
}

static const char *parse_uart(const struct fdt_node *root, int node, struct board *board)
{
    return board->uart.bytes != 0 ? NULL : read_device(root, node, &board->uart);
}

static const char *parse_rtc(const struct fdt_node *root, int node, struct board *board)
{
    return board->rtc.bytes != 0 ? NULL : read_device(root, node, &board->rtc);
}

static const char *parse_virtio(const struct fdt_node *root, int node, struct board *board)
{
    if (board->virtio_count == BOARD_VIRTIO_MAX) {
        return "more virtio windows than Paravane takes (32)";
    }
    return read_device(root, node, &board->virtio[board->virtio_count++]);
}

static const struct {
    const char *compatible;
    const char *(*parse)(const struct fdt_node *root, int node, struct board *board);
} devices[] = {
    {"virtio,mmio", parse_virtio},    {"arm,pl011", parse_uart}, {"arm,pl031", parse_rtc},
    {"arm,armv8-timer", parse_timer}, {"arm,gic-v3", parse_gic},
};

static const char *parse_node(const struct fdt_node *root, int node, struct board *board)
{
    int bytes = 0;
    const char *compatible = fdt_getprop(root->tree, node, "compatible", &bytes);

    /* Memory is told by its type, and has nothing that it is compatible with (specification 3.4). */
    if (compatible == NULL) {
        return fdt_text_is(root->tree, node, "device_type", "memory") &&
                       fdt_enabled(root->tree, node)
                   ? parse_memory_node(root, node, board)
                   : NULL;
    }
    for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++) {
        if (fdt_stringlist_contains(compatible, bytes, devices[i].compatible) != 0) {
            return fdt_enabled(root->tree, node) ? devices[i].parse(root, node, board) : NULL;
        }
    }
    return NULL;
}

static bool window_clashes(const struct board *board, const struct board_window *window)
{
    for (uint32_t i = 0; i < board->ram_count; i++) {
        if (ranges_overlap(window->base, window->bytes, board->ram[i].base.raw,
                           board->ram[i].bytes)) {
            return true;
        }
    }
    return ranges_overlap(window->base, window->bytes, board->vtl2.base.raw, board->vtl2.bytes);
}

/* No two windows may share a byte or an interrupt, and none may lie in memory. */
static const char *check_windows(const struct board *board)
{
    const struct board_window *windows[4 + BOARD_VIRTIO_MAX] = {&board->gicd, &board->gicr,
                                                                &board->uart, &board->rtc};
    uint32_t count = 4;

    for (uint32_t i = 0; i < board->virtio_count; i++) {
        windows[count++] = &board->virtio[i];
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!range_contains(0, ADDRESS_LIMIT, windows[i]->base, windows[i]->bytes) ||
            window_clashes(board, windows[i])) {
            return "a device window that is in memory or above 2^48";
        }
        for (uint32_t j = 0; j < i; j++) {
            if (ranges_overlap(windows[i]->base, windows[i]->bytes, windows[j]->base,
                               windows[j]->bytes) ||
                (windows[i]->intid != 0 && windows[i]->intid == windows[j]->intid)) {
                return "two devices share a window or an interrupt";
            }
        }
    }
    return NULL;
}

/* ---- The rest ---- */

static const char *parse_chosen(const void *tree, struct board *board)
{
    int chosen = fdt_subnode_offset(tree, 0, "chosen");
    int bytes = 0;

    board->options = "";
    if (chosen < 0) {
        return NULL;
    }
    const char *options = fdt_getprop(tree, chosen, "bootargs", &bytes);
    if (options != NULL) {
        if (bytes == 0 || memchr(options, 0, (size_t)bytes) != options + bytes - 1) {
            return "bootargs that are no string";
        }
        board->options = options;
    }
    const uint8_t *seed = fdt_getprop(tree, chosen, "rng-seed", &bytes);
    if (seed != NULL) {
        board->seed = seed;
        board->seed_bytes = (uint32_t)bytes;
    }
    return NULL;
}

/* In one pass: a board has many nodes, and libfdt reads all of one to find the next. */
static const char *parse_nodes(const struct fdt_node *root, struct board *board)
{
    int node;

    board->timer_ppi = NO_TIMER;
    fdt_for_each_subnode(node, root->tree, 0)
    {
        const char *reason = parse_node(root, node, board);
        if (reason != NULL) {
            return reason;
        }
    }
    if (board->vtl2.bytes == 0) {
        return "no memory range for VTL2";
    }
    if (board->gicd.bytes == 0) {
        return "no GICv3";
    }
    if (board->timer_ppi == NO_TIMER) {
        return "no arm,armv8-timer";
    }
    const char *reason = cut_vtl2(board);
    return reason != NULL ? reason : check_windows(board);
}

const char *board_parse(const void *tree, size_t room, struct board *board)
{
    struct fdt_node root;

    memset(board, 0, sizeof(*board));
    /* libfdt does not look at alignment (devicetree specification 5.6), but relies on it. */
    if (room < sizeof(struct fdt_header) || fdt_off_dt_struct(tree) % 4 != 0 ||
        fdt_off_mem_rsvmap(tree) % 8 != 0 || fdt_check_full(tree, room) != 0) {
        return "not a device tree, or a damaged one";
    }
    if (!fdt_open_node(tree, 0, &root)) {
        return "a root without good cells";
    }
    const char *reason = parse_cpus(tree, board);
    if (reason == NULL) {
        reason = parse_nodes(&root, board);
    }
    return reason != NULL ? reason : parse_chosen(tree, board);
}
PV_UNTRUSTED(board_parse, host, "fuzz_boot_fdt");

_Static_assert(GUEST_VP_MAX == VTL_VP_MAX && GUEST_RAM_MAX == VMM_RAM_MAX, "a board fits");

void board_describe(const struct board *board, struct guest_tree *guest)
{
    guest->vp_count = board->vp_count;
    memcpy(guest->mpidr, board->mpidr, sizeof(guest->mpidr));
    guest->ram_count = board->ram_count;
    for (uint32_t i = 0; i < board->ram_count; i++) {
        guest->ram[i] = (struct guest_range){board->ram[i].base.raw, board->ram[i].bytes};
    }
    guest->gicd = (struct guest_range){board->gicd.base, board->gicd.bytes};
    guest->gicr = (struct guest_range){board->gicr.base, board->gicr.bytes};
    guest->timer_ppi = board->timer_ppi;
}
