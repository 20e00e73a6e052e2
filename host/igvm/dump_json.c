/* SPDX-License-Identifier: BSD-3-Clause */
#include "certificate.h"
#include "dump.h"
#include "fields.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_BYTES 512u /* of a field, and of a digest */

static json_t *hex_of(const uint8_t *data, size_t bytes)
{
    char text[2 * LONGEST_BYTES + 1];

    hex_write(text, data, bytes <= LONGEST_BYTES ? bytes : LONGEST_BYTES);
    return json_string(text);
}

/* A 64-bit word: JSON's numbers lose digits of large ones, and people read addresses in hexadecimal. */
static json_t *word_of(uint64_t value)
{
    char text[24];

    snprintf(text, sizeof(text), "0x%" PRIx64, value);
    return json_string(text);
}

static json_t *field_of(const uint8_t *body, const struct field *field)
{
    if (field->bytes > 8) {
        return hex_of(body + field->offset, field->bytes);
    }
    uint64_t value = field_value(body, field);
    return field->bytes == 8 ? word_of(value) : json_integer((json_int_t)value);
}

static json_t *registers_of(const struct opened *opened, const struct igvm_vp_context *context)
{
    json_t *list = json_array();
    struct igvm_vp_register found;

    for (uint32_t i = 0; igvm_vp_register(&opened->file, context, i, &found); i++) {
        json_array_append_new(list,
                              json_pack("{s:i,s:s,s:o}", "vtl", found.vtl, "name",
                                        register_name(found.name), "value", word_of(found.value)));
    }
    return list;
}

static json_t *header_of(const struct opened *opened, const struct igvm_header *header)
{
    const struct header_kind *kind = header_kind(header->type);
    const uint8_t *body = opened->file.data + header->body_offset;
    json_t *object = json_pack("{s:s}", "type", kind->name);

    for (const struct field *field = kind->fields; field->bytes != 0; field++) {
        json_object_set_new(object, field->name, field_of(body, field));
    }
    if (header->type == IGVM_TYPE_VP_CONTEXT) {
        json_object_set_new(object, "registers", registers_of(opened, &header->vp_context));
    }
    if (header->type == IGVM_TYPE_PAGE_DATA && header->page_data.file_offset != 0) {
        uint8_t digest[IGVM_DIGEST_BYTES];
        digest_of(digest, igvm_page(&opened->file, &header->page_data), IGVM_PAGE_BYTES);
        json_object_set_new(object, "sha256", hex_of(digest, sizeof(digest)));
    }
    return object;
}

static json_t *text_of(const struct igvm_policy_text *text)
{
    return text->bytes == 0 ? json_null() : json_stringn((const char *)text->data, text->bytes);
}

static json_t *anchor_of(const struct igvm_policy_text *anchor)
{
    uint8_t digest[IGVM_DIGEST_BYTES];
    char subject[256];

    certificate_subject(anchor->data, anchor->bytes, subject, sizeof(subject));
    digest_of(digest, anchor->data, anchor->bytes);
    return json_pack("{s:s,s:i,s:o}", "subject", subject, "bytes", (int)anchor->bytes, "sha256",
                     hex_of(digest, sizeof(digest)));
}

static json_t *policy_of(const struct opened *opened)
{
    struct igvm_policy policy;
    const char *reason;

    if (opened_policy(opened, &policy, &reason) == NULL) {
        return json_null();
    }
    json_t *anchors = json_array();
    for (uint32_t i = 0; i < policy.anchors; i++) {
        json_array_append_new(anchors, anchor_of(&policy.anchor[i]));
    }
    return json_pack("{s:i,s:b,s:b,s:b,s:b,s:I,s:o,s:o,s:o}", "version", (int)IGVM_POLICY_VERSION,
                     "attest", policy.attest, "console", policy.console, "debug", policy.debug,
                     "certificate_dates", policy.dates, "svn", (json_int_t)policy.svn, "server",
                     text_of(&policy.server), "resource", text_of(&policy.resource),
                     "trust_anchors", anchors);
}

static json_t *guest_of(const struct opened *opened)
{
    static const char *const kinds[] = {"none", "linux", "firmware"};
    struct igvm_guest_page guest;

    if (opened_guest(opened, &guest) == NULL || guest.kind > IGVM_GUEST_FIRMWARE) {
        return json_null();
    }
    json_t *line = json_stringn(guest.command_line, guest.command_line_bytes);
    return json_pack("{s:s,s:o,s:I,s:o,s:I,s:o}", "kind", kinds[guest.kind], "kernel_gpa",
                     word_of(guest.kernel_gpa), "kernel_bytes", (json_int_t)guest.kernel_bytes,
                     "initrd_gpa", word_of(guest.initrd_gpa), "initrd_bytes",
                     (json_int_t)guest.initrd_bytes, "command_line",
                     line != NULL ? line : json_null());
}

static json_t *file_of(const struct opened *opened)
{
    uint8_t digest[IGVM_DIGEST_BYTES];
    struct igvm_fixed_header fixed;
    char crc[12];

    memcpy(&fixed, opened->file.data, sizeof(fixed));
    snprintf(crc, sizeof(crc), "0x%08" PRIx32, fixed.checksum);
    digest_of(digest, opened->blob.data, opened->blob.bytes);
    return json_pack("{s:I,s:o,s:s,s:i}", "bytes", (json_int_t)opened->blob.bytes, "sha256",
                     hex_of(digest, sizeof(digest)), "crc32", crc, "format_version",
                     (int)fixed.format_version);
}

bool dump_json(const struct opened *opened)
{
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    uint8_t digest[IGVM_DIGEST_BYTES];
    json_t *platforms = json_array();
    json_t *headers = json_array();

    while (igvm_next(&opened->file, &cursor, &header)) {
        json_array_append_new(header.type == IGVM_TYPE_SUPPORTED_PLATFORM ? platforms : headers,
                              header_of(opened, &header));
    }
    opened_measure(opened, digest);
    json_t *root = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o}", "file", file_of(opened), "digest",
                             hex_of(digest, sizeof(digest)), "platforms", platforms, "policy",
                             policy_of(opened), "guest", guest_of(opened), "headers", headers);
    bool good = root != NULL && json_dumpf(root, stdout, JSON_INDENT(1)) == 0;
    putchar('\n');
    json_decref(root);
    return good;
}
