/* SPDX-License-Identifier: BSD-3-Clause */
/* VTL2's random words as Mbed TLS asks for them. Where there has been no source, each says so. */
#ifndef NET_RANDOM_H
#define NET_RANDOM_H

#include "vtl/base.h"

/* An f_rng; 0 or MBEDTLS_ERR_ENTROPY_SOURCE_FAILED, and then nothing at to is to be used. */
int net_random(void *unused, unsigned char *to, size_t bytes);

/* Mbed TLS' own name for its source (mbedtls/entropy_poll.h, which it keeps to itself). */
int mbedtls_hardware_poll(void *unused, unsigned char *to, size_t bytes, size_t *got);

#endif /* NET_RANDOM_H */
