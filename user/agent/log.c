/* SPDX-License-Identifier: MIT */
#include "agent/state.h"

#include "base/text.h"

#include <stdarg.h>
#include <string.h>

void agent_log(enum agent_level level, const char *fmt, ...) {
	_cleanup_free_ char *text = NULL;
	va_list ap;
	va_start(ap, fmt);
	int n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	_cleanup_free_ char *visible = text_visible(text, strlen(text));
	char prefix[8] = "";
	if (getenv("JOURNAL_STREAM"))
		snprintf(prefix, sizeof(prefix), "<%d>", level);
	fprintf(stderr, "%slogspill: %s\n", prefix, visible ? visible : "out of memory");
}

void agent_log_diags(enum agent_level level, const struct diags *diags) {
	for (size_t i = 0; i < diags->len; i++) {
		const struct diag *d = &diags->items[i];
		char place[32] = "";
		if (d->line)
			snprintf(place, sizeof(place), d->col ? ":%d:%d" : ":%d", d->line, d->col);
		agent_log(level, "%s%s%s%s", d->file ? d->file : "", place, d->file ? ": " : "", d->text);
	}
	if (diags->oom)
		agent_log(level, "out of memory");
}
