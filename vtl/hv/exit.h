/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * From a message of the hypervisor to struct vtl_exit: copied once, checked, then decoded from the
 * copy.
 */
#ifndef VTL_HV_EXIT_H
#define VTL_HV_EXIT_H

#include "hv_message.h"
#include "vtl/vtl.h"

/*
 * Decodes for VP vp_index. Whatever is not exactly what the contract has becomes VTL_EXIT_UNKNOWN.
 */
void hv_exit_decode(const struct hv_message *message, uint32_t vp_index, struct vtl_exit *exit);

#endif /* VTL_HV_EXIT_H */
