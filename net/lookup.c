/* SPDX-License-Identifier: BSD-3-Clause */
#include "lookup.h"

#include "vtl/untrusted.h"

#include <lwip/dns.h>

#include <string.h>

/* The query that is waited for. An older one may still be answered. */
static struct {
    uintptr_t number;
    bool done;
    bool found;
    ip_addr_t address;
} query;

static void answered(const char *name, const ip_addr_t *address, void *number)
{
    (void)name;
    if ((uintptr_t)number != query.number) {
        return;
    }
    query.done = true;
    query.found = address != NULL;
    if (query.found) {
        query.address = *address;
    }
}
PV_UNTRUSTED(answered, network, "fuzz_lwip");

size_t lookup_read_address(const char *host, uint8_t bytes[LOOKUP_ADDRESS_BYTES])
{
    ip_addr_t address;

    if (ipaddr_aton(host, &address) == 0) {
        return 0;
    }
    if (IP_IS_V6_VAL(address)) {
        memcpy(bytes, ip_2_ip6(&address)->addr, sizeof(ip_2_ip6(&address)->addr));
        return sizeof(ip_2_ip6(&address)->addr);
    }
    memcpy(bytes, &ip_2_ip4(&address)->addr, sizeof(ip_2_ip4(&address)->addr));
    return sizeof(ip_2_ip4(&address)->addr);
}

static bool ask(const char *host, bool ip6, uint64_t until_ns)
{
    while (!stack_address_servers()) {
        if (!stack_wait(until_ns)) {
            return false;
        }
    }
    query.number++;
    query.done = false;
    err_t error = dns_gethostbyname_addrtype(host, &query.address, answered, (void *)query.number,
                                             ip6 ? LWIP_DNS_ADDRTYPE_IPV6 : LWIP_DNS_ADDRTYPE_IPV4);

    if (error != ERR_INPROGRESS) {
        query.done = true;
        query.found = error == ERR_OK;
    }
    while (!query.done) {
        if (!stack_wait(until_ns)) {
            return false;
        }
    }
    return query.found;
}

bool lookup(const char *host, bool ip6, uint64_t until_ns, ip_addr_t *address)
{
    ip_addr_t found;

    if (ipaddr_aton(host, &found) == 0) {
        if (!ask(host, ip6, until_ns)) {
            return false;
        }
        found = query.address;
    }
    if (IP_IS_V6_VAL(found) != ip6) {
        return false;
    }
    stack_address_scope(&found);
    *address = found;
    return true;
}
