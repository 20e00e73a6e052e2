/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's network device: frames and commands as a driver lays them out in split rings of its own
 * memory; a host's card and a switch that are only records. Source: virtio 1.2, 5.1.
 */
#include "fake_vtl.h"
#include "host/host_net.h"
#include "virtio/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define PAIRS 2u
#define SIZE 16u
#define HEADER 12u
/* Places in the guest's RAM: rings of 4 KiB a queue, then what the tests lay out. */
#define DESC(queue) (FAKE_RAM_BASE + 0x1000u * (queue))
#define DRIVER(queue) (DESC(queue) + 0x400u)
#define DEVICE(queue) (DESC(queue) + 0x800u)
#define DATA (FAKE_RAM_BASE + 0x10000u)
#define IN 0u
#define OUT 1u
#define CONTROL 4u
#define BASIC                                                                             \
    (VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS | VIRTIO_NET_F_MTU | VIRTIO_NET_F_MRG_RXBUF | \
     VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_RX | VIRTIO_NET_F_CTRL_MAC_ADDR)
#define OFFLOADS                                                                   \
    (VIRTIO_NET_F_CSUM | VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6 |         \
     VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO4 | VIRTIO_NET_F_GUEST_TSO6 | \
     VIRTIO_NET_F_CTRL_GUEST_OFFLOADS)
#define ALL (BASIC | OFFLOADS | VIRTIO_NET_F_MQ | VIRTIO_NET_F_CTRL_RX_EXTRA)

/* ---- The host's card and the switch ---- */

static const struct host_net_info info = {{0x52, 0x54, 0, 0x12, 0x34, 0x56}, 1500};
static struct {
    bool absent;
    bool link;
    uint32_t takes;
    uint32_t may;
    uint32_t offloads;
    unsigned kicks;
    void (*room)(void);
    void (*link_change)(void);
    unsigned frames;
    enum net_verdict verdict;
    struct net_frame last;
    uint8_t bytes[70000];
    uint8_t refused_mac[6];
} host;
static struct vmm_work *later;

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    (void)delay_ns;
    later = work;
}

const struct host_net_info *host_net_info(void)
{
    return host.absent ? NULL : &info;
}

uint32_t host_net_takes(void)
{
    return host.takes;
}

uint32_t host_net_may(void)
{
    return host.may;
}

bool host_net_link(void)
{
    return host.link;
}

void host_net_offloads(uint32_t wanted)
{
    host.offloads = wanted;
}

void host_net_kick(void)
{
    host.kicks++;
}

void host_net_set_events(void (*room)(void), void (*link)(void))
{
    host.room = room;
    host.link_change = link;
}

static enum net_verdict transmit(struct net_frame *frame)
{
    if (host.verdict == NET_TAKEN) {
        host.frames++;
        host.last = *frame;
        assert_true(frame->bytes <= sizeof(host.bytes));
        assert_true(net_frame_copy(frame, 0, host.bytes, frame->bytes));
    }
    return host.verdict;
}

static bool may_use(const uint8_t *mac)
{
    return memcmp(mac, host.refused_mac, 6) != 0;
}

/* ---- A driver ---- */

static uint16_t next_desc[2 * PAIRS + 1];
static uint16_t available[2 * PAIRS + 1];

static uint8_t *ram(uint64_t address)
{
    return fake.ram + (address - FAKE_RAM_BASE);
}

static uint32_t get(uint64_t address, size_t bytes)
{
    uint32_t value = 0;

    memcpy(&value, ram(address), bytes);
    return value;
}

static void reg_write(uint32_t reg, uint32_t value)
{
    struct mmio_access access = {.value = value,
                                 .offset = VIRTIO_WINDOW_NET * VIRTIO_WINDOW_BYTES + reg,
                                 .bytes = 4,
                                 .write = true};

    assert_true(virtio_mmio(NULL, &access));
}

static uint32_t reg_read(uint32_t reg, uint8_t bytes)
{
    struct mmio_access access = {.offset = VIRTIO_WINDOW_NET * VIRTIO_WINDOW_BYTES + reg,
                                 .bytes = bytes};

    assert_true(virtio_mmio(NULL, &access));
    return (uint32_t)access.value;
}

static void queue_set_up(unsigned queue)
{
    memset(ram(DESC(queue)), 0, 0x1000);
    next_desc[queue] = 0;
    available[queue] = 0;
    reg_write(VIRTIO_MMIO_QUEUE_SEL, queue);
    reg_write(VIRTIO_MMIO_QUEUE_NUM, SIZE);
    reg_write(VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)DESC(queue));
    reg_write(VIRTIO_MMIO_QUEUE_DRIVER_LOW, (uint32_t)DRIVER(queue));
    reg_write(VIRTIO_MMIO_QUEUE_DEVICE_LOW, (uint32_t)DEVICE(queue));
    reg_write(VIRTIO_MMIO_QUEUE_READY, 1);
    assert_int_equal(reg_read(VIRTIO_MMIO_QUEUE_READY, 4), 1);
}

static bool features_ok(uint64_t features)
{
    reg_write(VIRTIO_MMIO_STATUS, 0);
    reg_write(VIRTIO_MMIO_STATUS, 3);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)features);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES, 1);
    reg_write(VIRTIO_MMIO_STATUS, 11);
    return reg_read(VIRTIO_MMIO_STATUS, 4) == 11;
}

static void start(uint64_t features)
{
    assert_true(features_ok(features));
    for (unsigned queue = 0; queue < 2 * PAIRS + 1; queue++) {
        queue_set_up(queue);
    }
    reg_write(VIRTIO_MMIO_STATUS, 15);
}

struct part {
    uint64_t address;
    uint32_t bytes;
    bool write;
};

static uint16_t add(unsigned queue, const struct part *parts, unsigned count)
{
    uint16_t head = next_desc[queue];

    for (unsigned i = 0; i < count; i++) {
        uint16_t index = next_desc[queue];
        struct virtio_desc desc = {parts[i].address, parts[i].bytes,
                                   (uint16_t)((parts[i].write ? 2 : 0) | (i + 1 < count ? 1 : 0)),
                                   (uint16_t)((index + 1) % SIZE)};

        memcpy(ram(DESC(queue) + 16u * index), &desc, sizeof(desc));
        next_desc[queue] = (uint16_t)((index + 1) % SIZE);
    }
    memcpy(ram(DRIVER(queue) + 4 + 2u * (available[queue] % SIZE)), &head, 2);
    available[queue]++;
    memcpy(ram(DRIVER(queue) + 2), &available[queue], 2);
    return head;
}

static void notify(unsigned queue)
{
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, queue);
}

static uint32_t used_count(unsigned queue)
{
    return get(DEVICE(queue) + 2, 2);
}

static uint32_t used_length(unsigned queue, unsigned i)
{
    return get(DEVICE(queue) + 8 + 8 * (i % SIZE), 4);
}

static void boot_machine(void)
{
    const struct vmm_ram all = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};

    fake_vtl_reset();
    memset(&host, 0, sizeof(host));
    host.link = true;
    host.takes = NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6;
    host.may = host.takes;
    memcpy(host.refused_mac, (const uint8_t[]){2, 2, 2, 2, 2, 2}, 6);
    later = NULL;
    assert_int_equal(guest_ram_set(&all, 1), PV_OK);
    virtio_init(48);
    virtio_net_init(PAIRS);
    virtio_net_set_transmit(transmit, may_use);
}

static int setup(void **state)
{
    (void)state;
    boot_machine();
    start(ALL);
    return 0;
}

/* ---- The device ---- */

static uint64_t offered(void)
{
    reg_write(VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
    return reg_read(VIRTIO_MMIO_DEVICE_FEATURES, 4);
}

static void what_it_offers(void **state)
{
    (void)state;
    boot_machine();
    assert_int_equal(offered() & ALL, ALL);
    assert_int_equal(reg_read(VIRTIO_MMIO_DEVICE_ID, 4), 1);
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(reg_read(VIRTIO_MMIO_CONFIG + i, 1), info.mac[i]);
    }
    assert_int_equal(reg_read(VIRTIO_MMIO_CONFIG + 6, 2), 1);
    assert_int_equal(reg_read(VIRTIO_MMIO_CONFIG + 8, 2), PAIRS);
    assert_int_equal(reg_read(VIRTIO_MMIO_CONFIG + 10, 2), 1500);
    /* Offloads only where the host's card has them. */
    host.takes = NET_OFFLOAD_CSUM;
    host.may = 0;
    virtio_init(48);
    virtio_net_init(PAIRS);
    assert_int_equal(offered() & OFFLOADS, VIRTIO_NET_F_CSUM);
}

static void no_card_no_device(void **state)
{
    (void)state;
    boot_machine();
    host.absent = true;
    virtio_init(48);
    virtio_net_init(PAIRS);
    assert_false(virtio_window_used(VIRTIO_WINDOW_NET));
}

/* 5.1.3.1. */
static void features_that_need_others(void **state)
{
    (void)state;
    boot_machine();
    assert_true(features_ok(0));
    assert_true(features_ok(ALL));
    assert_false(features_ok(ALL & ~VIRTIO_NET_F_CTRL_VQ));
    assert_false(features_ok(VIRTIO_NET_F_HOST_TSO4));
    assert_false(features_ok(VIRTIO_NET_F_GUEST_TSO6));
    assert_false(features_ok(VIRTIO_NET_F_MQ));
    assert_true(features_ok(VIRTIO_NET_F_GUEST_TSO6 | VIRTIO_NET_F_GUEST_CSUM));
}

static void link_goes_down(void **state)
{
    uint32_t generation = reg_read(VIRTIO_MMIO_CONFIG_GENERATION, 4);

    (void)state;
    host.link_change();
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS, 4), 0);
    host.link = false;
    host.link_change();
    assert_int_equal(reg_read(VIRTIO_MMIO_CONFIG + 6, 2), 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS, 4), 2);
    assert_int_not_equal(reg_read(VIRTIO_MMIO_CONFIG_GENERATION, 4), generation);
}

/* ---- From the guest ---- */

static void frame_put(const struct virtio_net_header *header, uint32_t bytes)
{
    memcpy(ram(DATA), header, HEADER);
    for (uint32_t i = 0; i < bytes; i++) {
        ram(DATA + HEADER)[i] = (uint8_t)(i * 5 + 3);
    }
}

static void sends(void **state)
{
    const struct virtio_net_header header = {.flags = 0xff,
                                             .gso_type = 1,
                                             .hdr_len = 54,
                                             .gso_size = 1448,
                                             .csum_start = 34,
                                             .csum_offset = 16};

    (void)state;
    frame_put(&header, 3000);
    /* 2.7.4: the framing means nothing. */
    add(OUT,
        (const struct part[]){{DATA, 5, false}, {DATA + 5, 50, false}, {DATA + 55, 2957, false}},
        3);
    notify(OUT);
    assert_int_equal(host.frames, 1);
    assert_int_equal(host.last.bytes, 3000);
    assert_memory_equal(host.bytes, ram(DATA + HEADER), 3000);
    assert_int_equal(host.last.offloads.flags, 1);
    assert_int_equal(host.last.offloads.gso_size, 1448);
    assert_int_equal(host.last.sender_may, NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6);
    assert_int_equal(used_count(OUT), 1);
    assert_int_equal(used_length(OUT, 0), 0);
    assert_true(host.kicks > 0);
}

static void what_a_sender_may(void **state)
{
    const struct virtio_net_header header = {0};

    (void)state;
    start(BASIC);
    frame_put(&header, 60);
    add(OUT, (const struct part[]){{DATA, 72, false}}, 1);
    notify(OUT);
    assert_int_equal(host.last.sender_may, 0);
}

/* Longer than any: its length is still one that nothing takes, and no byte too many is looked at. */
static void a_frame_too_long(void **state)
{
    const struct virtio_net_header header = {0};

    (void)state;
    host.verdict = NET_DROP_MALFORMED;
    frame_put(&header, 60);
    add(OUT, (const struct part[]){{DATA, 0x20000, false}, {DATA, 0x20000, false}}, 2);
    notify(OUT);
    assert_int_equal(used_count(OUT), 1);
    assert_int_equal(host.frames, 0);
}

static void no_header_breaks_the_queue(void **state)
{
    (void)state;
    add(OUT, (const struct part[]){{DATA, 11, false}}, 1);
    notify(OUT);
    assert_int_equal(used_count(OUT), 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS, 4), 15 | 64);
    /* The other pair goes on. */
    add(3, (const struct part[]){{DATA, 72, false}}, 1);
    notify(3);
    assert_int_equal(host.frames, 1);
}

/* The frame stays the driver's, and goes when there is room. */
static void full_then_room(void **state)
{
    const struct virtio_net_header header = {0};

    (void)state;
    frame_put(&header, 60);
    host.verdict = NET_FULL;
    add(OUT, (const struct part[]){{DATA, 72, false}}, 1);
    add(OUT, (const struct part[]){{DATA, 73, false}}, 1);
    notify(OUT);
    assert_int_equal(used_count(OUT), 0);
    assert_null(later);
    host.verdict = NET_TAKEN;
    host.room();
    assert_int_equal(host.frames, 2);
    assert_int_equal(used_count(OUT), 2);
    host.room();
    assert_int_equal(host.frames, 2);
}

/* ---- To the guest ---- */

static struct ring_segment segment;
static struct net_source source;
static uint8_t wire[70000];

static enum net_verdict deliver(const uint8_t *mac, uint32_t bytes,
                                const struct virtio_net_header *header)
{
    static const struct virtio_net_header none;
    struct net_frame frame;

    for (uint32_t i = 0; i < bytes; i++) {
        wire[i] = (uint8_t)(i * 11 + 7);
    }
    memcpy(wire, mac, 6);
    segment = (struct ring_segment){gpa((uintptr_t)wire), bytes};
    source.start = (struct ring_cursor){&segment, &segment + 1, 0};
    assert_true(net_frame_open(&frame, &source, bytes, header != NULL ? header : &none));
    return virtio_net_deliver(&frame);
}

static void receives(void **state)
{
    const struct virtio_net_header header = {.flags = 3,
                                             .gso_type = 1,
                                             .hdr_len = 54,
                                             .gso_size = 1448,
                                             .csum_start = 34,
                                             .csum_offset = 16};
    struct virtio_net_header got;

    (void)state;
    add(IN, (const struct part[]){{DATA, 7, true}, {DATA + 7, 2000, true}}, 2);
    assert_int_equal(deliver(info.mac, 1514, &header), NET_TAKEN);
    assert_int_equal(used_count(IN), 1);
    assert_int_equal(used_length(IN, 0), 1514 + HEADER);
    memcpy(&got, ram(DATA), HEADER);
    assert_int_equal(got.flags, 3);
    assert_int_equal(got.gso_size, 1448);
    assert_int_equal(got.num_buffers, 1);
    assert_memory_equal(ram(DATA + HEADER), wire, 1514);
    /* The interrupt comes with the flush. */
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS, 4), 0);
    virtio_net_flush();
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS, 4), 1);
}

/* 5.1.6.4: as many buffers as it takes; num_buffers may lie in two pieces. */
static void merges(void **state)
{
    (void)state;
    add(IN, (const struct part[]){{DATA, 11, true}, {DATA + 0x100, 89, true}}, 2);
    add(IN, (const struct part[]){{DATA + 0x200, 100, true}}, 1);
    add(IN, (const struct part[]){{DATA + 0x300, 100, true}}, 1);
    add(IN, (const struct part[]){{DATA + 0x400, 100, true}}, 1);
    assert_int_equal(deliver(info.mac, 250, NULL), NET_TAKEN);
    assert_int_equal(used_count(IN), 3);
    assert_int_equal(used_length(IN, 0), 100);
    assert_int_equal(used_length(IN, 1), 100);
    assert_int_equal(used_length(IN, 2), 62);
    assert_int_equal(*ram(DATA + 10), 3);
    assert_int_equal(*ram(DATA + 0x100), 0);
    assert_memory_equal(ram(DATA + 0x101), wire, 88);
    assert_memory_equal(ram(DATA + 0x200), wire + 88, 100);
    assert_memory_equal(ram(DATA + 0x300), wire + 188, 62);
}

/* Too few buffers: dropped whole, and the buffers are there for the next. */
static void no_buffers(void **state)
{
    (void)state;
    assert_int_equal(deliver(info.mac, 60, NULL), NET_DROP_NO_BUFFER);
    add(IN, (const struct part[]){{DATA, 100, true}}, 1);
    add(IN, (const struct part[]){{DATA + 0x100, 100, true}}, 1);
    assert_int_equal(deliver(info.mac, 1000, NULL), NET_DROP_NO_BUFFER);
    assert_int_equal(used_count(IN), 0);
    assert_int_equal(deliver(info.mac, 180, NULL), NET_TAKEN);
    assert_int_equal(used_count(IN), 2);
}

static void one_buffer_where_nothing_merges(void **state)
{
    (void)state;
    start(BASIC & ~VIRTIO_NET_F_MRG_RXBUF);
    add(IN, (const struct part[]){{DATA, 100, true}}, 1);
    add(IN, (const struct part[]){{DATA + 0x100, 100, true}}, 1);
    assert_int_equal(deliver(info.mac, 89, NULL), NET_DROP_NO_BUFFER);
    assert_int_equal(deliver(info.mac, 88, NULL), NET_TAKEN);
    assert_int_equal(get(DATA + 10, 2), 1);
}

static void a_buffer_without_room_for_a_header(void **state)
{
    (void)state;
    add(IN, (const struct part[]){{DATA, 11, true}}, 1);
    assert_int_equal(deliver(info.mac, 60, NULL), NET_DROP_NO_BUFFER);
    virtio_net_flush();
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS, 4), 15 | 64);
}

static void not_before_it_runs_nor_after(void **state)
{
    (void)state;
    add(IN, (const struct part[]){{DATA, 2000, true}}, 1);
    reg_write(VIRTIO_MMIO_STATUS, 0);
    memset(ram(DATA), 0x77, 2000);
    assert_int_equal(deliver(info.mac, 60, NULL), NET_DROP_DOWN);
    assert_true(features_ok(ALL));
    queue_set_up(IN);
    add(IN, (const struct part[]){{DATA, 2000, true}}, 1);
    assert_int_equal(deliver(info.mac, 60, NULL), NET_DROP_DOWN);
    assert_int_equal(*ram(DATA), 0x77);
}

/* ---- The control queue (5.1.6.5) ---- */

/* The answer to a command. */
static uint8_t command(unsigned queue, uint8_t class_of, uint8_t number, const void *data,
                       uint32_t bytes)
{
    *ram(DATA + 0x8000) = class_of;
    *ram(DATA + 0x8001) = number;
    memcpy(ram(DATA + 0x8002), data, bytes);
    *ram(DATA + 0x9000) = 0x77;
    add(queue, (const struct part[]){{DATA + 0x8000, 2 + bytes, false}, {DATA + 0x9000, 1, true}},
        2);
    notify(queue);
    assert_int_equal(used_count(queue), available[queue]);
    assert_int_equal(used_length(queue, available[queue] - 1u), 1);
    return *ram(DATA + 0x9000);
}

static uint8_t mode(uint8_t number, uint8_t on)
{
    return command(CONTROL, 0, number, &on, 1);
}

/* Does a frame to this address come in? */
static bool comes(const uint8_t *mac)
{
    add(IN, (const struct part[]){{DATA, 200, true}}, 1);
    return deliver(mac, 60, NULL) == NET_TAKEN;
}

static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static const uint8_t group[6] = {0x01, 0, 0x5e, 0, 0, 1};
static const uint8_t other[6] = {0x52, 0x54, 0, 1, 2, 3};

static void filter_modes(void **state)
{
    (void)state;
    assert_true(comes(info.mac) && comes(everybody) && comes(group) && !comes(other));
    assert_int_equal(mode(1, 0), 0); /* allmulti off */
    assert_true(!comes(group) && comes(everybody));
    assert_int_equal(mode(0, 1), 0); /* promisc */
    assert_true(comes(group) && comes(other));
    assert_int_equal(mode(0, 0), 0);
    assert_int_equal(mode(2, 1), 0); /* alluni */
    assert_true(comes(other) && !comes(group));
    assert_int_equal(mode(4, 1), 0); /* nouni */
    assert_true(!comes(other) && !comes(info.mac));
    assert_int_equal(mode(5, 1), 0); /* nobcast */
    assert_false(comes(everybody));
    assert_int_equal(mode(1, 1), 0);
    assert_int_equal(mode(3, 1), 0); /* nomulti */
    assert_false(comes(group));
    assert_int_equal(mode(6, 1), 1);
    assert_int_equal(mode(0, 2), 1);
    start(ALL);
    assert_true(comes(info.mac) && comes(everybody) && comes(group) && !comes(other));
}

/* 5.1.6.5.2. */
static void filter_tables(void **state)
{
    uint8_t tables[8 + 6 * 20] = {1};

    (void)state;
    (void)mode(1, 0);
    memcpy(tables + 4, other, 6);
    tables[10] = 1;
    memcpy(tables + 14, group, 6);
    assert_int_equal(command(CONTROL, 1, 0, tables, 20), 0);
    assert_true(comes(other) && comes(group) && comes(info.mac));
    memset(tables, 0, sizeof(tables));
    assert_int_equal(command(CONTROL, 1, 0, tables, 8), 0);
    assert_true(!comes(other) && !comes(group));
    /* More than the device holds: all. */
    tables[4] = 17;
    assert_int_equal(command(CONTROL, 1, 0, tables, 8 + 6 * 17), 0);
    assert_true(!comes(other) && comes(group));
    /* Shorter than it says: nothing changes. */
    tables[4] = 2;
    assert_int_equal(command(CONTROL, 1, 0, tables, 8 + 11), 1);
    memset(tables, 0xff, 4);
    assert_int_equal(command(CONTROL, 1, 0, tables, 8), 1);
    assert_true(!comes(other) && comes(group));
}

static void address(void **state)
{
    uint8_t mac[6];

    (void)state;
    assert_int_equal(command(CONTROL, 1, 1, other, 6), 0);
    assert_true(comes(other) && !comes(info.mac));
    virtio_net_mac(mac);
    assert_memory_equal(mac, other, 6);
    assert_int_equal(command(CONTROL, 1, 1, host.refused_mac, 6), 1);
    assert_int_equal(command(CONTROL, 1, 1, group, 6), 1);
    assert_int_equal(command(CONTROL, 1, 1, info.mac, 5), 1);
    virtio_net_mac(mac);
    assert_memory_equal(mac, other, 6);
    start(ALL);
    virtio_net_mac(mac);
    assert_memory_equal(mac, info.mac, 6);
}

static void offloads(void **state)
{
    const uint64_t sum = 1u << 1;
    const uint64_t bad = 1u << 10;

    (void)state;
    assert_int_equal(host.offloads, NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6);
    assert_int_equal(virtio_net_takes(), host.offloads);
    assert_int_equal(command(CONTROL, 5, 0, &sum, 8), 0);
    assert_int_equal(host.offloads, NET_OFFLOAD_CSUM);
    assert_int_equal(virtio_net_takes(), NET_OFFLOAD_CSUM);
    assert_int_equal(command(CONTROL, 5, 0, &bad, 8), 1);
    assert_int_equal(command(CONTROL, 5, 0, &sum, 7), 1);
    reg_write(VIRTIO_MMIO_STATUS, 0);
    assert_int_equal(host.offloads, 0);
}

static void commands_that_are_none(void **state)
{
    (void)state;
    assert_int_equal(command(CONTROL, 2, 0, "\1", 2), 1); /* VLAN: not offered */
    assert_int_equal(command(CONTROL, 3, 0, "", 0), 1);
    assert_int_equal(command(CONTROL, 255, 255, "", 0), 1);
    assert_int_equal(command(CONTROL, 0, 0, "", 0), 1);
    /* 5.1.2: without MQ it is queue 2; of what was not negotiated, nothing works. */
    start(BASIC & ~VIRTIO_NET_F_CTRL_MAC_ADDR);
    assert_int_equal(command(2, 0, 0, "\1", 1), 0);
    assert_int_equal(command(2, 0, 2, "\1", 1), 1);
    assert_int_equal(command(2, 1, 1, other, 6), 1);
    assert_int_equal(command(2, 4, 0, "\1\0", 2), 1);
    add(2, (const struct part[]){{DATA, 3, false}}, 1);
    notify(2);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS, 4), 15 | 64);
}

/* 5.1.6.5.5: one pair until the driver says more; a flow comes by the pair that it goes by. */
static void pairs(void **state)
{
    const struct virtio_net_header header = {0};
    uint8_t *sent;

    (void)state;
    assert_int_equal(command(CONTROL, 4, 0, "\0\0", 2), 1);
    assert_int_equal(command(CONTROL, 4, 0, "\3\0", 2), 1);
    assert_int_equal(command(CONTROL, 4, 0, "\2\0", 2), 0);
    frame_put(&header, 60);
    sent = ram(DATA + HEADER);
    memcpy(sent + 12, "\x08\x00\x45", 3);
    memset(sent + 15, 0, 45);
    memcpy(sent + 26, "\x0a\x00\x00\x01\x0a\x00\x00\x63\x11\x22\x33\x44", 12);
    add(3, (const struct part[]){{DATA, 72, false}}, 1);
    notify(3);
    add(2, (const struct part[]){{DATA + 0x1000, 200, true}}, 1);
    add(IN, (const struct part[]){{DATA + 0x1000, 200, true}}, 1);
    /* The answer, with both ends changed over. */
    memset(wire, 0, 60);
    memcpy(wire, info.mac, 6);
    memcpy(wire + 12, "\x08\x00\x45", 3);
    memcpy(wire + 26, "\x0a\x00\x00\x63\x0a\x00\x00\x01\x33\x44\x11\x22", 12);
    struct net_frame frame;
    segment = (struct ring_segment){gpa((uintptr_t)wire), 60};
    source.start = (struct ring_cursor){&segment, &segment + 1, 0};
    assert_true(net_frame_open(&frame, &source, 60, &header));
    assert_int_equal(virtio_net_deliver(&frame), NET_TAKEN);
    assert_int_equal(used_count(2), 1);
    assert_int_equal(used_count(IN), 0);
    /* With one pair again: the first. */
    assert_int_equal(command(CONTROL, 4, 0, "\1\0", 2), 0);
    assert_int_equal(virtio_net_deliver(&frame), NET_TAKEN);
    assert_int_equal(used_count(IN), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_offers),
        cmocka_unit_test(no_card_no_device),
        cmocka_unit_test(features_that_need_others),
        cmocka_unit_test_setup(link_goes_down, setup),
        cmocka_unit_test_setup(sends, setup),
        cmocka_unit_test_setup(what_a_sender_may, setup),
        cmocka_unit_test_setup(a_frame_too_long, setup),
        cmocka_unit_test_setup(no_header_breaks_the_queue, setup),
        cmocka_unit_test_setup(full_then_room, setup),
        cmocka_unit_test_setup(receives, setup),
        cmocka_unit_test_setup(merges, setup),
        cmocka_unit_test_setup(no_buffers, setup),
        cmocka_unit_test_setup(one_buffer_where_nothing_merges, setup),
        cmocka_unit_test_setup(a_buffer_without_room_for_a_header, setup),
        cmocka_unit_test_setup(not_before_it_runs_nor_after, setup),
        cmocka_unit_test_setup(filter_modes, setup),
        cmocka_unit_test_setup(filter_tables, setup),
        cmocka_unit_test_setup(address, setup),
        cmocka_unit_test_setup(offloads, setup),
        cmocka_unit_test_setup(commands_that_are_none, setup),
        cmocka_unit_test_setup(pairs, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
