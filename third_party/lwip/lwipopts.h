/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwIP's options: one context, fixed pools, one attested connection at a time and what finds its server.
 * Names and meanings: lwip/opt.h.
 */
#ifndef LWIPOPTS_H
#define LWIPOPTS_H

/* No threads and no critical sections: net/ calls lwIP under its own lock. */
#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0

/* Memory: arrays of lwIP's own, sized here. */
#define MEM_LIBC_MALLOC 0
#define MEMP_MEM_MALLOC 0
#define MEM_ALIGNMENT 8
#define MEM_SIZE 32768
#define MEMP_NUM_PBUF 16
#define MEMP_NUM_UDP_PCB 4
#define MEMP_NUM_TCP_PCB 4
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_TCP_SEG 32
#define PBUF_POOL_SIZE 32
#define PBUF_POOL_BUFSIZE 1536

/* Protocols. */
#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_ARP 1
#define LWIP_ETHERNET 1
#define LWIP_ICMP 1
#define LWIP_RAW 0
#define LWIP_UDP 1
#define LWIP_TCP 1
#define LWIP_DHCP 1
#define LWIP_DNS 1
#define LWIP_DNS_SECURE                                                   \
    (LWIP_DNS_SECURE_RAND_XID | LWIP_DNS_SECURE_NO_MULTIPLE_OUTSTANDING | \
     LWIP_DNS_SECURE_RAND_SRC_PORT)
#define IP_FORWARD 0
#define IP_REASSEMBLY 1
#define IP_FRAG 0

#define TCP_MSS 1460
#define TCP_WND (8 * TCP_MSS)
#define TCP_SND_BUF (8 * TCP_MSS)
#define TCP_SND_QUEUELEN 32
#define LWIP_TCP_SACK_OUT 0

/* Every checksum is computed and checked here: the host's word for one counts for nothing. */
#define CHECKSUM_CHECK_IP 1
#define CHECKSUM_CHECK_UDP 1
#define CHECKSUM_CHECK_TCP 1
#define CHECKSUM_CHECK_ICMP 1

#define LWIP_STATS 0
#define LWIP_DEBUG 0

#endif /* LWIPOPTS_H */
