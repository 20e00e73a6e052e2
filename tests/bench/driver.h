/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the bench guest's drivers share: a virtio device's registers, and split rings of sixteen. Interrupts
 * stay masked: a driver waits for its used ring, which no exit is needed for, and takes the interrupt from
 * its CPU interface then. Source: virtio 1.2, sections in the code.
 */
#ifndef BENCH_DRIVER_H
#define BENCH_DRIVER_H

#include "virtio/virtio_abi.h"

#include <stdbool.h>
#include <stdint.h>

#define QUEUE_SIZE 16u

/* 2.7.5, 2.7.6, 2.7.8 */
struct driver_queue {
    struct virtio_desc ring[QUEUE_SIZE] __attribute__((aligned(16)));
    struct {
        uint16_t flags;
        uint16_t index;
        uint16_t ring[QUEUE_SIZE];
        uint16_t used_event;
    } available;
    struct {
        uint16_t flags;
        uint16_t index;
        struct {
            uint32_t id;
            uint32_t bytes;
        } ring[QUEUE_SIZE];
        uint16_t avail_event;
    } used __attribute__((aligned(4)));
    uint16_t seen; /* used elements that the driver has taken */
};

/*
 * Where Paravane has a device for the guest (devices.h, boot/fdt_out.h), and what it is. No pointers: the
 * guest is loaded anywhere, and nobody relocates its data.
 */
struct driver_device {
    uint64_t window;
    uint32_t intid;
    uint32_t id;
    uint64_t features; /* besides those of all drivers here */
};

uint32_t driver_get(const struct driver_device *device, uint64_t offset);

/* 3.1.1, 4.2.3.2; false: there is no such device, or it refuses. */
bool driver_start(const struct driver_device *device, const struct driver_queue *queues,
                  uint32_t count);

/* Makes a descriptor's chain available. interrupt: its being used shall raise one (2.7.7). */
void driver_add(struct driver_queue *queue, uint16_t head, bool interrupt);
void driver_notify(const struct driver_device *device, uint32_t queue);

/* Waits for the queue's next used element; its place in the used ring. */
uint32_t driver_wait(struct driver_queue *queue);

/* False: another device's interrupt, or none. */
bool driver_interrupt(const struct driver_device *device);

#endif /* BENCH_DRIVER_H */
