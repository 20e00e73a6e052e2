/* SPDX-License-Identifier: BSD-3-Clause */
#include "measurement.h"

#include "spinlock.h"

#include <string.h>

static struct spinlock lock = SPINLOCK_INIT;
static struct measurement_set measurements;

void measurement_init(const uint8_t rim[HASH_SHA256_BYTES])
{
    memset(&measurements, 0, sizeof(measurements));
    memcpy(measurements.value[0], rim, HASH_SHA256_BYTES);
}

void measurement_read(struct measurement_set *set)
{
    spin_lock(&lock);
    *set = measurements;
    spin_unlock(&lock);
}

bool measurement_extend(uint64_t index, const void *data, size_t bytes)
{
    if (index == 0 || index >= RSI_MEASUREMENTS) {
        return false;
    }
    uint8_t *value = measurements.value[index];
    const struct igvm_part parts[] = {{value, HASH_SHA256_BYTES}, {data, bytes}};

    spin_lock(&lock);
    hash_sha256(value, parts, sizeof(parts) / sizeof(parts[0]));
    spin_unlock(&lock);
    return true;
}
