/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A fake of virtio/ring.h and virtio/device.h, and of vmm_later, for tests of device models: chains
 * are given by the test, in VTL2's own memory, and what the model does with them is written down.
 * Queues live when the test says so. A lock that is not held, a chain given twice, or one given to
 * another queue ends the test program.
 */
#ifndef TESTS_FAKES_FAKE_QUEUE_H
#define TESTS_FAKES_FAKE_QUEUE_H

#include "virtio/device.h"

#define FAKE_CHAINS_MAX 256u
#define FAKE_CHAIN_BYTES 8192u
#define FAKE_WORKS_MAX 4u

enum fake_chain_state { FAKE_CHAIN_AVAILABLE, FAKE_CHAIN_TAKEN, FAKE_CHAIN_GIVEN };

struct fake_chain {
    struct ring *ring;
    enum fake_chain_state state;
    uint32_t readable;
    uint32_t writable;
    uint32_t written; /* as the model said when it gave it back */
    uint8_t bytes[FAKE_CHAIN_BYTES];
};

struct fake_queue {
    struct virtio_device *device; /* that was attached */
    unsigned window;
    struct fake_chain chains[FAKE_CHAINS_MAX];
    size_t count;
    bool fault;           /* no byte of a chain can be read or written, */
    unsigned fault_after; /* but for these first accesses */
    unsigned rearms;      /* asked for a notification */
    unsigned tells;       /* told the driver */
    /* Asked for, and not run: the device's, and what is behind it; each on its VP. */
    struct vmm_work *later[FAKE_WORKS_MAX];
    uint32_t later_vp[FAKE_WORKS_MAX];
};

extern struct fake_queue fake_queue;

void fake_queue_reset(void);
void fake_queue_live(bool live); /* all queues of the device */
/* Bytes for the device, and room for its own; the readable part comes first in bytes. */
struct fake_chain *fake_queue_add(unsigned queue, const void *readable, size_t bytes, size_t room);
/* Runs what was put off by now; false: nothing. */
bool fake_queue_run(void);

#endif /* TESTS_FAKES_FAKE_QUEUE_H */
