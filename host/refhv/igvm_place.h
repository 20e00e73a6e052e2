/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where things of an IGVM file go: the choice of VTL2's base, and what a page may cover. Part of
 * igvm_load.
 */
#ifndef REFHV_IGVM_PLACE_H
#define REFHV_IGVM_PLACE_H

#include "igvm_reader.h"
#include "machine.h"

#include <stdbool.h>
#include <stdint.h>

struct igvm_placement {
    struct igvm_file file;
    struct machine_range copy; /* the file itself, in whole pages */
    struct igvm_relocatable_region region;
    uint64_t vtl2_base; /* where the region goes */
};

/*
 * Finds the file's one relocatable region and chooses vtl2_base: the operator's, or the highest that will do, so
 * that what VTL0 has is one range as far as the board's memory is. Fatal if that can't be done.
 */
void igvm_place_vtl2(struct igvm_placement *placement);

/* Where a range of the file goes. Fatal if it lies across an end of the region. */
uint64_t igvm_place_range(const struct igvm_placement *placement, uint64_t gpa, uint64_t bytes);

/* Is it the partition's RAM, without the file's copy? */
bool igvm_place_free(const struct igvm_placement *placement, uint64_t base, uint64_t bytes);

bool ranges_overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes);

#endif /* REFHV_IGVM_PLACE_H */
