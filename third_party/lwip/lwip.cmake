# SPDX-License-Identifier: BSD-3-Clause
# lwIP: IPv4 and IPv6, TCP, UDP, DHCP and DNS through the raw API, no threads (NO_SYS). net/ supplies what
# arch/cc.h and arch/hooks.h declare. For this machine too, for tests of net/.
pv_third_party_source(lwip lwip)
pv_third_party(lwip
    BASE ${lwip}/src
    SOURCES
        core/init.c core/def.c core/dns.c core/inet_chksum.c core/ip.c core/mem.c core/memp.c
        core/netif.c core/pbuf.c core/sys.c core/tcp.c core/tcp_in.c core/tcp_out.c core/timeouts.c
        core/udp.c
        core/ipv4/dhcp.c core/ipv4/etharp.c core/ipv4/ip4.c core/ipv4/ip4_addr.c
        core/ipv6/dhcp6.c core/ipv6/ethip6.c core/ipv6/icmp6.c core/ipv6/inet6.c core/ipv6/ip6.c
        core/ipv6/ip6_addr.c core/ipv6/mld6.c core/ipv6/nd6.c
        netif/ethernet.c)
pv_third_party_small(lwip)
if(NOT PV_IMAGE)
    set_target_properties(lwip PROPERTIES EXCLUDE_FROM_ALL ON)
endif()
target_include_directories(lwip SYSTEM PUBLIC ${lwip}/src/include ${CMAKE_CURRENT_LIST_DIR})
