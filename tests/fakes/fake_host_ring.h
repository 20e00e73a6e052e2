/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the registers and the rings of fake_host_virtio.h. */
#ifndef TESTS_FAKES_FAKE_HOST_RING_H
#define TESTS_FAKES_FAKE_HOST_RING_H

#include "fake_host_virtio.h"

/* Ends the program unless the condition holds. */
void fake_host_require(bool condition, const char *rule);
/* Memory that the device may touch. */
uint8_t *fake_host_memory(uint64_t address, uint64_t bytes, const char *rule);
/* The three areas of a queue that is made ready (2.7). */
void fake_host_ring_check(const struct fake_host_queue *queue);

#endif /* TESTS_FAKES_FAKE_HOST_RING_H */
