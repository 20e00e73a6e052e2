/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The drivers of the host's UART and clock, against devices that do what hardware would not.
 */
#include "devices/devices.h"
#include "fake_vtl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define BASE UINT64_C(0x09000000)
#define DR 0x00u
#define FR 0x18u
#define IMSC 0x38u
#define FR_RXFE 0x10u
#define FR_TXFF 0x20u

static uint32_t registers[0x20];
static uint8_t sent[64];
static size_t sent_count;
static uint32_t received[64];
static size_t receive_count;
static size_t receive_next;
static bool receive_for_ever;
static bool full;
static uint64_t flag_reads;
static bool faults; /* at the next byte that is sent */

static uint32_t device_read(uint64_t address)
{
    assert_true(address >= BASE && address < BASE + 0x1000);
    if (address - BASE == FR) {
        bool empty = !receive_for_ever && receive_next == receive_count;

        flag_reads++;
        return (full ? FR_TXFF : 0) | (empty ? FR_RXFE : 0);
    }
    if (address - BASE == DR) {
        return receive_for_ever ? 0x700 : received[receive_next++];
    }
    return 0;
}

static void device_write(uint64_t address, uint32_t value)
{
    assert_true(address >= BASE && address < BASE + 0x50);
    if (address - BASE == DR) {
        assert_false(full);
        assert_true(sent_count < sizeof(sent));
        sent[sent_count++] = (uint8_t)value;
    }
    if (faults) {
        /* What vectors.S and panic.c make of it: the VP comes back as the one that reports. */
        faults = false;
        fake.panicking = true;
        host_uart_write((const uint8_t *)"panic", 5);
    }
    registers[(address - BASE) / 4] = value;
}

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake.mmio_read = device_read;
    fake.mmio_write = device_write;
    sent_count = 0;
    receive_count = 0;
    receive_next = 0;
    receive_for_ever = false;
    full = false;
    host_uart_init(BASE);
    flag_reads = 0;
    return 0;
}

/* Enabled both ways, 8 bits, FIFOs, no interrupt before someone takes bytes. */
static void test_init(void **state)
{
    (void)state;
    assert_int_equal(registers[0x30 / 4], 0x301);
    assert_int_equal(registers[0x2c / 4], 0x70);
    assert_int_equal(registers[IMSC / 4], 0);
    assert_int_equal(registers[0x44 / 4], 0x7ff);
    assert_int_equal(registers[0x48 / 4], 0);
}

/* Paravane faults while it holds the UART's lock: the report still comes out. */
static void test_panic_inside(void **state)
{
    (void)state;
    faults = true;
    host_uart_write((const uint8_t *)"h", 1);
    assert_int_equal(sent_count, 6);
    assert_memory_equal(sent, "hpanic", 6);
}

static void test_write(void **state)
{
    (void)state;
    host_uart_write((const uint8_t *)"hello", 5);
    assert_int_equal(sent_count, 5);
    assert_memory_equal(sent, "hello", 5);
    assert_int_equal(host_uart_dropped(), 0);
}

/* One byte: at once where there is room; else as host_uart_write, with its wait and its count. */
static void test_put(void **state)
{
    uint64_t reads;

    (void)state;
    host_uart_put('a');
    host_uart_put('b');
    assert_int_equal(sent_count, 2);
    assert_memory_equal(sent, "ab", 2);
    assert_int_equal(flag_reads, 2);
    full = true;
    host_uart_put('c');
    assert_int_equal(host_uart_dropped(), 1);
    assert_true(flag_reads > 100 && flag_reads < 100000);
    full = false;
    host_uart_put('d');
    assert_memory_equal(sent, "abd", 3);
    /* That there was room ended the time of single looks. */
    full = true;
    reads = flag_reads;
    host_uart_put('e');
    assert_true(flag_reads > reads + 100);
    assert_int_equal(host_uart_dropped(), 2);
}

/* The guest's console, too, while another VP or a fault below has the lock. */
static void test_put_inside(void **state)
{
    (void)state;
    faults = true;
    host_uart_put('h');
    assert_int_equal(sent_count, 6);
    assert_memory_equal(sent, "hpanic", 6);
}

/* A FIFO that stays full costs one bounded wait, then a look a call; what comes later goes out
 * again. */
static void test_full_for_ever(void **state)
{
    uint64_t reads;

    (void)state;
    full = true;
    host_uart_write((const uint8_t *)"hello", 5);
    assert_int_equal(host_uart_dropped(), 5);
    assert_true(flag_reads > 100 && flag_reads < 100000);
    reads = flag_reads;
    host_uart_write((const uint8_t *)"hello", 5);
    assert_int_equal(flag_reads, reads + 1);
    assert_int_equal(host_uart_dropped(), 10);
    full = false;
    host_uart_write((const uint8_t *)"ok", 2);
    assert_memory_equal(sent, "ok", 2);
    assert_int_equal(host_uart_dropped(), 10);
}

static void test_read(void **state)
{
    uint8_t bytes[8] = {0};

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        received[i] = 'a' + i;
    }
    received[1] |= 0x100; /* framing */
    received[2] |= 0x800; /* overrun: this one is good */
    receive_count = 5;
    assert_int_equal(host_uart_read(bytes, 3), 3);
    assert_memory_equal(bytes, "acd", 3);
    assert_int_equal(bytes[3], 0);
    assert_int_equal(host_uart_read(bytes, 8), 1);
    assert_int_equal(host_uart_read(bytes, 8), 0);
    assert_int_equal(host_uart_read(bytes, 0), 0);
}

/* Breaks without end: the call comes back. */
static void test_read_for_ever(void **state)
{
    uint8_t byte;

    (void)state;
    receive_for_ever = true;
    assert_int_equal(host_uart_read(&byte, 1), 0);
    assert_true(flag_reads < 1000);
}

static void test_receive_enable(void **state)
{
    (void)state;
    host_uart_receive_enable(true);
    assert_int_equal(registers[IMSC / 4], 0x50);
    host_uart_receive_enable(false);
    assert_int_equal(registers[IMSC / 4], 0);
}

static void test_no_uart(void **state)
{
    uint8_t byte;

    (void)state;
    host_uart_init(0);
    host_uart_write((const uint8_t *)"x", 1);
    host_uart_put('x');
    assert_int_equal(host_uart_read(&byte, 1), 0);
    host_uart_receive_enable(true);
    assert_int_equal(sent_count, 0);
    assert_int_equal(flag_reads, 0);
    assert_int_equal(registers[IMSC / 4], 0);
}

static uint32_t rtc_read(uint64_t address)
{
    return address == 0x09010000 ? 1700000000 : 0;
}

/* The guest's last bytes, and Paravane's, go out before it; nothing after. */
static void test_closed(void **state)
{
    uint8_t bytes[4];

    (void)state;
    host_uart_put('a');
    host_uart_close();
    flag_reads = 0;
    host_uart_put('b');
    host_uart_write((const uint8_t *)"cd", 2);
    host_uart_receive_enable(true);
    assert_int_equal(host_uart_read(bytes, sizeof(bytes)), 0);
    assert_int_equal(sent_count, 1);
    assert_int_equal(flag_reads, 0);
    assert_int_equal(registers[IMSC / 4], 0);
}

static void test_rtc(void **state)
{
    (void)state;
    fake.mmio_read = rtc_read;
    assert_int_equal(host_rtc_read(0x09010000), 1700000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_init, setup),
        cmocka_unit_test_setup(test_panic_inside, setup),
        cmocka_unit_test_setup(test_write, setup),
        cmocka_unit_test_setup(test_put, setup),
        cmocka_unit_test_setup(test_put_inside, setup),
        cmocka_unit_test_setup(test_full_for_ever, setup),
        cmocka_unit_test_setup(test_read, setup),
        cmocka_unit_test_setup(test_read_for_ever, setup),
        cmocka_unit_test_setup(test_receive_enable, setup),
        cmocka_unit_test_setup(test_no_uart, setup),
        cmocka_unit_test_setup(test_closed, setup),
        cmocka_unit_test_setup(test_rtc, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
