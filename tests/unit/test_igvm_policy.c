/* SPDX-License-Identifier: BSD-3-Clause */
/* The policy page, both ways: every field that can be wrong, one at a time, and what fits. */
#include "igvm_policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static uint8_t page[IGVM_POLICY_PAGE_BYTES];

/* 32 bytes of header, 16 of server, 5 of resource, an anchor of 3. */
static struct igvm_policy_header *make_page(void)
{
    static const char parts[] = "https://kbs:8080a/b/c\3\0xyz";
    struct igvm_policy_header *header = (struct igvm_policy_header *)page;

    memset(page, 0, sizeof(page));
    *header = (struct igvm_policy_header){
        .magic = IGVM_POLICY_MAGIC,
        .version = 1,
        .bytes = 32 + 16 + 5 + 2 + 3,
        .flags = 15,
        .svn = 42,
        .server_bytes = 16,
        .resource_bytes = 5,
        .anchors = 1,
    };
    memcpy(page + 32, parts, sizeof(parts) - 1);
    return header;
}

static int set_up(void **state)
{
    (void)state;
    (void)make_page();
    return 0;
}

static void expect(const char *part)
{
    struct igvm_policy policy;
    const char *reason = igvm_policy_read(page, &policy);

    if (part == NULL) {
        assert_null(reason);
    } else if (reason == NULL || strstr(reason, part) == NULL) {
        fail_msg("'%s' is not about '%s'", reason == NULL ? "" : reason, part);
    }
    (void)make_page();
}

static struct igvm_policy_header *header(void)
{
    return (struct igvm_policy_header *)page;
}

static void all_of_it(void **state)
{
    (void)state;
    struct igvm_policy policy;
    static uint8_t again[IGVM_POLICY_PAGE_BYTES];

    assert_null(igvm_policy_read(page, &policy));
    assert_true(policy.attest && policy.console && policy.debug);
    assert_true(policy.dates);
    assert_int_equal(policy.svn, 42);
    assert_int_equal(policy.server.bytes, 16);
    assert_memory_equal(policy.server.data, "https://kbs:8080", 16);
    assert_int_equal(policy.resource.bytes, 5);
    assert_memory_equal(policy.resource.data, "a/b/c", 5);
    assert_int_equal(policy.anchors, 1);
    assert_int_equal(policy.anchor[0].bytes, 3);
    assert_memory_equal(policy.anchor[0].data, "xyz", 3);
    memset(again, 0xff, sizeof(again));
    assert_null(igvm_policy_write(&policy, again));
    assert_memory_equal(again, page, sizeof(page));
}

static void one_wrong_at_a_time(void **state)
{
    (void)state;
    expect(NULL);
    header()->magic++;
    expect("no policy page");
    header()->version = 2;
    expect("another version");
    header()->bytes = 31;
    expect("wrong length");
    header()->bytes = 4097;
    expect("wrong length");
    header()->bytes = UINT32_MAX;
    expect("wrong length");
    header()->bytes--;
    expect("more than its length");
    header()->bytes++;
    expect("do not add up");
    header()->flags |= 16;
    expect("flags");
    header()->flags = 8;
    expect("without asking for attestation");
    header()->zero = 1;
    expect("flags");
    page[4095] = 1;
    expect("more than its length");
    header()->server_bytes++;
    expect("do not add up");
    header()->resource_bytes = 0xffff;
    expect("do not add up");
    header()->anchors = 2;
    expect("do not add up");
    header()->anchors = 5;
    expect("too many");
    page[32 + 21 + 1] = 0xff; /* an anchor of 65,283 bytes */
    expect("do not add up");
}

static void texts(void **state)
{
    (void)state;
    page[32] = 'H';
    expect("https");
    page[34] = ' ';
    expect("printable");
    page[34] = 0x7f;
    expect("printable");
    page[48] = '/';
    expect("repository/type/tag");
    page[49] = 'b';
    expect("repository/type/tag");
    page[52] = '/';
    expect("repository/type/tag");
    page[50] = '/';
    expect("repository/type/tag");
    page[48] = 0;
    expect("printable");
}

/* Attestation without all that it takes would be none. */
static void attestation_wants_all_of_it(void **state)
{
    (void)state;
    static uint8_t out[IGVM_POLICY_PAGE_BYTES];
    const struct igvm_policy_text server = {(const uint8_t *)"https://k", 9};
    const struct igvm_policy_text resource = {(const uint8_t *)"a/b/c", 5};
    const struct igvm_policy_text anchor = {(const uint8_t *)"x", 1};
    struct igvm_policy policy = {.attest = true};

    for (unsigned i = 0; i < 8; i++) {
        policy.server = (i & 1u) != 0 ? server : (struct igvm_policy_text){0};
        policy.resource = (i & 2u) != 0 ? resource : (struct igvm_policy_text){0};
        policy.anchors = (i & 4u) != 0 ? 1 : 0;
        policy.anchor[0] = anchor;
        const char *reason = igvm_policy_write(&policy, out);
        if (i == 7) {
            assert_null(reason);
        } else {
            assert_non_null(strstr(reason, "without server, resource and trust anchor"));
        }
    }
}

static void what_fits(void **state)
{
    (void)state;
    static uint8_t out[IGVM_POLICY_PAGE_BYTES];
    static uint8_t der[4096];
    struct igvm_policy policy = {.anchors = 1, .anchor = {{der, 4096 - 32 - 2}}};

    memset(der, 1, sizeof(der));
    assert_null(igvm_policy_write(&policy, out));
    assert_null(igvm_policy_read(out, &policy));
    assert_int_equal(policy.anchor[0].bytes, 4062);
    policy.anchor[0] = (struct igvm_policy_text){der, 4063};
    assert_non_null(strstr(igvm_policy_write(&policy, out), "do not fit"));
    policy.anchor[0] = (struct igvm_policy_text){der, 65536 + 8};
    assert_non_null(strstr(igvm_policy_write(&policy, out), "do not fit"));
    policy.anchor[0].bytes = 0;
    assert_non_null(strstr(igvm_policy_write(&policy, out), "empty"));
    policy = (struct igvm_policy){.server = {der, 257}};
    assert_non_null(strstr(igvm_policy_write(&policy, out), "too long"));
    policy = (struct igvm_policy){.resource = {der, 65536 + 5}};
    assert_non_null(strstr(igvm_policy_write(&policy, out), "too long"));
    policy = (struct igvm_policy){.anchors = 5};
    assert_non_null(strstr(igvm_policy_write(&policy, out), "too many"));
    /* The least there is: a header. */
    policy = (struct igvm_policy){0};
    assert_null(igvm_policy_write(&policy, out));
    assert_null(igvm_policy_read(out, &policy));
    assert_false(policy.attest || policy.console || policy.debug);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_of_it, set_up),
        cmocka_unit_test_setup(one_wrong_at_a_time, set_up),
        cmocka_unit_test_setup(texts, set_up),
        cmocka_unit_test_setup(attestation_wants_all_of_it, set_up),
        cmocka_unit_test_setup(what_fits, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
