/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * lwIP's port header. The functions below are what net/ supplies; sys_now() (lwip/sys.h) is the third.
 */
#ifndef LWIP_ARCH_CC_H
#define LWIP_ARCH_CC_H

#include <stdint.h>

#define LWIP_NO_UNISTD_H 1
#ifndef SSIZE_MAX
#define SSIZE_MAX INT64_MAX
#endif
typedef int64_t ssize_t;
#define _SSIZE_T_DECLARED

#define BYTE_ORDER LITTLE_ENDIAN
#define LWIP_RAND() lwip_port_random()
#define LWIP_PLATFORM_DIAG(x)
/* The texts would be larger than much of the code. */
#define LWIP_PLATFORM_ASSERT(what) lwip_port_assert(__FILE_NAME__, __LINE__)

/* 32 bits that the host can't predict: port numbers and DNS transaction numbers hang on it. */
uint32_t lwip_port_random(void);
/* An invariant of lwIP's own is broken. Does not return. */
__attribute__((noreturn)) void lwip_port_assert(const char *file, int line);

#endif /* LWIP_ARCH_CC_H */
