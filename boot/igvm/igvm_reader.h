/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads an IGVM file in memory, strictly: what igvm_open takes, the reference parser takes too, and
 * more is refused (igvm.md 3 and 6). No heap, no library but string.h: for refhv, the image and the
 * host's tool.
 *
 * The file stays the caller's and must not change or move while it is in use. Everything handed out
 * is a copy, except page contents.
 */
#ifndef IGVM_READER_H
#define IGVM_READER_H

#include "igvm_format.h"

#include <stdbool.h>

#define IGVM_AREAS_MAX 16u
#define IGVM_REGIONS_MAX 4u

enum igvm_status {
    IGVM_OK = 0,
    /* Fixed header. */
    IGVM_TOO_SHORT,
    IGVM_TOO_LONG,
    IGVM_BAD_MAGIC,
    IGVM_BAD_VERSION,
    IGVM_BAD_ARCHITECTURE,
    IGVM_BAD_PAGE_SIZE,
    IGVM_BAD_FILE_SIZE,
    IGVM_BAD_HEADER_BOUNDS,
    IGVM_BAD_CHECKSUM,
    /* Framing. */
    IGVM_TRUNCATED_HEADER,
    IGVM_UNKNOWN_TYPE,
    IGVM_BAD_LENGTH,
    IGVM_BAD_PADDING,
    IGVM_BAD_ORDER,
    IGVM_BAD_MASK,
    IGVM_RESERVED_NOT_ZERO,
    IGVM_BAD_FILE_OFFSET,
    IGVM_TRAILING_BYTES,
    /* Platform. */
    IGVM_NO_PLATFORM,
    IGVM_TWO_PLATFORMS,
    IGVM_BAD_PLATFORM,
    IGVM_BAD_VTL,
    IGVM_BAD_VP_INDEX,
    /* Regions. */
    IGVM_BAD_REGION,
    IGVM_REGION_OVERLAP,
    IGVM_REGION_WITHOUT_CONTEXT,
    IGVM_TWO_PAGE_TABLE_REGIONS,
    IGVM_TOO_MANY_REGIONS,
    IGVM_BAD_REQUIRED_MEMORY,
    /* Parameters. */
    IGVM_BAD_AREA,
    IGVM_AREA_TWICE,
    IGVM_AREA_UNKNOWN,
    IGVM_AREA_INSERTED,
    IGVM_AREA_UNUSED,
    IGVM_TOO_MANY_AREAS,
    IGVM_PARAMETER_OUTSIDE,
    IGVM_BAD_INSERT,
    IGVM_INSERT_ORDER,
    /* Pages. */
    IGVM_BAD_PAGE,
    IGVM_BAD_PAGE_TYPE,
    IGVM_PAGE_2MB_UNSUPPORTED,
    IGVM_PAGE_SHARED_UNSUPPORTED,
    IGVM_PAGE_ORDER,
    IGVM_PAGE_TWICE,
    IGVM_PAGE_IN_AREA,
    /* VP contexts. */
    IGVM_BAD_CONTEXT,
    IGVM_CONTEXT_TWICE,
    IGVM_BAD_REGISTER,
    IGVM_REGISTER_TWICE,
    /* Headers of other platforms, or that no AArch64 VSM file of ours needs. */
    IGVM_GUEST_POLICY_UNSUPPORTED,
    IGVM_CORIM_UNSUPPORTED,
    IGVM_CCA_UNSUPPORTED,
    IGVM_SNP_UNSUPPORTED,
    IGVM_ERROR_RANGE_UNSUPPORTED,
    IGVM_VBS_MEASUREMENT_UNSUPPORTED,
    /* igvm_check_start. */
    IGVM_NO_CONTEXT,
    IGVM_NO_PC,
    IGVM_PC_OUTSIDE,
    IGVM_STATUSES,
};

struct igvm_file {
    const uint8_t *data;
    uint32_t bytes;
    uint32_t headers_offset;
    uint32_t headers_end;
    uint32_t mask; /* the platform's bit */
};

/* Zero it to begin with the first header. */
struct igvm_cursor {
    uint32_t offset;
};

/* A decoded copy. type: IGVM_TYPE_*; all parameters (VP_COUNT, DEVICE_TREE...) use `parameter`. */
struct igvm_header {
    uint32_t type;
    union {
        struct igvm_platform platform;
        struct igvm_relocatable_region relocatable;
        struct igvm_page_table_relocation page_table_relocation;
        struct igvm_required_memory required_memory;
        struct igvm_parameter_area parameter_area;
        struct igvm_parameter parameter;
        struct igvm_parameter_insert parameter_insert;
        struct igvm_page_data page_data;
        struct igvm_vp_context vp_context;
    };
};

struct igvm_vp_register {
    uint8_t vtl;
    uint32_t name;
    uint64_t value; /* the record's upper half is checked to be zero */
};

/* Checks the whole file. Only after IGVM_OK may the other functions be used.
 * PAGE_DATA and PARAMETER_INSERT must ascend by GPA: our writer's rule; duplicates are cheap to
 * find then. */
enum igvm_status igvm_open(struct igvm_file *file, const void *data, uint64_t bytes);

/* The next header; false after the last. */
bool igvm_next(const struct igvm_file *file, struct igvm_cursor *cursor,
               struct igvm_header *header);

/* The 4096 bytes of a page, not aligned; NULL for a page of zeros. */
const uint8_t *igvm_page(const struct igvm_file *file, const struct igvm_page_data *page);

/* First content of a parameter area, number_of_bytes long; NULL for none (zeros). */
const uint8_t *igvm_area_content(const struct igvm_file *file,
                                 const struct igvm_parameter_area *area);

/* Register number i of a context; false past the last. */
bool igvm_vp_register(const struct igvm_file *file, const struct igvm_vp_context *context,
                      uint32_t i, struct igvm_vp_register *result);

/* What a loader needs beyond a well-formed file: a VTL2 context whose PC lies in a page of the
 * file. */
enum igvm_status igvm_check_start(const struct igvm_file *file);

/* CRC-32/IEEE (igvm.md 1.1), continued from `crc`; begin with 0. */
uint32_t igvm_crc32(uint32_t crc, const void *data, uint64_t bytes);

/* For people; never NULL. */
const char *igvm_status_text(enum igvm_status status);

#endif /* IGVM_READER_H */
