/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A fake of devices/host/host_virtio.h and of bounce.h's reservations, for tests of drivers: requests
 * wait, in the order in which they came, until the test reads or writes them as the device would.
 * What has not been kicked is not seen. A request twice in flight, or a buffer outside of what was
 * reserved, ends the test program.
 */
#ifndef TESTS_FAKES_FAKE_HOST_QUEUE_H
#define TESTS_FAKES_FAKE_HOST_QUEUE_H

#include "host/bounce.h"
#include "host/host_virtio.h"

#define FAKE_HOST_QUEUES 10u
#define FAKE_HOST_REQUESTS 16u
#define FAKE_HOST_BYTES (256u * 1024u)

struct fake_host_request {
    uint16_t id;
    uint8_t *base;
    uint32_t bytes;
    bool write;
    uint32_t written; /* once it is done */
};

struct fake_host_queue {
    struct host_queue *queue;                            /* NULL: not open */
    struct fake_host_request flight[FAKE_HOST_REQUESTS]; /* oldest first */
    size_t count;
    size_t kicked; /* of those, seen by the device */
    struct fake_host_request done[FAKE_HOST_REQUESTS];
    size_t done_count;
};

struct fake_host {
    uint64_t offered;
    uint16_t queue_size_max;
    uint8_t config[64];
    enum pv_status open_status;
    bool started;
    bool asks_reset; /* at the next interrupt */
    uint32_t kills;
    struct fake_host_queue queues[FAKE_HOST_QUEUES];
    size_t reserved;
    size_t memory; /* that there is */
    uint64_t in;
    uint64_t out;
};

extern struct fake_host fake_host;

void fake_host_reset(void);
/* The device writes into, or reads from, the oldest request that it sees, and is done with it. Returns
 * false, or SIZE_MAX: it sees none. */
bool fake_host_write(unsigned queue, const void *from, uint32_t bytes);
size_t fake_host_read(unsigned queue, void *to, size_t room);

#endif /* TESTS_FAKES_FAKE_HOST_QUEUE_H */
