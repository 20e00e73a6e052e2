/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine.h"

#include "guest_tree.h"

#include <string.h>

/* The board's UART interrupts VTL2 here (QEMU virt: SPI 1). Another board needs another table. */
#define HOST_UART_INTID 33u

struct pl011 machine_uart;
struct pl031 machine_rtc;

/* Bytes wait in the host's UART while the guest's FIFO is full: its interrupt is off then. */
static struct {
    struct vtl_lock lock;
    bool masked;
    uint8_t waiting[PL011_FIFO_BYTES]; /* read from the host, not yet taken by the guest */
    size_t waiting_bytes;
} console;

/*
 * From the host's UART into the guest's, as much as the guest has room for. Meanwhile another VP of
 * the guest may make room, or turn its receiver off. waits is set before the room is looked at: who
 * makes room after that look, under the UART's lock, finds it set, and pumps. Bytes that the
 * receiver has no room for any more wait here.
 */
static void console_pump(void)
{
    vtl_lock(&console.lock);
    __atomic_store_n(&machine_uart.waits, true, __ATOMIC_RELAXED);
    size_t room = pl011_receive_room(&machine_uart);
    if (console.waiting_bytes < room) {
        console.waiting_bytes +=
            host_uart_read(console.waiting + console.waiting_bytes, room - console.waiting_bytes);
    }
    bool more = console.waiting_bytes >= room;
    size_t taken = pl011_receive(&machine_uart, console.waiting, console.waiting_bytes);
    console.waiting_bytes -= taken;
    memmove(console.waiting, console.waiting + taken, console.waiting_bytes);
    bool held = more || console.waiting_bytes != 0;
    if (held != console.masked) {
        host_uart_receive_enable(!held);
        console.masked = held;
    }
    __atomic_store_n(&machine_uart.waits, held, __ATOMIC_RELAXED);
    vtl_unlock(&console.lock);
}

static void host_uart_interrupt(void *device)
{
    (void)device;
    console_pump();
}

/* The UART's if the console is joined to it, then those of the host's virtio devices that there are. */
static struct vmm_irq interrupts[1 + BOARD_VIRTIO_MAX];
static bool interrupt_edges[1 + BOARD_VIRTIO_MAX];
static size_t interrupt_count;

void machine_interrupt_add(const struct vmm_irq *interrupt, bool edge)
{
    CHECK(interrupt_count < sizeof(interrupts) / sizeof(interrupts[0]));
    interrupts[interrupt_count] = *interrupt;
    interrupt_edges[interrupt_count++] = edge;
}

/* A UART that nothing is connected to. */
static void nowhere(uint8_t byte)
{
    (void)byte;
}

static void log_sink(const char *text, size_t bytes)
{
    host_uart_write((const uint8_t *)text, bytes);
}

static const char *map_window(const struct board_window *window, const char *reason)
{
    if (window->bytes == 0 || window->base % 4096 != 0 ||
        vtl_map(window->base, 4096, VTL_MAP_DEVICE) != PV_OK) {
        return reason;
    }
    return NULL;
}

bool machine_option(const struct board *board, const char *word)
{
    const char *options = board->options;
    size_t bytes = strlen(word);

    for (const char *at = options; *at != '\0';) {
        size_t length = strcspn(at, " ");

        if (length == bytes && memcmp(at, word, bytes) == 0) {
            return true;
        }
        at += length + (at[length] == ' ' ? 1 : 0);
    }
    return false;
}

const char *machine_console(const struct board *board)
{
    const char *reason = map_window(&board->uart, "no PL011 for the console");

    if (reason != NULL) {
        return reason;
    }
    host_uart_init(board->uart.base);
    log_set_sink(log_sink, machine_option(board, "debug") ? LOG_DEBUG : LOG_INFO);
    return NULL;
}

/* The guest's devices have fixed addresses: does this board have something else there? */
static const char *check_places(const struct board *board)
{
    for (size_t i = 0; i < machine_range_count; i++) {
        uint64_t base = machine_ranges[i].base.raw;
        uint64_t bytes = machine_ranges[i].bytes;
        if (ranges_overlap(base, bytes, board->gicd.base, board->gicd.bytes) ||
            ranges_overlap(base, bytes, board->gicr.base, board->gicr.bytes) ||
            ranges_overlap(base, bytes, board->vtl2.base.raw, board->vtl2.bytes)) {
            return "the guest's devices would cover the GIC or VTL2's memory";
        }
        for (uint32_t j = 0; j < board->ram_count; j++) {
            if (ranges_overlap(base, bytes, board->ram[j].base.raw, board->ram[j].bytes)) {
                return "the guest's devices would cover its memory";
            }
        }
    }
    return NULL;
}

static uint64_t rtc_base;

uint32_t machine_time_s(void)
{
    return host_rtc_read(rtc_base);
}

const char *machine_devices(const struct board *board, bool joined)
{
    const char *reason = check_places(board);

    if (reason == NULL) {
        reason = map_window(&board->rtc, "no PL031 for the time");
    }
    if (reason != NULL) {
        return reason;
    }
    if (board->uart.intid != HOST_UART_INTID) {
        return "the PL011's interrupt is not SPI 1";
    }
    pl011_init(&machine_uart, GUEST_UART_INTID, joined ? host_uart_put : nowhere);
    machine_uart.room = joined ? console_pump : NULL;
    rtc_base = board->rtc.base;
    pl031_init(&machine_rtc, GUEST_RTC_INTID, machine_time_s());
    interrupt_count = 0;
    if (joined) {
        machine_interrupt_add(
            &(struct vmm_irq){.intid = HOST_UART_INTID, .handler = host_uart_interrupt},
            board->uart.edge);
    }
    reason = machine_virtio(board, joined);
    if (reason == NULL && (mmio_set(machine_ranges, machine_range_count) != PV_OK ||
                           irq_set(interrupts, interrupt_count) != PV_OK)) {
        reason = "a device table that is not in order";
    }
    return reason;
}

const char *machine_interrupts(bool joined)
{
    for (size_t i = 0; i < interrupt_count; i++) {
        if (vtl_irq_enable(interrupts[i].intid, interrupt_edges[i]) != PV_OK) {
            return "a device's interrupt can't be enabled";
        }
    }
    host_uart_receive_enable(joined);
    /* An edge before this is one that nobody has seen: what it told of is looked for now. */
    for (size_t i = 0; i < interrupt_count; i++) {
        if (interrupt_edges[i]) {
            interrupts[i].handler(interrupts[i].device);
        }
    }
    return NULL;
}
