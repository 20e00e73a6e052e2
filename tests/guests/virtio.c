/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs the rules, and judges what follows; what a device does when it works. */
#include "virtio.h"

#include "hostile.h"

/* The machine's memory (run.py); what is in no node of the tree is VTL2's or the hypervisor's. */
#define RAM_FIRST UINT64_C(0x40000000)
#define RAM_END UINT64_C(0x60000000)
#define TWO_MIB UINT64_C(0x200000)
#define WAIT_MS 2000u

/* ---- What works ----------------------------------------------------------------------------------- */

bool sector_good(uint64_t at, uint64_t sector)
{
    for (uint32_t i = 0; i < SECTOR_BYTES / 4; i++) {
        if (read32(at + 4u * i) != (((uint32_t)sector * (SECTOR_BYTES / 4) + i) ^ DISK_WORD)) {
            return false;
        }
    }
    return true;
}

void header_put(const struct queue *queue, uint32_t type, uint64_t sector)
{
    put32(queue->data + DATA_HEADER, type);
    put32(queue->data + DATA_HEADER + 4, 0);
    put64(queue->data + DATA_HEADER + 8, sector);
    put8(queue->data + DATA_STATUS, STATUS_UNTOUCHED);
}

void read_parts(const struct queue *queue, struct part parts[READ_PARTS])
{
    header_put(queue, VIRTIO_BLK_T_IN, SECTOR);
    parts[0] = (struct part){queue->data + DATA_HEADER, sizeof(struct virtio_blk_header), 0};
    parts[1] = (struct part){queue->data + DATA_BYTES, SECTOR_BYTES, VIRTIO_DESC_WRITE};
    parts[2] = (struct part){queue->data + DATA_STATUS, 1, VIRTIO_DESC_WRITE};
    memory_allow(parts[1].address, parts[1].bytes);
    memory_allow(parts[2].address, 1);
}

static bool read_works(struct queue *queue)
{
    struct part parts[READ_PARTS];
    uint32_t bytes;

    read_parts(queue, parts);
    queue_add(queue, parts, READ_PARTS);
    queue_notify(queue);
    return queue_wait(queue, &bytes) && bytes == SECTOR_BYTES + 1 &&
           get8(queue->data + DATA_STATUS) == VIRTIO_BLK_S_OK &&
           sector_good(queue->data + DATA_BYTES, SECTOR);
}

#define ENTROPY_BYTES 16u
static bool entropy_works(struct queue *queue)
{
    const struct part part = {queue->data + DATA_BYTES, ENTROPY_BYTES, VIRTIO_DESC_WRITE};
    uint32_t bytes;

    put64(part.address, 0);
    put64(part.address + 8, 0);
    memory_allow(part.address, part.bytes);
    queue_add(queue, &part, 1);
    queue_notify(queue);
    return queue_wait(queue, &bytes) && bytes != 0 && bytes <= ENTROPY_BYTES &&
           (read64(part.address) | read64(part.address + 8)) != 0;
}

void other_start(struct queue *queue, const struct device *device, unsigned slot)
{
    device_reset(device);
    (void)device_agree(device, FEATURES);
    queue_place(queue, device, 0, slot, 8, false);
    queue_ready(queue);
    device_run(device);
}

bool other_works(struct queue *queue)
{
    return queue->device->id == VIRTIO_ID_BLOCK ? read_works(queue) : entropy_works(queue);
}

bool device_works(const struct device *device, unsigned slot)
{
    struct queue queue;

    switch (device->id) {
    case VIRTIO_ID_VSOCK:
        return vsock_works(device, slot);
    case VIRTIO_ID_NET:
        return net_works(device, slot);
    case VIRTIO_ID_CONSOLE:
        return console_works(device, slot);
    default:
        other_start(&queue, device, slot);
        return other_works(&queue);
    }
}

/* ---- Places ---------------------------------------------------------------------------------------- */

struct bad_place bad_places[BAD_PLACES];

static bool in_tree(uint64_t address)
{
    for (unsigned i = 0; i < board.ram_count; i++) {
        if (address - board.ram[i].base < board.ram[i].bytes) {
            return true;
        }
    }
    return false;
}

void bad_places_find(void)
{
    uint64_t hole = RAM_FIRST;
    uint64_t end = RAM_END;

    while (hole < RAM_END && in_tree(hole)) {
        hole += TWO_MIB;
    }
    while (end > RAM_FIRST && !in_tree(end - TWO_MIB)) {
        end -= TWO_MIB;
    }
    check_true("virtio the tree leaves memory out", hole < RAM_END);
    bad_places[0] = (struct bad_place){0, false};
    bad_places[1] = (struct bad_place){GUEST_PL011, false};
    bad_places[2] = (struct bad_place){hole, false};
    bad_places[3] = (struct bad_place){hole + TWO_MIB / 2, false};
    bad_places[4] = (struct bad_place){hole - 16, true};
    bad_places[5] = (struct bad_place){end, false};
    bad_places[6] = (struct bad_place){end - 16, true};
    bad_places[7] = (struct bad_place){UINT64_C(1) << 48 | RAM_FIRST, false};
    bad_places[8] = (struct bad_place){UINT64_C(1) << 63 | RAM_FIRST, false};
    bad_places[9] = (struct bad_place){UINT64_MAX - 15, false};
}

/* ---- Judging --------------------------------------------------------------------------------------- */

static bool wait_status(const struct device *device, uint32_t bits)
{
    uint64_t end = counter_now() + counter_ms(WAIT_MS);

    while ((reg_read(device, VIRTIO_MMIO_STATUS) & bits) == 0) {
        if (counter_now() > end) {
            return false;
        }
        give_way();
    }
    return true;
}

/* 2.1.2: NEEDS_RESET; a configuration interrupt if DRIVER_OK; and the queue is left alone. */
static uint64_t judge_breaks(const struct run *run)
{
    const struct device *device = run->device;
    uint32_t told = run->quiet ? 0 : VIRTIO_INTERRUPT_CONFIG;
    uint64_t wrong = 0;

    if (!wait_status(device, VIRTIO_STATUS_NEEDS_RESET)) {
        return WRONG_STATUS;
    }
    if (reg_read(device, VIRTIO_MMIO_INTERRUPT_STATUS) != told ||
        gic_is_pending(device->intid) == run->quiet) {
        wrong |= WRONG_INTERRUPT;
    }
    reg_write(device, VIRTIO_MMIO_INTERRUPT_ACK, told);
    reg_write(device, VIRTIO_MMIO_QUEUE_NOTIFY, run->queue.number);
    if (reg_read(device, VIRTIO_MMIO_INTERRUPT_STATUS) != 0 || gic_is_pending(device->intid)) {
        wrong |= WRONG_TOLD_AGAIN;
    }
    return wrong | (queue_is_used(&run->queue) ? WRONG_USED : 0);
}

static uint64_t judge_nothing(const struct run *run)
{
    uint64_t wrong = 0;

    if (reg_read(run->device, VIRTIO_MMIO_STATUS) != STATUS_RUNS) {
        wrong |= WRONG_STATUS;
    }
    if (reg_read(run->device, VIRTIO_MMIO_INTERRUPT_STATUS) != 0) {
        wrong |= WRONG_INTERRUPT;
    }
    return wrong | (queue_is_used(&run->queue) ? WRONG_USED : 0);
}

/* Sockets, networks and consoles: what the driver sends goes to queue 1. */
static uint16_t driver_queue(uint32_t id)
{
    return id == VIRTIO_ID_BLOCK || id == VIRTIO_ID_ENTROPY ? 0 : 1;
}

#define RULE_SIZE 16u
#define DEVICE_FEATURES UINT64_C(0xffffff) /* 2.2: the device's own */
static void start(struct run *run, bool packed, bool runs)
{
    const struct device *device = run->device;

    run->packed = packed;
    run->quiet = false;
    device_reset(device);
    queue_place(&run->queue, device, driver_queue(device->id), SLOT_RULE, RULE_SIZE, packed);
    if (runs) {
        uint64_t own = device->offered & DEVICE_FEATURES;

        (void)device_agree(device, FEATURES | own | (packed ? VIRTIO_F_RING_PACKED : 0));
        queue_ready(&run->queue);
        device_run(device);
    }
}

/* Another device that works all the while: for a disk the second disk, if there is one. */
static const struct device *other_of(const struct device *device)
{
    const struct device *disk = device_of(VIRTIO_ID_BLOCK, 0);
    const struct device *second = device_of(VIRTIO_ID_BLOCK, 1);

    if (device->id == VIRTIO_ID_BLOCK && second != NULL) {
        return device == disk ? second : disk;
    }
    return device->id == VIRTIO_ID_ENTROPY ? disk : device_of(VIRTIO_ID_ENTROPY, 0);
}

static void rule_run(const struct rule *rule, struct run *run, bool packed)
{
    const struct device *second = other_of(run->device);
    struct queue other;
    uint64_t wrong;

    memory_reset();
    other_start(&other, second, SLOT_OTHER);
    run->other = &other;
    start(run, packed, rule->start != START_RESET);
    wrong = rule->act(run) ? 0 : WRONG_ANSWER;
    if (rule->follow == FOLLOW_BREAKS) {
        wrong |= judge_breaks(run);
    } else if (rule->follow == FOLLOW_NOTHING) {
        wrong |= judge_nothing(run);
    }
    wrong |= other_works(&other) ? 0 : WRONG_OTHER;
    wrong |= device_works(run->device, SLOT_AGAIN) ? 0 : WRONG_STAYS_BROKEN;
    wrong |= memory_changed() != 0 ? WRONG_MEMORY : 0;
    if (!check_eq(rule->name, wrong, 0)) {
        note("device type", run->device->id);
        note("variant", run->variant);
        note("packed", packed);
        note("status", reg_read(run->device, VIRTIO_MMIO_STATUS));
        note("memory changed", memory_changed());
    }
}

static void rule_device(const struct rule *rule, struct device *device)
{
    struct run run = {.device = device};

    for (; run.variant < (rule->variants == 0 ? 1u : rule->variants); run.variant++) {
        if (rule->start != START_PACKED) {
            rule_run(rule, &run, false);
        }
        if ((rule->start & START_PACKED) != 0) {
            rule_run(rule, &run, true);
        }
    }
}

static void rule_check(const struct rule *rule)
{
    for (unsigned i = 0; i < device_count; i++) {
        struct device *device = &devices[i];

        if (device == device_of(device->id, rule->instance) &&
            (rule->id == ANY_TYPE || rule->id == device->id)) {
            rule_device(rule, device);
            time_report(rule->name);
        }
    }
}

void guest_main(void)
{
    devices_find();
    check_true("virtio entropy is there", device_of(VIRTIO_ID_ENTROPY, 0) != NULL);
    check_true("virtio a network is there", device_of(VIRTIO_ID_NET, 0) != NULL);
    check_true("virtio a console is there", device_of(VIRTIO_ID_CONSOLE, 0) != NULL);
    check_true("virtio sockets are there", device_of(VIRTIO_ID_VSOCK, 0) != NULL);
    if (!check_true("virtio two disks are there", device_of(VIRTIO_ID_BLOCK, 1) != NULL)) {
        return;
    }
    bad_places_find();
    /* With the word `turns` these alone. */
    for (unsigned i = 0; !board_told("turns") && i < rule_count; i++) {
        rule_check(&rules[i]);
    }
    if (time_is_instructions()) {
        turns();
    }
    if (guest_vps_start() && board.vp_count > 1) {
        storms();
    }
}
