/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers of a virtio device: virtio 1.2, 4.2.2. What a driver must not do has no effect,
 * except that a queue which can't be started breaks its device (2.1.2).
 */
#include "virtio/windows.h"
#include "vtl/untrusted.h"

#include <stddef.h>
#include <string.h>

#define VENDOR_ID 0x45565650u /* "PVVE" */
#define REGISTERS (VIRTIO_MMIO_CONFIG / 4)
#define QUEUE_INDEX_MASK 0xffffu

/* What a driver sets in the status register by itself (2.1). */
#define STATUS_DRIVERS                                                            \
    (VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_DRIVER_OK | \
     VIRTIO_STATUS_FEATURES_OK | VIRTIO_STATUS_FAILED)

static uint32_t status_of(const struct virtio_device *device)
{
    return __atomic_load_n(&device->status, __ATOMIC_RELAXED);
}

static struct ring *selected(struct virtio_device *device)
{
    return device->queue_sel < device->queue_count ? &device->queues[device->queue_sel] : NULL;
}

/* ---- Reset and status, device->lock is held --------------------------------------------------- */

static void queues_reset(struct virtio_device *device)
{
    for (unsigned i = 0; i < device->queue_count; i++) {
        struct ring *ring = &device->queues[i];

        vtl_lock(&ring->lock);
        ring_stop(ring);
        ring->size = device->queue_size_max;
        ring->desc = 0;
        ring->driver = 0;
        ring->device = 0;
        vtl_unlock(&ring->lock);
    }
}

/* 2.1: the status is 0 once nothing of the guest's is touched any more. */
static void device_reset(struct virtio_device *device)
{
    /* No queue starts meanwhile: that takes device->lock. */
    (void)__atomic_and_fetch(&device->status, ~VIRTIO_STATUS_DRIVER_OK, __ATOMIC_RELAXED);
    queues_reset(device);
    device->accepted = 0;
    device->device_features_sel = 0;
    device->driver_features_sel = 0;
    device->queue_sel = 0;
    if (device->model->reset != NULL) {
        device->model->reset(device);
    }
    virtio_interrupt_clear(device, UINT32_MAX);
    __atomic_store_n(&device->status, 0, __ATOMIC_RELEASE);
}

/* 2.2.2, 3.1.1: a set of features that can't work is not agreed to. */
static bool features_good(const struct virtio_device *device)
{
    uint64_t features = device->accepted;

    return (features & ~device->offered) == 0 && (features & VIRTIO_F_VERSION_1) != 0 &&
           (device->model->accepts == NULL || device->model->accepts(device, features));
}

static void status_write(struct virtio_device *device, uint32_t value)
{
    uint32_t old = status_of(device);
    uint32_t set = value & STATUS_DRIVERS & ~old;

    if (value == 0) {
        device_reset(device);
        return;
    }
    /* 3.1.1: features before DRIVER_OK. */
    if ((set & VIRTIO_STATUS_FEATURES_OK) != 0 && !features_good(device)) {
        set &= ~VIRTIO_STATUS_FEATURES_OK;
    }
    if (((old | set) & VIRTIO_STATUS_FEATURES_OK) == 0) {
        set &= ~VIRTIO_STATUS_DRIVER_OK;
    }
    /* 2.1.1: a driver does not clear bits. */
    (void)__atomic_or_fetch(&device->status, set, __ATOMIC_RELEASE);
    if ((set & VIRTIO_STATUS_DRIVER_OK) != 0 && device->model->start != NULL) {
        device->model->start(device);
    }
}

/* ---- Queues, device->lock is held ------------------------------------------------------------- */

/* A queue's place or size: nothing changes while it is live, or broken and not reset. */
static void queue_set(struct virtio_device *device, size_t field, uint32_t value, unsigned shift)
{
    struct ring *ring = selected(device);

    if (ring == NULL) {
        return;
    }
    vtl_lock(&ring->lock);
    if (!ring->live && ring->broken == NULL) {
        uint64_t *place = (uint64_t *)(void *)((char *)ring + field);

        *place = (*place & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value << shift;
    }
    vtl_unlock(&ring->lock);
}

static void queue_size_set(struct virtio_device *device, uint32_t value)
{
    struct ring *ring = selected(device);

    if (ring == NULL) {
        return;
    }
    vtl_lock(&ring->lock);
    /* 4.2.2.2: not above QueueNumMax; 0 makes a queue that does not start. */
    if (!ring->live && ring->broken == NULL) {
        ring->size = value <= device->queue_size_max ? (uint16_t)value : 0;
    }
    vtl_unlock(&ring->lock);
}

static void queue_start(struct virtio_device *device, struct ring *ring)
{
    if (ring->live || ring->broken != NULL ||
        (status_of(device) & VIRTIO_STATUS_FEATURES_OK) == 0) {
        return;
    }
    ring->packed = virtio_accepted(device, VIRTIO_F_RING_PACKED);
    ring->event_index = virtio_accepted(device, VIRTIO_F_EVENT_IDX);
    ring->indirect = virtio_accepted(device, VIRTIO_F_INDIRECT_DESC);
    const char *rule = ring_start(ring);
    if (rule != NULL) {
        ring_break(ring, rule);
        virtio_tell(device, ring);
    }
}

static void queue_ready_write(struct virtio_device *device, uint32_t value)
{
    struct ring *ring = selected(device);

    if (ring == NULL) {
        return;
    }
    vtl_lock(&ring->lock);
    if (value == 1) {
        queue_start(device, ring);
    } else if (value == 0 && ring->broken == NULL) {
        ring_stop(ring);
    }
    vtl_unlock(&ring->lock);
}

/* 2.6.1: done when the write is; then the queue can be set up anew, a broken one too. */
static void queue_reset_write(struct virtio_device *device, uint32_t value)
{
    struct ring *ring = selected(device);

    if (ring == NULL || value != 1 || !virtio_accepted(device, VIRTIO_F_RING_RESET)) {
        return;
    }
    vtl_lock(&ring->lock);
    ring_stop(ring);
    vtl_unlock(&ring->lock);
}

/* ---- Registers: read and write functions, device->lock is held -------------------------------- */

#define CONSTANT(name, value)                                 \
    static uint32_t read_##name(struct virtio_device *device) \
    {                                                         \
        (void)device;                                         \
        return value;                                         \
    }
CONSTANT(magic, VIRTIO_MMIO_MAGIC_VALUE)
CONSTANT(version, VIRTIO_MMIO_VERSION_VALUE)
CONSTANT(vendor_id, VENDOR_ID)
/* 4.2.2.1: a region that does not exist has length and base -1. */
CONSTANT(no_region, UINT32_MAX)

static uint32_t read_device_id(struct virtio_device *device)
{
    return device->model->id;
}

static uint32_t read_features(struct virtio_device *device)
{
    return device->device_features_sel < 2
               ? (uint32_t)(device->offered >> (32u * device->device_features_sel))
               : 0;
}

static void write_device_features_sel(struct virtio_device *device, uint32_t value)
{
    device->device_features_sel = value;
}

static void write_driver_features_sel(struct virtio_device *device, uint32_t value)
{
    device->driver_features_sel = value;
}

/* 3.1.1: not after FEATURES_OK. Bits above 63 are none of ours. */
static void write_features(struct virtio_device *device, uint32_t value)
{
    unsigned shift = 32u * (device->driver_features_sel & 1u);

    if ((status_of(device) & VIRTIO_STATUS_FEATURES_OK) != 0 || device->driver_features_sel > 1) {
        return;
    }
    device->accepted = (device->accepted & ~((uint64_t)UINT32_MAX << shift)) | (uint64_t)value
                                                                                   << shift;
}

static void write_queue_sel(struct virtio_device *device, uint32_t value)
{
    device->queue_sel = value;
}

static uint32_t read_queue_num_max(struct virtio_device *device)
{
    return selected(device) != NULL ? device->queue_size_max : 0;
}

static uint32_t read_queue_ready(struct virtio_device *device)
{
    const struct ring *ring = selected(device);

    return ring != NULL && __atomic_load_n(&ring->live, __ATOMIC_RELAXED) ? 1 : 0;
}

static uint32_t read_status(struct virtio_device *device)
{
    return status_of(device);
}

/* The two halves of where a part of the selected queue is. */
#define PLACE(part)                                                               \
    static void write_##part##_low(struct virtio_device *device, uint32_t value)  \
    {                                                                             \
        queue_set(device, offsetof(struct ring, part), value, 0);                 \
    }                                                                             \
    static void write_##part##_high(struct virtio_device *device, uint32_t value) \
    {                                                                             \
        queue_set(device, offsetof(struct ring, part), value, 32);                \
    }
PLACE(desc)
PLACE(driver)
PLACE(device)

static uint32_t read_generation(struct virtio_device *device)
{
    return device->generation;
}

/* By word. What is not here reads as zero and ignores writes, as does the wrong direction. */
static const struct {
    uint32_t (*read)(struct virtio_device *device);
    void (*write)(struct virtio_device *device, uint32_t value);
} registers[REGISTERS] = {
    [VIRTIO_MMIO_MAGIC / 4] = {read_magic, NULL},
    [VIRTIO_MMIO_VERSION / 4] = {read_version, NULL},
    [VIRTIO_MMIO_DEVICE_ID / 4] = {read_device_id, NULL},
    [VIRTIO_MMIO_VENDOR_ID / 4] = {read_vendor_id, NULL},
    [VIRTIO_MMIO_DEVICE_FEATURES / 4] = {read_features, NULL},
    [VIRTIO_MMIO_DEVICE_FEATURES_SEL / 4] = {NULL, write_device_features_sel},
    [VIRTIO_MMIO_DRIVER_FEATURES / 4] = {NULL, write_features},
    [VIRTIO_MMIO_DRIVER_FEATURES_SEL / 4] = {NULL, write_driver_features_sel},
    [VIRTIO_MMIO_QUEUE_SEL / 4] = {NULL, write_queue_sel},
    [VIRTIO_MMIO_QUEUE_NUM_MAX / 4] = {read_queue_num_max, NULL},
    [VIRTIO_MMIO_QUEUE_NUM / 4] = {NULL, queue_size_set},
    [VIRTIO_MMIO_QUEUE_READY / 4] = {read_queue_ready, queue_ready_write},
    [VIRTIO_MMIO_STATUS / 4] = {read_status, status_write},
    [VIRTIO_MMIO_QUEUE_DESC_LOW / 4] = {NULL, write_desc_low},
    [VIRTIO_MMIO_QUEUE_DESC_HIGH / 4] = {NULL, write_desc_high},
    [VIRTIO_MMIO_QUEUE_DRIVER_LOW / 4] = {NULL, write_driver_low},
    [VIRTIO_MMIO_QUEUE_DRIVER_HIGH / 4] = {NULL, write_driver_high},
    [VIRTIO_MMIO_QUEUE_DEVICE_LOW / 4] = {NULL, write_device_low},
    [VIRTIO_MMIO_QUEUE_DEVICE_HIGH / 4] = {NULL, write_device_high},
    [VIRTIO_MMIO_SHM_LEN_LOW / 4] = {read_no_region, NULL},
    [VIRTIO_MMIO_SHM_LEN_HIGH / 4] = {read_no_region, NULL},
    [VIRTIO_MMIO_SHM_BASE_LOW / 4] = {read_no_region, NULL},
    [VIRTIO_MMIO_SHM_BASE_HIGH / 4] = {read_no_region, NULL},
    [VIRTIO_MMIO_QUEUE_RESET / 4] = {NULL, queue_reset_write},
    [VIRTIO_MMIO_CONFIG_GENERATION / 4] = {read_generation, NULL},
};

static void register_access(struct virtio_device *device, uint32_t offset,
                            struct mmio_access *access)
{
    uint32_t index = offset / 4;

    vtl_lock(&device->lock);
    if (!access->write) {
        access->value = registers[index].read != NULL ? registers[index].read(device) : 0;
    } else if (registers[index].write != NULL) {
        registers[index].write(device, (uint32_t)access->value);
    }
    vtl_unlock(&device->lock);
}

/* 2.5: past its end there is nothing. */
static void config_access(struct virtio_device *device, uint32_t offset, struct mmio_access *access)
{
    if (!range_contains(0, device->config_bytes, offset, access->bytes)) {
        return;
    }
    vtl_lock(&device->lock);
    if (!access->write) {
        memcpy(&access->value, (const char *)device->config + offset, access->bytes);
    } else if (device->model->config_write != NULL) {
        device->model->config_write(device, offset, access->bytes, access->value);
    }
    vtl_unlock(&device->lock);
}

/* 4.2.2.1: an empty window has device id 0, and no more than the first registers. */
static uint32_t empty_read(uint32_t offset)
{
    if (offset == VIRTIO_MMIO_MAGIC) {
        return VIRTIO_MMIO_MAGIC_VALUE;
    }
    return offset == VIRTIO_MMIO_VERSION ? VIRTIO_MMIO_VERSION_VALUE : 0;
}

static inline void notify(struct virtio_device *device, struct mmio_access *access)
{
    /* 4.2.2.3, 2.9: with notification data the upper half says how far the driver is. The ring says
     * it too, and is looked at anyhow; without, the upper half of an index is zero. */
    uint32_t queue = (uint32_t)access->value & QUEUE_INDEX_MASK;

    if (queue < device->queue_count && (status_of(device) & VIRTIO_STATUS_DRIVER_OK) != 0 &&
        !ring_is_idle(&device->queues[queue], &access->value)) {
        device->model->notify(device, queue);
    }
}

/* All that is not on the way of each request: out of line, so that the way has nothing to keep. */
__attribute__((noinline)) static bool other_access(struct virtio_device *device, uint32_t offset,
                                                   struct mmio_access *access)
{
    if (!access->write) {
        access->value = 0;
    }
    if (offset >= VIRTIO_MMIO_CONFIG) {
        if (device != NULL) {
            config_access(device, offset - VIRTIO_MMIO_CONFIG, access);
        }
        return true;
    }
    /* 4.2.2.2: registers are accessed by words; the bus has seen to the alignment. */
    if (access->bytes != 4) {
        return false;
    }
    if (device != NULL) {
        register_access(device, offset, access);
    } else if (!access->write) {
        access->value = empty_read(offset);
    }
    return true;
}

bool virtio_mmio(void *unused, struct mmio_access *access)
{
    uint32_t offset = (uint32_t)access->offset % VIRTIO_WINDOW_BYTES;
    struct virtio_device *device = virtio_window((uint32_t)access->offset / VIRTIO_WINDOW_BYTES);

    (void)unused;
    if (device == NULL || access->bytes != 4) {
        return other_access(device, offset, access);
    }
    /* The three that are used once a request take no lock of the device's. */
    if (offset == VIRTIO_MMIO_QUEUE_NOTIFY && access->write) {
        notify(device, access);
    } else if (offset == VIRTIO_MMIO_INTERRUPT_STATUS && !access->write) {
        access->value = __atomic_load_n(&device->interrupt_status, __ATOMIC_RELAXED);
    } else if (offset == VIRTIO_MMIO_INTERRUPT_ACK && access->write) {
        virtio_interrupt_clear(device, (uint32_t)access->value);
    } else {
        return other_access(device, offset, access);
    }
    return true;
}
PV_UNTRUSTED(virtio_mmio, guest, "fuzz_virtio_mmio");
