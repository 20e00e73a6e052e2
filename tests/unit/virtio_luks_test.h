/* SPDX-License-Identifier: BSD-3-Clause */
/* A guest's disk that is a LUKS2 volume, and its host: what the tests of it share. */
#ifndef VIRTIO_LUKS_TEST_H
#define VIRTIO_LUKS_TEST_H

#include "fake_luks.h"
#include "virtio_blk_test.h"

#include <mbedtls/aes.h>

#include <stdio.h>

#define VOLUME_SECTORS ((FAKE_LUKS_BYTES - FAKE_LUKS_DATA) / 512)

#define FEATURES                                                              \
    ((uint32_t)(VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_FLUSH | VIRTIO_BLK_F_MQ | \
                VIRTIO_BLK_F_BLK_SIZE))

/* While VTL2 waits at the start: the host does what is in flight, or lets the time pass. */
static bool host_answers;
static bool host_fails;

void vmm_idle(uint64_t until_ns)
{
    if (!host_answers) {
        fake.time_ns = until_ns;
        return;
    }
    while (fake_host_blk.io_count != 0) {
        fake_host_blk_complete(0, !host_fails);
    }
}

static inline void crypt(int mode, uint64_t sector, size_t unit, const uint8_t *in, uint8_t *out)
{
    mbedtls_aes_xts_context xts;
    uint8_t iv[16] = {(uint8_t)sector, (uint8_t)(sector >> 8)};

    mbedtls_aes_xts_init(&xts);
    if (mode == MBEDTLS_AES_ENCRYPT) {
        assert_int_equal(mbedtls_aes_xts_setkey_enc(&xts, fake_luks.key, 512), 0);
    } else {
        assert_int_equal(mbedtls_aes_xts_setkey_dec(&xts, fake_luks.key, 512), 0);
    }
    assert_int_equal(mbedtls_aes_crypt_xts(&xts, mode, unit, iv, in, out), 0);
}

static inline uint8_t *host_sector(uint64_t sector)
{
    return fake_luks.disk + FAKE_LUKS_DATA + sector * 512;
}

static inline void fill_plain(uint8_t *plain, uint64_t sector, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        plain[i] = (uint8_t)(i * 7 + sector * 3 + (sector + i / 512) * 31);
    }
}

/* What a guest has written there before, as another kernel's dm-crypt would have it. */
static inline void put_plain(uint64_t sector, size_t unit, uint8_t *plain, size_t bytes)
{
    fill_plain(plain, sector, bytes);
    for (size_t at = 0; at < bytes; at += unit) {
        crypt(MBEDTLS_AES_ENCRYPT, sector + at / 512, unit, plain + at, host_sector(sector) + at);
    }
}

static inline void expect_cipher(uint64_t sector, size_t unit, const uint8_t *plain, size_t bytes)
{
    uint8_t expected[4096];

    for (size_t at = 0; at < bytes; at += unit) {
        crypt(MBEDTLS_AES_ENCRYPT, sector + at / 512, unit, plain + at, expected);
        assert_memory_equal(host_sector(sector) + at, expected, unit);
    }
}

static inline const char *unlock(unsigned disk, const char *passphrase)
{
    return virtio_blk_unlock(disk, (const uint8_t *)passphrase, strlen(passphrase));
}

static inline void boot_disks(const char *sector_size, unsigned count)
{
    host_answers = true;
    host_fails = false;
    fake_vtl_reset();
    fake_host_blk_reset();
    fill_disk();
    fake_luks_make();
    fake_luks_put_header(0, FAKE_LUKS_HEADER, 9,
                         fake_luks_change("\"sector_size\":512", sector_size));
    fake_host_blk.memory[0] = fake_luks.disk;
    fake_host_blk.info[0].sectors = FAKE_LUKS_BYTES / 512;
    fake_host_blk.count = count;
    boot_machine();
}

static inline void boot(const char *sector_size)
{
    boot_disks(sector_size, 2);
}

static inline void unlock_and_start(const char *sector_size)
{
    boot(sector_size);
    assert_null(unlock(0, FAKE_LUKS_PASSPHRASE));
    start(WINDOW, FEATURES);
}

static inline int set_up_luks(void **state)
{
    (void)state;
    unlock_and_start("\"sector_size\":512");
    return 0;
}

static inline struct virtio_blk_config config_of(unsigned window)
{
    struct virtio_blk_config config;

    for (uint32_t i = 0; i < sizeof(config); i += 4) {
        uint32_t word = fake_register_read(window, VIRTIO_MMIO_CONFIG + i);

        memcpy((uint8_t *)&config + i, &word, sizeof(config) - i < 4 ? sizeof(config) - i : 4);
    }
    return config;
}

#endif /* VIRTIO_LUKS_TEST_H */
