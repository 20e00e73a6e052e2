/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Paravane as a host of a network: net/stack*.c, lookup.c and connection.c with all of lwIP, and a network that
 * is a few lines of this file: ARP (RFC 826), DHCP (RFC 2131, 2132), names (RFC 1035), router advertisements
 * (RFC 4861, 4.2; RFC 8106, 5.1), and one TCP peer (RFC 9293).
 */
#include "connection.h"
#include "fake_vtl.h"
#include "fake_wire.h"
#include "lookup.h"
#include "stream.h"
#include "tls.h"

#include <lwip/dns.h>
#include <lwip/timeouts.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000000)
#define PORT_DNS 53u
#define PORT_DHCP 67u
#define PORT 8443u
#define SEQ 0x10000000u

static struct {
    bool no_arp;
    bool no_dhcp;
    bool no_router;
    bool no_names;
    bool refuses;
    bool silent;
    unsigned discovers;
    unsigned releases;
    unsigned queries;
    uint8_t seen[4096]; /* of the connection */
    uint32_t seen_bytes;
    bool seen_end;
    uint32_t seq;
    uint8_t last[WIRE_FRAME_BYTES]; /* frame of the connection */
    uint32_t last_bytes;
} peer;

static unsigned tls_ups;
static unsigned tls_downs;

const char *tls_up(void)
{
    tls_ups++;
    return NULL;
}

void tls_down(void)
{
    tls_downs++;
}

void stream_close(void)
{
    connection_close();
}

/* ---- The network ----------------------------------------------------------------------------------- */

#define BOOTP 236u /* RFC 2131, 2: up to the options */

static void answer_dhcp(const uint8_t *frame, uint32_t bytes, const uint8_t *request)
{
    static const uint8_t options[] = {
        99,  130, 83,  99,           /* magic */
        53,  1,   0,                 /* type */
        54,  4,   10,  0,   2,   2,  /* server */
        51,  4,   0,   0,   14,  16, /* an hour */
        1,   4,   255, 255, 255, 0,  /* mask */
        3,   4,   10,  0,   2,   2,  /* router */
        6,   4,   10,  0,   2,   3,  /* names */
        255,
    };
    uint8_t answer[BOOTP + sizeof(options)];
    uint8_t type = request[BOOTP + 6]; /* lwIP's first option */

    if (type == 7) {
        peer.releases++;
        return;
    }
    peer.discovers += type == 1 ? 1 : 0;
    if (peer.no_dhcp) {
        return;
    }
    memcpy(answer, request, BOOTP);
    memcpy(answer + BOOTP, options, sizeof(options));
    answer[0] = 2;
    memcpy(answer + 16, (const uint8_t[]){10, 0, 2, 15}, 4);
    answer[BOOTP + 6] = type == 1 ? 2 : 5;
    wire_answer_udp(frame, bytes, answer, sizeof(answer));
}

/* kbs.test is 10.0.2.2 and fd00::2; six.test is only the latter; nothing else is there. */
static void answer_name(const uint8_t *frame, uint32_t bytes, const uint8_t *query, uint32_t count)
{
    static const uint8_t kbs[] = "\3kbs\4test";
    static const uint8_t six[] = "\3six\4test";
    static const uint8_t ip4[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 10, 0, 2, 2};
    static const uint8_t ip6[] = {0xc0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16, 0xfd, 0,
                                  0,    0,  0, 0,  0, 0, 0, 0, 0, 0,  0, 0,  0,    2};
    uint8_t answer[512];
    bool is_ip6 = query[count - 3] == 28;
    bool found = memcmp(query + 12, six, sizeof(six)) == 0
                     ? is_ip6
                     : memcmp(query + 12, kbs, sizeof(kbs)) == 0;

    peer.queries++;
    if (peer.no_names) {
        return;
    }
    memcpy(answer, query, count);
    answer[2] = 0x81;
    answer[3] = found ? 0x80 : 0x83;
    answer[7] = found ? 1 : 0;
    if (found) {
        memcpy(answer + count, is_ip6 ? ip6 : ip4, is_ip6 ? sizeof(ip6) : sizeof(ip4));
        count += is_ip6 ? (uint32_t)sizeof(ip6) : (uint32_t)sizeof(ip4);
    }
    wire_answer_udp(frame, bytes, answer, count);
}

static void tcp_in(const uint8_t *frame, uint32_t bytes, const uint8_t *tcp)
{
    uint32_t header = (uint32_t)(tcp[12] >> 4) * 4;
    uint32_t count = bytes - (uint32_t)(tcp - frame) - header;

    if (peer.silent) {
        return;
    }
    memcpy(peer.last, frame, bytes);
    peer.last_bytes = bytes;
    if ((tcp[13] & WIRE_SYN) != 0) {
        wire_answer_tcp(frame, bytes, SEQ, peer.refuses ? WIRE_RST | WIRE_ACK : WIRE_SYN | WIRE_ACK,
                        NULL, 0);
        peer.seq = SEQ + 1;
        return;
    }
    if (count != 0 && peer.seen_bytes + count <= sizeof(peer.seen)) {
        memcpy(peer.seen + peer.seen_bytes, tcp + header, count);
        peer.seen_bytes += count;
    }
    peer.seen_end = peer.seen_end || (tcp[13] & WIRE_FIN) != 0;
    if (count != 0 || (tcp[13] & WIRE_FIN) != 0) {
        wire_answer_tcp(frame, bytes, peer.seq, WIRE_ACK, NULL, 0);
    }
}

/* The peer's, behind what Paravane has sent last. */
static void tcp_put(uint8_t flags, const char *text)
{
    wire_answer_tcp(peer.last, peer.last_bytes, peer.seq, (uint8_t)(flags | WIRE_ACK), text,
                    (uint32_t)strlen(text));
    peer.seq += (uint32_t)strlen(text) + ((flags & WIRE_FIN) != 0 ? 1 : 0);
}

/* fd00::/64 with addresses to be made of it, and fd00::3 for names. */
static void answer_solicitation(const uint8_t *frame)
{
    static const uint8_t advertisement[] = {134, 0, 0, 0, 64, 0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0,
                                            /* prefix: on the link, autonomous, an hour */
                                            3, 4, 64, 0xc0, 0, 0, 14, 16, 0, 0, 14, 16, 0, 0, 0, 0,
                                            0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                                            /* names */
                                            25, 3, 0, 0, 0, 0, 14, 16, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0,
                                            0, 0, 0, 0, 0, 0, 3,
                                            /* the router's own address */
                                            1, 1, 0x52, 0x55, 10, 0, 2, 2};
    uint8_t answer[WIRE_ETHERNET + WIRE_IP6 + sizeof(advertisement)];

    memcpy(answer, frame, WIRE_ETHERNET + WIRE_IP6);
    memcpy(answer, frame + 6, 6);
    memcpy(answer + 6, wire_mac, 6);
    memset(answer + WIRE_ETHERNET + 8, 0, 32);
    memcpy(answer + WIRE_ETHERNET + 8, (const uint8_t[]){0xfe, 0x80, [15] = 2}, 16);
    memcpy(answer + WIRE_ETHERNET + 24, (const uint8_t[]){0xff, 2, [15] = 1}, 16);
    memcpy(answer + WIRE_ETHERNET + WIRE_IP6, advertisement, sizeof(advertisement));
    wire_finish(answer, sizeof(answer));
    wire_put(answer, sizeof(answer));
}

/* RFC 4861, 4.4: whoever is asked for is the peer, but for Paravane's own, which it asks for with no source
 * (RFC 4862, 5.4.2). */
static void answer_neighbour(const uint8_t *frame)
{
    static const uint8_t any[16];
    uint8_t answer[WIRE_ETHERNET + WIRE_IP6 + 32];
    uint8_t *icmp = answer + WIRE_ETHERNET + WIRE_IP6;

    if (memcmp(frame + WIRE_ETHERNET + 8, any, sizeof(any)) == 0) {
        return;
    }
    memcpy(answer, frame, WIRE_ETHERNET + WIRE_IP6 + 24);
    memcpy(answer, frame + 6, 6);
    memcpy(answer + 6, wire_mac, 6);
    memcpy(answer + WIRE_ETHERNET + 8, frame + WIRE_ETHERNET + WIRE_IP6 + 8, 16);
    memcpy(answer + WIRE_ETHERNET + 24, frame + WIRE_ETHERNET + 8, 16);
    icmp[0] = 136;
    icmp[4] = 0x60; /* solicited, override */
    icmp[24] = 2;
    icmp[25] = 1;
    memcpy(icmp + 26, wire_mac, 6);
    wire_finish(answer, sizeof(answer));
    wire_put(answer, sizeof(answer));
}

static void icmp6_in(const uint8_t *frame, uint8_t type)
{
    if (type == 133 && !peer.no_router) {
        answer_solicitation(frame);
    } else if (type == 135 && !peer.no_router) {
        answer_neighbour(frame);
    }
}

static void sent(const uint8_t *frame, uint32_t bytes)
{
    uint32_t at = 0;
    unsigned protocol = wire_protocol(frame, bytes, &at);
    const uint8_t *upper = frame + at;

    if (wire_get(frame + 12, 2) == 0x0806) {
        if (!peer.no_arp && wire_get(frame + 38, 4) != 0x0a00020f) {
            wire_answer_arp(frame);
        }
    } else if (protocol == WIRE_PROTOCOL_UDP && wire_get(upper + 2, 2) == PORT_DHCP) {
        answer_dhcp(frame, bytes, upper + WIRE_UDP);
    } else if (protocol == WIRE_PROTOCOL_UDP && wire_get(upper + 2, 2) == PORT_DNS) {
        answer_name(frame, bytes, upper + WIRE_UDP, bytes - at - WIRE_UDP);
    } else if (protocol == WIRE_PROTOCOL_ICMP6) {
        icmp6_in(frame, *upper);
    } else if (protocol == WIRE_PROTOCOL_TCP) {
        tcp_in(frame, bytes, upper);
    }
}

/* Time goes on, as lwIP's timers do. */
static uint64_t clock_ns = SECOND;

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake_wire_reset();
    memset(&peer, 0, sizeof(peer));
    fake_wire.sent = sent;
    fake.time_ns = clock_ns;
    tls_ups = 0;
    tls_downs = 0;
    return 0;
}

/* All that lwIP still waits for comes to its end. */
static int teardown(void **state)
{
    uint64_t until = fake.time_ns + 300 * SECOND;

    (void)state;
    net_down();
    fake.sleep = NULL;
    while (fake.timer_ns[0] != 0) {
        vmm_idle(UINT64_MAX);
    }
    while (fake.time_ns < until) {
        sys_check_timeouts();
        fake.time_ns += SECOND / 10;
    }
    clock_ns = fake.time_ns;
    return 0;
}

static uint64_t in(uint64_t seconds)
{
    return fake.time_ns + seconds * SECOND;
}

static void wait_for(uint64_t ns)
{
    uint64_t until = fake.time_ns + ns;

    while (stack_wait(until)) {
    }
}

/* ---- Addresses ------------------------------------------------------------------------------------- */

static void test_dhcp(void **state)
{
    ip_addr_t address;

    (void)state;
    peer.no_router = true;
    assert_null(net_up(""));
    assert_int_equal(peer.discovers, 1);
    assert_true(lookup("kbs.test", false, in(10), &address));
    assert_int_equal(ip_2_ip4(&address)->addr, lwip_htonl(0x0a000202));
    assert_false(lookup("none.test", false, in(10), &address));
    assert_null(connection_open(&address, PORT, in(10)));
    /* It gives the address back (RFC 2131, 4.4.6). */
    net_down();
    assert_int_equal(peer.releases, 1);
    assert_int_equal(tls_ups, 1);
    assert_int_equal(tls_downs, 1);
    assert_null(fake_wire.receive);
}

static void test_router(void **state)
{
    ip_addr_t address;

    (void)state;
    peer.no_dhcp = true;
    assert_null(net_up(""));
    assert_true(lookup("six.test", true, in(10), &address));
    assert_true(IP_IS_V6(&address));
    assert_int_equal(wire_get((const uint8_t *)ip_2_ip6(&address)->addr, 2), 0xfd00);
    assert_false(lookup("six.test", false, in(10), &address));
    assert_null(connection_open(&address, PORT, in(10)));
    connection_close();
}

/* What a router names is asked, and what DHCP names as well, whichever came first. */
static void test_both(void **state)
{
    ip_addr_t address;

    (void)state;
    assert_null(net_up(""));
    wait_for(5 * SECOND);
    assert_true(lookup("kbs.test", false, in(10), &address));
    assert_true(lookup("kbs.test", true, in(10), &address));
    assert_int_equal(dns_getserver(0)->type, IPADDR_TYPE_V4);
    assert_int_equal(dns_getserver(1)->type, IPADDR_TYPE_V6);
}

static void test_fixed(void **state)
{
    ip_addr_t address;

    (void)state;
    assert_null(net_up("quiet ip=10.0.2.15/24,10.0.2.2,10.0.2.3 debug"));
    assert_true(lookup("kbs.test", false, in(10), &address));
    assert_null(connection_open(&address, PORT, in(10)));
    assert_int_equal(peer.discovers, 0);
    assert_false(lookup("kbs.test", true, in(1), &address) &&
                 connection_open(&address, PORT, in(1)) == NULL);
}

/* Through the router that the option names: 10.0.9.9 is not on the link. */
static void test_fixed_ip6(void **state)
{
    ip_addr_t address;

    (void)state;
    assert_null(net_up("ip=fd00::15/64,fe80::2,fd00::3"));
    assert_true(lookup("fd77::1", true, in(1), &address));
    assert_null(connection_open(&address, PORT, in(10)));
}

static void test_options_wrong(void **state)
{
    static const char *const options[] = {
        "ip=",
        "ip=10.0.2.15",
        "ip=10.0.2.15/24",
        "ip=10.0.2.15/24,",
        "ip=10.0.2.15/0,10.0.2.2",
        "ip=10.0.2.15/33,10.0.2.2",
        "ip=10.0.2.15/,10.0.2.2",
        "ip=10.0.2.15/2x,10.0.2.2",
        "ip=10.0.2.15/24,10.0.2.2,nobody",
        "ip=10.0.2.15/24,10.0.2.2,10.0.2.3,10.0.2.4",
        "ip=10.0.2.15/24,fe80::2",
        "ip=fd00::15/48,fe80::2",
        "ip=fd00::15/99999999999999999999,fe80::2",
        "ip=0000000000000000000000000000000000000000000000000000000000001/24,10.0.2.2",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        const char *reason = net_up(options[i]);

        assert_non_null(reason);
        assert_memory_equal(reason, "ip=: ", 5);
        net_down();
    }
}

static void test_nothing_there(void **state)
{
    (void)state;
    fake_wire.no_card = true;
    assert_string_equal(net_up(""), "the machine has no network card");
    fake_wire.no_card = false;
    fake.no_entropy = true;
    assert_string_equal(net_up(""), "no entropy");
    fake.no_entropy = false;
    peer.no_dhcp = true;
    peer.no_router = true;
    uint64_t start = fake.time_ns;
    assert_string_equal(net_up(""), "no address: neither DHCP nor a router has answered");
    assert_true(fake.time_ns - start <= 16 * SECOND);
    net_down();
    fake_wire.no_link = true;
    assert_string_equal(net_up(""), "the network card has no link");
    net_down();
    fake_wire.no_link = false;
    fake_wire.deaf = true;
    assert_non_null(net_up(""));
}

/* ---- Names ----------------------------------------------------------------------------------------- */

static void test_names_silent(void **state)
{
    ip_addr_t address;

    (void)state;
    assert_null(net_up("ip=10.0.2.15/24,10.0.2.2,10.0.2.3"));
    peer.no_names = true;
    uint64_t start = fake.time_ns;
    assert_false(lookup("kbs.test", false, in(10), &address));
    assert_true(fake.time_ns - start <= 11 * SECOND);
    assert_true(peer.queries > 1);
    peer.no_names = false;
    assert_true(lookup("kbs.test", false, in(10), &address));
}

static void test_names_without_server(void **state)
{
    ip_addr_t address;

    (void)state;
    assert_null(net_up("ip=10.0.2.15/24,10.0.2.2"));
    assert_false(lookup("kbs.test", false, in(10), &address));
    assert_int_equal(peer.queries, 0);
    assert_true(lookup("10.0.2.2", false, in(10), &address));
    assert_false(lookup("10.0.2.2", true, in(10), &address));
    assert_true(lookup_is_address("::1"));
    assert_true(lookup_is_address("10.0.2.2"));
    assert_false(lookup_is_address("kbs.test"));
}

/* ---- Connections ----------------------------------------------------------------------------------- */

static void connect(void)
{
    ip_addr_t address = IPADDR4_INIT_BYTES(10, 0, 2, 2);

    assert_null(net_up("ip=10.0.2.15/24,10.0.2.2"));
    assert_null(connection_open(&address, PORT, in(10)));
    assert_int_equal(connection_state(), CONNECTION_OPEN);
}

static void test_bytes(void **state)
{
    static const uint8_t data[3000] = {1, 2, 3, [2999] = 9};
    uint8_t got[64];

    (void)state;
    connect();
    for (size_t at = 0; at < sizeof(data);) {
        at += connection_write(data + at, sizeof(data) - at);
        wait_for(SECOND);
    }
    assert_int_equal(peer.seen_bytes, sizeof(data));
    assert_memory_equal(peer.seen, data, sizeof(data));
    assert_int_equal(connection_read(got, sizeof(got)), 0);
    tcp_put(0, "hello, ");
    wait_for(SECOND);
    tcp_put(0, "world");
    wait_for(SECOND);
    assert_int_equal(connection_read(got, 3), 3);
    assert_int_equal(connection_read(got + 3, sizeof(got) - 3), 9);
    assert_memory_equal(got, "hello, world", 12);
    /* What comes with the end is there still. */
    tcp_put(WIRE_FIN, "bye");
    wait_for(SECOND);
    assert_int_equal(connection_state(), CONNECTION_ENDED);
    assert_int_equal(connection_read(got, sizeof(got)), 3);
    assert_int_equal(connection_read(got, sizeof(got)), 0);
    connection_close();
    wait_for(SECOND);
    assert_true(peer.seen_end);
}

static void test_cut(void **state)
{
    uint8_t got[8];

    (void)state;
    connect();
    tcp_put(0, "half");
    wait_for(SECOND);
    tcp_put(WIRE_RST, "");
    wait_for(SECOND);
    assert_int_equal(connection_state(), CONNECTION_LOST);
    assert_int_equal(connection_read(got, sizeof(got)), 4);
    assert_int_equal(connection_write("x", 1), 0);
    connection_close();
    assert_int_equal(connection_state(), CONNECTION_NONE);
}

static void test_nobody_connects(void **state)
{
    ip_addr_t address = IPADDR4_INIT_BYTES(10, 0, 2, 2);
    ip_addr_t other;

    (void)state;
    assert_null(net_up("ip=10.0.2.15/24,10.0.2.2"));
    peer.refuses = true;
    assert_string_equal(connection_open(&address, PORT, in(10)), "refused");
    peer.refuses = false;
    peer.silent = true;
    uint64_t until = in(10);
    assert_string_equal(connection_open(&address, PORT, until), "no answer");
    assert_true(fake.time_ns >= until && fake.time_ns < until + SECOND);
    assert_true(lookup("fd00::2", true, in(1), &other));
    assert_string_equal(connection_open(&other, PORT, in(1)), "Paravane has no IPv6 address");
}

/* Nobody knocks at Paravane's own doors. */
static void test_no_server(void **state)
{
    unsigned frames;

    (void)state;
    connect();
    frames = fake_wire.frames_sent;
    uint32_t at = 0;
    (void)wire_protocol(peer.last, peer.last_bytes, &at);
    wire_set(peer.last + at + 2, 2, 22); /* the peer's port; Paravane's is one that is not open */
    wire_set(peer.last + at, 2, 80);
    wire_answer_tcp(peer.last, peer.last_bytes, 1, WIRE_SYN, NULL, 0);
    wait_for(SECOND / 10);
    /* A reset at most (RFC 9293, 3.5.2), and never SYN, ACK. */
    assert_true(fake_wire.frames_sent <= frames + 1);
    assert_true(fake_wire.frames_sent == frames || peer.last[at + 13] != (WIRE_SYN | WIRE_ACK));
}

/* Frames of no sense, and more than there is room for: the connection goes on. */
static void test_flood(void **state)
{
    static uint8_t frame[WIRE_FRAME_BYTES];
    uint8_t got[8];

    (void)state;
    connect();
    memset(frame, 0xa5, sizeof(frame));
    memcpy(frame, fake_wire.info.mac, 6);
    for (unsigned round = 0; round < 20; round++) {
        for (uint32_t i = 0; i < WIRE_FRAMES; i++) {
            wire_set(frame + 12, 2, i % 3 == 0 ? 0x0806 : i % 3 == 1 ? 0x0800 : 0x86dd);
            wire_put(frame, 14 + 100 * (i % 16));
        }
        wait_for(SECOND / 10);
    }
    tcp_put(0, "good");
    wait_for(SECOND);
    assert_int_equal(connection_read(got, sizeof(got)), 4);
}

/* No entropy any more: nothing is waited for, and nothing more begins. */
static void test_entropy_ends(void **state)
{
    ip_addr_t address = IPADDR4_INIT_BYTES(10, 0, 2, 2);

    (void)state;
    assert_null(net_up("ip=10.0.2.15/24,10.0.2.2"));
    fake.no_entropy = true;
    assert_non_null(connection_open(&address, PORT, in(10)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_dhcp, setup, teardown),
        cmocka_unit_test_setup_teardown(test_router, setup, teardown),
        cmocka_unit_test_setup_teardown(test_both, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fixed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fixed_ip6, setup, teardown),
        cmocka_unit_test_setup_teardown(test_options_wrong, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_without_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_connects, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entropy_ends, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
