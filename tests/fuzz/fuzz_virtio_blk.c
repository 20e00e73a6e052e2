/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest that writes what it likes into its rings and requests, and does with its disk's registers
 * what it likes, while the host completes requests in any order, well or not. The fakes end the
 * program when something reaches the host that must not; at the end every request that the host had
 * has come back, and the disk works for a driver that keeps the rules. The input's first byte may make the
 * disk a LUKS2 volume, of which nothing but its own sectors is asked of the host.
 */
#include "fake_host_blk.h"
#include "fake_vtl.h"
#include "luks/luks.h"
#include "virtio/blk.h"

#include <stdlib.h>
#include <string.h>

#define RINGS_BYTES 0x2000u /* of the guest's RAM, that the input fills */
#define QUEUES 2u
#define WINDOW VIRTIO_WINDOW_DISKS
#define UNITS_LOG 3u     /* 512, 1024, 2048, 4096 bytes */
#define VOLUME_FIRST 16u /* not the whole disk */
#define VOLUME_SECTORS 208u
#define READ_SECTOR 8u /* by a good driver */
#define READ_BYTES 4096u

static struct vmm_work *later;
static struct luks_volume volume;
static unsigned unit_log;

void vmm_rest(uint64_t since_ns)
{
    (void)since_ns;
}

void vmm_later(struct vmm_work *work, uint64_t delay_ns)
{
    (void)delay_ns;
    later = work;
}

/* Opens at once: what is in a header is fuzz_luks'. */
const char *luks_open(const struct luks_source *source, const uint8_t *passphrase, size_t bytes,
                      struct luks_volume *opened)
{
    static const uint8_t key[LUKS_KEY_BYTES_MAX] = {1, 2, 3};

    (void)source;
    (void)passphrase;
    (void)bytes;
    memset(opened, 0, sizeof(*opened));
    opened->first = VOLUME_FIRST;
    opened->sectors = VOLUME_SECTORS;
    opened->sector_bytes = 512u << unit_log;
    if (!xts_start(&opened->xts, key, sizeof(key))) {
        abort();
    }
    volume = *opened;
    return NULL;
}

void vmm_idle(uint64_t until_ns)
{
    (void)until_ns;
}

static void reg_write(uint32_t reg, uint32_t value)
{
    struct mmio_access access = {
        .value = value, .offset = WINDOW * VIRTIO_WINDOW_BYTES + reg, .bytes = 4, .write = true};

    (void)virtio_mmio(NULL, &access);
}

static void queue_set_up(unsigned queue, uint32_t size)
{
    uint32_t base = (uint32_t)FAKE_RAM_BASE + 0x800 * queue;

    reg_write(VIRTIO_MMIO_QUEUE_SEL, queue);
    reg_write(VIRTIO_MMIO_QUEUE_NUM, size);
    reg_write(VIRTIO_MMIO_QUEUE_DESC_LOW, base);
    reg_write(VIRTIO_MMIO_QUEUE_DRIVER_LOW, base + 0x400);
    reg_write(VIRTIO_MMIO_QUEUE_DEVICE_LOW, base + 0x500);
    reg_write(VIRTIO_MMIO_QUEUE_READY, 1);
}

static void start(uint32_t low, uint32_t high)
{
    reg_write(VIRTIO_MMIO_STATUS, 0);
    reg_write(VIRTIO_MMIO_STATUS, 3);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 0);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES, low);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES_SEL, 1);
    reg_write(VIRTIO_MMIO_DRIVER_FEATURES, high | 1);
    reg_write(VIRTIO_MMIO_STATUS, 11);
    for (unsigned queue = 0; queue < QUEUES; queue++) {
        queue_set_up(queue, 16);
    }
    reg_write(VIRTIO_MMIO_STATUS, 15);
}

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void boot_machine(void)
{
    const struct vmm_ram all = {{FAKE_RAM_BASE}, FAKE_RAM_BYTES};

    fake_vtl_reset();
    fake_host_blk_reset();
    fake_host_blk.bounce_pages = 12;
    fake_host_blk.room = 5;
    require(guest_ram_set(&all, 1) == PV_OK);
    later = NULL;
    virtio_init(48);
    require(virtio_blk_init(QUEUES));
}

static void expect_own_sectors(void)
{
    for (size_t i = 0; volume.sectors != 0 && i < fake_host_blk.io_count; i++) {
        const struct host_blk_io *io = fake_host_blk.ios[i];

        require(io->op <= HOST_BLK_FLUSH);
        require(io->op == HOST_BLK_FLUSH ||
                range_contains(VOLUME_FIRST, VOLUME_SECTORS, io->sector, io->bytes / 512));
        require(io->bytes % volume.sector_bytes == 0);
    }
}

/* Two bytes an operation: what, and with what. */
static void operate(uint8_t what, uint8_t with)
{
    switch (what % 8) {
    case 0:
    case 1:
        reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, with % (QUEUES + 1));
        break;
    case 2:
    case 3:
        if (fake_host_blk.io_count != 0) {
            fake_host_blk_complete(with % fake_host_blk.io_count, what % 16 < 12);
        }
        break;
    case 4:
        reg_write((uint32_t)with * 4 % VIRTIO_MMIO_CONFIG, what);
        break;
    case 5:
        /* More is available: both indexes of split rings, or a flag of a packed one. */
        fake.ram[with % RINGS_BYTES * 8 % RINGS_BYTES] ^= what;
        fake.ram[0x402] = (uint8_t)(fake.ram[0x402] + with % 4);
        fake.ram[0xc02] = (uint8_t)(fake.ram[0xc02] + with % 3);
        break;
    case 6:
        start(with % 2 != 0 ? UINT32_MAX & ~(1u << 5) : 0x30000000, with % 4 < 2 ? 4 : 0);
        break;
    default:
        if (later != NULL) {
            struct vmm_work *work = later;

            later = NULL;
            work->run(work->device);
        }
    }
}

/* What is to be read, on the host's disk. */
static void put_data(uint8_t *data)
{
    uint8_t *at = fake_host_blk.sectors[0] + (volume.first + READ_SECTOR) * 512;

    memset(data, 0x42, READ_BYTES);
    memcpy(at, data, READ_BYTES);
    for (uint32_t i = 0; volume.sectors != 0 && i < READ_BYTES; i += volume.sector_bytes) {
        xts_encrypt(&volume.xts, READ_SECTOR + i / 512, data + i, at + i, volume.sector_bytes);
    }
}

/* A read by a driver that keeps the rules. */
static void works_still(void)
{
    static uint8_t data[READ_BYTES] __attribute__((aligned(XTS_BLOCK_BYTES)));
    const struct virtio_blk_header header = {VIRTIO_BLK_T_IN, 0, READ_SECTOR};
    const struct virtio_desc descs[3] = {{FAKE_RAM_BASE + 0x4000, 16, 1, 1},
                                         {FAKE_RAM_BASE + 0x5000, READ_BYTES, 3, 2},
                                         {FAKE_RAM_BASE + 0x4100, 1, 2, 0}};
    const uint16_t available[3] = {0, 1, 0};

    fake.copy_error = PV_OK;
    memset(fake.ram, 0, RINGS_BYTES);
    start(0, 0);
    memcpy(fake.ram, descs, sizeof(descs));
    memcpy(fake.ram + 0x400, available, sizeof(available));
    memcpy(fake.ram + 0x4000, &header, sizeof(header));
    fake.ram[0x4100] = 0x77;
    fake_host_blk.room = FAKE_IOS_MAX;
    put_data(data);
    reg_write(VIRTIO_MMIO_QUEUE_NOTIFY, 0);
    require(fake_host_blk.io_count == 1);
    fake_host_blk_complete(0, true);
    require(fake.ram[0x4100] == VIRTIO_BLK_S_OK);
    require(memcmp(fake.ram + 0x5000, data, READ_BYTES) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    size_t rings = bytes < RINGS_BYTES ? bytes : RINGS_BYTES;

    boot_machine();
    memset(&volume, 0, sizeof(volume));
    unit_log = bytes != 0 ? data[0] >> 1 & UNITS_LOG : 0;
    if (bytes != 0 && data[0] % 2 != 0) {
        require(virtio_blk_unlock(0, NULL, 0) == NULL);
    }
    start(0x30000000 | (volume.sectors != 0 ? 0x600 : 0x6600), 4);
    memcpy(fake.ram, data, rings);
    for (size_t i = 0; i + 1 < bytes && i < 1024; i += 2) {
        operate(data[i], data[i + 1]);
        expect_own_sectors();
    }
    while (fake_host_blk.io_count != 0) {
        fake_host_blk_complete(0, true);
        expect_own_sectors();
    }
    works_still();
    return 0;
}
