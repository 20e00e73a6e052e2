/* SPDX-License-Identifier: BSD-3-Clause */
#include "certificate.h"
#include "dump.h"
#include "fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BYTES_SHOWN 48u /* of a long field; --json has all */

/* Pages that lie one behind the other and are treated alike. */
struct run {
    uint64_t gpa;
    uint64_t pages;
    uint64_t zeros; /* of them without data */
    uint32_t flags;
    uint32_t mask;
};

static void print_run(struct run *run)
{
    static const char *const meaning[] = {"measured", "unmeasured", "shared", "shared, unmeasured"};

    if (run->pages == 0) {
        return;
    }
    printf("  PAGE_DATA 0x%08" PRIx64 "..0x%08" PRIx64 "  %" PRIu64 " page%s, %s", run->gpa,
           run->gpa + run->pages * IGVM_PAGE_BYTES, run->pages, run->pages == 1 ? "" : "s",
           meaning[(run->flags >> 1) & 3u]);
    if (run->zeros != 0) {
        printf(", %" PRIu64 " of zeros", run->zeros);
    }
    printf(", platforms 0x%" PRIx32 "\n", run->mask);
    run->pages = 0;
}

static void add_page(struct run *run, const struct igvm_page_data *page)
{
    if (run->pages == 0 || page->gpa != run->gpa + run->pages * IGVM_PAGE_BYTES ||
        page->flags != run->flags || page->compatibility_mask != run->mask) {
        print_run(run);
        *run =
            (struct run){.gpa = page->gpa, .flags = page->flags, .mask = page->compatibility_mask};
    }
    run->pages++;
    run->zeros += page->file_offset == 0;
}

static void print_field(const uint8_t *body, const struct field *field)
{
    if (field->bytes > 8) {
        printf(" %s=", field->name);
        for (uint16_t i = 0; i < field->bytes && i < BYTES_SHOWN; i++) {
            printf("%02x", body[field->offset + i]);
        }
        fputs(field->bytes > BYTES_SHOWN ? "..." : "", stdout);
        return;
    }
    uint64_t value = field_value(body, field);
    if (value != 0 || strncmp(field->name, "reserved", 8) != 0) {
        printf(value < 10 ? " %s=%" PRIu64 : " %s=0x%" PRIx64, field->name, value);
    }
}

static void print_header(const struct opened *opened, const struct igvm_header *header)
{
    const struct header_kind *kind = header_kind(header->type);
    struct igvm_vp_register found;

    printf("  %s", kind->name);
    for (const struct field *field = kind->fields; field->bytes != 0; field++) {
        print_field(opened->file.data + header->body_offset, field);
    }
    putchar('\n');
    for (uint32_t i = 0; header->type == IGVM_TYPE_VP_CONTEXT &&
                         igvm_vp_register(&opened->file, &header->vp_context, i, &found);
         i++) {
        printf("    VTL%u %-9s 0x%" PRIx64 "\n", found.vtl, register_name(found.name), found.value);
    }
}

static void print_text(const char *name, const struct igvm_policy_text *text)
{
    printf("  %-12s %.*s\n", name, text->bytes == 0 ? 4 : (int)text->bytes,
           text->bytes == 0 ? "none" : (const char *)text->data);
}

static void print_policy(const struct opened *opened)
{
    struct igvm_policy policy;
    const char *reason;

    puts("policy");
    if (opened_policy(opened, &policy, &reason) == NULL) {
        printf("  none: %s\n", reason);
        return;
    }
    printf("  %-12s %s\n", "attestation", policy.attest ? "required" : "not required");
    if (policy.attest) {
        printf("  %-12s %s\n", "dates",
               policy.dates ? "checked by the host's clock" : "not checked");
    }
    print_text("server", &policy.server);
    print_text("resource", &policy.resource);
    for (uint32_t i = 0; i < policy.anchors; i++) {
        char subject[256];
        uint8_t digest[IGVM_DIGEST_BYTES];
        char hex[HEX_DIGEST_BYTES];

        certificate_subject(policy.anchor[i].data, policy.anchor[i].bytes, subject,
                            sizeof(subject));
        digest_of(digest, policy.anchor[i].data, policy.anchor[i].bytes);
        hex_write(hex, digest, sizeof(digest));
        printf("  %-12s %s\n  %-12s SHA-256 %s\n", "trust anchor", subject, "", hex);
    }
    printf("  %-12s %s\n", "console", policy.console ? "yes" : "no");
    printf("  %-12s %s\n", "debug", policy.debug ? "YES: the host may debug" : "no");
    printf("  %-12s %" PRIu32 "\n", "svn", policy.svn);
}

static void print_guest(const struct opened *opened)
{
    static const char *const kinds[] = {"none", "Linux", "firmware"};
    struct igvm_guest_page guest;

    puts("guest (not in the digest)");
    if (opened_guest(opened, &guest) == NULL || guest.kind > IGVM_GUEST_FIRMWARE) {
        puts("  no guest page");
        return;
    }
    printf("  %-12s %s\n", "kind", kinds[guest.kind]);
    if (guest.kind == IGVM_GUEST_NONE) {
        return;
    }
    printf("  %-12s %" PRIu64 " bytes at 0x%" PRIx64 "\n",
           guest.kind == IGVM_GUEST_LINUX ? "kernel" : "firmware", guest.kernel_bytes,
           guest.kernel_gpa);
    if (guest.initrd_bytes != 0) {
        printf("  %-12s %" PRIu64 " bytes at 0x%" PRIx64 "\n", "initrd", guest.initrd_bytes,
               guest.initrd_gpa);
    }
    if (guest.kind != IGVM_GUEST_LINUX) {
        return;
    }
    /* A file is anybody's: what it says is shown without what a terminal would obey. */
    printf("  %-12s ", "command line");
    for (uint32_t i = 0; i < guest.command_line_bytes; i++) {
        char c = guest.command_line[i];
        putchar(c >= ' ' && c <= '~' ? c : '?');
    }
    putchar('\n');
}

void dump_text(const struct opened *opened)
{
    struct igvm_cursor cursor = {0};
    struct igvm_header header;
    struct run run = {0};
    uint8_t digest[IGVM_DIGEST_BYTES];
    char hex[HEX_DIGEST_BYTES];

    digest_of(digest, opened->blob.data, opened->blob.bytes);
    hex_write(hex, digest, sizeof(digest));
    printf("file           %zu bytes, SHA-256 %s\n", opened->blob.bytes, hex);
    opened_measure(opened, digest);
    hex_write(hex, digest, sizeof(digest));
    printf("launch digest  %s\n", hex);
    print_policy(opened);
    print_guest(opened);
    puts("headers");
    while (igvm_next(&opened->file, &cursor, &header)) {
        if (header.type == IGVM_TYPE_PAGE_DATA) {
            add_page(&run, &header.page_data);
        } else {
            print_run(&run);
            print_header(opened, &header);
        }
    }
    print_run(&run);
}
