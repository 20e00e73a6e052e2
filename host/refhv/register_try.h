/* SPDX-License-Identifier: BSD-3-Clause */
/* An access to a register that the CPU may not have. */
#ifndef REFHV_REGISTER_TRY_H
#define REFHV_REGISTER_TRY_H

#include <stdbool.h>
#include <stdint.h>

/* *value becomes access(*value). False if the access was undefined. */
bool register_try(uint64_t (*access)(uint64_t value), uint64_t *value);

#endif /* REFHV_REGISTER_TRY_H */
