/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The driver's side of a virtqueue in the fake guest's RAM, split or packed, as virtio 1.2, 2.7 and
 * 2.8 have it; and of the registers in front of it (fake_transport.h). It keeps the rules. A test
 * that breaks one writes over what was laid out: every field has an address.
 *
 * A chain that does not fit ends the test program.
 */
#ifndef TESTS_FAKES_FAKE_DRIVER_H
#define TESTS_FAKES_FAKE_DRIVER_H

#include "fake_vtl.h"
#include "virtio/virtio_abi.h"

#define FAKE_DRIVER_SIZE_MAX 256u
/* Bytes of RAM that a queue takes: descriptors, the driver's area, the device's. */
#define FAKE_DRIVER_BYTES 0x2000u

/* A piece of a chain; the ones that the device writes come last. */
struct fake_part {
    uint64_t address;
    uint32_t bytes;
    bool write;
};

/* What the device gave back. */
struct fake_used {
    uint32_t id;
    uint32_t written;
};

struct fake_driver {
    uint64_t desc;
    uint64_t driver;
    uint64_t device;
    uint16_t size;
    bool packed;
    uint16_t next;  /* split: the next free descriptor; packed: the next slot */
    uint16_t index; /* split: the available index; packed: the next buffer id */
    uint16_t used;  /* split: the used index that was read; packed: the slot */
    bool wrap;      /* packed: of next */
    bool used_wrap;
    uint16_t slots[FAKE_DRIVER_SIZE_MAX]; /* packed: of each buffer id */
};

/* Bytes of the guest's RAM. */
uint8_t *fake_ram(uint64_t address);
void fake_ram_put(uint64_t address, const void *from, size_t bytes);
void fake_ram_put16(uint64_t address, uint16_t value);
uint16_t fake_ram_get16(uint64_t address);
uint32_t fake_ram_get32(uint64_t address);

/* An empty queue of FAKE_DRIVER_BYTES at base. */
void fake_driver_init(struct fake_driver *driver, bool packed, uint16_t size, uint64_t base);
/* As if it had gone round so long that the next chain is number `index` (split). */
void fake_driver_count_from(struct fake_driver *driver, uint16_t index);
/* Makes a chain available; its id: of its head (split), or its buffer's (packed). */
uint16_t fake_driver_add(struct fake_driver *driver, const struct fake_part *parts, unsigned count);
/* The same in an indirect table that lies at `table`. */
uint16_t fake_driver_add_indirect(struct fake_driver *driver, const struct fake_part *parts,
                                  unsigned count, uint64_t table);
/* The next that was given back; false: none. */
bool fake_driver_used(struct fake_driver *driver, struct fake_used *used);
/* Asks for an interrupt when the chain that is number `index` (split), or in `slot` of this lap
 * (packed), has been given back: 2.7.7, 2.8.14. */
void fake_driver_want(struct fake_driver *driver, uint16_t index, bool wrap);
/* Where descriptor or slot n is, a field of it, and where the chain before number n of a split
 * queue's available ring is. */
uint64_t fake_driver_desc(const struct fake_driver *driver, unsigned n);
uint64_t fake_driver_flags(const struct fake_driver *driver, unsigned n);
uint64_t fake_driver_entry(const struct fake_driver *driver, unsigned n);

#endif /* TESTS_FAKES_FAKE_DRIVER_H */
