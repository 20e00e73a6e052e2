/* SPDX-License-Identifier: BSD-3-Clause */
/* The report as one page that needs nothing else: no script, no other file, no network. */
#include "write_html.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *id;
    const char *name;
} contents[] = {
    {"budgets", "Budgets"}, {"bytes", "Bytes"},
    {"lines", "Lines"},     {"untrusted", "Untrusted bytes"},
    {"calls", "Calls"},     {"stack", "Stack"},
    {"memory", "Memory"},   {"variables", "Variables"},
    {"digests", "Digests"},
};

/* value and rest are made here or are texts of ours: no escaping. */
static void add_tile(struct text *out, const char *name, char *value, char *rest)
{
    text_add(out, "<div><dt>%s</dt><dd>%s<small>%s</small></dd></div>\n", name, value, rest);
    free(value);
    free(rest);
}

static uint64_t deepest_share(const struct report *report)
{
    uint64_t most = 0;

    for (size_t i = 0; i < report->stacks.count; i++) {
        const struct stack_entry *entry = &report->stacks.entries[i];
        uint64_t depth = entry->depth + report->stacks.depths[report->stacks.panic];
        uint64_t share = (depth * 100 + entry->room - 1) / entry->room;

        most = share > most ? share : most;
    }
    return most;
}

static void write_tiles(struct text *out, const struct report *report)
{
    size_t missed = report_missed(report);

    text_add(out, "<dl class=\"tiles\">\n");
    add_tile(out, "Own source lines", number_text(report->own_lines),
             string_make("%s of them in code", number_text(report->own_code)));
    add_tile(out, "Third-party lines in code", number_text(report->other_code),
             string_make("all else of those libraries is left out"));
    add_tile(out, "Image", string_make("%.1f KiB", (double)report->image_bytes / 1024),
             string_make("code, constants, data"));
    add_tile(out, "Entries of untrusted bytes", number_text(report->untrusted.count),
             string_make("%zu without a fuzz harness", report->untrusted.without_harness));
    add_tile(out, "Stack in use at worst",
             string_make("%llu %%", (unsigned long long)deepest_share(report)),
             string_make(report->stacks.circular_count == 0 ? "no recursion"
                                                            : "and there is recursion"));
    add_tile(out, "Write xor execute", string_make(report->rights.good ? "holds" : "broken"),
             string_make("%zu checks of the ELF file", report->rights.check_count));
    add_tile(out, "Budgets missed", number_text(missed), string_make("of %d", BUDGETS));
    text_add(out, "</dl>\n");
}

static void write_head(struct text *out, const struct report *report)
{
    html_page_begin(out, "Paravane: what is in the image");
    text_add(
        out,
        "<header>\n<h1>What is in Paravane’s image</h1>\n"
        "<p class=\"lead\">What an auditor has to trust, and where to begin: each figure is from "
        "the linked image itself, its debug information, its linker map and its machine "
        "code.</p>\n");
    write_tiles(out, report);
    text_add(out, "</header>\n<nav aria-label=\"Contents\">\n<ul>\n");
    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        text_add(out, "<li><a href=\"#%s\">%s</a></li>\n", contents[i].id, contents[i].name);
    }
    text_add(out, "</ul>\n</nav>\n<main id=\"main\" tabindex=\"-1\">\n");
}

static void write_budgets(struct text *out, const struct report *report)
{
    static const struct html_column columns[] = {
        {"Budget", false}, {"Value", true},   {"Limit", true},
        {"Unit", false},   {"Result", false}, {"What was counted", false},
    };
    static const char *const classes[] = {
        [BUDGET_MET] = "good",
        [BUDGET_MISSED] = "bad",
        [BUDGET_NOT_MEASURED] = "unknown",
    };

    html_section_begin(out, "budgets", "Budgets");
    html_table_begin(out, "What the image allows itself, and what it takes", columns, 6);
    for (size_t i = 0; i < BUDGETS; i++) {
        const struct budget *budget = &report->budgets[i];

        html_row_begin(out);
        html_name(out, budget->name, false);
        if (budget->state == BUDGET_NOT_MEASURED) {
            text_add(out, "<td class=\"n\">?</td>");
        } else {
            html_number(out, budget->value);
        }
        html_number(out, budget->limit);
        html_cell(out, budget->unit);
        html_state(out, classes[budget->state], budget_state_text(budget->state));
        html_cell(out, budget->note);
        html_row_end(out);
    }
    html_table_end(out);
    html_section_end(out);
}

static void write_bytes(struct text *out, const struct report *report)
{
    static const struct html_column columns[] = {
        {"Section", false},
        {"Address", true},
        {"Bytes", true},
        {"In the file", false},
    };

    html_section_begin(out, "bytes", "Bytes");
    html_paragraph(out,
                   "Areas are as the bytes that the image’s file holds: code, constants, data. "
                   "The tables below have the same by file, with the memory that is zeroed at "
                   "start.");
    html_write_map(out, report);
    html_table_begin(out, "Sections that take memory", columns, 4);
    for (size_t i = 1; i < report->program.image.section_count; i++) {
        const struct image_section *section = &report->program.image.sections[i];

        if (section->loaded) {
            html_row_begin(out);
            html_name(out, section->name, true);
            text_add(out, "<td class=\"n\">0x%06llx</td>", (unsigned long long)section->address);
            html_number(out, section->bytes);
            html_cell(out, section->zeroed ? "no" : "yes");
            html_row_end(out);
        }
    }
    html_table_end(out);
    html_section_end(out);
}

static void write_lines(struct text *out, const struct report *report)
{
    html_section_begin(out, "lines", "Lines");
    html_paragraph(out,
                   "Source lines are those without comments and blanks, of each file that is "
                   "compiled into the image or included by one. Lines in code are those that an "
                   "instruction of the image is from: what the linker has dropped is not among "
                   "them.");
    text_add(out, "<h3>Own</h3>\n");
    html_write_files(out, report, FILE_OWN, "Own files, by folder");
    text_add(out, "<h3>Third-party</h3>\n");
    html_write_files(out, report, FILE_THIRD_PARTY, "Third-party files, by library");
    html_section_end(out);
}

static void write_untrusted(struct text *out, const struct report *report)
{
    html_section_begin(out, "untrusted", "Where bytes of others come in");
    text_add(
        out,
        "<p>Functions that take bytes of the guest, the host, a disk or the network, as the "
        "source marks them. %zu of %zu have no fuzz harness that links their file. From all of "
        "them together, %zu of %zu functions can be reached.</p>\n",
        report->untrusted.without_harness, report->untrusted.count,
        report->untrusted.reached_functions, report->program.function_count);
    html_write_entries(out, report);
    html_write_reached(out, report);
    html_section_end(out);
}

static void write_calls(struct text *out, const struct report *report)
{
    const struct program *program = &report->program;

    html_section_begin(out, "calls", "Calls");
    text_add(
        out,
        "<p>By decoding %s instructions: %zu functions, %zu pairs of caller and called, %zu "
        "indirect calls, %zu jumps by a table within a function. %s</p>\n",
        number_text(program->instructions), program->function_count, program->call_count,
        program->site_count, program->switches,
        report->stacks.circular_count == 0
            ? "No function calls itself, by any way. (A panic may come out of another’s way and "
              "does not come back; a second one stops the CPU.)"
            : "Functions call themselves:");
    for (size_t i = 0; i < program->function_count; i++) {
        if (report->stacks.circular[i]) {
            text_add(out, "<p><span class=\"s bad\">recursion</span> <code>");
            text_add_escaped(out, program->functions[i].name);
            text_add(out, "</code></p>\n");
        }
    }
    html_paragraph(out,
                   "What an indirect call can reach: functions that the image’s tables hold in the "
                   "member that its source line calls, and those that code stores into it.");
    html_write_sites(out, report);
    html_section_end(out);
}

static void add_digest(struct text *out, const char *name, const char *digest, const char *none)
{
    text_add(out, "<tr><th scope=\"row\">%s</th><td class=\"long\"><code>%s</code></td></tr>\n",
             name, digest == NULL ? none : digest);
}

static void write_digests(struct text *out, const struct report *report)
{
    static const struct html_column columns[] = {{"Of", false}, {"Digest", false}};

    html_section_begin(out, "digests", "Digests, and how to check them");
    html_table_begin(out, "SHA-256, in hex", columns, 2);
    add_digest(out, "image, build/image/boot/paravane.elf", report->image_sha256, "not given");
    add_digest(out, "IGVM file, build/paravane.igvm", report->igvm_sha256, "there is no IGVM file");
    add_digest(out, "launch digest of that file", report->launch_digest, "there is no IGVM file");
    html_table_end(out);
    text_add(out,
             "<p>To repeat all of this:</p>\n<pre tabindex=\"0\" aria-label=\"Commands\"><code>"
             "./paravane build\n"
             "sha256sum build/image/boot/paravane.elf build/paravane.igvm\n"
             "./paravane igvm measure --short build/paravane.igvm\n"
             "./paravane report --html report.html --json report.json\n</code></pre>\n");
    html_section_end(out);
}

void report_write_html(const struct report *report, const char *path)
{
    struct text out = {0};

    write_head(&out, report);
    write_budgets(&out, report);
    write_bytes(&out, report);
    write_lines(&out, report);
    write_untrusted(&out, report);
    write_calls(&out, report);
    html_write_stacks(&out, report);
    html_write_rights(&out, report);
    html_write_variables(&out, report);
    write_digests(&out, report);
    text_add(
        &out,
        "</main>\n<footer>\n<p>Made by <code>./paravane report</code>. The same image makes the "
        "same page, byte for byte.</p>\n</footer>\n");
    html_page_end(&out);
    file_save(path, out.data, out.bytes);
}
