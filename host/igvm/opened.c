/* SPDX-License-Identifier: BSD-3-Clause */
#include "opened.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool opened_read(const char *path, struct opened *opened)
{
    *opened = (struct opened){.path = path};
    if (!file_read(path, "IGVM file", &opened->blob)) {
        return false;
    }
    enum igvm_status status = igvm_open(&opened->file, opened->blob.data, opened->blob.bytes);
    if (status != IGVM_OK) {
        tool_error("'%s' is not good: %s", path, igvm_status_text(status));
        opened_free(opened);
        return false;
    }
    return true;
}

void opened_free(struct opened *opened)
{
    free(opened->blob.data);
    *opened = (struct opened){0};
}

void digest_sha256(uint8_t digest[IGVM_DIGEST_BYTES], const struct igvm_part *parts, size_t count)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;

    for (size_t i = 0; good && i < count; i++) {
        good = EVP_DigestUpdate(context, parts[i].data, parts[i].bytes) == 1;
    }
    if (!good || EVP_DigestFinal_ex(context, digest, NULL) != 1) {
        fputs("igvm: OpenSSL gives no SHA-256\n", stderr);
        exit(1);
    }
    EVP_MD_CTX_free(context);
}

void digest_of(uint8_t digest[IGVM_DIGEST_BYTES], const void *data, size_t bytes)
{
    const struct igvm_part part = {data, bytes};

    digest_sha256(digest, &part, 1);
}

void opened_measure(const struct opened *opened, uint8_t digest[IGVM_DIGEST_BYTES])
{
    igvm_measure(&opened->file, digest_sha256, digest);
}

void hex_write(char *to, const uint8_t *from, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        snprintf(to + 2 * i, 3, "%02x", from[i]);
    }
    to[2 * bytes] = '\0';
}

uint64_t opened_vtl2_base(const struct opened *opened)
{
    struct igvm_cursor cursor = {0};
    struct igvm_header header;

    while (igvm_next(&opened->file, &cursor, &header)) {
        if (header.type == IGVM_TYPE_RELOCATABLE_REGION && header.relocatable.vtl == 2) {
            return header.relocatable.base_gpa;
        }
    }
    return 0;
}

bool opened_vtl2_x(const struct opened *opened, uint32_t i, uint64_t *value)
{
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    struct igvm_vp_register found;

    while (igvm_next(&opened->file, &cursor, &header)) {
        if (header.type != IGVM_TYPE_VP_CONTEXT) {
            continue;
        }
        for (uint32_t n = 0; igvm_vp_register(&opened->file, &header.vp_context, n, &found); n++) {
            if (found.vtl == 2 && found.name == IGVM_REGISTER_X0 + i) {
                *value = found.value;
                return true;
            }
        }
    }
    return false;
}

/* The page that VTL2's first X0 + i names by its offset from the image; NULL: none, or one of zeros. */
static const uint8_t *named_page(const struct opened *opened, uint32_t i, uint32_t *flags)
{
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    uint64_t offset = 0;

    if (!opened_vtl2_x(opened, i, &offset)) {
        return NULL;
    }
    const uint64_t gpa = opened_vtl2_base(opened) + offset;
    while (igvm_next(&opened->file, &cursor, &header)) {
        if (header.type == IGVM_TYPE_PAGE_DATA && header.page_data.gpa == gpa &&
            (header.page_data.compatibility_mask & opened->file.mask) != 0) {
            *flags = header.page_data.flags;
            return igvm_page(&opened->file, &header.page_data);
        }
    }
    return NULL;
}

const uint8_t *opened_policy(const struct opened *opened, struct igvm_policy *policy,
                             const char **reason)
{
    uint32_t flags = 0;
    const uint8_t *page = named_page(opened, 2, &flags);

    if (page == NULL) {
        *reason = "there is no policy page";
    } else if (flags != 0) {
        *reason = "the policy page is not measured";
    } else {
        *reason = igvm_policy_read(page, policy);
    }
    return *reason == NULL ? page : NULL;
}

bool opened_agrees(const struct opened *opened, const struct igvm_vbs_measurement *block)
{
    struct igvm_policy policy;
    const char *reason;

    return opened_policy(opened, &policy, &reason) == NULL ||
           (policy.svn == block->svn &&
            policy.debug == ((block->policy_flags & IGVM_VBS_POLICY_DEBUG) != 0));
}

const struct igvm_guest_page *opened_guest(const struct opened *opened,
                                           struct igvm_guest_page *guest)
{
    uint32_t flags = 0;
    const uint8_t *page = named_page(opened, 1, &flags);

    if (page == NULL) {
        return NULL;
    }
    memcpy(guest, page, sizeof(*guest));
    return guest->magic == IGVM_GUEST_MAGIC && guest->version == IGVM_GUEST_VERSION &&
                   guest->command_line_bytes <= sizeof(guest->command_line)
               ? guest
               : NULL;
}
