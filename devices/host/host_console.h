/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The host's console device, with ports (virtio 1.2, 5.3). Who in Paravane wants a port gets the one
 * that the host calls by its name, whenever the host tells of it.
 *
 * Bytes go from and to a chain of the guest's in one copy. A host that takes nothing, or that sends
 * more than is wanted, finds no buffer free and waits; nobody here does.
 *
 * One lock, inside that of the guest's queue. `changed` is called with no lock held.
 */
#ifndef DEVICES_HOST_CONSOLE_H
#define DEVICES_HOST_CONSOLE_H

#include "host/bounce.h"
#include "host/host_virtio.h"
#include "virtio/ring.h"

/* Who wants a port; the guest's port of that number is joined to it. */
enum {
    HOST_CONSOLE_LOGIN,
    HOST_CONSOLE_EXEC,
    HOST_CONSOLE_USERS,
};
/* The ports' names, the host's and the guest's. NULL: the first that is a console. */
extern const char *const host_console_names[HOST_CONSOLE_USERS];

#define HOST_CONSOLE_PORTS 4u    /* of the host's: those with the lowest numbers are looked at */
#define HOST_CONSOLE_BUFFERS 4u  /* of a port, each way */
#define HOST_CONSOLE_BYTES 2048u /* of a buffer */

/* Opens the device at base (mapped). Boot VP, once. */
PV_MUST_USE enum pv_status host_console_open(uint64_t base);
void host_console_interrupt(void *device);

/* Who is told that a user's port has bytes, or room, or has come, gone, opened or closed: any VP, and
 * also for nothing. Boot VP, before VTL0 runs. */
void host_console_set_changed(void (*changed)(unsigned user));

/* Has somebody on the host's side opened the port? */
bool host_console_is_open(unsigned user);

enum host_console_result {
    HOST_CONSOLE_DONE,  /* all of the cursor's bytes are on their way */
    HOST_CONSOLE_WAIT,  /* no room for the rest: `changed` will be called when there is some */
    HOST_CONSOLE_NONE,  /* there is no such port */
    HOST_CONSOLE_FAULT, /* the rest is in memory that is not there */
};
/* To the host, from the cursor on. */
enum host_console_result host_console_write(unsigned user, struct ring_cursor *from);

/* Are there bytes from the host? */
bool host_console_readable(unsigned user);
/* From the host, as many as there are and the cursor takes; returns how many. One caller a user. */
size_t host_console_read(unsigned user, struct ring_cursor *to);

#endif /* DEVICES_HOST_CONSOLE_H */
