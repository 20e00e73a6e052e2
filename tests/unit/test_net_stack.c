/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Paravane as a host of a network: net/stack*.c, lookup.c and connection.c with all of lwIP, in the network of
 * net_peer.c.
 */
#include "connection.h"
#include "fake_vtl.h"
#include "fake_wire.h"
#include "lookup.h"
#include "net_peer.h"
#include "stream.h"
#include "tls.h"

#include <lwip/dns.h>
#include <lwip/timeouts.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000000)
#define PORT 8443u

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

/* Time goes on, as lwIP's timers do. */
static uint64_t clock_ns = SECOND;

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake_wire_reset();
    memset(&peer, 0, sizeof(peer));
    fake_wire.sent = peer_in;
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
    fake.no_private_entropy = true;
    assert_string_equal(net_up(""), "no entropy but the host's: this CPU has no RNDR");
    fake.no_private_entropy = false;
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
    uint8_t bytes[LOOKUP_ADDRESS_BYTES];
    assert_int_equal(lookup_read_address("fd00::1", bytes), 16);
    assert_memory_equal(bytes, ((const uint8_t[]){0xfd, [15] = 1}), 16);
    assert_int_equal(lookup_read_address("10.0.2.3", bytes), 4);
    assert_memory_equal(bytes, ((const uint8_t[]){10, 0, 2, 3}), 4);
    assert_int_equal(lookup_read_address("kbs.test", bytes), 0);
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
    assert_false(connection_pending());
    peer_put(0, "hello, ");
    wait_for(SECOND);
    assert_true(connection_pending());
    peer_put(0, "world");
    wait_for(SECOND);
    assert_int_equal(connection_read(got, 3), 3);
    assert_int_equal(connection_read(got + 3, sizeof(got) - 3), 9);
    assert_memory_equal(got, "hello, world", 12);
    /* What comes with the end is there still. */
    peer_put(WIRE_FIN, "bye");
    wait_for(SECOND);
    assert_int_equal(connection_state(), CONNECTION_ENDED);
    assert_int_equal(connection_read(got, sizeof(got)), 3);
    assert_int_equal(connection_read(got, sizeof(got)), 0);
    assert_true(connection_pending());
    connection_close();
    wait_for(SECOND);
    assert_true(peer.seen_end);
}

/* Sends all of it, as far as the peer lets it. */
static void write_all(const uint8_t *data, size_t bytes)
{
    for (size_t at = 0, round = 0; at < bytes && round < 600; round++) {
        at += connection_write(data + at, bytes - at);
        wait_for(SECOND / 10);
    }
}

/* RFC 9293, 3.8.6: a window may be closed from the start, and open by any steps. */
static void test_windows(void **state)
{
    static const uint16_t windows[][4] = {{0, 2, 100, 4096}, {1, 100, 0, 4096},
                                          {0, 1, 65535, 0},  {2, 100, 5, 4096},
                                          {3, 65535, 1, 2},  {0, 1220, 3, 65535}};
    static uint8_t data[600];

    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(i * 7);
    }
    for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++) {
        (void)setup(state);
        fake_wire.tcp_window = windows[i][0];
        connect();
        (void)connection_write(data, 300);
        for (unsigned step = 1; step < 4; step++) {
            fake_wire.tcp_window = windows[i][step];
            peer_put(0, "x");
            wait_for(SECOND);
            (void)connection_write(data, 10);
            wait_for(5 * SECOND);
        }
        fake_wire.tcp_window = 0xffff;
        peer_put(0, "x");
        wait_for(10 * SECOND);
        peer.seen_bytes = 0;
        write_all(data, sizeof(data));
        wait_for(SECOND);
        assert_true(peer.seen_bytes >= sizeof(data));
        assert_memory_equal(peer.seen + peer.seen_bytes - sizeof(data), data, sizeof(data));
        (void)teardown(state);
    }
}

/* RFC 9293, 3.2: the maximum segment size is the SYN's alone. Small segments are for a small one. */
static void test_segment_size(void **state)
{
    static const uint8_t option[] = {1, 2, 4, 0, 1, 0, 0, 0};
    static uint8_t data[1000];

    (void)state;
    fake_wire.tcp_window = 0;
    memcpy(fake_wire.tcp_options, (const uint8_t[]){2, 4, 0, 200}, 4);
    fake_wire.tcp_option_bytes = 4;
    connect();
    fake_wire.tcp_option_bytes = 0;
    fake_wire.tcp_window = 65535;
    peer_put(0, "x");
    wait_for(SECOND);
    peer.mute = true;
    assert_int_equal(connection_write(data, sizeof(data)), sizeof(data));
    assert_int_equal(peer.last_bytes, WIRE_ETHERNET + WIRE_IP4 + WIRE_TCP + 200);
    /* Some of it waits; the peer says one byte, and that it has room for fifty, and for five hundred. */
    memcpy(fake_wire.tcp_options, option, sizeof(option));
    fake_wire.tcp_option_bytes = sizeof(option);
    fake_wire.tcp_window = 50;
    peer_put(0, "x");
    wait_for(SECOND);
    (void)connection_write(data, 10);
    fake_wire.tcp_window = 150;
    peer_put(0, "x");
    wait_for(20 * SECOND);
    (void)connection_write(data, 10);
    assert_int_equal(connection_state(), CONNECTION_OPEN);
    /* Paravane has taken neither. Another option is none of ours, however it ends (3.1). */
    peer.seq -= 2;
    memcpy(fake_wire.tcp_options, (const uint8_t[]){99, 4, 2, 4, 99, 0, 2, 4}, 8);
    peer.mute = false;
    peer_put(0, "good");
    wait_for(SECOND);
    assert_int_equal(connection_read(data, sizeof(data)), 1 + 4);
    memcpy(fake_wire.tcp_options, (const uint8_t[]){1, 1, 1, 2}, 4);
    fake_wire.tcp_option_bytes = 4;
    peer_put(0, "good");
    wait_for(SECOND);
    assert_int_equal(connection_read(data, sizeof(data)), 4);
}

/* The window closes over what is to be sent again, which is acknowledged all the same. */
static void test_acknowledged_late(void **state)
{
    static uint8_t before[WIRE_FRAME_BYTES];
    static uint8_t sent[WIRE_FRAME_BYTES];
    static uint8_t data[100];
    uint32_t before_bytes;
    uint32_t sent_bytes;

    (void)state;
    connect();
    memcpy(before, peer.last, peer.last_bytes);
    before_bytes = peer.last_bytes;
    peer.mute = true;
    assert_int_equal(connection_write(data, sizeof(data)), sizeof(data));
    memcpy(sent, peer.last, peer.last_bytes);
    sent_bytes = peer.last_bytes;
    fake_wire.tcp_window = 0;
    wire_answer_tcp(before, before_bytes, peer.seq++, WIRE_ACK, "x", 1);
    wait_for(5 * SECOND);
    wire_answer_tcp(sent, sent_bytes, peer.seq++, WIRE_ACK, "x", 1);
    wait_for(20 * SECOND);
    assert_int_equal(connection_state(), CONNECTION_OPEN);
}

static void test_cut(void **state)
{
    uint8_t got[8];

    (void)state;
    connect();
    peer_put(0, "half");
    wait_for(SECOND);
    peer_put(WIRE_RST, "");
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
    peer_put(0, "good");
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
        cmocka_unit_test_setup_teardown(test_windows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_segment_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_acknowledged_late, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_connects, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_server, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flood, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entropy_ends, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
