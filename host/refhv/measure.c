/* SPDX-License-Identifier: BSD-3-Clause */
#include "measure.h"

#include "hash.h"

#include <string.h>

enum igvm_status measure_file(const struct igvm_file *file, uint8_t digest[IGVM_DIGEST_BYTES],
                              struct igvm_vbs_measurement *vbs)
{
    igvm_measure(file, hash_sha256, digest);
    if (igvm_vbs_measurement(file, vbs) && memcmp(vbs->digest, digest, IGVM_DIGEST_BYTES) != 0) {
        return IGVM_DIGEST_MISMATCH;
    }
    return IGVM_OK;
}
