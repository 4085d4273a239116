/* SPDX-License-Identifier: MIT */
/* The formats of the table in gate.c, and what memos share. */
#ifndef REPORT_GATE_FORMAT_H
#define REPORT_GATE_FORMAT_H

#include "report/gate.h"

extern const struct gate_format gate_text, gate_json, memo_markdown, memo_html;

#define MEMO_FINDINGS_MAX 3 /* more do not fit on the page: they are counted */
#define MEMO_CHECKS_MAX 12
#define MEMO_WAIVERS_MAX 2
#define MEMO_CELL_MAX 170 /* characters */

/* At most so many characters, "..." at the cut; malloc'ed, NULL without memory. */
char *memo_cut(const char *text, size_t max);
/* "60 minutes", "45 seconds". */
const char *memo_duration(char *ret, size_t size, uint64_t ns);
/* The innermost function that is the program's own, with its place: "" if it is not known. Borrowed. */
const char *memo_origin(const struct finding *f);
/* Findings by risk, the highest first: indexes. malloc'ed, NULL without memory or findings. */
size_t *memo_ranked(const struct gate_facts *f);

#endif
