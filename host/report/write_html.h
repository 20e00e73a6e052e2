/* SPDX-License-Identifier: BSD-3-Clause */
/* Sections of the page: write_html.c has their order. */
#ifndef REPORT_WRITE_HTML_H
#define REPORT_WRITE_HTML_H

#include "html.h"
#include "report.h"

void html_write_map(struct text *out, const struct report *report);
void html_write_files(struct text *out, const struct report *report, enum file_kind kind,
                      const char *caption);
void html_write_entries(struct text *out, const struct report *report);
void html_write_reached(struct text *out, const struct report *report);
void html_write_sites(struct text *out, const struct report *report);
void html_write_stacks(struct text *out, const struct report *report);
void html_write_rights(struct text *out, const struct report *report);
void html_write_variables(struct text *out, const struct report *report);

#endif /* REPORT_WRITE_HTML_H */
