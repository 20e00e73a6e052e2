/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The PL011 model against Arm DDI 0183G: register by register, the FIFO, the interrupts as Linux
 * and U-Boot use them.
 */
#include "devices/devices.h"
#include "fake_vtl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SPI 33u

/* Offsets and bits as the TRM's tables give them. */
#define DR 0x000u
#define RSR 0x004u
#define FR 0x018u
#define ILPR 0x020u
#define IBRD 0x024u
#define FBRD 0x028u
#define LCRH 0x02cu
#define CR 0x030u
#define IFLS 0x034u
#define IMSC 0x038u
#define RIS 0x03cu
#define MIS 0x040u
#define ICR 0x044u
#define DMACR 0x048u

#define FEN 0x10u
#define UARTEN 0x001u
#define LBE 0x080u
#define TXE 0x100u
#define RXE 0x200u
#define INT_RX 0x010u
#define INT_TX 0x020u
#define INT_RT 0x040u
#define INT_OE 0x400u
#define FR_RXFE 0x10u
#define FR_TXFF 0x20u
#define FR_RXFF 0x40u
#define FR_TXFE 0x80u
#define FR_BUSY 0x08u

static struct pl011 uart;
static uint8_t sent[256];
static size_t sent_count;

static void transmit(uint8_t byte)
{
    assert_true(sent_count < sizeof(sent));
    sent[sent_count++] = byte;
}

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    sent_count = 0;
    pl011_init(&uart, SPI, transmit);
    return 0;
}

static uint64_t rd(uint64_t offset)
{
    struct mmio_access access = {.offset = offset, .bytes = 4};

    assert_true(pl011_mmio(&uart, &access));
    return access.value;
}

static void wr(uint64_t offset, uint64_t value)
{
    struct mmio_access access = {.offset = offset, .bytes = 4, .write = true, .value = value};

    assert_true(pl011_mmio(&uart, &access));
}

static void enable(uint32_t lcrh)
{
    wr(LCRH, lcrh);
    wr(CR, UARTEN | TXE | RXE);
}

static size_t receive(size_t count)
{
    uint8_t bytes[64];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)('a' + i);
    }
    return pl011_receive(&uart, bytes, count);
}

static void assert_line(bool level)
{
    bool now = fake.line_count != 0 && fake.lines[fake.line_count - 1].level;

    assert_int_equal(now, level);
    assert_int_equal(uart.line, level);
}

/* ---- Registers ------------------------------------------------------------------------------- */

/* Table 3-1, reset values; modem inputs are asserted here. */
static void test_reset_values(void **state)
{
    (void)state;
    assert_int_equal(rd(RSR), 0);
    assert_int_equal(rd(FR) & ~UINT64_C(7), 0x90);
    assert_int_equal(rd(ILPR), 0);
    assert_int_equal(rd(IBRD), 0);
    assert_int_equal(rd(FBRD), 0);
    assert_int_equal(rd(LCRH), 0);
    assert_int_equal(rd(CR), 0x300);
    assert_int_equal(rd(IFLS), 0x12);
    assert_int_equal(rd(IMSC), 0);
    assert_int_equal(rd(RIS), 0);
    assert_int_equal(rd(MIS), 0);
    assert_int_equal(rd(DMACR), 0);
}

/* 3.3.14 to 3.3.21: a PL011 r1p5 by Arm. Linux takes revision 3 for 32-byte FIFOs. */
static void test_identification(void **state)
{
    static const uint8_t ids[8] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        wr(0xfe0 + 4 * i, 0xff);
        assert_int_equal(rd(0xfe0 + 4 * i), ids[i]);
    }
}

struct width_row {
    uint32_t offset;
    uint32_t kept;
};

static void test_register_widths(void **state)
{
    static const struct width_row rows[] = {
        {ILPR, 0xff}, {IBRD, 0xffff}, {FBRD, 0x3f},  {LCRH, 0xff},
        {CR, 0xff87}, {IFLS, 0x3f},   {IMSC, 0x7ff}, {DMACR, 0x7},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(setup(NULL), 0);
        wr(rows[i].offset, 0xffffffff);
        assert_int_equal(rd(rows[i].offset), rows[i].kept);
        wr(rows[i].offset, 0);
        assert_int_equal(rd(rows[i].offset), 0);
    }
}

static void test_read_only_and_reserved(void **state)
{
    static const uint32_t offsets[] = {FR, RIS, MIS, 0x8, 0x14, 0x1c, 0x4c, 0x80, 0xfd0};

    (void)state;
    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        uint64_t before = rd(offsets[i]);

        wr(offsets[i], 0xffff);
        assert_int_equal(rd(offsets[i]), before);
    }
    assert_int_equal(rd(ICR), 0);
    assert_int_equal(fake.line_count, 0);
}

static void test_access_sizes(void **state)
{
    (void)state;
    for (uint8_t bytes = 1; bytes <= 8; bytes *= 2) {
        struct mmio_access access = {.offset = DR, .bytes = bytes, .write = true, .value = 'x'};

        assert_int_equal(pl011_mmio(&uart, &access), bytes <= 4);
        access = (struct mmio_access){.offset = FR, .bytes = bytes};
        assert_int_equal(pl011_mmio(&uart, &access), bytes <= 4);
        assert_int_equal(access.value & FR_TXFE, bytes <= 4 ? FR_TXFE : 0);
    }
    assert_int_equal(sent_count, 3);
    for (uint64_t offset = 1; offset < 4; offset++) {
        struct mmio_access access = {.offset = offset, .bytes = 1};

        assert_false(pl011_mmio(&uart, &access));
    }
}

/* Every offset of the page, both directions: nothing breaks. */
static void test_whole_page(void **state)
{
    (void)state;
    for (uint64_t offset = 0; offset < PL011_BYTES; offset += 4) {
        (void)rd(offset);
        if (offset != DR) {
            wr(offset, 0xffffffff);
        }
        (void)rd(offset);
    }
    assert_int_equal(uart.lock.taken, 0);
}

/* ---- Transmit -------------------------------------------------------------------------------- */

static void test_transmit(void **state)
{
    (void)state;
    enable(0x70);
    wr(DR, 'H');
    wr(DR, 0x100 | 'i');
    assert_int_equal(sent_count, 2);
    assert_memory_equal(sent, "Hi", 2);
    assert_int_equal(rd(FR) & (FR_TXFF | FR_BUSY), 0);
    assert_int_equal(rd(FR) & FR_TXFE, FR_TXFE);
}

/* earlycon writes to a UART that it takes for enabled. */
static void test_transmit_before_enable(void **state)
{
    (void)state;
    wr(DR, 'E');
    assert_int_equal(sent_count, 1);
}

/* 3.4.4: after a write the FIFO falls to its level; ICR clears; before it is no interrupt. */
static void test_transmit_interrupt(void **state)
{
    (void)state;
    enable(0x70);
    wr(IMSC, INT_TX);
    assert_line(false);
    wr(DR, 'x');
    assert_int_equal(rd(RIS), INT_TX);
    assert_int_equal(rd(MIS), INT_TX);
    assert_line(true);
    wr(ICR, INT_TX);
    assert_int_equal(rd(RIS), 0);
    assert_line(false);
    wr(DR, 'y');
    assert_line(true);
    wr(IMSC, 0);
    assert_line(false);
    assert_int_equal(rd(RIS), INT_TX);
    assert_int_equal(rd(MIS), 0);
}

/* The line is driven where it changes, and only there: each call is a hypercall. */
static void test_line_only_on_change(void **state)
{
    (void)state;
    enable(0x70);
    wr(IMSC, INT_TX);
    for (unsigned i = 0; i < 20; i++) {
        wr(DR, 'x');
        (void)rd(FR);
    }
    assert_int_equal(fake.line_count, 1);
    assert_int_equal(fake.lines[0].intid, SPI);
    assert_true(fake.lines[0].level);
}

static void test_refused_line_is_driven_later(void **state)
{
    (void)state;
    enable(0x70);
    wr(IMSC, INT_TX);
    fake.line_error = PV_BUSY;
    wr(DR, 'x');
    assert_false(uart.line);
    fake.line_error = PV_OK;
    (void)rd(FR);
    assert_line(true);
}

/* ---- Receive --------------------------------------------------------------------------------- */

static void test_receive(void **state)
{
    (void)state;
    enable(0x70);
    assert_int_equal(rd(FR) & FR_RXFE, FR_RXFE);
    assert_int_equal(receive(3), 3);
    assert_int_equal(rd(FR) & (FR_RXFE | FR_RXFF), 0);
    assert_int_equal(rd(DR), 'a');
    assert_int_equal(rd(DR), 'b');
    assert_int_equal(rd(DR), 'c');
    assert_int_equal(rd(FR) & FR_RXFE, FR_RXFE);
    assert_int_equal(rd(DR), 0);
}

static void test_fifo_depth_and_order(void **state)
{
    (void)state;
    enable(0x70);
    /* From another place in the ring. */
    assert_int_equal(receive(20), 20);
    for (unsigned i = 0; i < 20; i++) {
        (void)rd(DR);
    }
    assert_int_equal(pl011_receive_room(&uart), 32);
    assert_int_equal(receive(40), 32);
    assert_int_equal(pl011_receive_room(&uart), 0);
    assert_int_equal(rd(FR) & FR_RXFF, FR_RXFF);
    for (unsigned i = 0; i < 32; i++) {
        assert_int_equal(rd(DR), 'a' + i);
    }
    /* What did not fit was not taken: no overrun. */
    assert_int_equal(rd(RIS) & INT_OE, 0);
}

/* FEN clear: a holding register of one byte (3.3.7). */
static void test_character_mode(void **state)
{
    (void)state;
    enable(0x60);
    wr(IMSC, INT_RX);
    assert_int_equal(pl011_receive_room(&uart), 1);
    assert_int_equal(receive(5), 1);
    assert_int_equal(rd(FR) & FR_RXFF, FR_RXFF);
    assert_line(true);
    assert_int_equal(rd(DR), 'a');
    assert_line(false);
    assert_int_equal(pl011_receive_room(&uart), 1);
}

static void test_fifo_switch_flushes(void **state)
{
    (void)state;
    enable(0x70);
    wr(IMSC, INT_RX | INT_RT);
    assert_int_equal(receive(10), 10);
    assert_line(true);
    wr(LCRH, 0x60);
    assert_int_equal(rd(FR) & FR_RXFE, FR_RXFE);
    assert_line(false);
    assert_int_equal(receive(1), 1);
    /* Other bits change nothing. */
    wr(LCRH, 0x62);
    assert_int_equal(rd(FR) & FR_RXFE, 0);
}

/* IFLS bits 5:3: 1/8, 1/4, 1/2, 3/4, 7/8 of 32 (3.3.9). */
static void test_receive_levels(void **state)
{
    static const unsigned levels[5] = {4, 8, 16, 24, 28};

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(setup(NULL), 0);
        wr(IFLS, i << 3);
        enable(0x70);
        assert_int_equal(receive(levels[i] - 1), levels[i] - 1);
        assert_int_equal(rd(RIS) & INT_RX, 0);
        assert_int_equal(receive(1), 1);
        assert_int_equal(rd(RIS) & INT_RX, INT_RX);
        (void)rd(DR);
        assert_int_equal(rd(RIS) & INT_RX, 0);
    }
    for (unsigned i = 5; i < 8; i++) {
        assert_int_equal(setup(NULL), 0);
        wr(IFLS, i << 3);
        enable(0x70);
        assert_int_equal(receive(32), 32);
        assert_int_equal(rd(RIS) & INT_RX, INT_RX);
    }
}

/* A byte below the level is told by the timeout, ended by the last byte or ICR (3.4.3). */
static void test_receive_timeout(void **state)
{
    (void)state;
    enable(0x70);
    wr(IMSC, INT_RT);
    assert_int_equal(receive(2), 2);
    assert_int_equal(rd(MIS), INT_RT);
    assert_line(true);
    (void)rd(DR);
    assert_line(true);
    (void)rd(DR);
    assert_line(false);
    assert_int_equal(receive(2), 2);
    wr(ICR, INT_RT);
    assert_line(false);
    /* A byte is left after a read: the timeout runs out once more. */
    (void)rd(DR);
    assert_line(true);
}

static void test_receive_interrupt_cleared_by_icr(void **state)
{
    (void)state;
    enable(0x70);
    wr(IMSC, INT_RX);
    assert_int_equal(receive(20), 20);
    assert_line(true);
    wr(ICR, INT_RX);
    assert_line(false);
    assert_int_equal(rd(FR) & FR_RXFE, 0);
}

/* A receiver that is off takes nothing; the bytes wait elsewhere. */
static void test_receiver_off(void **state)
{
    (void)state;
    assert_int_equal(pl011_receive_room(&uart), 0);
    assert_int_equal(receive(1), 0);
    wr(CR, UARTEN | TXE);
    assert_int_equal(receive(1), 0);
    wr(CR, RXE);
    assert_int_equal(receive(1), 0);
    wr(CR, UARTEN | RXE);
    assert_int_equal(receive(1), 1);
}

/* ---- Loopback, overrun ----------------------------------------------------------------------- */

static void test_loopback(void **state)
{
    (void)state;
    wr(LCRH, 0x70);
    wr(CR, UARTEN | TXE | RXE | LBE);
    wr(DR, 'L');
    assert_int_equal(sent_count, 0);
    assert_int_equal(rd(DR), 'L');
    /* Nothing comes from outside. */
    assert_int_equal(receive(1), 0);
}

struct modem_row {
    uint32_t cr;
    uint32_t fr;
};

/* 3.3.8: DTR to DSR, RTS to CTS, Out1 to DCD, Out2 to RI. */
static void test_loopback_modem(void **state)
{
    static const struct modem_row rows[] = {
        {0, 0}, {0x400, 0x002}, {0x800, 0x001}, {0x1000, 0x004}, {0x2000, 0x100}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        wr(CR, UARTEN | LBE | rows[i].cr);
        assert_int_equal(rd(FR) & 0x107, rows[i].fr);
    }
    wr(CR, UARTEN);
    assert_int_equal(rd(FR) & 0x107, 0x007);
}

/* 3.3.1, 3.3.2: the new byte is lost, the FIFO is kept, OE stands in RSR, RIS and DR. */
static void test_overrun(void **state)
{
    (void)state;
    wr(LCRH, 0x70);
    wr(CR, UARTEN | TXE | RXE | LBE);
    wr(IMSC, INT_OE);
    for (unsigned i = 0; i < 32; i++) {
        wr(DR, 'A' + i);
    }
    assert_int_equal(rd(RSR), 0);
    assert_line(false);
    wr(DR, 0xee);
    assert_int_equal(rd(RSR), 0x8);
    assert_line(true);
    assert_int_equal(rd(DR), 0x800 | 'A');
    wr(DR, 'z'); /* room again: the flag of the FIFO ends */
    assert_int_equal(rd(DR), 'A' + 1);
    assert_int_equal(rd(RSR), 0x8);
    wr(RSR, 0);
    assert_int_equal(rd(RSR), 0);
    assert_int_equal(rd(RIS) & INT_OE, INT_OE);
    wr(ICR, INT_OE);
    assert_line(false);
}

static unsigned room_calls;

/* Takes the lock itself: whoever calls has given it back. */
static void room_made(void)
{
    room_calls++;
    uart.waits = pl011_receive_room(&uart) == 0;
}

/*
 * Who waits for room is told by the access that makes it, and until it says that it no longer
 * waits.
 */
static void test_room_is_told(void **state)
{
    const uint8_t bytes[2] = {'a', 'b'};

    (void)state;
    uart.room = room_made;
    room_calls = 0;
    wr(CR, UARTEN | TXE | RXE);
    assert_int_equal(pl011_receive(&uart, bytes, 2), 1);
    (void)rd(FR);
    assert_int_equal(room_calls, 0);
    uart.waits = true;
    (void)rd(FR);
    assert_int_equal(room_calls, 1);
    assert_true(uart.waits);
    assert_int_equal(rd(DR), 'a');
    assert_int_equal(room_calls, 2);
    assert_false(uart.waits);
    (void)rd(FR);
    assert_int_equal(room_calls, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_reset_values, setup),
        cmocka_unit_test_setup(test_identification, setup),
        cmocka_unit_test_setup(test_register_widths, setup),
        cmocka_unit_test_setup(test_read_only_and_reserved, setup),
        cmocka_unit_test_setup(test_access_sizes, setup),
        cmocka_unit_test_setup(test_whole_page, setup),
        cmocka_unit_test_setup(test_room_is_told, setup),
        cmocka_unit_test_setup(test_transmit, setup),
        cmocka_unit_test_setup(test_transmit_before_enable, setup),
        cmocka_unit_test_setup(test_transmit_interrupt, setup),
        cmocka_unit_test_setup(test_line_only_on_change, setup),
        cmocka_unit_test_setup(test_refused_line_is_driven_later, setup),
        cmocka_unit_test_setup(test_receive, setup),
        cmocka_unit_test_setup(test_fifo_depth_and_order, setup),
        cmocka_unit_test_setup(test_character_mode, setup),
        cmocka_unit_test_setup(test_fifo_switch_flushes, setup),
        cmocka_unit_test_setup(test_receive_levels, setup),
        cmocka_unit_test_setup(test_receive_timeout, setup),
        cmocka_unit_test_setup(test_receive_interrupt_cleared_by_icr, setup),
        cmocka_unit_test_setup(test_receiver_off, setup),
        cmocka_unit_test_setup(test_loopback, setup),
        cmocka_unit_test_setup(test_loopback_modem, setup),
        cmocka_unit_test_setup(test_overrun, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
