/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How much of a volume a turn of a VP encrypts and decrypts, and what becomes of the rest (design, section 7: no VP is
 * kept from its guest for long).
 */
#include "virtio_luks_test.h"

static void run_later(void)
{
    struct vmm_work *work = later;

    assert_non_null(work);
    later = NULL;
    work->run(work->device);
}

/* The host does all, in turns with what is left for later; and so many requests have ended well. */
static void expect_all_good(unsigned requests)
{
    while (fake_host_blk.io_count != 0 || later != NULL) {
        if (fake_host_blk.io_count != 0) {
            fake_host_blk_complete(0, true);
        } else {
            run_later();
        }
    }
    for (unsigned n = 0; n < requests; n++) {
        assert_int_equal(status_of(n), VIRTIO_BLK_S_OK);
    }
}

/* Without AES instructions a page is as much as a turn takes, and three are on their way at most. */
static void a_page_a_turn(void **state)
{
    static uint8_t plain[5 * 4096];

    (void)state;
    fill_plain(plain, 8, sizeof(plain));
    fake_ram_put(DATA, plain, sizeof(plain));
    request(0, 0, VIRTIO_BLK_T_OUT, 8, DATA, sizeof(plain));
    notify(0);
    for (unsigned i = 1; i < 3; i++) {
        assert_int_equal(fake_host_blk.io_count, i);
        run_later();
    }
    assert_int_equal(fake_host_blk.io_count, 3);
    for (unsigned i = 0; i < 2; i++) {
        /* The end of one costs nothing: the next is encrypted behind it. */
        fake_host_blk_complete(0, true);
        assert_int_equal(fake_host_blk.io_count, 3);
    }
    assert_int_equal(status_of(0), 0x77);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(0), VIRTIO_BLK_S_OK);
    expect_cipher(8, 512, plain, sizeof(plain));
}

/* A host that takes nothing: what was encrypted for it has cost as much, however many requests there are. */
static void a_page_a_turn_for_nothing(void **state)
{
    const unsigned each = 20;

    (void)state;
    for (unsigned n = 0; n < QUEUES * each; n++) {
        request(n / each, n, VIRTIO_BLK_T_OUT, 0, DATA, 4096);
    }
    fake_host_blk.room = 0;
    notify(0);
    assert_int_equal(fake_host_blk.out, 4096);
    notify(1);
    assert_int_equal(fake_host_blk.out, 2 * 4096);
    fake_host_blk.room = FAKE_IOS_MAX;
    expect_all_good(QUEUES * each);
}

/* Its guest has its time back behind each. */
static void a_rest_behind_each_page(void **state)
{
    (void)state;
    assert_true(fake_host_blk.slow[0]);
    assert_false(fake_host_blk.slow[1]);
    rests = 0;
    request(0, 0, VIRTIO_BLK_T_IN, 0, DATA, 2 * 4096);
    request(0, 1, VIRTIO_BLK_T_OUT, 0, DATA, 4096);
    notify(0);
    expect_all_good(2);
    assert_true(rests >= 3);
}

/* While what costs as much as a turn is decrypted, and behind it, another VP may see to the next. */
static void large_pieces_are_shared(void **state)
{
    (void)state;
    request(0, 0, VIRTIO_BLK_T_IN, 0, DATA, 512);
    notify(0);
    fake_host_blk_complete_all();
    assert_int_equal(fake_host_blk.shares, 0);
    request(0, 1, VIRTIO_BLK_T_IN, 0, DATA, 3 * 4096);
    notify(0);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(1), VIRTIO_BLK_S_OK);
    assert_int_equal(fake_host_blk.shares, 2 * 3);
}

/* Of many small requests too. */
static void a_page_a_turn_of_requests(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 3; n++) {
        request(0, n, VIRTIO_BLK_T_OUT, 8 * n, DATA, 4096);
    }
    notify(0);
    assert_int_equal(fake_host_blk.io_count, 1);
    run_later();
    assert_int_equal(fake_host_blk.io_count, 2);
    expect_all_good(3);
}

/* A disk has 32 requests, and a page is 8 of these: what is starved is encrypted in its turn, too. */
static void more_writes_than_requests(void **state)
{
    const unsigned each = 20;

    (void)state;
    for (unsigned n = 0; n < QUEUES * each; n++) {
        request(n / each, n, VIRTIO_BLK_T_OUT, n, DATA, 512);
    }
    notify(0);
    notify(1);
    expect_all_good(QUEUES * each);
}

/* What waits, and what is starved for requests, ends with its disk, more than the disk has requests. */
static void a_disk_that_dies(void **state)
{
    const unsigned each = 20;

    (void)state;
    boot_disks("\"sector_size\":512", FAKE_DISKS);
    assert_null(unlock(0, FAKE_LUKS_PASSPHRASE));
    start(WINDOW, FEATURES);
    assert_true(QUEUES * each > 2 * BLK_REQUESTS / FAKE_DISKS);
    fake_host_blk.room = 1;
    for (unsigned n = 0; n < QUEUES * each; n++) {
        request(n / each, n, VIRTIO_BLK_T_OUT, 0, DATA, 4096);
    }
    notify(0);
    notify(1);
    assert_int_equal(fake_host_blk.io_count, 1);
    later = NULL;
    fake_host_blk.dead[0] = "it is broken";
    fake_host_blk_complete(0, false);
    while (later != NULL) {
        run_later();
    }
    for (unsigned n = 0; n < QUEUES * each; n++) {
        assert_int_equal(status_of(n), VIRTIO_BLK_S_IOERR);
    }
}

/* A turn that has decrypted a page encrypts none; but it asks the host for what is read next. */
static void a_page_in_or_out(void **state)
{
    (void)state;
    request(0, 0, VIRTIO_BLK_T_IN, 0, DATA, 3 * 4096);
    request(0, 1, VIRTIO_BLK_T_IN, 24, DATA, 4096);
    request(0, 2, VIRTIO_BLK_T_OUT, 32, DATA, 4096);
    notify(0);
    assert_int_equal(fake_host_blk.io_count, 3);
    fake_host_blk_complete(0, true);
    assert_int_equal(fake_host_blk.io_count, 3);
    assert_int_equal(fake_host_blk.ios[2]->op, HOST_BLK_READ);
    fake_host_blk_complete(0, true);
    assert_int_equal(fake_host_blk.io_count, 2);
    run_later();
    assert_int_equal(fake_host_blk.io_count, 3);
    assert_int_equal(fake_host_blk.ios[2]->op, HOST_BLK_WRITE);
    expect_all_good(3);
}

/* A queue that a reset has taken away: its data are the guest's no more, and are not read. */
static void reset_before_its_turn(void **state)
{
    (void)state;
    request(0, 0, VIRTIO_BLK_T_OUT, 8, DATA, 2 * 4096);
    notify(0);
    assert_int_equal(fake_host_blk.io_count, 1);
    fake_register_write(WINDOW, VIRTIO_MMIO_STATUS, 0);
    run_later();
    assert_int_equal(fake_host_blk.io_count, 1);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(0), 0x77);
    /* Its requests are free again. */
    start(WINDOW, FEATURES);
    request(0, 0, VIRTIO_BLK_T_OUT, 8, DATA, 4096);
    notify(0);
    fake_host_blk_complete_all();
    assert_int_equal(status_of(0), VIRTIO_BLK_S_OK);
}

/* ---- Another VP in between -------------------------------------------------------------------------- */

#define UNLOCKS 20u /* more than there are in a turn of two pages */

static unsigned unlocks_left;

/* At one moment in which no lock is held the oldest piece in flight ends, on another VP. */
static void end_on_another_vp(void)
{
    if (unlocks_left != 0 && --unlocks_left == 0 && fake_host_blk.io_count != 0) {
        const uint32_t own = fake.index;

        fake.index = 1;
        fake_host_blk_complete(0, true);
        fake.index = own;
    }
}

/* While the second page is encrypted: the request ends once, when both have. */
static void ends_while_it_is_encrypted(void **state)
{
    static uint8_t plain[2 * 4096];
    unsigned met = 0;

    for (unsigned n = 1; n <= UNLOCKS; n++) {
        (void)set_up_luks(state);
        fill_plain(plain, n, sizeof(plain));
        fake_ram_put(DATA, plain, sizeof(plain));
        request(0, 0, VIRTIO_BLK_T_OUT, n, DATA, sizeof(plain));
        notify(0);
        unlocks_left = n;
        fake.unlocked = end_on_another_vp;
        run_later();
        fake.unlocked = NULL;
        met += unlocks_left == 0;
        expect_all_good(1);
        assert_int_equal(fake_ram_get16(drivers[0].device + 2), 1);
        expect_cipher(n, 512, plain, sizeof(plain));
    }
    assert_true(met >= 5 && met < UNLOCKS);
}

/* While the first of them is encrypted, another VP decrypts: each has a page of its own for plain data. */
static void decrypts_while_another_encrypts(void **state)
{
    static uint8_t in[4096];
    static uint8_t out[2 * 4096];

    for (unsigned n = 1; n <= UNLOCKS; n++) {
        (void)set_up_luks(state);
        put_plain(100, 512, in, sizeof(in));
        fill_plain(out, n, sizeof(out));
        fake_ram_put(DATA, out, sizeof(out));
        request(0, 0, VIRTIO_BLK_T_IN, 100, DATA + sizeof(out), sizeof(in));
        notify(0);
        request(0, 1, VIRTIO_BLK_T_OUT, n, DATA, sizeof(out));
        unlocks_left = n;
        fake.unlocked = end_on_another_vp;
        notify(0);
        fake.unlocked = NULL;
        expect_all_good(2);
        assert_memory_equal(fake_ram(DATA + sizeof(out)), in, sizeof(in));
        expect_cipher(n, 512, out, sizeof(out));
    }
}

/* While the first page is decrypted: each VP with its own. */
static void ends_while_it_is_decrypted(void **state)
{
    static uint8_t plain[2 * 4096];
    unsigned met = 0;

    for (unsigned n = 1; n <= UNLOCKS; n++) {
        (void)set_up_luks(state);
        put_plain(n, 512, plain, sizeof(plain));
        request(0, 0, VIRTIO_BLK_T_IN, n, DATA, sizeof(plain));
        notify(0);
        unlocks_left = n;
        fake.unlocked = end_on_another_vp;
        fake_host_blk_complete(0, true);
        fake.unlocked = NULL;
        met += unlocks_left == 0;
        expect_all_good(1);
        assert_int_equal(fake_ram_get16(drivers[0].device + 2), 1);
        assert_memory_equal(fake_ram(DATA), plain, sizeof(plain));
    }
    assert_true(met >= 2 && met < UNLOCKS);
}

/* While a page is encrypted the queue goes, and its buffers are something else: nothing of that gets to the disk,
 * and the request is free again. */
static void reset_on_another_vp(void)
{
    if (unlocks_left != 0 && --unlocks_left == 0) {
        fake_register_write(WINDOW, VIRTIO_MMIO_STATUS, 0);
        memset(fake_ram(DATA), 0x5e, 2 * 4096);
    }
}

static void expect_no_secret(uint64_t sector)
{
    uint8_t secret[512];
    uint8_t cipher[512];

    memset(secret, 0x5e, sizeof(secret));
    crypt(MBEDTLS_AES_ENCRYPT, sector, sizeof(secret), secret, cipher);
    assert_memory_not_equal(host_sector(sector), cipher, sizeof(cipher));
}

static void reset_while_it_is_encrypted(void **state)
{
    for (unsigned n = 1; n <= UNLOCKS; n++) {
        (void)set_up_luks(state);
        request(0, 0, VIRTIO_BLK_T_OUT, 8, DATA, 2 * 4096);
        notify(0);
        unlocks_left = n;
        fake.unlocked = reset_on_another_vp;
        run_later();
        fake.unlocked = NULL;
        fake_register_write(WINDOW, VIRTIO_MMIO_STATUS, 0);
        expect_all_good(0);
        assert_int_equal(status_of(0), 0x77);
        expect_no_secret(16);
        start(WINDOW, FEATURES);
        for (unsigned i = 0; i < SIZE / 3; i++) {
            request(0, i, VIRTIO_BLK_T_OUT, 8, DATA, 512);
        }
        notify(0);
        expect_all_good(SIZE / 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_page_a_turn, set_up_luks),
        cmocka_unit_test_setup(large_pieces_are_shared, set_up_luks),
        cmocka_unit_test_setup(a_page_a_turn_for_nothing, set_up_luks),
        cmocka_unit_test_setup(a_rest_behind_each_page, set_up_luks),
        cmocka_unit_test_setup(a_page_a_turn_of_requests, set_up_luks),
        cmocka_unit_test_setup(more_writes_than_requests, set_up_luks),
        cmocka_unit_test(a_disk_that_dies),
        cmocka_unit_test_setup(a_page_in_or_out, set_up_luks),
        cmocka_unit_test_setup(reset_before_its_turn, set_up_luks),
        cmocka_unit_test(ends_while_it_is_encrypted),
        cmocka_unit_test(decrypts_while_another_encrypts),
        cmocka_unit_test(ends_while_it_is_decrypted),
        cmocka_unit_test(reset_while_it_is_encrypted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
