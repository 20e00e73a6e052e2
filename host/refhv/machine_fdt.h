/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reading the board's device tree and the operator's options into struct machine. Pure: no
 * hardware, no console; each function returns NULL, or says for people why the board can't be
 * used.
 */
#ifndef REFHV_MACHINE_FDT_H
#define REFHV_MACHINE_FDT_H

#include "machine.h"

/* A larger tree is refused: booting.rst's limit. */
#define MACHINE_FDT_BYTES_MAX 0x200000u

/*
 * Fills everything but board->refhv. board->console_base is set first, so that a reason can be
 * shown.
 */
const char *machine_fdt_parse(struct machine *board, const void *fdt);

/* The words of the kernel command line; board->options must be zero before. */
const char *machine_options_parse(struct machine_options *options, const char *line);

#endif /* REFHV_MACHINE_FDT_H */
