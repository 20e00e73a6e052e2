/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the guest sees: device models; and what stands behind them: drivers for the host's devices.
 * A model owns its state and one lock; handlers run on any VP.
 */
#ifndef DEVICES_DEVICES_H
#define DEVICES_DEVICES_H

#include "vmm/vmm.h"

/* ---- PL011 (Arm DDI 0183G): the guest's console ---------------------------------------------- */

#define PL011_BYTES UINT64_C(0x1000)
#define PL011_FIFO_BYTES 32u

struct pl011 {
    struct vtl_lock lock;
    uint32_t intid; /* SPI of VTL0's GIC */
    /* Who fills the receiver and waits for room, if anybody: called after each access until waits
     * is false again, without the lock. Set after pl011_init. */
    void (*room)(void);
    bool waits; /* atomic */
    /* Where a transmitted byte goes. Called with the lock held; must not block. */
    void (*transmit)(uint8_t byte);
    uint8_t rx[PL011_FIFO_BYTES];
    uint8_t rx_head;
    uint8_t rx_count;
    bool line; /* as last driven */
    uint16_t imsc;
    uint16_t ris;
    uint16_t cr;
    uint8_t lcrh;
    uint16_t ibrd;
    uint8_t fbrd;
    uint8_t ifls;
    uint8_t rsr;
    uint16_t dmacr;
    uint8_t ilpr;
    bool overrun; /* a byte was lost since the last that came in */
};

void pl011_init(struct pl011 *uart, uint32_t intid, void (*transmit)(uint8_t byte));
bool pl011_mmio(void *device, struct mmio_access *access);
/* Room in the receive FIFO, and bytes for the guest; returns how many were taken. */
size_t pl011_receive_room(struct pl011 *uart);
size_t pl011_receive(struct pl011 *uart, const uint8_t *bytes, size_t count);

/* ---- PL031 (Arm DDI 0224C): time ------------------------------------------------------------- */

#define PL031_BYTES UINT64_C(0x1000)

struct pl031 {
    struct vtl_lock lock;
    uint32_t intid;
    uint64_t offset_s; /* RTC value minus monotonic seconds, modulo 2^32 */
    uint32_t match;
    uint32_t load;
    uint32_t imsc;
    uint32_t ris;
    uint32_t seen; /* the counter when the match was last looked for */
    bool line;     /* as last driven */
};

/* now_s: seconds since 1970 at this moment. */
void pl031_init(struct pl031 *rtc, uint32_t intid, uint32_t now_s);
bool pl031_mmio(void *device, struct mmio_access *access);
/* Looks for a match outside an access: an alarm is as late as the next call. Any VP. */
void pl031_poll(struct pl031 *rtc);

/* ---- Virtio (1.2, 4.2): the guest's windows, one device each ---------------------------------- */

#define VIRTIO_WINDOWS 16u
#define VIRTIO_WINDOW_BYTES 0x200u
#define VIRTIO_BYTES (VIRTIO_WINDOWS * VIRTIO_WINDOW_BYTES)

/* intid: SPI of window 0; the others follow. Boot VP, before any device is put into a window. */
void virtio_init(uint32_t intid);
/* All windows are one range; device: NULL. */
bool virtio_mmio(void *device, struct mmio_access *access);
/* Is there a device in the window? */
bool virtio_window_used(unsigned index);

/* The order of the windows. */
#define VIRTIO_WINDOW_ENTROPY 0u
#define VIRTIO_WINDOW_CONSOLE 1u
#define VIRTIO_WINDOW_VSOCK 2u
#define VIRTIO_WINDOW_NET 3u
#define VIRTIO_WINDOW_DISKS 4u

/* The guest's devices go into their windows. Boot VP, after virtio_init and what the host has. */
void virtio_entropy_init(void);
/* Disks: all of the host's that are open, from VIRTIO_WINDOW_DISKS on. queues: of each.
 * False: no memory. */
bool virtio_blk_init(unsigned queues);

/* ---- Erased flash ---------------------------------------------------------------------------- */

/*
 * What a sector of flash reads as that nothing was ever written to, without the chip: all ones, and
 * writes do nothing. It has no state, and no device.
 */
bool flash_erased_mmio(void *device, struct mmio_access *access);

/* ---- The host's PL011 and PL031, driven by Paravane ------------------------------------------ */

/* Polled transmit (bounded), interrupt driven receive into whoever takes bytes. Before
 * host_uart_init, and with base 0 (no UART), all of these do nothing. */
void host_uart_init(uint64_t base);
void host_uart_write(const uint8_t *bytes, size_t count);
/* One byte, as the guest's console sends them. */
void host_uart_put(uint8_t byte);
/* No byte of any VP goes out any more, once this has returned: as if there were no UART. */
void host_uart_close(void);
/* Bytes given up since the FIFO stayed full. */
uint64_t host_uart_dropped(void);
/* Takes bytes from the host's FIFO, at most room; returns how many. */
size_t host_uart_read(uint8_t *bytes, size_t room);
/* Receive interrupts on or off: off while no one has room. */
void host_uart_receive_enable(bool on);
/* Seconds since 1970 from the board's PL031 at base. */
uint32_t host_rtc_read(uint64_t base);

/* ---- The host's virtio devices --------------------------------------------------------------- */

#define HOST_VIRTIO_BOUNCE_PAGES 640u /* all that the host may read and write */

/* Boot VP, once, before the others. */
PV_MUST_USE enum pv_status host_virtio_init(void);

/* An interrupt of a host device: who takes it, and what it gets. */
struct host_virtio_handler {
    void (*interrupt)(void *device);
    void *device;
};
/*
 * Opens what is behind the transport at base, which is mapped. PV_NOT_FOUND: nothing, or nothing that
 * Paravane drives. Another error is in the log; the machine goes on without the device. Boot VP.
 */
PV_MUST_USE enum pv_status host_virtio_probe(uint64_t base, struct host_virtio_handler *handler);

#endif /* DEVICES_DEVICES_H */
