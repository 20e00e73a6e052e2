/* SPDX-License-Identifier: BSD-3-Clause */
#include "html.h"

#include <stdlib.h>

/* Contrast of text is 4.5 to 1 at least in both schemes (WCAG 2.2, 1.4.3). */
static const char style[] =
    ":root{color-scheme:light dark;--page:#fbfbf9;--card:#fff;--text:#1b1f24;--soft:#55606b;"
    "--line:#d9dde1;--link:#0b5cad;--good:#116329;--good-back:#dcf3e2;--bad:#a40e26;"
    "--bad-back:#fde3e5;--unknown:#6a4a00;--unknown-back:#fbeecb;--edge:#fff;"
    "--f0:#bcd8f5;--f1:#c5e3c0;--f2:#f3d6a8;--f3:#dccbf0;--f4:#f2c4bd;--f5:#bfe3e3;--f6:#d5d9dd;"
    "--bar:#3b7fc4;--bar-back:#e3e7eb}"
    "@media(prefers-color-scheme:dark){:root{--page:#14171a;--card:#1c2024;--text:#e6e9ec;"
    "--soft:#a3adb8;--line:#353c44;--link:#7fb8f2;--good:#7ddc95;--good-back:#12331c;"
    "--bad:#ff9ba3;--bad-back:#47161c;--unknown:#f0cf7a;--unknown-back:#3b2f0f;--edge:#14171a;"
    "--f0:#24476b;--f1:#2b5230;--f2:#64481a;--f3:#4b3a6b;--f4:#6b332c;--f5:#1f5557;--f6:#3d444c;"
    "--bar:#6aa9e8;--bar-back:#30363d}}"
    "*{box-sizing:border-box}html{scroll-padding-top:1rem}"
    "body{margin:0;background:var(--page);color:var(--text);"
    "font:1rem/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}"
    "header,main,footer,nav{max-width:76rem;margin:0 auto;padding:0 1.25rem}"
    "header{padding-top:2.5rem}h1{font-size:2rem;line-height:1.2;margin:0 0 .5rem}"
    "h2{font-size:1.4rem;line-height:1.3;margin:0 0 .75rem}"
    "h3{font-size:1.05rem;margin:1.5rem 0 .5rem}"
    "p{max-width:46rem;margin:.5rem 0}.lead{font-size:1.1rem;color:var(--soft)}"
    "a{color:var(--link)}a:focus-visible,summary:focus-visible,.scroll:focus-visible{"
    "outline:3px solid var(--link);outline-offset:2px}"
    ".skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;padding:.5rem 1rem;"
    "background:var(--card);z-index:1}"
    "nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;list-style:none;padding:0;margin:1rem 0}"
    "section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;"
    "padding:1.25rem 1.5rem 1.5rem;margin:1.25rem 0}"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.9rem,1fr));gap:.75rem;"
    "margin:1.5rem 0 .5rem;padding:0}"
    ".tiles div{background:var(--card);border:1px solid var(--line);border-radius:.6rem;"
    "padding:.8rem 1rem}.tiles dt{color:var(--soft);font-size:.85rem}"
    ".tiles dd{margin:0;font-size:1.5rem;font-weight:650;font-variant-numeric:tabular-nums}"
    ".tiles dd small{display:block;font-size:.85rem;font-weight:400;color:var(--soft)}"
    ".scroll{overflow-x:auto;margin:.75rem 0}"
    "table{border-collapse:collapse;width:100%;font-size:.92rem}"
    "caption{text-align:left;color:var(--soft);padding:0 0 .4rem;font-size:.9rem}"
    "th,td{padding:.3rem 1.1rem .3rem 0;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--line)}"
    "thead th{font-size:.85rem;color:var(--soft);font-weight:600;white-space:nowrap;"
    "border-bottom-width:2px}tbody th{font-weight:500}"
    ".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}"
    "th.n{text-align:right}.n+:not(.n){padding-left:.6rem}"
    "code{font-family:ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace;"
    "font-size:.88em;overflow-wrap:anywhere}th code,td code{white-space:nowrap}"
    "td.long code,td.long{white-space:normal;min-width:16rem}"
    "pre{overflow-x:auto;background:var(--page);border:1px solid var(--line);"
    "border-radius:.4rem;padding:.75rem 1rem}"
    ".s{display:inline-block;border-radius:.3rem;padding:0 .45rem;font-weight:600;"
    "white-space:nowrap}"
    ".good{color:var(--good);background:var(--good-back)}"
    ".bad{color:var(--bad);background:var(--bad-back)}"
    ".unknown{color:var(--unknown);background:var(--unknown-back)}"
    "details{margin:.75rem 0}summary{cursor:pointer;color:var(--link);font-weight:550}"
    ".map svg{display:block;width:100%;min-width:56rem;height:auto}"
    ".map text{fill:var(--text);font:12px system-ui,'DejaVu Sans',sans-serif}"
    ".map .b{font-weight:700;font-size:13px}.map rect{stroke:var(--edge)}"
    ".f0{fill:var(--f0)}.f1{fill:var(--f1)}.f2{fill:var(--f2)}.f3{fill:var(--f3)}"
    ".f4{fill:var(--f4)}.f5{fill:var(--f5)}.f6{fill:var(--f6)}"
    ".bar{display:block;width:9rem;height:.7rem;margin-top:.45rem}"
    ".bar .back{fill:var(--bar-back)}.bar .fill{fill:var(--bar)}"
    "footer{color:var(--soft);padding-bottom:3rem;font-size:.9rem}"
    "@media(max-width:40rem){header,main,footer,nav{padding-left:.75rem;padding-right:.75rem}"
    "section{padding:1rem .9rem 1.1rem}h1{font-size:1.6rem}}"
    "@media print{section{break-inside:avoid;border:0}.skip,nav{display:none}}";

void html_page_begin(struct text *out, const char *title)
{
    text_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<title>");
    text_add_escaped(out, title);
    text_add(out,
             "</title>\n<style>%s</style>\n</head>\n<body>\n"
             "<a class=\"skip\" href=\"#main\">To the report</a>\n",
             style);
}

void html_page_end(struct text *out)
{
    text_add(out, "</body>\n</html>\n");
}

void html_section_begin(struct text *out, const char *id, const char *heading)
{
    text_add(out, "<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">", id, id);
    text_add_escaped(out, heading);
    text_add(out, "</h2>\n");
}

void html_section_end(struct text *out)
{
    text_add(out, "</section>\n");
}

void html_paragraph(struct text *out, const char *text)
{
    text_add(out, "<p>");
    text_add_escaped(out, text);
    text_add(out, "</p>\n");
}

void html_details_begin(struct text *out, const char *summary)
{
    text_add(out, "<details>\n<summary>");
    text_add_escaped(out, summary);
    text_add(out, "</summary>\n");
}

void html_details_end(struct text *out)
{
    text_add(out, "</details>\n");
}

void html_table_begin(struct text *out, const char *caption, const struct html_column *columns,
                      size_t count)
{
    text_add(out, "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"");
    text_add_escaped(out, caption);
    text_add(out, "\">\n<table>\n<caption>");
    text_add_escaped(out, caption);
    text_add(out, "</caption>\n<thead><tr>");
    for (size_t i = 0; i < count; i++) {
        text_add(out, "<th scope=\"col\"%s>", columns[i].number ? " class=\"n\"" : "");
        text_add_escaped(out, columns[i].name);
        text_add(out, "</th>");
    }
    text_add(out, "</tr></thead>\n<tbody>\n");
}

void html_table_end(struct text *out)
{
    text_add(out, "</tbody>\n</table>\n</div>\n");
}

void html_row_begin(struct text *out)
{
    text_add(out, "<tr>");
}

void html_row_end(struct text *out)
{
    text_add(out, "</tr>\n");
}

static void add_word(struct text *out, const char *text, bool code)
{
    text_add(out, "%s", code ? "<code>" : "");
    text_add_escaped(out, text);
    text_add(out, "%s", code ? "</code>" : "");
}

void html_name(struct text *out, const char *text, bool code)
{
    text_add(out, "<th scope=\"row\">");
    add_word(out, text, code);
    text_add(out, "</th>");
}

void html_cell(struct text *out, const char *text)
{
    text_add(out, "<td>");
    add_word(out, text, false);
    text_add(out, "</td>");
}

void html_code(struct text *out, const char *text)
{
    text_add(out, "<td%s>", string_begins(text, "build/") ? " class=\"long\"" : "");
    add_word(out, text, true);
    text_add(out, "</td>");
}

void html_number(struct text *out, uint64_t number)
{
    char *text = number_text(number);

    text_add(out, "<td class=\"n\">%s</td>", text);
    free(text);
}

void html_state(struct text *out, const char *class, const char *text)
{
    text_add(out, "<td><span class=\"s %s\">", class);
    text_add_escaped(out, text);
    text_add(out, "</span></td>");
}
