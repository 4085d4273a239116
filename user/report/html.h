/* SPDX-License-Identifier: MIT */
/*
 * HTML that stands alone: no script, nothing from outside, and the one visual language of all that we show. A verdict
 * is a word, a symbol and a colour. Whatever comes from outside goes through html_text(). One thread.
 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "find/verdict.h"
#include "report/page.h"
#include "rule/rule.h"

/* The style sheet, for pages that are made elsewhere. */
extern const char html_style[];

/* Up to the end of the head and the opening of <main>; title: any bytes. */
void html_begin(struct page *p, const char *title);
char *html_end(struct page *p); /* page_take() */

/*
 * Any bytes, as text or between the quotes of an attribute: valid UTF-8, markup escaped, controls and what reorders or
 * hides text made visible. Right-to-left text does not reorder what stands beside it if it is in an element of its own:
 * a cell of a table, or what html_bdi() makes. NULL: nothing.
 */
void html_text(struct page *p, const char *s);
void html_bdi(struct page *p, const char *s);
/* A line of code of its own below what stands before it; "": nothing. */
void html_code_line(struct page *p, const char *s);
/* <th scope="row"> or <td> with text from outside. */
void html_row_head(struct page *p, const char *s);
void html_cell(struct page *p, const char *s);
void html_cell_count(struct page *p, uint64_t n);

/* Symbol and word and, unless it is NULL, what that means. */
void html_verdict(struct page *p, enum verdict v, const char *word, const char *meaning);
void html_severity(struct page *p, enum rule_severity s); /* its name */
const char *html_verdict_class(enum verdict v);           /* "pass", "fail", "unsure" */
void html_time(struct page *p, uint64_t wall_ns);         /* <time>, in the local zone with its offset */

#endif
