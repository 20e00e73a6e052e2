/* SPDX-License-Identifier: BSD-3-Clause */
/* What `igvm dump` shows, in its two forms. */
#ifndef IGVM_TOOL_DUMP_H
#define IGVM_TOOL_DUMP_H

#include "opened.h"

bool dump_json(const struct opened *opened);
void dump_text(const struct opened *opened);

#endif /* IGVM_TOOL_DUMP_H */
