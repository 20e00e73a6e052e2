/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables of the page with a row for each file, function, call. */
#include "write_html.h"

#include <stdlib.h>
#include <string.h>

static void add_file_row(struct text *out, const struct file *file, bool sum)
{
    html_row_begin(out);
    html_name(out, sum ? file->folder : file->path, !sum);
    html_number(out, file->source_lines);
    html_number(out, file->code_lines);
    for (size_t part = 0; part < PARTS; part++) {
        html_number(out, file->bytes[part]);
    }
    html_row_end(out);
}

static void add_to(struct file *sum, const struct file *file)
{
    sum->source_lines += file->source_lines;
    sum->code_lines += file->code_lines;
    for (size_t part = 0; part < PARTS; part++) {
        sum->bytes[part] += file->bytes[part];
    }
}

/* Rows of folders, or of all files, of that kind. */
static void add_file_rows(struct text *out, const struct report *report, enum file_kind kind,
                          bool folders)
{
    const struct files *files = &report->program.files;
    size_t *order = files_sorted(files);
    struct file sum = {0};
    struct file all = {.folder = "all"};

    for (size_t i = 0; i < files->count; i++) {
        const struct file *file = &files->items[order[i]];

        if (file->kind != kind) {
            continue;
        }
        if (folders && sum.folder != NULL && strcmp(sum.folder, file->folder) != 0) {
            add_file_row(out, &sum, true);
            sum = (struct file){0};
        }
        sum.folder = file->folder;
        add_to(&sum, file);
        add_to(&all, file);
        if (!folders) {
            add_file_row(out, file, false);
        }
    }
    if (folders && sum.folder != NULL) {
        add_file_row(out, &sum, true);
        add_file_row(out, &all, true);
    }
    free(order);
}

void html_write_files(struct text *out, const struct report *report, enum file_kind kind,
                      const char *caption)
{
    static const struct html_column columns[] = {
        {"Of", false},       {"Source lines", true}, {"Lines in code", true}, {"Code, bytes", true},
        {"Constants", true}, {"Data", true},         {"Zeroed", true},
    };

    html_table_begin(out, caption, columns, 7);
    add_file_rows(out, report, kind, true);
    html_table_end(out);
    html_details_begin(out, "Each file");
    html_table_begin(out, "Each file", columns, 7);
    add_file_rows(out, report, kind, false);
    html_table_end(out);
    html_details_end(out);
}

void html_write_entries(struct text *out, const struct report *report)
{
    static const struct html_column columns[] = {
        {"Function", false}, {"Bytes of", false}, {"File", false},
        {"Fuzzed", false},   {"Harness", false},  {"Reaches", true},
    };

    html_table_begin(out, "Entries", columns, 6);
    for (size_t i = 0; i < report->untrusted.count; i++) {
        const struct untrusted_entry *entry = &report->untrusted.entries[i];

        html_row_begin(out);
        html_name(out, entry->function, true);
        html_cell(out, untrusted_source_name(entry->source));
        html_code(out, entry->file);
        html_state(out, entry->state == HARNESS_FEEDS ? "good" : "bad",
                   untrusted_state_text(entry->state));
        html_code(out, entry->harness);
        html_number(out, entry->reached);
        html_row_end(out);
    }
    html_table_end(out);
}

static char *callers_text(const struct report *report, size_t function)
{
    struct text text = {0};

    for (size_t i = 0; i < report->program.call_count; i++) {
        const struct call *call = &report->program.calls[i];

        if (call->to == function) {
            text_add(&text, "%s%s", text.bytes == 0 ? "" : ", ",
                     report->program.functions[call->from].name);
        }
    }
    return text.data == NULL ? string_copy("", 0) : text.data;
}

static void add_reached_row(struct text *out, const struct report *report, size_t index)
{
    const struct function *function = &report->program.functions[index];
    char *place = report_place(report, function->file, function->line);
    char *sources = untrusted_sources_text(function->reached);
    char *fed = untrusted_fed_text(&report->untrusted, report->untrusted.fed[index]);
    char *callers = callers_text(report, index);

    html_row_begin(out);
    html_name(out, function->name, true);
    html_code(out, place);
    html_cell(out, sources);
    if (*fed != '\0') {
        html_code(out, fed);
    } else {
        html_state(out, "bad", "none");
    }
    text_add(out, "<td class=\"long\"><code>");
    text_add_escaped(out, callers);
    text_add(out, "</code></td>");
    html_row_end(out);
    free(callers);
    free(fed);
    free(sources);
    free(place);
}

void html_write_reached(struct text *out, const struct report *report)
{
    static const struct html_column columns[] = {
        {"Function", false},  {"Source", false},    {"Reached by bytes of", false},
        {"Harnesses", false}, {"Called by", false},
    };

    html_details_begin(out, "Each function that can be reached");
    html_table_begin(out,
                     "Functions that can be reached, by address; harnesses are those of their "
                     "entries that link their file",
                     columns, 5);
    for (size_t i = 0; i < report->program.function_count; i++) {
        if (report->program.functions[i].reached != 0) {
            add_reached_row(out, report, i);
        }
    }
    html_table_end(out);
    html_details_end(out);
}

void html_write_sites(struct text *out, const struct report *report)
{
    static const struct html_column columns[] = {
        {"Function", false}, {"Source", false}, {"Calls by", false}, {"Targets", true}};

    html_details_begin(out, "Each indirect call");
    html_table_begin(out, "Indirect calls", columns, 4);
    for (size_t i = 0; i < report->program.site_count; i++) {
        const struct site *site = &report->program.sites[i];
        char *place = report_place(report, site->file, site->line);
        char *slots = report_slots_text(site);

        html_row_begin(out);
        html_name(out, report->program.functions[site->function].name, true);
        html_code(out, place);
        html_code(out, slots);
        html_number(out, site->targets);
        html_row_end(out);
        free(slots);
        free(place);
    }
    html_table_end(out);
    html_details_end(out);
}

static void add_bar(struct text *out, uint64_t value, uint64_t limit)
{
    uint64_t share = value >= limit ? 100 : value * 100 / limit;

    text_add(out,
             "<td><svg class=\"bar\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" "
             "aria-hidden=\"true\"><rect class=\"back\" width=\"100\" height=\"8\"/>"
             "<rect class=\"fill\" width=\"%llu\" height=\"8\"/></svg></td>",
             (unsigned long long)share);
}

void html_write_stacks(struct text *out, const struct report *report)
{
    static const struct html_column columns[] = {
        {"Entry", false},       {"Stack", false}, {"Deepest", true},
        {"With a panic", true}, {"Room", true},   {"Used", false},
    };
    uint64_t panic = report->stacks.depths[report->stacks.panic];

    html_section_begin(out, "stack", "Stack");
    html_paragraph(
        out,
        "Frames are those that the compiler tells, or the sum of what the instructions take if that is more; "
        "assembly’s are from the instructions. The deepest way of calls is added up; a "
        "panic can come on top of any.");
    html_table_begin(out, "Worst case in bytes", columns, 6);
    for (size_t i = 0; i < report->stacks.count; i++) {
        const struct stack_entry *entry = &report->stacks.entries[i];

        html_row_begin(out);
        html_name(out, entry->name, false);
        html_cell(out, entry->stack);
        html_number(out, entry->depth);
        html_number(out, entry->depth + panic);
        html_number(out, entry->room);
        add_bar(out, entry->depth + panic, entry->room);
        html_row_end(out);
    }
    html_table_end(out);
    html_details_begin(out, "The deepest ways, with each frame");
    for (size_t i = 0; i < report->stacks.count; i++) {
        char *path = report_path_text(report, &report->stacks.entries[i]);

        text_add(out, "<p><strong>%s</strong>: <code>", report->stacks.entries[i].name);
        text_add_escaped(out, path);
        text_add(out, "</code></p>\n");
        free(path);
    }
    html_details_end(out);
    html_section_end(out);
}

void html_write_rights(struct text *out, const struct report *report)
{
    static const struct html_column ranges[] = {
        {"Part", false}, {"From", true}, {"To", true}, {"Bytes", true}, {"Rights", false}};
    static const struct html_column checks[] = {{"Checked", false}, {"Result", false}};

    html_section_begin(out, "memory", "Memory of the image");
    html_table_begin(out, "Rights of each part", ranges, 5);
    for (size_t i = 0; i < report->rights.range_count; i++) {
        const struct right_range *range = &report->rights.ranges[i];

        html_row_begin(out);
        html_name(out, range->name, false);
        text_add(out, "<td class=\"n\">0x%06llx</td><td class=\"n\">0x%06llx</td>",
                 (unsigned long long)range->start, (unsigned long long)range->end);
        html_number(out, range->end - range->start);
        html_cell(out, range->rights);
        html_row_end(out);
    }
    html_table_end(out);
    html_table_begin(out, "Write xor execute", checks, 2);
    for (size_t i = 0; i < report->rights.check_count; i++) {
        const struct right_check *check = &report->rights.checks[i];

        html_row_begin(out);
        html_name(out, check->what, false);
        html_state(out, check->good ? "good" : "bad", check->good ? "holds" : check->finding);
        html_row_end(out);
    }
    html_table_end(out);
    html_section_end(out);
}

void html_write_variables(struct text *out, const struct report *report)
{
    static const struct html_column columns[] = {
        {"Variable", false}, {"Section", false}, {"Bytes", true}, {"File", false}};
    char *bytes = number_text(report->rights.writable_bytes);

    html_section_begin(out, "variables", "Variables");
    text_add(out,
             "<p>All that can be written, stacks and VTL2’s page pool apart: %zu variables in %s "
             "bytes. There is no heap.</p>\n",
             report->rights.variable_count, bytes);
    html_details_begin(out, "Each variable");
    html_table_begin(out, "Variables, largest first", columns, 4);
    for (size_t i = 0; i < report->rights.variable_count; i++) {
        const struct right_variable *variable = &report->rights.variables[i];

        html_row_begin(out);
        html_name(out, variable->name, true);
        html_code(out, variable->section);
        html_number(out, variable->bytes);
        html_code(out, report_file(report, variable->file));
        html_row_end(out);
    }
    html_table_end(out);
    html_details_end(out);
    html_section_end(out);
    free(bytes);
}
