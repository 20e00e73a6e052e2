/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's network device: its control queue, and what a queue is taken for when the driver starts
 * again with other features. Source: virtio 1.2, 5.1.2, 5.1.6.5.
 */
#include "fake_vtl.h"
#include "host/host_net.h"
#include "virtio/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define WINDOW VIRTIO_WINDOW_NET
#define PAIRS 2u
#define QUEUES (2 * PAIRS + 1)
#define SIZE 64u
/* Places in the guest's RAM: rings of 8 KiB a queue, then what the tests lay out. */
#define DESC(queue) (FAKE_RAM_BASE + 0x2000u * (queue))
#define DRIVER(queue) (DESC(queue) + 0x800u)
#define DEVICE(queue) (DESC(queue) + 0x1000u)
#define DATA(n) (FAKE_RAM_BASE + 0x10000u + 0x100u * (n))
#define ACK(n) (DATA(n) + 0xf0u)

#define WITH_CONTROL                                                             \
    ((uint32_t)(VIRTIO_NET_F_MAC | VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_RX | \
                VIRTIO_NET_F_CTRL_MAC_ADDR))
#define WITH_PAIRS (WITH_CONTROL | (uint32_t)VIRTIO_NET_F_MQ)

static const struct host_net_info info = {{0x52, 0x54, 0, 1, 2, 3}, 1500};
static const uint8_t paravanes[NET_MAC_BYTES] = {0x56, 0x54, 0, 1, 2, 3};
static uint16_t next_desc[QUEUES];
static uint16_t available[QUEUES];
static struct vmm_work *later;
static unsigned transmitted;

/* ---- What is around the device ---- */

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
    return 0;
}

uint32_t host_net_may(void)
{
    return 0;
}

bool host_net_link(void)
{
    return true;
}

void host_net_set_events(void (*room)(void), void (*link)(void))
{
    (void)room;
    (void)link;
}

void host_net_offloads(uint32_t wanted)
{
    (void)wanted;
}

void host_net_kick(void)
{
}

void host_net_again(void)
{
}

static enum net_verdict transmit(struct net_frame *frame)
{
    (void)frame;
    transmitted++;
    return NET_TAKEN;
}

static bool may_use(const uint8_t *mac)
{
    return memcmp(mac, paravanes, sizeof(paravanes)) != 0;
}

/* ---- A driver ---- */

static void *ram(uint64_t address)
{
    return fake.ram + (address - FAKE_RAM_BASE);
}

static void reg_write(uint32_t reg, uint32_t value)
{
    struct mmio_access access = {
        .value = value, .offset = WINDOW * VIRTIO_WINDOW_BYTES + reg, .bytes = 4, .write = true};

    assert_true(virtio_mmio(NULL, &access));
}

static uint64_t reg_read(uint32_t reg, uint8_t bytes)
{
    struct mmio_access access = {.offset = WINDOW * VIRTIO_WINDOW_BYTES + reg, .bytes = bytes};

    assert_true(virtio_mmio(NULL, &access));
    return access.value;
}

static void queue_set_up(unsigned queue)
{
    memset(ram(DESC(queue)), 0, 0x2000);
    next_desc[queue] = 0;
    available[queue] = 0;
    reg_write(VIRTIO_MMIO_QUEUE_SEL, queue);
    reg_write(VIRTIO_MMIO_QUEUE_NUM, SIZE);
    reg_write(VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)DESC(queue));
    reg_write(VIRTIO_MMIO_QUEUE_DRIVER_LOW, (uint32_t)DRIVER(queue));
    reg_write(VIRTIO_MMIO_QUEUE_DEVICE_LOW, (uint32_t)DEVICE(queue));
    reg_write(VIRTIO_MMIO_QUEUE_READY, 1);
}

/* 3.1.1, with these of the device's features and VERSION_1. */
static void start(uint32_t features)
{
    reg_write(VIRTIO_MMIO_STATUS, 0);
    reg_write(VIRTIO_MMIO_STATUS, 3);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES, features);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES, 1);
    reg_write(VIRTIO_MMIO_STATUS, 11);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS, 4), 11);
    for (unsigned queue = 0; queue < QUEUES; queue++) {
        queue_set_up(queue);
    }
    reg_write(VIRTIO_MMIO_STATUS, 15);
}

/* Makes available: bytes of DATA(n), and then, if there are any, writable ones at ACK(n). */
static void add(unsigned queue, unsigned n, uint32_t readable, uint32_t writable)
{
    uint16_t head = next_desc[queue]++;
    struct virtio_desc first = {DATA(n), readable, 0, (uint16_t)(head + 1)};
    const struct virtio_desc second = {ACK(n), writable, VIRTIO_DESC_WRITE, 0};

    assert_true(head + 2u <= SIZE);
    if (writable != 0) {
        first.flags = VIRTIO_DESC_NEXT;
        memcpy(ram(DESC(queue) + 16u * next_desc[queue]++), &second, sizeof(second));
    }
    memcpy(ram(DESC(queue) + 16u * head), &first, sizeof(first));
    memcpy(ram(DRIVER(queue) + 4 + 2u * (available[queue] % SIZE)), &head, 2);
    available[queue]++;
    memcpy(ram(DRIVER(queue) + 2), &available[queue], 2);
}

/* A command at DATA(n), made available; whether it is served now is up to the caller. */
static void command_add(unsigned queue, unsigned n, uint8_t class_of, uint8_t command,
                        const void *data, uint32_t bytes)
{
    uint8_t *at = ram(DATA(n));

    at[0] = class_of;
    at[1] = command;
    memcpy(at + 2, data, bytes);
    *(uint8_t *)ram(ACK(n)) = 0x77;
    add(queue, n, 2 + bytes, 1);
}

static uint8_t mac_set(const uint8_t *mac)
{
    unsigned n = available[2];

    command_add(2, n, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, mac, NET_MAC_BYTES);
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 2);
    return *(uint8_t *)ram(ACK(n));
}

static void expect_mac(const uint8_t *mac)
{
    uint8_t used[NET_MAC_BYTES];

    for (uint32_t i = 0; i < NET_MAC_BYTES; i++) {
        assert_int_equal(reg_read(VIRTIO_MMIO_CONFIG + i, 1), mac[i]);
    }
    virtio_net_mac(used);
    assert_memory_equal(used, mac, NET_MAC_BYTES);
}

static int set_up(void **state)
{
    const struct vmm_ram all = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};

    (void)state;
    fake_vtl_reset();
    assert_int_equal(guest_ram_set(&all, 1), PV_OK);
    later = NULL;
    transmitted = 0;
    virtio_init(48);
    virtio_net_init(PAIRS);
    virtio_net_set_transmit(transmit, may_use);
    return 0;
}

/* ---- Tests ---- */

/* More commands than a turn serves: the rest waits for the work that was asked for. */
static void commands_left_over(void)
{
    const uint8_t on = 1;

    start(WITH_CONTROL);
    for (unsigned n = 0; n < 30; n++) {
        command_add(2, n, VIRTIO_NET_CTRL_RX, 0, &on, 1);
    }
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 2);
    assert_non_null(later);
    assert_int_equal(*(uint8_t *)ram(ACK(29)), 0x77);
}

static void test_rest_is_served(void **state)
{
    (void)state;
    commands_left_over();
    later->run(later->device);
    assert_int_equal(*(uint8_t *)ram(ACK(29)), VIRTIO_NET_OK);
}

/*
 * 5.1.2: queue 2 is the control queue without MQ, and receiveq2 with it. What was left over of the one
 * must not make the device take the other's buffers for commands or frames, whatever is in them.
 */
static void test_control_becomes_receive(void **state)
{
    (void)state;
    commands_left_over();
    start(WITH_PAIRS);
    memset(ram(DATA(0)), 0, 0x100);
    add(2, 0, 12 + 60, 0);
    add(2, 1, 12 + 60, 100);
    later->run(later->device);
    assert_int_equal(transmitted, 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS, 4), 15);
    /* Nor when it is notified: 5.1.6.3, it holds buffers, and that is all. */
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 2);
    assert_int_equal(transmitted, 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS, 4), 15);
    assert_int_equal(*(uint16_t *)ram(DEVICE(2) + 2), 0);
}

/* 5.1.6.5.2.1: mac in the configuration is updated before the command is used. */
static void test_mac_is_in_configuration(void **state)
{
    static const uint8_t mac[NET_MAC_BYTES] = {2, 0xa, 0xb, 0xc, 0xd, 0xe};
    uint64_t generation;

    (void)state;
    start(WITH_CONTROL);
    expect_mac(info.mac);
    generation = reg_read(VIRTIO_MMIO_CONFIG_GENERATION, 4);
    assert_int_equal(mac_set(mac), VIRTIO_NET_OK);
    expect_mac(mac);
    /* 2.5.1: who reads it in pieces must see that it has changed. */
    assert_int_not_equal(reg_read(VIRTIO_MMIO_CONFIG_GENERATION, 4), generation);
    start(WITH_CONTROL);
    expect_mac(info.mac);
}

static void test_mac_that_may_not_be(void **state)
{
    static const uint8_t group[NET_MAC_BYTES] = {3, 0, 0, 0, 0, 1};

    (void)state;
    start(WITH_CONTROL);
    assert_int_equal(mac_set(paravanes), VIRTIO_NET_ERR);
    assert_int_equal(mac_set(group), VIRTIO_NET_ERR);
    expect_mac(info.mac);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_rest_is_served, set_up),
        cmocka_unit_test_setup(test_control_becomes_receive, set_up),
        cmocka_unit_test_setup(test_mac_is_in_configuration, set_up),
        cmocka_unit_test_setup(test_mac_that_may_not_be, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
