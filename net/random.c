/* SPDX-License-Identifier: BSD-3-Clause */
#include "random.h"

#include "vtl/vtl.h"

#include <mbedtls/entropy.h>
#include <mbedtls/platform_util.h>

#include <string.h>

int net_random(void *unused, unsigned char *to, size_t bytes)
{
    size_t done = 0;
    uint64_t word = 0;
    bool good = true;

    (void)unused;
    while (good && done < bytes) {
        size_t step = bytes - done < sizeof(word) ? bytes - done : sizeof(word);

        good = vtl_random(&word);
        memcpy(to + done, &word, step);
        done += step;
    }
    mbedtls_platform_zeroize(&word, sizeof(word));
    return good ? 0 : MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}

int mbedtls_hardware_poll(void *unused, unsigned char *to, size_t bytes, size_t *got)
{
    int result = net_random(unused, to, bytes);

    *got = result == 0 ? bytes : 0;
    return result;
}
