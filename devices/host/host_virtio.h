/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtio-mmio device of the host's (virtio 1.2, 4.2), driven with distrust: no loop waits for it
 * without a bound, every index, id and length that it gives is checked against what Paravane keeps
 * itself. A device that lies is reset, told of in the log, and dead from then on: its users get
 * errors.
 *
 * A host_virtio and its queues belong to whoever holds the driver's lock; nothing here locks.
 */
#ifndef DEVICES_HOST_VIRTIO_H
#define DEVICES_HOST_VIRTIO_H

#include "virtio/virtio_abi.h"
#include "vtl/vtl.h"

#define HOST_QUEUE_SIZE_MAX 256u

struct host_virtio {
    const char *name;  /* for the log: "disk 0" */
    uint64_t base;     /* registers, mapped; 0: there is no such device */
    uint64_t features; /* accepted */
    const char *dead;  /* why nothing is asked of it any more; NULL: it works */
    bool confirmed;    /* a dead one has been reset, and touches memory no more */
};

/* One piece of a request, in the bounce region. */
struct host_buffer {
    void *base;
    uint32_t bytes;
    bool write; /* by the device */
};

/*
 * A split ring. What is in flight is known from here alone: the ring's memory is the host's to
 * scribble on, and only written, but for the used ring.
 */
struct host_queue {
    struct host_virtio *device;
    uint16_t index;
    uint16_t size; /* a power of two */
    uint16_t free_head;
    uint16_t free_count;
    uint16_t available; /* index of the next entry */
    uint16_t kicked;    /* available, at the last host_queue_kick */
    uint16_t used;      /* index of the next entry to look at */
    uint8_t *desc;      /* three areas in the bounce region */
    uint8_t *driver;
    uint8_t *area;
    uint16_t next[HOST_QUEUE_SIZE_MAX];
    uint16_t
        count[HOST_QUEUE_SIZE_MAX]; /* descriptors of the chain that begins here; 0: none does */
    uint32_t writable[HOST_QUEUE_SIZE_MAX]; /* bytes that its device may write */
};

/* What is at base, without touching more than its identification: VIRTIO_ID_*, 0 for nothing or
 * for a device of another version. base must be mapped. */
uint32_t host_virtio_identify(uint64_t base);

/*
 * Resets the device, accepts what of `wanted` it offers (VERSION_1 is always wanted, and needed),
 * up to FEATURES_OK. PV_UNSUPPORTED or PV_IO, with a line in the log.
 */
PV_MUST_USE enum pv_status host_virtio_open(struct host_virtio *device, uint64_t wanted);
/* Sets up queue `index` with at most `size_max` entries. After open, before start. */
PV_MUST_USE enum pv_status host_queue_open(struct host_virtio *device, struct host_queue *queue,
                                           uint16_t index, uint16_t size_max);
/* DRIVER_OK. */
PV_MUST_USE enum pv_status host_virtio_start(struct host_virtio *device);
/*
 * Reads bytes of the configuration of one generation; bounded tries. A call a field is what 4.2.2.2
 * wants, and only for a field whose feature is accepted (2.5.2).
 */
PV_MUST_USE enum pv_status host_virtio_config(struct host_virtio *device, uint32_t offset, void *to,
                                              size_t bytes);
/* Acknowledges the interrupt; VIRTIO_INTERRUPT_* bits that it had. Marks the device dead if it asks
 * for a reset. */
uint32_t host_virtio_interrupt(struct host_virtio *device);
/* Resets it for good, says why in the log. */
void host_virtio_kill(struct host_virtio *device, const char *reason);

/* Puts a request into the ring, where the device may find it at once; *id tells it from others in
 * flight. False: no room, or dead. */
bool host_queue_add(struct host_queue *queue, const struct host_buffer *buffers, unsigned count,
                    uint16_t *id);
/* Notifies of what was added since the last call, if the host wants it (EVENT_IDX where accepted). */
void host_queue_kick(struct host_queue *queue);
/*
 * Takes one request that the device is done with: its id, and how many bytes it says it has
 * written, at most what it could. False: none, or the device is dead (now). At most `size` in a row
 * can be true before host_queue_add is called again.
 */
bool host_queue_take(struct host_queue *queue, uint16_t *id, uint32_t *written);
/* Is there one to take, as far as the host can be believed? */
bool host_queue_has(const struct host_queue *queue);
/* Asks for an interrupt at the next one. True: there is one already, as far as the host can be
 * believed: who then takes in vain does not ask again before the next interrupt. */
bool host_queue_rearm(struct host_queue *queue);

/*
 * host_queue_take, and once more after the host was asked for an interrupt at the next one: false says
 * that it was asked, and that nothing was there. An index that comes and goes is looked at twice, no
 * more: in a loop it would hold the VP.
 */
static inline bool host_queue_next(struct host_queue *queue, uint16_t *id, uint32_t *written)
{
    return host_queue_take(queue, id, written) ||
           (host_queue_rearm(queue) && host_queue_take(queue, id, written));
}

#endif /* DEVICES_HOST_VIRTIO_H */
