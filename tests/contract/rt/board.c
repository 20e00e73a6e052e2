/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads the parameter area's device tree: a walker of its own, small, so that what refhv writes
 * is read by code that refhv doesn't share. Format: Devicetree Specification 0.4, section 5.
 */
#include "rt.h"
#include "runtime.h"

#define FDT_MAGIC 0xd00dfeedu
#define FDT_BEGIN_NODE 1u
#define FDT_END_NODE 2u
#define FDT_PROP 3u
#define FDT_NOP 4u
#define FDT_END 9u
#define FDT_BYTES_MAX 0x40000u
#define FDT_DEPTH_MAX 8u
#define IGVM_TYPE_VTL2_PROTECTABLE 3u

struct board board;

/* The node that is being read; a child's starts afresh. */
struct node {
    const char *name;
    const uint8_t *reg;
    uint32_t reg_bytes;
    const char *compatible;
    uint32_t igvm_type;
};

static uint32_t cell(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint64_t cells2(const uint8_t *at)
{
    return (uint64_t)cell(at) << 32 | cell(at + 4);
}

static bool text_starts(const char *text, const char *start)
{
    while (*start != '\0') {
        if (*text++ != *start++) {
            return false;
        }
    }
    return true;
}

static bool text_is(const char *text, const char *other)
{
    return text_starts(text, other) && text_starts(other, text);
}

static bool text_has(const char *text, size_t bytes, const char *word)
{
    for (size_t i = 0; i < bytes && text[i] != '\0'; i++) {
        if (text_starts(&text[i], word)) {
            return true;
        }
    }
    return false;
}

static size_t text_bytes(const char *text)
{
    size_t bytes = 0;

    while (text[bytes] != '\0') {
        bytes++;
    }
    return bytes;
}

static void node_done(const struct node *node)
{
    if (text_starts(node->name, "cpu@") && node->reg != NULL && board.vp_count < RT_VP_MAX) {
        board.mpidr[board.vp_count++] =
            node->reg_bytes == 8 ? cells2(node->reg) : (uint64_t)cell(node->reg);
    }
    if (text_starts(node->name, "memory@") && node->igvm_type == IGVM_TYPE_VTL2_PROTECTABLE &&
        node->reg_bytes >= 16) {
        board.vtl2_base = cells2(node->reg);
        board.vtl2_bytes = cells2(node->reg + 8);
    } else if (text_starts(node->name, "memory@") && node->reg_bytes >= 16 &&
               board.ram_count < RT_RAM_MAX) {
        board.ram[board.ram_count].base = cells2(node->reg);
        board.ram[board.ram_count++].bytes = cells2(node->reg + 8);
    }
    if (node->compatible == NULL) {
        return;
    }
    if (text_is(node->compatible, "arm,gic-v3") && node->reg_bytes >= 32) {
        board.gicd = cells2(node->reg);
        board.gicr = cells2(node->reg + 16);
    }
    if (text_is(node->compatible, "arm,pl011") && node->reg_bytes >= 16) {
        board.pl011 = cells2(node->reg);
    }
    if (text_is(node->compatible, "microsoft,hyperv")) {
        board.hypervisor_node = true;
    }
}

static void node_property(struct node *node, const char *name, const uint8_t *value, uint32_t bytes)
{
    if (text_is(name, "reg")) {
        node->reg = value;
        node->reg_bytes = bytes;
    } else if (text_is(name, "compatible")) {
        node->compatible = (const char *)value;
    } else if (text_is(name, "microsoft,igvm-type") && bytes == 4) {
        node->igvm_type = cell(value);
    } else if (text_is(node->name, "chosen") && text_is(name, "bootargs")) {
        board.words = (const char *)value;
        board.words_bytes = bytes;
        board.x29_shared = text_has((const char *)value, bytes, "x29=shared");
        board.intercept_simp = text_has((const char *)value, bytes, "intercept=simp");
    }
}

bool board_told(const char *word)
{
    return text_has(board.words, board.words_bytes, word);
}

bool board_read(const void *fdt)
{
    const uint8_t *base = fdt;
    struct node nodes[FDT_DEPTH_MAX] = {0};
    uint32_t depth = 0;

    if (cell(base) != FDT_MAGIC || cell(base + 4) > FDT_BYTES_MAX) {
        return false;
    }
    const uint8_t *at = base + cell(base + 8);
    const char *strings = (const char *)(base + cell(base + 12));

    while (at < base + cell(base + 4)) {
        uint32_t token = cell(at);
        at += 4;
        if (token == FDT_BEGIN_NODE) {
            if (++depth >= FDT_DEPTH_MAX) {
                return false;
            }
            nodes[depth] = (struct node){.name = (const char *)at};
            at += (text_bytes((const char *)at) + 4) & ~(size_t)3;
        } else if (token == FDT_PROP) {
            uint32_t bytes = cell(at);
            node_property(&nodes[depth], strings + cell(at + 4), at + 8, bytes);
            at += 8 + ((bytes + 3) & ~3u);
        } else if (token == FDT_END_NODE && depth > 0) {
            node_done(&nodes[depth--]);
        } else if (token == FDT_END) {
            return depth == 0 && board.vp_count > 0 && board.pl011 != 0;
        } else if (token != FDT_NOP) {
            return false;
        }
    }
    return false;
}
