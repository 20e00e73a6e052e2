/* SPDX-License-Identifier: BSD-3-Clause */
/* The log from inside vtl: what panic needs of it. */
#ifndef VTL_CPU_LOG_H
#define VTL_CPU_LOG_H

#include <stddef.h>

/*
 * One line to the ring and, whatever its level, to the sink; takes no lock: for a machine that is
 * coming down.
 */
void log_panic(const char *text, size_t bytes);

#endif /* VTL_CPU_LOG_H */
