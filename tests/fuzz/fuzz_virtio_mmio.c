/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A driver that accesses the registers of a device in any way, with queues anywhere in memory that
 * the input fills, over a model that gives back what it takes. A read changes nothing that another
 * read shows; the status keeps its order (virtio 1.2, 2.1); the line is what InterruptStatus says
 * (4.2.2). At the end the device works for a driver that keeps the rules.
 */
#include "fake_transport.h"
#include "virtio/device.h"

#include <string.h>

#define WINDOW 5u
#define FIRST_INTID 48u
#define QUEUES 2u
#define QUEUE_SIZE 32u
#define RAM_BYTES 0x1000u /* that the input fills */
#define WORKING_BASE (FAKE_RAM_BASE + 0x8000u)
#define OWN (VIRTIO_FEATURE(0) | VIRTIO_FEATURE(5))

static struct virtio_device device;
static struct ring queues[QUEUES];
static uint8_t config[24];
static bool line;

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* ---- The model ---- */

/* No more than one queue's worth a turn: what the input lies about may never end. */
static void notify(struct virtio_device *notified, unsigned queue)
{
    struct ring *ring = &notified->queues[queue];

    require(notified == &device && queue < QUEUES && virtio_running(notified));
    vtl_lock(&ring->lock);
    for (unsigned i = 0; i < QUEUE_SIZE; i++) {
        const struct ring_chain *chain = ring_take(ring);

        if (chain == NULL && !ring_rearm(ring)) {
            break;
        }
        if (chain != NULL) {
            struct ring_cursor cursor = ring_writable(chain);

            ring_give(ring, chain->token, (uint32_t)ring_write(&cursor, "given back", 10));
        }
    }
    virtio_tell(notified, ring);
    vtl_unlock(&ring->lock);
}

static void reset(struct virtio_device *stopped)
{
    for (unsigned i = 0; i < QUEUES; i++) {
        require(!stopped->queues[i].live);
    }
}

static void start(struct virtio_device *started)
{
    require(virtio_running(started) && virtio_accepted(started, VIRTIO_F_VERSION_1));
}

static bool accepts(const struct virtio_device *asked, uint64_t features)
{
    require((features & ~asked->offered) == 0);
    return (features & OWN) != OWN;
}

static void config_write(struct virtio_device *written, uint64_t offset, uint8_t bytes,
                         uint64_t value)
{
    require(range_contains(0, sizeof(config), offset, bytes));
    memcpy((uint8_t *)written->config + offset, &value, bytes);
}

static const struct virtio_model model = {"fuzzed", 42,      notify,      reset,
                                          start,    accepts, config_write};

static void boot_machine(void)
{
    const struct vmm_ram all = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};

    fake_vtl_reset();
    require(guest_ram_set(&all, 1) == PV_OK);
    memset(queues, 0, sizeof(queues));
    device = (struct virtio_device){.model = &model,
                                    .offered = OWN,
                                    .config = config,
                                    .config_bytes = sizeof(config),
                                    .queues = queues,
                                    .queue_count = QUEUES,
                                    .queue_size_max = QUEUE_SIZE};
    line = false;
    virtio_init(FIRST_INTID);
    virtio_attach(&device, WINDOW);
}

/* ---- The driver ---- */

/* The registers of a set-up are more likely, and values that make sense in them. */
static uint32_t value_for(uint32_t offset, uint8_t what, uint8_t with)
{
    static const uint32_t statuses[] = {0, 1, 3, 11, 15, 128, 4, 255};

    switch (offset) {
    case VIRTIO_MMIO_STATUS:
        return with < 64 ? statuses[what % 8] : statuses[3 + what % 2];
    case VIRTIO_MMIO_QUEUE_DESC_LOW:
    case VIRTIO_MMIO_QUEUE_DRIVER_LOW:
    case VIRTIO_MMIO_QUEUE_DEVICE_LOW:
        return (uint32_t)FAKE_RAM_BASE + 16u * with + (what == 0);
    case VIRTIO_MMIO_QUEUE_DESC_HIGH:
    case VIRTIO_MMIO_QUEUE_DRIVER_HIGH:
    case VIRTIO_MMIO_QUEUE_DEVICE_HIGH:
        return with == 255;
    case VIRTIO_MMIO_DRIVER_FEATURES:
        return with < 128 ? 1u | (with & 4u) : 0x20000000u | (uint32_t)with << 24;
    case VIRTIO_MMIO_QUEUE_NOTIFY:
        return with % (QUEUES + 1) | (uint32_t)what << 16;
    default:
        return with % 64;
    }
}

static void check_invariants(uint32_t before)
{
    uint32_t status = fake_register_read(WINDOW, VIRTIO_MMIO_STATUS);
    uint32_t causes = fake_register_read(WINDOW, VIRTIO_MMIO_INTERRUPT_STATUS);

    /* 2.1: bits stay until a reset; DRIVER_OK comes after FEATURES_OK, that after VERSION_1. */
    require((before & ~status) == 0 || status == 0);
    require((status & ~0xcfu) == 0);
    require((status & VIRTIO_STATUS_DRIVER_OK) == 0 || (status & VIRTIO_STATUS_FEATURES_OK) != 0);
    require((status & VIRTIO_STATUS_FEATURES_OK) == 0 ||
            virtio_accepted(&device, VIRTIO_F_VERSION_1));
    require(causes <= 3);
    /* 4.2.2: of each change of the line there is one call, if the host does not refuse it. */
    for (size_t i = 0; i < fake.line_count && i < FAKE_LINES_MAX; i++) {
        require(fake.lines[i].intid == FIRST_INTID + WINDOW && fake.lines[i].level != line);
        line = fake.lines[i].level;
    }
    fake.line_count = 0;
    require(fake.line_error != PV_OK || device.line == line);
    for (unsigned i = 0; i < QUEUES; i++) {
        require(queues[i].lock.taken == 0);
        require(queues[i].broken == NULL || !queues[i].live);
        require(!queues[i].live || (status & VIRTIO_STATUS_FEATURES_OK) != 0);
        require(queues[i].broken == NULL || (status & VIRTIO_STATUS_NEEDS_RESET) != 0);
    }
    require(device.lock.taken == 0 && device.interrupt_lock.taken == 0);
}

/* A chain that may be good, in a queue that is live. */
static void chain_add(const uint8_t with[3])
{
    struct ring *ring = &queues[with[0] % QUEUES];
    uint64_t address = FAKE_RAM_BASE + 16u * with[1];
    uint16_t flags = with[2] & 7u;
    uint16_t next = (uint16_t)(ring->available + 1);

    if (!ring->live) {
        return;
    }
    if (ring->packed) {
        unsigned lap = ring->available_wrap ? VIRTIO_DESC_AVAIL : VIRTIO_DESC_USED;
        struct virtio_packed_desc packed = {address, with[2], 0, (uint16_t)(flags | lap)};

        fake_ram_put(ring->desc + 16u * ring->available, &packed, sizeof(packed));
    } else {
        struct virtio_desc split = {address, with[2], flags, with[1] % 8u};
        uint16_t head = with[1] % ring->size;

        fake_ram_put(ring->desc + 16u * head, &split, sizeof(split));
        fake_ram_put16(ring->driver + 4 + 2u * (ring->available % ring->size), head);
        fake_ram_put16(ring->driver + 2, next);
    }
    fake_register_write(WINDOW, VIRTIO_MMIO_QUEUE_NOTIFY, with[0] % QUEUES);
}

/* Four bytes: how, where, what, with what. */
static void operate(const uint8_t data[4])
{
    uint32_t before = fake_register_read(WINDOW, VIRTIO_MMIO_STATUS);
    struct mmio_access access = {
        .offset = WINDOW * VIRTIO_WINDOW_BYTES + data[1] * 2u, .bytes = 4, .write = true};

    switch (data[0] % 8) {
    case 0: /* Any size, any place, any direction; aligned, as the bus has it. */
        access.bytes = (uint8_t)(1u << data[2] % 4);
        access.offset = (data[0] / 8u % 2 != 0 ? WINDOW * VIRTIO_WINDOW_BYTES : 0) +
                        data[1] * 32u % VIRTIO_WINDOW_BYTES + data[3] % 32u;
        access.offset -= access.offset % access.bytes;
        access.write = data[2] / 4 % 2 != 0;
        access.value = data[3] * UINT64_C(0x0101010101010101);
        (void)virtio_mmio(NULL, &access);
        break;
    case 1:
        fake.ram[(data[1] | (unsigned)data[2] << 8) % RAM_BYTES] = data[3];
        break;
    case 2:
        fake.line_error = data[1] == 0 ? PV_DENIED : PV_OK;
        fake.copy_error = data[2] == 0 ? PV_FAULT : PV_OK;
        break;
    case 3:
        virtio_config_set(&device, data[1] % sizeof(config), &data[2], 1);
        break;
    case 4: { /* A queue that may work. */
        struct fake_driver driver = {.size = data[1] % (QUEUE_SIZE + 2),
                                     .desc = FAKE_RAM_BASE + 16u * (data[2] % 16u),
                                     .driver = FAKE_RAM_BASE + 0x400 + 4u * data[3],
                                     .device = FAKE_RAM_BASE + 0x600 + 4u * data[3]};
        (void)fake_transport_queue(WINDOW, data[2] % QUEUES, &driver);
        break;
    }
    case 5:
        (void)fake_transport_negotiate(WINDOW, data[1] % 2 != 0
                                                   ? VIRTIO_F_VERSION_1 | (uint64_t)data[2] << 24
                                                   : VIRTIO_F_VERSION_1 | (uint64_t)data[2] << 32);
        fake_register_write(WINDOW, VIRTIO_MMIO_STATUS, data[3] % 4 != 0 ? 15 : 11);
        before = 0;
        break;
    case 6:
        chain_add(data + 1);
        break;
    default:
        access.offset &= ~UINT64_C(3);
        access.value = value_for((uint32_t)access.offset % VIRTIO_WINDOW_BYTES, data[2], data[3]);
        (void)virtio_mmio(NULL, &access);
    }
    check_invariants(before);
}

static void works_still(void)
{
    static struct fake_driver driver;
    const struct fake_part part = {FAKE_RAM_BASE, 16, true};
    struct fake_used used = {0, 0};

    fake.copy_error = PV_OK;
    fake.line_error = PV_OK;
    require(fake_transport_negotiate(WINDOW, VIRTIO_F_VERSION_1) == 11);
    fake_driver_init(&driver, false, 8, WORKING_BASE);
    require(fake_transport_queue(WINDOW, 1, &driver));
    fake_register_write(WINDOW, VIRTIO_MMIO_STATUS, 15);
    require(fake_register_read(WINDOW, VIRTIO_MMIO_STATUS) == 15);
    uint16_t id = fake_driver_add(&driver, &part, 1);
    fake_register_write(WINDOW, VIRTIO_MMIO_QUEUE_NOTIFY, 1);
    require(fake_driver_used(&driver, &used) && used.id == id && used.written == 10);
    require(fake_register_read(WINDOW, VIRTIO_MMIO_INTERRUPT_STATUS) == VIRTIO_INTERRUPT_USED);
    require(device.line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Memory, then four bytes an operation. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    size_t memory = bytes / 2 < RAM_BYTES ? bytes / 2 : RAM_BYTES;

    boot_machine();
    if (memory != 0) {
        memcpy(fake.ram, data, memory);
    }
    for (size_t i = memory; i + 4 <= bytes; i += 4) {
        operate(data + i);
    }
    works_still();
    return 0;
}
