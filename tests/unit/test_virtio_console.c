/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's console device against virtio 1.2, 5.3, over the driver of the host's: a guest on one
 * side, a host on the other.
 */
#include "fake_console_driver.h"
#include "fake_host_queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Queues (5.3.2), the guest's and the host's alike, and events (5.3.6.2). */
#define CONTROL_IN 2u
#define CONTROL_OUT 3u
#define IN(port) ((port) == 0 ? 0u : 2u * (port) + 2u)
#define OUT(port) (IN(port) + 1u)
enum {
    DEVICE_READY,
    DEVICE_ADD,
    DEVICE_REMOVE,
    PORT_READY,
    CONSOLE_PORT,
    RESIZE,
    PORT_OPEN,
    PORT_NAME
};

#define MULTIPORT 2u
#define NAME "org.paravane.exec"
#define STATUS 0x070u
#define NEEDS_RESET 64u

/* Places in the guest's memory. */
#define CONTROL_BUFFERS DRIVER_MEMORY /* what the device says: 64 bytes each */
#define SAID (DRIVER_MEMORY + 0x800u) /* what the driver says */
#define DATA (DRIVER_MEMORY + 0x1000u)
#define DATA_BYTES 0x1000u

static unsigned said; /* control buffers given so far */

static void host_say(uint32_t id, uint16_t event, uint16_t value, const char *text)
{
    uint8_t message[64] = {(uint8_t)id, 0, 0, 0, (uint8_t)event, 0, (uint8_t)value};

    memcpy(message + 8, text, strlen(text));
    assert_true(fake_host_write(CONTROL_IN, message, (uint32_t)(8 + strlen(text))));
    host_console_interrupt(NULL);
}

/* A console that is port 0, and the command's port, both open on the host's side. */
static void host_open(void)
{
    fake_host.config[4] = 2;
    assert_int_equal(host_console_open(0x1000), PV_OK);
    for (uint32_t port = 0; port < 2; port++) {
        host_say(port, DEVICE_ADD, 0, "");
        host_say(port, port == 0 ? CONSOLE_PORT : PORT_NAME, 1, port == 0 ? "" : NAME);
        host_say(port, PORT_OPEN, 1, "");
    }
}

static int setup_alone(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake_host_reset();
    /* A device that there is not: the driver of the host's forgets the one before. */
    fake_host.open_status = PV_IO;
    assert_int_equal(host_console_open(0x1000), PV_IO);
    fake_host_reset();
    driver_init();
    said = 0;
    return 0;
}

static int setup(void **state)
{
    (void)setup_alone(state);
    host_open();
    driver_init();
    return 0;
}

/* ---- The guest -------------------------------------------------------------------------------- */

static void control_room(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        driver_add(CONTROL_IN, CONTROL_BUFFERS + 64u * (said++ % 32), 64, true);
    }
    driver_notify(CONTROL_IN);
}

static void guest_say(uint32_t id, uint16_t event, uint16_t value)
{
    const uint8_t message[8] = {(uint8_t)id, (uint8_t)(id >> 8), 0, 0, (uint8_t)event,
                                0,           (uint8_t)value};
    uint32_t written;

    memcpy(fake_ram(SAID), message, 8);
    driver_add(CONTROL_OUT, SAID, 8, false);
    driver_notify(CONTROL_OUT);
    assert_true(driver_used(CONTROL_OUT, &written));
    assert_int_equal(written, 0);
}

static unsigned heard; /* control buffers looked at so far */

static void guest_hears(uint32_t id, uint16_t event, uint16_t value, const char *text)
{
    const uint8_t expected[8] = {(uint8_t)id, 0, 0, 0, (uint8_t)event, 0, (uint8_t)value, 0};
    const uint8_t *message = fake_ram(CONTROL_BUFFERS + 64u * (heard++ % 32));
    uint32_t written;

    assert_true(driver_used(CONTROL_IN, &written));
    assert_int_equal(written, 8 + strlen(text));
    assert_memory_equal(message, expected, 8);
    assert_memory_equal(message + 8, text, strlen(text));
}

static void guest_hears_nothing(void)
{
    uint32_t written;

    assert_false(driver_used(CONTROL_IN, &written));
}

static void guest_start(void)
{
    driver_start(MULTIPORT);
    said = 0;
    heard = 0;
    control_room(16);
    guest_say(0, DEVICE_READY, 1);
    guest_hears(0, DEVICE_ADD, 0, "");
    guest_hears(1, DEVICE_ADD, 0, "");
    guest_say(0, PORT_READY, 1);
    guest_say(1, PORT_READY, 1);
    guest_say(0, PORT_OPEN, 1);
    guest_say(1, PORT_OPEN, 1);
}

/* The guest sends so many bytes, of a pattern that goes on. */
static void guest_sends(unsigned queue, uint32_t bytes, unsigned from)
{
    for (uint32_t i = 0; i < bytes; i++) {
        fake_ram(DATA)[i] = (uint8_t)(from + i);
    }
    driver_add(queue, DATA, bytes, false);
    driver_notify(queue);
}

/* All that the host can read now; returns how much. */
static size_t host_reads(unsigned queue, unsigned from)
{
    static uint8_t got[HOST_CONSOLE_BYTES];
    size_t total = 0;
    size_t count;

    while ((count = fake_host_read(queue, got, sizeof(got))) != SIZE_MAX) {
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(got[i], (uint8_t)(from + total + i));
        }
        total += count;
    }
    return total;
}

/* ---- Ports ------------------------------------------------------------------------------------ */

static void test_registers(void **state)
{
    (void)state;
    assert_int_equal(driver_read(0x008), 3); /* 5.3.1 */
    driver_write(0x014, 0);
    assert_int_equal(driver_read(0x010) & 7, MULTIPORT); /* 5.3.3: no SIZE, no EMERG_WRITE */
    assert_int_equal(driver_read(0x104), 2);             /* 5.3.4: max_nr_ports */
    driver_write(0x108, 'x');                            /* emerg_wr is not offered */
    assert_int_equal(driver_read(0x108), 0);
}

/* 5.3.5, 5.3.6.2. */
static void test_ports_are_told(void **state)
{
    (void)state;
    driver_start(MULTIPORT);
    said = 0;
    heard = 0;
    control_room(16);
    guest_hears_nothing();
    guest_say(0, DEVICE_READY, 1);
    guest_hears(0, DEVICE_ADD, 0, "");
    guest_hears(1, DEVICE_ADD, 0, "");
    guest_hears_nothing();
    guest_say(0, PORT_READY, 1);
    guest_hears(0, CONSOLE_PORT, 1, "");
    guest_hears(0, PORT_OPEN, 1, "");
    guest_say(1, PORT_READY, 1);
    guest_hears(1, PORT_NAME, 1, NAME);
    guest_hears(1, PORT_OPEN, 1, "");
    /* 5.3.6.2.1: no port that exists is added. */
    guest_say(0, DEVICE_READY, 1);
    guest_say(1, PORT_READY, 1);
    guest_hears_nothing();
    host_say(1, PORT_OPEN, 0, "");
    guest_hears(1, PORT_OPEN, 0, "");
    host_say(1, PORT_OPEN, 1, "");
    guest_hears(1, PORT_OPEN, 1, "");
    guest_hears_nothing();
}

/* Messages wait for buffers, in order; what has changed back meanwhile is not told. */
static void test_messages_wait_for_buffers(void **state)
{
    (void)state;
    driver_start(MULTIPORT);
    said = 0;
    heard = 0;
    guest_say(0, DEVICE_READY, 1);
    control_room(1);
    guest_hears(0, DEVICE_ADD, 0, "");
    guest_hears_nothing();
    control_room(1);
    guest_hears(1, DEVICE_ADD, 0, "");
    guest_say(1, PORT_READY, 1);
    control_room(2);
    guest_hears(1, PORT_NAME, 1, NAME);
    guest_hears(1, PORT_OPEN, 1, "");
    host_say(1, PORT_OPEN, 0, "");
    host_say(1, PORT_OPEN, 1, "");
    control_room(1);
    guest_hears_nothing();
    host_say(1, PORT_OPEN, 0, "");
    guest_hears(1, PORT_OPEN, 0, "");
}

/* Unknown events and ports, a message too short, a port that was not added: nothing but a count. */
static void test_messages_ignored(void **state)
{
    uint64_t before = virtio_console_ignored();
    uint32_t written;

    (void)state;
    driver_start(MULTIPORT);
    control_room(4);
    guest_say(0, PORT_READY, 1);
    guest_say(1, PORT_OPEN, 1);
    guest_say(2, PORT_OPEN, 1);
    guest_say(0xffff, PORT_READY, 1);
    guest_say(0, 200, 1);
    guest_say(0, DEVICE_ADD, 1);
    driver_add(CONTROL_OUT, SAID, 7, false);
    driver_notify(CONTROL_OUT);
    assert_true(driver_used(CONTROL_OUT, &written));
    assert_int_equal(virtio_console_ignored() - before, 7);
    guest_hears_nothing();
    assert_int_equal(driver_read(STATUS), 15);
}

/* No host: ports are there, nobody is at the other end, output is dropped. */
static void test_without_a_host(void **state)
{
    uint64_t before = virtio_console_counts(1)->dropped;
    uint32_t written;

    (void)state;
    guest_start();
    guest_hears(0, CONSOLE_PORT, 1, "");
    guest_hears(1, PORT_NAME, 1, NAME);
    guest_hears_nothing();
    guest_sends(OUT(1), 1000, 0);
    assert_true(driver_used(OUT(1), &written));
    assert_int_equal(virtio_console_counts(1)->dropped - before, 1000);
    assert_int_equal(virtio_console_counts(1)->out, 0);
    assert_null(virtio_console_counts(2));
    driver_add(IN(1), DATA, 64, true);
    driver_notify(IN(1));
    assert_false(driver_used(IN(1), &written));
}

/* ---- Output ----------------------------------------------------------------------------------- */

static void test_output(void **state)
{
    uint32_t written;

    (void)state;
    guest_start();
    for (unsigned port = 0; port < 2; port++) {
        guest_sends(OUT(port), 1000, 5);
        assert_int_equal(host_reads(OUT(port), 5), 1000);
        assert_true(driver_used(OUT(port), &written));
        assert_int_equal(written, 0);
        assert_int_equal(virtio_console_counts(port)->out, 1000);
        host_console_interrupt(NULL);
    }
}

/* A chain of 16 KiB against a host that takes 8: it is given back once, when all of it has gone. */
static void test_output_waits_for_the_host(void **state)
{
    size_t total = 0;
    uint32_t written;

    (void)state;
    guest_start();
    for (uint32_t i = 0; i < 256; i++) {
        fake_ram(DATA)[i] = (uint8_t)i;
    }
    for (unsigned i = 0; i < 64; i++) {
        /* 64 times the same 256 bytes. */
        driver_add(OUT(1), DATA, 256, false);
    }
    driver_notify(OUT(1));
    for (unsigned i = 0; i < HOST_CONSOLE_BUFFERS; i++) {
        assert_true(driver_used(OUT(1), &written));
    }
    assert_false(driver_used(OUT(1), &written));
    for (unsigned turn = 0; turn < 16; turn++) {
        size_t count = host_reads(OUT(1), 0);

        assert_int_equal(count, HOST_CONSOLE_BUFFERS * 256);
        total += count;
        host_console_interrupt(NULL);
        /* Not in the interrupt: the host may always have room again at once. */
        assert_int_equal(host_reads(OUT(1), 0), 0);
        assert_int_equal(driver_later(), turn < 15);
    }
    assert_int_equal(total, 16384);
    assert_int_equal(host_reads(OUT(1), 0), 0);
}

static void test_long_chain_is_held(void **state)
{
    uint32_t written;

    (void)state;
    guest_start();
    for (uint32_t i = 0; i < DATA_BYTES; i++) {
        fake_ram(DATA)[i] = (uint8_t)i;
    }
    /* 4 KiB that are a list of 16 pieces; three times: more than the host takes. */
    for (unsigned i = 0; i < 3; i++) {
        driver_add_list(OUT(1), DATA, DATA_BYTES / 16, DATA_BYTES / 16, 16, false);
    }
    driver_notify(OUT(1));
    assert_true(driver_used(OUT(1), &written) && driver_used(OUT(1), &written));
    assert_false(driver_used(OUT(1), &written));
    driver_notify(OUT(1));
    assert_int_equal(host_reads(OUT(1), 0), 2 * DATA_BYTES);
    host_console_interrupt(NULL);
    assert_true(driver_later());
    assert_true(driver_used(OUT(1), &written));
    assert_int_equal(host_reads(OUT(1), 0), DATA_BYTES);
    host_console_interrupt(NULL);
    assert_false(driver_used(OUT(1), &written));
    assert_int_equal(virtio_console_counts(1)->out, 3 * DATA_BYTES);
}

/* A reset while a chain is held: its rest is gone, and is in nothing that is sent later. */
static void test_reset_while_a_chain_is_held(void **state)
{
    uint32_t written;

    (void)state;
    guest_start();
    memset(fake_ram(DATA), 0xaa, DATA_BYTES);
    driver_add_list(OUT(1), DATA, DATA_BYTES / 2, 0, 6, false);
    driver_notify(OUT(1));
    assert_false(driver_used(OUT(1), &written));
    guest_start();
    host_console_interrupt(NULL);
    assert_false(driver_used(OUT(1), &written));
    uint8_t got[HOST_CONSOLE_BYTES];
    for (unsigned i = 0; i < HOST_CONSOLE_BUFFERS; i++) {
        assert_int_equal(fake_host_read(OUT(1), got, sizeof(got)), HOST_CONSOLE_BYTES);
    }
    host_console_interrupt(NULL);
    guest_sends(OUT(1), 100, 9);
    assert_int_equal(host_reads(OUT(1), 9), 100);
    assert_true(driver_used(OUT(1), &written));
}

/* The host's device dies while a chain is held: the guest goes on without it. */
static void test_host_dies_while_a_chain_is_held(void **state)
{
    uint64_t before = virtio_console_counts(1)->dropped;
    uint32_t written;

    (void)state;
    guest_start();
    driver_add_list(OUT(1), DATA, DATA_BYTES / 2, 0, 6, false);
    driver_notify(OUT(1));
    assert_false(driver_used(OUT(1), &written));
    fake_host.asks_reset = true;
    host_console_interrupt(NULL);
    assert_true(driver_later());
    assert_true(driver_used(OUT(1), &written));
    assert_int_equal(virtio_console_counts(1)->dropped - before,
                     3 * DATA_BYTES - HOST_CONSOLE_BUFFERS * HOST_CONSOLE_BYTES);
}

/* More chains than one call may move: the rest comes later, and comes. */
static void test_full_queue_is_moved_in_turns(void **state)
{
    unsigned given = 0;
    uint32_t written;

    (void)state;
    guest_start();
    for (unsigned i = 0; i < DRIVER_ENTRIES; i++) {
        driver_add(OUT(1), DATA, 1, false);
    }
    driver_notify(OUT(1));
    while (driver_used(OUT(1), &written)) {
        given++;
    }
    assert_int_equal(given, DRIVER_ENTRIES);
    for (unsigned i = 0; i < 3; i++) {
        driver_add(OUT(1), DATA, 1, false);
    }
    assert_true(driver_later());
    assert_true(driver_used(OUT(1), &written));
    assert_false(driver_later());
}

/* ---- Input ------------------------------------------------------------------------------------ */

/* Nothing is taken from the host before the driver has opened the port, and nothing is lost. */
static void test_input_waits_for_the_guest(void **state)
{
    uint32_t written;

    (void)state;
    driver_start(MULTIPORT);
    said = 0;
    heard = 0;
    control_room(8);
    assert_true(fake_host_write(IN(1), "hello ", 6));
    host_console_interrupt(NULL);
    driver_add(IN(1), DATA, 8, true);
    driver_notify(IN(1));
    guest_say(0, DEVICE_READY, 1);
    guest_say(1, PORT_READY, 1);
    assert_false(driver_used(IN(1), &written));
    guest_say(1, PORT_OPEN, 1);
    assert_true(driver_used(IN(1), &written));
    assert_int_equal(written, 6);
    assert_memory_equal(fake_ram(DATA), "hello ", 6);
    /* No buffer: the host's bytes wait; then they come, in as many buffers as it takes. */
    assert_true(fake_host_write(IN(1), "world", 5));
    host_console_interrupt(NULL);
    driver_add(IN(1), DATA, 2, true);
    driver_add(IN(1), DATA + 2, 2, true);
    driver_add(IN(1), DATA + 4, 2, true);
    driver_notify(IN(1));
    for (unsigned i = 0; i < 3; i++) {
        assert_true(driver_used(IN(1), &written));
        assert_int_equal(written, i < 2 ? 2 : 1);
    }
    assert_memory_equal(fake_ram(DATA), "world", 5);
    assert_int_equal(virtio_console_counts(1)->in, 11);
    /* A reset closes the port. */
    driver_start(MULTIPORT);
    assert_true(fake_host_write(IN(1), "x", 1));
    driver_add(IN(1), DATA, 8, true);
    host_console_interrupt(NULL);
    assert_false(driver_used(IN(1), &written));
}

/* A driver that comes again and again: what the host sends meanwhile is there each time. */
static void test_bytes_over_many_starts(void **state)
{
    uint8_t next = 0;
    uint32_t written;

    (void)state;
    for (unsigned turn = 0; turn < 200; turn++) {
        assert_true(fake_host_write(IN(1), &next, 1));
        host_console_interrupt(NULL);
        guest_start();
        driver_add(IN(1), DATA, 16, true);
        driver_notify(IN(1));
        assert_true(driver_used(IN(1), &written));
        assert_int_equal(written, 1);
        assert_int_equal(fake_ram(DATA)[0], next);
        guest_sends(OUT(1), 10, next);
        assert_int_equal(host_reads(OUT(1), next), 10);
        host_console_interrupt(NULL);
        next++;
    }
}

/* 5.3.2: without MULTIPORT there is port 0 alone; it is open. */
static void test_without_multiport(void **state)
{
    uint32_t written;

    (void)state;
    driver_start(0);
    guest_sends(OUT(0), 10, 1);
    assert_int_equal(host_reads(OUT(0), 1), 10);
    assert_true(fake_host_write(IN(0), "in", 2));
    driver_add(IN(0), DATA, 16, true);
    host_console_interrupt(NULL);
    assert_true(driver_used(IN(0), &written));
    assert_int_equal(written, 2);
    guest_sends(OUT(1), 10, 1);
    driver_add(CONTROL_OUT, SAID, 8, false);
    driver_notify(CONTROL_OUT);
    driver_add(IN(1), DATA, 16, true);
    assert_true(fake_host_write(IN(1), "in", 2));
    host_console_interrupt(NULL);
    assert_false(driver_used(OUT(1), &written) || driver_used(CONTROL_OUT, &written));
    assert_false(driver_used(IN(1), &written));
}

/* ---- Rules that the driver breaks ------------------------------------------------------------- */

/* 5.3.6.1, and a control buffer that holds no message: that queue stops, the others go on. */
static void test_broken_queues(void **state)
{
    static const struct {
        unsigned queue;
        uint32_t bytes;
        bool write;
    } broken[] = {
        {OUT(0), 8, true},      {OUT(1), 8, true},      {IN(1), 8, false},
        {CONTROL_IN, 8, false}, {CONTROL_OUT, 8, true}, {CONTROL_IN, 7, true},
    };
    uint32_t written;

    (void)state;
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        unsigned good = broken[i].queue == OUT(0) ? OUT(1) : OUT(0);

        driver_start(MULTIPORT);
        said = 0;
        heard = 0;
        guest_say(0, DEVICE_READY, 1);
        if (broken[i].queue == IN(1)) {
            control_room(2);
            guest_say(1, PORT_OPEN, 1);
            assert_true(fake_host_write(IN(1), "x", 1));
            host_console_interrupt(NULL);
        }
        driver_add(broken[i].queue, DATA, broken[i].bytes, broken[i].write);
        driver_notify(broken[i].queue);
        assert_int_equal(driver_read(STATUS), 15 | NEEDS_RESET);
        assert_false(broken[i].queue != CONTROL_OUT && driver_used(broken[i].queue, &written) &&
                     broken[i].queue != CONTROL_IN);
        guest_sends(good, 5, 3);
        assert_int_equal(host_reads(good, 3), 5);
        host_console_interrupt(NULL);
    }
    guest_start();
    assert_int_equal(driver_read(STATUS), 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_registers, setup),
        cmocka_unit_test_setup(test_ports_are_told, setup),
        cmocka_unit_test_setup(test_messages_wait_for_buffers, setup),
        cmocka_unit_test_setup(test_messages_ignored, setup),
        cmocka_unit_test_setup(test_without_a_host, setup_alone),
        cmocka_unit_test_setup(test_output, setup),
        cmocka_unit_test_setup(test_output_waits_for_the_host, setup),
        cmocka_unit_test_setup(test_long_chain_is_held, setup),
        cmocka_unit_test_setup(test_reset_while_a_chain_is_held, setup),
        cmocka_unit_test_setup(test_host_dies_while_a_chain_is_held, setup),
        cmocka_unit_test_setup(test_full_queue_is_moved_in_turns, setup_alone),
        cmocka_unit_test_setup(test_input_waits_for_the_guest, setup),
        cmocka_unit_test_setup(test_bytes_over_many_starts, setup),
        cmocka_unit_test_setup(test_without_multiport, setup),
        cmocka_unit_test_setup(test_broken_queues, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
