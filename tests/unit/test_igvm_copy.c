/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A file that is read and written again is the same, byte for byte (igvm.md 3, 6): one with every header
 * type, made by the tests, and variations of it.
 */
#include "igvm_every.h"
#include "igvm_writer.h"

static uint8_t *again;
static size_t again_bytes;

static enum igvm_status copy(bool measurement)
{
    struct igvm_file file;
    struct igvm_writer *writer = igvm_writer_new();

    assert_string_equal(igvm_status_text(igvm_open(&file, maker.file, maker.bytes)),
                        igvm_status_text(IGVM_OK));
    igvm_writer_copy(writer, &file, measurement);
    enum igvm_status status = igvm_writer_finish(writer, &again, &again_bytes);
    igvm_writer_free(writer);
    return status;
}

static void expect_identical(void)
{
    assert_int_equal(copy(true), IGVM_OK);
    assert_int_equal(again_bytes, maker.bytes);
    assert_memory_equal(again, maker.file, maker.bytes);
    free(again);
}

/* All of igvm.md's table in section 2 but 0x306, which is reserved. */
static void every_type(void **state)
{
    (void)state;
    static const uint16_t types[] = {0x001, 0x101, 0x102, 0x103, 0x104, 0x105, 0x106, 0x301, 0x302,
                                     0x303, 0x304, 0x305, 0x307, 0x308, 0x309, 0x30a, 0x30b, 0x30c,
                                     0x30d, 0x30e, 0x30f, 0x310, 0x311, 0x312, 0x313};

    make_every();
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        bool there = false;
        for (size_t n = 0; n < every_count; n++) {
            uint32_t type;
            memcpy(&type, maker.headers + every_at[n], sizeof(type));
            there = there || type == types[i];
        }
        assert_true(there);
    }
    expect_identical();
}

static void other_files(void **state)
{
    (void)state;
    make_mini(); /* the vector of igvm.md 7.1 */
    expect_identical();
    make_full();
    expect_identical();
}

/* Without the measurement, it is the file that never had one. */
static void measurement_left_out(void **state)
{
    (void)state;
    make_every();
    assert_int_equal(copy(false), IGVM_OK);
    const uint32_t without = (uint32_t)every_at[every_count - 1];
    assert_int_equal(again_bytes, maker.bytes - (maker.header_bytes - without));
    memset(&maker, 0, sizeof(maker));
    every_first(without);
    every_parameters(without);
    every_context(without);
    every_memory(without);
    every_last();
    maker.header_bytes = without;
    seal(&maker);
    assert_int_equal(again_bytes, maker.bytes);
    assert_memory_equal(again, maker.file, maker.bytes);
    free(again);
}

/* Not by the writer's rules, so the copy is another file, with the same meaning and by the rules. */
static void put_in_order(void **state)
{
    (void)state;
    uint8_t zeros[4096] = {0};
    struct igvm_file file;

    make_mini();
    memcpy(maker.data, zeros, sizeof(zeros)); /* a page of zeros that has data */
    seal(&maker);
    assert_int_equal(copy(true), IGVM_OK);
    assert_int_equal(again_bytes, maker.bytes - 4096);
    assert_int_equal(igvm_open(&file, again, again_bytes), IGVM_OK);
    free(again);
    make_mini(); /* eight bytes between page and registers that no header refers to */
    memmove(maker.data + 4096 + 8, maker.data + 4096, 36);
    memset(maker.data + 4096, 0xee, 8);
    maker.data_bytes += 8;
    put32(mini_context() + 12, 0x1080);
    seal(&maker);
    assert_int_equal(copy(true), IGVM_OK);
    make_mini();
    assert_int_equal(again_bytes, maker.bytes);
    assert_memory_equal(again, maker.file, maker.bytes);
    free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type),
        cmocka_unit_test(other_files),
        cmocka_unit_test(measurement_left_out),
        cmocka_unit_test(put_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
