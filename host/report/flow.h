/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where code puts the address of a function, by names: what the source line that makes it assigns it to or
 * passes it as, and from there on what the sources assign or pass that name to. Where a line can't be read, it
 * may be anywhere that holds its type.
 */
#ifndef REPORT_FLOW_H
#define REPORT_FLOW_H

#include "program.h"

/* The instruction at pc makes the address of that function. */
void flow_taken(struct program *program, size_t function, uint64_t pc);
/* May the slot hold the function, by an instruction? */
bool flow_fills(struct program *program, size_t function, const struct debug_slot *slot);

#endif /* REPORT_FLOW_H */
