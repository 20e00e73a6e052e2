/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A driver that writes what it likes into its queue, split or packed, while the device takes chains,
 * gives them back in any order, puts them back, and asks for notifications. Every chain that comes
 * out keeps the rules of virtio 1.2, 2.7 and 2.8; nothing is written but where a device writes: the
 * used ring (split), the descriptors (packed), and the device's event structure. At the end the queue
 * works for a driver that keeps the rules.
 */
#include "fake_driver.h"
#include "virtio/ring.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 4u
#define RAM_BYTES 0x800u /* that the input fills, with the queue in it; the rest stays 0 */
#define OUT_MAX 64u
#define WORKING_BASE (FAKE_RAM_BASE + 0x8000u)

static struct ring ring;
static struct ring_token out[OUT_MAX];
static unsigned out_count;
static uint8_t before[RAM_BYTES];
static const uint8_t zeroes[FAKE_RAM_BYTES - RAM_BYTES];

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* 2.7: the device writes the used ring and its avail_event; 2.8: descriptors and its events. */
static bool is_devices(uint64_t address)
{
    if (!ring.packed) {
        return address >= ring.device && address - ring.device < 6 + 8u * ring.size;
    }
    return (address >= ring.device && address - ring.device < 4) ||
           (address >= ring.desc && address - ring.desc < 16u * ring.size);
}

static void check_memory(void)
{
    if (memcmp(before, fake.ram, sizeof(before)) == 0) {
        return;
    }
    for (uint64_t i = 0; i < RAM_BYTES; i++) {
        require(before[i] == fake.ram[i] || is_devices(FAKE_RAM_BASE + i));
    }
}

static void check_chain(const struct ring_chain *chain)
{
    unsigned count = (unsigned)chain->readable + chain->writable;
    uint64_t bytes[2] = {0, 0};

    require(count >= 1 && count <= ring.size && ring.size <= RING_SIZE_MAX);
    require(chain->token.slots >= 1 && chain->token.slots <= ring.size);
    require(ring.packed || (chain->token.id < ring.size && chain->token.slots == 1));
    for (unsigned i = 0; i < count; i++) {
        const struct ring_segment *segment = &chain->segments[i];

        require(segment->bytes != 0);
        require(range_contains(FAKE_RAM_BASE, FAKE_RAM_BYTES, segment->base.raw, segment->bytes));
        bytes[i >= chain->readable] += segment->bytes;
    }
    require(bytes[0] == chain->readable_bytes && bytes[1] == chain->writable_bytes);
    /* The cursors end where the counts say. */
    struct ring_cursor cursor = ring_readable(chain);
    require(ring_skip(&cursor, SIZE_MAX) == bytes[0]);
    cursor = ring_writable(chain);
    require(ring_skip(&cursor, SIZE_MAX) == bytes[1]);
}

static void take(uint8_t with)
{
    uint16_t available = ring.available;
    bool wrap = ring.available_wrap;
    struct ring_chain *chain = ring_take(&ring);

    if (chain == NULL) {
        require(ring.available == available && ring.available_wrap == wrap);
        return;
    }
    check_chain(chain);
    struct ring_token token = chain->token;
    if (with % 4 == 0 || out_count == OUT_MAX) {
        ring_put_back(&ring);
        require(ring.available == available && ring.available_wrap == wrap);
        chain = ring_take(&ring);
        require(chain != NULL && chain->token.id == token.id && chain->token.slots == token.slots);
        check_chain(chain);
        ring_put_back(&ring);
    } else {
        out[out_count++] = token;
    }
}

static void give(uint8_t with)
{
    unsigned index;

    if (out_count == 0) {
        return;
    }
    index = with % out_count;
    struct ring_token token = out[index];
    out[index] = out[--out_count];
    ring_give(&ring, token, with);
}

static void start(void)
{
    out_count = 0;
    ring_stop(&ring);
    if (ring_start(&ring) != NULL) {
        require(!ring.live);
    }
}

/* ---- The driver ---- */

static void driver_writes(uint64_t at, const void *from, size_t bytes)
{
    fake_ram_put(at, from, bytes);
    memcpy(before + (at - FAKE_RAM_BASE), from, bytes);
}

/* A descriptor that may be good: of the ring, or of a table at the end of the memory. */
static void lay(const uint8_t with[3])
{
    uint64_t table = FAKE_RAM_BASE + 0x600;
    uint64_t base = with[0] >= 0xc0 ? table : ring.desc;
    uint16_t flags = with[1] & 7u;
    /* Now and then it ends behind memory. */
    uint64_t data =
        with[2] < 0xf0 ? FAKE_RAM_BASE + 0x400 + with[2] : FAKE_RAM_BASE + FAKE_RAM_BYTES - 8;
    uint64_t address = (flags & 4) != 0 ? table : data;
    uint32_t bytes = (flags & 4) != 0 ? 16u * (with[2] % 32u) : with[2] % 16u;
    struct virtio_desc split = {address, bytes, flags, with[1] / 8u};
    /* The lap that the device waits for, or not. */
    uint16_t lap = with[1] % 64 < 56 ? VIRTIO_DESC_AVAIL : VIRTIO_DESC_USED;
    struct virtio_packed_desc packed = {
        address, bytes, with[2], (uint16_t)(flags | (ring.available_wrap ? lap : lap ^ 0x8080u))};

    driver_writes(base + 16u * (with[0] % 32u), ring.packed ? (void *)&packed : (void *)&split, 16);
}

/* So many more chains are available (split). */
static void more(uint8_t with)
{
    uint16_t index = (uint16_t)(ring.available + with % (ring.size + 2u));

    if (!ring.packed) {
        driver_writes(ring.driver + 2, &index, sizeof(index));
    }
}

static void poke(const uint8_t with[3])
{
    unsigned at = (with[0] | (unsigned)with[1] << 8) % RAM_BYTES;

    driver_writes(FAKE_RAM_BASE + at, &with[2], 1);
}

/* What the driver does, and then the device. */
static bool drive(uint8_t what, const uint8_t with[3])
{
    switch (what % 12) {
    case 0:
    case 1:
    case 2:
        lay(with);
        return true;
    case 3:
        more(with[0]);
        return true;
    case 4:
        poke(with);
        return true;
    default:
        return false;
    }
}

static void operate(uint8_t what, const uint8_t with[3])
{
    uint64_t word;
    const char *broken = ring.broken;

    switch (what % 12) {
    case 5:
    case 6:
        take(with[0]);
        break;
    case 7:
        give(with[0]);
        break;
    case 8:
        /* What is said to be there is there, or the ring breaks over it. */
        if (ring_rearm(&ring)) {
            take(1);
            require(ring.broken != NULL || ring.taken != 0);
        }
        break;
    case 9:
        (void)ring_wants_interrupt(&ring);
        require(!ring_wants_interrupt(&ring));
        break;
    case 10:
        if (ring_is_idle(&ring, &word)) {
            require(ring_take(&ring) == NULL && ring.broken == broken);
        }
        break;
    default:
        fake.copy_error = with[0] == 0 ? PV_FAULT : PV_OK;
        if (!ring.live) {
            start();
        }
        break;
    }
}

/* ---- The whole ---- */

static void set_up(const uint8_t header[HEADER_BYTES])
{
    const struct vmm_ram all = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};
    uint16_t size = (uint16_t)(1 + header[1] % 32);

    require(guest_ram_set(&all, 1) == PV_OK);
    memset(&ring, 0, sizeof(ring));
    ring.packed = (header[0] & 1) != 0;
    ring.event_index = (header[0] & 2) != 0;
    ring.indirect = (header[0] & 4) != 0;
    ring.size = ring.packed ? size : (uint16_t)(1u << header[1] % 6);
    /* The areas may lie over each other. */
    ring.desc = FAKE_RAM_BASE + 16u * (header[2] % 8u);
    ring.driver = FAKE_RAM_BASE + 0x240 + 4u * (header[2] / 8u);
    ring.device = FAKE_RAM_BASE + 0x280 + 4u * (header[3] % 32u);
    out_count = 0;
}

/* Several laps by a driver that keeps the rules. */
static void works_still(void)
{
    static struct fake_driver driver;
    const struct fake_part parts[] = {{FAKE_RAM_BASE, 16, false}, {FAKE_RAM_BASE + 64, 7, true}};
    unsigned count = ring.size > 1 ? 2 : 1;

    fake.copy_error = PV_OK;
    fake_driver_init(&driver, ring.packed, ring.size, WORKING_BASE);
    ring.desc = driver.desc;
    ring.driver = driver.driver;
    ring.device = driver.device;
    ring_stop(&ring);
    require(ring_start(&ring) == NULL);
    for (unsigned i = 0; i < 3u * ring.size; i++) {
        struct fake_used used = {0, 0};
        uint16_t id = fake_driver_add(&driver, parts, count);
        const struct ring_chain *chain = ring_take(&ring);

        require(chain != NULL);
        check_chain(chain);
        ring_give(&ring, chain->token, i);
        require(fake_driver_used(&driver, &used) && used.id == id && used.written == i);
        require(ring_take(&ring) == NULL && ring.broken == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* Header, memory, four bytes an operation. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    size_t memory;

    if (bytes < HEADER_BYTES) {
        return 0;
    }
    memory = (bytes - HEADER_BYTES) / 4 < RAM_BYTES ? (bytes - HEADER_BYTES) / 4 : RAM_BYTES;
    memset(fake.ram, 0, sizeof(fake.ram));
    memcpy(fake.ram, data + HEADER_BYTES, memory);
    fake.copy_error = PV_OK;
    set_up(data);
    start();
    for (size_t i = HEADER_BYTES + memory; i + 4 <= bytes; i += 4) {
        memcpy(before, fake.ram, sizeof(before));
        if (!drive(data[i], data + i + 1)) {
            operate(data[i], data + i + 1);
        }
        check_memory();
        require(ring.broken == NULL || !ring.live);
    }
    require(memcmp(fake.ram + RAM_BYTES, zeroes, sizeof(zeroes)) == 0);
    works_still();
    return 0;
}
