/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Reads an IGVM file in memory, strictly: what igvm_open takes, the reference parser takes too, and
 * more is refused (igvm.md 3 and 6). A file is for the VSM isolation platform, and may be for CCA too. No heap, no library but string.h: for refhv, the image and the
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
#define IGVM_ERROR_RANGES_MAX 16u
/* What has to be written and hashed for a header that has no data in the file. */
#define IGVM_AREA_BYTES_MAX UINT32_C(0x1000000)
#define IGVM_ERROR_BYTES_MAX UINT32_C(0x1000000)

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
    IGVM_NO_VSM_PLATFORM,
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
    IGVM_PAGE_SHARED_IN_VTL2,
    IGVM_PAGE_ORDER,
    IGVM_PAGE_TWICE,
    IGVM_PAGE_IN_AREA,
    /* VP contexts. */
    IGVM_BAD_CONTEXT,
    IGVM_CONTEXT_TWICE,
    IGVM_BAD_REGISTER,
    IGVM_REGISTER_TWICE,
    /* Other headers. */
    IGVM_BAD_CCA_POLICY,
    IGVM_BAD_CORIM,
    IGVM_BAD_ERROR_RANGE,
    IGVM_BAD_VBS_MEASUREMENT,
    IGVM_TWO_VBS_MEASUREMENTS,
    /* igvm_check_start. */
    IGVM_NO_CONTEXT,
    IGVM_NO_PC,
    IGVM_PC_OUTSIDE,
    IGVM_ERROR_RANGE_UNSUPPORTED,
    IGVM_DIGEST_MISMATCH,
    IGVM_STATUSES,
};

struct igvm_file {
    const uint8_t *data;
    uint32_t bytes;
    uint32_t headers_offset;
    uint32_t headers_end;
    uint32_t mask;     /* the bit of the VSM isolation platform, which every file has */
    uint32_t cca_mask; /* the bit of the CCA platform; 0: none */
};

/* Zero it to begin with the first header. */
struct igvm_cursor {
    uint32_t offset;
};

/*
 * A decoded copy. type: IGVM_TYPE_*; all parameters (VP_COUNT, DEVICE_TREE...) use `parameter`. The two
 * long ones, SNP_ID_BLOCK and VBS_MEASUREMENT, are only told where they are.
 */
struct igvm_header {
    uint32_t type;
    uint32_t body_offset; /* in the file */
    uint32_t body_bytes;  /* without padding */
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
        struct igvm_guest_policy guest_policy;
        struct igvm_corim corim;
        struct igvm_cca_policy cca_policy;
        struct igvm_error_range error_range;
        uint32_t compatibility_mask; /* of the long ones */
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

/* The mask of a header that has one; else that of all platforms of the file. */
uint32_t igvm_header_mask(const struct igvm_file *file, const struct igvm_header *header);

/* The signed measurement; false: the file has none. */
bool igvm_vbs_measurement(const struct igvm_file *file, struct igvm_vbs_measurement *measurement);

/* Register number i of a context of the VSM platform; false past the last. */
bool igvm_vp_register(const struct igvm_file *file, const struct igvm_vp_context *context,
                      uint32_t i, struct igvm_vp_register *result);

/* What a loader of the VSM platform needs beyond a well-formed file: a VTL2 context whose PC lies in a
 * page of the file, and no error range, which no loader here can make. */
enum igvm_status igvm_check_start(const struct igvm_file *file);

/* CRC-32/IEEE (igvm.md 1.1), continued from `crc`; begin with 0. */
uint32_t igvm_crc32(uint32_t crc, const void *data, uint64_t bytes);

/* For people; never NULL. */
const char *igvm_status_text(enum igvm_status status);

#endif /* IGVM_READER_H */
