/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Attestation tokens of refhv, by the calls. Expectations: DEN0137 1.0-rel0, A7.2 and B5; the form is another encoder's
 * (refhv_token_form.h), the judgement on signatures and bindings is host/verify's.
 */
#include "cpu_random.h"
#include "fake_refhv_realm.h"
#include "pv_verify.h"
#include "refhv_token_form.h"
#include "rsi.h"
#include "rsi_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SLICES_MAX 200u
#define TOKEN_MAX 4096u

struct answer {
    uint8_t data[TOKEN_MAX];
    size_t bytes;
    unsigned slices; /* calls without bytes */
};

static bool random_there;

bool cpu_random(uint64_t *word)
{
    static uint64_t last = 0x123456789abcdef;

    last = last * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    *word = last;
    return random_there;
}

static int setup(void **state)
{
    (void)state;
    fake_realm_reset();
    random_there = true;
    memset(machine.options.rpv, 0x5c, sizeof(machine.options.rpv));
    return 0;
}

/* ---- Calls ------------------------------------------------------------------------------------------------ */

static uint64_t init(unsigned vp, uint8_t challenge)
{
    vps[vp].x[0] = RSI_ATTEST_TOKEN_INIT;
    memset(&vps[vp].x[1], challenge, RSI_CHALLENGE_BYTES);
    assert_true(rsi_handle(&vps[vp], RSI_ATTEST_TOKEN_INIT));
    return vps[vp].x[0];
}

static uint64_t go_on(unsigned vp, uint64_t page, uint64_t offset, uint64_t room)
{
    vps[vp].x[0] = RSI_ATTEST_TOKEN_CONTINUE;
    vps[vp].x[1] = page;
    vps[vp].x[2] = offset;
    vps[vp].x[3] = room;
    assert_true(rsi_handle(&vps[vp], RSI_ATTEST_TOKEN_CONTINUE));
    assert_int_equal(vps[vp].x[2], 0);
    assert_int_equal(vps[vp].x[3], 0);
    return vps[vp].x[0];
}

/* One CONTINUE into the page's end; true: that was the last. */
static bool step(unsigned vp, uint64_t room, struct answer *answer)
{
    const uint64_t status = go_on(vp, FAKE_RAM, 4096 - room, room);
    const uint64_t got = vps[vp].x[1];

    assert_true(status == RSI_SUCCESS || status == RSI_INCOMPLETE);
    assert_true(got <= room && answer->bytes + got <= sizeof(answer->data));
    memcpy(answer->data + answer->bytes, fake_ram + 4096 - room, got);
    answer->bytes += got;
    answer->slices += got == 0;
    assert_true(answer->slices <= SLICES_MAX);
    return status == RSI_SUCCESS;
}

static struct answer get(unsigned vp, uint64_t room)
{
    struct answer answer = {.bytes = 0};

    while (!step(vp, room, &answer)) {
    }
    return answer;
}

/* ---- Judgement ---------------------------------------------------------------------------------------------- */

static struct pv_verify_anchors anchors_read(void)
{
    struct pv_verify_anchors anchors;
    char text[2048];
    FILE *file = fopen(PV_SOURCE_DIR "/host/refhv/test-trust-anchor.json", "r");

    assert_non_null(file);
    const size_t bytes = fread(text, 1, sizeof(text), file);
    (void)fclose(file);
    assert_null(pv_verify_read_anchors(text, bytes, &anchors));
    return anchors;
}

static struct pv_verify_verdict judge(const struct answer *answer, uint8_t challenge)
{
    struct pv_verify_verdict verdict;
    struct pv_verify_anchors anchors = anchors_read();
    struct pv_verify_reference reference = {.debug = false};
    uint8_t asked[PV_VERIFY_CHALLENGE_BYTES];
    const struct pv_verify_question question = {.token = answer->data,
                                                .token_bytes = answer->bytes,
                                                .anchors = &anchors,
                                                .challenge = asked,
                                                .reference = &reference};

    memset(asked, challenge, sizeof(asked));
    memset(reference.personalization, 0x5c, sizeof(reference.personalization));
    for (unsigned i = 0; i < PV_VERIFY_DIGEST_BYTES; i++) {
        reference.rim[i] = (uint8_t)(0xc0 + i);
    }
    pv_verify_token(&question, &verdict);
    pv_verify_anchors_free(&anchors);
    return verdict;
}

static void assert_accepted(const struct answer *answer, uint8_t challenge)
{
    const struct pv_verify_verdict verdict = judge(answer, challenge);

    for (unsigned i = 0; i < PV_VERIFY_CHECKS; i++) {
        if (verdict.line[i].outcome == PV_VERIFY_FAILED) {
            fail_msg("%s: %s", pv_verify_check_name((enum pv_verify_check)i),
                     verdict.line[i].reason);
        }
    }
    assert_true(verdict.accepted);
}

static void assert_form(const struct answer *answer)
{
    struct answer plain = *answer;

    assert_int_equal(answer->bytes, sizeof(token_form));
    for (unsigned i = 0; i < TOKEN_SPANS; i++) {
        memset(plain.data + token_spans[i].offset, 0, token_spans[i].bytes);
    }
    assert_memory_equal(plain.data, token_form, sizeof(token_form));
}

static bool same(const struct answer *a, const struct answer *b, enum token_span_name name)
{
    return memcmp(a->data + token_spans[name].offset, b->data + token_spans[name].offset,
                  token_spans[name].bytes) == 0;
}

/* ---- Tests ------------------------------------------------------------------------------------------------ */

/* First, as what all tokens share is made once. */
static void none_without_entropy(void **state)
{
    (void)state;
    random_there = false;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(init(0, 1), RSI_ERROR_UNKNOWN);
        assert_int_equal(vps[0].x[1], 0);
        assert_int_equal(go_on(0, FAKE_RAM, 0, 4096), RSI_ERROR_STATE);
    }
    assert_string_equal(fake_realm.console,
                        "refhv: no tokens: no RNDR, and no rng-seed in the device tree\n");
}

/* A CPU without RNDR, a boot loader with a seed. */
static void first_token_is_of_the_seed(void **state)
{
    (void)state;
    random_there = false;
    machine.rng_seed[31] = 1;
    assert_int_equal(init(0, 0x21), RSI_SUCCESS);
    assert_in_range(vps[0].x[1], sizeof(token_form), TOKEN_MAX);
    const struct answer answer = get(0, 4096);
    assert_form(&answer);
    assert_accepted(&answer, 0x21);
    assert_in_range(answer.slices, 50, SLICES_MAX);
    assert_int_equal(fake_realm.console_bytes, 0);
}

static void another_signature_each_time(void **state)
{
    struct answer answers[2];

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(init(0, 0x33), RSI_SUCCESS);
        answers[i] = get(0, 4096);
        assert_form(&answers[i]);
        assert_accepted(&answers[i], 0x33);
        assert_in_range(answers[i].slices, 20, SLICES_MAX);
    }
    assert_true(same(&answers[0], &answers[1], TOKEN_KEY_X));
    assert_true(same(&answers[0], &answers[1], TOKEN_PLATFORM_SIGNATURE));
    assert_false(same(&answers[0], &answers[1], TOKEN_REALM_SIGNATURE));
}

/* The verifier is no yes-man. */
static void a_changed_token_is_refused(void **state)
{
    (void)state;
    assert_int_equal(init(0, 0x44), RSI_SUCCESS);
    const struct answer answer = get(0, 4096);
    assert_false(judge(&answer, 0x45).accepted);
    for (unsigned i = 0; i < TOKEN_SPANS; i++) {
        struct answer changed = answer;
        changed.data[token_spans[i].offset + 5] ^= 1;
        assert_false(judge(&changed, 0x44).accepted);
    }
}

/* 82 19 0107, the format, stands in front of each part in the newer form alone. */
static void older_outer_form(void **state)
{
    static const uint8_t head[] = {0xd9, 0x01, 0x8f, 0xa2};
    static const uint8_t format[] = {0x82, 0x19, 0x01, 0x07};

    (void)state;
    machine.options.token_tag_399 = true;
    assert_int_equal(init(0, 0x55), RSI_SUCCESS);
    const struct answer older = get(0, 4096);
    assert_accepted(&older, 0x55);
    assert_int_equal(older.bytes, sizeof(token_form) - 2 * sizeof(format));
    assert_memory_equal(older.data, head, sizeof(head));
    struct answer newer = {.bytes = older.bytes + 2 * sizeof(format)};
    const size_t first = sizeof(head) + 3;
    const size_t second = token_spans[TOKEN_PLATFORM_SIGNATURE].offset + 96 + 3;
    memcpy(newer.data, token_form, first);
    memcpy(newer.data + first, format, sizeof(format));
    memcpy(newer.data + first + 4, older.data + first, second - first - 4);
    memcpy(newer.data + second, format, sizeof(format));
    memcpy(newer.data + second + 4, older.data + second - 4, newer.bytes - second - 4);
    assert_form(&newer);
}

static void pieces_of_any_size(void **state)
{
    static const uint64_t rooms[] = {1, 7, 512, sizeof(token_form) - 1, sizeof(token_form)};

    (void)state;
    for (unsigned i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
        assert_int_equal(init(0, (uint8_t)i), RSI_SUCCESS);
        const struct answer answer = get(0, rooms[i]);
        assert_form(&answer);
        assert_accepted(&answer, (uint8_t)i);
        assert_int_equal(go_on(0, FAKE_RAM, 0, 4096), RSI_ERROR_STATE);
    }
}

/* Nothing is lost or written where there is no room. */
static void no_room_no_bytes(void **state)
{
    uint8_t before[4096];
    struct answer answer = {.bytes = 0};

    (void)state;
    assert_int_equal(init(0, 0x66), RSI_SUCCESS);
    memset(fake_ram, 0x5a, 4096);
    memcpy(before, fake_ram, sizeof(before));
    for (unsigned i = 0; i < SLICES_MAX; i++) {
        assert_int_equal(go_on(0, FAKE_RAM, 4095, 0), RSI_INCOMPLETE);
        assert_int_equal(vps[0].x[1], 0);
    }
    assert_memory_equal(fake_ram, before, sizeof(before));
    while (!step(0, 100, &answer)) {
    }
    assert_memory_equal(fake_ram, before, 4096 - 100);
    assert_accepted(&answer, 0x66);
}

static void bad_arguments(void **state)
{
    static const struct {
        uint64_t page;
        uint64_t offset;
        uint64_t room;
    } rows[] = {
        {FAKE_RAM + 8, 0, 64},
        {FAKE_RAM, 4096, 0},
        {FAKE_RAM, UINT64_MAX, 1},
        {FAKE_RAM, 0, 4097},
        {FAKE_RAM, 4000, 97},
        {FAKE_RAM, 4000, UINT64_MAX - 3999},
        {FAKE_RAM - 4096, 0, 64},
        {FAKE_RAM + FAKE_RAM_BYTES, 0, 64},
        {UINT64_C(0xfffffffffffff000), 0, 64},
    };

    (void)state;
    for (unsigned begun = 0; begun < 2; begun++) {
        for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            assert_int_equal(go_on(0, rows[i].page, rows[i].offset, rows[i].room), RSI_ERROR_INPUT);
            assert_int_equal(vps[0].x[1], 0);
        }
        assert_int_equal(init(0, 0x77), RSI_SUCCESS);
    }
    const struct answer answer = get(0, 4096);
    assert_accepted(&answer, 0x77);
}

/* At any point: while it is signed, and while it is handed out. */
static void init_drops_what_was_begun(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < 80; steps += 9) {
        struct answer dropped = {.bytes = 0};

        assert_int_equal(init(0, 0x88), RSI_SUCCESS);
        for (unsigned i = 0; i < steps && dropped.bytes < 900; i++) {
            assert_false(step(0, 50, &dropped));
        }
        assert_int_equal(init(0, 0x89), RSI_SUCCESS);
        const struct answer answer = get(0, 4096);
        assert_form(&answer);
        assert_accepted(&answer, 0x89);
    }
}

/* All VPs at once: the signatures' memory is enough, and each has its own challenge. */
static void tokens_of_all_vps(void **state)
{
    static struct answer answers[MACHINE_CPU_MAX];
    unsigned done = 0;

    (void)state;
    memset(answers, 0, sizeof(answers));
    for (unsigned i = 0; i < MACHINE_CPU_MAX; i++) {
        assert_int_equal(init(i, (uint8_t)(0x90 + i)), RSI_SUCCESS);
    }
    while (done != (1u << MACHINE_CPU_MAX) - 1) {
        for (unsigned i = 0; i < MACHINE_CPU_MAX; i++) {
            if ((done & 1u << i) == 0 && step(i, 333, &answers[i])) {
                done |= 1u << i;
            }
        }
    }
    for (unsigned i = 0; i < MACHINE_CPU_MAX; i++) {
        assert_form(&answers[i]);
        assert_accepted(&answers[i], (uint8_t)(0x90 + i));
        assert_true(same(&answers[0], &answers[i], TOKEN_KEY_X));
    }
}

/* What is extended behind INIT is not in the token; B5, RSI_ATTEST_TOKEN_INIT. */
static void measurements_are_of_init(void **state)
{
    static const uint8_t zeros[32];

    (void)state;
    assert_int_equal(init(0, 0xa0), RSI_SUCCESS);
    vps[1].x[1] = 4;
    vps[1].x[2] = 8;
    assert_true(rsi_handle(&vps[1], RSI_MEASUREMENT_EXTEND));
    assert_int_equal(vps[1].x[0], RSI_SUCCESS);
    struct answer answer = get(0, 4096);
    assert_accepted(&answer, 0xa0);
    assert_int_equal(init(0, 0xa1), RSI_SUCCESS);
    answer = get(0, 4096);
    const struct pv_verify_verdict verdict = judge(&answer, 0xa1);
    assert_int_equal(verdict.line[PV_VERIFY_REALM_SIGNATURE].outcome, PV_VERIFY_PASSED);
    assert_memory_equal(verdict.claims.registers[2], zeros, 32);
    assert_memory_not_equal(verdict.claims.registers[3], zeros, 32);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(none_without_entropy, setup),
        cmocka_unit_test_setup(first_token_is_of_the_seed, setup),
        cmocka_unit_test_setup(another_signature_each_time, setup),
        cmocka_unit_test_setup(a_changed_token_is_refused, setup),
        cmocka_unit_test_setup(older_outer_form, setup),
        cmocka_unit_test_setup(pieces_of_any_size, setup),
        cmocka_unit_test_setup(no_room_no_bytes, setup),
        cmocka_unit_test_setup(bad_arguments, setup),
        cmocka_unit_test_setup(init_drops_what_was_begun, setup),
        cmocka_unit_test_setup(tokens_of_all_vps, setup),
        cmocka_unit_test_setup(measurements_are_of_init, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
