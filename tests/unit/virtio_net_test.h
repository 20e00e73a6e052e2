/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the tests of the guest's network device share: its driver; a host's card and a switch that are only
 * records. For one test program each.
 */
#ifndef TESTS_UNIT_VIRTIO_NET_TEST_H
#define TESTS_UNIT_VIRTIO_NET_TEST_H

#include "fake_transport.h"
#include "host/host_net.h"
#include "virtio/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define PAIRS 2u
#define QUEUES (2 * PAIRS + 1)
#define SIZE 64u
#define HEADER 12u
/* In the guest's RAM: rings, then what the tests lay out. */
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
    unsigned again;
    bool can_wait; /* what is delivered */
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

void host_net_again(void)
{
    host.again++;
}

void host_net_set_events(void (*room)(void), void (*link)(void))
{
    host.room = room;
    host.link_change = link;
}

static inline enum net_verdict transmit(struct net_frame *frame)
{
    if (host.verdict == NET_TAKEN) {
        host.frames++;
        host.last = *frame;
        assert_true(frame->bytes <= sizeof(host.bytes));
        assert_true(net_frame_copy(frame, 0, host.bytes, frame->bytes));
    }
    return host.verdict;
}

static inline bool may_use(const uint8_t *mac)
{
    return memcmp(mac, host.refused_mac, 6) != 0;
}

/* ---- A driver ---- */

static struct fake_driver drivers[QUEUES];

static inline void reg_write(uint32_t reg, uint32_t value)
{
    fake_register_write(VIRTIO_WINDOW_NET, reg, value);
}

static inline uint32_t reg_read(uint32_t reg, uint8_t bytes)
{
    struct mmio_access access = {.offset = VIRTIO_WINDOW_NET * VIRTIO_WINDOW_BYTES + reg,
                                 .bytes = bytes};

    assert_true(virtio_mmio(NULL, &access));
    return (uint32_t)access.value;
}

static inline bool features_ok(uint64_t features)
{
    return fake_transport_negotiate(VIRTIO_WINDOW_NET, VIRTIO_F_VERSION_1 | features) == 11;
}

static inline void start(uint64_t features)
{
    fake_transport_start(VIRTIO_WINDOW_NET, features, drivers, QUEUES, SIZE);
}

static inline void add(unsigned queue, const struct fake_part *parts, unsigned count)
{
    (void)fake_driver_add(&drivers[queue], parts, count);
}

static inline void notify(unsigned queue)
{
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, queue);
}

static inline uint32_t used_count(unsigned queue)
{
    return fake_ram_get16(drivers[queue].device + 2);
}

static inline uint32_t used_length(unsigned queue, unsigned i)
{
    return fake_ram_get32(drivers[queue].device + 8 + 8 * (i % SIZE));
}

static inline void boot_machine(void)
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

static inline int setup(void **state)
{
    (void)state;
    boot_machine();
    start(ALL);
    return 0;
}

/* ---- To the guest ---- */

static struct ring_segment segment;
static struct net_source source;
static uint8_t wire[70000];

static inline enum net_verdict deliver(const uint8_t *mac, uint32_t bytes,
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
    frame.can_wait = host.can_wait;
    return virtio_net_deliver(&frame);
}

/* A frame behind its header, as the driver sends it. */
static inline void frame_put(const struct virtio_net_header *header, uint32_t bytes)
{
    memcpy(fake_ram(DATA), header, HEADER);
    for (uint32_t i = 0; i < bytes; i++) {
        fake_ram(DATA + HEADER)[i] = (uint8_t)(i * 5 + 3);
    }
}

#endif /* TESTS_UNIT_VIRTIO_NET_TEST_H */
