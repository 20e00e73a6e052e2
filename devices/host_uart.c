/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Driver for the board's PL011, which belongs to VTL2 alone: Paravane's log and the guest's
 * console.
 *
 * The device is the host's, and may do anything: every loop here has a bound that it can't move.
 * Source: Arm DDI 0183G.
 */
#include "devices/devices.h"
#include "primecell.h"
#include "vtl/untrusted.h"

/* Reads of FR for room in the FIFO: some hundred microseconds on a real board, a character at
 * 115200 baud. */
#define WAIT_READS 5000u
/* Characters with an error bit that one call skips. */
#define ERRORS_MAX 32u

static struct {
    uint64_t base;
    uint64_t dropped; /* bytes given up */
    struct vtl_lock lock;
    bool stuck; /* the last wait for room was in vain */
} uart;

static uint32_t read_register(uint32_t offset)
{
    return mmio_read32(uart.base + offset);
}

static void write_register(uint32_t offset, uint32_t value)
{
    mmio_write32(uart.base + offset, value);
}

void host_uart_init(uint64_t base)
{
    uart.base = base;
    uart.stuck = false;
    uart.dropped = 0;
    if (base == 0) {
        return;
    }
    /* Firmware's baud rate stays. IFLS 0: interrupt at an eighth of the receive FIFO. */
    write_register(PL011_CR, 0);
    write_register(PL011_IMSC, 0);
    write_register(PL011_ICR, PL011_INT_ALL);
    write_register(PL011_LCRH, PL011_LCRH_8BIT | PL011_LCRH_FEN);
    write_register(PL011_IFLS, 0);
    write_register(PL011_DMACR, 0);
    write_register(PL011_CR, PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
}

/* Waits for room, once: after a wait in vain, a single look until there is room again. */
static bool transmit_wait(void)
{
    uint32_t reads = uart.stuck ? 1 : WAIT_READS;

    uart.stuck = true;
    for (uint32_t i = 0; i < reads; i++) {
        if ((read_register(PL011_FR) & PL011_FR_TXFF) == 0) {
            uart.stuck = false;
            break;
        }
    }
    return !uart.stuck;
}

void host_uart_write(const uint8_t *bytes, size_t count)
{
    bool locked;

    if (uart.base == 0) {
        return;
    }
    locked = vtl_lock_try(&uart.lock);
    /* Paravane's last line: this VP may have faulted below, with the lock in its hands. */
    if (!locked && !vtl_panicking()) {
        vtl_lock(&uart.lock);
        locked = true;
    }
    /* Another VP may have closed it meanwhile. */
    for (size_t i = 0; i < count && uart.base != 0; i++) {
        if (!transmit_wait()) {
            uart.dropped += count - i;
            break;
        }
        write_register(PL011_DR, bytes[i]);
    }
    if (locked) {
        vtl_unlock(&uart.lock);
    }
}

void host_uart_close(void)
{
    vtl_lock(&uart.lock);
    uart.base = 0;
    vtl_unlock(&uart.lock);
}

/* Out of line: there is no UART, no room, or another VP has the lock. */
__attribute__((noinline)) static void put_slowly(uint8_t byte)
{
    host_uart_write(&byte, 1);
}

void host_uart_put(uint8_t byte)
{
    uint64_t base;
    bool room;

    if (!vtl_lock_try(&uart.lock)) {
        put_slowly(byte);
        return;
    }
    base = uart.base;
    room = base != 0 && (mmio_read32(base + PL011_FR) & PL011_FR_TXFF) == 0;
    if (room) {
        uart.stuck = false;
        mmio_write32(base + PL011_DR, byte);
    }
    vtl_unlock(&uart.lock);
    if (!room) {
        put_slowly(byte);
    }
}

uint64_t host_uart_dropped(void)
{
    uint64_t value;

    vtl_lock(&uart.lock);
    value = uart.dropped;
    vtl_unlock(&uart.lock);
    return value;
}

size_t host_uart_read(uint8_t *bytes, size_t room)
{
    size_t taken = 0;
    uint32_t errors = 0;

    if (uart.base == 0) {
        return 0;
    }
    vtl_lock(&uart.lock);
    while (uart.base != 0 && taken < room && errors < ERRORS_MAX) {
        uint32_t value;

        if ((read_register(PL011_FR) & PL011_FR_RXFE) != 0) {
            break;
        }
        value = read_register(PL011_DR);
        /* An overrun lost a later character: this one is good. */
        if ((value & (PL011_DR_FRAMING | PL011_DR_PARITY | PL011_DR_BREAK)) != 0) {
            errors++;
            continue;
        }
        bytes[taken++] = (uint8_t)(value & PL011_DR_DATA);
    }
    vtl_unlock(&uart.lock);
    return taken;
}
PV_UNTRUSTED(host_uart_read, host, "");

void host_uart_receive_enable(bool on)
{
    vtl_lock(&uart.lock);
    if (uart.base != 0) {
        write_register(PL011_IMSC, on ? PL011_INT_RX | PL011_INT_RT : 0);
    }
    vtl_unlock(&uart.lock);
}
