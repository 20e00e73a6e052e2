/* SPDX-License-Identifier: BSD-3-Clause */
/* One row, one hypercall: made in each way that the row allows, in each VTL that it names. */
#ifndef CONTRACT_HYPERCALL_H
#define CONTRACT_HYPERCALL_H

#include "rt.h"

#define FROM_VTL0 0x1u
#define FROM_VTL2 0x2u
#define FROM_BOTH (FROM_VTL0 | FROM_VTL2)
#define ANY_WAY 0u
#define MEMORY_WAYS (1u << WAY_HVC1_MEMORY | 1u << WAY_SMCCC_MEMORY)
#define FAST_WAYS (1u << WAY_HVC1_FAST | 1u << WAY_SMCCC_FAST)

struct row {
    const char *name;
    uint8_t from;
    uint8_t ways;
    uint8_t input_words;
    uint8_t output_words;
    uint64_t control;
    uint64_t input[6]; /* the rest of input_words is zero */
    uint16_t want[3];  /* status: the first, or another that isn't 0 */
    uint16_t reps;
};

#define SELF HV_PARTITION_ID_SELF
#define VP(index, vtl) ((uint64_t)(index) | (uint64_t)(vtl) << 32)
#define VP_SELF VP(HV_VP_INDEX_SELF, 0)
#define NAMES(a, b) ((uint64_t)(a) | (uint64_t)(b) << 32)

void rows_run(const char *table, const struct row *rows, size_t count);
void rows_memory_forms(void);
extern const struct row register_rows[];
extern const size_t register_row_count;
extern const struct row other_rows[];
extern const size_t other_row_count;

#endif /* CONTRACT_HYPERCALL_H */
