/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's windows, interrupts, and what a device changes by itself: virtio 1.2, 2.1 to 2.3,
 * 2.5, 4.2.2.
 */
#include "virtio/device.h"

#include "virtio/windows.h"

#include <string.h>

/* What every device of ours offers. */
#define TRANSPORT_FEATURES                                                                         \
    (VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | \
     VIRTIO_F_RING_PACKED | VIRTIO_F_NOTIFICATION_DATA | VIRTIO_F_RING_RESET)

/* After this many, only every power of two is logged: the guest decides how many there are. */
#define LOG_FIRST 4u

struct virtio_device *virtio_windows[VIRTIO_WINDOWS];
static uint32_t first_intid;

void virtio_init(uint32_t intid)
{
    first_intid = intid;
    for (unsigned i = 0; i < VIRTIO_WINDOWS; i++) {
        virtio_windows[i] = NULL;
    }
}

void virtio_attach(struct virtio_device *device, unsigned index)
{
    CHECK(index < VIRTIO_WINDOWS && virtio_windows[index] == NULL);
    CHECK(device->queue_size_max <= RING_SIZE_MAX);
    device->offered |= TRANSPORT_FEATURES;
    device->intid = first_intid + index;
    virtio_windows[index] = device;
}

bool virtio_window_used(unsigned index)
{
    return virtio_window(index) != NULL;
}

bool virtio_running(const struct virtio_device *device)
{
    return (__atomic_load_n(&device->status, __ATOMIC_RELAXED) & VIRTIO_STATUS_DRIVER_OK) != 0;
}

/* ---- Interrupts ------------------------------------------------------------------------------- */

/* interrupt_lock is held. A refused call is made again at the next change. */
static void line_update(struct virtio_device *device)
{
    bool level = device->interrupt_status != 0;

    if (level != device->line && vtl_line_set(device->intid, level) == PV_OK) {
        device->line = level;
    }
}

static void interrupt_raise(struct virtio_device *device, uint32_t cause)
{
    vtl_lock(&device->interrupt_lock);
    __atomic_store_n(&device->interrupt_status, device->interrupt_status | cause, __ATOMIC_RELAXED);
    line_update(device);
    vtl_unlock(&device->interrupt_lock);
}

void virtio_interrupt_clear(struct virtio_device *device, uint32_t causes)
{
    vtl_lock(&device->interrupt_lock);
    __atomic_store_n(&device->interrupt_status, device->interrupt_status & ~causes,
                     __ATOMIC_RELAXED);
    line_update(device);
    vtl_unlock(&device->interrupt_lock);
}

/* ---- What a device tells ---------------------------------------------------------------------- */

/* 2.1.2: the driver is told once that the device needs a reset. Out of line, as it is rare. */
__attribute__((noinline)) static void tell_broken(struct virtio_device *device, struct ring *ring)
{
    uint64_t breaks = __atomic_add_fetch(&device->breaks, 1, __ATOMIC_RELAXED);

    ring->broken_told = true;
    if (breaks <= LOG_FIRST || (breaks & (breaks - 1)) == 0) {
        log_info("virtio %s: queue %u stopped: %s", device->model->name,
                 (unsigned)(ring - device->queues), ring->broken);
    }
    (void)__atomic_fetch_or(&device->status, VIRTIO_STATUS_NEEDS_RESET, __ATOMIC_RELAXED);
    if (virtio_running(device)) {
        interrupt_raise(device, VIRTIO_INTERRUPT_CONFIG);
    }
}

void virtio_tell(struct virtio_device *device, struct ring *ring)
{
    if (ring_wants_interrupt(ring)) {
        interrupt_raise(device, VIRTIO_INTERRUPT_USED);
    }
    if (ring->broken != NULL && !ring->broken_told) {
        tell_broken(device, ring);
    }
}

void virtio_config_set(struct virtio_device *device, uint32_t offset, const void *value,
                       size_t bytes)
{
    CHECK(range_contains(0, device->config_bytes, offset, bytes));
    vtl_lock(&device->lock);
    memcpy((char *)device->config + offset, value, bytes);
    device->generation++;
    /* A reset, which takes this lock, has no interrupt from before it. */
    if (virtio_running(device)) {
        interrupt_raise(device, VIRTIO_INTERRUPT_CONFIG);
    }
    vtl_unlock(&device->lock);
}

/* ---- For who inspects ------------------------------------------------------------------------- */

bool virtio_device_info_get(unsigned window, struct virtio_device_info *info)
{
    const struct virtio_device *device = virtio_window(window);

    if (device == NULL) {
        return false;
    }
    *info = (struct virtio_device_info){device->model->name,
                                        __atomic_load_n(&device->status, __ATOMIC_RELAXED),
                                        device->queue_count};
    return true;
}

bool virtio_queue_info_get(unsigned window, unsigned queue, struct virtio_queue_info *info)
{
    const struct virtio_device *device = virtio_window(window);

    if (device == NULL || queue >= device->queue_count) {
        return false;
    }
    const struct ring *ring = &device->queues[queue];
    *info = (struct virtio_queue_info){.size = __atomic_load_n(&ring->size, __ATOMIC_RELAXED),
                                       .live = __atomic_load_n(&ring->live, __ATOMIC_RELAXED),
                                       .broken = __atomic_load_n(&ring->broken, __ATOMIC_RELAXED),
                                       .taken = __atomic_load_n(&ring->taken, __ATOMIC_RELAXED),
                                       .given = __atomic_load_n(&ring->given, __ATOMIC_RELAXED)};
    return true;
}
