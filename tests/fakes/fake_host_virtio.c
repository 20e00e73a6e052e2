/* SPDX-License-Identifier: BSD-3-Clause */
/* fake_host_virtio.h: registers. Section numbers: virtio 1.2. */
#include "fake_host_virtio.h"

#include "fake_host_ring.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES 4096u
#define SEL_NONE UINT32_MAX

struct fake_host fake_host[FAKE_HOST_DEVICES];

static uint8_t pages[FAKE_HOST_PAGES][PAGE_BYTES] __attribute__((aligned(4096)));
static size_t pages_given;
static size_t pages_all;

void fake_host_require(bool condition, const char *rule)
{
    if (!condition) {
        (void)fprintf(stderr, "fake_host_virtio: the driver breaks %s\n", rule);
        abort();
    }
}

#define require fake_host_require

/* ---- Memory that the host sees ----------------------------------------------------------------- */

void *vtl_page_alloc(size_t count)
{
    void *first = pages[pages_given];

    if (count == 0 || count > pages_all - pages_given) {
        return NULL;
    }
    memset(first, 0, count * PAGE_BYTES);
    pages_given += count;
    return first;
}

void fake_host_pages(size_t count)
{
    pages_all = count;
}

uint8_t *fake_host_memory(uint64_t address, uint64_t bytes, const char *rule)
{
    require(range_contains((uintptr_t)pages, (uint64_t)pages_given * PAGE_BYTES, address, bytes),
            rule);
    return (uint8_t *)(uintptr_t)address;
}

/* ---- Devices ----------------------------------------------------------------------------------- */

uint64_t fake_host_base(unsigned device)
{
    return FAKE_HOST_BASE + device * FAKE_HOST_STEP;
}

static struct fake_host *find(uint64_t address, uint32_t *offset)
{
    require(range_contains(FAKE_HOST_BASE, FAKE_HOST_DEVICES * FAKE_HOST_STEP, address, 1),
            "the windows: there is nothing");
    *offset = (uint32_t)((address - FAKE_HOST_BASE) % FAKE_HOST_STEP);
    return &fake_host[(address - FAKE_HOST_BASE) / FAKE_HOST_STEP];
}

void fake_host_plug(unsigned device, uint32_t id, unsigned queues, uint32_t size_max)
{
    struct fake_host *host = &fake_host[device];

    memset(host, 0, sizeof(*host));
    host->magic = 0x74726976;
    host->version = 2;
    host->id = id;
    host->offered = VIRTIO_F_VERSION_1;
    host->device_features_sel = SEL_NONE;
    host->driver_features_sel = SEL_NONE;
    host->queue_sel = SEL_NONE;
    for (unsigned i = 0; i < queues; i++) {
        host->queues[i].size_max = size_max;
    }
}

void fake_host_field(unsigned device, uint32_t offset, unsigned bytes, uint64_t value)
{
    struct fake_host *host = &fake_host[device];

    for (unsigned i = 0; i < bytes; i++) {
        host->config[offset + i] = (uint8_t)(value >> (8 * i));
        host->config_width[offset + i] = (uint8_t)bytes;
    }
    if (host->config_bytes < offset + bytes) {
        host->config_bytes = offset + bytes;
    }
}

void fake_host_raise(unsigned device, uint32_t interrupts)
{
    fake_host[device].interrupt_status |= interrupts;
}

/* 2.1.2: and a configuration interrupt after DRIVER_OK. */
void fake_host_needs_reset(unsigned device)
{
    fake_host[device].status |= VIRTIO_STATUS_NEEDS_RESET;
    fake_host_raise(device, VIRTIO_INTERRUPT_CONFIG);
}

/* 2.4: after a reset nothing is as it was. What it is and how it lies stays. */
static void reset_end(struct fake_host *host)
{
    host->resetting = false;
    host->status = 0;
    host->accepted = 0;
    host->device_features_sel = SEL_NONE;
    host->driver_features_sel = SEL_NONE;
    host->queue_sel = SEL_NONE;
    host->interrupt_status = 0;
    for (unsigned i = 0; i < FAKE_HOST_QUEUES; i++) {
        host->queues[i] = (struct fake_host_queue){.size_max = host->queues[i].size_max,
                                                   .notifications = host->queues[i].notifications};
    }
}

/* Until it has ended, which the status tells (4.2.3.1), the device goes on as it was. */
static void reset_step(struct fake_host *host)
{
    if (host->resetting && !host->resets_never && host->reset_reads >= host->resets_late) {
        reset_end(host);
    }
}

/* ---- Reads ------------------------------------------------------------------------------------- */

static uint32_t status_read(struct fake_host *host)
{
    host->reset_reads++;
    reset_step(host);
    return host->status;
}

/* The queue that is selected: any may be, 4.2.2. */
static struct fake_host_queue *selected(struct fake_host *host)
{
    static struct fake_host_queue none;

    require(host->queue_sel != SEL_NONE, "4.2.3.2: no queue is selected");
    none = (struct fake_host_queue){0};
    return host->queue_sel < FAKE_HOST_QUEUES ? &host->queues[host->queue_sel] : &none;
}

static uint32_t config_read(struct fake_host *host, uint32_t offset, unsigned bytes)
{
    uint32_t value = 0;
    unsigned width = host->config_bytes != 0 ? host->config_width[offset] : 0;
    bool fields = false;

    for (unsigned i = 0; i < host->config_bytes; i++) {
        fields = fields || host->config_width[i] != 0;
    }
    require(offset % bytes == 0 && offset + bytes <= FAKE_HOST_CONFIG_BYTES, "4.2.2.2: alignment");
    require((host->status & VIRTIO_STATUS_FEATURES_OK) != 0, "3.1.1: configuration too soon");
    require(!fields || width != 0, "2.5.2: a field that is not there");
    require(!fields || bytes == (width == 8 ? 4 : width), "4.2.2.2: a field's width");
    memcpy(&value, &host->config[offset], bytes);
    host->generation += host->generation_moves;
    return value;
}

static uint32_t register_read(struct fake_host *host, uint32_t offset)
{
    switch (offset) {
    case VIRTIO_MMIO_MAGIC:
        return host->magic;
    case VIRTIO_MMIO_VERSION:
        return host->version;
    case VIRTIO_MMIO_DEVICE_ID:
        return host->id;
    case VIRTIO_MMIO_VENDOR_ID:
        return 0x554d4551;
    case VIRTIO_MMIO_DEVICE_FEATURES:
        require(host->device_features_sel != SEL_NONE, "4.2.2.2: DeviceFeaturesSel first");
        return host->device_features_sel < 2
                   ? (uint32_t)(host->offered >> (32 * host->device_features_sel))
                   : 0;
    case VIRTIO_MMIO_QUEUE_NUM_MAX:
        return selected(host)->size_max;
    case VIRTIO_MMIO_QUEUE_READY:
        return host->ready_before ? 1 : selected(host)->ready;
    case VIRTIO_MMIO_INTERRUPT_STATUS:
        return host->interrupt_status;
    case VIRTIO_MMIO_STATUS:
        return status_read(host);
    case VIRTIO_MMIO_CONFIG_GENERATION:
        return host->generation;
    default:
        require(false, "4.2.2.2: reads what can't be read");
        return 0;
    }
}

static uint32_t read32(uint64_t address)
{
    uint32_t offset;
    struct fake_host *host = find(address, &offset);

    host->accesses++;
    require(host->id != 0 || offset <= VIRTIO_MMIO_DEVICE_ID, "4.2.2.2: there is no device");
    return offset >= VIRTIO_MMIO_CONFIG ? config_read(host, offset - VIRTIO_MMIO_CONFIG, 4)
                                        : register_read(host, offset);
}

static uint32_t read_narrow(uint64_t address, unsigned bytes)
{
    uint32_t offset;
    struct fake_host *host = find(address, &offset);

    host->accesses++;
    require(offset >= VIRTIO_MMIO_CONFIG, "4.2.2.2: a control register's width");
    return config_read(host, offset - VIRTIO_MMIO_CONFIG, bytes);
}

/* ---- Writes ------------------------------------------------------------------------------------ */

static void status_write(struct fake_host *host, uint32_t value)
{
    if (value == 0) {
        host->resets++;
        host->resetting = true;
        host->reset_reads = 0;
        reset_step(host);
        return;
    }
    require(!host->resetting || (value & VIRTIO_STATUS_FAILED) != 0,
            "4.2.3.1: goes on before the reset is over");
    require((host->status & ~value & ~VIRTIO_STATUS_NEEDS_RESET) == 0,
            "2.1.1: clears a status bit");
    if ((value & ~host->status & VIRTIO_STATUS_FEATURES_OK) != 0 &&
        (host->refuses_features || (host->accepted & ~host->offered) != 0)) {
        value &= ~VIRTIO_STATUS_FEATURES_OK;
    }
    require((value & VIRTIO_STATUS_DRIVER_OK) == 0 || (value & VIRTIO_STATUS_FEATURES_OK) != 0,
            "3.1.1: DRIVER_OK without FEATURES_OK");
    host->status = value | (host->status & VIRTIO_STATUS_NEEDS_RESET);
    if (host->starts_never && (value & VIRTIO_STATUS_DRIVER_OK) != 0) {
        host->status |= VIRTIO_STATUS_NEEDS_RESET;
    }
}

static void features_write(struct fake_host *host, uint32_t value)
{
    uint32_t sel = host->driver_features_sel;
    uint64_t all = (uint64_t)value << (32 * (sel & 1));

    require(sel != SEL_NONE, "4.2.2.2: DriverFeaturesSel first");
    require((host->status & VIRTIO_STATUS_FEATURES_OK) == 0, "2.2.1: features after FEATURES_OK");
    require(sel < 2 || value == 0, "2.2.1: a feature that was not offered");
    require((all & ~host->offered) == 0, "2.2.1: a feature that was not offered");
    if (sel < 2) {
        host->accepted = (host->accepted & ~(UINT64_C(0xffffffff) << (32 * sel))) | all;
    }
}

static void ready_write(const struct fake_host *host, struct fake_host_queue *queue, uint32_t value)
{
    queue->ready = value;
    if (value == 0) {
        return;
    }
    require(value == 1 && queue->size != 0, "4.2.3.2: a queue without its size");
    require((host->status & VIRTIO_STATUS_FEATURES_OK) != 0, "3.1.1: a queue before FEATURES_OK");
    fake_host_ring_check(queue);
}

static void queue_write(struct fake_host *host, uint32_t offset, uint32_t value)
{
    struct fake_host_queue *queue = selected(host);
    uint64_t *places[] = {&queue->desc, &queue->driver, &queue->device};

    if (offset == VIRTIO_MMIO_QUEUE_READY) {
        ready_write(host, queue, value);
        return;
    }
    require(queue->ready == 0, "4.2.2.2: changes a queue that is ready");
    if (offset == VIRTIO_MMIO_QUEUE_NUM) {
        require(value != 0 && value <= queue->size_max && (value & (value - 1)) == 0,
                "4.2.2.2, 2.7: QueueNum");
        queue->size = value;
        return;
    }
    uint64_t *place = places[(offset - VIRTIO_MMIO_QUEUE_DESC_LOW) / 16];
    *place = offset % 8 == 0 ? (*place & ~UINT64_C(0xffffffff)) | value
                             : (*place & UINT64_C(0xffffffff)) | (uint64_t)value << 32;
}

static void notify(struct fake_host *host, uint32_t queue)
{
    require((host->status & VIRTIO_STATUS_DRIVER_OK) != 0, "3.1.1: notifies before DRIVER_OK");
    require(queue < FAKE_HOST_QUEUES && host->queues[queue].ready == 1,
            "4.2.3.3: notifies a queue that is not ready");
    host->queues[queue].notifications++;
    if (host->notified != NULL) {
        host->notified((unsigned)(host - fake_host), queue);
    }
}

static void register_write(struct fake_host *host, uint32_t offset, uint32_t value)
{
    switch (offset) {
    case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
        host->device_features_sel = value;
        break;
    case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
        host->driver_features_sel = value;
        break;
    case VIRTIO_MMIO_DRIVER_FEATURES:
        features_write(host, value);
        break;
    case VIRTIO_MMIO_QUEUE_SEL:
        host->queue_sel = value;
        break;
    case VIRTIO_MMIO_QUEUE_NOTIFY:
        notify(host, value);
        break;
    case VIRTIO_MMIO_INTERRUPT_ACK:
        require((value & ~3u) == 0, "4.2.2.2: acknowledges what is undefined");
        host->interrupt_status &= ~value;
        break;
    case VIRTIO_MMIO_STATUS:
        status_write(host, value);
        break;
    case VIRTIO_MMIO_QUEUE_NUM:
    case VIRTIO_MMIO_QUEUE_READY:
    case VIRTIO_MMIO_QUEUE_DESC_LOW:
    case VIRTIO_MMIO_QUEUE_DESC_HIGH:
    case VIRTIO_MMIO_QUEUE_DRIVER_LOW:
    case VIRTIO_MMIO_QUEUE_DRIVER_HIGH:
    case VIRTIO_MMIO_QUEUE_DEVICE_LOW:
    case VIRTIO_MMIO_QUEUE_DEVICE_HIGH:
        queue_write(host, offset, value);
        break;
    default:
        require(false, "4.2.2.2: writes what can't be written");
    }
}

static void write32(uint64_t address, uint32_t value)
{
    uint32_t offset;
    struct fake_host *host = find(address, &offset);

    host->accesses++;
    require(host->id != 0, "4.2.2.2: there is no device");
    register_write(host, offset, value);
}

void fake_host_reset(void)
{
    memset(fake_host, 0, sizeof(fake_host));
    for (unsigned i = 0; i < FAKE_HOST_DEVICES; i++) {
        fake_host[i].magic = 0x74726976;
        fake_host[i].version = 2;
    }
    memset(pages, 0xee, sizeof(pages));
    pages_given = 0;
    pages_all = FAKE_HOST_PAGES;
    fake.mmio_read = read32;
    fake.mmio_write = write32;
    fake.mmio_read_narrow = read_narrow;
}
