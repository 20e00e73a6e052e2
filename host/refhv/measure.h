/* SPDX-License-Identifier: BSD-3-Clause */
/* The launch measurement: what of the IGVM file VTL2 starts as (igvm.md 7). */
#ifndef REFHV_MEASURE_H
#define REFHV_MEASURE_H

#include "igvm_measure.h"

/*
 * The digest of a file as it was given, before anything of it is placed. IGVM_DIGEST_MISMATCH if the
 * file carries a signed measurement of something else; whose signature it is is not looked at here. vbs: that
 * measurement, if there is one.
 */
enum igvm_status measure_file(const struct igvm_file *file, uint8_t digest[IGVM_DIGEST_BYTES],
                              struct igvm_vbs_measurement *vbs);

#endif /* REFHV_MEASURE_H */
