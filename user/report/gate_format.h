/* SPDX-License-Identifier: MIT */
/* The formats of the table in gate.c, and what memos share. */
#ifndef REPORT_GATE_FORMAT_H
#define REPORT_GATE_FORMAT_H

#include "report/gate.h"

extern const struct gate_format gate_text, gate_json, memo_markdown, memo_html;

/* More would not fit on the page: lines are counted, text is cut to so many characters. */
#define MEMO_FINDINGS_MAX 3
#define MEMO_WAIVERS_MAX 2
#define MEMO_CHECKS_MAX 11
#define MEMO_MORE_MAX 3
#define MEMO_REMEDIES_MAX 3
#define MEMO_DOUBTS_MAX 2 /* of the worst criteria the text is longer: what to do stands last in it */
#define MEMO_NAME_MAX 26
#define MEMO_PLACE_MAX 52
#define MEMO_LINE_MAX 90
#define MEMO_DOUBT_MAX 140
#define MEMO_REMEDY_MAX 110
#define MEMO_WAIVER_MAX 150 /* with owner and reason */
#define MEMO_SIZE 640

/* Cut to so many characters, "..." at the cut; malloc'ed, NULL without memory. NULL: "". */
char *memo_cut(const char *text, size_t max);
/* Sentences; ret is returned. */
const char *memo_recommendation(char ret[MEMO_SIZE], const struct gate_report *r);
const char *memo_coverage(char ret[MEMO_SIZE], const struct gate_report *r);
/* "✔ clock, ✔ records": of those that there is no line for. */
const char *memo_more_checks(char ret[MEMO_SIZE], const struct gate_result *r);
const char *memo_assumptions(char ret[MEMO_SIZE], const struct gate_report *r);
/* "from pay shop.c:38 < main shop.c:51"; "" if it is not known. */
const char *memo_origin(char ret[MEMO_SIZE], const struct finding *f);
/* Those that fail first, then by risk, highest first: indexes. malloc'ed; NULL without memory or findings. */
size_t *memo_ranked(const struct gate_report *r);
/* Its risk is within the limit, and it does not release what failed or is not proven. */
bool memo_is_sound(const struct gate_report *r, const struct gate_option options[GATE_OPTIONS], size_t option);
/* Leaking records an hour, at most. */
double memo_leaks_per_hour(const struct gate_report *r, const struct gate_option *option);

#endif
