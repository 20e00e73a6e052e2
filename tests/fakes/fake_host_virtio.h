/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Virtio devices of the host's, as a driver meets them: virtio-mmio registers (virtio 1.2, 4.2.2)
 * behind fake_vtl's device windows, and split rings (2.7) in memory, read and written as a device
 * does it. Written from the specification.
 *
 * The device sees the pages that vtl_page_alloc has given out, and nothing else. A driver that breaks
 * a rule of the specification, or points elsewhere, ends the test program with the rule's section.
 * The device does nothing by itself: the test takes requests, gives them back, and calls the
 * driver's interrupt handler. Every field may be changed at any time: that is how it lies.
 */
#ifndef TESTS_FAKES_FAKE_HOST_VIRTIO_H
#define TESTS_FAKES_FAKE_HOST_VIRTIO_H

#include "fake_vtl.h"
#include "virtio/virtio_abi.h"

#define FAKE_HOST_BASE UINT64_C(0x0a000000)
#define FAKE_HOST_STEP UINT64_C(0x200)
#define FAKE_HOST_DEVICES 4u
#define FAKE_HOST_QUEUES 8u
#define FAKE_HOST_CONFIG_BYTES 256u
#define FAKE_HOST_PAGES 256u /* what vtl_page_alloc has */
#define FAKE_HOST_SEGMENTS 256u

struct fake_host_queue {
    uint32_t size_max; /* 0: there is no such queue */
    uint32_t size;
    uint32_t ready;
    uint64_t desc;
    uint64_t driver;
    uint64_t device;
    uint16_t available; /* index of the next entry that the device looks at */
    uint16_t used;
    uint16_t told; /* used, when fake_host_wants was last asked */
    uint32_t notifications;
};

struct fake_host {
    /* What it is; set by the test before the driver comes. */
    uint32_t magic;
    uint32_t version;
    uint32_t id; /* 0: there is no device in this window */
    uint64_t offered;
    uint8_t config[FAKE_HOST_CONFIG_BYTES];
    uint32_t config_bytes;
    uint8_t config_width[FAKE_HOST_CONFIG_BYTES]; /* of the field that this byte is of; 0: any */
    void (*notified)(unsigned device, unsigned queue);

    /* Lies. */
    bool resets_never;
    uint32_t resets_late; /* reads of Status until a reset is over */
    bool refuses_features;
    bool starts_never; /* asks for a reset as soon as DRIVER_OK is set */
    bool generation_moves;
    bool ready_before; /* QueueReady reads 1 before a queue is set up */

    /* Registers, as the driver has left them. */
    uint32_t status;
    bool resetting;
    uint32_t reset_reads;
    uint64_t accepted;
    uint32_t device_features_sel; /* UINT32_MAX: not yet written */
    uint32_t driver_features_sel;
    uint32_t queue_sel;
    uint32_t generation;
    uint32_t interrupt_status;
    uint32_t resets;
    uint32_t accesses; /* to registers, each a trap */
    struct fake_host_queue queues[FAKE_HOST_QUEUES];
};

struct fake_host_segment {
    uint8_t *base;
    uint32_t bytes;
};

/* A chain, as the device has read it: the segments that it may read, then those to write. */
struct fake_host_request {
    uint16_t head;
    unsigned readable;
    unsigned writable;
    uint32_t readable_bytes;
    uint32_t writable_bytes;
    struct fake_host_segment segments[FAKE_HOST_SEGMENTS];
};

extern struct fake_host fake_host[FAKE_HOST_DEVICES];

/* After fake_vtl_reset: no device, all pages free and full of a pattern (but zero when given out). */
void fake_host_reset(void);
/* A device of version 2 in this window, with queues of at most so many entries. Offers VERSION_1. */
void fake_host_plug(unsigned device, uint32_t id, unsigned queues, uint32_t size_max);
/* A field of its configuration, 1, 2, 4 or 8 bytes: read in no other way than 4.2.2.2 says. Once a
 * field is set, what is no field must not be read. */
void fake_host_field(unsigned device, uint32_t offset, unsigned bytes, uint64_t value);
uint64_t fake_host_base(unsigned device);

/* Takes the next request; false: there is none. */
bool fake_host_take(unsigned device, unsigned queue, struct fake_host_request *request);
/* Puts an entry into the used ring; any head, any length. */
void fake_host_give(unsigned device, unsigned queue, uint32_t head, uint32_t written);
/* The used index as the driver reads it: to be moved to where it must not be. */
uint16_t *fake_host_used_index(unsigned device, unsigned queue);
/* Does the driver want an interrupt for what was given since the last call (2.7.7.2, 2.7.10)? Then
 * InterruptStatus says so. */
bool fake_host_wants(unsigned device, unsigned queue);
/* The device wants to be notified of the entry that follows so many that it has not looked at. */
void fake_host_notify_after(unsigned device, unsigned queue, uint16_t entries);
/* Or, where EVENT_IDX was not accepted, of none (2.7.10). */
void fake_host_notify_never(unsigned device, unsigned queue, bool never);
void fake_host_raise(unsigned device, uint32_t interrupts);
void fake_host_needs_reset(unsigned device);

/* The bytes of a request's readable segments, and to its writable ones, from an offset on. */
void fake_host_read(const struct fake_host_request *request, uint32_t offset, void *to,
                    uint32_t bytes);
void fake_host_write(const struct fake_host_request *request, uint32_t offset, const void *from,
                     uint32_t bytes);

/* Pages that vtl_page_alloc gives out before it has none left. */
void fake_host_pages(size_t pages);

#endif /* TESTS_FAKES_FAKE_HOST_VIRTIO_H */
