/* SPDX-License-Identifier: BSD-3-Clause */
/* The report on stdout: the sums and what is not as it should be; --json and --html have each row. */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_number(const char *name, uint64_t number, const char *rest)
{
    char *text = number_text(number);

    printf("  %-34s %10s  %s\n", name, text, rest);
    free(text);
}

static void print_budgets(const struct report *report)
{
    printf("Budgets\n");
    for (size_t i = 0; i < BUDGETS; i++) {
        const struct budget *budget = &report->budgets[i];
        char *limit = number_text(budget->limit);
        char *value = number_text(budget->value);

        printf("  %-34s %10s of %10s %-6s %s\n", budget->name,
               budget->state == BUDGET_NOT_MEASURED ? "?" : value, limit, budget->unit,
               budget->state == BUDGET_NOT_MEASURED ? budget->note
                                                    : budget_state_text(budget->state));
        free(value);
        free(limit);
    }
}

struct folder {
    const char *name;
    enum file_kind kind;
    uint64_t source_lines;
    uint64_t code_lines;
    uint64_t bytes[PARTS];
};

static void print_folder(const struct folder *folder)
{
    char *numbers[2 + PARTS];

    numbers[0] = folder->kind == FILE_OWN ? number_text(folder->source_lines) : string_copy("", 0);
    numbers[1] = number_text(folder->code_lines);
    for (size_t i = 0; i < PARTS; i++) {
        numbers[2 + i] = number_text(folder->bytes[i]);
    }
    printf("  %-30s %8s %8s %9s %9s %8s %9s\n", folder->name, numbers[0], numbers[1], numbers[2],
           numbers[3], numbers[4], numbers[5]);
    for (size_t i = 0; i < 2 + PARTS; i++) {
        free(numbers[i]);
    }
}

static void print_folders(const struct report *report)
{
    const struct files *files = &report->program.files;
    size_t *order = files_sorted(files);
    struct folder folder = {0};
    struct folder sum = {.name = "sum"};

    printf("\nLines and bytes that are linked\n  %-30s %8s %8s %9s %9s %8s %9s\n", "", "source",
           "in code", "code", "constants", "data", "zeroed");
    for (size_t i = 0; i < files->count; i++) {
        const struct file *file = &files->items[order[i]];

        if (file->kind == FILE_COMPILER) {
            continue;
        }
        if (folder.name != NULL && strcmp(folder.name, file->folder) != 0) {
            print_folder(&folder);
            folder = (struct folder){0};
        }
        folder.name = file->folder;
        folder.kind = file->kind;
        folder.source_lines += file->source_lines;
        folder.code_lines += file->code_lines;
        sum.source_lines += file->kind == FILE_OWN ? file->source_lines : 0;
        sum.code_lines += file->code_lines;
        for (size_t part = 0; part < PARTS; part++) {
            folder.bytes[part] += file->bytes[part];
            sum.bytes[part] += file->bytes[part];
        }
    }
    print_folder(&folder);
    print_folder(&sum);
    free(order);
}

static void print_untrusted(const struct report *report)
{
    const struct untrusted *untrusted = &report->untrusted;

    printf("\nWhere bytes of others come in\n");
    for (size_t source = 0; source < UNTRUSTED_SOURCES; source++) {
        size_t entries = 0;
        size_t reached = 0;

        for (size_t i = 0; i < untrusted->count; i++) {
            entries += untrusted->entries[i].source == source ? 1 : 0;
        }
        for (size_t i = 0; i < report->program.function_count; i++) {
            reached += (report->program.functions[i].reached >> source) & 1u;
        }
        printf("  %-34s %10zu  entries, reaching %zu functions\n",
               untrusted_source_name((enum untrusted_source)source), entries, reached);
    }
    print_number("entries without a fuzz harness", untrusted->without_harness, "");
    for (size_t i = 0; i < untrusted->count; i++) {
        const struct untrusted_entry *entry = &untrusted->entries[i];

        if (entry->state != HARNESS_FEEDS) {
            printf("    %-8s %s, %s%s%s\n", untrusted_source_name(entry->source), entry->function,
                   entry->file, entry->state == HARNESS_NOT_NAMED ? "" : ": ",
                   entry->state == HARNESS_NOT_NAMED ? "" : untrusted_state_text(entry->state));
        }
    }
    print_number("marked, and not in the image", untrusted->not_linked, "");
}

static void print_calls(const struct report *report)
{
    size_t any = 0;

    for (size_t i = 0; i < report->program.site_count; i++) {
        any += report->program.sites[i].slot_count == 0 ? 1 : 0;
    }
    printf("\nCalls\n");
    print_number("functions", report->program.function_count, "");
    print_number("calls between them", report->program.call_count, "pairs of functions");
    print_number("indirect calls", report->program.site_count, "");
    print_number("  whose targets are not known", any, "taken for all functions with an address");
    print_number("functions that call themselves", report->stacks.circular_count,
                 "by any way, a panic's own apart");
}

static void print_stacks(const struct report *report)
{
    uint64_t panic = report->stacks.depths[report->stacks.panic];

    printf("\nStack, worst case in bytes, with a panic on top\n");
    for (size_t i = 0; i < report->stacks.count; i++) {
        const struct stack_entry *entry = &report->stacks.entries[i];
        char *depth = number_text(entry->depth + panic);
        char *room = number_text(entry->room);

        printf("  %-38s %6s of %6s  %s\n", entry->name, depth, room, entry->stack);
        free(room);
        free(depth);
    }
}

static void print_rights(const struct report *report)
{
    printf("\nMemory of the image\n");
    for (size_t i = 0; i < report->rights.range_count; i++) {
        const struct right_range *range = &report->rights.ranges[i];

        printf("  %-34s 0x%06llx to 0x%06llx  %s\n", range->name, (unsigned long long)range->start,
               (unsigned long long)range->end, range->rights);
    }
    printf("  write xor execute: %s\n", report->rights.good ? "checked, and so" : "BROKEN");
    for (size_t i = 0; i < report->rights.check_count; i++) {
        const struct right_check *check = &report->rights.checks[i];

        if (!check->good) {
            printf("    not so: %s (%s)\n", check->what, check->finding);
        }
    }
    print_number("variables", report->rights.variable_count, "");
    print_number("bytes of variables", report->rights.writable_bytes, "");
}

void report_write_text(const struct report *report)
{
    print_budgets(report);
    print_folders(report);
    print_untrusted(report);
    print_calls(report);
    print_stacks(report);
    print_rights(report);
    printf("\nDigests\n");
    printf("  SHA-256 of the image               %s\n",
           report->image_sha256 == NULL ? "not given" : report->image_sha256);
    printf("  SHA-256 of the IGVM file           %s\n",
           report->igvm_sha256 == NULL ? "there is no IGVM file" : report->igvm_sha256);
    printf("  launch digest                      %s\n",
           report->launch_digest == NULL ? "there is no IGVM file" : report->launch_digest);
}
