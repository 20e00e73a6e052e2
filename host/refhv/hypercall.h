/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Private contract of the hypercall families: one const row a call, a decoded call, checks of common fields.
 * A handler sees copies only: no pointer to guest memory leaves hypercall.c.
 * Source: TLFS hypercall-interface; hypercalls.md says what refhv decides where the sources differ.
 */
#ifndef REFHV_HYPERCALL_H
#define REFHV_HYPERCALL_H

#include "hv_hypercall.h"
#include "igvm_load.h"
#include "vp.h"

#include <stdbool.h>
#include <stdint.h>

/* A verdict beside the HV_STATUS_* (16 bits): VTL2 gets the call as an intercept, nothing has been done. */
#define HYPERCALL_INTERCEPT UINT32_C(0x10000)

/* Elements of a rep call between two looks at what else the VP has to do. */
#define HYPERCALL_REP_BATCH 16u

/* Largest whole input of a simple call, header and element of a rep call, and output, in words. A simple call with
 * more output is a large one. */
#define HYPERCALL_INPUT_WORDS 35u
#define HYPERCALL_HEADER_WORDS 2u
#define HYPERCALL_ELEMENT_WORDS 4u
#define HYPERCALL_OUTPUT_WORDS 2u
#define HYPERCALL_LARGE_WORDS (HV_VBS_REPORT_LIST_BYTES / 8u)
#define HYPERCALL_FAST_WORDS (HV_FAST_BYTES_MAX / 8u)

struct hypercall {
    struct vp *vp;
    unsigned slot; /* who calls */
    bool smccc;
    bool fast;
    uint16_t code;
    uint64_t control;
    uint32_t rep_count;
    uint32_t rep_start;
    uint64_t return_pc; /* after the HVC */
    uint64_t input_gpa;
    uint64_t output_gpa;
    const uint8_t *input; /* the guest's list: read by hypercall.c alone */
    uint8_t *output;

    /* For a rep call: what begin() found in the header, for element(). */
    struct vp *target;
    unsigned target_slot;
    uint32_t map_flags;
};

/* begin: a simple call as a whole, or the header of a rep call. element: one element of a rep call. */
typedef uint32_t (*hypercall_begin_t)(struct hypercall *call, const void *input, void *output);
typedef uint32_t (*hypercall_element_t)(struct hypercall *call, const void *input, void *output);

#define HYPERCALL_BY_VTL0 (1u << SLOT_VTL0)
#define HYPERCALL_BY_VTL2 (1u << SLOT_VTL2)

struct hypercall_entry {
    uint16_t code;
    uint8_t callers;        /* HYPERCALL_BY_* */
    uint8_t denied;         /* the status for any other caller */
    uint16_t input_bytes;   /* all of a simple call's input, a rep call's header */
    uint16_t element_bytes; /* rep call: an input element */
    uint16_t output_bytes;  /* simple call: the output; rep call: an output element */
    hypercall_begin_t begin;
    hypercall_element_t element; /* NULL: a simple call */
};

/* NULL if refhv does not know the code. */
const struct hypercall_entry *hypercall_find(uint16_t code);

/* Common input fields. Each returns HV_STATUS_SUCCESS and a result, or the status to fail with. */
uint32_t hypercall_partition(uint64_t partition_id);
uint32_t hypercall_vp(const struct hypercall *call, uint32_t vp_index, struct vp **vp);
uint32_t hypercall_input_vtl(const struct hypercall *call, uint8_t input_vtl, unsigned *slot);
uint32_t hypercall_plain_vtl(const struct hypercall *call, uint8_t vtl, unsigned *slot);
bool hypercall_is_zero(const uint8_t *bytes, unsigned count);

/* The caller's own VP, or one whose target VTL does not run, so that its state stands still. */
uint32_t hypercall_target_at_rest(const struct hypercall *call, const struct vp *target,
                                  unsigned slot);

/* Families. */
uint32_t hypercall_registers_begin(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_registers_get(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_registers_set(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_enable_partition_vtl(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_enable_vp_vtl(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_start_vp(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_protection_begin(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_protection_page(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_assert_interrupt(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_vp_index_begin(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_vp_index_element(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_translate(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_install_intercept(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_post_message(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_signal_event(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_post_message_direct(struct hypercall *call, const void *input, void *output);
uint32_t hypercall_signal_event_direct(struct hypercall *call, const void *input, void *output);

uint32_t hypercall_report(struct hypercall *call, const void *input, void *output);

/* At start, before a guest runs: what the report says of the file. */
void hypercall_report_init(const struct igvm_load_result *loaded);

#endif /* REFHV_HYPERCALL_H */
