/* SPDX-License-Identifier: BSD-3-Clause */
/* The report as JSON: host/report/README.md describes its members. */
#include "report.h"

#include <jansson.h>
#include <stdlib.h>

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* A list of NAME's, each made by one function, in the report's own order. */
static json_t *list_of(const struct report *report, size_t count,
                       json_t *(*make)(const struct report *report, size_t index))
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, make(report, i));
    }
    return list;
}

static json_t *text_new(char *text)
{
    json_t *made = json_string(text);

    free(text);
    return made;
}

static json_t *budget_json(const struct report *report, size_t index)
{
    const struct budget *budget = &report->budgets[index];
    json_t *value = budget->state == BUDGET_NOT_MEASURED ? json_null() : number(budget->value);

    return json_pack("{s:s, s:s, s:o, s:o, s:s, s:s}", "name", budget->name, "unit", budget->unit,
                     "limit", number(budget->limit), "value", value, "state",
                     budget_state_text(budget->state), "note", budget->note);
}

static json_t *bytes_json(const uint64_t bytes[PARTS])
{
    return json_pack("{s:o, s:o, s:o, s:o}", "code", number(bytes[PART_CODE]), "constants",
                     number(bytes[PART_CONST]), "data", number(bytes[PART_DATA]), "zeroed",
                     number(bytes[PART_ZEROED]));
}

static json_t *files_json(const struct report *report)
{
    static const char *const kinds[] = {
        [FILE_OWN] = "own",
        [FILE_THIRD_PARTY] = "third-party",
        [FILE_COMPILER] = "compiler",
        [FILE_LINKER] = "linker",
    };
    const struct files *files = &report->program.files;
    size_t *order = files_sorted(files);
    json_t *list = json_array();

    for (size_t i = 0; i < files->count; i++) {
        const struct file *file = &files->items[order[i]];

        /* A compiler's path is this machine's. */
        if (file->kind != FILE_COMPILER) {
            json_array_append_new(
                list, json_pack("{s:s, s:s, s:s, s:b, s:i, s:i, s:o}", "path", file->path, "kind",
                                kinds[file->kind], "folder", file->folder, "unit", file->unit,
                                "source_lines", (int)file->source_lines, "code_lines",
                                (int)file->code_lines, "bytes", bytes_json(file->bytes)));
        }
    }
    free(order);
    return list;
}

static json_t *section_json(const struct report *report, size_t index)
{
    const struct image_section *section = &report->program.image.sections[index + 1];

    return json_pack("{s:s, s:o, s:o, s:b, s:b, s:b}", "name", section->name, "address",
                     number(section->address), "bytes", number(section->bytes), "loaded",
                     section->loaded, "writable", section->writable, "executable",
                     section->executable);
}

static json_t *entry_json(const struct report *report, size_t index)
{
    const struct untrusted_entry *entry = &report->untrusted.entries[index];

    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:b, s:b, s:i}", "function", entry->function,
                     "file", entry->file, "source", untrusted_source_name(entry->source), "harness",
                     entry->harness, "fed", entry->state == HARNESS_FEEDS, "harness_state",
                     untrusted_state_text(entry->state), "linked", entry->root_count != 0,
                     "in_line", entry->in_line, "reaches", (int)entry->reached);
}

static json_t *callers_json(const struct report *report, size_t function, bool callers)
{
    const struct program *program = &report->program;
    json_t *list = json_array();

    for (size_t i = 0; i < program->call_count; i++) {
        const struct call *call = &program->calls[i];

        if ((callers ? call->to : call->from) == function) {
            size_t other = callers ? call->from : call->to;
            json_array_append_new(list, json_string(program->functions[other].name));
        }
    }
    return list;
}

static json_t *function_json(const struct report *report, size_t index)
{
    const struct function *function = &report->program.functions[index];

    return json_pack(
        "{s:s, s:o, s:o, s:s, s:i, s:i, s:b, s:o, s:b, s:o, s:o, s:o, s:o}", "name", function->name,
        "address", number(function->address), "bytes", number(function->bytes), "file",
        report_file(report, function->file), "line", (int)function->line, "frame",
        (int)function->frame, "frame_told", function->frame_told, "depth",
        number(report->stacks.depths[index]), "address_taken", function->taken, "reached_by",
        text_new(untrusted_sources_text(function->reached)), "harnesses",
        text_new(untrusted_fed_text(&report->untrusted, report->untrusted.fed[index])), "callers",
        callers_json(report, index, true), "calls", callers_json(report, index, false));
}

static json_t *site_json(const struct report *report, size_t index)
{
    const struct site *site = &report->program.sites[index];

    return json_pack("{s:s, s:o, s:s, s:i, s:o, s:i}", "function",
                     report->program.functions[site->function].name, "address",
                     number(site->address), "file", report_file(report, site->file), "line",
                     (int)site->line, "calls", text_new(report_slots_text(site)), "targets",
                     (int)site->targets);
}

static json_t *stack_json(const struct report *report, size_t index)
{
    const struct stack_entry *entry = &report->stacks.entries[index];
    json_t *path = json_array();

    for (size_t at = entry->function; at != FUNCTION_NONE; at = report->stacks.deepest[at]) {
        json_array_append_new(path, json_string(report->program.functions[at].name));
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", entry->name, "stack", entry->stack,
                     "depth", number(entry->depth), "panic",
                     number(report->stacks.depths[report->stacks.panic]), "room",
                     number(entry->room), "path", path);
}

static json_t *range_json(const struct report *report, size_t index)
{
    const struct right_range *range = &report->rights.ranges[index];

    return json_pack("{s:s, s:s, s:o, s:o}", "name", range->name, "rights", range->rights, "start",
                     number(range->start), "end", number(range->end));
}

static json_t *check_json(const struct report *report, size_t index)
{
    const struct right_check *check = &report->rights.checks[index];

    return json_pack("{s:s, s:b, s:s?}", "what", check->what, "good", check->good, "finding",
                     check->finding);
}

static json_t *variable_json(const struct report *report, size_t index)
{
    const struct right_variable *variable = &report->rights.variables[index];

    return json_pack("{s:s, s:s, s:o, s:o, s:s}", "name", variable->name, "section",
                     variable->section, "address", number(variable->address), "bytes",
                     number(variable->bytes), "file", report_file(report, variable->file));
}

static json_t *totals_json(const struct report *report)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "own_source_lines",
                     number(report->own_lines), "own_code_lines", number(report->own_code),
                     "third_party_code_lines", number(report->other_code), "image_bytes",
                     number(report->image_bytes), "memory_bytes", number(report->total_bytes),
                     "bytes", bytes_json(report->part_bytes), "entries_without_harness",
                     number(report->untrusted.without_harness), "frames_told_too_small",
                     number(report->program.frames_differing), "functions_calling_themselves",
                     number(report->stacks.circular_count), "writable_bytes",
                     number(report->rights.writable_bytes));
}

static json_t *circular_json(const struct report *report)
{
    json_t *list = json_array();

    for (size_t i = 0; i < report->program.function_count; i++) {
        if (report->stacks.circular[i]) {
            json_array_append_new(list, json_string(report->program.functions[i].name));
        }
    }
    return list;
}

void report_write_json(const struct report *report, const char *path)
{
    const struct program *program = &report->program;
    json_t *root =
        json_pack("{s:i, s:{s:s?, s:s?, s:s?}, s:o, s:o, s:o, s:o}", "schema", 1, "digests",
                  "image_sha256", report->image_sha256, "igvm_sha256", report->igvm_sha256,
                  "launch_digest", report->launch_digest, "budgets",
                  list_of(report, BUDGETS, budget_json), "totals", totals_json(report), "sections",
                  list_of(report, program->image.section_count - 1, section_json), "files",
                  files_json(report));
    json_t *rest = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o}", "entries",
        list_of(report, report->untrusted.count, entry_json), "functions",
        list_of(report, program->function_count, function_json), "indirect_calls",
        list_of(report, program->site_count, site_json), "recursion", circular_json(report),
        "stacks", list_of(report, report->stacks.count, stack_json), "memory",
        list_of(report, report->rights.range_count, range_json), "write_xor_execute",
        report->rights.good, "checks", list_of(report, report->rights.check_count, check_json),
        "variables", list_of(report, report->rights.variable_count, variable_json));

    if (root == NULL || rest == NULL || json_object_update(root, rest) != 0) {
        report_die("the report can't be made into JSON: a name that is no UTF-8?");
    }
    char *text = json_dumps(root, JSON_INDENT(2));
    struct text out = {0};
    text_add(&out, "%s\n", text);
    file_save(path, out.data, out.bytes);
    json_decref(rest);
    json_decref(root);
}
