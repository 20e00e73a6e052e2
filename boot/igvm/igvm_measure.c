/* SPDX-License-Identifier: BSD-3-Clause */
#include "igvm_measure.h"

#include <string.h>

#define RECORD_REGISTER 0u
#define RECORD_PAGE 2u
#define METADATA_READABLE 1u
#define METADATA_WRITABLE 2u
#define METADATA_UNMEASURED 4u

/* In front of a page's content. */
struct page_record {
    uint32_t bytes;
    uint32_t type;
    uint64_t zero;
    uint64_t metadata;
    uint64_t page; /* GPA / 4096 */
};
_Static_assert(sizeof(struct page_record) == 32, "igvm.md 7");

struct register_record {
    uint32_t bytes;
    uint32_t type;
    uint64_t zero;
    uint32_t zero1;
    uint8_t vtl;
    uint8_t zero2[7];
    uint32_t name;
    uint64_t value[2];
};
_Static_assert(sizeof(struct register_record) == 48, "igvm.md 7");

struct chain {
    igvm_sha256 *sha256;
    uint8_t *digest;
};

/* content NULL: zeros. */
static void add_page(const struct chain *chain, uint64_t gpa, uint64_t metadata,
                     const uint8_t *content)
{
    static const uint8_t zeros[IGVM_PAGE_BYTES];
    const struct page_record record = {
        .bytes = sizeof(record) + IGVM_PAGE_BYTES,
        .type = RECORD_PAGE,
        .metadata = metadata,
        .page = gpa / IGVM_PAGE_BYTES,
    };
    const struct igvm_part parts[] = {
        {chain->digest, IGVM_DIGEST_BYTES},
        {&record, sizeof(record)},
        {content != NULL ? content : zeros, IGVM_PAGE_BYTES},
    };

    chain->sha256(chain->digest, parts, sizeof(parts) / sizeof(parts[0]));
}

static void add_zeros(const struct chain *chain, uint64_t gpa, uint64_t bytes, uint64_t metadata)
{
    for (uint64_t done = 0; done < bytes; done += IGVM_PAGE_BYTES) {
        add_page(chain, gpa + done, metadata, NULL);
    }
}

/* Not padded to a page. */
static void add_registers(const struct chain *chain, const struct igvm_file *file,
                          const struct igvm_vp_context *context)
{
    struct igvm_vp_register value;

    for (uint32_t i = 0; igvm_vp_register(file, context, i, &value); i++) {
        const struct register_record record = {
            .bytes = sizeof(record),
            .type = RECORD_REGISTER,
            .vtl = value.vtl,
            .name = value.name,
            .value = {value.value, 0}, /* the reader has seen that the upper half is zero */
        };
        const struct igvm_part parts[] = {{chain->digest, IGVM_DIGEST_BYTES},
                                          {&record, sizeof(record)}};
        chain->sha256(chain->digest, parts, sizeof(parts) / sizeof(parts[0]));
    }
}

static uint64_t area_bytes(const struct igvm_file *file, uint32_t index)
{
    struct igvm_cursor cursor = {0};
    struct igvm_header header;

    while (igvm_next(file, &cursor, &header)) {
        if (header.type == IGVM_TYPE_PARAMETER_AREA && header.parameter_area.index == index) {
            return header.parameter_area.number_of_bytes;
        }
    }
    return 0; /* not of a file that igvm_open took */
}

static void add_page_data(const struct chain *chain, const struct igvm_file *file,
                          const struct igvm_page_data *page)
{
    if ((page->flags & IGVM_PAGE_SHARED) != 0) {
        return;
    }
    if ((page->flags & IGVM_PAGE_UNMEASURED) != 0) {
        add_page(chain, page->gpa, METADATA_UNMEASURED, NULL);
    } else {
        add_page(chain, page->gpa, 0, igvm_page(file, page));
    }
}

void igvm_measure(const struct igvm_file *file, igvm_sha256 *sha256,
                  uint8_t digest[IGVM_DIGEST_BYTES])
{
    const struct chain chain = {sha256, digest};
    const struct igvm_cursor first = {0};
    struct igvm_cursor cursor = first;
    struct igvm_header header;

    memset(digest, 0, IGVM_DIGEST_BYTES);
    while (igvm_next(file, &cursor, &header)) {
        if ((igvm_header_mask(file, &header) & file->mask) == 0) {
            continue;
        }
        if (header.type == IGVM_TYPE_PAGE_DATA) {
            add_page_data(&chain, file, &header.page_data);
        } else if (header.type == IGVM_TYPE_PARAMETER_INSERT) {
            add_zeros(&chain, header.parameter_insert.gpa,
                      area_bytes(file, header.parameter_insert.index), METADATA_UNMEASURED);
        } else if (header.type == IGVM_TYPE_ERROR_RANGE) {
            add_zeros(&chain, header.error_range.gpa, header.error_range.number_of_bytes,
                      METADATA_READABLE | METADATA_WRITABLE | METADATA_UNMEASURED);
        }
    }
    /* Registers come last, wherever they are in the file. */
    cursor = first;
    while (igvm_next(file, &cursor, &header)) {
        if (header.type == IGVM_TYPE_VP_CONTEXT) {
            add_registers(&chain, file, &header.vp_context);
        }
    }
}
