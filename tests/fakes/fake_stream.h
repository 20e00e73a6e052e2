/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A fake of net/stream.h for tests of what is said over it: a server whose replies the test writes down, and a
 * record of what it was sent. Each request takes one reply. What a caller may not do (send or receive on
 * nothing, open twice, wait for a reply to nothing) ends the test program.
 */
#ifndef TESTS_FAKES_FAKE_STREAM_H
#define TESTS_FAKES_FAKE_STREAM_H

#include "stream.h"

#define FAKE_REPLIES_MAX 64u
#define FAKE_SENT_BYTES 0x100000u

enum fake_then { FAKE_STAYS, FAKE_ENDS, FAKE_BREAKS };

struct fake_reply {
    const char *bytes;
    size_t count;
    enum fake_then then; /* what becomes of the connection */
};

struct fake_stream {
    /* As the test has it. */
    unsigned open_fails; /* the next opens */
    enum stream_status open_status;
    unsigned send_fails; /* the send after so many; 0: none */
    size_t step;         /* the most bytes that a receive gives; 0: any */
    struct fake_reply replies[FAKE_REPLIES_MAX];
    size_t reply_count;
    void (*sending)(void);                            /* called in each send */
    void (*received)(void);                           /* called in each receive */
    void (*serve)(const char *request, size_t bytes); /* may add replies */

    /* What happened. */
    bool is_open;
    unsigned opens; /* that were tried */
    unsigned sends;
    size_t replies_used;
    struct stream_peer peer;
    char host[256];
    size_t request_at; /* in sent, of the newest request */
    size_t sent_bytes;

    /* The fake's own. */
    bool asked;
    bool replies_now;
    size_t reply_done;

    char sent[FAKE_SENT_BYTES];
};

extern struct fake_stream fake_stream;

void fake_stream_reset(void);
void fake_stream_reply(const char *bytes, size_t count, enum fake_then then);
/* The newest request with a NUL behind it. */
const char *fake_stream_request(void);

#endif /* TESTS_FAKES_FAKE_STREAM_H */
