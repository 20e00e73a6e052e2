/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the server has of each thing that can be asked for. All calls come with the socket device's
 * lock held.
 */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "http.h"

#define SERVER_REASON_BYTES 96u /* at most */

struct server_answer {
    uint16_t status;    /* HTTP_*; 0: not known yet */
    const char *reason; /* or NULL: why it is not HTTP_OK; a text of ours, without quotes */
    uint32_t bytes;     /* HTTP_OK: so many can be read */
};

struct server_route {
    const char *path;
    /* A GET or HEAD. The query is what stands behind the question mark, which may be nothing. */
    struct server_answer (*ask)(uint16_t connection, const char *query, size_t bytes);
    /* What has become of an answer that was not known. NULL: all are known at once. */
    struct server_answer (*ready)(uint16_t connection);
    /* Bytes of the body, all of them there, which is JSON. */
    void (*read)(uint16_t connection, uint32_t from, uint8_t *to, size_t bytes);
    /* Once for each ask: nothing is wanted of it any more. NULL: as if nothing had been asked. */
    void (*leave)(uint16_t connection);
};

/* Ends an answer that is being read where it is: its reader sees that it is short. */
void server_cut(uint16_t connection);

/* All that the image has, in a file of its own: another image has others. */
extern const struct server_route *const server_routes[];
extern const size_t server_route_count;

/* All that there are. */
extern const struct server_route inspect_route;
extern const struct server_route evidence_route;
extern const struct server_route measurements_route;
extern const struct server_route policy_route;

#endif /* NET_SERVER_H */
