/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtio device as the guest sees it (virtio 1.2, 4.2): the transport's registers, and between
 * transport and model.
 *
 * Locks, outer first: device->lock (registers), ring->lock (a queue), what the model has, the
 * interrupt's. A model's notify is called with none held; its reset with device->lock held and all
 * queues stopped; its config_write and start with device->lock held.
 */
#ifndef DEVICES_VIRTIO_DEVICE_H
#define DEVICES_VIRTIO_DEVICE_H

#include "devices/devices.h"
#include "virtio/ring.h"

struct virtio_device;

struct virtio_model {
    const char *name;
    uint32_t id;
    /* The driver says that queue number `queue` has something; any VP, several at a time. */
    void (*notify)(struct virtio_device *device, unsigned queue);
    /* The driver has reset the device, all queues are stopped. May be NULL. */
    void (*reset)(struct virtio_device *device);
    /* DRIVER_OK has been set: queues may be used. May be NULL. */
    void (*start)(struct virtio_device *device);
    /* May these features, all of them offered, go together? May be NULL: any. */
    bool (*accepts)(const struct virtio_device *device, uint64_t features);
    /* 1, 2, 4 or 8 bytes of the device's configuration, inside it. NULL: nothing can be written. */
    void (*config_write)(struct virtio_device *device, uint64_t offset, uint8_t bytes,
                         uint64_t value);
};

struct virtio_device {
    struct vtl_lock lock;
    const struct virtio_model *model;
    void *instance; /* the model's own */
    uint64_t offered;
    void *config; /* bytes of the configuration; changed by virtio_config_set alone */
    uint32_t config_bytes;
    struct ring *queues;
    uint16_t queue_count;
    uint16_t queue_size_max; /* a power of two, RING_SIZE_MAX at most */
    uint32_t intid;          /* SPI of VTL0's GIC */

    /* The driver's. status: atomic, as a queue that breaks sets a bit. */
    uint32_t status;
    uint64_t accepted;
    uint32_t device_features_sel;
    uint32_t driver_features_sel;
    uint32_t queue_sel;
    uint32_t generation;

    struct vtl_lock interrupt_lock;
    uint32_t interrupt_status;
    bool line;       /* as last driven */
    uint64_t breaks; /* queues broken so far, for the log */
};

/*
 * Puts a device into the guest's window `index`; model, instance, offered (device's own bits),
 * config, queues, sizes must be set. The transport's features are added to offered. Boot VP, before
 * VTL0 runs.
 */
void virtio_attach(struct virtio_device *device, unsigned index);

/* Has the driver accepted all of these? Agreed on once FEATURES_OK is set. */
static inline bool virtio_accepted(const struct virtio_device *device, uint64_t features)
{
    return (device->accepted & features) == features;
}

bool virtio_running(const struct virtio_device *device);

/* ring->lock of this queue is held: tells the driver of what was given back, if it wants to know;
 * and of a queue that has broken. */
void virtio_tell(struct virtio_device *device, struct ring *ring);

/* Changes the configuration, raises its generation, tells the driver. device->lock not held. */
void virtio_config_set(struct virtio_device *device, uint32_t offset, const void *value,
                       size_t bytes);

#endif /* DEVICES_VIRTIO_DEVICE_H */
