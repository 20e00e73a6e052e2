/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * TLS 1.3 over the one connection (RFC 8446), by Mbed TLS. Boot VP, before VTL0 runs.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "stream.h"

/* Mbed TLS' memory is there from tls_up to tls_down, which wipes it. NULL, or what is wrong. */
const char *tls_up(void);
void tls_down(void);
/* Seconds since 1970, for dates. */
void tls_set_clock(uint32_t (*now_s)(void));

/* Over a connection that is open; the functions of stream.h, with their time limits. */
PV_MUST_USE enum stream_status tls_open(const struct stream_peer *peer,
                                        struct stream_reason *reason);
PV_MUST_USE enum stream_status tls_send(const void *data, size_t bytes,
                                        struct stream_reason *reason);
PV_MUST_USE enum stream_status tls_receive(void *to, size_t room, size_t *got,
                                           struct stream_reason *reason);
PV_MUST_USE bool tls_pending(void);
/* Tells the peer. */
void tls_close(void);

#endif /* NET_TLS_H */
