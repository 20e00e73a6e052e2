/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One TCP connection. Boot VP, before VTL0 runs; only connection_open waits.
 */
#ifndef NET_CONNECTION_H
#define NET_CONNECTION_H

#include "stack.h"

enum connection_state {
    CONNECTION_NONE,
    CONNECTION_OPENING,
    CONNECTION_OPEN,
    CONNECTION_ENDED, /* the peer sends no more; what has come is still to be read */
    CONNECTION_LOST,
};

/* NULL, or what is wrong. What was open before is closed. */
const char *connection_open(const ip_addr_t *to, uint16_t port, uint64_t until_ns);
enum connection_state connection_state(void);
/* Both return how many bytes it were; 0: none now. */
size_t connection_write(const void *data, size_t bytes);
size_t connection_read(void *to, size_t room);
/* Is there something to read, or does nothing more come? */
bool connection_pending(void);
void connection_close(void);

#endif /* NET_CONNECTION_H */
