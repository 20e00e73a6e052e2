/* SPDX-License-Identifier: BSD-3-Clause */
#include "console.h"

#include "console_format.h"
#include "machine.h"
#include "spinlock.h"

#include <stddef.h>
#include <stdint.h>

/* Arm PrimeCell UART PL011 (DDI 0183), section 3.2. */
#define PL011_DR 0x00u
#define PL011_FR 0x18u
#define PL011_FR_TXFF (1u << 5)

#define PIECE_BYTES 512u

/* VTL2 may set up the same PL011: a transmitter that never drains must not hold refhv up. */
#define DRAIN_POLLS 1000000u
/* For fatal lines: the holder may be the very CPU that comes to die, inside console_write. */
#define FATAL_LOCK_POLLS 10000000u

static uint64_t pl011;
static struct spinlock console_lock = SPINLOCK_INIT;

void console_init(uint64_t pl011_base)
{
    pl011 = pl011_base;
}

static uint32_t read32(uint64_t address)
{
    uint32_t value;
    __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static void write32(uint64_t address, uint32_t value)
{
    __asm__ volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

static void put(char c)
{
    for (uint32_t i = 0; i < DRAIN_POLLS; i++) {
        if ((read32(pl011 + PL011_FR) & PL011_FR_TXFF) == 0) {
            write32(pl011 + PL011_DR, (uint8_t)c);
            return;
        }
    }
}

static void write_locked(const char *text, uint64_t bytes)
{
    if (pl011 == 0) {
        return;
    }
    for (uint64_t i = 0; i < bytes; i++) {
        if (text[i] == '\n') {
            put('\r');
        }
        put(text[i]);
    }
}

void console_write(const char *text, uint64_t bytes)
{
    spin_lock(&console_lock);
    write_locked(text, bytes);
    spin_unlock(&console_lock);
}

void console_vprint(const char *format, va_list arguments)
{
    char piece[PIECE_BYTES];
    const uint64_t bytes = console_format(piece, sizeof(piece), format, arguments);
    console_write(piece, bytes);
}

void console_print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    console_vprint(format, arguments);
    va_end(arguments);
}

static void lock_for_fatal(void)
{
    for (uint32_t i = 0; i < FATAL_LOCK_POLLS; i++) {
        if (!atomic_flag_test_and_set_explicit(&console_lock.taken, memory_order_acquire)) {
            return;
        }
    }
}

void console_fatal(const char *format, ...)
{
    static const char prefix[] = "refhv: fatal: ";
    char piece[PIECE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    const size_t bytes = console_format(piece, sizeof(piece) - 1, format, arguments);
    va_end(arguments);
    piece[bytes] = '\n';

    lock_for_fatal();
    write_locked(prefix, sizeof(prefix) - 1);
    write_locked(piece, bytes + 1);
    spin_unlock(&console_lock);
    machine_end(MACHINE_END_FATAL);
}
