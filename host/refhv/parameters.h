/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What refhv tells VTL2 through the parameter areas of its IGVM file (igvm.md 2.3). All from
 * struct machine; vtl2 is where the loader put VTL2's region.
 */
#ifndef REFHV_PARAMETERS_H
#define REFHV_PARAMETERS_H

#include "machine.h"

#include <stdbool.h>
#include <stdint.h>

/* microsoft,igvm-type, and the types of MEMORY_MAP. */
#define PARAMETERS_MEMORY 0u
#define PARAMETERS_VTL2_PROTECTABLE 3u

struct parameters_range {
    struct machine_range range;
    uint32_t type;
};
#define PARAMETERS_RANGES_MAX (MACHINE_MEMORY_MAX * 3u)

/* The partition's RAM, ascending, without refhv's part, VTL2's region apart. Returns the count. */
uint32_t parameters_memory(struct machine_range vtl2, struct parameters_range *ranges);

enum parameters_status { PARAMETERS_OK, PARAMETERS_UNSUPPORTED, PARAMETERS_NO_ROOM };

/* Writes the parameter of that IGVM_TYPE_* into [to, to + room). */
enum parameters_status parameters_write(uint32_t type, struct machine_range vtl2, void *to,
                                        uint64_t room);

/* The device tree alone; false if it does not fit. */
bool parameters_device_tree(struct machine_range vtl2, void *to, uint64_t room);

#endif /* REFHV_PARAMETERS_H */
