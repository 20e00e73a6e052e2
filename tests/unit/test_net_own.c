/* SPDX-License-Identifier: BSD-3-Clause */
/* The switch, and Paravane's own interface: no work is done on frames that nobody gets. */
#include "fake_vtl.h"
#include "host/host_net.h"
#include "net/net.h"
#include "virtio/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define BYTES 60u

static const struct host_net_info info = {{0x52, 0x54, 0, 1, 2, 3}, 1500};
static enum net_verdict (*from_guest)(struct net_frame *frame);
static uint32_t received;

const struct host_net_info *host_net_info(void)
{
    return &info;
}

void host_net_set_receive(enum net_verdict (*receive)(struct net_frame *frame), void (*flush)(void))
{
    (void)receive;
    (void)flush;
}

enum net_verdict host_net_send(struct net_frame *frame)
{
    (void)frame;
    return NET_TAKEN;
}

uint32_t host_net_takes(void)
{
    return NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4;
}

void host_net_kick(void)
{
}

void virtio_net_set_transmit(enum net_verdict (*transmit)(struct net_frame *frame),
                             bool (*may_use)(const uint8_t *mac))
{
    (void)may_use;
    from_guest = transmit;
}

enum net_verdict virtio_net_deliver(struct net_frame *frame)
{
    (void)frame;
    return NET_TAKEN;
}

uint32_t virtio_net_takes(void)
{
    return 0;
}

void virtio_net_flush(void)
{
}

void virtio_net_mac(uint8_t *mac)
{
    memcpy(mac, info.mac, NET_MAC_BYTES);
}

static enum net_verdict own(struct net_frame *frame)
{
    received++;
    assert_int_equal(net_frame_needs(frame), 0);
    return NET_TAKEN;
}

/* A broadcast of the guest's, its checksum left undone. */
static void broadcast(void)
{
    const struct virtio_net_header header = {
        .flags = VIRTIO_NET_NEEDS_CSUM, .csum_start = 34, .csum_offset = 6};
    const struct ring_segment segment = {{FAKE_RAM_BASE}, BYTES};
    struct net_source source = {.start = {&segment, &segment + 1, 0}};
    struct net_frame frame;

    memset(fake.ram, 0xff, NET_MAC_BYTES);
    memcpy(fake.ram + NET_MAC_BYTES, info.mac, NET_MAC_BYTES);
    assert_true(net_frame_open(&frame, &source, BYTES, &header));
    frame.sender_may = NET_OFFLOAD_CSUM;
    assert_int_equal(from_guest(&frame), NET_TAKEN);
}

static int set_up(void **state)
{
    (void)state;
    fake_vtl_reset();
    received = 0;
    net_init();
    return 0;
}

static void test_nobody(void **state)
{
    (void)state;
    broadcast();
    assert_int_equal(net_counts(NET_PORT_OWN)->completed, 0);
    assert_int_equal(net_counts(NET_PORT_OWN)->to.frames[NET_DROP_DOWN], 1);
    assert_int_equal(net_counts(NET_PORT_HOST)->to.frames[NET_TAKEN], 1);
}

static void test_somebody(void **state)
{
    (void)state;
    net_set_receive(own);
    broadcast();
    assert_int_equal(received, 1);
    assert_int_equal(net_counts(NET_PORT_OWN)->completed, 1);
    assert_int_equal(net_counts(NET_PORT_OWN)->to.frames[NET_TAKEN], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nobody, set_up),
        cmocka_unit_test_setup(test_somebody, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
