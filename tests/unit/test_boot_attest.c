/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From evidence to an open disk: what is asked of whom in which order, and that each failure ends with its
 * reason, without a key, and with the network off.
 */
#include "attest.h"
#include "boot_test.h"
#include "devices/devices.h"
#include "machine.h"
#include "measure.h"
#include "net/kbs.h"
#include "net/net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECRET "correct horse battery staple"

static struct {
    char calls[256];
    enum vtl_evidence_kind kind;
    const char *up_fails;
    enum kbs_status kbs;
    const char *kbs_reason;
    const char *unlock_fails;
    bool start_fails;
    bool continue_fails;
    unsigned steps; /* with nothing in them, before the token's parts */
    bool endless;
    const uint8_t *secret_at; /* where the caller has it */
    uint8_t token[64];
    size_t token_bytes;
    bool token_good;
    size_t token_room;
    uint64_t time_ns;
} world;

static struct igvm_policy policy;

static void call(const char *name)
{
    strcat(world.calls, name);
    strcat(world.calls, " ");
}

void log_print(enum log_level level, const char *format, ...)
{
    (void)level;
    (void)format;
}

void panic_at(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    abort();
}

uint64_t vtl_time_ns(void)
{
    return world.time_ns;
}

enum vtl_evidence_kind vtl_evidence_kind(void)
{
    return world.kind;
}

uint32_t machine_time_s(void)
{
    return 1;
}

void net_set_clock(uint32_t (*now_s)(void))
{
    assert_ptr_equal(now_s, machine_time_s);
    call("clock");
}

const char *net_up(const char *options)
{
    assert_string_equal(options, "ip=10.0.0.2/24,10.0.0.1");
    call("up");
    return world.up_fails;
}

void net_down(void)
{
    call("down");
}

void net_wait(uint64_t until_ns)
{
    /* It ends early, as with each of the stack's own timers. */
    assert_true(until_ns > world.time_ns);
    world.time_ns += (until_ns - world.time_ns + 1) / 2;
    if (world.time_ns == until_ns) {
        call("wait");
    }
}

enum pv_status vtl_evidence_start(const uint8_t challenge[VTL_CHALLENGE_BYTES])
{
    assert_int_equal(challenge[0], 0xc5);
    call("start");
    return world.start_fails ? PV_DENIED : PV_OK;
}

/* A token of "token" in two parts, with steps between them that have nothing yet. */
enum pv_status vtl_evidence_continue(void *to, size_t room, size_t *got, bool *more)
{
    *got = 0;
    *more = true;
    if (world.continue_fails) {
        return PV_DENIED;
    }
    if (world.endless) {
        return PV_OK;
    }
    if (world.steps-- % 10 != 0) {
        return PV_OK;
    }
    const char *part = world.steps > 10 ? "to" : "ken";
    *got = strlen(part) < room ? strlen(part) : room;
    memcpy(to, part, *got);
    *more = world.steps > 10 || *got < strlen(part);
    return PV_OK;
}

bool kbs_release(const struct kbs_request *request, uint8_t *secret, size_t room, size_t *bytes,
                 struct kbs_outcome *outcome)
{
    uint8_t challenge[64] = {0xc5};

    call("kbs");
    assert_memory_equal(request->url.data, "https://kbs", request->url.bytes);
    assert_memory_equal(request->resource.data, "a/b/c", request->resource.bytes);
    assert_int_equal(request->anchor_count, 1);
    assert_true(request->check_dates);
    request->pause(1000);
    world.token_good =
        request->evidence(challenge, world.token, world.token_room, &world.token_bytes);
    *outcome = (struct kbs_outcome){.status = world.kbs};
    if (world.kbs != KBS_OK) {
        strcpy(outcome->reason, world.kbs_reason);
        return false;
    }
    world.secret_at = secret;
    assert_true(room >= sizeof(SECRET));
    memcpy(secret, SECRET, sizeof(SECRET));
    *bytes = sizeof(SECRET);
    return true;
}

const char *virtio_blk_unlock(unsigned disk, const uint8_t *passphrase, size_t bytes)
{
    call("unlock");
    assert_int_equal(disk, 0);
    assert_int_equal(bytes, sizeof(SECRET));
    assert_memory_equal(passphrase, SECRET, bytes);
    return world.unlock_fails;
}

static const struct net_event events[GUEST_EVENTS] = {{.reg = 1, .name = "policy", .digest = {7}}};

const struct net_event *measure_log(size_t *count)
{
    *count = GUEST_EVENTS;
    return events;
}

void evidence_init(const struct net_event *log, size_t count, const struct igvm_policy *of,
                   const uint8_t policy_digest[32])
{
    assert_ptr_equal(log, events);
    assert_int_equal(count, GUEST_EVENTS);
    assert_ptr_equal(of, &policy);
    assert_int_equal(policy_digest[0], 7);
    call("evidence");
}

static int set_up(void **state)
{
    (void)state;
    memset(&world, 0, sizeof(world));
    world.kind = VTL_EVIDENCE_CCA;
    world.steps = 20;
    world.token_room = sizeof(world.token);
    policy = (struct igvm_policy){
        .attest = true,
        .dates = true,
        .server = {(const uint8_t *)"https://kbs", 11},
        .resource = {(const uint8_t *)"a/b/c", 5},
        .anchors = 1,
        .anchor = {{(const uint8_t *)"der", 3}},
    };
    return 0;
}

static const char *unlock(void)
{
    return attest(&policy, "ip=10.0.0.2/24,10.0.0.1");
}

static void key_then_disk(void **state)
{
    (void)state;
    assert_null(unlock());
    assert_string_equal(world.calls, "evidence clock up kbs wait start down unlock ");
    assert_true(world.token_good);
    assert_int_equal(world.token_bytes, 5);
    assert_memory_equal(world.token, "token", 5);
}

static void nobody_asks_for_it(void **state)
{
    (void)state;
    policy.attest = false;
    assert_null(unlock());
    assert_string_equal(world.calls, "evidence ");
}

static void no_evidence(void **state)
{
    (void)state;
    world.kind = VTL_EVIDENCE_VBS;
    assert_non_null(strstr(unlock(), "evidence"));
    assert_string_equal(world.calls, "evidence ");
}

static void no_network(void **state)
{
    (void)state;
    world.up_fails = "no card";
    assert_string_equal(unlock(), "no card");
    assert_string_equal(world.calls, "evidence clock up down ");
}

static void each_failure_has_its_line(void **state)
{
    static const struct {
        enum kbs_status status;
        const char *line;
    } rows[] = {
        {KBS_NAME, "name resolution: why"}, {KBS_CONNECT, "connection: why"}, {KBS_TLS, "TLS: why"},
        {KBS_PROTOCOL, "protocol: why"},    {KBS_REFUSED, "refused: why"},    {KBS_KEY, "key: why"},
        {KBS_EVIDENCE, "evidence: why"},    {KBS_POLICY, "policy: why"},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)set_up(state);
        world.kbs = rows[i].status;
        world.kbs_reason = "why";
        assert_string_equal(unlock(), rows[i].line);
        assert_string_equal(world.calls, "evidence clock up kbs wait start down ");
    }
}

static void the_longest_reason_is_cut(void **state)
{
    char reason[sizeof(((struct kbs_outcome *)0)->reason)];

    (void)state;
    memset(reason, 'x', sizeof(reason) - 1);
    reason[sizeof(reason) - 1] = '\0';
    world.kbs = KBS_REFUSED;
    world.kbs_reason = reason;
    assert_int_equal(strlen(unlock()), strlen("refused: ") + sizeof(reason) - 1);
}

static void a_disk_that_does_not_open(void **state)
{
    (void)state;
    world.unlock_fails = "no keyslot opens";
    assert_string_equal(unlock(), "no keyslot opens");
}

static void a_hypervisor_that_fails(void **state)
{
    (void)state;
    world.start_fails = true;
    (void)unlock();
    assert_false(world.token_good);
    (void)set_up(state);
    world.continue_fails = true;
    (void)unlock();
    assert_false(world.token_good);
    (void)set_up(state);
    world.endless = true;
    (void)unlock();
    assert_false(world.token_good);
    (void)set_up(state);
    world.token_room = 4; /* a token that is longer than what there is room for */
    (void)unlock();
    assert_false(world.token_good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(key_then_disk, set_up),
        cmocka_unit_test_setup(nobody_asks_for_it, set_up),
        cmocka_unit_test_setup(no_evidence, set_up),
        cmocka_unit_test_setup(no_network, set_up),
        cmocka_unit_test_setup(each_failure_has_its_line, set_up),
        cmocka_unit_test_setup(the_longest_reason_is_cut, set_up),
        cmocka_unit_test_setup(a_disk_that_does_not_open, set_up),
        cmocka_unit_test_setup(a_hypervisor_that_fails, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
