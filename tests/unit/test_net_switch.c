/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The switch between the host's card, the guest and Paravane: which frame goes where. The ports are
 * only records.
 */
#include "fake_vtl.h"
#include "net/net.h"
#include "virtio/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000000)

static const struct host_net_info info = {{0x52, 0x54, 0, 0x12, 0x34, 0x56}, 1500};
static bool absent;
static uint8_t guest_mac[6];
static const uint8_t peer[6] = {0x52, 0x55, 0x0a, 0, 2, 2};
static const uint8_t extra[6] = {0x02, 1, 1, 1, 1, 1};
static const uint8_t everybody[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
static uint8_t own[6];

static struct {
    uint32_t takes[NET_PORTS];
    enum net_verdict verdict[NET_PORTS];
    unsigned got[NET_PORTS];
    struct net_frame last;
    uint8_t bytes[2048];
} ports;

static enum net_verdict (*from_host)(struct net_frame *frame);
static enum net_verdict (*from_guest)(struct net_frame *frame);
static bool (*may_use)(const uint8_t *mac);

const struct host_net_info *host_net_info(void)
{
    return absent ? NULL : &info;
}

void host_net_set_receive(enum net_verdict (*receive)(struct net_frame *frame), void (*flush)(void))
{
    (void)flush;
    from_host = receive;
}

void virtio_net_set_transmit(enum net_verdict (*transmit)(struct net_frame *frame),
                             bool (*use)(const uint8_t *mac))
{
    from_guest = transmit;
    may_use = use;
}

static enum net_verdict got(enum net_port port, const struct net_frame *frame)
{
    ports.got[port]++;
    ports.last = *frame;
    assert_true(frame->bytes > sizeof(ports.bytes) ||
                net_frame_copy(frame, 0, ports.bytes, frame->bytes));
    return ports.verdict[port];
}

enum net_verdict host_net_send(struct net_frame *frame)
{
    return got(NET_PORT_HOST, frame);
}

enum net_verdict virtio_net_deliver(struct net_frame *frame)
{
    return got(NET_PORT_GUEST, frame);
}

static enum net_verdict own_receive(struct net_frame *frame)
{
    return got(NET_PORT_OWN, frame);
}

uint32_t host_net_takes(void)
{
    return ports.takes[NET_PORT_HOST];
}

uint32_t virtio_net_takes(void)
{
    return ports.takes[NET_PORT_GUEST];
}

void host_net_kick(void)
{
}

void virtio_net_flush(void)
{
}

void virtio_net_mac(uint8_t *mac)
{
    memcpy(mac, guest_mac, 6);
}

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake.time_ns = 1000 * SECOND;
    memset(&ports, 0, sizeof(ports));
    memcpy(guest_mac, info.mac, 6);
    absent = false;
    net_init();
    net_set_receive(own_receive);
    net_mac(own);
    return 0;
}

/* ---- Frames ---- */

static uint8_t wire[70000];
static struct ring_segment segments[2];
static struct net_source source;
static struct net_frame frame;

static void make(const uint8_t *to, const uint8_t *from, uint32_t bytes,
                 const struct virtio_net_header *header)
{
    static const struct virtio_net_header none;

    memcpy(wire, to, 6);
    memcpy(wire + 6, from, 6);
    segments[0] = (struct ring_segment){gpa((uintptr_t)wire), 70};
    segments[1] = (struct ring_segment){gpa((uintptr_t)wire + 70), sizeof(wire) - 70};
    source.start = (struct ring_cursor){segments, segments + 2, 0};
    assert_true(net_frame_open(&frame, &source, bytes, header != NULL ? header : &none));
    frame.sender_may = NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6;
}

static enum net_verdict send(enum net_port port, const uint8_t *to, const uint8_t *from)
{
    memset(ports.got, 0, sizeof(ports.got));
    make(to, from, 60, NULL);
    if (port == NET_PORT_HOST) {
        from_host(&frame);
        return NET_VERDICTS;
    }
    return port == NET_PORT_GUEST ? from_guest(&frame) : net_send(&frame);
}

/* Which ports the last frame went to, as "HGO". */
static bool went_to(const char *to)
{
    return (ports.got[NET_PORT_HOST] == 1) == (strchr(to, 'H') != NULL) &&
           (ports.got[NET_PORT_GUEST] == 1) == (strchr(to, 'G') != NULL) &&
           (ports.got[NET_PORT_OWN] == 1) == (strchr(to, 'O') != NULL);
}

/* ---- Where to ---- */

static void own_address(void **state)
{
    (void)state;
    assert_memory_not_equal(own, info.mac, 6);
    assert_int_equal(own[0] & 3, 2); /* locally administered, one machine's */
}

static void unicast(void **state)
{
    (void)state;
    assert_int_equal(send(NET_PORT_GUEST, peer, guest_mac), NET_TAKEN);
    assert_true(went_to("H"));
    send(NET_PORT_HOST, guest_mac, peer);
    assert_true(went_to("G"));
    send(NET_PORT_HOST, own, peer);
    assert_true(went_to("O"));
    assert_int_equal(send(NET_PORT_GUEST, own, guest_mac), NET_TAKEN);
    assert_true(went_to("O"));
    assert_int_equal(send(NET_PORT_OWN, guest_mac, own), NET_TAKEN);
    assert_true(went_to("G"));
    assert_int_equal(send(NET_PORT_OWN, peer, own), NET_TAKEN);
    assert_true(went_to("H"));
    /* To the sender itself: nowhere. */
    assert_int_equal(send(NET_PORT_GUEST, guest_mac, guest_mac), NET_DROP_FILTERED);
    assert_true(went_to(""));
}

static void groups(void **state)
{
    (void)state;
    send(NET_PORT_HOST, everybody, peer);
    assert_true(went_to("GO"));
    assert_int_equal(send(NET_PORT_GUEST, everybody, guest_mac), NET_TAKEN);
    assert_true(went_to("HO"));
    assert_int_equal(send(NET_PORT_OWN, everybody, own), NET_TAKEN);
    assert_true(went_to("HG"));
}

/* An address behind the guest's, of a bridge of its own. */
static void addresses_behind_the_guest(void **state)
{
    (void)state;
    assert_int_equal(send(NET_PORT_OWN, extra, own), NET_TAKEN);
    assert_true(went_to("H"));
    assert_int_equal(send(NET_PORT_GUEST, peer, extra), NET_TAKEN);
    assert_int_equal(send(NET_PORT_OWN, extra, own), NET_TAKEN);
    assert_true(went_to("G"));
    /* It moves to the host's side: the guest's lets go of it, and can't have it back. */
    send(NET_PORT_HOST, guest_mac, extra);
    assert_int_equal(send(NET_PORT_OWN, extra, own), NET_TAKEN);
    assert_true(went_to("H"));
    assert_int_equal(send(NET_PORT_GUEST, peer, extra), NET_DROP_SOURCE);
}

/* ---- Who may be whom ---- */

static void paravanes_address_is_nobodys(void **state)
{
    (void)state;
    assert_int_equal(send(NET_PORT_GUEST, peer, own), NET_DROP_SOURCE);
    assert_true(went_to(""));
    send(NET_PORT_HOST, guest_mac, own);
    assert_true(went_to(""));
    assert_false(may_use(own));
    assert_int_equal(net_counts(NET_PORT_GUEST)->from.frames[NET_DROP_SOURCE], 1);
    assert_int_equal(net_counts(NET_PORT_HOST)->from.frames[NET_DROP_SOURCE], 1);
    assert_int_equal(send(NET_PORT_OWN, peer, guest_mac), NET_DROP_SOURCE);
}

static void the_guest_takes_nothing_of_the_hosts_side(void **state)
{
    (void)state;
    assert_true(may_use(peer));
    send(NET_PORT_HOST, guest_mac, peer);
    assert_false(may_use(peer));
    assert_int_equal(send(NET_PORT_GUEST, own, peer), NET_DROP_SOURCE);
    assert_int_equal(send(NET_PORT_OWN, peer, own), NET_TAKEN);
    assert_true(went_to("H"));
    /* However many others it sends. */
    for (unsigned i = 0; i < 100; i++) {
        const uint8_t many[6] = {2, 9, 9, 9, 9, (uint8_t)i};
        fake.time_ns += 1000;
        assert_int_equal(send(NET_PORT_GUEST, peer, many), NET_TAKEN);
    }
    assert_false(may_use(peer));
    /* Forgotten after five minutes. */
    fake.time_ns += 301 * SECOND;
    assert_true(may_use(peer));
    assert_int_equal(send(NET_PORT_GUEST, own, peer), NET_TAKEN);
}

static void the_host_is_not_the_guest(void **state)
{
    (void)state;
    send(NET_PORT_HOST, everybody, guest_mac);
    assert_true(went_to(""));
}

static void groups_send_nothing(void **state)
{
    static const uint8_t group[6] = {3, 0, 0, 0, 0, 1};

    (void)state;
    assert_int_equal(send(NET_PORT_GUEST, peer, group), NET_DROP_SOURCE);
    assert_int_equal(send(NET_PORT_GUEST, peer, everybody), NET_DROP_SOURCE);
    send(NET_PORT_HOST, guest_mac, group);
    assert_true(went_to(""));
}

static void the_oldest_is_forgotten(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 17; i++) {
        const uint8_t many[6] = {2, 9, 9, 9, 9, (uint8_t)i};
        fake.time_ns += 1000;
        send(NET_PORT_HOST, guest_mac, many);
    }
    assert_true(may_use((const uint8_t[]){2, 9, 9, 9, 9, 0}));
    assert_false(may_use((const uint8_t[]){2, 9, 9, 9, 9, 1}));
    assert_false(may_use((const uint8_t[]){2, 9, 9, 9, 9, 16}));
}

/* ---- What is malformed (5.1.6.2) ---- */

static enum net_verdict sent(uint32_t bytes, const struct virtio_net_header *header, uint32_t may)
{
    make(peer, guest_mac, bytes, header);
    frame.sender_may = may;
    return from_guest(&frame);
}

static void lengths(void **state)
{
    const struct virtio_net_header cut = {
        .flags = 1, .gso_type = 1, .gso_size = 1448, .csum_start = 34};
    const uint32_t all = NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4;

    (void)state;
    ports.takes[NET_PORT_HOST] = all;
    assert_int_equal(sent(13, NULL, 0), NET_DROP_MALFORMED);
    assert_int_equal(sent(0, NULL, 0), NET_DROP_MALFORMED);
    assert_int_equal(sent(14, NULL, 0), NET_TAKEN);
    assert_int_equal(sent(1518, NULL, 0), NET_TAKEN);
    assert_int_equal(sent(1519, NULL, 0), NET_DROP_MALFORMED);
    assert_int_equal(sent(65550, &cut, all), NET_TAKEN);
    assert_int_equal(sent(65551, &cut, all), NET_DROP_MALFORMED);
}

static void headers(void **state)
{
    const uint32_t all = NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4 | NET_OFFLOAD_TSO6;
    const struct virtio_net_header good = {.flags = 1,
                                           .gso_type = 4,
                                           .gso_size = 1,
                                           .hdr_len = 60,
                                           .csum_start = 42,
                                           .csum_offset = 16};
    struct virtio_net_header bad;

    (void)state;
    ports.takes[NET_PORT_HOST] = all;
    assert_int_equal(sent(60, &good, all), NET_TAKEN);
    assert_int_equal(sent(60, &good, NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO4), NET_DROP_MALFORMED);
    assert_int_equal(sent(60, &good, 0), NET_DROP_MALFORMED);
    assert_int_equal(sent(59, &good, all), NET_DROP_MALFORMED);
    bad = good;
    bad.flags = 0;
    assert_int_equal(sent(60, &bad, all), NET_DROP_MALFORMED);
    bad = good;
    bad.gso_size = 0;
    assert_int_equal(sent(60, &bad, all), NET_DROP_MALFORMED);
    bad = good;
    bad.hdr_len = 61;
    assert_int_equal(sent(60, &bad, all), NET_DROP_MALFORMED);
    bad = good;
    bad.csum_offset = 17;
    assert_int_equal(sent(60, &bad, all), NET_DROP_MALFORMED);
    bad = good;
    bad.csum_start = 13;
    assert_int_equal(sent(60, &bad, all), NET_DROP_MALFORMED);
    bad.csum_start = 65535;
    bad.csum_offset = 65535;
    assert_int_equal(sent(60, &bad, all), NET_DROP_MALFORMED);
    const uint8_t types[] = {2, 3, 5, 0x80, 0x81, 0xff};
    for (unsigned i = 0; i < sizeof(types); i++) {
        bad = good;
        bad.gso_type = types[i];
        assert_int_equal(sent(60, &bad, all), NET_DROP_MALFORMED);
    }
}

/* ---- What a port does not take ---- */

/* RFC 1071, over what the field holds (the sum of the pseudo header) and the rest. */
static uint16_t sum_of(const uint8_t *bytes, size_t count)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += (uint64_t)bytes[i] << (i % 2 == 0 ? 8 : 0);
    }
    while (sum >> 16 != 0) {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)sum;
}

static void checksums_are_completed(void **state)
{
    const struct virtio_net_header header = {.flags = 1, .csum_start = 34, .csum_offset = 16};

    (void)state;
    for (uint32_t bytes = 60; bytes < 700; bytes += 37) {
        for (uint32_t i = 12; i < bytes; i++) {
            wire[i] = (uint8_t)(i * 13 + bytes);
        }
        make(guest_mac, peer, bytes, &header);
        from_host(&frame);
        assert_int_equal(ports.got[NET_PORT_GUEST], 1);
        ports.got[NET_PORT_GUEST] = 0;
        assert_int_equal(ports.last.offloads.flags, 0);
        /* With the sum in its place, all of it comes to nothing but for what the field held. */
        uint16_t held = sum_of(wire + 50, 2);
        uint16_t whole = sum_of(ports.bytes + 34, bytes - 34);
        assert_int_equal(sum_of((const uint8_t[]){(uint8_t)(whole >> 8), (uint8_t)whole,
                                                  (uint8_t)(held >> 8), (uint8_t)held},
                                4),
                         0xffff);
        assert_memory_equal(ports.bytes, wire, 50);
        assert_memory_equal(ports.bytes + 52, wire + 52, bytes - 52);
    }
    assert_int_equal(net_counts(NET_PORT_GUEST)->completed, 18);
    /* Where the port takes it as it is, it stays so. */
    ports.takes[NET_PORT_GUEST] = NET_OFFLOAD_CSUM;
    make(guest_mac, peer, 100, &header);
    from_host(&frame);
    assert_int_equal(ports.last.offloads.flags, 1);
    assert_memory_equal(ports.bytes, wire, 100);
    assert_int_equal(net_counts(NET_PORT_GUEST)->completed, 18);
}

static void what_can_t_be_cut_is_dropped(void **state)
{
    const struct virtio_net_header cut = {
        .flags = 1, .gso_type = 1, .gso_size = 100, .csum_start = 34};

    (void)state;
    ports.takes[NET_PORT_GUEST] = NET_OFFLOAD_CSUM | NET_OFFLOAD_TSO6;
    make(guest_mac, peer, 1000, &cut);
    from_host(&frame);
    assert_true(went_to(""));
    assert_int_equal(net_counts(NET_PORT_GUEST)->to.frames[NET_DROP_OFFLOAD], 1);
    assert_int_equal(net_counts(NET_PORT_HOST)->from.frames[NET_DROP_OFFLOAD], 1);
}

/* A port that is full gets the frame first, so that nobody gets it twice. */
static void full(void **state)
{
    (void)state;
    ports.verdict[NET_PORT_HOST] = NET_FULL;
    assert_int_equal(send(NET_PORT_GUEST, everybody, guest_mac), NET_FULL);
    assert_true(went_to("H"));
    assert_int_equal(net_counts(NET_PORT_GUEST)->from.frames[NET_TAKEN], 0);
    ports.verdict[NET_PORT_HOST] = NET_TAKEN;
    assert_int_equal(send(NET_PORT_GUEST, everybody, guest_mac), NET_TAKEN);
    assert_true(went_to("HO"));
    ports.verdict[NET_PORT_GUEST] = NET_FULL;
    send(NET_PORT_HOST, everybody, peer);
    assert_true(went_to("G"));
    assert_int_equal(from_host(&frame), NET_FULL);
    assert_int_equal(net_counts(NET_PORT_HOST)->from.frames[NET_FULL], 0);
    ports.verdict[NET_PORT_GUEST] = NET_TAKEN;
    send(NET_PORT_HOST, everybody, peer);
    assert_true(went_to("GO"));
    assert_int_equal(net_counts(NET_PORT_HOST)->from.frames[NET_TAKEN], 1);
}

static void counts(void **state)
{
    (void)state;
    send(NET_PORT_HOST, guest_mac, peer);
    ports.verdict[NET_PORT_GUEST] = NET_DROP_NO_BUFFER;
    send(NET_PORT_HOST, guest_mac, peer);
    net_set_receive(NULL);
    send(NET_PORT_HOST, own, peer);
    struct net_counts host = *net_counts(NET_PORT_HOST);
    struct net_counts guest = *net_counts(NET_PORT_GUEST);
    assert_int_equal(host.from.frames[NET_TAKEN], 1);
    assert_int_equal(host.from.bytes, 60);
    assert_int_equal(host.from.frames[NET_DROP_NO_BUFFER], 1);
    assert_int_equal(host.from.frames[NET_DROP_DOWN], 1);
    assert_int_equal(guest.to.frames[NET_TAKEN], 1);
    assert_int_equal(guest.to.bytes, 60);
    assert_int_equal(guest.to.frames[NET_DROP_NO_BUFFER], 1);
    assert_int_equal(net_counts(NET_PORT_OWN)->to.frames[NET_DROP_DOWN], 1);
}

static void no_card(void **state)
{
    (void)state;
    absent = true;
    from_guest = NULL;
    net_init();
    assert_null(from_guest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(own_address, setup),
        cmocka_unit_test_setup(unicast, setup),
        cmocka_unit_test_setup(groups, setup),
        cmocka_unit_test_setup(addresses_behind_the_guest, setup),
        cmocka_unit_test_setup(paravanes_address_is_nobodys, setup),
        cmocka_unit_test_setup(the_guest_takes_nothing_of_the_hosts_side, setup),
        cmocka_unit_test_setup(the_host_is_not_the_guest, setup),
        cmocka_unit_test_setup(groups_send_nothing, setup),
        cmocka_unit_test_setup(the_oldest_is_forgotten, setup),
        cmocka_unit_test_setup(lengths, setup),
        cmocka_unit_test_setup(headers, setup),
        cmocka_unit_test_setup(checksums_are_completed, setup),
        cmocka_unit_test_setup(what_can_t_be_cut_is_dropped, setup),
        cmocka_unit_test_setup(full, setup),
        cmocka_unit_test_setup(counts, setup),
        cmocka_unit_test_setup(no_card, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
