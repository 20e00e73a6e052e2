/* SPDX-License-Identifier: BSD-3-Clause */
#include "fdt_in_read.h"

#include <libfdt.h>

#include <string.h>

/* arm,gic-v3.yaml: interrupt cells. */
#define INTERRUPT_BYTES 12u
#define INTERRUPT_SPI 0u
#define INTERRUPT_PPI 1u
#define INTERRUPT_TRIGGER 0xfu
#define INTERRUPT_EDGE_RISING 1u
#define INTERRUPT_LEVEL_HIGH 4u
#define INTERRUPT_LEVEL_LOW 8u
#define SPI_COUNT (BOARD_INTID_MAX - 31u)
#define PPI_COUNT 16u

bool fdt_open_node(const void *tree, int offset, struct fdt_node *node)
{
    if (offset < 0) {
        return false;
    }
    *node = (struct fdt_node){tree, offset, fdt_address_cells(tree, offset),
                              fdt_size_cells(tree, offset)};
    return node->address_cells >= 1 && node->address_cells <= 2 && node->size_cells >= 0 &&
           node->size_cells <= 2;
}

/* The caller has checked that the cells are there. */
static uint64_t read_cells(const uint8_t *from, int cells)
{
    uint64_t value = 0;

    for (int i = 0; i < cells * 4; i++) {
        value = value << 8 | from[i];
    }
    return value;
}

bool fdt_read_number(const void *tree, int node, const char *name, int cells, uint64_t *value)
{
    int bytes = 0;
    const uint8_t *property = fdt_getprop(tree, node, name, &bytes);

    if (property == NULL || bytes != cells * 4) {
        return false;
    }
    *value = read_cells(property, cells);
    return true;
}

bool fdt_text_is(const void *tree, int node, const char *name, const char *text)
{
    int bytes = 0;
    const char *property = fdt_getprop(tree, node, name, &bytes);

    return property != NULL && (size_t)bytes == strlen(text) + 1 &&
           memcmp(property, text, (size_t)bytes) == 0;
}

bool fdt_enabled(const void *tree, int node)
{
    return fdt_getprop(tree, node, "status", NULL) == NULL ||
           fdt_text_is(tree, node, "status", "okay");
}

int fdt_reg_count(const struct fdt_node *parent, int node)
{
    int entry = (parent->address_cells + parent->size_cells) * 4;
    int bytes = 0;
    const void *reg = fdt_getprop(parent->tree, node, "reg", &bytes);

    return reg == NULL || bytes % entry != 0 ? 0 : bytes / entry;
}

bool fdt_read_reg(const struct fdt_node *parent, int node, int i, struct board_window *window)
{
    int entry = (parent->address_cells + parent->size_cells) * 4;
    const uint8_t *reg = fdt_getprop(parent->tree, node, "reg", NULL);
    uint64_t end;

    if (i >= fdt_reg_count(parent, node)) {
        return false;
    }
    window->base = read_cells(reg + i * entry, parent->address_cells);
    window->bytes = read_cells(reg + i * entry + parent->address_cells * 4, parent->size_cells);
    return window->bytes != 0 && u64_add(window->base, window->bytes, &end);
}

bool fdt_read_interrupt(const void *tree, int node, uint32_t i, struct fdt_interrupt *interrupt)
{
    int bytes = 0;
    const uint8_t *property = fdt_getprop(tree, node, "interrupts", &bytes);

    if (property == NULL || (uint32_t)bytes % INTERRUPT_BYTES != 0 ||
        i >= (uint32_t)bytes / INTERRUPT_BYTES) {
        return false;
    }
    uint64_t kind = read_cells(property + i * INTERRUPT_BYTES, 1);
    uint64_t number = read_cells(property + i * INTERRUPT_BYTES + 4, 1);
    uint64_t trigger = read_cells(property + i * INTERRUPT_BYTES + 8, 1) & INTERRUPT_TRIGGER;
    if (kind > INTERRUPT_PPI || number >= (kind == INTERRUPT_PPI ? PPI_COUNT : SPI_COUNT)) {
        return false;
    }
    *interrupt = (struct fdt_interrupt){kind == INTERRUPT_PPI, trigger == INTERRUPT_EDGE_RISING,
                                        (uint32_t)number};
    return interrupt->edge || trigger == INTERRUPT_LEVEL_HIGH ||
           (interrupt->ppi && trigger == INTERRUPT_LEVEL_LOW);
}
