/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server's URL against RFC 3986 (sections), names against RFC 1123, 2.1 and RFC 1035, 2.3.4.
 */
#include "url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct url url;

/* From memory with nothing behind, so that a byte too many is seen. */
static const char *read_url(const char *text)
{
    static uint8_t copy[1024];
    size_t bytes = strlen(text);

    assert_true(bytes <= sizeof(copy));
    memcpy(copy + sizeof(copy) - bytes, text, bytes);
    return url_read((struct igvm_policy_text){copy + sizeof(copy) - bytes, (uint32_t)bytes}, &url);
}

struct good {
    const char *text;
    const char *host;
    uint16_t port;
    const char *prefix;
    bool ipv6;
    bool port_given;
};

static const struct good goods[] = {
    {"https://kbs.example", "kbs.example", 443, "", false, false},
    {"https://kbs.example/", "kbs.example", 443, "", false, false},
    {"https://kbs", "kbs", 443, "", false, false},
    {"https://KBS-1.Example:8080", "KBS-1.Example", 8080, "", false, true},
    {"https://kbs.example:443", "kbs.example", 443, "", false, false},
    {"https://kbs.example:1/", "kbs.example", 1, "", false, true},
    {"https://kbs.example:65535", "kbs.example", 65535, "", false, true},
    {"https://3com.example", "3com.example", 443, "", false, false},
    {"https://kbs.example/a", "kbs.example", 443, "/a", false, false},
    {"https://kbs.example/a/b//", "kbs.example", 443, "/a/b", false, false},
    {"https://kbs.example/%41~!$&'()*+,;=:@-._", "kbs.example", 443, "/%41~!$&'()*+,;=:@-._", false,
     false},
    {"https://10.0.2.2:8443/x", "10.0.2.2", 8443, "/x", false, true},
    {"https://255.255.255.255", "255.255.255.255", 443, "", false, false},
    {"https://[::1]", "::1", 443, "", true, false},
    {"https://[fd00::10.0.2.2]:8443/x", "fd00::10.0.2.2", 8443, "/x", true, true},
};

static void test_good(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(goods) / sizeof(goods[0]); i++) {
        const struct good *good = &goods[i];
        const char *wrong = read_url(good->text);

        if (wrong != NULL) {
            fail_msg("%s: %s", good->text, wrong);
        }
        assert_string_equal(url.host, good->host);
        assert_int_equal(url.port, good->port);
        assert_int_equal(url.prefix_bytes, strlen(good->prefix));
        assert_memory_equal(url.prefix, good->prefix, url.prefix_bytes);
        assert_int_equal(url.ipv6, good->ipv6);
        assert_int_equal(url.port_given, good->port_given);
    }
}

static const char *const bads[] = {
    "",
    "h",
    "https:/",
    /* No other scheme; ours is written as RFC 3986, 3.1 wants it produced. */
    "http://kbs.example",
    "HTTPS://kbs.example",
    "httpsx//kbs.example",
    /* 3.2.2: a host, which is a name or an address. */
    "https://",
    "https:///a",
    "https://:8080",
    "https://kbs..example",
    "https://.kbs",
    "https://kbs.",
    "https://-kbs",
    "https://kbs-",
    "https://kbs-.example",
    "https://kbs_1",
    "https://kbs example",
    "https://kbs%2eexample",
    "https://k\xc3\xa4se",
    "https://1",
    "https://1.2.3",
    "https://1.2.3.4.5",
    "https://1.2.3.256",
    "https://1.2.3.04",
    "https://1.2.3.x4.5",
    "https://1.2.3.4x",
    "https://1.2..4",
    "https://1.2.3.",
    "https://[::1",
    "https://[]",
    "https://[:]",
    "https://[1.2.3.4]",
    "https://[::g]",
    "https://[fe80::1%25eth0]",
    "https://[::1]x",
    "https://[1111:2222:3333:4444:5555:6666:255.255.255.255:]",
    /* 3.2.1: nobody's name. */
    "https://user@kbs.example",
    "https://user:word@kbs.example",
    /* 3.2.3 */
    "https://kbs.example:",
    "https://kbs.example:/",
    "https://kbs.example:0",
    "https://kbs.example:00443",
    "https://kbs.example:65536",
    "https://kbs.example:4294967739",
    "https://kbs.example:-1",
    "https://kbs.example:+1",
    "https://kbs.example:x",
    "https://kbs.example:80x",
    /* 3.3, and neither 3.4 nor 3.5. */
    "https://kbs.example?q",
    "https://kbs.example#f",
    "https://kbs.example/a?q",
    "https://kbs.example/a#f",
    "https://kbs.example/a b",
    "https://kbs.example/%4",
    "https://kbs.example/%",
    "https://kbs.example/%4g",
    "https://kbs.example/\\",
    "https://kbs.example/a\r\nHost: b",
    "https://kbs.example/\x7f",
    "https://kbs.example/\xc3\xa4",
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
        if (read_url(bads[i]) == NULL) {
            fail_msg("%s is taken", bads[i]);
        }
    }
}

static void test_nul(void **state)
{
    static const char host[] = "https://kbs\0example";
    static const char path[] = "https://kbs/\0";

    (void)state;
    assert_non_null(
        url_read((struct igvm_policy_text){(const uint8_t *)host, sizeof(host) - 1}, &url));
    assert_non_null(
        url_read((struct igvm_policy_text){(const uint8_t *)path, sizeof(path) - 1}, &url));
}

/* RFC 1035, 2.3.4: 63 bytes a label, 253 a name in text (255 with lengths). */
static void test_limits(void **state)
{
    char label[65];
    char text[512];

    (void)state;
    memset(label, 'a', 64);
    label[63] = '\0';
    (void)snprintf(text, sizeof(text), "https://%s.b", label);
    assert_null(read_url(text));
    (void)snprintf(text, sizeof(text), "https://b.%s", label);
    assert_null(read_url(text));
    (void)snprintf(text, sizeof(text), "https://%sa.b", label);
    assert_non_null(read_url(text));
    (void)snprintf(text, sizeof(text), "https://b.%sa", label);
    assert_non_null(read_url(text));
    (void)snprintf(text, sizeof(text), "https://%s.%s.%s.%.61s", label, label, label, label);
    assert_null(read_url(text));
    assert_int_equal(strlen(url.host), URL_HOST_BYTES);
    (void)snprintf(text, sizeof(text), "https://%s.%s.%s.%.62s", label, label, label, label);
    assert_non_null(read_url(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
