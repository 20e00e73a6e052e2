/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwIP's options: one context, fixed pools, one attested connection at a time and what finds its server.
 * Names and meanings: lwip/opt.h.
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

/* No threads and no critical sections: only the boot VP calls lwIP, and no handler of an interrupt but
 * for a buffer, while lwIP is not at work. */
#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0

/* Memory: arrays of lwIP's own, sized here. */
#define MEM_LIBC_MALLOC 0
#define MEMP_MEM_MALLOC 0
#define MEM_ALIGNMENT 8
#define MEM_SIZE 24576
#define MEMP_NUM_PBUF 16
#define MEMP_NUM_UDP_PCB 7 /* DHCP, DHCPv6, one a DNS request */
#define MEMP_NUM_TCP_PCB 4
#define MEMP_NUM_TCP_SEG 32
#define PBUF_POOL_SIZE 32
#define PBUF_POOL_BUFSIZE 1536 /* a frame */

/* Protocols. Nobody connects to Paravane, asks whether it is there, or sends it fragments that it needs. */
#define LWIP_IPV4 1
#define LWIP_IPV6 1
#define LWIP_ARP 1
#define LWIP_ETHERNET 1
#define LWIP_ICMP 0
#define LWIP_ICMP6 1 /* neighbour discovery */
#define LWIP_IPV6_MLD 1
#define LWIP_RAW 0
#define LWIP_UDP 1
#define LWIP_TCP 1
#define LWIP_DHCP 1
#define LWIP_DHCP_DOES_ACD_CHECK 0 /* seconds of waiting before the address may be used */
#define LWIP_ACD 0
#define LWIP_DHCP_MAX_DNS_SERVERS 2
#define LWIP_IPV6_AUTOCONFIG 1
#define LWIP_IPV6_DHCP6 1 /* stateless: DNS servers */
#define LWIP_ND6_RDNSS_MAX_DNS_SERVERS 2
#define LWIP_ND6_QUEUEING 0
#define LWIP_DNS 1
#define DNS_MAX_SERVERS 4
#define LWIP_DNS_SECURE                                                   \
    (LWIP_DNS_SECURE_RAND_XID | LWIP_DNS_SECURE_NO_MULTIPLE_OUTSTANDING | \
     LWIP_DNS_SECURE_RAND_SRC_PORT)
#define IP_FORWARD 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define LWIP_IPV6_FORWARD 0
#define LWIP_IPV6_REASS 0
#define LWIP_IPV6_FRAG 0

#define TCP_MSS 1220 /* in 1280 bytes, which any network of IPv6's takes (RFC 8200, 5) */
#define TCP_WND (8 * TCP_MSS)
#define TCP_SND_BUF (8 * TCP_MSS)
#define TCP_SND_QUEUELEN 32
#define TCP_QUEUE_OOSEQ 0
#define LWIP_TCP_SACK_OUT 0

/* Every checksum is computed and checked here: the host's word for one counts for nothing. */
#define CHECKSUM_CHECK_IP 1
#define CHECKSUM_CHECK_UDP 1
#define CHECKSUM_CHECK_TCP 1
#define CHECKSUM_CHECK_ICMP6 1

#define LWIP_STATS 0
#define LWIP_DEBUG 0

#define LWIP_HOOK_FILENAME "arch/hooks.h"

#endif /* LWIPOPTS_H */
