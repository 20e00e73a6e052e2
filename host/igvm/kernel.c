/* SPDX-License-Identifier: BSD-3-Clause */
#include "kernel.h"

#include "arm64_image.h"
#include "igvm_format.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Linux drivers/firmware/efi/libstub/zboot-header.S. */
#define ZBOOT_MAGIC_OFFSET 4u
#define ZBOOT_MAGIC "zimg"
#define ZBOOT_PAYLOAD_OFFSET 8u
#define ZBOOT_PAYLOAD_BYTES 12u
#define ZBOOT_KIND_OFFSET 24u
#define ZBOOT_KIND_BYTES 8u
#define ZBOOT_HEADER_BYTES 64u

#define PE_HEADER_BYTES 24u
#define PE_SECTION_COUNT 6u
#define PE_OPTIONAL_BYTES 20u
#define PE_SECTION_BYTES 40u
#define PE_SECTION_RAW 16u

static bool is_gzip(const uint8_t *data, size_t bytes)
{
    return bytes >= 18 && data[0] == 0x1f && data[1] == 0x8b && data[2] == 8;
}

/* zlib's loop; *out is the caller's to free whatever the result. */
static int inflate_stream(z_stream *stream, struct blob *out)
{
    size_t room = 0;
    int result = Z_OK;

    while (result == Z_OK) {
        if (out->bytes == room) {
            room = room == 0 ? 32u << 20 : room * 2;
            uint8_t *bigger = room > ARM64_IMAGE_BYTES_MAX ? NULL : realloc(out->data, room);
            if (bigger == NULL) {
                return Z_MEM_ERROR;
            }
            out->data = bigger;
        }
        stream->next_out = out->data + out->bytes;
        stream->avail_out = (uInt)(room - out->bytes);
        result = inflate(stream, Z_NO_FLUSH);
        out->bytes = room - stream->avail_out;
    }
    return result;
}

static const char *gunzip(const uint8_t *data, size_t bytes, struct blob *out)
{
    z_stream stream = {.next_in = (z_const Bytef *)(uintptr_t)data, .avail_in = (uInt)bytes};

    *out = (struct blob){0};
    if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) {
        return "zlib would not start";
    }
    int result = inflate_stream(&stream, out);
    inflateEnd(&stream);
    if (result == Z_STREAM_END) {
        return NULL;
    }
    free(out->data);
    *out = (struct blob){0};
    return result == Z_MEM_ERROR ? "too large when decompressed"
                                 : "its compressed data is damaged or truncated";
}

static bool is_zboot(const struct blob *file)
{
    return file->bytes >= ZBOOT_HEADER_BYTES && memcmp(file->data, "MZ", 2) == 0 &&
           memcmp(file->data + ZBOOT_MAGIC_OFFSET, ZBOOT_MAGIC, 4) == 0;
}

static const char *unpack_zboot(const struct blob *file, struct blob *out)
{
    uint32_t offset;
    uint32_t bytes;

    memcpy(&offset, file->data + ZBOOT_PAYLOAD_OFFSET, sizeof(offset));
    memcpy(&bytes, file->data + ZBOOT_PAYLOAD_BYTES, sizeof(bytes));
    if (offset > file->bytes || bytes > file->bytes - offset) {
        return "truncated EFI zboot file";
    }
    if (memcmp(file->data + ZBOOT_KIND_OFFSET, "gzip\0\0\0\0", ZBOOT_KIND_BYTES) != 0 ||
        !is_gzip(file->data + offset, bytes)) {
        return "an EFI zboot file that is not compressed with gzip; decompress it first";
    }
    return gunzip(file->data + offset, bytes, out);
}

/* An Image does not tell its own length, but its PE sections do (PE format, section 4). */
static bool is_truncated(const struct blob *image, uint64_t pe_offset)
{
    uint16_t sections;
    uint16_t optional_bytes;

    if (pe_offset == 0 || pe_offset > image->bytes || image->bytes - pe_offset < PE_HEADER_BYTES ||
        memcmp(image->data + pe_offset, "PE\0\0", 4) != 0) {
        return false;
    }
    memcpy(&sections, image->data + pe_offset + PE_SECTION_COUNT, sizeof(sections));
    memcpy(&optional_bytes, image->data + pe_offset + PE_OPTIONAL_BYTES, sizeof(optional_bytes));
    uint64_t at = pe_offset + PE_HEADER_BYTES + optional_bytes;
    for (unsigned i = 0; i < sections; i++, at += PE_SECTION_BYTES) {
        uint32_t raw[2]; /* size, file offset */
        if (at + PE_SECTION_BYTES > image->bytes) {
            return true;
        }
        memcpy(raw, image->data + at + PE_SECTION_RAW, sizeof(raw));
        if ((uint64_t)raw[0] + raw[1] > image->bytes) {
            return true;
        }
    }
    return false;
}

static const char *check_image(struct kernel *kernel)
{
    struct arm64_image header;

    if (kernel->image.bytes < sizeof(header)) {
        return "shorter than the header of an arm64 Image";
    }
    memcpy(&header, kernel->image.data, sizeof(header));
    if (header.magic != ARM64_IMAGE_MAGIC) {
        return "not an arm64 Linux Image (no 'ARMd' at byte 56)";
    }
    if ((header.flags & ARM64_IMAGE_FLAG_BIG_ENDIAN) != 0) {
        return "a big-endian kernel";
    }
    if (header.image_size == 0) {
        return "its header gives no image size (older than Linux 3.17)";
    }
    if (header.image_size > ARM64_IMAGE_BYTES_MAX) {
        return "too large";
    }
    if (kernel->image.bytes > header.image_size) {
        return "longer than its header says";
    }
    if (header.text_offset >= ARM64_IMAGE_ALIGNMENT || header.text_offset % IGVM_PAGE_BYTES != 0) {
        return "its text offset is not a page below 2 MiB";
    }
    if (is_truncated(&kernel->image, header.pe_offset)) {
        return "truncated: shorter than its sections";
    }
    kernel->text_offset = header.text_offset;
    kernel->image_size = header.image_size;
    return NULL;
}

const char *kernel_from_file(struct blob file, struct kernel *kernel)
{
    const char *problem = NULL;

    *kernel = (struct kernel){.image = file};
    if (is_zboot(&file)) {
        problem = unpack_zboot(&file, &kernel->image);
    } else if (is_gzip(file.data, file.bytes)) {
        problem = gunzip(file.data, file.bytes, &kernel->image);
    }
    if (kernel->image.data != file.data) {
        free(file.data);
    }
    if (problem == NULL) {
        problem = check_image(kernel);
    }
    if (problem != NULL) {
        free(kernel->image.data);
        kernel->image = (struct blob){0};
    }
    return problem;
}

bool kernel_read(const char *path, struct kernel *kernel)
{
    struct blob file;

    if (!file_read(path, "kernel", &file)) {
        return false;
    }
    const char *problem = kernel_from_file(file, kernel);
    if (problem != NULL) {
        tool_error("the kernel '%s' can't be used: %s", path, problem);
        return false;
    }
    return true;
}
