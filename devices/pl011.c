/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's UART: a PL011 r1p5 (32-byte FIFOs) whose line is infinitely fast.
 *
 * Source: Arm DDI 0183G; section numbers below are its. Where it differs from the hardware:
 *  - A transmitted byte is gone at once: the transmit FIFO is always empty, BUSY is never set.
 *  - It transmits whatever CR and LCR_H say: early consoles write without enabling a UART that
 *    firmware would
 *    have enabled, and the word length is 8.
 *  - The receive timeout has run out as soon as there is a byte.
 *  - CTS, DSR and DCD are asserted: somebody is there. They never change, so there are no modem
 *    interrupts.
 *  - No IrDA, no DMA, no framing, parity or break errors: their registers hold what is written.
 */
#include "devices/devices.h"
#include "primecell.h"
#include "vtl/untrusted.h"

#define REGISTER_COUNT (PL011_DMACR / 4 + 1)

/* Values after reset (3.2, table 3-1). */
#define CR_RESET (PL011_CR_TXE | PL011_CR_RXE)
#define IFLS_RESET 0x12u

static uint8_t fifo_capacity(const struct pl011 *uart)
{
    return (uart->lcrh & PL011_LCRH_FEN) != 0 ? PL011_FIFO_BYTES : 1;
}

/* Bytes that make the receive interrupt (3.3.9): 1/8 to 7/8; reserved values as the last. */
static uint8_t fifo_trigger(const struct pl011 *uart)
{
    static const uint8_t levels[8] = {4, 8, 16, 24, 28, 28, 28, 28};

    return (uart->lcrh & PL011_LCRH_FEN) != 0 ? levels[(uart->ifls >> 3) & 7] : 1;
}

static void fifo_push(struct pl011 *uart, uint8_t byte)
{
    if (uart->rx_count == fifo_capacity(uart)) {
        /* The FIFO keeps what it has, the new byte is lost (3.3.2). */
        uart->overrun = true;
        uart->rsr |= PL011_RSR_OVERRUN;
        uart->ris |= PL011_INT_OE;
        return;
    }
    uart->overrun = false;
    uart->rx[(uart->rx_head + uart->rx_count) % PL011_FIFO_BYTES] = byte;
    uart->rx_count++;
    if (uart->rx_count >= fifo_trigger(uart)) {
        uart->ris |= PL011_INT_RX;
    }
    uart->ris |= PL011_INT_RT;
}

static void fifo_flush(struct pl011 *uart)
{
    uart->rx_head = 0;
    uart->rx_count = 0;
    uart->overrun = false;
    uart->ris &= (uint16_t)~(PL011_INT_RX | PL011_INT_RT);
}

/* ---- Registers: read and write functions, called with the lock held -------------------------- */

static uint16_t dr_read(struct pl011 *uart)
{
    uint16_t value;

    if (uart->rx_count == 0) {
        return 0;
    }
    value = uart->rx[uart->rx_head];
    if (uart->overrun) {
        value |= PL011_DR_OVERRUN;
    }
    uart->rx_head = (uint8_t)((uart->rx_head + 1u) % PL011_FIFO_BYTES);
    uart->rx_count--;
    /* The interrupt ends below the level; the timeout with the last byte, or it runs anew (3.4). */
    if (uart->rx_count < fifo_trigger(uart)) {
        uart->ris &= (uint16_t)~PL011_INT_RX;
    }
    if (uart->rx_count == 0) {
        uart->ris &= (uint16_t)~PL011_INT_RT;
    } else {
        uart->ris |= PL011_INT_RT;
    }
    return value;
}

static void dr_write(struct pl011 *uart, uint16_t value)
{
    /* The byte goes through the FIFO, which falls to its level again (3.4.4). */
    uart->ris |= PL011_INT_TX;
    if ((uart->cr & PL011_CR_LBE) != 0) {
        fifo_push(uart, (uint8_t)(value & PL011_DR_DATA));
    } else {
        uart->transmit((uint8_t)(value & PL011_DR_DATA));
    }
}

static uint16_t rsr_read(struct pl011 *uart)
{
    return uart->rsr;
}

static void ecr_write(struct pl011 *uart, uint16_t value)
{
    (void)value;
    uart->rsr = 0;
}

/* In loopback the modem outputs come back as inputs (3.3.8, LBE). */
static uint16_t loopback_modem(const struct pl011 *uart)
{
    uint16_t value = 0;

    value |= (uart->cr & PL011_CR_RTS) != 0 ? PL011_FR_CTS : 0;
    value |= (uart->cr & PL011_CR_DTR) != 0 ? PL011_FR_DSR : 0;
    value |= (uart->cr & PL011_CR_OUT1) != 0 ? PL011_FR_DCD : 0;
    value |= (uart->cr & PL011_CR_OUT2) != 0 ? PL011_FR_RI : 0;
    return value;
}

static uint16_t fr_read(struct pl011 *uart)
{
    uint16_t value = PL011_FR_TXFE;

    if (uart->rx_count == 0) {
        value |= PL011_FR_RXFE;
    } else if (uart->rx_count >= fifo_capacity(uart)) {
        value |= PL011_FR_RXFF;
    }
    if ((uart->cr & PL011_CR_LBE) != 0) {
        return value | loopback_modem(uart);
    }
    return value | PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD;
}

/* A register that is read as it was written, with the bits that it has. */
#define PLAIN(name, bits)                                        \
    static uint16_t name##_read(struct pl011 *uart)              \
    {                                                            \
        return uart->name;                                       \
    }                                                            \
    static void name##_write(struct pl011 *uart, uint16_t value) \
    {                                                            \
        uart->name = (uint16_t)(value & (bits));                 \
    }
PLAIN(ilpr, UINT8_MAX)
PLAIN(ibrd, UINT16_MAX)
PLAIN(fbrd, 0x3fu)
PLAIN(cr, 0xff87u)
PLAIN(ifls, 0x3fu)
PLAIN(imsc, PL011_INT_ALL)
PLAIN(dmacr, 0x7u)

static uint16_t lcrh_read(struct pl011 *uart)
{
    return uart->lcrh;
}

static void lcrh_write(struct pl011 *uart, uint16_t value)
{
    bool toggled = ((uart->lcrh ^ value) & PL011_LCRH_FEN) != 0;

    uart->lcrh = (uint8_t)value;
    if (toggled) {
        fifo_flush(uart);
    }
}

static uint16_t ris_read(struct pl011 *uart)
{
    return uart->ris;
}

static uint16_t mis_read(struct pl011 *uart)
{
    return uart->ris & uart->imsc;
}

static void icr_write(struct pl011 *uart, uint16_t value)
{
    uart->ris &= (uint16_t)~value;
}

static uint16_t reserved_read(struct pl011 *uart)
{
    (void)uart;
    return 0;
}

static void reserved_write(struct pl011 *uart, uint16_t value)
{
    (void)uart;
    (void)value;
}

/* By word. A reserved one reads as zero and ignores writes, as does the wrong direction. */
static const struct {
    uint16_t (*read)(struct pl011 *uart);
    void (*write)(struct pl011 *uart, uint16_t value);
} registers[REGISTER_COUNT] = {
    [PL011_DR / 4] = {dr_read, dr_write},          [PL011_RSR / 4] = {rsr_read, ecr_write},
    [0x08 / 4] = {reserved_read, reserved_write},  [0x0c / 4] = {reserved_read, reserved_write},
    [0x10 / 4] = {reserved_read, reserved_write},  [0x14 / 4] = {reserved_read, reserved_write},
    [PL011_FR / 4] = {fr_read, reserved_write},    [0x1c / 4] = {reserved_read, reserved_write},
    [PL011_ILPR / 4] = {ilpr_read, ilpr_write},    [PL011_IBRD / 4] = {ibrd_read, ibrd_write},
    [PL011_FBRD / 4] = {fbrd_read, fbrd_write},    [PL011_LCRH / 4] = {lcrh_read, lcrh_write},
    [PL011_CR / 4] = {cr_read, cr_write},          [PL011_IFLS / 4] = {ifls_read, ifls_write},
    [PL011_IMSC / 4] = {imsc_read, imsc_write},    [PL011_RIS / 4] = {ris_read, reserved_write},
    [PL011_MIS / 4] = {mis_read, reserved_write},  [PL011_ICR / 4] = {reserved_read, icr_write},
    [PL011_DMACR / 4] = {dmacr_read, dmacr_write},
};

/* ---- The model ------------------------------------------------------------------------------- */

void pl011_init(struct pl011 *uart, uint32_t intid, void (*transmit)(uint8_t byte))
{
    *uart =
        (struct pl011){.intid = intid, .transmit = transmit, .cr = CR_RESET, .ifls = IFLS_RESET};
}

/* A refused call is made again at the next access. */
__attribute__((noinline)) static void line_drive(struct pl011 *uart, bool level)
{
    if (vtl_line_set(uart->intid, level) == PV_OK) {
        uart->line = level;
    }
}

/* Drives the line where it has changed. */
static inline void line_update(struct pl011 *uart)
{
    bool level = (uart->ris & uart->imsc) != 0;

    if (level != uart->line) {
        line_drive(uart, level);
    }
}

/* A receiver that is off takes nothing: bytes wait in front of it, hardware would lose them. */
static size_t room(const struct pl011 *uart)
{
    const uint16_t on = PL011_CR_UARTEN | PL011_CR_RXE;

    if ((uart->cr & on) != on || (uart->cr & PL011_CR_LBE) != 0) {
        return 0;
    }
    return (size_t)(fifo_capacity(uart) - uart->rx_count);
}

/* What is no register: the identification, and the rest of the page. Out of line, off the way of
 * every access. */
__attribute__((noinline)) static bool other_access(struct mmio_access *access)
{
    static const uint8_t periph[4] = {0x11, 0x10, 0x34, 0x00};

    if (access->bytes > 4 || access->offset % 4 != 0) {
        return false;
    }
    if (!access->write) {
        access->value = primecell_id(periph, access->offset);
    }
    return true;
}

bool pl011_mmio(void *device, struct mmio_access *access)
{
    struct pl011 *uart = device;
    /* The bits of an unaligned offset come in at the top: no register either. */
    uint64_t index = access->offset >> 2 | access->offset << 62;

    if (access->bytes > 4 || index >= REGISTER_COUNT) {
        return other_access(access);
    }
    vtl_lock(&uart->lock);
    index = access->offset >> 2;
    if (access->write) {
        registers[index].write(uart, (uint16_t)access->value);
    } else {
        access->value = registers[index].read(uart);
    }
    line_update(uart);
    vtl_unlock(&uart->lock);
    if (__atomic_load_n(&uart->waits, __ATOMIC_RELAXED)) {
        uart->room();
    }
    return true;
}
PV_UNTRUSTED(pl011_mmio, guest, "fuzz_pl011");

size_t pl011_receive_room(struct pl011 *uart)
{
    size_t bytes;

    vtl_lock(&uart->lock);
    bytes = room(uart);
    vtl_unlock(&uart->lock);
    return bytes;
}

size_t pl011_receive(struct pl011 *uart, const uint8_t *bytes, size_t count)
{
    size_t taken;

    vtl_lock(&uart->lock);
    taken = room(uart);
    if (taken > count) {
        taken = count;
    }
    for (size_t i = 0; i < taken; i++) {
        fifo_push(uart, bytes[i]);
    }
    line_update(uart);
    vtl_unlock(&uart->lock);
    return taken;
}
PV_UNTRUSTED(pl011_receive, host, "fuzz_pl011");
