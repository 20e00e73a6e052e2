/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A driver of virtio devices (virtio 1.2, 4.2) for guests that want to break its rules: it keeps none of
 * them by itself. All that a device may touch lies in one memory with canary pages between its parts; of
 * each word there it knows what the driver has written, so that whatever else has changed was the device.
 */
#ifndef VIRTIO_DRIVER_H
#define VIRTIO_DRIVER_H

#include "guest.h"
#include "virtio/virtio_abi.h"

/* ---- Devices -------------------------------------------------------------------------------------- */

/* Where Paravane has its windows, and the SPI of each: boot/fdt_out.h. */
#define WINDOWS 16u
#define WINDOW_BASE UINT64_C(0x0a000000)
#define WINDOW_BYTES UINT64_C(0x200)
#define WINDOW_INTID 48u

struct device {
    uint64_t base;
    uint32_t intid;
    uint32_t id;
    uint64_t offered;
};
extern struct device devices[WINDOWS];
extern uint32_t device_count;
void devices_find(void);
/* The n-th of this type, or NULL. */
struct device *device_of(uint32_t id, unsigned n);

static inline uint32_t reg_read(const struct device *device, uint32_t offset)
{
    return read32(device->base + offset);
}
/* Takes the time of it (hostile.h, time_stop). */
void reg_write(const struct device *device, uint32_t offset, uint32_t value);

#define STATUS_DRIVER (VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER)
#define STATUS_AGREED (STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK)
#define STATUS_RUNS (STATUS_AGREED | VIRTIO_STATUS_DRIVER_OK)
/* What rules run with: an interrupt for each buffer, as there is no event index. */
#define FEATURES (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_RING_RESET)

void device_reset(const struct device *device);
void features_write(const struct device *device, uint64_t features);
/* Up to FEATURES_OK; what the status reads then. */
uint32_t device_agree(const struct device *device, uint64_t features);
void device_run(const struct device *device);

/* ---- Memory --------------------------------------------------------------------------------------- */

/* Of each slot: descriptors, driver's part, device's part, data: a page each, a canary in front. */
#define MEMORY_SLOTS 8u
#define PAGE_BYTES UINT64_C(4096)

/* Everything is the pattern, and nothing may be written by a device. */
void memory_reset(void);
void put8(uint64_t address, uint8_t value);
void put16(uint64_t address, uint16_t value);
void put32(uint64_t address, uint32_t value);
void put64(uint64_t address, uint64_t value);
static inline uint8_t get8(uint64_t address)
{
    return *(const volatile uint8_t *)(uintptr_t)address;
}
static inline uint16_t get16(uint64_t address)
{
    return *(const volatile uint16_t *)(uintptr_t)address;
}
void put_bytes(uint64_t address, const void *from, uint64_t bytes);
/* A device may write there from now on. */
void memory_allow(uint64_t address, uint64_t bytes);
/* 0, or the first address that has changed and must not have. */
uint64_t memory_changed(void);

/* ---- Queues --------------------------------------------------------------------------------------- */

struct queue {
    const struct device *device;
    uint64_t desc;
    uint64_t driver;
    uint64_t used;
    uint64_t data; /* a page of the slot for what the descriptors point to */
    uint16_t number;
    uint16_t size;
    bool packed;
    /* Split: how many were made available, seen used. Packed: slots, with their wrap counters. */
    uint16_t available;
    uint16_t seen;
    bool available_wrap;
    bool seen_wrap;
    uint16_t slots; /* of the chain that was added last */
};

struct part {
    uint64_t address;
    uint32_t bytes;
    uint16_t flags; /* NEXT is set by queue_add where more follow */
};

/* Places a queue in a slot's memory, empty; the device does not know yet. */
void queue_place(struct queue *queue, const struct device *device, uint16_t number, unsigned slot,
                 uint16_t size, bool packed);
/* Tells the device where it is, and that it is ready. */
void queue_ready(const struct queue *queue);
/* Raw: a descriptor, a slot. flags of a slot are complete. */
void desc_put(const struct queue *queue, unsigned index, const struct part *part, uint16_t next);
void slot_put(const struct queue *queue, unsigned slot, const struct part *part, uint16_t id);
/* Split: head becomes available, index counted on by `by`. */
void avail_put(struct queue *queue, uint16_t head, uint16_t by);
/* AVAIL and USED bits of this lap. */
uint16_t packed_flags(const struct queue *queue);
/* One chain, as it should be, in either layout; no notification. */
void queue_add(struct queue *queue, const struct part *parts, unsigned count);
void queue_notify(const struct queue *queue);
#define QUEUE_ID 5u /* a packed chain's */
/* No interrupt for what is used (2.7.6, 2.8.14): what the device tells then is something else. */
void queue_quiet(const struct queue *queue);
/* Has the next chain come back? Its length. Waits for two seconds at most. */
bool queue_is_used(const struct queue *queue);
bool queue_wait(struct queue *queue, uint32_t *bytes);

#endif /* VIRTIO_DRIVER_H */
