/* SPDX-License-Identifier: MIT */
#include "report/format.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

static const struct report_format *const formats[] = {&report_text,  &report_md,    &report_html,   &report_json,
                                                      &report_sarif, &report_junit, &report_github, &report_jsonl};

const struct report_format *report_format_find(const char *name) {
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	return NULL;
}

const struct report_format *report_format_of_file(const char *path) {
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; dot && i < sizeof(formats) / sizeof(*formats); i++)
		if (formats[i]->ending && !strcmp(formats[i]->ending, dot + 1))
			return formats[i];
	return NULL;
}

char *report_amount(char *ret, size_t size, const struct finding *f) {
	snprintf(ret, size, "%lu %s, %s%lu distinct %s", f->count, text_plural(f->count, "match", "matches"),
	         f->distinct_error > 0 ? "about " : "", f->distinct, text_plural(f->distinct, "value", "values"));
	return ret;
}

size_t report_doubts(const struct summary *s, char *const **ret) {
	*ret = s->blind_spots_len ? s->blind_spots : s->reasons;
	return s->blind_spots_len ? s->blind_spots_len : s->verdict == VERDICT_INCONCLUSIVE ? s->reasons_len : 0;
}
