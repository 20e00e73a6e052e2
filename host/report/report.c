/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define KIB UINT64_C(1024)
#define MIB (1024 * KIB)
#define PAGE_BYTES UINT64_C(4096)

#define LINES_MAX 15000u
#define IMAGE_MAX (160 * KIB)
#define IMAGE_TLS_MAX (512 * KIB)
#define MEMORY_VPS 2u
#define MEMORY_MAX (6 * MIB)
#define MEMORY_VP_MAX (32 * KIB)

#define HOW_TO_MEASURE "not measured: --measured VPS=FILE (--help tells how)"

const char *budget_state_text(enum budget_state state)
{
    static const char *const texts[] = {
        [BUDGET_MET] = "met",
        [BUDGET_MISSED] = "missed",
        [BUDGET_NOT_MEASURED] = "not measured",
    };

    return texts[state];
}

const char *report_file(const struct report *report, size_t file)
{
    return file == FILE_NONE ? "?" : report->program.files.items[file].path;
}

char *report_place(const struct report *report, size_t file, uint32_t line)
{
    return string_make("%s:%u", report_file(report, file), line);
}

char *report_path_text(const struct report *report, const struct stack_entry *entry)
{
    struct text text = {0};

    for (size_t at = entry->function; at != FUNCTION_NONE; at = report->stacks.deepest[at]) {
        const struct function *function = &report->program.functions[at];

        text_add(&text, "%s%s (%u)", text.bytes == 0 ? "" : " > ", function->name, function->frame);
    }
    return text.data;
}

char *report_slots_text(const struct site *site)
{
    struct text text = {0};

    for (size_t i = 0; i < site->slot_count; i++) {
        bool again = false;

        for (size_t j = 0; j < i; j++) {
            again = again || strcmp(site->slots[i]->name, site->slots[j]->name) == 0;
        }
        if (!again) {
            text_add(&text, "%s%s", text.bytes == 0 ? "" : ", ", site->slots[i]->name);
        }
    }
    return text.data == NULL ? string_copy("any", 3) : text.data;
}

void report_measure(struct report *report, uint64_t vps, const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);

    if (root == NULL) {
        report_die("%s: line %d: %s", path, error.line, error.text);
    }
    const json_t *used = json_object_get(json_object_get(root, "memory"), "pages_used");
    if (!json_is_integer(used) || json_integer_value(used) <= 0) {
        report_die("%s is no answer of GET /inspect: it has no memory.pages_used", path);
    }
    struct measurement *measurement =
        list_add((void *)&report->measurements, &report->measurement_count, sizeof(*measurement));
    *measurement = (struct measurement){vps, (uint64_t)json_integer_value(used)};
    json_decref(root);
}

static void set_budget(struct budget *budget, const char *name, const char *unit, uint64_t limit,
                       const char *note)
{
    *budget = (struct budget){.name = name, .unit = unit, .limit = limit, .note = note};
}

static void judge(struct budget *budget, uint64_t value)
{
    budget->value = value;
    budget->state = value <= budget->limit ? BUDGET_MET : BUDGET_MISSED;
}

/* The measurement with fewest VPs from at on; NULL: there is none. */
static const struct measurement *least(const struct report *report, uint64_t vps)
{
    const struct measurement *found = NULL;

    for (size_t i = 0; i < report->measurement_count; i++) {
        const struct measurement *at = &report->measurements[i];

        if (at->vps >= vps && (found == NULL || at->vps < found->vps)) {
            found = at;
        }
    }
    return found;
}

static void judge_memory(const struct report *report, struct budget *all, struct budget *each)
{
    const struct measurement *first = least(report, MEMORY_VPS);
    const struct measurement *more = first == NULL ? NULL : least(report, first->vps + 1);

    all->state = BUDGET_NOT_MEASURED;
    each->state = BUDGET_NOT_MEASURED;
    if (first != NULL && first->vps == MEMORY_VPS) {
        judge(all, first->pages * PAGE_BYTES);
        all->note = "pages in use, told by Paravane";
    }
    if (more != NULL && more->vps > first->vps && more->pages >= first->pages) {
        uint64_t vps = more->vps - first->vps;
        judge(each, ((more->pages - first->pages) * PAGE_BYTES + vps - 1) / vps);
        each->note = "difference of two measurements, by VPs";
    }
}

static bool has_tls(const struct report *report)
{
    for (size_t i = 0; i < report->program.files.count; i++) {
        const struct file *file = &report->program.files.items[i];

        if (file->kind == FILE_THIRD_PARTY && file->unit &&
            string_begins(file->folder, "mbedtls")) {
            return true;
        }
    }
    return false;
}

static void add_file(struct report *report, const struct file *file)
{
    report->own_lines += file->kind == FILE_OWN ? file->source_lines : 0;
    report->own_code += file->kind == FILE_OWN ? file->code_lines : 0;
    report->other_code += file->kind == FILE_THIRD_PARTY ? file->code_lines : 0;
    for (size_t i = 0; i < PARTS; i++) {
        report->part_bytes[i] += file->bytes[i];
        report->total_bytes += file->bytes[i];
    }
}

void report_complete(struct report *report)
{
    bool tls = has_tls(report);

    for (size_t i = 0; i < report->program.files.count; i++) {
        add_file(report, &report->program.files.items[i]);
    }
    report->image_bytes = report->part_bytes[PART_CODE] + report->part_bytes[PART_CONST] +
                          report->part_bytes[PART_DATA];
    set_budget(&report->budgets[0], "own C and assembly", "lines", LINES_MAX,
               "lines without comments and blanks, of all own files that are linked or included");
    judge(&report->budgets[0], report->own_lines);
    set_budget(&report->budgets[1], tls ? "image, with TLS" : "image, without TLS", "bytes",
               tls ? IMAGE_TLS_MAX : IMAGE_MAX, "code, constants, data: what the file holds");
    judge(&report->budgets[1], report->image_bytes);
    set_budget(&report->budgets[2], "VTL2 memory, 2 VPs", "bytes", MEMORY_MAX, HOW_TO_MEASURE);
    set_budget(&report->budgets[3], "VTL2 memory, each further VP", "bytes", MEMORY_VP_MAX,
               HOW_TO_MEASURE);
    judge_memory(report, &report->budgets[2], &report->budgets[3]);
}

size_t report_missed(const struct report *report)
{
    size_t missed = 0;

    for (size_t i = 0; i < BUDGETS; i++) {
        missed += report->budgets[i].state == BUDGET_MISSED ? 1 : 0;
    }
    return missed;
}
