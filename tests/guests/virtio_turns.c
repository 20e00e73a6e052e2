/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How long VTL0 stands still while Paravane works for its devices: in the notification, in interrupts of
 * the host's devices, in what it does later. VTL0 looks at the counter all the while; the longest time
 * between two looks is what counts (with -icount: instructions, of Paravane and of the host's EL2).
 *
 * A load is a queue full of chains, as many as the queue takes, all made available at once: of as many
 * pieces as a chain may have, or of as many bytes as the device takes in a turn.
 */
#include "hostile.h"
#include "virtio.h"
#include "virtio/vsock_abi.h"

#include <string.h>

#define LONGEST_NS 1000000u /* design, section 7 */
#define LOAD_MS 300u        /* for what comes later, and for what the host never answers */
#define STORM 20000u
#define QUEUES 8u
#define SIZE_MAX_QUEUE 256u
#define NET_SIZE 256u
#define VSOCK_SIZE 128u
#define CONSOLE_SIZE 128u
#define BLK_SIZE 256u
#define BLK_LARGE 64u
#define DISK_BYTES (DISK_SECTORS * SECTOR_BYTES)

/* Memory of the loads, far behind the image: data of disks, and what pieces point to, a page a queue. */
#define DATA (VTL0_SCRATCH_GPA + UINT64_C(0x200000))
#define PAGE(load) (VTL0_SCRATCH_GPA + (load)->ring * PAGE_BYTES)

static struct {
    struct virtio_desc desc[SIZE_MAX_QUEUE];
    uint16_t avail[SIZE_MAX_QUEUE + 3];
    uint16_t used[4 * SIZE_MAX_QUEUE + 3] __attribute__((aligned(4)));
} rings[QUEUES] __attribute__((aligned(4096)));

/* One table for all chains of a queue: any number of chains may lead to it. */
static struct virtio_desc tables[QUEUES][SIZE_MAX_QUEUE] __attribute__((aligned(16)));

/* A load's queue: the ring of that number. */
struct load {
    const struct device *device;
    unsigned ring;
    uint16_t number;
    uint16_t size;
    uint16_t chains;
};
static struct load loads[QUEUES];
static unsigned load_count;

/* ---- Time ----------------------------------------------------------------------------------------- */

static uint64_t looked;
static uint64_t gap;

static void look(void)
{
    uint64_t now = counter_now();

    if (now - looked > gap) {
        gap = now - looked;
    }
    looked = now;
}

/* ---- Queues --------------------------------------------------------------------------------------- */

static struct load *load_add(const struct device *device, uint16_t number, uint16_t size)
{
    struct load *load = &loads[load_count];

    *load = (struct load){device, load_count++, number, size, 0};
    memset(&rings[load->ring], 0, sizeof(rings[0]));
    return load;
}

static struct queue queue_of(const struct load *load)
{
    return (struct queue){.device = load->device,
                          .desc = (uintptr_t)rings[load->ring].desc,
                          .driver = (uintptr_t)rings[load->ring].avail,
                          .used = (uintptr_t)rings[load->ring].used,
                          .number = load->number,
                          .size = load->size};
}

/* Chains of one descriptor, that leads to the ring's table: `pieces` entries. */
static void chains_of_table(struct load *load, uint32_t pieces)
{
    for (uint16_t i = 0; i < load->size; i++) {
        rings[load->ring].desc[i] = (struct virtio_desc){(uintptr_t)tables[load->ring], pieces * 16,
                                                         VIRTIO_DESC_INDIRECT, 0};
        rings[load->ring].avail[2 + i] = i;
    }
    load->chains = load->size;
}

/* The table: `readable` pieces, then `writable` ones, of `bytes` each, one behind the other. */
static void table_fill(const struct load *load, uint64_t readable_at, unsigned readable,
                       uint64_t writable_at, unsigned writable)
{
    for (unsigned i = 0; i < readable + writable; i++) {
        bool writes = i >= readable;

        tables[load->ring][i] =
            (struct virtio_desc){writes ? writable_at + (i - readable) : readable_at + i, 1,
                                 (uint16_t)((writes ? VIRTIO_DESC_WRITE : 0) |
                                            (i + 1 < readable + writable ? VIRTIO_DESC_NEXT : 0)),
                                 (uint16_t)(i + 1)};
    }
}

static void chain_set(const struct load *load, unsigned i, const struct part *parts, unsigned count)
{
    for (unsigned j = 0; j < count; j++) {
        bool last = j + 1 == count;

        rings[load->ring].desc[i * count + j] =
            (struct virtio_desc){parts[j].address, parts[j].bytes,
                                 (uint16_t)(parts[j].flags | (last ? 0 : VIRTIO_DESC_NEXT)),
                                 (uint16_t)(i * count + j + 1)};
    }
    rings[load->ring].avail[2 + i] = (uint16_t)(i * count);
}

/* Chains of a few descriptors: all the same. */
static void chains_of(struct load *load, const struct part *parts, unsigned count, unsigned chains)
{
    for (unsigned i = 0; i < chains; i++) {
        chain_set(load, i, parts, count);
    }
    load->chains = (uint16_t)chains;
}

/* ---- Loads ---------------------------------------------------------------------------------------- */

static const struct device *agreed(uint32_t id, uint64_t own)
{
    const struct device *device = device_of(id, 0);

    device_reset(device);
    (void)device_agree(device, FEATURES | (own & device->offered));
    return device;
}

static void bytes_set(uint64_t at, const void *from, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        *(volatile uint8_t *)(uintptr_t)(at + i) = ((const uint8_t *)from)[i];
    }
}

/* A header and an ARP request, from the card's address; of 10.0.2.2 (virtio_net.c). */
static void frame_set(const struct load *load)
{
    static const uint8_t arp[] = {0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1};
    static const uint8_t from[] = {10, 0, 2, 15};
    static const uint8_t to[] = {10, 0, 2, 2};
    static const uint8_t all[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    uint64_t at = PAGE(load) + VIRTIO_NET_HEADER_BYTES;

    memset((void *)PAGE(load), 0, PAGE_BYTES);
    bytes_set(at, all, 6);
    for (unsigned i = 0; i < 6; i++) {
        uint8_t byte = get8(load->device->base + VIRTIO_MMIO_CONFIG + i);

        bytes_set(at + 6 + i, &byte, 1);
        bytes_set(at + 22 + i, &byte, 1);
    }
    bytes_set(at + 12, arp, sizeof(arp));
    bytes_set(at + 28, from, sizeof(from));
    bytes_set(at + 38, to, sizeof(to));
}

#define NET_OWN \
    (VIRTIO_NET_F_MAC | VIRTIO_NET_F_MRG_RXBUF | VIRTIO_NET_F_CTRL_VQ | VIRTIO_NET_F_CTRL_RX)

/* Half as many as fit: each has a header and a frame. */
static void net_frames(const struct device *device)
{
    struct load *load = load_add(device, 1, NET_SIZE);
    const struct part parts[] = {{PAGE(load), VIRTIO_NET_HEADER_BYTES, 0},
                                 {PAGE(load) + VIRTIO_NET_HEADER_BYTES, 1514, 0}};

    frame_set(load);
    chains_of(load, parts, 2, NET_SIZE / 2);
}

static void net_whole(void)
{
    net_frames(agreed(VIRTIO_ID_NET, NET_OWN));
}

static void net_pieces(void)
{
    struct load *load = load_add(agreed(VIRTIO_ID_NET, NET_OWN), 1, NET_SIZE);

    frame_set(load);
    table_fill(load, PAGE(load), NET_SIZE, 0, 0);
    chains_of_table(load, NET_SIZE);
}

/* Requests out, and their answers into buffers of one byte a piece. */
static void net_in(void)
{
    const struct device *device = agreed(VIRTIO_ID_NET, NET_OWN);
    struct load *load = load_add(device, 0, NET_SIZE);

    table_fill(load, 0, 0, DATA, NET_SIZE);
    chains_of_table(load, NET_SIZE);
    net_frames(device);
}

static void net_commands(void)
{
    static const uint8_t command[] = {VIRTIO_NET_CTRL_MAC, 0, 0xff, 0xff, 0xff, 0xff};
    struct load *load = load_add(agreed(VIRTIO_ID_NET, NET_OWN), 2, NET_SIZE);

    bytes_set(PAGE(load), command, sizeof(command));
    table_fill(load, PAGE(load), NET_SIZE - 1, DATA, 1);
    chains_of_table(load, NET_SIZE);
}

/* Requests to nobody, and their resets. */
static void vsock_pieces(void)
{
    const struct virtio_vsock_header header = {.src_cid = 3,
                                               .dst_cid = 2,
                                               .src_port = 5000,
                                               .dst_port = 9999,
                                               .type = 1,
                                               .op = VIRTIO_VSOCK_OP_REQUEST,
                                               .buf_alloc = 4096};
    const struct device *device = agreed(VIRTIO_ID_VSOCK, VIRTIO_VSOCK_F_STREAM);
    struct load *in = load_add(device, VIRTIO_VSOCK_RX, VSOCK_SIZE);

    table_fill(in, 0, 0, DATA, VSOCK_SIZE);
    chains_of_table(in, VSOCK_SIZE);
    struct load *out = load_add(device, VIRTIO_VSOCK_TX, VSOCK_SIZE);
    bytes_set(PAGE(out), &header, sizeof(header));
    table_fill(out, PAGE(out), VSOCK_SIZE, 0, 0);
    chains_of_table(out, VSOCK_SIZE);
}

/* Connections to the inspect service that ask at once (devices/README.md), each for a page of some KiB. */
#define ASKING (VSOCK_SIZE / 2)
#define ASKING_BYTES 128u
static void vsock_pages(void)
{
    static const char text[] = "GET /inspect HTTP/1.1\r\nHost: paravane\r\n\r\n";
    const struct part part = {DATA, PAGE_BYTES, VIRTIO_DESC_WRITE};
    const struct device *device = agreed(VIRTIO_ID_VSOCK, VIRTIO_VSOCK_F_STREAM);

    chains_of(load_add(device, VIRTIO_VSOCK_RX, VSOCK_SIZE), &part, 1, VSOCK_SIZE);
    struct load *out = load_add(device, VIRTIO_VSOCK_TX, VSOCK_SIZE);
    for (uint16_t i = 0; i < VSOCK_SIZE; i++) {
        uint64_t at = DATA + PAGE_BYTES + i * ASKING_BYTES;
        bool asks = i >= ASKING;
        const struct virtio_vsock_header header = {.src_cid = 3,
                                                   .dst_cid = 2,
                                                   .src_port = 5000u + i % ASKING,
                                                   .dst_port = 80,
                                                   .len = asks ? sizeof(text) - 1 : 0,
                                                   .type = VIRTIO_VSOCK_TYPE_STREAM,
                                                   .op = asks ? VIRTIO_VSOCK_OP_RW
                                                              : VIRTIO_VSOCK_OP_REQUEST,
                                                   .buf_alloc = 1 << 20};

        bytes_set(at, &header, sizeof(header));
        bytes_set(at + sizeof(header), text, sizeof(text) - 1);
        rings[out->ring].desc[i] =
            (struct virtio_desc){at, (uint32_t)sizeof(header) + header.len, 0, 0};
        rings[out->ring].avail[2 + i] = i;
    }
    out->chains = VSOCK_SIZE;
}

static void blk_header_set(const struct load *load, uint32_t type, uint64_t sector)
{
    const struct virtio_blk_header header = {type, 0, sector};

    bytes_set(PAGE(load), &header, sizeof(header));
}

static void blk_pieces(uint64_t sector)
{
    struct load *load = load_add(agreed(VIRTIO_ID_BLOCK, 0), 0, BLK_SIZE);

    blk_header_set(load, VIRTIO_BLK_T_IN, sector);
    table_fill(load, PAGE(load), 1, DATA, BLK_SIZE - 1);
    tables[load->ring][0].bytes = sizeof(struct virtio_blk_header);
    /* One sector in all, and the status byte. */
    tables[load->ring][BLK_SIZE - 2].bytes = SECTOR_BYTES - (BLK_SIZE - 3);
    chains_of_table(load, BLK_SIZE);
}

static void blk_good_pieces(void)
{
    blk_pieces(SECTOR);
}

static void blk_bad_pieces(void)
{
    blk_pieces(DISK_SECTORS);
}

/* The whole disk, again and again. */
static void blk_large(uint32_t type)
{
    struct load *load = load_add(agreed(VIRTIO_ID_BLOCK, 0), 0, BLK_SIZE);
    const struct part parts[] = {
        {PAGE(load), sizeof(struct virtio_blk_header), 0},
        {DATA, DISK_BYTES, type == VIRTIO_BLK_T_IN ? VIRTIO_DESC_WRITE : 0},
        {PAGE(load) + 64, 1, VIRTIO_DESC_WRITE},
    };

    blk_header_set(load, type, 0);
    chains_of(load, parts, 3, BLK_LARGE);
}

static void blk_reads(void)
{
    blk_large(VIRTIO_BLK_T_IN);
}

/* What the load before this one has read. */
static void blk_writes(void)
{
    blk_large(VIRTIO_BLK_T_OUT);
}

/* Reads of so many bytes, and writes of the whole disk, in turns. */
static void blk_both(uint32_t bytes)
{
    struct load *load = load_add(agreed(VIRTIO_ID_BLOCK, 0), 0, BLK_SIZE);
    const struct virtio_blk_header headers[] = {{VIRTIO_BLK_T_IN, 0, 0}, {VIRTIO_BLK_T_OUT, 0, 0}};
    const struct part status = {PAGE(load) + 64, 1, VIRTIO_DESC_WRITE};
    const struct part parts[2][3] = {
        {{PAGE(load), sizeof(headers[0]), 0}, {DATA, bytes, VIRTIO_DESC_WRITE}, status},
        {{PAGE(load) + sizeof(headers[0]), sizeof(headers[1]), 0}, {DATA, DISK_BYTES, 0}, status},
    };

    bytes_set(PAGE(load), headers, sizeof(headers));
    for (unsigned i = 0; i < BLK_LARGE; i++) {
        chain_set(load, i, parts[i % 2], 3);
    }
    load->chains = BLK_LARGE;
}

static void blk_reads_and_writes(void)
{
    blk_both(DISK_BYTES);
}

static void blk_small_reads_and_writes(void)
{
    blk_both(PAGE_BYTES);
}

/* To the port that nobody reads (virtio_console.c). */
static void console_pieces(void)
{
    struct load *load = load_add(agreed(VIRTIO_ID_CONSOLE, VIRTIO_CONSOLE_F_MULTIPORT),
                                 VIRTIO_CONSOLE_TRANSMITQ(0), CONSOLE_SIZE);

    table_fill(load, PAGE(load), CONSOLE_SIZE, 0, 0);
    chains_of_table(load, CONSOLE_SIZE);
}

static void console_bytes(void)
{
    const struct part part = {DATA, 65536, 0};

    chains_of(load_add(agreed(VIRTIO_ID_CONSOLE, VIRTIO_CONSOLE_F_MULTIPORT),
                       VIRTIO_CONSOLE_TRANSMITQ(0), CONSOLE_SIZE),
              &part, 1, CONSOLE_SIZE);
}

static void console_messages(void)
{
    struct load *load = load_add(agreed(VIRTIO_ID_CONSOLE, VIRTIO_CONSOLE_F_MULTIPORT),
                                 VIRTIO_CONSOLE_CONTROL_TRANSMITQ, CONSOLE_SIZE);

    table_fill(load, PAGE(load), CONSOLE_SIZE, 0, 0);
    chains_of_table(load, CONSOLE_SIZE);
}

static void entropy_pieces(void)
{
    struct load *load = load_add(agreed(VIRTIO_ID_ENTROPY, 0), 0, 16);

    table_fill(load, 0, 0, DATA, 16);
    chains_of_table(load, 16);
}

static void all_at_once(void)
{
    net_in();
    vsock_pieces();
    console_pieces();
    entropy_pieces();
    blk_good_pieces();
}

static const struct {
    const char *name;
    void (*fill)(void);
} rows[] = {
    {"network frames out, whole", net_whole},
    {"network frames out, in pieces", net_pieces},
    {"network frames in, in pieces", net_in},
    {"network commands, in pieces", net_commands},
    {"socket packets both ways, in pieces", vsock_pieces},
    {"socket connections that ask at once", vsock_pages},
    {"disk reads, whole disks", blk_reads},
    {"disk writes, whole disks", blk_writes},
    {"disk reads and writes, whole disks", blk_reads_and_writes},
    {"disk reads of a page, writes of whole disks", blk_small_reads_and_writes},
    {"disk reads, in pieces", blk_good_pieces},
    {"disk reads that are refused, in pieces", blk_bad_pieces},
    {"console bytes, long", console_bytes},
    {"console bytes, in pieces", console_pieces},
    {"console messages, in pieces", console_messages},
    {"entropy, in pieces", entropy_pieces},
    {"all of these at once", all_at_once},
};

/* ---- Measuring ------------------------------------------------------------------------------------ */

static unsigned used_count(const struct load *load)
{
    return get16((uintptr_t)&rings[load->ring].used[1]);
}

static bool all_used(void)
{
    for (unsigned i = 0; i < load_count; i++) {
        if (used_count(&loads[i]) != loads[i].chains) {
            return false;
        }
    }
    return true;
}

/* Queues ready, devices running, chains available; nothing has been notified. */
static void loads_start(void)
{
    for (unsigned i = 0; i < load_count; i++) {
        struct queue queue = queue_of(&loads[i]);

        queue_ready(&queue);
        rings[loads[i].ring].avail[1] = loads[i].chains;
    }
    barrier();
    for (unsigned i = 0; i < load_count; i++) {
        device_run(loads[i].device);
    }
}

/* One look between any two notifications: each of them is an exit of its own. */
static void loads_watch(void)
{
    uint64_t end = counter_now() + counter_ms(LOAD_MS);

    looked = counter_now();
    gap = 0;
    for (unsigned i = 0; i < load_count; i++) {
        write32(loads[i].device->base + VIRTIO_MMIO_QUEUE_NOTIFY, loads[i].number);
        look();
    }
    while (!all_used() && looked < end) {
        look();
    }
    /* What goes on although all is used. */
    for (end = looked + counter_ms(1); looked < end;) {
        look();
    }
}

/* Of each device that runs: notifications of a queue that it has, with a load in it. */
static void loads_storm(void)
{
    looked = counter_now();
    for (unsigned i = 0; i < STORM; i++) {
        write32(loads[i % load_count].device->base + VIRTIO_MMIO_QUEUE_NOTIFY,
                loads[i % load_count].number);
        look();
    }
}

static void gap_check(const char *name)
{
    check_way(name);
    note("longest, instructions", guest_ns(gap));
    check_true("turn VTL0 stands still for no more than 1,000,000 instructions",
               guest_ns(gap) <= LONGEST_NS);
    check_way("");
}

static void load_check(unsigned row)
{
    load_count = 0;
    rows[row].fill();
    loads_start();
    loads_watch();
    for (unsigned i = 0; i < load_count; i++) {
        check_way(rows[row].name);
        note("chains used", used_count(&loads[i]));
        check_true("turn something was done", used_count(&loads[i]) != 0);
    }
    gap_check(rows[row].name);
}

void turns(void)
{
    for (unsigned row = 0; row < COUNT_OF(rows); row++) {
        load_check(row);
    }
    /* All devices run, with what they have left. */
    load_count = 0;
    all_at_once();
    loads_start();
    gap = 0;
    loads_storm();
    gap_check("a storm of 20,000 notifications of all devices");
    for (unsigned i = 0; i < device_count; i++) {
        device_reset(&devices[i]);
    }
    memory_reset();
    /* A volume that the host has not written holds no pattern. */
    const struct device *volume = board_told("volume") ? device_of(VIRTIO_ID_BLOCK, 0) : NULL;
    for (unsigned i = 0; i < device_count; i++) {
        check_true("turn each device works",
                   &devices[i] == volume || device_works(&devices[i], SLOT_AGAIN));
    }
}
