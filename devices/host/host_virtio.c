/* SPDX-License-Identifier: BSD-3-Clause */
/* The transport of a host device: host_virtio.h. Source: virtio 1.2, 3.1.1, 4.2. */
#include "host/host_virtio.h"

#include "vtl/untrusted.h"

#include <string.h>

/* Reads of a register that the device changes by itself. QEMU's changes at once. */
#define WAIT_READS 100000u
#define CONFIG_TRIES 16u

static uint32_t get(const struct host_virtio *device, uint32_t offset)
{
    return mmio_read32(device->base + offset);
}

static void set(const struct host_virtio *device, uint32_t offset, uint32_t value)
{
    mmio_write32(device->base + offset, value);
}

uint32_t host_virtio_identify(uint64_t base)
{
    if (mmio_read32(base + VIRTIO_MMIO_MAGIC) != VIRTIO_MMIO_MAGIC_VALUE ||
        mmio_read32(base + VIRTIO_MMIO_VERSION) != VIRTIO_MMIO_VERSION_VALUE) {
        return 0;
    }
    return mmio_read32(base + VIRTIO_MMIO_DEVICE_ID);
}

/* 4.2.3.1: the reset is over when the status reads 0. */
static bool reset(const struct host_virtio *device)
{
    set(device, VIRTIO_MMIO_STATUS, 0);
    for (uint32_t i = 0; i < WAIT_READS; i++) {
        if (get(device, VIRTIO_MMIO_STATUS) == 0) {
            return true;
        }
        vtl_relax();
    }
    return false;
}

static enum pv_status refuse(struct host_virtio *device, enum pv_status status, const char *reason)
{
    /* No bit is cleared but by a reset (2.1.1). */
    set(device, VIRTIO_MMIO_STATUS, get(device, VIRTIO_MMIO_STATUS) | VIRTIO_STATUS_FAILED);
    device->dead = reason;
    log_error("host %s: %s", device->name, reason);
    return status;
}

static uint64_t features_offered(const struct host_virtio *device)
{
    uint64_t features = 0;

    for (uint32_t i = 0; i < 2; i++) {
        set(device, VIRTIO_MMIO_DEVICE_FEATURES_SEL, i);
        features |= (uint64_t)get(device, VIRTIO_MMIO_DEVICE_FEATURES) << (32 * i);
    }
    return features;
}

enum pv_status host_virtio_open(struct host_virtio *device, uint64_t wanted)
{
    device->dead = NULL;
    device->confirmed = true;
    if (!reset(device)) {
        return refuse(device, PV_IO, "does not reset");
    }
    set(device, VIRTIO_MMIO_STATUS, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
    device->features = features_offered(device) & (wanted | VIRTIO_F_VERSION_1);
    if ((device->features & VIRTIO_F_VERSION_1) == 0) {
        return refuse(device, PV_UNSUPPORTED, "is older than virtio 1");
    }
    for (uint32_t i = 0; i < 2; i++) {
        set(device, VIRTIO_MMIO_DRIVER_FEATURES_SEL, i);
        set(device, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(device->features >> (32 * i)));
    }
    set(device, VIRTIO_MMIO_STATUS,
        VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK);
    if ((get(device, VIRTIO_MMIO_STATUS) & VIRTIO_STATUS_FEATURES_OK) == 0) {
        return refuse(device, PV_UNSUPPORTED, "does not agree to its own features");
    }
    return PV_OK;
}
PV_UNTRUSTED(host_virtio_open, host, "fuzz_host_blk");

enum pv_status host_virtio_start(struct host_virtio *device)
{
    set(device, VIRTIO_MMIO_STATUS,
        VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK |
            VIRTIO_STATUS_DRIVER_OK);
    if ((get(device, VIRTIO_MMIO_STATUS) & VIRTIO_STATUS_NEEDS_RESET) != 0) {
        return refuse(device, PV_IO, "does not start");
    }
    return PV_OK;
}

/* The widest aligned accesses: a field in one of its own width, 64 bits in two (4.2.2.2). */
static void config_read(const struct host_virtio *device, uint32_t offset, uint8_t *to,
                        size_t bytes)
{
    uint64_t from = device->base + VIRTIO_MMIO_CONFIG + offset;

    for (size_t done = 0, width; done < bytes; done += width) {
        uint64_t at = from + done;
        uint32_t value;

        if ((at & 3) == 0 && bytes - done >= 4) {
            width = 4;
            value = mmio_read32(at);
        } else if ((at & 1) == 0 && bytes - done >= 2) {
            width = 2;
            value = mmio_read16(at);
        } else {
            width = 1;
            value = mmio_read8(at);
        }
        memcpy(to + done, &value, width);
    }
}

enum pv_status host_virtio_config(struct host_virtio *device, uint32_t offset, void *to,
                                  size_t bytes)
{
    for (unsigned i = 0; i < CONFIG_TRIES; i++) {
        uint32_t generation = get(device, VIRTIO_MMIO_CONFIG_GENERATION);

        config_read(device, offset, to, bytes);
        if (get(device, VIRTIO_MMIO_CONFIG_GENERATION) == generation) {
            return PV_OK;
        }
    }
    memset(to, 0, bytes);
    return PV_IO;
}

void host_virtio_kill(struct host_virtio *device, const char *reason)
{
    if (device->dead != NULL) {
        return;
    }
    device->dead = reason;
    device->confirmed = reset(device);
    log_error("host %s: stopped: %s%s", device->name, reason,
              device->confirmed ? "" : "; and it does not reset");
}

uint32_t host_virtio_interrupt(struct host_virtio *device)
{
    uint32_t causes;

    if (device->dead != NULL) {
        return 0;
    }
    causes = get(device, VIRTIO_MMIO_INTERRUPT_STATUS) &
             (VIRTIO_INTERRUPT_USED | VIRTIO_INTERRUPT_CONFIG);
    if (causes != 0) {
        set(device, VIRTIO_MMIO_INTERRUPT_ACK, causes);
    }
    if ((causes & VIRTIO_INTERRUPT_CONFIG) != 0 &&
        (get(device, VIRTIO_MMIO_STATUS) & VIRTIO_STATUS_NEEDS_RESET) != 0) {
        host_virtio_kill(device, "asks for a reset");
    }
    return causes;
}
PV_UNTRUSTED(host_virtio_interrupt, host, "fuzz_host_blk");
