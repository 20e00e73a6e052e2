/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TESTS_SIMD_SIMD_DEVICE_H
#define TESTS_SIMD_SIMD_DEVICE_H

#include "vmm/vmm.h"

bool simd_device_mmio(void *device, struct mmio_access *access);

#endif /* TESTS_SIMD_SIMD_DEVICE_H */
