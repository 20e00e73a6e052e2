/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What `GET /inspect` answers.
 */
#ifndef NET_INSPECT_H
#define NET_INSPECT_H

#include "vtl/base.h"

/* From now on the time that it tells counts. Before the first request. */
void inspect_init(void);

/* Writes the state of the machine as of now; returns its length. */
size_t inspect_write(char *to, size_t room, uint64_t uptime_ns);

#endif /* NET_INSPECT_H */
