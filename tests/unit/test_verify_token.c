/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The library's question and verdict, over tokens of tests/verify/vectors/: what is accepted, what a
 * question that leaves something out gets, and that every byte of a token counts. What each claim has to
 * be is in tests/verify/.
 */
#include "verify_test.h"

static const char *const shapes[] = {"907-none.cbor", "907-2023.cbor", "907-2024.cbor",
                                     "399-none.cbor", "399-2023.cbor", "399-2024.cbor"};

static struct pv_verify_question question_of(const struct vector *token)
{
    return (struct pv_verify_question){.token = token->data,
                                       .token_bytes = token->bytes,
                                       .anchors = &anchors,
                                       .challenge = challenge,
                                       .reference = &reference,
                                       .events = &events};
}

static struct pv_verify_verdict ask(const struct pv_verify_question *question)
{
    struct pv_verify_verdict verdict;

    memset(&verdict, 0xa5, sizeof(verdict)); /* all of it is filled in */
    pv_verify_token(question, &verdict);
    return verdict;
}

/* Exactly these lines failed; lines: PV_VERIFY_CHECKS ends them. */
static void expect_failed(const struct pv_verify_verdict *verdict,
                          const enum pv_verify_check *lines)
{
    size_t at = 0;

    for (unsigned i = 0; i < PV_VERIFY_CHECKS; i++) {
        bool should = lines[at] == i;

        if (should != (verdict->line[i].outcome == PV_VERIFY_FAILED)) {
            fail_msg("%s: %s: %s", pv_verify_check_name((enum pv_verify_check)i),
                     pv_verify_outcome_name(verdict->line[i].outcome), verdict->line[i].reason);
        }
        at += should ? 1 : 0;
    }
}

static void every_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        struct vector token = vector_read(shapes[i]);
        struct pv_verify_question question = question_of(&token);
        struct pv_verify_verdict verdict = ask(&question);

        for (unsigned j = 0; j < PV_VERIFY_CHECKS; j++) {
            assert_int_equal(verdict.line[j].outcome, PV_VERIFY_PASSED);
            assert_true(verdict.line[j].required);
        }
        assert_true(verdict.accepted);
    }
}

static void claims(void **state)
{
    struct vector token = vector_read("907-2023.cbor");
    struct pv_verify_question question = question_of(&token);
    struct pv_verify_verdict verdict = ask(&question);

    (void)state;
    assert_true(verdict.claims.platform && verdict.claims.realm);
    assert_memory_equal(verdict.claims.instance_id, anchors.anchor[0].instance_id,
                        PV_VERIFY_INSTANCE_BYTES);
    assert_memory_equal(verdict.claims.implementation_id, anchors.anchor[0].implementation_id,
                        PV_VERIFY_IMPLEMENTATION_BYTES);
    assert_int_equal(verdict.claims.lifecycle, 0x3003);
    assert_memory_equal(verdict.claims.challenge, challenge, sizeof(challenge));
    assert_int_equal(verdict.claims.measurement_bytes, PV_VERIFY_DIGEST_BYTES);
    assert_memory_equal(verdict.claims.rim, reference.rim, PV_VERIFY_DIGEST_BYTES);
    assert_memory_equal(verdict.claims.personalization, reference.personalization,
                        PV_VERIFY_PERSONALIZATION_BYTES);
    for (size_t i = 0; i < PV_VERIFY_REGISTERS; i++) {
        assert_memory_equal(verdict.claims.registers[i], reference.registers[i],
                            PV_VERIFY_DIGEST_BYTES);
    }
}

/* What is forgotten is not waived: the verdict says no. */
static void left_out(void **state)
{
    static const enum pv_verify_check image[] = {
        PV_VERIFY_HASH,  PV_VERIFY_RIM,   PV_VERIFY_PERSONALIZATION,
        PV_VERIFY_REM_1, PV_VERIFY_REM_2, PV_VERIFY_REM_3,
        PV_VERIFY_REM_4, PV_VERIFY_DEBUG, PV_VERIFY_CHECKS};
    struct vector token = vector_read("907-2023.cbor");
    struct pv_verify_question question = question_of(&token);
    struct pv_verify_verdict verdict;

    (void)state;
    question.anchors = NULL;
    verdict = ask(&question);
    assert_false(verdict.accepted);
    expect_failed(&verdict, (enum pv_verify_check[]){PV_VERIFY_PLATFORM_ANCHOR, PV_VERIFY_CHECKS});
    assert_int_equal(verdict.line[PV_VERIFY_PLATFORM_SIGNATURE].outcome, PV_VERIFY_SKIPPED);
    assert_true(verdict.line[PV_VERIFY_PLATFORM_SIGNATURE].required);

    question = question_of(&token);
    question.challenge = NULL;
    verdict = ask(&question);
    assert_false(verdict.accepted);
    expect_failed(&verdict, (enum pv_verify_check[]){PV_VERIFY_CHALLENGE, PV_VERIFY_CHECKS});

    question = question_of(&token);
    question.reference = NULL;
    verdict = ask(&question);
    assert_false(verdict.accepted);
    expect_failed(&verdict, image);

    question.any_image = true;
    question.any_challenge = true;
    question.challenge = NULL;
    question.events = NULL;
    verdict = ask(&question);
    assert_true(verdict.accepted);
    for (unsigned i = 0; i < PV_VERIFY_CHECKS; i++) {
        bool waived = i >= PV_VERIFY_CHALLENGE;

        assert_int_equal(verdict.line[i].outcome, waived ? PV_VERIFY_SKIPPED : PV_VERIFY_PASSED);
        assert_int_equal(verdict.line[i].required, !waived);
    }
}

/* Waiving the question does not waive an answer that was asked for. */
static void asked_and_waived(void **state)
{
    struct vector token = vector_read("guest.cbor");
    struct pv_verify_question question = question_of(&token);
    struct pv_verify_verdict verdict;

    (void)state;
    question.any_challenge = true;
    question.any_image = true;
    verdict = ask(&question);
    assert_false(verdict.accepted);
    expect_failed(&verdict, (enum pv_verify_check[]){PV_VERIFY_CHALLENGE, PV_VERIFY_CHECKS});
}

static void guest_challenge(void **state)
{
    struct vector token = vector_read("guest.cbor");
    struct pv_verify_question question = question_of(&token);
    uint8_t asked[PV_VERIFY_CHALLENGE_BYTES];
    struct pv_verify_verdict verdict;

    (void)state;
    question.challenge = asked;
    assert_true(pv_verify_guest_challenge("nonce", 5, "data", 4, asked));
    verdict = ask(&question);
    assert_true(verdict.accepted);
    assert_true(pv_verify_guest_challenge("nonce", 5, "", 0, asked));
    verdict = ask(&question);
    assert_false(verdict.accepted);
    assert_true(pv_verify_guest_challenge("nonced", 6, "ata", 3, asked));
    verdict = ask(&question);
    assert_false(verdict.accepted);
}

/* An unsigned or unread byte would be one that can be changed unseen. */
static void every_byte(void **state)
{
    struct vector token = vector_read("907-2024.cbor");
    struct pv_verify_question question = question_of(&token);

    (void)state;
    for (size_t i = 0; i < token.bytes; i++) {
        uint8_t bit = (uint8_t)(1u << (i % 8));

        token.data[i] ^= bit;
        struct pv_verify_verdict verdict = ask(&question);
        assert_false(verdict.accepted);
        token.data[i] ^= bit;
    }
}

static void every_length(void **state)
{
    struct vector token = vector_read("399-2023.cbor");
    struct pv_verify_question question = question_of(&token);

    (void)state;
    for (size_t bytes = 0; bytes < token.bytes; bytes++) {
        uint8_t *exact = malloc(bytes == 0 ? 1 : bytes);

        assert_non_null(exact);
        memcpy(exact, token.data, bytes);
        question.token = exact;
        question.token_bytes = bytes;
        struct pv_verify_verdict verdict = ask(&question);
        assert_false(verdict.accepted);
        expect_failed(&verdict, (enum pv_verify_check[]){PV_VERIFY_WRAPPER, PV_VERIFY_CHECKS});
        free(exact);
    }
}

/* A realm's part beside another token's platform. */
static void spliced(void **state)
{
    struct vector mine = vector_read("399-2023.cbor");
    struct vector other = vector_read("399-none.cbor");
    struct vector token;
    struct pv_verify_verdict verdict;

    (void)state;
    /* Tag, map, label, then the platform's string with two bytes of length: the same in both. */
    size_t mine_platform = 4 + 3 + 3 + (size_t)(mine.data[8] << 8 | mine.data[9]);
    size_t other_platform = 4 + 3 + 3 + (size_t)(other.data[8] << 8 | other.data[9]);
    memcpy(token.data, mine.data, mine_platform);
    memcpy(token.data + mine_platform, other.data + other_platform, other.bytes - other_platform);
    token.bytes = mine_platform + other.bytes - other_platform;
    struct pv_verify_question question = question_of(&token);
    verdict = ask(&question);
    assert_false(verdict.accepted);
    expect_failed(&verdict, (enum pv_verify_check[]){PV_VERIFY_BINDING, PV_VERIFY_CHECKS});
}

static void too_long(void **state)
{
    static uint8_t data[PV_VERIFY_TOKEN_BYTES_MAX + 1];
    struct pv_verify_question question = {.token = data, .token_bytes = sizeof(data)};
    struct pv_verify_verdict verdict = ask(&question);

    (void)state;
    assert_false(verdict.accepted);
    assert_string_equal(verdict.line[PV_VERIFY_WRAPPER].reason,
                        "not strict CBOR: longer than a token can be");
}

/* Programs compare names: each its own. */
static void check_names(void **state)
{
    (void)state;
    for (unsigned i = 0; i < PV_VERIFY_CHECKS; i++) {
        const char *name = pv_verify_check_name((enum pv_verify_check)i);

        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-1234"), strlen(name));
        for (unsigned j = 0; j < i; j++) {
            assert_string_not_equal(name, pv_verify_check_name((enum pv_verify_check)j));
        }
    }
    assert_string_equal(pv_verify_check_name(PV_VERIFY_WRAPPER), "wrapper");
    assert_string_equal(pv_verify_check_name(PV_VERIFY_EVENTS_4), "events-4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_shape),     cmocka_unit_test(claims),
        cmocka_unit_test(left_out),        cmocka_unit_test(asked_and_waived),
        cmocka_unit_test(guest_challenge), cmocka_unit_test(every_byte),
        cmocka_unit_test(every_length),    cmocka_unit_test(spliced),
        cmocka_unit_test(too_long),        cmocka_unit_test(check_names),
    };

    return cmocka_run_group_tests(tests, vectors_set_up, vectors_tear_down);
}
