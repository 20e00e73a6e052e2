/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver of the host's console device against virtio 1.2, 5.3: the talk about ports, bytes both
 * ways with flow control, and a host that lies.
 */
#include "fake_host_queue.h"
#include "fake_vtl.h"
#include "host/host_console.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Queues (5.3.2) and events (5.3.6.2), as the specification numbers them. */
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

#define NAME "org.paravane.exec"
#define EXEC HOST_CONSOLE_EXEC
#define LOGIN HOST_CONSOLE_LOGIN

static unsigned calls[HOST_CONSOLE_USERS];
static uint8_t bytes[16384];

static void changed(unsigned user)
{
    calls[user]++;
}

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake_host_reset();
    memset(calls, 0, sizeof(calls));
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7 + i / 256);
    }
    fake_host.config[4] = 4; /* max_nr_ports */
    assert_int_equal(host_console_open(0x1000), PV_OK);
    host_console_set_changed(changed);
    return 0;
}

static void interrupt(void)
{
    host_console_interrupt(NULL);
}

static void say(uint32_t id, uint16_t event, uint16_t value, const char *text)
{
    uint8_t message[128] = {(uint8_t)id, (uint8_t)(id >> 8), 0, 0, (uint8_t)event,
                            0,           (uint8_t)value};

    memcpy(message + 8, text, strlen(text));
    assert_true(fake_host_write(CONTROL_IN, message, (uint32_t)(8 + strlen(text))));
    interrupt();
}

/* The next that the driver has said. */
static void hear(uint32_t id, uint16_t event, uint16_t value)
{
    uint8_t message[16];

    assert_int_equal(fake_host_read(CONTROL_OUT, message, sizeof(message)), 8);
    const uint8_t expected[8] = {(uint8_t)id, 0, 0, 0, (uint8_t)event, 0, (uint8_t)value, 0};
    assert_memory_equal(message, expected, 8);
}

static void hear_nothing(void)
{
    uint8_t message[16];

    assert_int_equal(fake_host_read(CONTROL_OUT, message, sizeof(message)), SIZE_MAX);
}

static void add_exec(void)
{
    hear(0, DEVICE_READY, 1);
    say(1, DEVICE_ADD, 0, "");
    say(1, PORT_NAME, 1, NAME);
    say(1, PORT_OPEN, 1, "");
    hear(1, PORT_READY, 1);
    hear(1, PORT_OPEN, 1);
    hear_nothing();
    memset(calls, 0, sizeof(calls));
}

static struct ring_segment segments[3];

/* Three segments of what is to be sent or filled. */
static struct ring_cursor cursor(uint8_t *base, size_t count)
{
    uint32_t third = (uint32_t)count / 3;

    assert_true(count >= 3);
    segments[0] = (struct ring_segment){gpa((uintptr_t)base), third};
    segments[1] = (struct ring_segment){gpa((uintptr_t)base + third), third};
    segments[2] =
        (struct ring_segment){gpa((uintptr_t)base + 2 * third), (uint32_t)count - 2 * third};
    return (struct ring_cursor){segments, segments + 3, 0};
}

static void assert_dead(void)
{
    uint8_t some[8];
    struct ring_cursor to = cursor(some, sizeof(some));

    assert_int_not_equal(fake_host.kills, 0);
    assert_int_equal(fake_host.kills, 1);
    assert_int_equal(host_console_write(EXEC, &to), HOST_CONSOLE_NONE);
    assert_false(host_console_readable(EXEC) || host_console_is_open(EXEC));
    assert_int_equal(host_console_read(EXEC, &to), 0);
    /* Who waits is told, once. */
    assert_true(calls[EXEC] == 1 && calls[LOGIN] == 1);
    interrupt();
    assert_true(calls[EXEC] == 1 && calls[LOGIN] == 1);
}

/* ---- Ports ------------------------------------------------------------------------------------ */

/* 5.3.5, 5.3.6.2: DEVICE_READY; PORT_READY for each port; PORT_OPEN for what is used. */
static void test_ports_by_name(void **state)
{
    (void)state;
    hear(0, DEVICE_READY, 1);
    say(2, DEVICE_ADD, 0, "");
    hear(2, PORT_READY, 1);
    say(2, PORT_NAME, 1, "org.paravane.exe");
    say(2, PORT_NAME, 1, NAME "s");
    say(2, PORT_NAME, 1, "");
    hear_nothing();
    say(3, DEVICE_ADD, 0, "");
    hear(3, PORT_READY, 1);
    say(3, PORT_NAME, 1, NAME);
    hear(3, PORT_OPEN, 1);
    assert_false(host_console_is_open(EXEC));
    say(3, PORT_OPEN, 1, "");
    assert_true(host_console_is_open(EXEC));
    assert_int_equal(calls[EXEC], 2);
    say(3, PORT_OPEN, 0, "");
    assert_false(host_console_is_open(EXEC));
    /* Another of that name is not used. */
    say(2, PORT_NAME, 1, NAME);
    hear_nothing();
    assert_int_equal(fake_host.kills, 0);
}

/* QEMU sends a NUL behind the name. */
static void test_name_with_a_nul(void **state)
{
    uint8_t message[8 + sizeof(NAME)] = {1, 0, 0, 0, PORT_NAME, 0, 1, 0};

    (void)state;
    memcpy(message + 8, NAME, sizeof(NAME));
    hear(0, DEVICE_READY, 1);
    say(1, DEVICE_ADD, 0, "");
    hear(1, PORT_READY, 1);
    assert_true(fake_host_write(CONTROL_IN, message, sizeof(message)));
    interrupt();
    hear(1, PORT_OPEN, 1);
}

/* 5.3.6.2.2: a console is answered with PORT_OPEN. */
static void test_first_console_is_the_login(void **state)
{
    (void)state;
    hear(0, DEVICE_READY, 1);
    say(0, DEVICE_ADD, 0, "");
    hear(0, PORT_READY, 1);
    say(0, CONSOLE_PORT, 1, "");
    hear(0, PORT_OPEN, 1);
    say(0, PORT_OPEN, 1, "");
    assert_true(host_console_is_open(LOGIN));
    assert_false(host_console_is_open(EXEC));
    assert_int_equal(calls[EXEC], 0);
}

/* More ports than are driven: refused, and then nothing said of them counts. */
static void test_port_beyond_those_driven(void **state)
{
    (void)state;
    fake_host_reset();
    fake_host.config[4] = 31;
    assert_int_equal(host_console_open(0x1000), PV_OK);
    hear(0, DEVICE_READY, 1);
    say(30, DEVICE_ADD, 0, "");
    hear(30, PORT_READY, 0);
    say(30, PORT_NAME, 1, NAME);
    say(30, PORT_OPEN, 1, "");
    hear_nothing();
    assert_int_equal(fake_host.kills, 0);
}

/* A port that goes takes what it has not delivered with it; one that comes again works. */
static void test_port_removed_and_added(void **state)
{
    uint8_t got[64];
    struct ring_cursor to = cursor(got, sizeof(got));

    (void)state;
    add_exec();
    assert_true(fake_host_write(IN(1), "old", 3));
    interrupt();
    assert_true(host_console_readable(EXEC));
    say(1, DEVICE_REMOVE, 0, "");
    assert_false(host_console_readable(EXEC) || host_console_is_open(EXEC));
    assert_int_equal(host_console_write(EXEC, &to), HOST_CONSOLE_NONE);
    say(1, DEVICE_ADD, 0, "");
    say(1, PORT_NAME, 1, NAME);
    for (unsigned i = 0; i < HOST_CONSOLE_BUFFERS; i++) {
        assert_true(fake_host_write(IN(1), "new", 3));
    }
    interrupt();
    assert_int_equal(host_console_read(EXEC, &to), 12);
    assert_memory_equal(got, "newnewnewnew", 12);
}

/* Many messages in a row, and a host that does not read the answers: nobody waits. */
static void test_host_that_does_not_listen(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        say(1, DEVICE_ADD, 0, "");
        say(1, DEVICE_REMOVE, 0, "");
    }
    assert_int_equal(fake_host.kills, 0);
}

/* ---- Bytes ------------------------------------------------------------------------------------ */

static void test_bytes_to_the_host(void **state)
{
    uint8_t got[HOST_CONSOLE_BYTES];
    struct ring_cursor from = cursor(bytes, 5000);
    size_t total = 0;
    size_t count;

    (void)state;
    add_exec();
    assert_int_equal(host_console_write(EXEC, &from), HOST_CONSOLE_DONE);
    while ((count = fake_host_read(OUT(1), got, sizeof(got))) != SIZE_MAX) {
        assert_memory_equal(got, bytes + total, count);
        total += count;
    }
    assert_int_equal(total, 5000);
    assert_int_equal(fake_host.out, 5000);
}

/* What does not fit waits for the host, and goes on where it stopped. */
static void test_flow_control_to_the_host(void **state)
{
    uint8_t got[HOST_CONSOLE_BYTES];
    struct ring_cursor from = cursor(bytes, sizeof(bytes));
    const size_t fits = HOST_CONSOLE_BUFFERS * HOST_CONSOLE_BYTES;
    size_t total = 0;

    (void)state;
    add_exec();
    assert_int_equal(host_console_write(EXEC, &from), HOST_CONSOLE_WAIT);
    assert_int_equal(fake_host.out, fits);
    assert_int_equal(host_console_write(EXEC, &from), HOST_CONSOLE_WAIT);
    assert_int_equal(fake_host.out, fits);
    while (total < sizeof(bytes)) {
        size_t count = fake_host_read(OUT(1), got, sizeof(got));

        assert_true(count != SIZE_MAX);
        assert_memory_equal(got, bytes + total, count);
        total += count;
        calls[EXEC] = 0;
        interrupt();
        assert_int_equal(calls[EXEC], 1);
        (void)host_console_write(EXEC, &from);
    }
    assert_int_equal(host_console_write(EXEC, &from), HOST_CONSOLE_DONE);
    assert_int_equal(fake_host_read(OUT(1), got, sizeof(got)), SIZE_MAX);
}

/* What nobody reads stays in the host's hands. */
static void test_flow_control_from_the_host(void **state)
{
    uint8_t got[300];
    size_t sent = 0;
    size_t total = 0;

    (void)state;
    add_exec();
    while (total < sizeof(bytes)) {
        struct ring_cursor to = cursor(got, sizeof(got));
        uint32_t left = (uint32_t)(sizeof(bytes) - sent);
        uint32_t now = left < 1000 ? left : 1000;

        while (now != 0 && fake_host_write(IN(1), bytes + sent, now)) {
            sent += now;
            left = (uint32_t)(sizeof(bytes) - sent);
            now = left < 1000 ? left : 1000;
        }
        interrupt();
        assert_true(host_console_readable(EXEC));
        size_t count = host_console_read(EXEC, &to);
        assert_memory_equal(got, bytes + total, count);
        assert_true(count == sizeof(got) || total + count == sent);
        total += count;
        assert_true(sent - total <= HOST_CONSOLE_BUFFERS * 1000);
    }
    assert_false(host_console_readable(EXEC));
    assert_int_equal(fake_host.in, sizeof(bytes));
}

/* Before the host has told of it there is no port, and no other user's is used. */
static void test_no_port(void **state)
{
    struct ring_cursor from = cursor(bytes, 30);

    (void)state;
    assert_int_equal(host_console_write(EXEC, &from), HOST_CONSOLE_NONE);
    add_exec();
    assert_int_equal(host_console_write(LOGIN, &from), HOST_CONSOLE_NONE);
    assert_false(host_console_readable(LOGIN));
}

static void test_memory_that_is_not_there(void **state)
{
    struct ring_cursor from = cursor(bytes, 30);

    (void)state;
    add_exec();
    fake.copy_error = PV_FAULT;
    assert_int_equal(host_console_write(EXEC, &from), HOST_CONSOLE_FAULT);
}

/* ---- A host that lies ------------------------------------------------------------------------- */

static void test_message_too_short(void **state)
{
    (void)state;
    assert_true(fake_host_write(CONTROL_IN, bytes, 7));
    interrupt();
    assert_dead();
}

/* 5.3.6.2.1: neither a port that exists, nor one that is not below max_nr_ports. */
static void test_port_added_twice(void **state)
{
    (void)state;
    say(1, DEVICE_ADD, 0, "");
    say(1, DEVICE_ADD, 0, "");
    assert_dead();
}

static void test_port_out_of_range(void **state)
{
    (void)state;
    say(4, PORT_OPEN, 1, "");
    assert_dead();
}

static void test_port_that_was_not_added(void **state)
{
    (void)state;
    say(1, PORT_OPEN, 1, "");
    assert_dead();
}

static void test_buffer_without_bytes(void **state)
{
    (void)state;
    assert_true(fake_host_write(IN(1), bytes, 0));
    interrupt();
    assert_dead();
}

/* Bytes that had come are gone with it. */
static void test_reset_asked_for(void **state)
{
    (void)state;
    add_exec();
    assert_true(fake_host_write(IN(1), bytes, 9));
    interrupt();
    memset(calls, 0, sizeof(calls));
    fake_host.asks_reset = true;
    interrupt();
    assert_dead();
}

/* ---- Opening ---------------------------------------------------------------------------------- */

static void test_device_that_can_not_be_used(void **state)
{
    (void)state;
    fake_host_reset();
    fake_host.offered = VIRTIO_F_VERSION_1; /* no MULTIPORT: no control queues (5.3.2) */
    assert_int_equal(host_console_open(0x1000), PV_UNSUPPORTED);
    assert_false(fake_host.started);
    fake_host_reset();
    fake_host.open_status = PV_IO;
    assert_int_equal(host_console_open(0x1000), PV_IO);
    fake_host_reset();
    fake_host.config[4] = 4;
    fake_host.memory = 40000;
    assert_int_equal(host_console_open(0x1000), PV_NO_SPACE);
    assert_false(fake_host.started);
    assert_int_equal(fake_host.kills, 1);
}

/* Queues of two entries, one port: fewer requests in flight, and nothing else. */
static void test_small_device(void **state)
{
    struct ring_cursor from = cursor(bytes, 5000);

    (void)state;
    fake_host_reset();
    fake_host.queue_size_max = 2;
    fake_host.config[4] = 2;
    assert_int_equal(host_console_open(0x1000), PV_OK);
    add_exec();
    assert_int_equal(host_console_write(EXEC, &from), HOST_CONSOLE_WAIT);
    assert_int_equal(fake_host.out, 2 * HOST_CONSOLE_BYTES);
    say(2, DEVICE_ADD, 0, "");
    assert_int_not_equal(fake_host.kills, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_ports_by_name, setup),
        cmocka_unit_test_setup(test_name_with_a_nul, setup),
        cmocka_unit_test_setup(test_first_console_is_the_login, setup),
        cmocka_unit_test_setup(test_port_beyond_those_driven, setup),
        cmocka_unit_test_setup(test_port_removed_and_added, setup),
        cmocka_unit_test_setup(test_host_that_does_not_listen, setup),
        cmocka_unit_test_setup(test_bytes_to_the_host, setup),
        cmocka_unit_test_setup(test_flow_control_to_the_host, setup),
        cmocka_unit_test_setup(test_flow_control_from_the_host, setup),
        cmocka_unit_test_setup(test_no_port, setup),
        cmocka_unit_test_setup(test_memory_that_is_not_there, setup),
        cmocka_unit_test_setup(test_message_too_short, setup),
        cmocka_unit_test_setup(test_port_added_twice, setup),
        cmocka_unit_test_setup(test_port_out_of_range, setup),
        cmocka_unit_test_setup(test_port_that_was_not_added, setup),
        cmocka_unit_test_setup(test_buffer_without_bytes, setup),
        cmocka_unit_test_setup(test_reset_asked_for, setup),
        cmocka_unit_test_setup(test_device_that_can_not_be_used, setup),
        cmocka_unit_test_setup(test_small_device, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
