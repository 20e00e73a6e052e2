/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_random.h"

#include <mbedtls/entropy.h>

struct fake_random fake_random;

int net_random(void *unused, unsigned char *to, size_t bytes)
{
    (void)unused;
    for (size_t i = 0; i < bytes; i++) {
        if (fake_random.next_bytes != 0) {
            to[i] = *fake_random.next++;
            fake_random.next_bytes--;
        } else {
            to[i] = fake_random.count++;
        }
    }
    return fake_random.dry ? MBEDTLS_ERR_ENTROPY_SOURCE_FAILED : 0;
}

int mbedtls_hardware_poll(void *unused, unsigned char *to, size_t bytes, size_t *got)
{
    int result = net_random(unused, to, bytes);

    *got = result == 0 ? bytes : 0;
    return result;
}
