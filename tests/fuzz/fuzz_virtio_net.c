/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest that writes what it likes into its rings, frames and commands, and does with its device's
 * registers what it likes, while frames come for it. What it sends has a length that can be and bytes
 * that can be read; at the end the device works for a driver that keeps the rules.
 */
#include "fake_vtl.h"
#include "host/host_net.h"
#include "virtio/net.h"

#include <stdlib.h>
#include <string.h>

#define RINGS_BYTES 0x2800u /* of the guest's RAM, that the input fills */
#define PAIRS 2u
#define QUEUES (2 * PAIRS + 1)
#define SIZE 16u
#define STEP 0x800u
#define DRIVER_AT 0x200u
#define DEVICE_AT 0x300u

static const struct host_net_info info = {{0x52, 0x54, 0, 0x12, 0x34, 0x56}, 1500};
static uint8_t sent[VIRTIO_NET_FRAME_MAX + 1];
static unsigned frames;
static enum net_verdict verdict;
static void (*room_callback)(void);
static void (*link_callback)(void);
static bool link;
static struct vmm_work *later;

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    (void)delay_ns;
    later = work;
}

const struct host_net_info *host_net_info(void)
{
    return &info;
}

uint32_t host_net_takes(void)
{
    return NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6;
}

uint32_t host_net_may(void)
{
    return host_net_takes();
}

bool host_net_link(void)
{
    return link;
}

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

void host_net_offloads(uint32_t wanted)
{
    require((wanted & ~host_net_may()) == 0);
}

void host_net_kick(void)
{
}

void host_net_again(void)
{
}

void host_net_set_events(void (*room)(void), void (*link_change)(void))
{
    room_callback = room;
    link_callback = link_change;
}

static enum net_verdict transmit(struct net_frame *frame)
{
    frames++;
    require(frame->bytes <= sizeof(sent));
    if (net_frame_check(frame, info.mtu) && net_frame_copy(frame, 0, sent, frame->bytes) &&
        frame->offloads.gso_type == 0 && frame->offloads.flags != 0) {
        require(net_frame_complete(frame) && frame->sum_at + 2 <= frame->bytes);
    }
    return verdict;
}

static bool may_use(const uint8_t *mac)
{
    return mac[5] != 0x99;
}

static void reg_write(uint32_t reg, uint32_t value)
{
    struct mmio_access access = {.value = value,
                                 .offset = VIRTIO_WINDOW_NET * VIRTIO_WINDOW_BYTES + reg,
                                 .bytes = 4,
                                 .write = true};

    (void)virtio_mmio(NULL, &access);
}

static void start(uint32_t low, uint32_t high)
{
    reg_write(VIRTIO_MMIO_STATUS, 0);
    reg_write(VIRTIO_MMIO_STATUS, 3);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES, low);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES, high | 1);
    reg_write(VIRTIO_MMIO_STATUS, 11);
    for (unsigned queue = 0; queue < QUEUES; queue++) {
        uint32_t base = (uint32_t)FAKE_RAM_BASE + STEP * queue;

        reg_write(VIRTIO_MMIO_QUEUE_SEL, queue);
        reg_write(VIRTIO_MMIO_QUEUE_NUM, SIZE);
        reg_write(VIRTIO_MMIO_QUEUE_DESC_LOW, base);
        reg_write(VIRTIO_MMIO_QUEUE_DRIVER_LOW, base + DRIVER_AT);
        reg_write(VIRTIO_MMIO_QUEUE_DEVICE_LOW, base + DEVICE_AT);
        reg_write(VIRTIO_MMIO_QUEUE_READY, 1);
    }
    reg_write(VIRTIO_MMIO_STATUS, 15);
}

static void boot_machine(void)
{
    const struct vmm_ram all = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};

    fake_vtl_reset();
    require(guest_ram_set(&all, 1) == PV_OK);
    later = NULL;
    link = true;
    verdict = NET_TAKEN;
    virtio_init(48);
    virtio_net_init(PAIRS);
    virtio_net_set_transmit(transmit, may_use);
}

static void deliver(const uint8_t *mac, uint32_t bytes, uint8_t flags)
{
    static uint8_t wire[8192];
    const struct virtio_net_header header = {.flags = flags};
    struct ring_segment segment = {gpa((uintptr_t)wire), sizeof(wire)};
    struct net_source source = {.start = {&segment, &segment + 1, 0}};
    struct net_frame frame;

    memcpy(wire, mac, NET_MAC_BYTES);
    if (net_frame_open(&frame, &source, bytes, &header)) {
        frame.can_wait = bytes % 2 != 0;
        (void)virtio_net_deliver(&frame);
    }
    virtio_net_flush();
}

/* One more chain in queue `with`, or the input's next bytes somewhere in the rings. */
static void more(uint8_t what, uint8_t with)
{
    unsigned queue = with % QUEUES;

    fake.ram[(size_t)with * 41 % RINGS_BYTES] ^= what;
    fake.ram[STEP * queue + DRIVER_AT + 2]++;
}

/* Two bytes an operation: what, and with what. */
static void operate(uint8_t what, uint8_t with)
{
    static const uint8_t everybody[NET_MAC_BYTES] = {255, 255, 255, 255, 255, 255};

    switch (what % 8) {
    case 0:
    case 1:
        reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, with % (QUEUES + 1));
        break;
    case 2:
        deliver(with % 2 != 0 ? info.mac : everybody, 14 + (uint32_t)with * 32, what >> 4);
        break;
    case 3:
        verdict = (enum net_verdict)(with % NET_VERDICTS);
        room_callback();
        break;
    case 4:
        reg_write((uint32_t)with * 4 % VIRTIO_MMIO_CONFIG, what);
        break;
    case 5:
        more(what, with);
        break;
    case 6:
        if (with % 4 == 0) {
            link = !link;
            link_callback();
        } else {
            start(with % 2 != 0 ? UINT32_MAX : 0x30000000, with % 8 < 4 ? 4 : 0);
        }
        break;
    default:
        if (later != NULL) {
            struct vmm_work *work = later;

            later = NULL;
            work->run(work->device);
        }
    }
}

/* A frame each way, by a driver that keeps the rules. */
static void works_still(void)
{
    const struct virtio_desc out = {FAKE_RAM_BASE + 0x4000, 100, 0, 0};
    const struct virtio_desc in = {FAKE_RAM_BASE + 0x5000, 200, 2, 0};
    const uint16_t available[3] = {0, 1, 0};

    fake.copy_error = PV_OK;
    memset(fake.ram, 0, 0x6000);
    verdict = NET_TAKEN;
    frames = 0;
    start(0, 0);
    memcpy(fake.ram, &in, sizeof(in));
    memcpy(fake.ram + DRIVER_AT, available, sizeof(available));
    memcpy(fake.ram + STEP, &out, sizeof(out));
    memcpy(fake.ram + STEP + DRIVER_AT, available, sizeof(available));
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 1);
    require(frames == 1 && fake.ram[STEP + DEVICE_AT + 2] == 1);
    deliver(info.mac, 60, 0);
    require(fake.ram[DEVICE_AT + 2] == 1 && fake.ram[0x500c] == info.mac[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    size_t rings = bytes / 2 < RINGS_BYTES ? bytes / 2 : RINGS_BYTES;

    boot_machine();
    start(UINT32_MAX & ~(1u << 14), 0);
    memcpy(fake.ram, data, rings);
    for (size_t i = rings; i + 1 < bytes; i += 2) {
        operate(data[i], data[i + 1]);
    }
    works_still();
    return 0;
}
