/* SPDX-License-Identifier: BSD-3-Clause */
#include "compare.h"

#include "fields.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define SYMBOLS_SHOWN 8u
#define LOOK_AHEAD 64u

/* One more difference; true: there is room to tell it. */
static bool differ(struct compare *compare)
{
    return compare->count++ < compare->limit;
}

__attribute__((format(printf, 2, 3))) static void tell(struct compare *compare, const char *format,
                                                       ...)
{
    va_list arguments;

    if (!differ(compare)) {
        return;
    }
    va_start(arguments, format);
    vfprintf(compare->to, format, arguments);
    va_end(arguments);
    fputc('\n', compare->to);
}

/* ---- Headers but pages ---- */

/* The next header that is no page. */
static bool next_other(const struct opened *opened, struct igvm_cursor *cursor,
                       struct igvm_header *header)
{
    while (igvm_next(&opened->file, cursor, header)) {
        if (header->type != IGVM_TYPE_PAGE_DATA) {
            return true;
        }
    }
    return false;
}

static const uint8_t *body_of(const struct opened *opened, const struct igvm_header *header)
{
    return opened->file.data + header->body_offset;
}

/* Where data lies is no difference; what lies there is told of pages, registers and areas. */
static void compare_fields(struct compare *compare, const struct igvm_header *a,
                           const struct igvm_header *b)
{
    const struct header_kind *kind = header_kind(a->type);
    const uint8_t *x = body_of(compare->a, a);
    const uint8_t *y = body_of(compare->b, b);

    for (const struct field *field = kind->fields; field->bytes != 0; field++) {
        if (memcmp(x + field->offset, y + field->offset, field->bytes) == 0 ||
            strcmp(field->name, "file_offset") == 0) {
            continue;
        }
        if (field->bytes > 8) {
            tell(compare, "%s: %s differs", kind->name, field->name);
        } else {
            tell(compare, "%s: %s 0x%" PRIx64 " -> 0x%" PRIx64, kind->name, field->name,
                 field_value(x, field), field_value(y, field));
        }
    }
}

static bool register_of(const struct opened *opened, const struct igvm_header *header,
                        uint32_t name, uint64_t *value)
{
    struct igvm_vp_register found;

    for (uint32_t i = 0; igvm_vp_register(&opened->file, &header->vp_context, i, &found); i++) {
        if (found.name == name) {
            *value = found.value;
            return true;
        }
    }
    return false;
}

static void compare_registers(struct compare *compare, const struct igvm_header *a,
                              const struct igvm_header *b)
{
    struct igvm_vp_register x;
    struct igvm_vp_register y;
    uint64_t value = 0;

    for (uint32_t i = 0;; i++) {
        bool more_a = igvm_vp_register(&compare->a->file, &a->vp_context, i, &x);
        bool more_b = igvm_vp_register(&compare->b->file, &b->vp_context, i, &y);

        if (!more_a && !more_b) {
            return;
        }
        if (more_a && !register_of(compare->b, b, x.name, &value)) {
            tell(compare, "VP_CONTEXT: %s only in the first", register_name(x.name));
        } else if (more_a && value != x.value) {
            tell(compare, "VP_CONTEXT: %s 0x%" PRIx64 " -> 0x%" PRIx64, register_name(x.name),
                 x.value, value);
        } else if (more_a && more_b && x.name != y.name) {
            tell(compare, "VP_CONTEXT: registers in another order, from number %" PRIu32, i);
            return;
        }
        if (more_b && !register_of(compare->a, a, y.name, &value)) {
            tell(compare, "VP_CONTEXT: %s only in the second", register_name(y.name));
        }
    }
}

/* What a header refers to; another length is another field of the header. */
static void compare_data(struct compare *compare, const struct igvm_header *a,
                         const struct igvm_header *b)
{
    const struct header_data x = header_data(&compare->a->file, a);
    const struct header_data y = header_data(&compare->b->file, b);

    if ((x.bytes == 0) != (y.bytes == 0) ||
        (x.bytes == y.bytes && memcmp(compare->a->file.data + x.offset,
                                      compare->b->file.data + y.offset, x.bytes) != 0)) {
        tell(compare, "%s: its data differs", header_kind(a->type)->name);
    }
}

static void compare_header(struct compare *compare, const struct igvm_header *a,
                           const struct igvm_header *b)
{
    struct igvm_vp_register x;
    struct igvm_vp_register y;

    compare_fields(compare, a, b);
    if (a->type == IGVM_TYPE_VP_CONTEXT &&
        igvm_vp_register(&compare->a->file, &a->vp_context, 0, &x) &&
        igvm_vp_register(&compare->b->file, &b->vp_context, 0, &y)) {
        if (x.vtl != y.vtl) {
            tell(compare, "VP_CONTEXT: vtl %u -> %u", x.vtl, y.vtl);
        }
        compare_registers(compare, a, b);
    } else {
        compare_data(compare, a, b);
    }
}

/* Is there one of this type soon? */
static bool comes(const struct opened *opened, struct igvm_cursor cursor, uint32_t type)
{
    struct igvm_header header;

    for (uint32_t i = 0; i < LOOK_AHEAD && next_other(opened, &cursor, &header); i++) {
        if (header.type == type) {
            return true;
        }
    }
    return false;
}

static void compare_headers(struct compare *compare)
{
    struct igvm_cursor at_a = {0};
    struct igvm_cursor at_b = {0};
    struct igvm_header a;
    struct igvm_header b;
    bool more_a = next_other(compare->a, &at_a, &a);
    bool more_b = next_other(compare->b, &at_b, &b);

    while (more_a || more_b) {
        bool both = more_a && more_b && a.type == b.type;
        bool only_a = !both && more_a && (!more_b || !comes(compare->b, at_b, a.type));
        bool only_b = !both && !only_a;

        if (both) {
            compare_header(compare, &a, &b);
        } else {
            tell(compare, "%s: only in the %s", header_kind(only_a ? a.type : b.type)->name,
                 only_a ? "first" : "second");
        }
        more_a = only_b ? more_a : next_other(compare->a, &at_a, &a);
        more_b = only_a ? more_b : next_other(compare->b, &at_b, &b);
    }
}

/* The digest follows the order of the headers (igvm.md 7), pages among them. */
static void compare_order(struct compare *compare)
{
    struct igvm_cursor at_a = {0};
    struct igvm_cursor at_b = {0};
    struct igvm_header a;
    struct igvm_header b;

    while (igvm_next(&compare->a->file, &at_a, &a) && igvm_next(&compare->b->file, &at_b, &b)) {
        if (a.type != b.type) {
            tell(compare, "the same headers in another order: first %s -> %s",
                 header_kind(a.type)->name, header_kind(b.type)->name);
            return;
        }
    }
}

/* ---- Policy and guest: what their pages say ---- */

static bool same_text(const struct igvm_policy_text *a, const struct igvm_policy_text *b)
{
    return a->bytes == b->bytes && (a->bytes == 0 || memcmp(a->data, b->data, a->bytes) == 0);
}

/* What a page says in a number. */
struct said {
    const char *name;
    uint64_t a;
    uint64_t b;
};

static void compare_said(struct compare *compare, const char *page, const struct said *said,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (said[i].a != said[i].b) {
            tell(compare, "%s: %s %" PRIu64 " -> %" PRIu64, page, said[i].name, said[i].a,
                 said[i].b);
        }
    }
}

static void compare_policy(struct compare *compare)
{
    struct igvm_policy a = {0};
    struct igvm_policy b = {0};
    const char *reason;

    if (opened_policy(compare->a, &a, &reason) == NULL ||
        opened_policy(compare->b, &b, &reason) == NULL) {
        return;
    }
    const struct said numbers[] = {
        {"attest", a.attest, b.attest}, {"console", a.console, b.console},
        {"debug", a.debug, b.debug},    {"certificate dates", a.dates, b.dates},
        {"svn", a.svn, b.svn},          {"number of trust anchors", a.anchors, b.anchors},
    };
    compare_said(compare, "policy", numbers, sizeof(numbers) / sizeof(numbers[0]));
    if (!same_text(&a.server, &b.server)) {
        tell(compare, "policy: server '%.*s' -> '%.*s'", (int)a.server.bytes, a.server.data,
             (int)b.server.bytes, b.server.data);
    }
    if (!same_text(&a.resource, &b.resource)) {
        tell(compare, "policy: resource '%.*s' -> '%.*s'", (int)a.resource.bytes, a.resource.data,
             (int)b.resource.bytes, b.resource.data);
    }
    for (uint32_t i = 0; i < a.anchors && i < b.anchors; i++) {
        if (!same_text(&a.anchor[i], &b.anchor[i])) {
            tell(compare, "policy: trust anchor %" PRIu32 " differs", i + 1);
        }
    }
}

static void compare_guest(struct compare *compare)
{
    struct igvm_guest_page a;
    struct igvm_guest_page b;

    if (opened_guest(compare->a, &a) == NULL || opened_guest(compare->b, &b) == NULL) {
        return;
    }
    const struct said numbers[] = {
        {"kind", a.kind, b.kind},
        {"kernel_bytes", a.kernel_bytes, b.kernel_bytes},
        {"initrd_bytes", a.initrd_bytes, b.initrd_bytes},
    };
    compare_said(compare, "guest", numbers, sizeof(numbers) / sizeof(numbers[0]));
    if (a.command_line_bytes != b.command_line_bytes ||
        memcmp(a.command_line, b.command_line, a.command_line_bytes) != 0) {
        tell(compare, "guest: command line differs");
    }
}

/* ---- Pages ---- */

static bool next_page(const struct opened *opened, struct igvm_cursor *cursor,
                      struct igvm_header *header)
{
    while (igvm_next(&opened->file, cursor, header)) {
        if (header->type == IGVM_TYPE_PAGE_DATA) {
            return true;
        }
    }
    return false;
}

static void print_symbols(const struct compare *compare, uint64_t start, uint64_t end)
{
    const char *name;

    for (size_t i = 0; i <= SYMBOLS_SHOWN; i++) {
        name = symbols_in(compare->symbols, start, end, i);
        if (name == NULL) {
            return;
        }
        fprintf(compare->to, "%s%s", i == 0 ? ": " : ", ", i == SYMBOLS_SHOWN ? "..." : name);
    }
}

static void compare_content(struct compare *compare, const struct igvm_page_data *a,
                            const struct igvm_page_data *b)
{
    static const uint8_t zeros[IGVM_PAGE_BYTES];
    const uint8_t *x = igvm_page(&compare->a->file, a);
    const uint8_t *y = igvm_page(&compare->b->file, b);
    const uint64_t base = opened_vtl2_base(compare->a);
    size_t first = IGVM_PAGE_BYTES;
    size_t last = 0;
    size_t bytes = 0;

    x = x != NULL ? x : zeros;
    y = y != NULL ? y : zeros;
    for (size_t i = 0; i < IGVM_PAGE_BYTES; i++) {
        if (x[i] != y[i]) {
            first = first == IGVM_PAGE_BYTES ? i : first;
            last = i;
            bytes++;
        }
    }
    if (bytes == 0 || !differ(compare)) {
        return;
    }
    fprintf(compare->to, "page 0x%" PRIx64 ": %zu byte%s differ%s, from 0x%zx to 0x%zx", a->gpa,
            bytes, bytes == 1 ? "" : "s", bytes == 1 ? "s" : "", first, last);
    if (compare->symbols != NULL && a->gpa >= base) {
        print_symbols(compare, a->gpa - base + first, a->gpa - base + last + 1);
    }
    fputc('\n', compare->to);
}

static void compare_page(struct compare *compare, const struct igvm_page_data *a,
                         const struct igvm_page_data *b)
{
    if (a->flags != b->flags) {
        tell(compare, "page 0x%" PRIx64 ": flags 0x%" PRIx32 " -> 0x%" PRIx32, a->gpa, a->flags,
             b->flags);
    }
    if (a->compatibility_mask != b->compatibility_mask) {
        tell(compare, "page 0x%" PRIx64 ": compatibility_mask 0x%" PRIx32 " -> 0x%" PRIx32, a->gpa,
             a->compatibility_mask, b->compatibility_mask);
    }
    compare_content(compare, a, b);
}

/* Both ascend by GPA: the reader has seen to it. */
static void compare_pages(struct compare *compare)
{
    struct igvm_cursor at_a = {0};
    struct igvm_cursor at_b = {0};
    struct igvm_header a;
    struct igvm_header b;
    bool more_a = next_page(compare->a, &at_a, &a);
    bool more_b = next_page(compare->b, &at_b, &b);

    while (more_a || more_b) {
        if (more_a && (!more_b || a.page_data.gpa < b.page_data.gpa)) {
            tell(compare, "page 0x%" PRIx64 ": only in the first", a.page_data.gpa);
            more_a = next_page(compare->a, &at_a, &a);
        } else if (!more_a || b.page_data.gpa < a.page_data.gpa) {
            tell(compare, "page 0x%" PRIx64 ": only in the second", b.page_data.gpa);
            more_b = next_page(compare->b, &at_b, &b);
        } else {
            compare_page(compare, &a.page_data, &b.page_data);
            more_a = next_page(compare->a, &at_a, &a);
            more_b = next_page(compare->b, &at_b, &b);
        }
    }
}

size_t compare_files(struct compare *compare)
{
    compare->count = 0;
    compare_headers(compare);
    compare_policy(compare);
    compare_guest(compare);
    compare_pages(compare);
    if (compare->count == 0) {
        compare_order(compare);
    }
    if (compare->count > compare->limit) {
        fprintf(compare->to, "... and %zu more\n", compare->count - compare->limit);
    }
    return compare->count;
}
