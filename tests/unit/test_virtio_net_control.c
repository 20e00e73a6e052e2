/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The control queue of the guest's network device, what it sets, and what a queue is taken for when the
 * driver starts again with other features. Source: virtio 1.2, 5.1.2, 5.1.6.5.
 */
#include "virtio_net_test.h"

/* ---- The control queue (5.1.6.5) ---- */

/* The answer to a command. */
static uint8_t command(unsigned queue, uint8_t class_of, uint8_t number, const void *data,
                       uint32_t bytes)
{
    *fake_ram(DATA + 0x8000) = class_of;
    *fake_ram(DATA + 0x8001) = number;
    memcpy(fake_ram(DATA + 0x8002), data, bytes);
    *fake_ram(DATA + 0x9000) = 0x77;
    add(queue,
        (const struct fake_part[]){{DATA + 0x8000, 2 + bytes, false}, {DATA + 0x9000, 1, true}}, 2);
    notify(queue);
    assert_int_equal(used_count(queue), drivers[queue].index);
    assert_int_equal(used_length(queue, drivers[queue].index - 1u), 1);
    return *fake_ram(DATA + 0x9000);
}

static uint8_t mode(uint8_t number, uint8_t on)
{
    return command(CONTROL, 0, number, &on, 1);
}

/* Does a frame to this address come in? */
static bool comes(const uint8_t *mac)
{
    add(IN, (const struct fake_part[]){{DATA, 200, true}}, 1);
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
    add(2, (const struct fake_part[]){{DATA, 3, false}}, 1);
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
    sent = fake_ram(DATA + HEADER);
    memcpy(sent + 12, "\x08\x00\x45", 3);
    memset(sent + 15, 0, 45);
    memcpy(sent + 26, "\x0a\x00\x00\x01\x0a\x00\x00\x63\x11\x22\x33\x44", 12);
    add(3, (const struct fake_part[]){{DATA, 72, false}}, 1);
    notify(3);
    add(2, (const struct fake_part[]){{DATA + 0x1000, 200, true}}, 1);
    add(IN, (const struct fake_part[]){{DATA + 0x1000, 200, true}}, 1);
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
    /* It stays there for eight frames by the other: what comes by that would overtake it. */
    add(2, (const struct fake_part[]){{DATA + 0x1000, 200, true}}, 1);
    for (unsigned i = 0; i < 8; i++) {
        add(1, (const struct fake_part[]){{DATA, 72, false}}, 1);
        notify(1);
    }
    assert_int_equal(virtio_net_deliver(&frame), NET_TAKEN);
    assert_int_equal(used_count(2), 2);
    for (unsigned i = 0; i < 9; i++) {
        add(1, (const struct fake_part[]){{DATA, 72, false}}, 1);
        notify(1);
    }
    assert_int_equal(virtio_net_deliver(&frame), NET_TAKEN);
    assert_int_equal(used_count(IN), 1);
    add(IN, (const struct fake_part[]){{DATA + 0x1000, 200, true}}, 1);
    /* With one pair again: the first. */
    assert_int_equal(command(CONTROL, 4, 0, "\1\0", 2), 0);
    assert_int_equal(virtio_net_deliver(&frame), NET_TAKEN);
    assert_int_equal(used_count(IN), 2);
}

/* ---- What is served when ---- */

#define COMMAND(n) (DATA + 0x100u * (n))
#define ACK(n) (COMMAND(n) + 0xf0u)

/* More commands than a turn serves: the rest waits for the work that was asked for. */
static void commands_left_over(void)
{
    static const uint8_t promiscuous[] = {VIRTIO_NET_CTRL_RX, 0, 1};

    start(BASIC);
    for (unsigned n = 0; n < 30; n++) {
        memcpy(fake_ram(COMMAND(n)), promiscuous, sizeof(promiscuous));
        *fake_ram(ACK(n)) = 0x77;
        add(2, (const struct fake_part[]){{COMMAND(n), 3, false}, {ACK(n), 1, true}}, 2);
    }
    notify(2);
    assert_non_null(later);
    assert_int_equal(*fake_ram(ACK(29)), 0x77);
}

static void rest_is_served(void **state)
{
    (void)state;
    commands_left_over();
    for (unsigned turn = 0; later != NULL; turn++) {
        struct vmm_work *work = later;

        assert_true(turn < 30);
        later = NULL;
        work->run(work->device);
    }
    assert_int_equal(*fake_ram(ACK(29)), VIRTIO_NET_OK);
}

/*
 * 5.1.2: queue 2 is the control queue without MQ, and receiveq2 with it. What was left over of the one
 * must not make the device take the other's buffers for commands or frames, whatever is in them.
 */
static void control_becomes_receive(void **state)
{
    (void)state;
    commands_left_over();
    start(BASIC | VIRTIO_NET_F_MQ);
    memset(fake_ram(DATA), 0, 0x200);
    add(2, (const struct fake_part[]){{DATA, 12 + 60, false}}, 1);
    add(2, (const struct fake_part[]){{DATA + 0x100, 12 + 60, false}, {ACK(1), 100, true}}, 2);
    later->run(later->device);
    assert_int_equal(host.frames, 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS, 4), 15);
    /* Nor when it is notified: 5.1.6.3, it holds buffers, and that is all. */
    notify(2);
    assert_int_equal(host.frames, 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS, 4), 15);
    assert_int_equal(used_count(2), 0);
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

static uint8_t mac_set(const uint8_t *mac)
{
    return command(2, VIRTIO_NET_CTRL_MAC, VIRTIO_NET_CTRL_MAC_ADDR_SET, mac, NET_MAC_BYTES);
}

/* 5.1.6.5.2.1: mac in the configuration is updated before the command is used. */
static void mac_is_in_configuration(void **state)
{
    static const uint8_t mac[NET_MAC_BYTES] = {2, 0xa, 0xb, 0xc, 0xd, 0xe};
    uint32_t generation;

    (void)state;
    start(BASIC);
    expect_mac(info.mac);
    generation = reg_read(VIRTIO_MMIO_CONFIG_GENERATION, 4);
    assert_int_equal(mac_set(mac), VIRTIO_NET_OK);
    expect_mac(mac);
    /* 2.5.1: who reads it in pieces must see that it has changed. */
    assert_int_not_equal(reg_read(VIRTIO_MMIO_CONFIG_GENERATION, 4), generation);
    start(BASIC);
    expect_mac(info.mac);
}

static void mac_that_may_not_be(void **state)
{
    static const uint8_t groups[NET_MAC_BYTES] = {3, 0, 0, 0, 0, 1};

    (void)state;
    start(BASIC);
    assert_int_equal(mac_set(host.refused_mac), VIRTIO_NET_ERR);
    assert_int_equal(mac_set(groups), VIRTIO_NET_ERR);
    expect_mac(info.mac);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(filter_modes, setup),
        cmocka_unit_test_setup(filter_tables, setup),
        cmocka_unit_test_setup(address, setup),
        cmocka_unit_test_setup(offloads, setup),
        cmocka_unit_test_setup(commands_that_are_none, setup),
        cmocka_unit_test_setup(pairs, setup),
        cmocka_unit_test_setup(rest_is_served, setup),
        cmocka_unit_test_setup(control_becomes_receive, setup),
        cmocka_unit_test_setup(mac_is_in_configuration, setup),
        cmocka_unit_test_setup(mac_that_may_not_be, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
