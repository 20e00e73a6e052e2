/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The guest's disks: requests as a driver lays them out in a split ring of its own memory, a host
 * that completes them in the order that the test wants. Source: virtio 1.2, 5.2.6.
 */
#include "fake_host_blk.h"
#include "fake_vtl.h"
#include "virtio/blk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define WINDOW VIRTIO_WINDOW_DISKS
#define QUEUES 2u
#define SIZE 64u
/* Places in the guest's RAM: rings of 4 KiB a queue, then what the tests lay out. */
#define DESC(queue) (FAKE_RAM_BASE + 0x2000u * (queue))
#define DRIVER(queue) (DESC(queue) + 0x800u)
#define DEVICE(queue) (DESC(queue) + 0x1000u)
#define HEADER(n) (FAKE_RAM_BASE + 0x8000u + 0x40u * (n))
#define STATUS(n) (HEADER(n) + 0x30u)
#define DATA (FAKE_RAM_BASE + 0x10000u)

static uint16_t next_desc[QUEUES];
static uint16_t available[QUEUES];
static struct vmm_work *later;

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    (void)delay_ns;
    later = work;
}

/* ---- A driver ---- */

static void *ram(uint64_t address)
{
    return fake.ram + (address - FAKE_RAM_BASE);
}

static void put(uint64_t address, const void *from, size_t bytes)
{
    memcpy(ram(address), from, bytes);
}

static uint16_t get16(uint64_t address)
{
    uint16_t value;

    memcpy(&value, ram(address), sizeof(value));
    return value;
}

static uint32_t get32(uint64_t address)
{
    uint32_t value;

    memcpy(&value, ram(address), sizeof(value));
    return value;
}

static void reg_write(unsigned window, uint32_t reg, uint32_t value)
{
    struct mmio_access access = {
        .value = value, .offset = window * VIRTIO_WINDOW_BYTES + reg, .bytes = 4, .write = true};

    assert_true(virtio_mmio(NULL, &access));
}

static uint32_t reg_read(unsigned window, uint32_t reg)
{
    struct mmio_access access = {.offset = window * VIRTIO_WINDOW_BYTES + reg, .bytes = 4};

    assert_true(virtio_mmio(NULL, &access));
    return (uint32_t)access.value;
}

static void queue_set_up(unsigned window, unsigned queue)
{
    memset(ram(DESC(queue)), 0, 0x2000);
    next_desc[queue] = 0;
    available[queue] = 0;
    reg_write(window, VIRTIO_MMIO_QUEUE_SEL, queue);
    reg_write(window, VIRTIO_MMIO_QUEUE_NUM, SIZE);
    reg_write(window, VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)DESC(queue));
    reg_write(window, VIRTIO_MMIO_QUEUE_DRIVER_LOW, (uint32_t)DRIVER(queue));
    reg_write(window, VIRTIO_MMIO_QUEUE_DEVICE_LOW, (uint32_t)DEVICE(queue));
    reg_write(window, VIRTIO_MMIO_QUEUE_READY, 1);
    assert_int_equal(reg_read(window, VIRTIO_MMIO_QUEUE_READY), 1);
}

/* 3.1.1, with these of the device's features and VERSION_1. */
static void start(unsigned window, uint32_t features)
{
    reg_write(window, VIRTIO_MMIO_STATUS, 0);
    reg_write(window, VIRTIO_MMIO_STATUS, 3);
    reg_write(window, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
    reg_write(window, VIRTIO_MMIO_DRIVER_FEATURES, features);
    reg_write(window, VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
    reg_write(window, VIRTIO_MMIO_DRIVER_FEATURES, 1);
    reg_write(window, VIRTIO_MMIO_STATUS, 11);
    assert_int_equal(reg_read(window, VIRTIO_MMIO_STATUS), 11);
    for (unsigned queue = 0; queue < QUEUES; queue++) {
        queue_set_up(window, queue);
    }
    reg_write(window, VIRTIO_MMIO_STATUS, 15);
}

#define ALL_FEATURES                                                               \
    ((uint32_t)(VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_FLUSH | VIRTIO_BLK_F_DISCARD | \
                VIRTIO_BLK_F_WRITE_ZEROES | VIRTIO_BLK_F_MQ))

/* The pieces of a chain; the ones that the device writes come last. */
struct part {
    uint64_t address;
    uint32_t bytes;
    bool write;
};

/* Makes a chain available; its head. */
static uint16_t add(unsigned queue, const struct part *parts, unsigned count)
{
    uint16_t head = next_desc[queue];

    assert_true(head + count <= SIZE);
    for (unsigned i = 0; i < count; i++) {
        uint16_t index = next_desc[queue]++;
        struct virtio_desc desc = {parts[i].address, parts[i].bytes,
                                   (uint16_t)((parts[i].write ? 2 : 0) | (i + 1 < count ? 1 : 0)),
                                   (uint16_t)(index + 1)};
        put(DESC(queue) + 16u * index, &desc, sizeof(desc));
    }
    put(DRIVER(queue) + 4 + 2u * (available[queue] % SIZE), &head, 2);
    available[queue]++;
    put(DRIVER(queue) + 2, &available[queue], 2);
    return head;
}

static void notify(unsigned queue)
{
    reg_write(WINDOW, VIRTIO_MMIO_QUEUE_NOTIFY, queue);
}

/* A request of three parts, number n; its head. */
static uint16_t request(unsigned queue, unsigned n, uint32_t type, uint64_t sector, uint64_t data,
                        uint32_t bytes)
{
    struct virtio_blk_header header = {type, 0, sector};
    const struct part parts[] = {
        {HEADER(n), 16, false},
        {data, bytes, type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID},
        {STATUS(n), 1, true}};
    const struct part empty[] = {parts[0], parts[2]};

    put(HEADER(n), &header, sizeof(header));
    *(uint8_t *)ram(STATUS(n)) = 0x77;
    return bytes != 0 ? add(queue, parts, 3) : add(queue, empty, 2);
}

static uint8_t status_of(unsigned n)
{
    return *(uint8_t *)ram(STATUS(n));
}

/* The used ring's entry number i says this. */
static void expect_used(unsigned queue, unsigned i, uint32_t id, uint32_t written)
{
    assert_true(get16(DEVICE(queue) + 2) > i);
    assert_int_equal(get32(DEVICE(queue) + 4 + 8 * i), id);
    assert_int_equal(get32(DEVICE(queue) + 8 + 8 * i), written);
}

static void fill_disk(void)
{
    for (size_t i = 0; i < sizeof(fake_host_blk.sectors[0]); i++) {
        fake_host_blk.sectors[0][i] = (uint8_t)(i * 7 + i / 512);
    }
}

static void boot_machine(void)
{
    const struct vmm_ram all = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};

    assert_int_equal(guest_ram_set(&all, 1), PV_OK);
    later = NULL;
    virtio_init(48);
    assert_true(virtio_blk_init(QUEUES));
}

static int set_up(void **state)
{
    (void)state;
    fake_vtl_reset();
    fake_host_blk_reset();
    fill_disk();
    boot_machine();
    start(WINDOW, ALL_FEATURES);
    return 0;
}

/* ---- Tests ---- */

static void read_and_write(void **state)
{
    (void)state;
    uint16_t head = request(0, 0, VIRTIO_BLK_T_IN, 3, DATA, 4096);

    notify(0);
    assert_int_equal(fake_host_blk.io_count, 1);
    assert_int_equal(get16(DEVICE(0) + 2), 0);
    fake_host_blk_complete_all();
    /* 2.7.8.2: len is what was written, the status byte among it. */
    expect_used(0, 0, head, 4097);
    assert_int_equal(status_of(0), VIRTIO_BLK_S_OK);
    assert_memory_equal(ram(DATA), &fake_host_blk.sectors[0][3 * 512], 4096);
    assert_int_equal(reg_read(WINDOW, VIRTIO_MMIO_INTERRUPT_STATUS), 1);
    assert_int_equal(fake.lines[fake.line_count - 1].intid, 48 + WINDOW);
    assert_true(fake.lines[fake.line_count - 1].level);
    reg_write(WINDOW, VIRTIO_MMIO_INTERRUPT_ACK, 1);
    assert_false(fake.lines[fake.line_count - 1].level);

    memset(ram(DATA), 0x3c, 1024);
    head = request(0, 1, VIRTIO_BLK_T_OUT, 254, DATA, 1024);
    notify(0);
    fake_host_blk_complete_all();
    expect_used(0, 1, head, 1);
    assert_int_equal(status_of(1), VIRTIO_BLK_S_OK);
    assert_memory_equal(ram(DATA), &fake_host_blk.sectors[0][254 * 512], 1024);
}

/* 2.7.4: a device makes no assumption of where the parts of a request are cut. */
static void framing_means_nothing(void **state)
{
    (void)state;
    struct virtio_blk_header header = {VIRTIO_BLK_T_OUT, 0, 8};
    const struct part written[] = {{HEADER(0), 7, false},
                                   {HEADER(0) + 7, 1, false},
                                   {HEADER(0) + 8, 208, false},
                                   {DATA, 313, false},
                                   {STATUS(9), 1, true}};
    const struct part read[] = {
        {HEADER(5), 16, false}, {DATA + 1, 300, true}, {DATA + 500, 213, true}};

    put(HEADER(0), &header, sizeof(header));
    memset(ram(HEADER(0) + 16), 0x11, 200);
    memset(ram(DATA), 0x22, 312);
    /* 200 + 312 bytes are a sector; the byte behind is not of the request any more. */
    struct part exact[5];
    memcpy(exact, written, sizeof(exact));
    exact[3].bytes = 312;
    add(0, exact, 5);
    notify(0);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(9), VIRTIO_BLK_S_OK);
    assert_int_equal(fake_host_blk.sectors[0][8 * 512 + 199], 0x11);
    assert_int_equal(fake_host_blk.sectors[0][8 * 512 + 200], 0x22);
    assert_int_equal(fake_host_blk.sectors[0][8 * 512 + 511], 0x22);
    add(0, written, 5);
    notify(0);
    assert_int_equal(status_of(9), VIRTIO_BLK_S_IOERR);

    /* The status is the last writable byte, behind data in its own piece. */
    header = (struct virtio_blk_header){VIRTIO_BLK_T_IN, 0, 8};
    put(HEADER(5), &header, sizeof(header));
    uint16_t head = add(0, read, 3);
    notify(0);
    fake_host_blk_complete_all();
    expect_used(0, 2, head, 513);
    assert_memory_equal(ram(DATA + 1), &fake_host_blk.sectors[0][8 * 512], 300);
    assert_memory_equal(ram(DATA + 500), &fake_host_blk.sectors[0][8 * 512 + 300], 212);
    assert_int_equal(*(uint8_t *)ram(DATA + 712), VIRTIO_BLK_S_OK);
}

static void any_order(void **state)
{
    (void)state;
    uint16_t heads[3];

    for (unsigned n = 0; n < 3; n++) {
        heads[n] = request(n % QUEUES, n, VIRTIO_BLK_T_IN, n, DATA + 512 * n, 512);
    }
    notify(0);
    notify(1);
    assert_int_equal(fake_host_blk.io_count, 3);
    /* In the host's ring: 0, 2, 1. */
    fake_host_blk_complete(1, true);
    expect_used(0, 0, heads[2], 513);
    fake_host_blk_complete(1, true);
    expect_used(1, 0, heads[1], 513);
    fake_host_blk_complete(0, true);
    expect_used(0, 1, heads[0], 513);
    assert_memory_equal(ram(DATA), fake_host_blk.sectors[0], 3 * 512);
}

static void large_requests_are_cut(void **state)
{
    (void)state;
    /* Two requests of 120 KiB and bounce pages for half of one: they wait for each other's. */
    fake_host_blk_reset();
    fill_disk();
    fake_host_blk.bounce_pages = 15;
    boot_machine();
    start(WINDOW, ALL_FEATURES);
    uint16_t first = request(0, 0, VIRTIO_BLK_T_IN, 1, DATA, 0x1e000 - 512);
    uint16_t second = request(1, 1, VIRTIO_BLK_T_IN, 0, DATA + 0x1e000, 4096);

    notify(0);
    notify(1);
    assert_int_equal(fake_host_blk.io_count, 1);
    fake_host_blk_complete_all();
    expect_used(0, 0, first, 0x1e000 - 512 + 1);
    expect_used(1, 0, second, 4097);
    assert_memory_equal(ram(DATA), &fake_host_blk.sectors[0][512], 0x1e000 - 512);
    assert_memory_equal(ram(DATA + 0x1e000), fake_host_blk.sectors[0], 4096);
}

static void more_than_the_host_takes(void **state)
{
    (void)state;
    fake_host_blk.room = 2;
    for (unsigned n = 0; n < 12; n++) {
        request(0, n, VIRTIO_BLK_T_OUT, n, DATA + 512 * n, 512);
        memset(ram(DATA + 512 * n), (int)n + 1, 512);
    }
    notify(0);
    assert_int_equal(fake_host_blk.io_count, 2);
    fake_host_blk_complete_all();
    assert_int_equal(fake_host_blk.most, 2);
    assert_int_equal(get16(DEVICE(0) + 2), 12);
    for (unsigned n = 0; n < 12; n++) {
        assert_int_equal(status_of(n), VIRTIO_BLK_S_OK);
        assert_int_equal(fake_host_blk.sectors[0][512 * n + 511], n + 1);
    }
}

static void flush_discard_zeroes_id(void **state)
{
    (void)state;
    struct virtio_blk_range range = {16, 8, 0};

    put(DATA, &range, sizeof(range));
    request(0, 0, VIRTIO_BLK_T_FLUSH, 0, 0, 0);
    request(0, 1, VIRTIO_BLK_T_DISCARD, 0, DATA, 16);
    notify(0);
    assert_int_equal(fake_host_blk.io_count, 2);
    assert_int_equal(fake_host_blk.ios[0]->op, HOST_BLK_FLUSH);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(0), VIRTIO_BLK_S_OK);
    assert_int_equal(status_of(1), VIRTIO_BLK_S_OK);
    assert_int_equal(fake_host_blk.sectors[0][16 * 512], 0xdd);
    assert_int_equal(fake_host_blk.sectors[0][24 * 512 - 1], 0xdd);
    assert_int_not_equal(fake_host_blk.sectors[0][24 * 512], 0xdd);

    range = (struct virtio_blk_range){20, 2, VIRTIO_BLK_UNMAP};
    put(DATA, &range, sizeof(range));
    request(0, 2, VIRTIO_BLK_T_WRITE_ZEROES, 0, DATA, 16);
    notify(0);
    assert_true(fake_host_blk.ios[0]->unmap);
    fake_host_blk_complete_all();
    assert_int_equal(fake_host_blk.sectors[0][20 * 512], 0);
    assert_int_equal(fake_host_blk.sectors[0][22 * 512], 0xdd);

    uint16_t head = request(0, 3, VIRTIO_BLK_T_GET_ID, 0, DATA, 20);
    notify(0);
    expect_used(0, 3, head, 21);
    assert_string_equal(ram(DATA), "a serial");
}

/* Each is answered at once, and nothing of it reaches the host. */
static void requests_that_make_no_sense(void **state)
{
    (void)state;
    static const struct {
        uint32_t type;
        uint64_t sector;
        uint32_t bytes;
        uint8_t status;
    } bad[] = {
        {VIRTIO_BLK_T_IN, 256, 512, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_IN, 255, 1024, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_OUT, UINT64_MAX, 512, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_OUT, 0, 511, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_IN, 0, 513, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_IN, 0, 0, VIRTIO_BLK_S_IOERR},
        {2, 0, 512, VIRTIO_BLK_S_UNSUPP},
        {UINT32_MAX, 0, 512, VIRTIO_BLK_S_UNSUPP},
        {VIRTIO_BLK_T_DISCARD, 0, 15, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_DISCARD, 0, 32, VIRTIO_BLK_S_IOERR},
    };
    static const struct {
        uint32_t type;
        struct virtio_blk_range range;
        uint8_t status;
    } ranges[] = {
        /* 5.2.6.2: unmap, and any unknown flag, of a discard are not supported. */
        {VIRTIO_BLK_T_DISCARD, {0, 8, 1}, VIRTIO_BLK_S_UNSUPP},
        {VIRTIO_BLK_T_WRITE_ZEROES, {0, 8, 2}, VIRTIO_BLK_S_UNSUPP},
        {VIRTIO_BLK_T_DISCARD, {250, 8, 0}, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_DISCARD, {UINT64_MAX - 4, 8, 0}, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_WRITE_ZEROES, {0, 129, 0}, VIRTIO_BLK_S_IOERR},
        {VIRTIO_BLK_T_WRITE_ZEROES, {0, 0, 0}, VIRTIO_BLK_S_IOERR},
    };

    for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(set_up(NULL), 0);
        request(0, 0, bad[i].type, bad[i].sector, DATA, bad[i].bytes);
        notify(0);
        assert_int_equal(status_of(0), bad[i].status);
        assert_int_equal(get16(DEVICE(0) + 2), 1);
        assert_int_equal(fake_host_blk.io_count, 0);
    }
    for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        assert_int_equal(set_up(NULL), 0);
        put(DATA, &ranges[i].range, sizeof(ranges[i].range));
        request(0, 0, ranges[i].type, 0, DATA, 16);
        notify(0);
        assert_int_equal(status_of(0), ranges[i].status);
        assert_int_equal(fake_host_blk.io_count, 0);
    }
}

/* 2.2: what was not negotiated is not there. 5.2.6.2: a read-only disk is not written. */
static void not_negotiated_and_read_only(void **state)
{
    (void)state;
    struct virtio_blk_range range = {0, 8, 0};

    put(DATA, &range, sizeof(range));
    start(WINDOW, 0);
    request(0, 0, VIRTIO_BLK_T_FLUSH, 0, 0, 0);
    request(0, 1, VIRTIO_BLK_T_DISCARD, 0, DATA, 16);
    notify(0);
    assert_int_equal(status_of(0), VIRTIO_BLK_S_UNSUPP);
    assert_int_equal(status_of(1), VIRTIO_BLK_S_UNSUPP);

    fake_host_blk_reset();
    fake_host_blk.info[0].read_only = true;
    boot_machine();
    start(WINDOW, ALL_FEATURES | (uint32_t)VIRTIO_BLK_F_RO);
    request(0, 0, VIRTIO_BLK_T_OUT, 0, DATA, 512);
    request(0, 1, VIRTIO_BLK_T_WRITE_ZEROES, 0, DATA, 16);
    request(0, 2, VIRTIO_BLK_T_IN, 0, DATA, 512);
    notify(0);
    assert_int_equal(status_of(0), VIRTIO_BLK_S_IOERR);
    assert_int_equal(status_of(1), VIRTIO_BLK_S_IOERR);
    assert_int_equal(fake_host_blk.io_count, 1);
}

static void blocks_of_4096(void **state)
{
    (void)state;
    fake_host_blk_reset();
    fake_host_blk.info[0].block_bytes = 4096;
    boot_machine();
    start(WINDOW, ALL_FEATURES);
    request(0, 0, VIRTIO_BLK_T_IN, 1, DATA, 4096);
    request(0, 1, VIRTIO_BLK_T_IN, 8, DATA, 512);
    request(0, 2, VIRTIO_BLK_T_IN, 8, DATA, 4096);
    notify(0);
    assert_int_equal(status_of(0), VIRTIO_BLK_S_IOERR);
    assert_int_equal(status_of(1), VIRTIO_BLK_S_IOERR);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(2), VIRTIO_BLK_S_OK);
}

/* Without a place for an answer the queue is broken, and only it. */
static void no_header_or_status(void **state)
{
    (void)state;
    const struct part no_status[] = {{HEADER(0), 16, false}, {DATA, 512, false}};
    const struct part short_header[] = {{HEADER(0), 15, false}, {STATUS(0), 1, true}};

    add(0, no_status, 2);
    notify(0);
    assert_int_equal(reg_read(WINDOW, VIRTIO_MMIO_STATUS), 15 | 64);
    assert_int_equal(reg_read(WINDOW, VIRTIO_MMIO_INTERRUPT_STATUS), 2);
    request(1, 1, VIRTIO_BLK_T_IN, 0, DATA, 512);
    notify(1);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(1), VIRTIO_BLK_S_OK);
    start(WINDOW, ALL_FEATURES);
    add(1, short_header, 2);
    notify(1);
    assert_int_equal(reg_read(WINDOW, VIRTIO_MMIO_STATUS), 15 | 64);
    start(WINDOW, ALL_FEATURES);
    request(1, 1, VIRTIO_BLK_T_IN, 0, DATA, 512);
    notify(1);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(1), VIRTIO_BLK_S_OK);
}

static void host_errors(void **state)
{
    (void)state;
    uint16_t head = request(0, 0, VIRTIO_BLK_T_IN, 0, DATA, 512);

    memset(ram(DATA), 0x55, 512);
    notify(0);
    fake_host_blk_complete(0, false);
    expect_used(0, 0, head, 1);
    assert_int_equal(status_of(0), VIRTIO_BLK_S_IOERR);
    /* What the host left in its pages does not reach the guest. */
    assert_int_equal(*(uint8_t *)ram(DATA), 0x55);
    fake_host_blk.dead[0] = "dead";
    request(0, 1, VIRTIO_BLK_T_OUT, 0, DATA, 512);
    notify(0);
    assert_int_equal(status_of(1), VIRTIO_BLK_S_IOERR);
    assert_int_equal(fake_host_blk.io_count, 0);
}

/* 2.1.2, 2.6.1: after a reset nothing of the guest's is written; its disk goes on as before. */
static void reset_in_flight(void **state)
{
    (void)state;
    static uint8_t before[FAKE_RAM_BYTES];

    for (unsigned round = 0; round < 200; round++) {
        fake_host_blk.room = round % 3 + 1;
        request(0, 0, VIRTIO_BLK_T_IN, 0, DATA, 8192);
        request(0, 1, VIRTIO_BLK_T_OUT, 100, DATA, 512);
        request(1, 2, VIRTIO_BLK_T_FLUSH, 0, 0, 0);
        notify(0);
        notify(1);
        reg_write(WINDOW, VIRTIO_MMIO_STATUS, 0);
        memset(ram(DATA), 0x99, 8192);
        memcpy(before, fake.ram, sizeof(before));
        if (round % 2 == 0) {
            fake_host_blk_complete_all();
            assert_memory_equal(before, fake.ram, sizeof(before));
        }
        start(WINDOW, ALL_FEATURES);
        if (round % 2 != 0) {
            /* The old ones end while the new ring is live: they are not given back to that. */
            fake_host_blk_complete_all();
            assert_int_equal(get16(DEVICE(0) + 2), 0);
            assert_int_equal(get16(DEVICE(1) + 2), 0);
        }
    }
    fake_host_blk.room = FAKE_IOS_MAX;
    request(0, 0, VIRTIO_BLK_T_IN, 0, DATA, 8192);
    notify(0);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(0), VIRTIO_BLK_S_OK);
    assert_memory_equal(ram(DATA), fake_host_blk.sectors[0], 8192);
}

/* A disk that does not answer takes nothing from another. */
static void another_disk_goes_on(void **state)
{
    (void)state;
    fake_host_blk_reset();
    fake_host_blk.count = 2;
    boot_machine();
    start(WINDOW, ALL_FEATURES);
    request(0, 0, VIRTIO_BLK_T_IN, 0, DATA, 0x1e000);
    request(1, 1, VIRTIO_BLK_T_IN, 0, DATA, 0x1e000);
    notify(0);
    notify(1);
    size_t hanging = fake_host_blk.io_count;
    start(WINDOW + 1, ALL_FEATURES);
    request(0, 2, VIRTIO_BLK_T_IN, 0, DATA, 4096);
    reg_write(WINDOW + 1, VIRTIO_MMIO_QUEUE_NOTIFY, 0);
    assert_int_equal(fake_host_blk.io_count, hanging + 1);
    fake_host_blk_complete(hanging, true);
    assert_int_equal(status_of(2), VIRTIO_BLK_S_OK);
}

static void configuration(void **state)
{
    (void)state;
    struct virtio_blk_config config;

    for (uint32_t i = 0; i < sizeof(config); i += 4) {
        uint32_t word = reg_read(WINDOW, VIRTIO_MMIO_CONFIG + i);
        memcpy((uint8_t *)&config + i, &word, 4);
    }
    assert_int_equal(config.capacity, FAKE_SECTORS);
    assert_int_equal(config.blk_size, 512);
    assert_int_equal(config.num_queues, QUEUES);
    assert_int_equal(config.max_discard_seg, 1);
    assert_int_equal(reg_read(WINDOW, VIRTIO_MMIO_DEVICE_ID), 2);
    /* Past the end, and of a window without a device. */
    assert_int_equal(reg_read(WINDOW, VIRTIO_MMIO_CONFIG + 64), 0);
    assert_int_equal(reg_read(WINDOW + 1, VIRTIO_MMIO_DEVICE_ID), 0);
}

/* A driver that fills the ring again and again while it is worked on keeps a VP for one ring's
 * length, and is not forgotten. */
static void bounded_work(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 20; n++) {
        request(0, 0, VIRTIO_BLK_T_GET_ID, 0, DATA, 20);
    }
    /* The same chain 300 times: available moves on under the device. */
    uint16_t head = 0;
    for (unsigned i = 0; i < SIZE; i++) {
        put(DRIVER(0) + 4 + 2u * i, &head, 2);
    }
    for (unsigned i = 0; i < 5; i++) {
        uint16_t index = (uint16_t)(SIZE * (i + 1));
        put(DRIVER(0) + 2, &index, 2);
        notify(0);
    }
    assert_int_equal(get16(DEVICE(0) + 2), SIZE * 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(read_and_write, set_up),
        cmocka_unit_test_setup(framing_means_nothing, set_up),
        cmocka_unit_test_setup(any_order, set_up),
        cmocka_unit_test_setup(large_requests_are_cut, set_up),
        cmocka_unit_test_setup(more_than_the_host_takes, set_up),
        cmocka_unit_test_setup(flush_discard_zeroes_id, set_up),
        cmocka_unit_test_setup(requests_that_make_no_sense, set_up),
        cmocka_unit_test_setup(not_negotiated_and_read_only, set_up),
        cmocka_unit_test_setup(blocks_of_4096, set_up),
        cmocka_unit_test_setup(no_header_or_status, set_up),
        cmocka_unit_test_setup(host_errors, set_up),
        cmocka_unit_test_setup(reset_in_flight, set_up),
        cmocka_unit_test_setup(another_disk_goes_on, set_up),
        cmocka_unit_test_setup(configuration, set_up),
        cmocka_unit_test_setup(bounded_work, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
