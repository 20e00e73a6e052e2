/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The pages that explain evidence, as texts. Digests of anchors were made by sha256sum.
 */
#include "evidence_pages.h"
#include "fake_vtl.h"
#include "net/evidence.h"
#include "server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define HEX_8(digits) digits digits digits digits digits digits digits digits
#define HEX_32(digits) HEX_8(digits) HEX_8(digits) HEX_8(digits) HEX_8(digits)

static struct igvm_policy policy;
static uint8_t digest[32];
static char text[8192];

static struct igvm_policy_text part(const char *what)
{
    return (struct igvm_policy_text){(const uint8_t *)what, (uint32_t)strlen(what)};
}

static int setup(void **state)
{
    (void)state;
    fake_vtl_reset();
    memset(digest, 0xd1, sizeof(digest));
    policy = (struct igvm_policy){0};
    for (unsigned i = 0; i < VTL_MEASUREMENT_REGISTERS; i++) {
        memset(fake.measurements[i], 0xa0 + (int)i, 32);
    }
    return 0;
}

/* In pieces. */
static const char *page(const struct server_route *route)
{
    struct server_answer answer = route->ask(3, "", 0);

    assert_int_equal(answer.status, 200);
    assert_null(answer.reason);
    assert_true(answer.bytes < sizeof(text));
    for (uint32_t at = 0; at < answer.bytes; at += 7) {
        uint32_t left = answer.bytes - at;

        route->read(3, at, (uint8_t *)text + at, left < 7 ? left : 7);
    }
    text[answer.bytes] = '\0';
    return text;
}

static void test_measurements(void **state)
{
    static const struct net_event events[] = {{1, "policy", {0x11}}, {3, "command line", {0x33}}};
    static const char expected[] =
        "{\"hash\":\"sha-256\",\"registers\":[\"" HEX_32("a1") "\",\"" HEX_32("a2") "\",\"" HEX_32(
            "a3") "\",\"" HEX_32("a4") "\"],\"events\":["
                                       "{\"register\":1,\"name\":\"policy\",\"digest\":\""
                                       "1100000000000000000000000000000000000000000000000000000000000000\"},"
                                       "{\"register\":3,\"name\":\"command line\",\"digest\":\""
                                       "3300000000000000000000000000000000000000000000000000000000000000\"}]}";

    (void)state;
    evidence_pages_write(events, 2, &policy, digest);
    assert_string_equal(page(&measurements_route), expected);
}

/* A hypervisor that measures nothing. */
static void test_no_registers(void **state)
{
    (void)state;
    fake.refuse_measurement = ~(1u << 2);
    evidence_pages_write(NULL, 0, &policy, digest);
    assert_string_equal(
        page(&measurements_route),
        "{\"hash\":\"sha-256\",\"registers\":[null,\"" HEX_32("a2") "\",null,null],\"events\":[]}");
}

/* As many as there can be, with long names. */
static void test_all_events(void **state)
{
    static struct net_event events[NET_EVENTS_MAX];

    (void)state;
    for (unsigned i = 0; i < NET_EVENTS_MAX; i++) {
        events[i] =
            (struct net_event){4, i == NET_EVENTS_MAX - 1 ? "the last" : "a long name", {0}};
    }
    evidence_pages_write(events, NET_EVENTS_MAX, &policy, digest);
    assert_non_null(strstr(page(&measurements_route), "\"name\":\"the last\",\"digest\":\"00"));
}

static void test_policy(void **state)
{
    (void)state;
    policy = (struct igvm_policy){
        .attest = true,
        .debug = true,
        .dates = true,
        .svn = 7,
        .server = part("https://a.example/\"x\""),
        .resource = part("default/key/disk"),
        .anchors = 2,
        .anchor = {part("anchor one"), part("2")},
    };
    evidence_pages_write(NULL, 0, &policy, digest);
    assert_string_equal(
        page(&policy_route),
        "{\"digest\":\"" HEX_32(
            "d1") "\",\"attest\":true,\"console\":false,\"debug\":true,\"dates\":true,\"svn\":7,"
                  "\"server\":\"https://a.example/\\u0022x\\u0022\","
                  "\"resource\":\"default/key/disk\",\"anchors\":["
                  "\"6236a33af3b5dfea782da802a8cc7ccbe8c2e62590110287c6fdb3ba899f85e3\",\"d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35\"]}");
}

/* No texts at all; and texts that take up the most. */
static void test_policy_least_and_most(void **state)
{
    static uint8_t worst[IGVM_POLICY_SERVER_BYTES];

    (void)state;
    evidence_pages_write(NULL, 0, &policy, digest);
    assert_string_equal(
        page(&policy_route),
        "{\"digest\":\"" HEX_32(
            "d1") "\",\"attest\":false,\"console\":false,\"debug\":false,\"dates\":false,\"svn\":0,"
                  "\"server\":null,\"resource\":null,\"anchors\":[]}");
    policy.svn = UINT32_MAX;
    policy.server = (struct igvm_policy_text){worst, sizeof(worst)};
    policy.resource = (struct igvm_policy_text){worst, sizeof(worst)};
    policy.anchors = IGVM_POLICY_ANCHORS_MAX;
    for (unsigned i = 0; i < IGVM_POLICY_ANCHORS_MAX; i++) {
        policy.anchor[i] = part(i == 3 ? "2" : "anchor one");
    }
    evidence_pages_write(NULL, 0, &policy, digest);
    assert_non_null(
        strstr(page(&policy_route),
               "\"d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35\"]}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_measurements, setup),
        cmocka_unit_test_setup(test_no_registers, setup),
        cmocka_unit_test_setup(test_all_events, setup),
        cmocka_unit_test_setup(test_policy, setup),
        cmocka_unit_test_setup(test_policy_least_and_most, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
