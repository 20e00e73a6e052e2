/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside the rules that span headers: what one walk over a file remembers, and the rules by subject.
 * The state is bounded, whatever a file holds. igvm_check.c calls the others in file order, the
 * header's mask checked.
 */
#ifndef IGVM_CHECK_H
#define IGVM_CHECK_H

#include "igvm_frame.h"

struct igvm_area {
    uint32_t index;
    bool inserted;
    uint64_t bytes;
    uint64_t gpa;
};

struct igvm_region {
    uint64_t base;
    uint64_t bytes;
    uint8_t vtl;
    bool page_table;
};

struct igvm_check {
    struct igvm_file *file;
    uint32_t section;
    bool page_table_seen;
    bool vbs_seen;
    bool cca_context_seen;
    uint32_t corim_masks[2]; /* with a document, with a signature */
    bool page_seen;
    uint64_t page_gpa; /* of the last page */
    uint64_t insert_end;
    uint64_t data_end;    /* the last byte that a header refers to */
    bool context_seen[3]; /* by VTL */
    uint32_t area_count;
    uint32_t region_count;
    struct igvm_area areas[IGVM_AREAS_MAX];
    struct igvm_region regions[IGVM_REGIONS_MAX];
    uint32_t error_count;
    struct igvm_error_range errors[IGVM_ERROR_RANGES_MAX];
};

static inline bool igvm_range_overflows(uint64_t base, uint64_t bytes)
{
    return bytes > UINT64_MAX - base;
}

static inline bool igvm_ranges_overlap(uint64_t a, uint64_t a_bytes, uint64_t b, uint64_t b_bytes)
{
    return a < b + b_bytes && b < a + a_bytes;
}

static inline bool igvm_page_aligned(uint64_t value)
{
    return value % IGVM_PAGE_BYTES == 0;
}

static inline bool igvm_vtl_allowed(uint8_t vtl)
{
    return vtl == 0 || vtl == 2;
}

/* Data that a header refers to; extends what the file must end with. */
enum igvm_status igvm_check_data(struct igvm_check *check, uint32_t offset, uint64_t bytes);

/* igvm_check_memory.c */
enum igvm_status igvm_check_relocatable(struct igvm_check *check, const struct igvm_header *header);
enum igvm_status igvm_check_page_tables(struct igvm_check *check, const struct igvm_header *header);
enum igvm_status igvm_check_required(struct igvm_check *check, const struct igvm_header *header);
enum igvm_status igvm_check_page(struct igvm_check *check, const struct igvm_header *header);
enum igvm_status igvm_check_error_range(struct igvm_check *check, const struct igvm_header *header);

/* igvm_check_parameter.c */
enum igvm_status igvm_check_area(struct igvm_check *check, const struct igvm_header *header);
enum igvm_status igvm_check_parameter(struct igvm_check *check, const struct igvm_header *header);
enum igvm_status igvm_check_insert(struct igvm_check *check, const struct igvm_header *header);

/* igvm_check_context.c */
enum igvm_status igvm_check_context(struct igvm_check *check, const struct igvm_header *header);

/* igvm_check_policy.c */
enum igvm_status igvm_check_guest_policy(struct igvm_check *check,
                                         const struct igvm_header *header);
enum igvm_status igvm_check_cca_policy(struct igvm_check *check, const struct igvm_header *header);
enum igvm_status igvm_check_corim(struct igvm_check *check, const struct igvm_header *header);
enum igvm_status igvm_check_snp(struct igvm_check *check, const struct igvm_header *header);
enum igvm_status igvm_check_vbs(struct igvm_check *check, const struct igvm_header *header);

#endif /* IGVM_CHECK_H */
