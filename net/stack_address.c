/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The interface's addresses, its routers, and servers for names: by DHCP (RFC 2131) and router
 * advertisements (RFC 4862, RFC 8106), or as the words of the options say.
 */
#include "stack.h"

#include <lwip/dhcp.h>
#include <lwip/dhcp6.h>
#include <lwip/dns.h>

#include <arch/hooks.h>
#include <string.h>

#define WORD "ip="
#define TEXT_BYTES 48u /* of one address, and its NUL */
#define SERVERS DNS_MAX_SERVERS
#define PREFIX_IP6 64u /* what lwIP takes a fixed address for: nd6_is_prefix_in_netif */

static struct {
    struct netif *netif;
    bool fixed; /* by options: whatever servers the network names do not count */
    bool has_gateway;
    ip6_addr_t gateway;
    /* lwIP forgets those of DHCP when a router names some, and the other way. */
    ip_addr_t servers[SERVERS];
    unsigned server_count;
} addresses;

const ip6_addr_t *lwip_port_gateway(void)
{
    return addresses.has_gateway ? &addresses.gateway : NULL;
}

/* ---- Servers for names --------------------------------------------------------------------------- */

static void server_add(const ip_addr_t *server)
{
    for (unsigned i = 0; i < addresses.server_count; i++) {
        if (ip_addr_eq(server, &addresses.servers[i])) {
            return;
        }
    }
    if (!ip_addr_isany(server) && addresses.server_count < SERVERS) {
        addresses.servers[addresses.server_count++] = *server;
    }
}

void stack_address_look(void)
{
    for (u8_t i = 0; !addresses.fixed && i < SERVERS; i++) {
        server_add(dns_getserver(i));
    }
}

bool stack_address_servers(void)
{
    for (u8_t i = 0; i < SERVERS; i++) {
        dns_setserver(i, i < addresses.server_count ? &addresses.servers[i] : NULL);
    }
    return addresses.server_count != 0;
}

/* ---- Options ------------------------------------------------------------------------------------- */

/* The part of a text up to a separator, as a string of its own. *at: then behind the separator. */
static bool part(const char **at, const char *end, char separator, char to[TEXT_BYTES])
{
    const char *stop = memchr(*at, separator, (size_t)(end - *at));
    size_t bytes = (size_t)((stop != NULL ? stop : end) - *at);

    if (bytes >= TEXT_BYTES) {
        return false;
    }
    memcpy(to, *at, bytes);
    to[bytes] = '\0';
    *at = stop != NULL ? stop + 1 : end;
    return true;
}

static bool part_address(const char **at, const char *end, char separator, ip_addr_t *address)
{
    char text[TEXT_BYTES];

    return part(at, end, separator, text) && ipaddr_aton(text, address) != 0;
}

static bool part_prefix(const char **at, const char *end, unsigned *prefix)
{
    char text[TEXT_BYTES];

    *prefix = 0;
    if (!part(at, end, ',', text) || text[0] == '\0') {
        return false;
    }
    for (const char *digit = text; *digit != '\0'; digit++) {
        if (*digit < '0' || *digit > '9' || *prefix > PREFIX_IP6) {
            return false;
        }
        *prefix = *prefix * 10 + (unsigned)(*digit - '0');
    }
    return true;
}

static const char *set_ip4(const ip_addr_t *address, unsigned prefix, const ip_addr_t *gateway)
{
    ip4_addr_t mask;

    if (prefix == 0 || prefix > 32) {
        return "ip=: an IPv4 prefix is 1 to 32";
    }
    ip4_addr_set_u32(&mask, lwip_htonl(UINT32_MAX << (32 - prefix)));
    netif_set_addr(addresses.netif, ip_2_ip4(address), &mask, ip_2_ip4(gateway));
    return NULL;
}

static const char *set_ip6(const ip_addr_t *address, unsigned prefix, const ip_addr_t *gateway)
{
    if (prefix != PREFIX_IP6) {
        return "ip=: an IPv6 prefix is 64";
    }
    netif_create_ip6_linklocal_address(addresses.netif, 1);
    if (netif_add_ip6_address(addresses.netif, ip_2_ip6(address), NULL) != ERR_OK) {
        return "ip=: lwIP does not take the IPv6 address";
    }
    addresses.gateway = *ip_2_ip6(gateway);
    ip6_addr_assign_zone(&addresses.gateway, IP6_UNICAST, addresses.netif);
    addresses.has_gateway = true;
    return NULL;
}

/* ADDRESS/PREFIX,GATEWAY[,DNS] */
static const char *set_fixed(const char *at, const char *end)
{
    ip_addr_t address;
    ip_addr_t gateway;
    ip_addr_t server;
    unsigned prefix;

    if (!part_address(&at, end, '/', &address) || !part_prefix(&at, end, &prefix) ||
        !part_address(&at, end, ',', &gateway) || IP_GET_TYPE(&address) != IP_GET_TYPE(&gateway)) {
        return "ip=: not ADDRESS/PREFIX,GATEWAY[,DNS]";
    }
    if (at != end) {
        if (!part_address(&at, end, ',', &server) || at != end) {
            return "ip=: not ADDRESS/PREFIX,GATEWAY[,DNS]";
        }

        stack_address_scope(&server);
        server_add(&server);
    }
    addresses.fixed = true;
    return IP_IS_V4(&address) ? set_ip4(&address, prefix, &gateway)
                              : set_ip6(&address, prefix, &gateway);
}

static const char *start_automatic(struct netif *netif)
{
    netif_create_ip6_linklocal_address(netif, 1);
    netif_set_ip6_autoconfig_enabled(netif, 1);
    return dhcp_start(netif) == ERR_OK && dhcp6_enable_stateless(netif) == ERR_OK
               ? NULL
               : "lwIP does not start DHCP";
}

const char *stack_address_start(struct netif *netif, const char *options)
{
    const char *reason = NULL;

    memset(&addresses, 0, sizeof(addresses));
    addresses.netif = netif;
    for (const char *at = options; reason == NULL && *at != '\0';) {
        size_t bytes = strcspn(at, " ");

        if (bytes >= sizeof(WORD) - 1 && memcmp(at, WORD, sizeof(WORD) - 1) == 0) {
            reason = set_fixed(at + sizeof(WORD) - 1, at + bytes);
        }
        at += bytes + (at[bytes] == ' ' ? 1 : 0);
    }
    return reason != NULL || addresses.fixed ? reason : start_automatic(netif);
}

void stack_address_stop(void)
{
    dhcp_release_and_stop(addresses.netif);
    dhcp_cleanup(addresses.netif);
    dhcp6_disable(addresses.netif);
    dhcp6_cleanup(addresses.netif);
}

/* ---- Addresses ----------------------------------------------------------------------------------- */

static bool has_ip4(void)
{
    return !ip4_addr_isany(netif_ip4_addr(addresses.netif));
}

/* One that is not still being looked for on another machine (RFC 4862, 5.4). */
static bool has_ip6(bool link_local)
{
    for (s8_t i = 0; i < LWIP_IPV6_NUM_ADDRESSES; i++) {
        if (ip6_addr_isvalid(netif_ip6_addr_state(addresses.netif, i)) &&
            (link_local || !ip6_addr_islinklocal(netif_ip6_addr(addresses.netif, i)))) {
            return true;
        }
    }
    return false;
}

bool stack_address_can_reach(const ip_addr_t *address)
{
    return IP_IS_V4(address) ? has_ip4() : has_ip6(ip6_addr_islinklocal(ip_2_ip6(address)));
}

bool stack_address_any(void)
{
    return has_ip4() || has_ip6(false);
}

void stack_address_scope(ip_addr_t *address)
{
    if (IP_IS_V6(address)) {
        ip6_addr_assign_zone(ip_2_ip6(address), IP6_UNICAST, addresses.netif);
    }
}
