/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A guest's disk that is a LUKS2 volume: what the driver sees of it, and what the host sees of the guest's data. Sectors
 * are encrypted here by Mbed TLS, numbered as dm-crypt's plain64 has it: in units of 512 bytes, from the volume's
 * start (LUKS2 3.3, virtio 1.2, 5.2.6).
 */
#include "virtio_luks_test.h"

/* ---- What the driver sees -------------------------------------------------------------------------- */

static void its_size_and_features(void **state)
{
    (void)state;
    struct virtio_blk_config config = config_of(WINDOW);

    assert_int_equal(config.capacity, VOLUME_SECTORS);
    assert_int_equal(config.blk_size, 512);
    assert_int_equal(config.max_discard_sectors, 0);
    assert_int_equal(config.max_write_zeroes_sectors, 0);
    fake_register_write(WINDOW, VIRTIO_MMIO_DEVICE_FEATURES_SEL, 0);
    uint32_t features = fake_register_read(WINDOW, VIRTIO_MMIO_DEVICE_FEATURES);
    assert_int_equal(features & (uint32_t)(VIRTIO_BLK_F_DISCARD | VIRTIO_BLK_F_WRITE_ZEROES), 0);
    assert_int_equal(features & (uint32_t)VIRTIO_BLK_F_FLUSH, VIRTIO_BLK_F_FLUSH);
    /* 3.1.1: nor taken where a driver wants them. */
    assert_int_equal(
        fake_transport_negotiate(WINDOW, VIRTIO_BLK_F_DISCARD | VIRTIO_F_VERSION_1) & 8, 0);
    /* The other disk is the host's, as before. */
    config = config_of(WINDOW + 1);
    assert_int_equal(config.capacity, FAKE_SECTORS);
    assert_int_equal(config.max_discard_sectors, 128);
}

static void reads(void **state)
{
    static uint8_t plain[0x10000];

    (void)state;
    put_plain(3, 512, plain, sizeof(plain));
    uint16_t head = request(0, 0, VIRTIO_BLK_T_IN, 3, DATA, sizeof(plain));
    notify(0);
    fake_host_blk_complete_all();
    expect_used(0, 0, head, sizeof(plain) + 1);
    assert_int_equal(status_of(0), VIRTIO_BLK_S_OK);
    assert_memory_equal(fake_ram(DATA), plain, sizeof(plain));
    /* Sector by sector, down to the last: each has its own number. */
    put_plain(VOLUME_SECTORS - 2, 512, plain, 1024);
    request(1, 1, VIRTIO_BLK_T_IN, VOLUME_SECTORS - 1, DATA, 512);
    notify(1);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(1), VIRTIO_BLK_S_OK);
    assert_memory_equal(fake_ram(DATA), plain + 512, 512);
}

static void writes(void **state)
{
    static uint8_t plain[0x10000];

    (void)state;
    fill_plain(plain, 5, sizeof(plain));
    fake_ram_put(DATA, plain, sizeof(plain));
    uint16_t head = request(0, 0, VIRTIO_BLK_T_OUT, 5, DATA, sizeof(plain));
    notify(0);
    fake_host_blk_complete_all();
    expect_used(0, 0, head, 1);
    assert_int_equal(status_of(0), VIRTIO_BLK_S_OK);
    expect_cipher(5, 512, plain, sizeof(plain));
    /* And nothing around it: the payload was zeros. */
    for (size_t i = 0; i < 512; i++) {
        assert_int_equal(host_sector(4)[i], 0);
        assert_int_equal(host_sector(5)[sizeof(plain) + i], 0);
    }
    /* The guest's own memory is as it was. */
    assert_memory_equal(fake_ram(DATA), plain, sizeof(plain));
}

/* 2.7.4: however the driver cuts its buffers. */
static void framing_means_nothing(void **state)
{
    static uint8_t plain[1024];
    struct virtio_blk_header header = {VIRTIO_BLK_T_OUT, 0, 8};
    const struct fake_part parts[] = {{HEADER(0), 16, false},
                                      {DATA + 1, 13, false},
                                      {DATA + 100, 1000, false},
                                      {DATA + 2000, 11, false},
                                      {STATUS(9), 1, true}};

    (void)state;
    fill_plain(plain, 8, sizeof(plain));
    fake_ram_put(HEADER(0), &header, sizeof(header));
    fake_ram_put(DATA + 1, plain, 13);
    fake_ram_put(DATA + 100, plain + 13, 1000);
    fake_ram_put(DATA + 2000, plain + 1013, 11);
    fake_driver_add(&drivers[0], parts, 5);
    notify(0);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(9), VIRTIO_BLK_S_OK);
    expect_cipher(8, 512, plain, sizeof(plain));
}

static void outside_of_the_volume(void **state)
{
    static const struct {
        uint32_t type;
        uint64_t sector;
        uint32_t bytes;
    } cases[] = {
        {VIRTIO_BLK_T_IN, VOLUME_SECTORS, 512},
        {VIRTIO_BLK_T_IN, VOLUME_SECTORS - 1, 1024},
        {VIRTIO_BLK_T_OUT, VOLUME_SECTORS, 512},
        {VIRTIO_BLK_T_OUT, UINT64_MAX, 512},
        {VIRTIO_BLK_T_OUT, (uint64_t)0 - FAKE_LUKS_DATA / 512, 512}, /* the first header */
        {VIRTIO_BLK_T_OUT, UINT64_MAX / 512, 512},
    };

    (void)state;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        request(0, i, cases[i].type, cases[i].sector, DATA, cases[i].bytes);
        notify(0);
        assert_int_equal(fake_host_blk.io_count, 0);
        assert_int_equal(status_of(i), VIRTIO_BLK_S_IOERR);
    }
}

static void other_requests(void **state)
{
    (void)state;
    uint16_t head = request(0, 0, VIRTIO_BLK_T_GET_ID, 0, DATA, 20);
    notify(0);
    expect_used(0, 0, head, 21);
    assert_string_equal((const char *)fake_ram(DATA), "a serial");
    request(0, 1, VIRTIO_BLK_T_FLUSH, 0, DATA, 0);
    notify(0);
    assert_int_equal(fake_host_blk.io_count, 1);
    assert_int_equal(fake_host_blk.ios[0]->op, HOST_BLK_FLUSH);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(1), VIRTIO_BLK_S_OK);
    /* 5.2.6.2: requests of features that were not negotiated. */
    request(0, 2, VIRTIO_BLK_T_DISCARD, 0, DATA, 16);
    request(0, 3, VIRTIO_BLK_T_WRITE_ZEROES, 0, DATA, 16);
    notify(0);
    assert_int_equal(fake_host_blk.io_count, 0);
    assert_int_equal(status_of(2), VIRTIO_BLK_S_UNSUPP);
    assert_int_equal(status_of(3), VIRTIO_BLK_S_UNSUPP);
}

static void host_errors(void **state)
{
    (void)state;
    memset(fake_ram(DATA), 0x55, 4096);
    request(0, 0, VIRTIO_BLK_T_IN, 0, DATA, 4096);
    notify(0);
    while (fake_host_blk.io_count != 0) {
        fake_host_blk_complete(0, false);
    }
    assert_int_equal(status_of(0), VIRTIO_BLK_S_IOERR);
    for (size_t i = 0; i < 4096; i++) {
        assert_int_equal(*fake_ram(DATA + i), 0x55);
    }
}

/* ---- What the host sees ---------------------------------------------------------------------------- */

/* Of a write, from the notification on; of a read, also when it is done. */
static void no_plain_data_in_bounce_pages(void **state)
{
    static uint8_t plain[4096];
    const void *page;

    (void)state;
    fill_plain(plain, 16, sizeof(plain));
    fake_ram_put(DATA, plain, sizeof(plain));
    request(0, 0, VIRTIO_BLK_T_OUT, 16, DATA, sizeof(plain));
    notify(0);
    assert_int_equal(fake_host_blk.io_count, 1);
    assert_int_equal(fake_host_blk.ios[0]->sector, FAKE_LUKS_DATA / 512 + 16);
    page = fake_host_blk.ios[0]->pages[0];
    fake_host_blk_complete_all();
    expect_cipher(16, 512, plain, sizeof(plain));
    assert_memory_equal(page, host_sector(16), sizeof(plain));
    request(0, 1, VIRTIO_BLK_T_IN, 16, DATA + 4096, sizeof(plain));
    notify(0);
    page = fake_host_blk.ios[0]->pages[0];
    fake_host_blk_complete_all();
    assert_memory_equal(fake_ram(DATA + 4096), plain, sizeof(plain));
    assert_memory_equal(page, host_sector(16), sizeof(plain));
}

/* ---- Larger units ---------------------------------------------------------------------------------- */

static void try_units(uint32_t unit)
{
    static uint8_t plain[0x6000];
    char sector_size[32];

    (void)snprintf(sector_size, sizeof(sector_size), "\"sector_size\":%u", unit);
    unlock_and_start(sector_size);
    struct virtio_blk_config config = config_of(WINDOW);
    assert_int_equal(config.capacity, VOLUME_SECTORS);
    assert_int_equal(config.blk_size, unit);
    put_plain(8, unit, plain, sizeof(plain));
    request(0, 0, VIRTIO_BLK_T_IN, 8, DATA, sizeof(plain));
    notify(0);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(0), VIRTIO_BLK_S_OK);
    assert_memory_equal(fake_ram(DATA), plain, sizeof(plain));
    fill_plain(plain, 40, 8192);
    fake_ram_put(DATA, plain, 8192);
    request(0, 1, VIRTIO_BLK_T_OUT, 40, DATA, 8192);
    notify(0);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(1), VIRTIO_BLK_S_OK);
    expect_cipher(40, unit, plain, 8192);
    /* 5.2.6: parts of a block can't be written; a unit is no smaller. */
    request(0, 2, VIRTIO_BLK_T_OUT, 40, DATA, 512);
    request(0, 3, VIRTIO_BLK_T_IN, 41, DATA, 4096);
    notify(0);
    assert_int_equal(fake_host_blk.io_count, 0);
    assert_int_equal(status_of(2), VIRTIO_BLK_S_IOERR);
    assert_int_equal(status_of(3), VIRTIO_BLK_S_IOERR);
}

static void larger_units(void **state)
{
    (void)state;
    for (uint32_t unit = 1024; unit <= 4096; unit *= 2) {
        try_units(unit);
    }
}

static void a_host_with_larger_blocks(void **state)
{
    static uint8_t plain[4096];

    (void)state;
    boot("\"sector_size\":512");
    fake_host_blk.info[0].block_bytes = 4096;
    assert_null(unlock(0, FAKE_LUKS_PASSPHRASE));
    start(WINDOW, FEATURES);
    assert_int_equal(config_of(WINDOW).blk_size, 4096);
    put_plain(8, 512, plain, sizeof(plain));
    request(0, 0, VIRTIO_BLK_T_IN, 8, DATA, sizeof(plain));
    notify(0);
    fake_host_blk_complete_all();
    assert_memory_equal(fake_ram(DATA), plain, sizeof(plain));
    /* A volume that begins within a block of the host's can't be written block by block. */
    boot("\"sector_size\":512");
    fake_host_blk.info[0].block_bytes = 4096;
    fake_luks_put_header(0, FAKE_LUKS_HEADER, 9,
                         fake_luks_change("\"offset\":\"1048576\"", "\"offset\":\"1049088\""));
    assert_string_equal(unlock(0, FAKE_LUKS_PASSPHRASE),
                        "LUKS2: the volume does not begin at a block of the host's disk");
}

/* 5.2.4: min_io_size and opt_io_size are in logical blocks. What is no whole one of the larger is none. */
static void lengths_in_larger_units(void **state)
{
    static const struct {
        uint16_t minimum;
        uint32_t optimum;
        uint16_t minimum_then;
        uint32_t optimum_then;
    } cases[] = {{128, 8192, 16, 1024}, {8, 65536, 1, 8192}, {1, UINT32_MAX, 0, UINT32_MAX / 8}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (unsigned larger = 0; larger < 2; larger++) {
            boot(larger != 0 ? "\"sector_size\":4096" : "\"sector_size\":512");
            fake_host_blk.info[0].min_io_blocks = cases[i].minimum;
            fake_host_blk.info[0].opt_io_blocks = cases[i].optimum;
            assert_null(unlock(0, FAKE_LUKS_PASSPHRASE));
            start(WINDOW, FEATURES);
            struct virtio_blk_config config = config_of(WINDOW);
            assert_int_equal(config.min_io_size,
                             larger != 0 ? cases[i].minimum_then : cases[i].minimum);
            assert_int_equal(config.opt_io_size,
                             larger != 0 ? cases[i].optimum_then : cases[i].optimum);
        }
    }
}

/*
 * LUKS2 3.3: iv_tweak is added to each number. A host that moves the segment as well, and makes the sum anew, would
 * have the volume begin where it likes. Moved alone, what is there is none of the guest's data.
 */
static void a_host_that_moves_the_start(void **state)
{
    static uint8_t plain[512];
    static const char moved[] = "\"offset\":\"1053184\"";

    (void)state;
    boot("\"sector_size\":512");
    (void)snprintf(fake_luks.text, sizeof(fake_luks.text), "%s",
                   fake_luks_change("\"offset\":\"1048576\"", moved));
    fake_luks_put_header(0, FAKE_LUKS_HEADER, 9,
                         fake_luks_change("\"iv_tweak\":\"0\"", "\"iv_tweak\":\"9\""));
    assert_string_equal(unlock(0, FAKE_LUKS_PASSPHRASE),
                        "LUKS2: an iv_tweak that is not 0: the header would decide which sectors "
                        "are the disk's first");
    fake_luks_put_header(0, FAKE_LUKS_HEADER, 10, fake_luks.text);
    assert_null(unlock(0, FAKE_LUKS_PASSPHRASE));
    start(WINDOW, FEATURES);
    put_plain(9, 512, plain, sizeof(plain));
    request(0, 0, VIRTIO_BLK_T_IN, 0, DATA, 512);
    notify(0);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(0), VIRTIO_BLK_S_OK);
    assert_memory_not_equal(fake_ram(DATA), plain, 16);
}

/* ---- Opening --------------------------------------------------------------------------------------- */

static void reasons(void **state)
{
    (void)state;
    boot("\"sector_size\":512");
    assert_string_equal(unlock(2, FAKE_LUKS_PASSPHRASE),
                        "the host has no disk that the key could open");
    assert_non_null(strstr(unlock(0, "another"), "no keyslot opens"));
    assert_non_null(strstr(unlock(1, FAKE_LUKS_PASSPHRASE), "no LUKS2 header"));
    host_fails = true;
    assert_string_equal(unlock(0, FAKE_LUKS_PASSPHRASE), "the host's disk can't be read");
    host_fails = false;
    fake_host_blk.room = 0;
    assert_string_equal(unlock(0, FAKE_LUKS_PASSPHRASE), "the host's disk takes no request");
    fake_host_blk.room = FAKE_IOS_MAX;
    /* Nothing of it has stuck. */
    assert_int_equal(config_of(WINDOW).capacity, FAKE_LUKS_BYTES / 512);
    assert_null(unlock(0, FAKE_LUKS_PASSPHRASE));
    assert_int_equal(config_of(WINDOW).capacity, VOLUME_SECTORS);
}

/* One read is waited for, and none asked for behind it: its answer may still come, to whoever waits then. */
static void a_host_that_is_silent(void **state)
{
    (void)state;
    boot("\"sector_size\":512");
    host_answers = false;
    assert_string_equal(unlock(0, FAKE_LUKS_PASSPHRASE), "the host's disk does not answer");
    assert_true(fake.time_ns <= UINT64_C(60000000000));
    assert_int_equal(fake_host_blk.io_count, 1);
    host_answers = true;
    assert_string_equal(unlock(0, FAKE_LUKS_PASSPHRASE), "the host's disk does not answer");
    fake_host_blk_complete_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(its_size_and_features, set_up_luks),
        cmocka_unit_test_setup(reads, set_up_luks),
        cmocka_unit_test_setup(writes, set_up_luks),
        cmocka_unit_test_setup(framing_means_nothing, set_up_luks),
        cmocka_unit_test_setup(outside_of_the_volume, set_up_luks),
        cmocka_unit_test_setup(other_requests, set_up_luks),
        cmocka_unit_test_setup(host_errors, set_up_luks),
        cmocka_unit_test_setup(no_plain_data_in_bounce_pages, set_up_luks),
        cmocka_unit_test(larger_units),
        cmocka_unit_test(a_host_with_larger_blocks),
        cmocka_unit_test(lengths_in_larger_units),
        cmocka_unit_test(a_host_that_moves_the_start),
        cmocka_unit_test(reasons),
        cmocka_unit_test(a_host_that_is_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
