/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Measurements and evidence: which of the two kinds a host has, what is asked of it, what of its answers is taken.
 * Expectations: Arm DEN0137 1.0, B5.3; reference section 9 (VBS report); vtl.h.
 */
#include "fake_rsi.h"
#include "vtl_hv_test.h"

static uint8_t challenge[64];
static uint8_t token[VTL_EVIDENCE_BYTES_MAX + 1];

static enum vtl_evidence_kind begin(bool rsi, bool report)
{
    (void)setup(NULL);
    fake_rsi_reset();
    for (unsigned i = 0; i < sizeof(challenge); i++) {
        challenge[i] = (uint8_t)(0x30 + i);
    }
    fake_rsi.there = rsi;
    fake_hv.report = report;
    boot();
    return vtl_evidence_kind();
}

static void test_kinds(void **state)
{
    (void)state;
    assert_int_equal(begin(true, true), VTL_EVIDENCE_CCA);
    assert_int_equal(begin(true, false), VTL_EVIDENCE_CCA);
    assert_int_equal(begin(false, true), VTL_EVIDENCE_VBS);
    assert_int_equal(begin(false, false), VTL_EVIDENCE_NONE);
    /* It is asked once, and not before somebody wants to know. */
    fake_rsi.there = true;
    assert_int_equal(vtl_evidence_kind(), VTL_EVIDENCE_NONE);
    assert_int_equal(fake_rsi.calls, 1);
    fake_rsi_reset();
    boot();
    assert_int_equal(fake_rsi.calls, 0);
}

/* A host that has something else there, or that answers 0 to everything. */
static void test_no_rsi(void **state)
{
    static const struct {
        uint64_t status;
        uint64_t version;
    } rows[] = {{1, 0x10000}, {UINT64_MAX, 0x10000}, {0xffffffff, 0x10000},
                {0, 0},       {0, 0x20000},          {0, UINT64_C(0x100010000)}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        (void)begin(false, false);
        fake_rsi.there = true;
        fake_rsi.version_status = rows[i].status;
        fake_rsi.version = rows[i].version;
        boot();
        assert_int_equal(vtl_evidence_kind(), VTL_EVIDENCE_NONE);
        assert_int_equal(fake_rsi.versions, 1);
    }
}

static void test_nothing_there(void **state)
{
    uint8_t value[64];
    size_t got = 7;
    bool more = true;

    (void)state;
    (void)begin(false, false);
    assert_int_equal(vtl_measurement_extend(1, challenge, 64), PV_UNSUPPORTED);
    assert_int_equal(vtl_measurement_read(0, value), PV_UNSUPPORTED);
    assert_int_equal(vtl_evidence_start(challenge), PV_UNSUPPORTED);
    assert_int_equal(vtl_evidence_continue(token, 64, &got, &more), PV_INVALID);
    assert_int_equal(got, 0);
    assert_false(more);
    (void)begin(false, true);
    assert_int_equal(vtl_measurement_extend(1, challenge, 64), PV_UNSUPPORTED);
    assert_int_equal(vtl_measurement_read(0, value), PV_UNSUPPORTED);
}

/* ---- Measurements ---- */

static void test_extend(void **state)
{
    static const uint8_t zeros[64];

    (void)state;
    (void)begin(true, false);
    for (unsigned bytes = 0; bytes <= 64; bytes++) {
        assert_int_equal(vtl_measurement_extend(1 + bytes % 4, challenge, bytes), PV_OK);
        assert_int_equal(fake_rsi.index, 1 + bytes % 4);
        assert_int_equal(fake_rsi.bytes, bytes);
        assert_memory_equal(fake_rsi.data, challenge, bytes);
        assert_memory_equal(fake_rsi.data + bytes, zeros, 64 - bytes);
    }
    /* The fake ends a test that asks for these. */
    assert_int_equal(vtl_measurement_extend(0, challenge, 64), PV_INVALID);
    assert_int_equal(vtl_measurement_extend(5, challenge, 64), PV_INVALID);
    assert_int_equal(vtl_measurement_extend(1, challenge, 65), PV_INVALID);
}

static void test_read(void **state)
{
    uint8_t value[64];

    (void)state;
    (void)begin(true, false);
    for (unsigned i = 0; i < 5; i++) {
        memset(fake_rsi.measurement[i], (int)(0x10 + i), 64);
    }
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(vtl_measurement_read(i, value), PV_OK);
        for (unsigned byte = 0; byte < 64; byte++) {
            assert_int_equal(value[byte], byte < 32 ? 0x10 + i : 0);
        }
    }
    fake_rsi.measurement_bytes = 64;
    assert_int_equal(vtl_measurement_read(4, value), PV_OK);
    assert_int_equal(value[63], 0x14);
    assert_int_equal(vtl_measurement_read(5, value), PV_INVALID);
}

static void test_statuses(void **state)
{
    static const struct {
        uint64_t status;
        enum pv_status want;
    } rows[] = {{1, PV_INVALID}, {2, PV_BUSY},        {4, PV_IO},
                {5, PV_IO},      {UINT64_MAX, PV_IO}, {3, PV_IO}};
    uint8_t value[64];
    size_t got;
    bool more;

    (void)state;
    (void)begin(true, false);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fake_rsi.status = rows[i].status;
        assert_int_equal(vtl_measurement_extend(1, challenge, 64), rows[i].want);
        assert_int_equal(vtl_measurement_read(1, value), rows[i].want);
        assert_int_equal(vtl_evidence_start(challenge), rows[i].want);
        assert_int_equal(vtl_evidence_continue(token, 64, &got, &more), PV_INVALID);
    }
    fake_rsi.status = 0;
    for (size_t i = 0; i < 5; i++) {
        fake_rsi.steps[0] = (struct fake_rsi_step){.status = rows[i].status, .told = 16};
        assert_int_equal(vtl_evidence_start(challenge), PV_OK);
        assert_int_equal(vtl_evidence_continue(token, 64, &got, &more), rows[i].want);
        assert_int_equal(got, 0);
        assert_false(more);
        assert_int_equal(vtl_evidence_continue(token, 64, &got, &more), PV_INVALID);
    }
}

/* ---- A token ---- */

/* Puts it together by pieces of that room: its length; the status of the last step. */
static size_t take(size_t room, enum pv_status *status)
{
    size_t total = 0;
    bool more = true;

    memset(token, 0xee, sizeof(token));
    *status = PV_OK;
    while (more) {
        size_t got;

        assert_in_range(total, 0, sizeof(token) - 1);
        *status = vtl_evidence_continue(token + total, room, &got, &more);
        assert_in_range(got, 0, room);
        total += got;
        assert_int_equal(token[total], 0xee);
    }
    return total;
}

static void test_token(void **state)
{
    enum pv_status status;

    (void)state;
    (void)begin(true, false);
    fake_rsi.steps[1] = (struct fake_rsi_step){.status = 3, .told = 100, .written = 100};
    fake_rsi.steps[3] = (struct fake_rsi_step){.status = 3, .told = 28, .written = 28};
    fake_rsi.steps[4] = (struct fake_rsi_step){.status = 0, .told = 72, .written = 72};
    fake_rsi.steps[0].status = 3;
    fake_rsi.steps[2].status = 3;
    assert_int_equal(vtl_evidence_start(challenge), PV_OK);
    assert_memory_equal(fake_rsi.challenge, challenge, 64);
    assert_int_equal(take(100, &status), 200);
    assert_int_equal(status, PV_OK);
    assert_int_equal(fake_rsi.size, 100);
    for (unsigned i = 0; i < 200; i++) {
        assert_int_equal(token[i], i);
    }
    /* A page at most is asked for, into the same page always. */
    const uint64_t page = fake_rsi.page;
    assert_int_equal(vtl_evidence_start(challenge), PV_OK);
    assert_int_equal(take(8192, &status), 200);
    assert_int_equal(fake_rsi.size, 4096);
    assert_int_equal(fake_rsi.page, page);
    assert_int_equal(fake_rsi.inits, 2);
}

/* More than was asked for, more than a token may have, nothing for ever. */
static void test_lies(void **state)
{
    static const uint64_t told[] = {65, 4097, UINT64_MAX, UINT64_C(0x100000010)};
    enum pv_status status;

    (void)state;
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
        (void)begin(true, false);
        fake_rsi.steps[0] = (struct fake_rsi_step){.status = i & 1 ? 3 : 0, .told = told[i]};
        assert_int_equal(vtl_evidence_start(challenge), PV_OK);
        assert_int_equal(take(64, &status), 0);
        assert_int_equal(status, PV_IO);
    }
    (void)begin(true, false);
    for (size_t i = 0; i < FAKE_RSI_STEPS_MAX; i++) {
        fake_rsi.steps[i] = (struct fake_rsi_step){.status = 3, .told = 4000, .written = 4000};
    }
    assert_int_equal(vtl_evidence_start(challenge), PV_OK);
    assert_int_equal(take(4096, &status), 16000);
    assert_int_equal(status, PV_IO);
    (void)begin(true, false);
    for (size_t i = 0; i < FAKE_RSI_STEPS_MAX; i++) {
        fake_rsi.steps[i].status = 3;
    }
    assert_int_equal(vtl_evidence_start(challenge), PV_OK);
    assert_int_equal(take(4096, &status), 0);
    assert_int_equal(status, PV_IO);
    assert_in_range(fake_rsi.continues, 1000, 100000);
}

/* While another VP has the page: nothing, and no call. */
static void test_page_is_taken(void **state)
{
    size_t got = 1;
    bool more = false;

    (void)state;
    (void)begin(true, false);
    fake_rsi.steps[0] = (struct fake_rsi_step){.status = 0, .told = 5, .written = 5};
    assert_int_equal(vtl_evidence_start(challenge), PV_OK);
    fake_cpu.lock_is_taken = true;
    assert_int_equal(vtl_evidence_continue(token, 64, &got, &more), PV_OK);
    assert_int_equal(got, 0);
    assert_true(more);
    assert_int_equal(fake_rsi.continues, 0);
    fake_cpu.lock_is_taken = false;
    assert_int_equal(vtl_evidence_continue(token, 64, &got, &more), PV_OK);
    assert_int_equal(got, 5);
    assert_false(more);
}

/* ---- The VBS report ---- */

static void test_report(void **state)
{
    enum pv_status status;

    (void)state;
    (void)begin(false, true);
    static const size_t rooms[] = {1, 7, 0x22f, 0x230, 4096};
    for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        challenge[5] = (uint8_t)i;
        assert_int_equal(vtl_evidence_start(challenge), PV_OK);
        assert_int_equal(take(rooms[i], &status), 0x230);
        assert_int_equal(status, PV_OK);
        assert_memory_equal(token, "\x30\x02\x00\x00", 4);
        assert_memory_equal(token + 0x18, challenge, 64);
        for (unsigned byte = 0x58; byte < 0x230; byte++) {
            assert_int_equal(token[byte], (uint8_t)(byte * 7));
        }
    }
    assert_int_equal(fake_rsi.calls, 1);
}

/* A report of another size, or of another call: no evidence. */
static void test_report_lies(void **state)
{
    size_t got;
    bool more;

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        (void)begin(false, true);
        fake_hv.report_bytes = i == 0 ? 0x231 : 0x230;
        fake_hv.report_replayed = i == 1;
        assert_int_equal(vtl_evidence_start(challenge), PV_IO);
        assert_int_equal(vtl_evidence_continue(token, 64, &got, &more), PV_INVALID);
        boot();
        assert_int_equal(vtl_evidence_kind(), VTL_EVIDENCE_NONE);
    }
}

static void test_no_room(void **state)
{
    size_t got;
    bool more;

    (void)state;
    (void)begin(false, true);
    assert_int_equal(vtl_evidence_start(challenge), PV_OK);
    assert_int_equal(vtl_evidence_continue(token, 0, &got, &more), PV_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),         cmocka_unit_test(test_no_rsi),
        cmocka_unit_test(test_nothing_there), cmocka_unit_test(test_extend),
        cmocka_unit_test(test_read),          cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_token),         cmocka_unit_test(test_lies),
        cmocka_unit_test(test_page_is_taken), cmocka_unit_test(test_report),
        cmocka_unit_test(test_report_lies),   cmocka_unit_test(test_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
