/* SPDX-License-Identifier: BSD-3-Clause */
#include "igvm_writer.h"

#include "fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct buffer {
    uint8_t *data;
    size_t bytes;
    size_t room;
};

/* A file_offset field in the headers, and what it refers to in the data. */
struct fixup {
    size_t field;
    size_t data;
};

/* Open addressing over the pages stored so far; page: data offset plus one, 0 for a free slot. */
struct slot {
    uint64_t hash;
    size_t page;
};

struct igvm_writer {
    struct buffer headers;
    struct buffer data;
    struct fixup *fixups;
    size_t fixup_count;
    size_t fixup_room;
    struct slot *slots;
    size_t slot_count; /* a power of two */
    size_t slots_used;
};

#define FIRST_SLOTS 1024u

static void *grow(void *memory, size_t count, size_t size)
{
    void *bigger = reallocarray(memory, count, size);

    if (bigger == NULL) {
        fputs("igvm: out of memory\n", stderr);
        exit(1);
    }
    return bigger;
}

/* Appends `bytes` bytes, zeroed, and returns where they begin. */
static uint8_t *buffer_add(struct buffer *buffer, size_t bytes)
{
    if (bytes > buffer->room - buffer->bytes) {
        while (bytes > buffer->room - buffer->bytes) {
            buffer->room = buffer->room == 0 ? 65536 : buffer->room * 2;
        }
        buffer->data = grow(buffer->data, buffer->room, 1);
    }
    uint8_t *at = buffer->data + buffer->bytes;
    memset(at, 0, bytes);
    buffer->bytes += bytes;
    return at;
}

struct igvm_writer *igvm_writer_new(void)
{
    struct igvm_writer *writer = grow(NULL, 1, sizeof(*writer));

    *writer = (struct igvm_writer){.slot_count = FIRST_SLOTS};
    writer->slots = grow(NULL, FIRST_SLOTS, sizeof(*writer->slots));
    memset(writer->slots, 0, FIRST_SLOTS * sizeof(*writer->slots));
    return writer;
}

void igvm_writer_free(struct igvm_writer *writer)
{
    free(writer->headers.data);
    free(writer->data.data);
    free(writer->fixups);
    free(writer->slots);
    free(writer);
}

/* Returns the offset of the body in the headers. */
static size_t add_header(struct igvm_writer *writer, uint32_t type, const void *body,
                         uint32_t bytes)
{
    struct igvm_variable_header frame = {type, bytes};
    size_t padded = (bytes + IGVM_HEADER_ALIGNMENT - 1u) & ~(size_t)(IGVM_HEADER_ALIGNMENT - 1u);
    uint8_t *to = buffer_add(&writer->headers, sizeof(frame) + padded);

    memcpy(to, &frame, sizeof(frame));
    memcpy(to + sizeof(frame), body, bytes);
    return (size_t)(to - writer->headers.data) + sizeof(frame);
}

static void add_fixup(struct igvm_writer *writer, size_t field, size_t data)
{
    if (writer->fixup_count == writer->fixup_room) {
        writer->fixup_room = writer->fixup_room == 0 ? 1024 : writer->fixup_room * 2;
        writer->fixups = grow(writer->fixups, writer->fixup_room, sizeof(*writer->fixups));
    }
    writer->fixups[writer->fixup_count++] = (struct fixup){field, data};
}

void igvm_writer_header(struct igvm_writer *writer, uint32_t type, const void *body, uint32_t bytes)
{
    (void)add_header(writer, type, body, bytes);
}

/* FNV-1a over words; only speed depends on its quality. */
static uint64_t page_hash(const uint8_t page[IGVM_PAGE_BYTES])
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < IGVM_PAGE_BYTES; i += sizeof(hash)) {
        uint64_t word;
        memcpy(&word, page + i, sizeof(word));
        hash = (hash ^ word) * UINT64_C(0x100000001b3);
        hash ^= hash >> 29;
    }
    return hash;
}

static void grow_slots(struct igvm_writer *writer)
{
    size_t count = writer->slot_count * 2;
    struct slot *slots = grow(NULL, count, sizeof(*slots));

    memset(slots, 0, count * sizeof(*slots));
    for (size_t i = 0; i < writer->slot_count; i++) {
        size_t at = writer->slots[i].hash & (count - 1);
        if (writer->slots[i].page == 0) {
            continue;
        }
        while (slots[at].page != 0) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = writer->slots[i];
    }
    free(writer->slots);
    writer->slots = slots;
    writer->slot_count = count;
}

/* Where the data holds this page, adding it if it does not yet. */
static size_t store_page(struct igvm_writer *writer, const uint8_t page[IGVM_PAGE_BYTES])
{
    uint64_t hash = page_hash(page);
    size_t at = hash & (writer->slot_count - 1);

    for (; writer->slots[at].page != 0; at = (at + 1) & (writer->slot_count - 1)) {
        size_t stored = writer->slots[at].page - 1;
        if (writer->slots[at].hash == hash &&
            memcmp(writer->data.data + stored, page, IGVM_PAGE_BYTES) == 0) {
            return stored;
        }
    }
    size_t offset = writer->data.bytes;
    memcpy(buffer_add(&writer->data, IGVM_PAGE_BYTES), page, IGVM_PAGE_BYTES);
    writer->slots[at] = (struct slot){hash, offset + 1};
    if (++writer->slots_used > writer->slot_count / 2) {
        grow_slots(writer);
    }
    return offset;
}

void igvm_writer_page(struct igvm_writer *writer, uint64_t gpa, uint32_t mask, uint32_t flags,
                      const void *data, size_t bytes)
{
    static const uint8_t zeros[IGVM_PAGE_BYTES];
    struct igvm_page_data body = {
        .gpa = gpa,
        .compatibility_mask = mask,
        .flags = flags,
        .data_type = IGVM_DATA_NORMAL,
    };
    uint8_t page[IGVM_PAGE_BYTES] = {0};

    memcpy(page, data, bytes < sizeof(page) ? bytes : sizeof(page));
    size_t at = add_header(writer, IGVM_TYPE_PAGE_DATA, &body, sizeof(body));
    if (memcmp(page, zeros, sizeof(page)) != 0) {
        add_fixup(writer, at + offsetof(struct igvm_page_data, file_offset),
                  store_page(writer, page));
    }
}

void igvm_writer_pages(struct igvm_writer *writer, uint64_t gpa, uint32_t mask, uint32_t flags,
                       const void *data, size_t bytes)
{
    const uint8_t *from = data;

    for (size_t done = 0; done < bytes; done += IGVM_PAGE_BYTES) {
        igvm_writer_page(writer, gpa + done, mask, flags, from + done, bytes - done);
    }
}

void igvm_writer_data(struct igvm_writer *writer, uint32_t type, const void *body, uint32_t bytes,
                      size_t offset_field, const struct igvm_part *data)
{
    size_t at = add_header(writer, type, body, bytes);
    size_t place = writer->data.bytes;

    memcpy(buffer_add(&writer->data, data->bytes), data->data, data->bytes);
    add_fixup(writer, at + offset_field, place);
}

void igvm_writer_copy(struct igvm_writer *writer, const struct igvm_file *file, bool measurement)
{
    static const uint8_t zeros[IGVM_PAGE_BYTES];
    struct igvm_cursor cursor = {0};
    struct igvm_header header;

    while (igvm_next(file, &cursor, &header)) {
        const uint8_t *body = file->data + header.body_offset;
        const struct header_data data = header_data(file, &header);
        const uint8_t *page = NULL;

        if (header.type == IGVM_TYPE_VBS_MEASUREMENT && !measurement) {
            continue;
        }
        if (header.type == IGVM_TYPE_PAGE_DATA) {
            page = igvm_page(file, &header.page_data);
            igvm_writer_page(writer, header.page_data.gpa, header.page_data.compatibility_mask,
                             header.page_data.flags, page != NULL ? page : zeros, IGVM_PAGE_BYTES);
        } else if (data.bytes != 0) {
            const struct igvm_part content = {file->data + data.offset, data.bytes};
            igvm_writer_data(writer, header.type, body, header.body_bytes, data.field, &content);
        } else {
            igvm_writer_header(writer, header.type, body, header.body_bytes);
        }
    }
}

void igvm_writer_context(struct igvm_writer *writer, uint32_t mask,
                         const struct igvm_vp_register *registers, uint32_t count)
{
    struct igvm_vp_context body = {.compatibility_mask = mask};
    size_t at = add_header(writer, IGVM_TYPE_VP_CONTEXT, &body, IGVM_VP_CONTEXT_BYTES);
    size_t data = writer->data.bytes;

    memcpy(buffer_add(&writer->data, sizeof(count)), &count, sizeof(count));
    for (uint32_t i = 0; i < count; i++) {
        uint8_t *record = buffer_add(&writer->data, IGVM_VP_REGISTER_BYTES);
        record[0] = registers[i].vtl;
        memcpy(record + IGVM_VP_REGISTER_NAME_OFFSET, &registers[i].name,
               sizeof(registers[i].name));
        memcpy(record + IGVM_VP_REGISTER_VALUE_OFFSET, &registers[i].value,
               sizeof(registers[i].value));
    }
    add_fixup(writer, at + offsetof(struct igvm_vp_context, file_offset), data);
}

/* All that is known only now: file offsets, sizes, the checksum. */
static void write_file(const struct igvm_writer *writer, uint8_t *file, size_t bytes)
{
    struct igvm_fixed_header fixed = {
        .magic = IGVM_MAGIC,
        .format_version = IGVM_VERSION_2,
        .variable_header_offset = sizeof(fixed),
        .variable_header_size = (uint32_t)writer->headers.bytes,
        .total_file_size = (uint32_t)bytes,
        .architecture = IGVM_ARCHITECTURE_AARCH64,
        .page_size = IGVM_PAGE_BYTES,
    };
    uint8_t *headers = file + sizeof(fixed);
    size_t data_start = sizeof(fixed) + writer->headers.bytes;

    memcpy(headers, writer->headers.data, writer->headers.bytes);
    memcpy(file + data_start, writer->data.data, writer->data.bytes);
    for (size_t i = 0; i < writer->fixup_count; i++) {
        uint32_t offset = (uint32_t)(data_start + writer->fixups[i].data);
        memcpy(headers + writer->fixups[i].field, &offset, sizeof(offset));
    }
    uint32_t crc = igvm_crc32(0, &fixed, sizeof(fixed));
    fixed.checksum = igvm_crc32(crc, headers, writer->headers.bytes);
    memcpy(file, &fixed, sizeof(fixed));
}

enum igvm_status igvm_writer_finish(struct igvm_writer *writer, uint8_t **file, size_t *bytes)
{
    struct igvm_file check;

    if (writer->headers.bytes == 0 || writer->data.bytes == 0) {
        return IGVM_TOO_SHORT;
    }
    *bytes = sizeof(struct igvm_fixed_header) + writer->headers.bytes + writer->data.bytes;
    if (*bytes > UINT32_MAX) {
        return IGVM_TOO_LONG;
    }
    *file = grow(NULL, *bytes, 1);
    write_file(writer, *file, *bytes);
    enum igvm_status status = igvm_open(&check, *file, *bytes);
    if (status != IGVM_OK) {
        free(*file);
        *file = NULL;
    }
    return status;
}
