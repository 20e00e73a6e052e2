/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Any bytes as an IGVM file, its size and checksum put right so that what lies behind them is
 * reached. What the reader takes has to hold to igvm.md: ascending pages, whole data, known
 * registers. The first byte chooses where the file lies, for unaligned reads.
 */
#include "igvm_measure.h"
#include "igvm_policy.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void put_right(uint8_t *file, size_t bytes)
{
    uint32_t total = (uint32_t)bytes;
    uint32_t headers;
    uint32_t crc = 0;

    if (bytes < sizeof(struct igvm_fixed_header)) {
        return;
    }
    memcpy(&headers, file + 12, sizeof(headers));
    memcpy(file + 16, &total, sizeof(total));
    memcpy(file + 20, &crc, sizeof(crc));
    if (headers <= bytes - sizeof(struct igvm_fixed_header)) {
        crc = igvm_crc32(0, file, sizeof(struct igvm_fixed_header) + headers);
        memcpy(file + 20, &crc, sizeof(crc));
    }
}

/* No hash: it looks at each byte that it is given, and counts. */
static uint64_t measured;

static void count_bytes(uint8_t digest[IGVM_DIGEST_BYTES], const struct igvm_part *parts,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t *data = parts[i].data;

        for (size_t j = 0; j < parts[i].bytes; j += 61) {
            digest[j % IGVM_DIGEST_BYTES] ^= data[j];
        }
        measured += i == 0 ? 0 : parts[i].bytes;
    }
}

/* Reads all that a header refers to, for ASan. */
/* A policy that is read can be written, and is the same page then. */
static void check_policy(const uint8_t *page)
{
    static uint8_t again[IGVM_POLICY_PAGE_BYTES];
    struct igvm_policy policy;

    if (page != NULL && igvm_policy_read(page, &policy) == NULL) {
        require(igvm_policy_write(&policy, again) == NULL);
        require(memcmp(again, page, sizeof(again)) == 0);
    }
}

static void touch(const struct igvm_file *file, const struct igvm_header *header)
{
    static volatile uint8_t sink;
    struct igvm_vp_register value;
    uint32_t count = 0;

    if (header->type == IGVM_TYPE_PAGE_DATA) {
        const uint8_t *page = igvm_page(file, &header->page_data);
        require((page == NULL) == (header->page_data.file_offset == 0));
        for (size_t i = 0; page != NULL && i < IGVM_PAGE_BYTES; i++) {
            sink = page[i];
        }
        check_policy(page);
    }
    if (header->type == IGVM_TYPE_PARAMETER_AREA) {
        const uint8_t *content = igvm_area_content(file, &header->parameter_area);
        for (size_t i = 0; content != NULL && i < header->parameter_area.number_of_bytes; i++) {
            sink = content[i];
        }
    }
    if (header->type == IGVM_TYPE_VP_CONTEXT) {
        while (igvm_vp_register(file, &header->vp_context, count, &value)) {
            require(value.vtl == 0 || value.vtl == 2);
            count++;
        }
        require(count >= 1 && count <= 16);
    }
    (void)sink;
}

static void check(const struct igvm_file *file)
{
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    uint64_t last = 0;
    bool seen = false;
    struct igvm_vbs_measurement vbs;
    uint8_t digest[IGVM_DIGEST_BYTES];
    uint32_t platforms = 0;

    while (igvm_next(file, &cursor, &header)) {
        platforms += header.type == IGVM_TYPE_SUPPORTED_PLATFORM;
        if (header.type == IGVM_TYPE_PAGE_DATA) {
            require(header.page_data.gpa % 4096 == 0 && header.page_data.data_type == 0);
            require(!seen || header.page_data.gpa > last);
            last = header.page_data.gpa;
            seen = true;
        }
        touch(file, &header);
    }
    require(cursor.offset == file->headers_end && platforms == (file->cca_mask == 0 ? 1 : 2));
    (void)igvm_check_start(file);
    measured = 0;
    igvm_measure(file, count_bytes, digest);
    require(measured <= UINT64_C(2) * 16 * 0x1010000 + (uint64_t)file->bytes * 200);
    if (igvm_vbs_measurement(file, &vbs)) {
        require(vbs.version == 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct igvm_file file;

    if (size == 0) {
        return 0;
    }
    size_t skew = data[0] % 8;
    size_t bytes = size - 1;
    uint8_t *copy = malloc(bytes + skew + 1);
    memcpy(copy + skew, data + 1, bytes);
    put_right(copy + skew, bytes);
    if (igvm_open(&file, copy + skew, bytes) == IGVM_OK) {
        check(&file);
    }
    free(copy);
    return 0;
}
