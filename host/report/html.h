/* SPDX-License-Identifier: BSD-3-Clause */
/* Pieces of a page: all text that goes in is escaped here. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "base.h"

struct html_column {
    const char *name;
    bool number;
};

/* From the doctype to the beginning of the main part, and the end of all that. */
void html_page_begin(struct text *out, const char *title);
void html_page_end(struct text *out);

/* A section with its heading; id is its anchor. */
void html_section_begin(struct text *out, const char *id, const char *heading);
void html_section_end(struct text *out);
void html_paragraph(struct text *out, const char *text);
/* Folded until it is opened. */
void html_details_begin(struct text *out, const char *summary);
void html_details_end(struct text *out);

/* A table in a region of its own, which can be scrolled by keyboard where it is too wide. */
void html_table_begin(struct text *out, const char *caption, const struct html_column *columns,
                      size_t count);
void html_table_end(struct text *out);
void html_row_begin(struct text *out);
void html_row_end(struct text *out);
/* The cell that names its row; code: it is one word of a program. */
void html_name(struct text *out, const char *text, bool code);
void html_cell(struct text *out, const char *text);
void html_code(struct text *out, const char *text);
void html_number(struct text *out, uint64_t number);
/* A word with a colour, which the word itself does not need: "good", "bad", "unknown". */
void html_state(struct text *out, const char *class, const char *text);

#endif /* REPORT_HTML_H */
