/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hypercalls, in the SMCCC form that TLFS recommends, or HVC #1 where the hypervisor has only that;
 * and registers by name. A VP has one page for input and output lists; its calls never nest.
 */
#ifndef VTL_HV_HYPERCALL_H
#define VTL_HV_HYPERCALL_H

#include "hv_hypercall.h"
#include "hv_register.h"
#include "vtl/vtl.h"

struct hv_frame {
    uint64_t x[18];
};

void hv_invoke_smccc(struct hv_frame *frame);
void hv_invoke_native(struct hv_frame *frame);
/* SMC; where that is undefined, X0 is SMCCC_NOT_SUPPORTED and the rest as it was. */
void hv_invoke_smc(struct hv_frame *frame);
uint64_t hv_invoke_words_smccc(uint64_t control, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
uint64_t hv_invoke_words_native(uint64_t control, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/*
 * Input and output halves of the VP's page: a list must not cross a page, and the two must not
 * overlap.
 */
#define HV_INPUT_BYTES 2048u

/* Gives this VP its page; first of all on each VP. PV_NO_SPACE. */
PV_MUST_USE enum pv_status hv_page_init(uint32_t index);
void *hv_input(void);
const void *hv_output(void);

/* HV_STATUS_* as the word of this project; what is not in the table is PV_IO. */
enum pv_status hv_status(uint32_t status);

/* A simple call on hv_input and hv_output. Returns the HV_STATUS_*. */
uint32_t hv_call(uint16_t code);
/* A rep call of count elements; goes on where the hypervisor stopped early. */
PV_MUST_USE enum pv_status hv_call_rep(uint16_t code, uint32_t count);
/* A simple call with four words in registers and no output: that of each interrupt of the guest's. */
uint32_t hv_call_words(uint16_t code, uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/* SMCCC and PSCI calls: function id and three arguments; X0. */
uint64_t hv_smccc(uint64_t function, uint64_t a1, uint64_t a2, uint64_t a3);

/* Registers of this VP. vtl: 0 for VTL2's own, VTL0 (0x10) for VTL0's. */
PV_MUST_USE enum pv_status hv_get(uint8_t vtl, uint32_t name, struct hv_register_value *value);
PV_MUST_USE enum pv_status hv_get64(uint8_t vtl, uint32_t name, uint64_t *value);
PV_MUST_USE enum pv_status hv_set(uint8_t vtl, uint32_t name, struct hv_register_value value);
PV_MUST_USE enum pv_status hv_set64(uint8_t vtl, uint32_t name, uint64_t value);
/* Get by the memory form, whatever hv.fast_output says; and by the fast form. */
PV_MUST_USE enum pv_status hv_get_memory(uint8_t vtl, uint32_t name,
                                         struct hv_register_value *value);
PV_MUST_USE enum pv_status hv_get_fast(uint8_t vtl, uint32_t name, struct hv_register_value *value);

#endif /* VTL_HV_HYPERCALL_H */
