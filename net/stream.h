/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One TLS connection at a time, to a server that proves by its certificate who it is. Each function
 * waits until it has done its work, for a bounded time. Boot VP, before VTL0 runs.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "igvm_policy.h"
#include "vtl/base.h"

enum stream_status {
    STREAM_OK,
    STREAM_NAME,    /* the host's name has no address */
    STREAM_CONNECT, /* nobody takes the connection */
    STREAM_TLS,     /* who takes it is not whom we want, or does not keep to the protocol */
    STREAM_LOST,    /* there was a connection */
};

/* What exactly; a C string of ours, safe to log. */
struct stream_reason {
    char text[96];
};

struct stream_peer {
    const char *host; /* a name, or an address; IPv6 without brackets */
    uint16_t port;
    const struct igvm_policy_text *anchors; /* certificates in DER */
    uint32_t anchor_count;
    bool check_dates;
};

/* What is not STREAM_OK writes *reason. */
PV_MUST_USE enum stream_status stream_open(const struct stream_peer *peer,
                                           struct stream_reason *reason);
/* All of it. */
PV_MUST_USE enum stream_status stream_send(const void *data, size_t bytes,
                                           struct stream_reason *reason);
/* 1..room bytes; STREAM_OK and *got == 0: the peer has ended in order (RFC 8446, 6.1). */
PV_MUST_USE enum stream_status stream_receive(void *to, size_t room, size_t *got,
                                              struct stream_reason *reason);
/* Is there something to receive already, or an end? Does not wait. */
PV_MUST_USE bool stream_pending(void);
/* Safe when nothing is open. */
void stream_close(void);

#endif /* NET_STREAM_H */
