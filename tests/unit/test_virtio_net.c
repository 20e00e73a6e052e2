/* SPDX-License-Identifier: BSD-3-Clause */
/* The guest's network device: its features, and frames both ways. Source: virtio 1.2, 5.1. */
#include "virtio_net_test.h"

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
        (const struct fake_part[]){
            {DATA, 5, false}, {DATA + 5, 50, false}, {DATA + 55, 2957, false}},
        3);
    notify(OUT);
    assert_int_equal(host.frames, 1);
    assert_int_equal(host.last.bytes, 3000);
    assert_memory_equal(host.bytes, fake_ram(DATA + HEADER), 3000);
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
    add(OUT, (const struct fake_part[]){{DATA, 72, false}}, 1);
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
    add(OUT, (const struct fake_part[]){{DATA, 0x20000, false}, {DATA, 0x20000, false}}, 2);
    notify(OUT);
    assert_int_equal(used_count(OUT), 1);
    assert_int_equal(host.frames, 0);
}

static void no_header_breaks_the_queue(void **state)
{
    (void)state;
    add(OUT, (const struct fake_part[]){{DATA, 11, false}}, 1);
    notify(OUT);
    assert_int_equal(used_count(OUT), 0);
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS, 4), 15 | 64);
    /* The other pair goes on. */
    add(3, (const struct fake_part[]){{DATA, 72, false}}, 1);
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
    add(OUT, (const struct fake_part[]){{DATA, 72, false}}, 1);
    add(OUT, (const struct fake_part[]){{DATA, 73, false}}, 1);
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
    add(IN, (const struct fake_part[]){{DATA, 7, true}, {DATA + 7, 2000, true}}, 2);
    assert_int_equal(deliver(info.mac, 1514, &header), NET_TAKEN);
    assert_int_equal(used_count(IN), 1);
    assert_int_equal(used_length(IN, 0), 1514 + HEADER);
    memcpy(&got, fake_ram(DATA), HEADER);
    assert_int_equal(got.flags, 3);
    assert_int_equal(got.gso_size, 1448);
    assert_int_equal(got.num_buffers, 1);
    assert_memory_equal(fake_ram(DATA + HEADER), wire, 1514);
    /* The interrupt comes with the flush. */
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS, 4), 0);
    virtio_net_flush();
    assert_int_equal(reg_read(VIRTIO_MMIO_INTERRUPT_STATUS, 4), 1);
}

/* 5.1.6.4: as many buffers as it takes; num_buffers may lie in two pieces. */
static void merges(void **state)
{
    (void)state;
    add(IN, (const struct fake_part[]){{DATA, 11, true}, {DATA + 0x100, 89, true}}, 2);
    add(IN, (const struct fake_part[]){{DATA + 0x200, 100, true}}, 1);
    add(IN, (const struct fake_part[]){{DATA + 0x300, 100, true}}, 1);
    add(IN, (const struct fake_part[]){{DATA + 0x400, 100, true}}, 1);
    assert_int_equal(deliver(info.mac, 250, NULL), NET_TAKEN);
    assert_int_equal(used_count(IN), 3);
    assert_int_equal(used_length(IN, 0), 100);
    assert_int_equal(used_length(IN, 1), 100);
    assert_int_equal(used_length(IN, 2), 62);
    assert_int_equal(*fake_ram(DATA + 10), 3);
    assert_int_equal(*fake_ram(DATA + 0x100), 0);
    assert_memory_equal(fake_ram(DATA + 0x101), wire, 88);
    assert_memory_equal(fake_ram(DATA + 0x200), wire + 88, 100);
    assert_memory_equal(fake_ram(DATA + 0x300), wire + 188, 62);
}

/* Too few buffers: dropped whole, and the buffers are there for the next. */
static void no_buffers(void **state)
{
    (void)state;
    assert_int_equal(deliver(info.mac, 60, NULL), NET_DROP_NO_BUFFER);
    add(IN, (const struct fake_part[]){{DATA, 100, true}}, 1);
    add(IN, (const struct fake_part[]){{DATA + 0x100, 100, true}}, 1);
    assert_int_equal(deliver(info.mac, 1000, NULL), NET_DROP_NO_BUFFER);
    assert_int_equal(used_count(IN), 0);
    assert_int_equal(deliver(info.mac, 180, NULL), NET_TAKEN);
    assert_int_equal(used_count(IN), 2);
}

/* The driver notifies of the next buffer (2.7.10: avail_event); when it gives none, nobody waits for it again. */
static void waits_for_buffers(void **state)
{
    const uint64_t avail_event = drivers[IN].device + VIRTIO_USED_RING(SIZE);

    (void)state;
    start(BASIC | VIRTIO_F_EVENT_IDX);
    host.can_wait = true;
    add(IN, (const struct fake_part[]){{DATA, 100, true}}, 1);
    assert_int_equal(deliver(info.mac, 180, NULL), NET_FULL);
    assert_int_equal(used_count(IN), 0);
    assert_int_equal(fake_ram_get16(avail_event), 1);
    add(IN, (const struct fake_part[]){{DATA + 0x100, 100, true}}, 1);
    notify(IN);
    assert_int_equal(host.again, 1);
    assert_int_equal(deliver(info.mac, 180, NULL), NET_TAKEN);
    assert_int_equal(used_count(IN), 2);

    assert_int_equal(deliver(info.mac, 60, NULL), NET_FULL);
    fake.time_ns += 199999999;
    assert_int_equal(deliver(info.mac, 60, NULL), NET_FULL);
    fake.time_ns += 1;
    assert_int_equal(deliver(info.mac, 60, NULL), NET_DROP_NO_BUFFER);
    assert_int_equal(deliver(info.mac, 60, NULL), NET_DROP_NO_BUFFER);
    add(IN, (const struct fake_part[]){{DATA, 100, true}}, 1);
    assert_int_equal(deliver(info.mac, 60, NULL), NET_TAKEN);
    assert_int_equal(deliver(info.mac, 60, NULL), NET_FULL);
}

/* A notification of buffers is answered with the wish for none of each. */
static void wants_to_hear_of_no_buffer(void **state)
{
    (void)state;
    start(BASIC | VIRTIO_F_EVENT_IDX);
    add(IN, (const struct fake_part[]){{DATA, 100, true}}, 1);
    assert_int_equal(deliver(info.mac, 60, NULL), NET_TAKEN);
    add(IN, (const struct fake_part[]){{DATA, 100, true}}, 1);
    notify(IN);
    /* The driver is past it, until indices have come round. */
    assert_int_equal(fake_ram_get16(drivers[IN].device + VIRTIO_USED_RING(SIZE)), 1);
    assert_int_equal(used_count(IN), 1);
}

static void one_buffer_where_nothing_merges(void **state)
{
    (void)state;
    start(BASIC & ~VIRTIO_NET_F_MRG_RXBUF);
    add(IN, (const struct fake_part[]){{DATA, 100, true}}, 1);
    add(IN, (const struct fake_part[]){{DATA + 0x100, 100, true}}, 1);
    assert_int_equal(deliver(info.mac, 89, NULL), NET_DROP_NO_BUFFER);
    assert_int_equal(deliver(info.mac, 88, NULL), NET_TAKEN);
    assert_int_equal(fake_ram_get16(DATA + 10), 1);
}

static void a_buffer_without_room_for_a_header(void **state)
{
    (void)state;
    add(IN, (const struct fake_part[]){{DATA, 11, true}}, 1);
    assert_int_equal(deliver(info.mac, 60, NULL), NET_DROP_NO_BUFFER);
    virtio_net_flush();
    assert_int_equal(reg_read(VIRTIO_MMIO_STATUS, 4), 15 | 64);
}

static void not_before_it_runs_nor_after(void **state)
{
    (void)state;
    add(IN, (const struct fake_part[]){{DATA, 2000, true}}, 1);
    reg_write(VIRTIO_MMIO_STATUS, 0);
    memset(fake_ram(DATA), 0x77, 2000);
    assert_int_equal(deliver(info.mac, 60, NULL), NET_DROP_DOWN);
    assert_true(features_ok(ALL));
    fake_driver_init(&drivers[IN], false, SIZE, drivers[IN].desc);
    assert_true(fake_transport_queue(VIRTIO_WINDOW_NET, IN, &drivers[IN]));
    add(IN, (const struct fake_part[]){{DATA, 2000, true}}, 1);
    assert_int_equal(deliver(info.mac, 60, NULL), NET_DROP_DOWN);
    assert_int_equal(*fake_ram(DATA), 0x77);
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
        cmocka_unit_test_setup(waits_for_buffers, setup),
        cmocka_unit_test_setup(wants_to_hear_of_no_buffer, setup),
        cmocka_unit_test_setup(one_buffer_where_nothing_merges, setup),
        cmocka_unit_test_setup(a_buffer_without_room_for_a_header, setup),
        cmocka_unit_test_setup(not_before_it_runs_nor_after, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
