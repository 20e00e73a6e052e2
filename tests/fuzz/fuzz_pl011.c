/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The PL011 model under any sequence of register accesses and received bytes, next to what must
 * always hold: the line is RIS and IMSC, the FIFO is within its bounds, the flags agree with it,
 * the lock is free.
 */
#include "devices/devices.h"
#include "fake_vtl.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pl011 uart;
static size_t sent;

static void expect(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void transmit(uint8_t byte)
{
    (void)byte;
    sent++;
}

static uint64_t peek(uint64_t offset)
{
    struct mmio_access access = {.offset = offset, .bytes = 4};

    expect(pl011_mmio(&uart, &access));
    return access.value;
}

static void check(void)
{
    uint64_t flags = peek(0x18);
    bool fifo = (peek(0x2c) & 0x10) != 0;

    expect(uart.lock.taken == 0);
    expect(uart.rx_count <= (fifo ? PL011_FIFO_BYTES : 1) && uart.rx_head < PL011_FIFO_BYTES);
    expect(((flags & 0x10) != 0) == (uart.rx_count == 0));
    expect((flags & 0x20) == 0 && (flags & 0x80) != 0);
    expect((peek(0x3c) & peek(0x38)) == peek(0x40));
    expect(uart.line == (peek(0x40) != 0));
    expect(fake.line_count % 2 == (uart.line ? 1 : 0));
    expect(pl011_receive_room(&uart) <= PL011_FIFO_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fake_vtl_reset();
    sent = 0;
    pl011_init(&uart, 33, transmit);
    for (size_t i = 0; i + 4 <= size; i += 4) {
        size_t sent_before = sent;

        if (data[i] % 4 == 0) {
            size_t count = data[i + 1] % 3;
            size_t room = pl011_receive_room(&uart);

            expect(pl011_receive(&uart, &data[i + 2], count) == (count < room ? count : room));
        } else {
            struct mmio_access access = {
                .offset = data[i] % 4 == 1 ? (data[i + 1] * 16u + data[i + 2]) % 0x1000
                                           : data[i + 1] % 20 * 4u,
                .bytes = (uint8_t)(1u << data[i] / 4 % 4),
                .write = data[i] / 16 % 2 != 0,
                .value = (uint64_t)data[i + 3] << 8 | data[i + 2],
            };
            bool taken = pl011_mmio(&uart, &access);

            expect(taken == (access.bytes <= 4 && access.offset % 4 == 0));
            expect(!taken || access.write || access.value <= 0xffff);
        }
        expect(sent - sent_before <= 1);
        check();
    }
    return 0;
}
