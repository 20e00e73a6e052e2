/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Properties of a device tree as numbers and ranges, with every length checked. For fdt_in.c.
 */
#ifndef BOOT_FDT_IN_READ_H
#define BOOT_FDT_IN_READ_H

#include "fdt_in.h"

/* A node whose children have addresses. */
struct fdt_node {
    const void *tree;
    int offset;
    int address_cells; /* 1 or 2 */
    int size_cells;    /* 0 to 2 */
};

/* offset may be libfdt's error. False if it is, or if the cells are not what addresses can have. */
bool fdt_open_node(const void *tree, int offset, struct fdt_node *node);

/* A property of exactly `cells` cells (1 or 2). */
bool fdt_read_number(const void *tree, int node, const char *name, int cells, uint64_t *value);

/* Is the property this string, with its NUL and nothing behind? */
bool fdt_text_is(const void *tree, int node, const char *name, const char *text);

/* No status, or "okay". */
bool fdt_enabled(const void *tree, int node);

/* Entries in reg; 0 if there are none, or part of one is left over. */
int fdt_reg_count(const struct fdt_node *parent, int node);
/* Entry i; false if there is none, it is empty, or it wraps. Sets base and bytes only. */
bool fdt_read_reg(const struct fdt_node *parent, int node, int i, struct board_window *window);

struct fdt_interrupt {
    bool ppi;
    bool edge;
    uint32_t number; /* of the PPI (0 to 15) or SPI (0 to 987) */
};

/* Entry i of interrupts, of three cells as arm,gic-v3 has them. */
bool fdt_read_interrupt(const void *tree, int node, uint32_t i, struct fdt_interrupt *interrupt);

#endif /* BOOT_FDT_IN_READ_H */
